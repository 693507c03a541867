//! Kernels over flat slices: one pass where a chain of tensor operations takes many.
//!
//! Functions of one number are inlined wherever they are used: a call an element would keep the
//! loop around it from being vectorised.
//!
//! Rows are the runs of `columns` (or `width`) elements along the innermost axis. Results are written
//! to `out`, every element of it, whatever it held before.

/// `1 / (1 + e⁻ˣ)`; where e⁻ˣ is ∞, it is 0.
#[inline]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// `ln(1 + eˣ)`, without overflow.
#[inline]
pub fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// tanh to within 4 units in the last place, without branches, so that a loop over it is
/// vectorised; the C library's takes ten times as long.
///
/// The rational approximation of Eigen's `ptanh_float`: odd of degree 13 over even of degree 6.
/// From 7.9 on, tanh rounds to 1.
#[inline]
pub fn tanh(x: f32) -> f32 {
    const NUMERATOR: [f32; 7] = [
        -2.760_768_5e-16,
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297_1e-8,
        1.485_722_4e-5,
        6.372_619_3e-4,
        4.893_525e-3,
    ];
    const DENOMINATOR: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    const LARGEST: f32 = 7.905_311;
    let x = x.clamp(-LARGEST, LARGEST);
    let square = x * x;
    let polynomial = |coefficients: &[f32]| {
        let terms = coefficients.iter().copied();
        terms.fold(0.0, |sum, coefficient| sum * square + coefficient)
    };
    x * polynomial(&NUMERATOR) / polynomial(&DENOMINATOR)
}

/// Below it, eˣ is no normal number.
const SMALLEST_EXPONENT: f32 = -87.336_54;
/// Above it, eˣ is more than 2¹²⁷·⁵.
const LARGEST_EXPONENT: f32 = 88.376_26;

/// eˣ to within 2 units in the last place, without branches, as [`tanh`]; 0 below the smallest normal
/// number, ∞ above 2¹²⁷·⁵.
#[inline]
pub fn exp(x: f32) -> f32 {
    let bounded = if x > LARGEST_EXPONENT { 0.0 } else { x };
    let value = exp_of_nonlarge(bounded);
    if x > LARGEST_EXPONENT {
        f32::INFINITY
    } else {
        value
    }
}

/// [`exp`] of what is known not to be large.
///
/// `2ⁿ · eʳ` with |r| ≤ ln 2 / 2, eʳ by the polynomial of Cephes' `expf`.
#[inline]
pub fn exp_of_nonlarge(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    /// ln 2 in two parts, the first of few digits, so that `n · LN_2_HIGH` is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    /// Adding it leaves the nearest whole number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const POLYNOMIAL: [f32; 6] = [
        1.987_569_1e-4,
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ];
    let bounded = if x < SMALLEST_EXPONENT {
        SMALLEST_EXPONENT
    } else {
        x
    };
    let rounded = bounded * LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = bounded - n * LN_2_HIGH - n * LN_2_LOW;
    let terms = POLYNOMIAL.iter().copied();
    let series = terms.fold(0.0, |sum, coefficient| sum * r + coefficient);
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1f32.to_bits()));
    let value = (series * r * r + r + 1.0) * power;
    if x < SMALLEST_EXPONENT { 0.0 } else { value }
}

const GELU_SCALE: f32 = 0.797_884_6;
const GELU_CUBIC: f32 = 0.044_715;

/// GELU in its tanh form, `x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³)))`.
#[inline]
pub fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + tanh(GELU_SCALE * (x + GELU_CUBIC * x * x * x)))
}

/// The derivative of [`gelu`].
#[inline]
pub fn gelu_derivative(x: f32) -> f32 {
    let t = tanh(GELU_SCALE * (x + GELU_CUBIC * x * x * x));
    let slope = GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * x * x);
    0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope
}

/// 1 where `x` is greater than `y`, else 0.
pub fn greater(x: &[u32], y: &[u32], out: &mut [f32]) {
    for (out, (x, y)) in out.iter_mut().zip(x.iter().zip(y)) {
        *out = f32::from(x > y);
    }
}

