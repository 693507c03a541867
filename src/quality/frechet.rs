//! The Fréchet distance.

use super::QualityError;
use super::error::check_sets;
use super::symmetric::{Matrix, eigen, product, square_root};

/// The squared Fréchet distance between the Gaussians that have the means and covariances of two sets of
/// features, |μ₁ − μ₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½), in the features' unit squared (Dowson and Landau 1982). On a
/// classifier's features this is how sets of images are compared (Heusel et al. 2017, GANs trained by a two
/// time-scale update rule), though figures compare only for one classifier and one number of samples.
///
/// # Errors
/// A set has fewer than two samples, or samples do not fit or are not finite.
pub fn frechet<P: AsRef<[f32]>>(one: &[P], other: &[P]) -> Result<f64, QualityError> {
    let width = check_sets(one, other, 2)?;
    let (mean, covariance) = moments(one, width);
    let (other_mean, other_covariance) = moments(other, width);
    let apart: f64 = mean
        .iter()
        .zip(&other_mean)
        .map(|(x, y)| (x - y).powi(2))
        .sum();
    let spread = trace(&covariance) + trace(&other_covariance);
    // (C₁ C₂)^½ has the trace of (C₁^½ C₂ C₁^½)^½, which is symmetric.
    let root = square_root(covariance);
    let between = product(&product(&root, &other_covariance), &root);
    let (values, _) = eigen(between);
    let shared: f64 = values.iter().map(|value| value.max(0.0).sqrt()).sum();
    // Rounding must not make a distance negative.
    Ok((apart + spread - 2.0 * shared).max(0.0))
}

/// The mean and the unbiased covariance.
fn moments<P: AsRef<[f32]>>(samples: &[P], width: usize) -> (Vec<f64>, Matrix) {
    let count = samples.len() as f64;
    let mut mean = vec![0.0; width];
    for sample in samples {
        for (sum, &x) in mean.iter_mut().zip(sample.as_ref()) {
            *sum += f64::from(x) / count;
        }
    }
    let mut covariance = vec![vec![0.0; width]; width];
    for sample in samples {
        let numbers = sample.as_ref().iter().zip(&mean);
        let apart: Vec<f64> = numbers.map(|(&x, mean)| f64::from(x) - mean).collect();
        for (row, x) in covariance.iter_mut().zip(&apart) {
            row.iter_mut()
                .zip(&apart)
                .for_each(|(sum, y)| *sum += x * y / (count - 1.0));
        }
    }
    (mean, covariance)
}

fn trace(matrix: &Matrix) -> f64 {
    (0..matrix.len()).map(|i| matrix[i][i]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{self, Purpose};

    fn samples<const N: usize>(count: u32, seed: u64) -> Vec<[f32; N]> {
        let number = |index, axis| rng::normal(rng::key(seed), Purpose::Data, index, axis as u32);
        (0..count)
            .map(|index| std::array::from_fn(|axis| number(index, axis)))
            .collect()
    }

    #[test]
    fn a_set_is_at_no_distance_from_itself_and_as_far_as_it_is_moved() {
        // More dimensions than samples: the covariance has no full rank.
        let points = samples::<64>(40, 1);
        assert!(frechet(&points, &points).unwrap() < 1e-9);
        let moved: Vec<[f32; 64]> = points.iter().map(|point| point.map(|x| x + 0.5)).collect();
        let found = frechet(&points, &moved).unwrap();
        assert!((found - 16.0).abs() < 1e-5, "{found}");
    }

    #[test]
    fn stretching_by_two_axes_is_the_difference_of_the_deviations() {
        // C₁ and C₂ = D C₁ D commute for a diagonal C₁ alone: so that is made exactly.
        let corners = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
        let stretched = corners.map(|[x, y]: [f32; 2]| [3.0 * x, 0.5 * y]);
        let variance = 4.0_f64 / 3.0;
        let wanted = variance * (2.0_f64.powi(2) + 0.5_f64.powi(2));
        let found = frechet(&corners, &stretched).unwrap();
        assert!((found - wanted).abs() < 1e-12, "{found}, {wanted}");
    }

    #[test]
    fn covariances_that_do_not_commute_give_the_closed_form_of_two_dimensions() {
        let (one, other) = (samples::<2>(30, 2), samples::<2>(30, 3));
        let other: Vec<[f32; 2]> = other.iter().map(|[x, y]| [x + y, 2.0 * y - 1.0]).collect();
        let ((mean, c1), (other_mean, c2)) = (moments(&one, 2), moments(&other, 2));
        // tr √M of 2 × 2 is √(tr M + 2 √det M).
        let determinant = |c: &Matrix| c[0][0] * c[1][1] - c[0][1] * c[1][0];
        let together = trace(&product(&c1, &c2));
        let root = (together + 2.0 * (determinant(&c1) * determinant(&c2)).sqrt()).sqrt();
        let apart: f64 = mean
            .iter()
            .zip(&other_mean)
            .map(|(x, y)| (x - y).powi(2))
            .sum();
        let wanted = apart + trace(&c1) + trace(&c2) - 2.0 * root;
        for found in [frechet(&one, &other), frechet(&other, &one)] {
            let found = found.unwrap();
            assert!((found - wanted).abs() < 1e-10, "{found}, {wanted}");
        }
    }

    #[test]
    fn one_sample_has_no_covariance() {
        let problem = frechet(&samples::<2>(1, 0), &samples::<2>(5, 0)).unwrap_err();
        assert!(
            problem
                .to_string()
                .contains("the first set has too few samples: 1")
        );
    }
}
