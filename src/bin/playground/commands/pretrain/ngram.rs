//! n-gram models: the baselines of a language policy.

use std::collections::HashMap;

use super::vocabulary::END;

/// Models of the next token given the `order − 1` before it, for every order up to some
/// largest one, each interpolated with all shorter ones (Witten and Bell 1991):
///
/// `p(c | h) = (n(h, c) + t(h) · p(c | h′)) / (n(h) + t(h))`,
///
/// where t(h) counts the different tokens seen after h, and h′ is h without its first.
pub struct NGrams {
    alternatives: usize,
    /// For every history that is short enough, how often each token followed it.
    counts: HashMap<Vec<u32>, HashMap<u32, u32>>,
}

impl NGrams {
    /// Fits models of orders up to `largest` to `texts`, over which any of `alternatives` tokens
    /// may follow.
    pub fn fit(largest: usize, alternatives: usize, texts: &[Vec<u32>]) -> Self {
        let mut counts: HashMap<Vec<u32>, HashMap<u32, u32>> = HashMap::new();
        for text in texts {
            for (history, token) in choices(text, largest) {
                for start in 0..=history.len() {
                    let followers = counts.entry(history[start..].to_vec()).or_default();
                    *followers.entry(token).or_default() += 1;
                }
            }
        }
        NGrams {
            alternatives,
            counts,
        }
    }

    /// Minus the mean log-probability of a token of `texts` under the model of this order,
    /// end-of-text included, nats.
    pub fn loss(&self, order: usize, texts: &[Vec<u32>]) -> f64 {
        let terms: Vec<f64> = texts
            .iter()
            .flat_map(|text| choices(text, order))
            .map(|(history, token)| -self.probability(&history, token).ln())
            .collect();
        terms.iter().sum::<f64>() / terms.len() as f64
    }

    fn probability(&self, history: &[u32], token: u32) -> f64 {
        let shorter = match history.split_first() {
            Some((_, rest)) => self.probability(rest, token),
            None => 1.0 / self.alternatives as f64,
        };
        let Some(followers) = self.counts.get(history) else {
            return shorter;
        };
        let different = followers.len() as f64;
        let total = f64::from(followers.values().sum::<u32>());
        let seen = f64::from(followers.get(&token).copied().unwrap_or(0));
        (seen + different * shorter) / (total + different)
    }
}

/// Each token of `text` and its end, with up to `order − 1` tokens before it; a text
/// begins with the end token of the one before.
fn choices(text: &[u32], order: usize) -> Vec<(Vec<u32>, u32)> {
    let sequence: Vec<u32> = [&[END], text, &[END]].concat();
    (1..sequence.len())
        .map(|place| {
            let history = &sequence[place.saturating_sub(order - 1)..place];
            (history.to_vec(), sequence[place])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> [Vec<u32>; 3] {
        [vec![2, 3], vec![2, 2], vec![3]]
    }

    #[test]
    fn the_probabilities_of_all_alternatives_add_up_to_1() {
        for largest in 1..=3 {
            let model = NGrams::fit(largest, 4, &texts());
            for history in [&[][..], &[0], &[0, 2], &[3, 3]] {
                let alternatives = [END, 2, 3, 4];
                let total: f64 = alternatives
                    .map(|token| model.probability(history, token))
                    .iter()
                    .sum();
                assert!((total - 1.0).abs() < 1e-12, "{largest} {history:?}");
            }
        }
    }

    #[test]
    fn a_unigram_interpolates_frequencies_with_the_uniform_distribution() {
        let model = NGrams::fit(1, 4, &texts());
        // 3 of 8 tokens are 2; 3 different ones were seen.
        let expected = (3.0 + 3.0 * 0.25) / (8.0 + 3.0);
        assert!((model.probability(&[], 2) - expected).abs() < 1e-12);
    }
}
