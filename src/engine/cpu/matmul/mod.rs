//! Matrix products over flat slices.
//!
//! By `gemm`, the library that candle multiplies with, called without candle in between: candle asks
//! the system for the number of its processors each time. Where a browser multiplies and adds in one
//! instruction, [`relaxed`] stands in.

#[cfg(any(
    target_feature = "relaxed-simd",
    all(test, not(target_arch = "wasm32"))
))]
mod relaxed;

#[cfg(target_feature = "relaxed-simd")]
pub use self::relaxed::multiply;

/// Matrices in memory, one after the other, by rows; transposed, they are read by columns.
#[derive(Clone, Copy)]
pub struct Matrices<'a> {
    /// The numbers in order.
    pub values: &'a [f32],
    /// The factors are the transposes.
    pub transposed: bool,
}

/// The products `[…, m, n]` of `left […, m, k]` and `right […, k, n]`, by rows.
#[cfg(not(target_feature = "relaxed-simd"))]
pub fn multiply(left: Matrices<'_>, right: Matrices<'_>, [m, k, n]: [usize; 3], out: &mut [f32]) {
    // In a browser there is one thread; elsewhere as many as rayon was told.
    let parallelism = match cfg!(target_arch = "wasm32") {
        true => gemm::Parallelism::None,
        false => gemm::Parallelism::Rayon(0),
    };
    // How far apart columns and rows of `[rows, columns]` stand.
    let strides = |transposed, rows: usize, columns: usize| match transposed {
        true => (rows as isize, 1),
        false => (1, columns as isize),
    };
    let (left_columns, left_rows) = strides(left.transposed, m, k);
    let (right_columns, right_rows) = strides(right.transposed, k, n);
    let lefts = left.values.chunks_exact(m * k);
    let factors = lefts.zip(right.values.chunks_exact(k * n));
    for ((left, right), out) in factors.zip(out.chunks_exact_mut(m * n)) {
        // SAFETY: the chunks hold whole matrices of these extents and strides.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                out.as_mut_ptr(),
                1,
                n as isize,
                false,
                left.as_ptr(),
                left_columns,
                left_rows,
                right.as_ptr(),
                right_columns,
                right_rows,
                0.0,
                1.0,
                false,
                false,
                false,
                parallelism,
            );
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use candle_core::{Device, Tensor};
    use proptest::prelude::*;

    use super::*;
    use crate::rng::{self, Purpose};

    fn numbers(count: usize, part: u32) -> Vec<f32> {
        let number = |index| rng::normal([7, 0], Purpose::Data, part, index);
        (0..count as u32).map(number).collect()
    }

    proptest! {
        #[test]
        fn products_are_candles(
            count in 1usize..3,
            m in 1usize..40,
            k in prop_oneof![1usize..40, Just(256), Just(257), Just(600)],
            n in 1usize..40,
            flags in any::<[bool; 2]>(),
        ) {
            let (left, right) = (numbers(count * m * k, 0), numbers(count * k * n, 1));
            let factor = |values, transposed| Matrices { values, transposed };
            let factors = [factor(&left[..], flags[0]), factor(&right, flags[1])];

            let tensor = |values: &[f32], rows, columns, transposed| {
                match transposed {
                    true => Tensor::from_slice(values, (count, columns, rows), &Device::Cpu)?.t(),
                    false => Tensor::from_slice(values, (count, rows, columns), &Device::Cpu),
                }
            };
            let product = tensor(&left, m, k, flags[0])
                .and_then(|left| left.contiguous()?.matmul(&tensor(&right, k, n, flags[1])?.contiguous()?))
                .and_then(|product| product.flatten_all()?.to_vec1::<f32>())
                .unwrap();
            for multiply in [multiply, relaxed::multiply] {
                let mut out = vec![f32::NAN; count * m * n];
                multiply(factors[0], factors[1], [m, k, n], &mut out);
                for (found, wanted) in out.iter().zip(&product) {
                    prop_assert!((found - wanted).abs() < 1e-4 * (k as f32).sqrt(), "{found} {wanted}");
                }
            }
        }
    }
}
