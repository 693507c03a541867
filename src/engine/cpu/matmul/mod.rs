//! Matrix products over flat slices.
//!
//! By `gemm`, the library that candle multiplies with, called without candle in between: candle asks
//! the system for the number of its processors each time. In browsers [`tiles`] stands in: `gemm` does not know
//! that some of them multiply and add in one instruction, and is twenty times as large.

#[cfg(any(target_arch = "wasm32", test))]
mod tiles;

#[cfg(target_arch = "wasm32")]
pub use self::tiles::multiply;

/// A matrix in memory, or its transpose.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    stride: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    /// The matrix whose rows stand in `values`, their beginnings `stride` apart.
    pub fn new(values: &'a [f32], stride: usize) -> Self {
        let transposed = false;
        Matrix {
            values,
            stride,
            transposed,
        }
    }

    /// Its transpose.
    pub fn transpose(self) -> Self {
        let transposed = !self.transposed;
        Matrix { transposed, ..self }
    }

    /// How far apart neighbours in a column, and in a row, stand.
    fn strides(&self) -> [usize; 2] {
        match self.transposed {
            true => [1, self.stride],
            false => [self.stride, 1],
        }
    }

    /// Asserts that all of `rows` × `columns` numbers are there.
    fn check(&self, rows: usize, columns: usize) {
        let [row, column] = self.strides();
        let last = (rows.max(1) - 1) * row + (columns.max(1) - 1) * column;
        assert!(rows * columns == 0 || last < self.values.len());
    }
}

/// Asserts that all numbers of two factors and of their product are there.
fn check_product(left: Matrix<'_>, right: Matrix<'_>, [m, k, n]: [usize; 3], product: Matrix<'_>) {
    left.check(m, k);
    right.check(k, n);
    product.check(m, n);
}

/// The product `[m, n]` of `left [m, k]` and `right [k, n]`, to rows of `out` that stand `stride` apart.
///
/// # Panics
/// Where a slice is too short.
#[cfg(not(target_arch = "wasm32"))]
pub fn multiply(
    left: Matrix<'_>,
    right: Matrix<'_>,
    [m, k, n]: [usize; 3],
    out: &mut [f32],
    stride: usize,
) {
    check_product(left, right, [m, k, n], Matrix::new(out, stride));
    let strides = |matrix: Matrix<'_>| matrix.strides().map(|stride| stride as isize);
    let ([left_row, left_column], [right_row, right_column]) = (strides(left), strides(right));
    // SAFETY: all numbers of the three matrices are in their slices, as checked.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            stride as isize,
            false,
            left.values.as_ptr(),
            left_column,
            left_row,
            right.values.as_ptr(),
            right_column,
            right_row,
            0.0,
            1.0,
            false,
            false,
            false,
            // As many threads as rayon was told.
            gemm::Parallelism::Rayon(0),
        );
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
            m in 1usize..40,
            k in prop_oneof![1usize..40, Just(256), Just(257), Just(600)],
            n in 1usize..40,
            flags in any::<[bool; 2]>(),
            apart in 0usize..3,
        ) {
            // Rows in memory, the last one without what stands between rows.
            let extents = |rows, columns, transposed| match transposed {
                true => [columns, rows],
                false => [rows, columns],
            };
            let sides = [extents(m, k, flags[0]), extents(k, n, flags[1])];
            let strides = sides.map(|[_, columns]: [usize; 2]| columns + apart);
            let count = |side: usize| (sides[side][0] - 1) * strides[side] + sides[side][1];
            let values = [numbers(count(0), 0), numbers(count(1), 1)];

            let tensor = |side: usize| {
                let [rows, columns] = sides[side];
                let padded = [values[side].clone(), vec![0.0; apart]].concat();
                let whole = Tensor::from_vec(padded, (rows, columns + apart), &Device::Cpu)?;
                let tensor = whole.narrow(1, 0, columns)?;
                if flags[side] { tensor.t()?.contiguous() } else { tensor.contiguous() }
            };
            let product = tensor(0)
                .and_then(|left| left.matmul(&tensor(1)?)?.to_vec2::<f32>())
                .unwrap();
            let factor = |side: usize| {
                let matrix = Matrix::new(&values[side], strides[side]);
                if flags[side] { matrix.transpose() } else { matrix }
            };
            for multiply in [multiply, tiles::multiply] {
                let mut out = vec![7.0; m * (n + apart)];
                multiply(factor(0), factor(1), [m, k, n], &mut out, n + apart);
                for (found, wanted) in out.chunks_exact(n + apart).zip(&product) {
                    for (found, wanted) in found.iter().zip(wanted) {
                        prop_assert!((found - wanted).abs() < 1e-4 * (k as f32).sqrt(), "{found} {wanted}");
                    }
                    prop_assert!(found[n..].iter().all(|other| *other == 7.0));
                }
            }
        }
    }
}
