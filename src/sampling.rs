//! Drawing a token from logits: one definition for every engine.
//!
//! The logits are divided by the temperature; the `top_k` likeliest tokens and
//! then the smallest set of tokens whose probability reaches `top_p` (Holtzman
//! et al. 2020) are kept; a uniform number picks among them by the inverse of
//! their cumulative distribution, in the order of their ids. The uniform number
//! depends on the seed, the row and the counter (the position) alone, so two
//! policies sampled under one seed use the same luck.

use crate::rng::{self, Purpose};

/// What shapes the distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Law {
    /// 1 leaves the policy's own probabilities; 0 takes the likeliest token.
    pub temperature: f32,
    /// Only this many of the likeliest tokens; 0 keeps all.
    pub top_k: u32,
    /// Only the likeliest tokens that together reach this probability; 1 keeps all.
    pub top_p: f32,
}

impl Default for Law {
    /// The policy's own distribution.
    fn default() -> Self {
        Law {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
        }
    }
}

/// One token for each row of `logits [N, classes]`.
pub fn draw(logits: &[f32], classes: usize, law: Law, seed: [u32; 2], counter: u32) -> Vec<u32> {
    logits
        .chunks_exact(classes)
        .enumerate()
        .map(|(row, logits)| {
            let luck = rng::uniform(seed, Purpose::Token, counter, row as u32);
            pick(logits, law, luck)
        })
        .collect()
}

/// The probability of drawing each token under `law`, from its logits.
pub fn probabilities(logits: &[f32], law: Law) -> Vec<f32> {
    let weights = weights(logits, law);
    let total: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// The token that `luck` in [0, 1) picks.
fn pick(logits: &[f32], law: Law, luck: f32) -> u32 {
    let weights = weights(logits, law);
    let total: f32 = weights.iter().sum();
    let mut left = luck * total;
    let picked = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    // Rounding may leave a crumb.
    let last = || weights.iter().rposition(|&weight| weight > 0.0);
    picked.or_else(last).unwrap_or(0) as u32
}

/// What is in proportion to each token's probability: 0 for those that are not kept.
fn weights(logits: &[f32], law: Law) -> Vec<f32> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    // Likeliest first; equal logits in the order of their ids.
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    let mut weights = vec![0.0; logits.len()];
    if law.temperature <= 0.0 {
        weights[order[0]] = 1.0;
        return weights;
    }
    if law.top_k > 0 {
        order.truncate(law.top_k as usize);
    }
    let largest = logits[order[0]];
    let weight = |id: usize| ((logits[id] - largest) / law.temperature).exp();
    if law.top_p < 1.0 {
        let total: f32 = order.iter().map(|&id| weight(id)).sum();
        let mut reached = 0.0;
        let nucleus = order.iter().position(|&id| {
            reached += weight(id);
            reached >= law.top_p * total
        });
        order.truncate(nucleus.map_or(order.len(), |last| last + 1));
    }
    for id in order {
        weights[id] = weight(id);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probabilities 0.1, 0.6, 0.3.
    const LOGITS: [f32; 3] = [-std::f32::consts::LN_10, -0.510_826, -1.203_973];

    fn shares(law: Law) -> [f32; 3] {
        let mut counts = [0.0; 3];
        let draws = 20_000;
        for counter in 0..draws {
            counts[draw(&LOGITS, 3, law, [3, 0], counter)[0] as usize] += 1.0 / draws as f32;
        }
        counts
    }

    fn assert_shares(law: Law, expected: [f32; 3]) {
        for (share, expected) in shares(law).iter().zip(expected) {
            // Three standard errors at most.
            assert!((share - expected).abs() < 0.011, "{share} {expected}");
        }
    }

    #[test]
    fn draws_follow_the_policy() {
        assert_shares(Law::default(), [0.1, 0.6, 0.3]);
    }

    #[test]
    fn temperature_sharpens() {
        let law = Law {
            temperature: 0.5,
            ..Law::default()
        };
        assert_shares(law, [0.01 / 0.46, 0.36 / 0.46, 0.09 / 0.46]);
    }

    #[test]
    fn top_k_keeps_the_likeliest() {
        let law = Law {
            top_k: 2,
            ..Law::default()
        };
        assert_shares(law, [0.0, 2.0 / 3.0, 1.0 / 3.0]);
    }

    #[test]
    fn top_p_keeps_the_smallest_set_that_reaches_it() {
        let law = |top_p| Law {
            top_p,
            ..Law::default()
        };
        assert_shares(law(0.55), [0.0, 1.0, 0.0]);
        assert_shares(law(0.7), [0.0, 2.0 / 3.0, 1.0 / 3.0]);
        assert_shares(law(0.95), [0.1, 0.6, 0.3]);
    }

    #[test]
    fn probabilities_are_those_of_the_draws() {
        for (temperature, top_k, top_p) in
            [(1.0, 0, 1.0), (0.5, 2, 1.0), (2.0, 0, 0.7), (0.0, 0, 1.0)]
        {
            let law = Law {
                temperature,
                top_k,
                top_p,
            };
            let found: [f32; 3] = probabilities(&LOGITS, law).try_into().unwrap();
            assert_shares(law, found);
        }
    }

    #[test]
    fn temperature_0_is_greedy() {
        let law = Law {
            temperature: 0.0,
            ..Law::default()
        };
        assert_eq!(shares(law)[1].round(), 1.0);
        assert_eq!(draw(&LOGITS, 3, law, [0, 0], 0), [1]);
    }
}
