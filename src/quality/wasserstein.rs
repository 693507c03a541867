//! The sliced Wasserstein distance.

use super::QualityError;
use super::error::check_sets;
use crate::rng::{self, Purpose};

/// Directions along which sets are compared, at least.
const DIRECTIONS: usize = 64;

/// The sliced Wasserstein distance of order 2 between two sets of samples, in their unit: the root of the
/// mean, over directions, of the squared distance that mass must move along a direction to turn the one set's
/// shadow into the other's (Bonneel, Rabin, Peyré and Pfister 2015, Sliced and Radon Wasserstein barycenters
/// of measures). Two points v apart in d dimensions have the distance |v| / √d.
///
/// Directions depend on `seed`. They come in orthonormal bases, which makes the mean more precise than
/// independent ones would (Rowland et al. 2019, Orthogonal estimation of Wasserstein distances).
///
/// # Errors
/// A set is empty, or samples do not fit or are not finite.
pub fn sliced_wasserstein<P: AsRef<[f32]>>(
    one: &[P],
    other: &[P],
    seed: u64,
) -> Result<f64, QualityError> {
    let width = check_sets(one, other, 1)?;
    if width == 0 {
        return Ok(0.0);
    }
    let bases = DIRECTIONS.div_ceil(width);
    let directions = (0..bases).flat_map(|number| basis(width, seed, number as u32));
    let squares = directions
        .map(|direction| squared_distance(&shadow(one, &direction), &shadow(other, &direction)));
    Ok((squares.sum::<f64>() / (bases * width) as f64).sqrt())
}

/// Basis number `number` under `seed`, orthonormal: random directions, each made orthogonal to those before it
/// (Gram and Schmidt).
fn basis(width: usize, seed: u64, number: u32) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(width);
    let mut element = 0;
    while basis.len() < width {
        let mut direction: Vec<f64> = (element..element + width as u32)
            .map(|i| f64::from(rng::normal(rng::key(seed), Purpose::Projection, number, i)))
            .collect();
        element += width as u32;
        let before = dot(&direction, &direction);
        // Twice, since once leaves what rounding did.
        for known in basis.iter().chain(&basis) {
            let part = dot(&direction, known);
            direction
                .iter_mut()
                .zip(known)
                .for_each(|(x, y)| *x -= part * y);
        }
        let square = dot(&direction, &direction);
        // Hardly anything may be left of a direction; then the next one serves.
        if square > 1e-12 * before {
            direction.iter_mut().for_each(|x| *x /= square.sqrt());
            basis.push(direction);
        }
    }
    basis
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(x, y)| x * y).sum()
}

/// Where samples lie along `direction`, in ascending order.
fn shadow<P: AsRef<[f32]>>(samples: &[P], direction: &[f64]) -> Vec<f64> {
    let place = |sample: &P| {
        let pairs = sample.as_ref().iter().zip(direction);
        pairs.map(|(&x, y)| f64::from(x) * y).sum()
    };
    let mut places: Vec<f64> = samples.iter().map(place).collect();
    places.sort_unstable_by(f64::total_cmp);
    places
}

/// The squared Wasserstein distance of order 2 between places on a line, each list in ascending order and of
/// mass 1 in equal shares: what comes first goes to what comes first.
fn squared_distance(one: &[f64], other: &[f64]) -> f64 {
    // Mass in units of which a place of `one` holds as many as `other` has places.
    let (unit, other_unit) = (other.len() as u64, one.len() as u64);
    let (mut i, mut j, mut moved) = (0, 0, 0);
    let mut cost = 0.0;
    while i < one.len() && j < other.len() {
        let (end, other_end) = ((i as u64 + 1) * unit, (j as u64 + 1) * other_unit);
        let next = end.min(other_end);
        cost += (next - moved) as f64 * (one[i] - other[j]).powi(2);
        moved = next;
        i += usize::from(next == end);
        j += usize::from(next == other_end);
    }
    cost / moved as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian(count: u32, seed: u64, [centre, deviation]: [f32; 2]) -> Vec<[f32; 2]> {
        let number = |index, axis| rng::normal(rng::key(seed), Purpose::Data, index, axis);
        let point = |index| [0, 1].map(|axis| centre + deviation * number(index, axis));
        (0..count).map(point).collect()
    }

    #[test]
    fn a_moved_set_is_as_far_as_it_was_moved() {
        let points = gaussian(300, 1, [0.0, 1.0]);
        let moved: Vec<[f32; 2]> = points.iter().map(|[x, y]| [x + 3.0, y - 4.0]).collect();
        // Exact, since directions come in bases: the mean of (θ·v)² is |v|² / 2.
        let found = sliced_wasserstein(&points, &moved, 0).unwrap();
        assert!((found - 5.0 / 2_f64.sqrt()).abs() < 1e-6, "{found}");
        assert_eq!(sliced_wasserstein(&points, &points, 0), Ok(0.0));
    }

    #[test]
    fn the_distance_of_gaussians_is_that_of_their_deviations() {
        // On a line: (1 − 1/2)², on every line.
        let (one, other) = (
            gaussian(20_000, 2, [0.5, 1.0]),
            gaussian(20_000, 3, [0.5, 0.5]),
        );
        let found = sliced_wasserstein(&one, &other, 7).unwrap();
        assert!((found - 0.5).abs() < 0.02, "{found}");
        assert_eq!(sliced_wasserstein(&other, &one, 7), Ok(found));
    }

    #[test]
    fn sets_of_different_sizes_are_compared_by_their_mass() {
        // Twice the same points are the same distribution.
        let points = gaussian(50, 4, [0.0, 1.0]);
        let twice = [&points[..], &points].concat();
        assert!(sliced_wasserstein(&points, &twice, 0).unwrap() < 1e-9);
        // Half the mass stays; of the other half a sixth moves by 3 and a third by 2.
        let cost = squared_distance(&[0.0, 3.0], &[0.0, 0.0, 1.0]);
        assert!(
            (cost - (1.0 / 6.0 * 9.0 + 1.0 / 3.0 * 4.0)).abs() < 1e-12,
            "{cost}"
        );
    }

    #[test]
    fn another_seed_gives_other_directions_and_nearly_the_same_distance() {
        let (one, other) = (gaussian(2000, 5, [0.0, 1.0]), gaussian(2000, 6, [0.4, 0.6]));
        let [first, second] = [0, 1].map(|seed| sliced_wasserstein(&one, &other, seed).unwrap());
        assert_ne!(first, second);
        assert!((first / second - 1.0).abs() < 0.02, "{first}, {second}");
    }

    #[test]
    fn directions_are_orthonormal() {
        let basis = basis(64, 3, 1);
        for (i, one) in basis.iter().enumerate() {
            for (j, other) in basis.iter().enumerate() {
                let wanted = f64::from(u8::from(i == j));
                assert!((dot(one, other) - wanted).abs() < 1e-12, "{i}, {j}");
            }
        }
    }
}
