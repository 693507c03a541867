//! Mixtures of Gaussians, of which everything is known in closed form.

use std::f64::consts::TAU;

/// Equally likely Gaussians in the plane, round and of one width.
///
/// With noise on it such a mixture is another one ([`GaussianMixture::noised`]), so that density and score
/// are known at every noise level: what a trained denoiser is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianMixture {
    means: Vec<[f64; 2]>,
    variance: f64,
}

impl GaussianMixture {
    /// Gaussians around `means`, at least one, with this positive standard deviation along each axis.
    ///
    /// # Panics
    /// If there are no means or the deviation is not positive: a mistake in the calling code.
    pub fn new(means: Vec<[f64; 2]>, deviation: f64) -> Self {
        assert!(
            !means.is_empty() && deviation > 0.0,
            "a mixture of Gaussians"
        );
        GaussianMixture {
            means,
            variance: deviation * deviation,
        }
    }

    /// The centres.
    pub fn means(&self) -> &[[f64; 2]] {
        &self.means
    }

    /// The standard deviation of each Gaussian along each axis.
    pub fn deviation(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The distribution of x_t = alpha · x_0 + sigma · ε for x_0 from this one and standard normal ε.
    pub fn noised(&self, alpha: f64, sigma: f64) -> Self {
        let scaled = self.means.iter().map(|mean| mean.map(|x| alpha * x));
        GaussianMixture {
            means: scaled.collect(),
            variance: alpha * alpha * self.variance + sigma * sigma,
        }
    }

    /// The density at `x`.
    pub fn density(&self, x: [f64; 2]) -> f64 {
        self.log_density(x).exp()
    }

    /// The logarithm of the density at `x`, which far outside is finite where the density is 0.
    pub fn log_density(&self, x: [f64; 2]) -> f64 {
        let exponents = self.exponents(x);
        let most = highest(&exponents);
        let sum: f64 = exponents.iter().map(|e| (e - most).exp()).sum();
        most + (sum / self.means.len() as f64).ln() - (TAU * self.variance).ln()
    }

    /// The probability that a point at `x` is of each of the Gaussians.
    pub fn responsibilities(&self, x: [f64; 2]) -> Vec<f64> {
        let exponents = self.exponents(x);
        let most = highest(&exponents);
        let weights: Vec<f64> = exponents.iter().map(|e| (e - most).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / total).collect()
    }

    /// The score at `x`, the gradient of the logarithm of the density. For x_t the noise that a perfect
    /// denoiser expects is −sigma times that of [`GaussianMixture::noised`] (Song et al. 2021,
    /// Score-based generative modeling through stochastic differential equations).
    pub fn score(&self, x: [f64; 2]) -> [f64; 2] {
        let shares = self.responsibilities(x);
        [0, 1].map(|axis| {
            let pulls = self.means.iter().zip(&shares);
            let pulls = pulls.map(|(mean, share)| share * (mean[axis] - x[axis]));
            pulls.sum::<f64>() / self.variance
        })
    }

    /// −|x − μ|² / 2σ² for each centre μ.
    fn exponents(&self, x: [f64; 2]) -> Vec<f64> {
        let square = |mean: &[f64; 2]| (x[0] - mean[0]).powi(2) + (x[1] - mean[1]).powi(2);
        let means = self.means.iter();
        means
            .map(|mean| -square(mean) / (2.0 * self.variance))
            .collect()
    }
}

fn highest(exponents: &[f64]) -> f64 {
    exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uneven() -> GaussianMixture {
        GaussianMixture::new(vec![[-1.0, 0.5], [0.25, -0.75], [1.5, 1.0]], 0.4)
    }

    /// The integral of `f` over the square of this half width, by the midpoint rule: exact to many digits
    /// for smooth functions that vanish at the border.
    fn integral(half: f64, f: impl Fn([f64; 2]) -> f64) -> f64 {
        const CELLS: usize = 200;
        let width = 2.0 * half / CELLS as f64;
        let place = |cell: usize| (cell as f64 + 0.5) * width - half;
        let cells = (0..CELLS).flat_map(|i| (0..CELLS).map(move |j| [i, j]));
        cells.map(|cell| f(cell.map(place))).sum::<f64>() * width * width
    }

    #[test]
    fn one_gaussian_has_the_density_of_the_books() {
        let normal = GaussianMixture::new(vec![[0.0, 0.0]], 1.0);
        assert!((normal.density([0.0, 0.0]) - 0.159_154_943_091_895_3).abs() < 1e-15);
        assert_eq!(normal.score([3.0, -2.0]), [-3.0, 2.0]);
    }

    #[test]
    fn the_density_adds_up_to_one_also_under_noise() {
        for (alpha, sigma) in [(1.0, 0.0), (0.8, 0.6), (0.1, 0.995)] {
            let mixture = uneven().noised(alpha, sigma);
            let total = integral(8.0, |x| mixture.density(x));
            assert!((total - 1.0).abs() < 1e-9, "{alpha}, {sigma}: {total}");
        }
    }

    #[test]
    fn noise_widens_the_density_as_its_definition_says() {
        // p_t(x) = ∫ p(y) N(x; alpha y, sigma²) dy, term by term.
        let (mixture, alpha, sigma, x) = (uneven(), 0.7, 0.5, [0.3, -0.2]);
        let found = mixture.noised(alpha, sigma).density(x);
        let wanted = integral(5.0, |y| {
            let centre = y.map(|y| alpha * y);
            mixture.density(y) * GaussianMixture::new(vec![centre], sigma).density(x)
        });
        assert!((found - wanted).abs() < 1e-9, "{found}, {wanted}");
    }

    #[test]
    fn the_score_is_the_slope_of_the_log_density() {
        let mixture = uneven().noised(0.9, 0.3);
        for x in [[0.0, 0.0], [-1.2, 0.7], [0.6, 0.2], [4.0, -3.0]] {
            let score = mixture.score(x);
            for axis in [0, 1] {
                let step = 1e-5;
                let moved = |by: f64| {
                    let mut x = x;
                    x[axis] += by;
                    mixture.log_density(x)
                };
                let slope = (moved(step) - moved(-step)) / (2.0 * step);
                assert!(
                    (score[axis] - slope).abs() < 1e-8,
                    "{x:?}: {score:?}, {slope}"
                );
            }
        }
    }

    #[test]
    fn far_from_every_centre_the_score_points_back_to_the_nearest() {
        let score = uneven().score([1e6, 1.0]);
        assert!((score[0] + (1e6 - 1.5) / 0.16).abs() < 1e-3, "{score:?}");
        assert!(uneven().log_density([1e6, 1.0]).is_finite());
    }
}
