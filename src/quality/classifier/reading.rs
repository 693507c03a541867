//! What the classifier says of images, one by one and together.

use crate::digits::CLASSES;

/// What the classifier says of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// How likely it takes each digit to be the one meant.
    pub probabilities: [f32; CLASSES],
    /// The hidden units, 64: what [`frechet`](crate::quality::frechet) compares.
    pub features: Vec<f32>,
}

impl Reading {
    /// From the network's outputs for one image.
    pub(super) fn new(logits: &[f32], features: &[f32]) -> Self {
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut probabilities = [0.0; CLASSES];
        for (probability, logit) in probabilities.iter_mut().zip(logits) {
            *probability = (logit - most).exp();
        }
        let total: f32 = probabilities.iter().sum();
        Reading {
            probabilities: probabilities.map(|weight| weight / total),
            features: features.to_vec(),
        }
    }

    /// The likeliest digit.
    pub fn digit(&self) -> u32 {
        let places = self.probabilities.iter().enumerate();
        let likeliest = places.max_by(|(_, a), (_, b)| a.total_cmp(b));
        likeliest.map_or(0, |(digit, _)| digit as u32)
    }

    /// How unsure the classifier is, nats: from 0 to ln 10.
    pub fn entropy(&self) -> f64 {
        let possible = self.probabilities.iter().map(|p| f64::from(*p));
        let possible = possible.filter(|p| *p > 0.0);
        possible.map(|p| -p * p.ln()).sum()
    }
}

/// The share of `readings` whose likeliest digit is the one of `intended` in its place; NaN of none.
pub fn accuracy(readings: &[Reading], intended: &[u32]) -> f64 {
    let pairs = readings.iter().zip(intended);
    let right = pairs.filter(|(reading, intended)| reading.digit() == **intended);
    right.count() as f64 / readings.len() as f64
}

/// The mean of [`Reading::entropy`], nats; NaN of none. Clear digits have a low one.
pub fn mean_entropy(readings: &[Reading]) -> f64 {
    let sum: f64 = readings.iter().map(Reading::entropy).sum();
    sum / readings.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of this digit, by so many times the odds of each other.
    fn reading(digit: usize, odds: f32) -> Reading {
        let mut logits = [700.0; CLASSES];
        logits[digit] += odds.ln();
        Reading::new(&logits, &[])
    }

    #[test]
    fn probabilities_are_the_softmax_of_any_logits() {
        let found = reading(3, 11.0).probabilities;
        for (digit, probability) in found.iter().enumerate() {
            let wanted = if digit == 3 { 0.55 } else { 0.05 };
            assert!((probability - wanted).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn entropy_is_0_of_the_sure_and_ln_10_of_the_clueless() {
        assert!(reading(0, f32::MAX).entropy() < 1e-30);
        let clueless = reading(0, 1.0).entropy();
        assert!((clueless - 10_f64.ln()).abs() < 1e-6, "{clueless}");
        let both = mean_entropy(&[reading(0, f32::MAX), reading(0, 1.0)]);
        assert!((both - 10_f64.ln() / 2.0).abs() < 1e-6, "{both}");
    }

    #[test]
    fn accuracy_counts_what_was_intended() {
        let readings = [
            reading(1, 5.0),
            reading(2, 5.0),
            reading(3, 5.0),
            reading(9, 5.0),
        ];
        assert_eq!(accuracy(&readings, &[1, 2, 0, 9]), 0.75);
    }
}
