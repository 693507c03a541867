//! Language policies: a transformer over tokens, scored on whole completions.

mod batch;
mod checkpoint;
mod config;
mod generate;
mod score;
#[cfg(not(target_arch = "wasm32"))]
mod tokenizer;
mod transformer;

pub use batch::{BatchRow, TokenLayout};
pub use checkpoint::{CheckpointError, Precision, load, save};
pub use config::{Config, ConfigError, Family};
pub use generate::{GenerateError, Generator, Source};
pub use score::{ScoreError, Scorer};
#[cfg(not(target_arch = "wasm32"))]
pub use tokenizer::{TextError, Tokenizer};
pub use transformer::Transformer;

use self::batch::BatchInputs;
use super::{Parameter, Policy, PolicyScores, Weights};
use crate::engine::Feeds;
use crate::graph::Expr;

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

    /// log π(target) at each scored position of the batch fed, `[scored]`, and the logits there,
    /// `[scored, V]`.
    fn token_scores<'g>(
        &self,
        weights: &Weights<'g>,
        batch: &BatchInputs<'g>,
    ) -> (Expr<'g>, Expr<'g>) {
        let logits = self
            .transformer
            .logits_at(weights, &batch.texts, batch.rows);
        (logits.token_log_prob(batch.targets), logits)
    }

    /// log π of each completion token of the batch fed, `[scored]`: one sequence after the other,
    /// all chosen ones first, end tokens included; then padding.
    pub fn token_log_probs<'g>(&self, weights: &Weights<'g>, layout: TokenLayout) -> Expr<'g> {
        let batch = BatchInputs::new(weights.builder(), layout);
        self.token_scores(weights, &batch).0
    }

    /// Minus the mean log-probability of the tokens that count in the batch fed: what
    /// pre-training lowers, a scalar, nats a token.
    pub fn negative_log_likelihood<'g>(
        &self,
        weights: &Weights<'g>,
        layout: TokenLayout,
    ) -> Expr<'g> {
        let batch = BatchInputs::new(weights.builder(), layout);
        let (scores, _) = self.token_scores(weights, &batch);
        -((scores * batch.mask).sum_all() / batch.mask.sum_all())
    }

    /// The sequences of `pairs`, all chosen ones first.
    fn rows(&self, pairs: &[&TokenPair]) -> Vec<BatchRow> {
        let chosen = pairs.iter().map(|pair| (&pair.prompt, &pair.chosen));
        let rejected = pairs.iter().map(|pair| (&pair.prompt, &pair.rejected));
        let row = |(prompt, completion): (&Vec<u32>, &Vec<u32>)| {
            let Sequence { mut tokens, start } = self.sequence(prompt, completion);
            let targets = tokens[1..].to_vec();
            tokens.pop();
            BatchRow {
                scored: start..tokens.len(),
                tokens,
                targets,
            }
        };
        chosen.chain(rejected).map(row).collect()
    }
}

impl Policy for LanguagePolicy {
    type Pair = TokenPair;
    type Layout = TokenLayout;

    fn parameters(&self) -> Vec<Parameter> {
        self.transformer.parameters()
    }

    fn layout(&self, pairs: &[&TokenPair], count: usize) -> TokenLayout {
        let rows = self.rows(pairs);
        let (chosen, rejected) = rows.split_at(pairs.len());
        // Room for the largest pairs; where they are fewer than `count`, the largest of all may be the
        // one that is repeated.
        let room = |of: fn(&BatchRow) -> usize| -> usize {
            let both = chosen.iter().zip(rejected);
            let mut sizes: Vec<usize> = both.map(|(one, other)| of(one) + of(other)).collect();
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            let largest = sizes.first().copied().unwrap_or(0);
            sizes.resize(count, largest);
            sizes.iter().sum()
        };
        let (tokens, scored) = (room(|row| row.tokens.len()), room(|row| row.scored.len()));
        TokenLayout::padded(count, tokens, scored)
    }

    fn feeds(&self, pairs: &[&TokenPair], layout: TokenLayout) -> Feeds {
        layout.feeds(&self.rows(pairs), self.config().end_token)
    }

    fn scores<'g>(&self, weights: &Weights<'g>, layout: TokenLayout) -> PolicyScores<'g> {
        let batch = BatchInputs::new(weights.builder(), layout);
        let (scores, logits) = self.token_scores(weights, &batch);
        let completions = batch.sums(scores);
        let side = |index: usize| {
            completions
                .slice(0, index..index + 1)
                .reshape([layout.pairs])
        };
        let choices = logits.log_softmax();
        let entropies = -(choices.exp() * choices).sum(&[1]);
        PolicyScores {
            chosen: side(0),
            rejected: side(1),
            entropy: batch.pair_means(entropies.reshape([layout.scored])),
            choices,
        }
    }

    fn divergence<'g>(
        &self,
        policy: Expr<'g>,
        reference: Expr<'g>,
        layout: TokenLayout,
    ) -> Expr<'g> {
        let batch = BatchInputs::new(policy.builder(), layout);
        let terms = policy.exp() * (policy - reference);
        batch.pair_means(terms.sum(&[1]).reshape([layout.scored]))
    }
}
