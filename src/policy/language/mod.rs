//! Language policies: a transformer over tokens, scored on whole completions.

mod batch;
mod config;
mod end_states;
mod generate;
mod score;
#[cfg(not(target_arch = "wasm32"))]
mod tokenizer;
mod transformer;

pub use batch::{BatchRow, TokenLayout};
pub use config::{Config, ConfigError, Family};
pub use generate::{Generator, Generators};
pub use score::{ScoreError, Scorer};
#[cfg(not(target_arch = "wasm32"))]
pub use tokenizer::{TextError, Tokenizer};
pub use transformer::Transformer;

use self::batch::BatchInputs;
use super::{
    Alternatives, Draw, DrawError, Initial, Parameter, Policy, PolicyScores, SAMPLING, Source,
    Weights,
};
pub use super::{CheckpointError, Precision, load, save};
use crate::engine::{Engine, Feeds};
use crate::graph::{Expr, Shape};
use crate::hyperparameter::Hyperparameter;

/// A transformer as a policy over completions of prompts.
#[derive(Clone, Debug)]
pub struct LanguagePolicy {
    transformer: Transformer,
    /// What stands before a prompt, in turn, while kept answers are drawn.
    guides: Vec<Vec<u32>>,
}

/// A prompt and a completion in token ids, without begin and end tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenSample {
    /// What is continued.
    pub prompt: Vec<u32>,
    /// The continuation.
    pub completion: Vec<u32>,
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

impl TokenPair {
    /// The chosen and the rejected side.
    pub fn samples(&self) -> [TokenSample; 2] {
        [&self.chosen, &self.rejected].map(|completion| TokenSample {
            prompt: self.prompt.clone(),
            completion: completion.clone(),
        })
    }
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
            guides: Vec::new(),
        }
    }

    /// The transformer inside.
    pub fn transformer(&self) -> &Transformer {
        &self.transformer
    }

    /// Has kept answers be drawn with one of `guides` before the prompt, in turn (D²O's instructions); they are
    /// scored as answers to the plain prompt all the same.
    pub fn set_guides(&mut self, guides: Vec<Vec<u32>>) {
        self.guides = guides;
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
    /// end tokens included; then padding.
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
        let weights = batch.choices.weights;
        -((scores * weights).sum_all() / weights.sum_all())
    }

    /// The weights of a value that is linear in what the last layer reads.
    fn value_head(&self) -> [Parameter; 2] {
        let parameter = |name: &str, shape: Shape| Parameter {
            name: name.to_owned(),
            shape,
            initial: Initial::Zeros,
            decays: false,
        };
        [
            parameter("critic.value.weight", [self.config().width, 1].into()),
            parameter("critic.value.bias", [1].into()),
        ]
    }

    fn row(&self, sample: &TokenSample) -> BatchRow {
        let Sequence { mut tokens, start } = self.sequence(&sample.prompt, &sample.completion);
        let targets = tokens[1..].to_vec();
        tokens.pop();
        BatchRow {
            scored: start..tokens.len(),
            tokens,
            targets,
        }
    }
}

impl Policy for LanguagePolicy {
    type Sample = TokenSample;
    type Layout = TokenLayout;
    type Draw = Draw;
    type Generators = Generators;

    fn sampling(&self) -> &'static [Hyperparameter] {
        &*SAMPLING
    }

    fn drawing(&self, number: &dyn Fn(&str) -> f64, seed: u64) -> Draw {
        Draw::by(number, seed)
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.transformer.parameters()
    }

    fn layout(&self, samples: &[&TokenSample]) -> TokenLayout {
        let rows = samples.iter().map(|sample| self.row(sample));
        let (tokens, scored) = rows.fold((0, 0), |(tokens, scored), row| {
            (tokens + row.tokens.len(), scored + row.scored.len())
        });
        TokenLayout::padded(samples.len(), tokens, scored)
    }

    fn feeds(&self, samples: &[&TokenSample], layout: TokenLayout) -> Feeds {
        let rows: Vec<BatchRow> = samples.iter().map(|sample| self.row(sample)).collect();
        layout.feeds(&rows, self.config().end_token)
    }

    /// End-of-text is one.
    fn choices(&self, sample: &TokenSample) -> usize {
        sample.completion.len() + 1
    }

    fn guided(&self, asked: &TokenSample, turn: usize) -> TokenSample {
        let guide = match self.guides.len() {
            0 => &[][..],
            count => &self.guides[turn % count],
        };
        TokenSample {
            prompt: [guide, &asked.prompt].concat(),
            completion: Vec::new(),
        }
    }

    fn places(&self, layout: TokenLayout) -> usize {
        layout.scored
    }

    fn answered(&self, asked: &TokenSample, answer: &TokenSample) -> TokenSample {
        TokenSample {
            prompt: asked.prompt.clone(),
            completion: answer.completion.clone(),
        }
    }

    fn begun(&self, sample: &TokenSample, choices: usize) -> TokenSample {
        let begun = sample.completion.iter().take(choices);
        TokenSample {
            prompt: sample.prompt.iter().chain(begun).copied().collect(),
            completion: Vec::new(),
        }
    }

    fn continued(
        &self,
        sample: &TokenSample,
        choices: usize,
        rest: &TokenSample,
        draw: Draw,
    ) -> TokenSample {
        let begun = sample.completion.iter().take(choices);
        let whole = begun.chain(&rest.completion).take(draw.most);
        TokenSample {
            prompt: sample.prompt.clone(),
            completion: whole.copied().collect(),
        }
    }

    fn scores<'g>(&self, weights: &Weights<'g>, layout: TokenLayout) -> PolicyScores<'g> {
        let batch = BatchInputs::new(weights.builder(), layout);
        let (log_probs, logits) = self.token_scores(weights, &batch);
        PolicyScores {
            choices: batch.choices,
            log_probs,
            distilled: None,
            alternatives: Alternatives::Listed(logits.log_softmax()),
        }
    }

    /// The policy's, and a value that is linear in what its last layer reads.
    fn critic(&self) -> Vec<Parameter> {
        let own = self.parameters().into_iter();
        own.chain(self.value_head()).collect()
    }

    fn values<'g>(&self, weights: &Weights<'g>, layout: TokenLayout) -> Expr<'g> {
        let batch = BatchInputs::new(weights.builder(), layout);
        let (texts, rows) = (&batch.texts, batch.rows);
        let states = self.transformer.states_at(weights, texts, rows);
        let [value, bias] = self.value_head().map(|own| weights.parameter(&own));
        states.matmul(value).reshape([layout.scored]) + bias
    }

    async fn draw(
        &self,
        engine: &dyn Engine,
        generators: &mut Generators,
        prompts: &[&TokenSample],
        source: Source,
        draw: Draw,
    ) -> Result<Vec<TokenSample>, DrawError> {
        let transformer = &self.transformer;
        let ids: Vec<&[u32]> = prompts.iter().map(|sample| &sample.prompt[..]).collect();
        let generator = generators
            .get(engine, transformer, source, ids.len())
            .await?;
        let completions = generator.generate(engine, &ids, source, draw).await?;
        let samples = prompts.iter().zip(completions);
        Ok(samples
            .map(|(sample, completion)| TokenSample {
                prompt: sample.prompt.clone(),
                completion,
            })
            .collect())
    }
}