/// `then` where `condition` is not 0, else `otherwise`.
pub fn select(condition: &[f32], then: &[u32], otherwise: &[u32]) -> Vec<u32> {
    let choices = condition.iter().zip(then.iter().zip(otherwise));
    choices
        .map(|(&condition, (&then, &otherwise))| if condition != 0.0 { then } else { otherwise })
        .collect()
}

/// The sum of each run of `columns` elements.
pub fn row_sums(x: &[f32], columns: usize, out: &mut [f32]) {
    for (out, row) in out.iter_mut().zip(x.chunks_exact(columns)) {
        *out = sum(row);
    }
}

/// The sums over rows of `columns` elements, one for each column.
pub fn column_sums(x: &[f32], columns: usize, out: &mut [f32]) {
    out.fill(0.0);
    for row in x.chunks_exact(columns) {
        for (sum, value) in out.iter_mut().zip(row) {
            *sum += value;
        }
    }
}

/// Rows of `table` at `ids`.
pub fn rows(table: &[f32], ids: &[u32], width: usize, out: &mut [f32]) {
    for (out, &id) in out.chunks_exact_mut(width).zip(ids) {
        let start = id as usize * width;
        out.copy_from_slice(&table[start..start + width]);
    }
}

/// Rows with the same id added up, in the order they stand.
pub fn scatter_rows(rows: &[f32], ids: &[u32], width: usize, out: &mut [f32]) {
    out.fill(0.0);
    for (row, &id) in rows.chunks_exact(width).zip(ids) {
        let start = id as usize * width;
        for (sum, value) in out[start..start + width].iter_mut().zip(row) {
            *sum += value;
        }
    }
}

/// `x` with `value` in place of the slice at `index` along an axis of `extent`, each of whose entries
/// holds `inner` numbers.
pub fn write_at<T: Copy>(
    x: &[T],
    value: &[T],
    extent: usize,
    inner: usize,
    index: usize,
    out: &mut [T],
) {
    out.copy_from_slice(x);
    let slices = out.chunks_exact_mut(extent * inner);
    for (out, value) in slices.zip(value.chunks_exact(inner)) {
        out[index * inner..(index + 1) * inner].copy_from_slice(value);
    }
}

/// Softmax of each row over its first `visible` columns; the others are 0.
pub fn softmax(scores: &[f32], columns: usize, visible: usize, out: &mut [f32]) {
    let rows = scores.chunks_exact(columns);
    for (row, out) in rows.zip(out.chunks_exact_mut(columns)) {
        let largest = maximum(&row[..visible]);
        let (out, hidden) = out.split_at_mut(visible);
        hidden.fill(0.0);
        for (out, &score) in out.iter_mut().zip(row) {
            *out = exp_of_nonlarge(score - largest);
        }
        let scale = sum(out).recip();
        for out in out {
            *out *= scale;
        }
    }
}

/// `y (dy − Σ y dy)`, row by row.
pub fn softmax_gradient(y: &[f32], dy: &[f32], columns: usize, out: &mut [f32]) {
    let rows = y.chunks_exact(columns).zip(dy.chunks_exact(columns));
    for ((y, dy), out) in rows.zip(out.chunks_exact_mut(columns)) {
        let inner = dot(y, dy);
        for ((out, y), dy) in out.iter_mut().zip(y).zip(dy) {
            *out = y * (dy - inner);
        }
    }
}

/// `x − ln Σ eˣ`, row by row.
pub fn log_softmax(x: &[f32], columns: usize, out: &mut [f32]) {
    for (row, out) in x.chunks_exact(columns).zip(out.chunks_exact_mut(columns)) {
        let normaliser = log_sum_exp(row);
        for (out, value) in out.iter_mut().zip(row) {
            *out = value - normaliser;
        }
    }
}

/// Zero mean, unit variance, row by row.
pub fn layer_norm(x: &[f32], columns: usize, epsilon: f32, out: &mut [f32]) {
    for (row, out) in x.chunks_exact(columns).zip(out.chunks_exact_mut(columns)) {
        normalise(row, epsilon, out);
    }
}

