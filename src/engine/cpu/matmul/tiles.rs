//! Matrix products in a browser's vectors of four numbers.
//!
//! A tile of [`ROWS`] × [`COLUMNS`] numbers of the product stays in registers while the sum over
//! the inner extent runs. The left factor is read where it stands; of the right one, panels of
//! [`COLUMNS`] columns are laid out in order only where they do not stand so already.

use self::lanes::Lanes;
use super::{Matrix, check_product};

/// Rows and columns of a tile. Its 8 vectors leave room in 16 registers; with 10 or 12, V8 keeps a sum in
/// memory, and every multiplication waits for it.
const ROWS: usize = 4;
const COLUMNS: usize = 8;

/// The product `[m, n]` of `left [m, k]` and `right [k, n]`, to rows of `out` that stand `stride` apart.
///
/// # Panics
/// Where a slice is too short.
pub fn multiply(
    left: Matrix<'_>,
    right: Matrix<'_>,
    [m, k, n]: [usize; 3],
    out: &mut [f32],
    stride: usize,
) {
    check_product(left, right, [m, k, n], Matrix::new(out, stride));
    let mut packed = vec![[0.0; COLUMNS]; k];
    for column in (0..n).step_by(COLUMNS) {
        let count = COLUMNS.min(n - column);
        let panel = match right.transposed || count < COLUMNS {
            true => {
                pack(right, column, count, &mut packed);
                Panel {
                    values: packed.as_flattened(),
                    stride: COLUMNS,
                }
            }
            false => Panel {
                values: &right.values[column..],
                stride: right.stride,
            },
        };
        for row in (0..m).step_by(ROWS) {
            let tile = tile(left, [m, k], row, panel);
            let rows = out[row * stride..].chunks_mut(stride);
            for (out, tile) in rows.zip(&tile[..ROWS.min(m - row)]) {
                let out = &mut out[column..column + count];
                match out.first_chunk_mut() {
                    Some(out) => *out = *tile,
                    None => out.copy_from_slice(&tile[..count]),
                }
            }
        }
    }
}

/// [`COLUMNS`] columns of the right factor: those of each row stand together, rows `stride` apart.
#[derive(Clone, Copy)]
struct Panel<'a> {
    values: &'a [f32],
    stride: usize,
}

/// Lays `count` columns of a right factor, from `column` on, side by side, zeros after the last.
fn pack(right: Matrix<'_>, column: usize, count: usize, panel: &mut [[f32; COLUMNS]]) {
    let Matrix { values, stride, .. } = right;
    if count < COLUMNS {
        panel.fill([0.0; COLUMNS]);
    }
    if right.transposed {
        for (lane, values) in values[column * stride..]
            .chunks(stride)
            .take(count)
            .enumerate()
        {
            for (packed, value) in panel.iter_mut().zip(values) {
                packed[lane] = *value;
            }
        }
    } else {
        for (packed, values) in panel.iter_mut().zip(values.chunks(stride)) {
            packed[..count].copy_from_slice(&values[column..column + count]);
        }
    }
}

/// [`ROWS`] rows from `row` on of a left factor `[m, k]` times a panel. Where the factor has fewer, its last row
/// stands in for those beyond.
fn tile(
    left: Matrix<'_>,
    [m, k]: [usize; 2],
    row: usize,
    panel: Panel<'_>,
) -> [[f32; COLUMNS]; ROWS] {
    let last = m - 1 - row;
    // Where each row begins, and how far apart its numbers stand.
    let [between_rows, step] = left.strides();
    let starts = std::array::from_fn(|index| (row + last.min(index)) * between_rows);
    left.check(m, k);
    assert!(k == 0 || panel.values.len() >= (k - 1) * panel.stride + COLUMNS);
    // SAFETY: `starts[i] + (k - 1) * step` is the place of a number of the factor, all of whose are there;
    // and the panel has k rows as asserted.
    unsafe { sums(left.values, starts, step, panel, k) }
}

