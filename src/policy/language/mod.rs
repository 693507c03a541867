//! Language policies: a transformer over tokens, scored on whole completions.

mod checkpoint;
mod config;
mod generate;
mod score;
#[cfg(not(target_arch = "wasm32"))]
mod tokenizer;
mod transformer;

pub use checkpoint::{CheckpointError, Precision, load, save};
pub use config::{Config, ConfigError, Family};
pub use generate::{GenerateError, Generator};
pub use score::{ScoreError, Scorer};
#[cfg(not(target_arch = "wasm32"))]
pub use tokenizer::{TextError, Tokenizer};
pub use transformer::Transformer;

use super::{Parameter, Policy, PolicyScores, Weights};
use crate::engine::{Feeds, HostTensor};
use crate::graph::{DType, Expr};

/// A transformer as a policy over completions of prompts.
#[derive(Clone, Debug)]
pub struct LanguagePolicy {
    transformer: Transformer,
}

/// A preference pair in token ids, without begin and end tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenPair {
    /// What both completions continue.
    pub prompt: Vec<u32>,
    /// The preferred completion.
    pub chosen: Vec<u32>,
    /// The other.
    pub rejected: Vec<u32>,
}

/// The static shape of a batch of token pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenLayout {
    /// Pairs; a batch holds twice as many sequences, all chosen ones first.
    pub pairs: usize,
    /// Positions a sequence is padded to.
    pub length: usize,
}

/// Why a pair cannot be scored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PairError {
    /// A completion runs over the policy's context.
    #[error(
        "prompt and {side} together have {length} tokens, but this policy sees at most {most}: shorten them"
    )]
    TooLong {
        /// "chosen" or "rejected".
        side: &'static str,
        /// Tokens, begin token included.
        length: usize,
        /// Tokens that fit.
        most: usize,
    },
    /// A token id that the policy does not know.
    #[error("token {0} lies outside the policy's vocabulary")]
    UnknownToken(u32),
    /// Nothing stands before the first token to be predicted.
    #[error("this policy has no begin token, so the prompt must not be empty")]
    EmptyPrompt,
}

/// A text as inputs, targets and the targets that count.
struct Sequence {
    tokens: Vec<u32>,
    /// The first position whose target belongs to the completion.
    start: usize,
}

impl LanguagePolicy {
    /// The policy of a configuration.
    pub fn new(config: Config) -> Self {
        LanguagePolicy {
            transformer: Transformer::new(config),
        }
    }

    /// The transformer inside.
    pub fn transformer(&self) -> &Transformer {
        &self.transformer
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        self.transformer.config()
    }

    /// What would keep `pair` from being scored.
    pub fn check(&self, pair: &TokenPair) -> Result<(), PairError> {
        let config = self.config();
        let known = |id: &&u32| **id as usize >= config.vocabulary;
        let mut tokens = pair.prompt.iter().chain(&pair.chosen).chain(&pair.rejected);
        if let Some(&id) = tokens.find(known) {
            return Err(PairError::UnknownToken(id));
        }
        for (side, completion) in [("chosen", &pair.chosen), ("rejected", &pair.rejected)] {
            let sequence = self.sequence(&pair.prompt, completion);
            if sequence.tokens.len() == completion.len() + 1 {
                return Err(PairError::EmptyPrompt);
            }
            // The end token is a target only, so one token more than the context fits.
            let (length, most) = (sequence.tokens.len() - 1, config.context);
            if length > most {
                return Err(PairError::TooLong { side, length, most });
            }
        }
        Ok(())
    }

    /// Begin token (if the policy has one), prompt, completion, end token.
    fn sequence(&self, prompt: &[u32], completion: &[u32]) -> Sequence {
        let config = self.config();
        let mut tokens: Vec<u32> = config.begin_token.into_iter().collect();
        tokens.extend(prompt);
        let start = tokens.len().saturating_sub(1);
        tokens.extend(completion);
        tokens.push(config.end_token);
        Sequence { tokens, start }
    }

    /// log π(target) at each position of the batch fed, `[2·pairs, length]`, 0 outside
    /// the completions; the logits `[2·pairs·length, V]`; and the mask.
    fn token_scores<'g>(
        &self,
        weights: &Weights<'g>,
        layout: TokenLayout,
    ) -> (Expr<'g>, Expr<'g>, Expr<'g>) {
        let shape = [2 * layout.pairs, layout.length];
        let rows = shape[0] * shape[1];
        let builder = weights.builder();
        let tokens = builder.input("batch/tokens", DType::U32, shape);
        let targets = builder.input("batch/targets", DType::U32, shape);
        let mask = builder.input("batch/mask", DType::F32, shape);
        let logits = self.transformer.logits(weights, tokens);
        let scores = logits
            .token_log_prob(targets.reshape([rows]))
            .reshape(shape)
            * mask;
        (scores, logits, mask)
    }

    /// log π of each completion token of the batch fed, `[2·pairs, length]`, 0 elsewhere.
    pub fn token_log_probs<'g>(&self, weights: &Weights<'g>, layout: TokenLayout) -> Expr<'g> {
        self.token_scores(weights, layout).0
    }

    /// Minus the mean log-probability of the tokens that count in the batch fed: what
    /// pre-training lowers, a scalar, nats a token.
    pub fn negative_log_likelihood<'g>(
        &self,
        weights: &Weights<'g>,
        layout: TokenLayout,
    ) -> Expr<'g> {
        let (scores, _, mask) = self.token_scores(weights, layout);
        -(scores.sum_all() / mask.sum_all())
    }

    /// The positions of a sequence's completion tokens (end token included) in a batch's row.
    pub fn completion_positions(
        &self,
        pair: &TokenPair,
        completion: &[u32],
    ) -> std::ops::Range<usize> {
        let sequence = self.sequence(&pair.prompt, completion);
        sequence.start..sequence.tokens.len() - 1
    }
}