/// With `n = (x − mean)·scale`: `scale · (dy − mean(dy) − n · mean(dy · n))`, row by row.
pub fn layer_norm_gradient(x: &[f32], dy: &[f32], columns: usize, epsilon: f32, out: &mut [f32]) {
    let count = columns as f32;
    let mut n = vec![0.0; columns];
    let rows = x.chunks_exact(columns).zip(dy.chunks_exact(columns));
    for ((x, dy), out) in rows.zip(out.chunks_exact_mut(columns)) {
        let scale = normalise(x, epsilon, &mut n);
        let (dy_mean, projection) = (sum(dy) / count, dot(&n, dy) / count);
        for ((out, n), dy) in out.iter_mut().zip(&n).zip(dy) {
            *out = scale * (dy - dy_mean - n * projection);
        }
    }
}

/// Unit mean square, row by row.
pub fn rms_norm(x: &[f32], columns: usize, epsilon: f32, out: &mut [f32]) {
    for (row, out) in x.chunks_exact(columns).zip(out.chunks_exact_mut(columns)) {
        let scale = inverse_root_mean_square(row, epsilon);
        for (out, value) in out.iter_mut().zip(row) {
            *out = value * scale;
        }
    }
}

/// `scale · (dy − x · scale² · mean(x · dy))`, row by row.
pub fn rms_norm_gradient(x: &[f32], dy: &[f32], columns: usize, epsilon: f32, out: &mut [f32]) {
    let rows = x.chunks_exact(columns).zip(dy.chunks_exact(columns));
    for ((x, dy), out) in rows.zip(out.chunks_exact_mut(columns)) {
        let scale = inverse_root_mean_square(x, epsilon);
        let projection = scale * scale * dot(x, dy) / columns as f32;
        for ((out, x), dy) in out.iter_mut().zip(x).zip(dy) {
            *out = scale * (dy - x * projection);
        }
    }
}

/// Each row's halves `(a, b)` turned by `position · theta^(−2i/columns)`:
/// `(a cos − b sin, b cos + a sin)`; backwards when `inverse`.
pub fn rotary(
    x: &[f32],
    positions: &[u32],
    columns: usize,
    theta: f32,
    inverse: bool,
    out: &mut [f32],
) {
    let half = columns / 2;
    let turns: Vec<(f32, f32)> = positions
        .iter()
        .flat_map(|&position| {
            (0..half).map(move |i| {
                let frequency = theta.powf(-2.0 * i as f32 / columns as f32);
                let (sin, cos) = (position as f32 * frequency).sin_cos();
                (if inverse { -sin } else { sin }, cos)
            })
        })
        .collect();
    let rows_at_once = x.len() / columns / positions.len().max(1);
    for (index, (row, out)) in x
        .chunks_exact(columns)
        .zip(out.chunks_exact_mut(columns))
        .enumerate()
    {
        let position = index / rows_at_once;
        let turns = &turns[position * half..(position + 1) * half];
        for (i, (sin, cos)) in turns.iter().enumerate() {
            let (a, b) = (row[i], row[i + half]);
            out[i] = a * cos - b * sin;
            out[i + half] = b * cos + a * sin;
        }
    }
}

/// The log-probability of each row's target.
pub fn token_log_prob(logits: &[f32], targets: &[u32], classes: usize, out: &mut [f32]) {
    let rows = logits.chunks_exact(classes).zip(targets);
    for ((row, &target), out) in rows.zip(out) {
        *out = row[target as usize] - log_sum_exp(row);
    }
}

/// `dy · (onehot(target) − softmax)`, row by row.
pub fn token_log_prob_gradient(
    logits: &[f32],
    targets: &[u32],
    dy: &[f32],
    classes: usize,
    out: &mut [f32],
) {
    let rows = logits.chunks_exact(classes).zip(targets).zip(dy);
    for (((row, &target), &dy), out) in rows.zip(out.chunks_exact_mut(classes)) {
        if dy == 0.0 {
            // Prompt and padding, unless the logits are broken: then the break must show.
            let broken = row.iter().any(|value| !value.is_finite());
            out.fill(if broken { f32::NAN } else { 0.0 });
            continue;
        }
        let normaliser = log_sum_exp(row);
        for (out, value) in out.iter_mut().zip(row) {
            *out = -dy * exp_of_nonlarge(value - normaliser);
        }
        out[target as usize] += dy;
    }
}