/// The sums of a tile. A function of its own, so that a browser's compiler has nothing else to find
/// registers for.
///
/// # Safety
/// `left` holds `starts[i] + (k - 1) * step` for each i, and `panel` k rows.
#[inline(never)]
unsafe fn sums(
    left: &[f32],
    starts: [usize; ROWS],
    step: usize,
    panel: Panel<'_>,
    k: usize,
) -> [[f32; COLUMNS]; ROWS] {
    let mut sums = [[Lanes::splat(0.0); 2]; ROWS];
    let mut rows = starts.map(|start| left.as_ptr().wrapping_add(start));
    let mut right = panel.values.as_ptr();
    for _ in 0..k {
        // SAFETY: as the caller promises.
        unsafe {
            let (first, second) = (Lanes::load(right), Lanes::load(right.add(4)));
            for (sums, row) in sums.iter_mut().zip(&mut rows) {
                let left = Lanes::load_splat(*row);
                sums[0] = left.multiply_add(first, sums[0]);
                sums[1] = left.multiply_add(second, sums[1]);
                *row = row.wrapping_add(step);
            }
        }
        right = right.wrapping_add(panel.stride);
    }
    sums.map(|[first, second]| {
        let ([a, b, c, d], [e, f, g, h]) = (first.numbers(), second.numbers());
        [a, b, c, d, e, f, g, h]
    })
}

/// Four numbers in a register of WebAssembly.
#[cfg(target_arch = "wasm32")]
mod lanes {
    #[cfg(target_feature = "relaxed-simd")]
    use std::arch::wasm32::f32x4_relaxed_madd;
    #[cfg(not(target_feature = "relaxed-simd"))]
    use std::arch::wasm32::{f32x4_add, f32x4_mul};
    use std::arch::wasm32::{f32x4_extract_lane, f32x4_splat, v128, v128_load, v128_load32_splat};

    #[derive(Clone, Copy)]
    pub struct Lanes(v128);

    impl Lanes {
        #[inline]
        pub fn splat(number: f32) -> Self {
            Lanes(f32x4_splat(number))
        }

        /// # Safety
        /// A number stands there.
        #[inline]
        pub unsafe fn load_splat(number: *const f32) -> Self {
            // SAFETY: as the caller promises.
            Lanes(unsafe { v128_load32_splat(number.cast()) })
        }

        /// # Safety
        /// Four numbers stand there.
        #[inline]
        pub unsafe fn load(numbers: *const f32) -> Self {
            // SAFETY: as the caller promises.
            Lanes(unsafe { v128_load(numbers.cast()) })
        }

        /// `self · factor + sum`, rounded once where the machine can.
        #[cfg(target_feature = "relaxed-simd")]
        #[inline]
        pub fn multiply_add(self, factor: Self, sum: Self) -> Self {
            Lanes(f32x4_relaxed_madd(self.0, factor.0, sum.0))
        }

        /// `self · factor + sum`.
        #[cfg(not(target_feature = "relaxed-simd"))]
        #[inline]
        pub fn multiply_add(self, factor: Self, sum: Self) -> Self {
            Lanes(f32x4_add(f32x4_mul(self.0, factor.0), sum.0))
        }

        #[inline]
        pub fn numbers(self) -> [f32; 4] {
            [
                f32x4_extract_lane::<0>(self.0),
                f32x4_extract_lane::<1>(self.0),
                f32x4_extract_lane::<2>(self.0),
                f32x4_extract_lane::<3>(self.0),
            ]
        }
    }
}

/// The same four numbers where only tests run.
#[cfg(not(target_arch = "wasm32"))]
mod lanes {
    #[derive(Clone, Copy)]
    pub struct Lanes([f32; 4]);

    impl Lanes {
        pub fn splat(number: f32) -> Self {
            Lanes([number; 4])
        }

        /// # Safety
        /// A number stands there.
        pub unsafe fn load_splat(number: *const f32) -> Self {
            // SAFETY: as the caller promises.
            Lanes([unsafe { *number }; 4])
        }

        /// # Safety
        /// Four numbers stand there.
        pub unsafe fn load(numbers: *const f32) -> Self {
            // SAFETY: as the caller promises.
            Lanes(unsafe { *numbers.cast() })
        }

        pub fn multiply_add(self, factor: Self, sum: Self) -> Self {
            let mut numbers = sum.0;
            for ((number, a), b) in numbers.iter_mut().zip(self.0).zip(factor.0) {
                *number += a * b;
            }
            Lanes(numbers)
        }

        pub fn numbers(self) -> [f32; 4] {
            self.0
        }
    }
}