impl Policy for LanguagePolicy {
    type Pair = TokenPair;
    type Layout = TokenLayout;

    fn parameters(&self) -> Vec<Parameter> {
        self.transformer.parameters()
    }

    fn layout(&self, pairs: &[&TokenPair], count: usize) -> TokenLayout {
        let longest = pairs
            .iter()
            .flat_map(|pair| [&pair.chosen, &pair.rejected].map(|side| (pair, side)))
            .map(|(pair, side)| self.sequence(&pair.prompt, side).tokens.len() - 1)
            .max()
            .unwrap_or(1);
        TokenLayout {
            pairs: count,
            length: bucket(longest).min(self.config().context),
        }
    }

    fn feeds(&self, pairs: &[&TokenPair], layout: TokenLayout) -> Feeds {
        let shape = [2 * layout.pairs, layout.length];
        let elements = shape[0] * shape[1];
        let mut tokens = vec![self.config().end_token; elements];
        let mut targets = tokens.clone();
        let mut mask = vec![0.0; elements];
        let chosen = pairs.iter().map(|pair| (&pair.prompt, &pair.chosen));
        let rejected = pairs.iter().map(|pair| (&pair.prompt, &pair.rejected));
        for (row, (prompt, completion)) in chosen.chain(rejected).enumerate() {
            let sequence = self.sequence(prompt, completion);
            for position in 0..sequence.tokens.len() - 1 {
                let slot = row * layout.length + position;
                tokens[slot] = sequence.tokens[position];
                targets[slot] = sequence.tokens[position + 1];
                mask[slot] = f32::from(position >= sequence.start);
            }
        }
        Feeds::from([
            ("batch/tokens".to_owned(), HostTensor::u32(shape, tokens)),
            ("batch/targets".to_owned(), HostTensor::u32(shape, targets)),
            ("batch/mask".to_owned(), HostTensor::f32(shape, mask)),
        ])
    }

    fn scores<'g>(&self, weights: &Weights<'g>, layout: TokenLayout) -> PolicyScores<'g> {
        let (scores, logits, mask) = self.token_scores(weights, layout);
        let completions = scores.sum(&[1]);
        let side = |index: usize| {
            completions
                .slice(0, index * layout.pairs..(index + 1) * layout.pairs)
                .reshape([layout.pairs])
        };
        let choices = logits.log_softmax();
        let entropies = -(choices.exp() * choices).sum(&[1]);
        PolicyScores {
            chosen: side(0),
            rejected: side(1),
            entropy: pair_means(entropies, mask, layout),
            choices,
        }
    }

    fn divergence<'g>(
        &self,
        policy: &PolicyScores<'g>,
        reference: &PolicyScores<'g>,
        layout: TokenLayout,
    ) -> Expr<'g> {
        let shape = [2 * layout.pairs, layout.length];
        let builder = policy.choices.builder();
        let mask = builder.input("batch/mask", DType::F32, shape);
        let terms = policy.choices.exp() * (policy.choices - reference.choices);
        pair_means(terms.sum(&[1]), mask, layout)
    }
}

/// The mean of `values`, one a position, over the positions of each pair that `mask` marks: `[B]`.
fn pair_means<'g>(values: Expr<'g>, mask: Expr<'g>, layout: TokenLayout) -> Expr<'g> {
    let shape = [2, layout.pairs, layout.length];
    let mask = mask.reshape(shape);
    let sums = (values.reshape(shape) * mask).sum(&[0, 2]);
    (sums / mask.sum(&[0, 2])).reshape([layout.pairs])
}

/// The padded length for `length` positions: few different ones, at most half as long again.
fn bucket(length: usize) -> usize {
    let power = length.next_power_of_two().max(8);
    match power / 4 * 3 {
        three_quarters if three_quarters >= length && power > 8 => three_quarters,
        _ => power,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_few_and_never_too_short() {
        let buckets: Vec<usize> = [1, 8, 9, 12, 13, 16, 17, 24, 25, 48, 49, 64]
            .map(bucket)
            .to_vec();
        assert_eq!(buckets, [8, 8, 12, 12, 16, 16, 24, 24, 32, 48, 64, 64]);
    }
}