/// The largest of a row; NaN is passed over.
pub fn maximum(row: &[f32]) -> f32 {
    let mut largest = [f32::NEG_INFINITY; LANES];
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (largest, value) in largest.iter_mut().zip(chunk) {
            *largest = larger(*largest, *value);
        }
    }
    let all = largest.iter().chain(rest);
    all.copied().fold(f32::NEG_INFINITY, larger)
}

fn log_sum_exp(row: &[f32]) -> f32 {
    let largest = maximum(row);
    let mut sums = [0.0; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += exp_of_nonlarge(value - largest);
        }
    }
    let rest = rest.iter().map(|value| exp_of_nonlarge(value - largest));
    largest + (sums.iter().sum::<f32>() + rest.sum::<f32>()).ln()
}

/// Sums that are kept side by side, so that the additions need not wait for each other.
const LANES: usize = 16;

/// The sum of a row.
pub fn sum(x: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    sums.iter().chain(rest).sum()
}

/// The sum of two rows' products.
pub fn dot(x: &[f32], y: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let ((xs, x_rest), (ys, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in xs.iter().zip(ys) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    let rest = x_rest.iter().zip(y_rest).map(|(x, y)| x * y);
    sums.iter().sum::<f32>() + rest.sum::<f32>()
}

/// Writes `(x − mean)·scale` to `out`, where the scale is `1 / √(variance + epsilon)`; gives the scale.
fn normalise(row: &[f32], epsilon: f32, out: &mut [f32]) -> f32 {
    let count = row.len() as f32;
    let mean = sum(row) / count;
    for (out, value) in out.iter_mut().zip(row) {
        *out = value - mean;
    }
    let scale = (dot(out, out) / count + epsilon).sqrt().recip();
    for out in out {
        *out *= scale;
    }
    scale
}

fn inverse_root_mean_square(row: &[f32], epsilon: f32) -> f32 {
    (dot(row, row) / row.len() as f32 + epsilon).sqrt().recip()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error over `from..to`, in units of `f32::EPSILON` times the value.
    fn error(f: fn(f32) -> f32, exact: fn(f64) -> f64, from: f32, to: f32) -> f64 {
        let errors = (0..=100_000).map(|step| {
            let x = from + (to - from) * step as f32 / 100_000.0;
            let exact = exact(f64::from(x));
            let scale = f64::from(f32::EPSILON) * exact.abs().max(f64::from(f32::MIN_POSITIVE));
            (f64::from(f(x)) - exact).abs() / scale
        });
        errors.fold(0.0, f64::max)
    }

    #[test]
    fn approximations_are_as_good_as_single_precision_allows() {
        assert!(error(tanh, f64::tanh, -10.0, 10.0) < 5.0);
        assert!(error(tanh, f64::tanh, -1e-3, 1e-3) < 5.0);
        assert!(error(exp, f64::exp, -87.0, 88.0) < 2.5);
        let exact = |x: f64| 1.0 / (1.0 + (-x).exp());
        assert!(error(sigmoid, exact, -87.0, 20.0) < 4.0);
    }

    #[test]
    fn extremes_and_broken_numbers_come_through() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!([-100.0, f32::NEG_INFINITY].map(exp), [0.0, 0.0]);
        assert_eq!([88.5, f32::INFINITY].map(exp), [f32::INFINITY; 2]);
        assert_eq!([-1e4, 1e4].map(sigmoid), [0.0, 1.0]);
        assert!((tanh(1e9) - 1.0).abs() < 1e-6 && (tanh(f32::NEG_INFINITY) + 1.0).abs() < 1e-6);
        assert!(tanh(f32::NAN).is_nan() && gelu(f32::NAN).is_nan());
        assert!(exp(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
        assert!(log_sum_exp(&[0.0, f32::NAN]).is_nan());
        let mut broken = [0.0; 2];
        softmax(&[f32::NAN, 0.0], 2, 2, &mut broken);
        assert!(broken.iter().any(|value| value.is_nan()));
    }
}
