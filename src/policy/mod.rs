//! Policies: distributions with parameters, scored and trained through graphs.

mod checkpoint;
mod choices;
pub mod diffusion;
pub mod language;
pub mod table;

pub use checkpoint::{CheckpointError, Precision, load, save};
pub use choices::Choices;

use std::hash::Hash;
use std::sync::LazyLock;

use crate::engine::{Engine, EngineError, Feeds, HostTensor};
use crate::graph::{Builder, DType, Expr, GraphError, Shape};
use crate::hyperparameter::Hyperparameter;
use crate::rng::{self, Purpose};
use crate::sampling::Law;

/// A distribution whose parameters preference updates change.
///
/// A policy scores samples as graph nodes, draws new ones, and says how samples are laid out
/// for an engine; sessions and objectives know nothing else of it.
pub trait Policy {
    /// A prompt with one answer, in the policy's own terms (token ids, images, …).
    type Sample: Clone + Eq + Hash;
    /// The static shape of a batch of samples.
    type Layout: Copy + Eq + Hash;
    /// How new answers are drawn: what shapes the distribution, and the luck.
    type Draw: Copy;
    /// What is kept between two draws.
    type Generators: Default;

    /// What kind of policy it is.
    const KIND: PolicyKind = PolicyKind::Answers;

    /// The numbers that shape draws.
    fn sampling(&self) -> &'static [Hyperparameter];

    /// How answers are drawn by these numbers, each told by its name, with the luck of `seed`.
    fn drawing(&self, number: &dyn Fn(&str) -> f64, seed: u64) -> Self::Draw;

    /// The weights, in the order of the optimiser's state.
    fn parameters(&self) -> Vec<Parameter>;

    /// A layout in which `samples` find room: the same one for batches of about the same size.
    fn layout(&self, samples: &[&Self::Sample]) -> Self::Layout;

    /// The inputs of a graph over `layout` that hold `samples`.
    fn feeds(&self, samples: &[&Self::Sample], layout: Self::Layout) -> Feeds;

    /// The choices in `sample` that are scored: its tokens, for a language policy.
    fn choices(&self, sample: &Self::Sample) -> usize;

    /// The choices that a batch of this layout has room for.
    fn places(&self, layout: Self::Layout) -> usize;

    /// The same draw, its answers to be scored by the steps in which they were drawn ([`Scoring::Steps`]).
    fn by_steps(&self, draw: Self::Draw) -> Self::Draw {
        draw
    }

    /// `sample` as one update scores it, where scores are estimates.
    fn looked_at(&self, sample: Self::Sample, glance: Glance) -> Self::Sample {
        let _ = glance;
        sample
    }

    /// The class of a sample, where samples have one.
    fn class(&self, sample: &Self::Sample) -> Option<u32> {
        let _ = sample;
        None
    }

    /// The same draw in a single step, where draws have steps.
    fn in_one_step(&self, draw: Self::Draw) -> Self::Draw {
        draw
    }

    /// The prompt of `asked` with the answer of `answer`.
    fn answered(&self, asked: &Self::Sample, answer: &Self::Sample) -> Self::Sample;

    /// The prompt of `sample` with its first `choices` choices, to be continued: fewer than it has, and at least
    /// one.
    fn begun(&self, sample: &Self::Sample, choices: usize) -> Self::Sample {
        let _ = choices;
        sample.clone()
    }

    /// The first `choices` choices of `sample` and then those of `rest`, as far as `draw` would have drawn them.
    fn continued(
        &self,
        sample: &Self::Sample,
        choices: usize,
        rest: &Self::Sample,
        draw: Self::Draw,
    ) -> Self::Sample {
        let _ = (choices, draw);
        self.answered(sample, rest)
    }

    /// `asked` as it is put to the policy when its `turn`-th kept answer is drawn: a prompt may be guided, then.
    fn guided(&self, asked: &Self::Sample, turn: usize) -> Self::Sample {
        let _ = turn;
        asked.clone()
    }

    /// How the policy under `weights` scores the batch fed.
    fn scores<'g>(&self, weights: &Weights<'g>, layout: Self::Layout) -> PolicyScores<'g>;

    /// The weights of a critic of this policy: those that it shares with the policy begin as a copy, the others
    /// at 0. By default none, and the critic knows the usual return only.
    fn critic(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// What a critic under `weights` expects before each choice of the batch fed: how far the return will lie
    /// from the usual, `[T]`, in standard deviations.
    fn values<'g>(&self, weights: &Weights<'g>, layout: Self::Layout) -> Expr<'g> {
        let usual = weights.builder().constant(0.0);
        usual.broadcast_to([self.places(layout)])
    }

    /// A new answer to the prompt of each of `prompts`, drawn from `source`.
    #[expect(
        async_fn_in_trait,
        reason = "an engine in a browser stays on its thread"
    )]
    async fn draw(
        &self,
        engine: &dyn Engine,
        generators: &mut Self::Generators,
        prompts: &[&Self::Sample],
        source: Source,
        draw: Self::Draw,
    ) -> Result<Vec<Self::Sample>, DrawError>;

    /// All answers to each of `prompts`, with the probability that `draw` draws each from `source`; none where
    /// there are too many to list.
    #[expect(
        async_fn_in_trait,
        reason = "an engine in a browser stays on its thread"
    )]
    async fn enumerate(
        &self,
        _engine: &dyn Engine,
        _generators: &mut Self::Generators,
        _prompts: &[&Self::Sample],
        _source: Source,
        _draw: Self::Draw,
    ) -> Result<Option<Vec<Answers<Self::Sample>>>, DrawError> {
        Ok(None)
    }
}

/// A kind of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// One that gives likelihoods of answers: a language model, a table.
    Answers,
    /// A denoiser, whose errors stand for likelihoods.
    Denoiser,
}

/// What a sample is scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoring {
    /// What stands for its likelihood: of a denoiser, its error.
    Likelihood,
    /// The likelihood of each step in which a denoiser drew it.
    Steps,
    /// How far apart a denoiser's guesses of it are at neighbouring levels of one noise.
    Consistency,
    /// What a teacher and a follower make of what a denoiser draws in one step ([`Distilled`]).
    Distillation,
}

/// How an update looks at a sample whose score is an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glance {
    /// At one level of noise, both the luck of this seed.
    Once(u64),
    /// At two neighbours of so many levels of the same noise.
    Neighbours {
        /// Which, and the noise.
        seed: u64,
        /// All levels.
        levels: usize,
    },
    /// At what is drawn in its place.
    Distilled {
        /// The noise.
        seed: u64,
        /// The class to forget.
        forget: u32,
        /// The class that its teacher is asked for; any other, if it is none.
        instead: Option<u32>,
    },
}

impl PolicyKind {
    /// Whether a sample's score is a matter of luck (a denoiser's error depends on the noise), so that the
    /// reference scores each batch anew.
    pub fn scores_are_estimates(self) -> bool {
        self == PolicyKind::Denoiser
    }
}

/// All answers to a prompt, each with its probability.
pub type Answers<S> = Vec<(S, f32)>;

/// How answers are drawn that are chosen from a list: tokens, or named responses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// What shapes the distribution.
    pub law: Law,
    /// The luck.
    pub seed: u64,
    /// The most choices in an answer.
    pub most: usize,
}

/// What [`Draw`] is set by.
pub static SAMPLING: LazyLock<[Hyperparameter; 2]> = LazyLock::new(|| {
    [
        Hyperparameter::linear(
            "max_new_tokens",
            "Longest sample",
            "The most tokens in an answer that is drawn to learn from.",
        )
        .over(48.0, 1.0, 128.0)
        .whole(),
        Hyperparameter {
            step: 0.1,
            ..Hyperparameter::linear(
                "temperature",
                "Sampling temperature",
                "Of the answers that are drawn to learn from; the theory asks for 1.",
            )
            .over(1.0, 0.0, 2.0)
        },
    ]
});

impl Draw {
    /// By the numbers of [`SAMPLING`].
    fn by(number: &dyn Fn(&str) -> f64, seed: u64) -> Self {
        Draw {
            law: Law {
                temperature: number("temperature") as f32,
                ..Law::default()
            },
            seed,
            most: number("max_new_tokens") as usize,
        }
    }
}

/// What is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// The policy under the weights in this scope.
    Weights(&'static str),
    /// Choice by choice softmax((1 − mix) · logits + mix · logits_ref), the geometric mixture of
    /// the policy and its reference: `mix` weighs the *reference* (Calandriello et al. 2024,
    /// eq. 12, where it is β; TRL's `GeometricMixtureWrapper`). Temperature, top-k and top-p shape
    /// the mixture.
    Mixture {
        /// 0 draws from the policy, 1 from the reference.
        mix: f32,
    },
}

/// Why no answers could be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The graph is wrong: a mistake in this program.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A prompt leaves no room for an answer, or has no token at all.
    #[error("a prompt of {tokens} tokens does not fit: this policy needs between 1 and {most}")]
    Prompt {
        /// Tokens, begin token included.
        tokens: usize,
        /// The most that leave room for one more.
        most: usize,
    },
    /// A table has no such prompt.
    #[error("there is no prompt {prompt}: this policy knows {prompts}")]
    UnknownPrompt {
        /// The prompt, counted from 1.
        prompt: u32,
        /// How many there are.
        prompts: usize,
    },
}

/// A policy's scores of a batch of N samples with T choices together.
pub struct PolicyScores<'g> {
    /// Whose each choice is.
    pub choices: Choices<'g>,
    /// log π of what was chosen, `[T]`, nats.
    pub log_probs: Expr<'g>,
    /// What could have been chosen.
    pub alternatives: Alternatives<'g>,
    /// What is distilled, where samples are looked at so.
    pub distilled: Option<Distilled<'g>>,
}

/// What a policy draws in one step, noised again and guessed; N samples of D numbers.
#[derive(Clone, Copy)]
pub struct Distilled<'g> {
    /// What the policy draws, `[N, D]`.
    pub sample: Expr<'g>,
    /// What the reference, the teacher, guesses that it was; of a class to forget, asked for another one.
    pub teacher: Expr<'g>,
    /// What a follower of the policy guesses.
    pub follower: Expr<'g>,
    /// 1 where the class is to be forgotten, else 0, `[N]`.
    pub forgets: Expr<'g>,
}

/// The distribution of each of T choices.
#[derive(Clone, Copy)]
pub enum Alternatives<'g> {
    /// One of a list: log π of every alternative, `[T, alternatives]`, nats.
    Listed(Expr<'g>),
    /// Normal around the means `[T, D]`, with variance D in each dimension: minus its log-density is half the
    /// mean squared error, and a constant.
    Normal(Expr<'g>),
}

impl<'g> Alternatives<'g> {
    /// The numbers that tell the distributions apart, `[T, …]`.
    pub fn numbers(self) -> Expr<'g> {
        match self {
            Alternatives::Listed(numbers) | Alternatives::Normal(numbers) => numbers,
        }
    }

    /// The sums of `terms [T, …]`, `[T]`.
    fn sums(terms: Expr<'g>) -> Expr<'g> {
        let count = terms.dims()[0];
        terms.sum(&[1]).reshape([count])
    }

    /// Entropy of each choice, `[T]`, nats; none where it is the same for all.
    pub fn entropy(self) -> Option<Expr<'g>> {
        match self {
            Alternatives::Listed(log_probs) => Some(-Self::sums(log_probs.exp() * log_probs)),
            Alternatives::Normal(_) => None,
        }
    }

    /// ∫ π² of each choice, `[T]`: of a list, the chance that two draws agree; of normal distributions it is
    /// the same for all, and 1 stands for it.
    pub fn agreement(self) -> Expr<'g> {
        match self {
            Alternatives::Listed(log_probs) => Self::sums((log_probs * 2.0).exp()),
            Alternatives::Normal(means) => {
                let one = means.builder().constant(1.0);
                one.broadcast_to([means.dims()[0]])
            }
        }
    }

    /// KL(these ‖ those of the `reference` numbers) of each choice, `[T]`, nats.
    pub fn divergence(self, reference: Expr<'g>) -> Expr<'g> {
        match self {
            Alternatives::Listed(log_probs) => {
                Self::sums(log_probs.exp() * (log_probs - reference))
            }
            Alternatives::Normal(means) => {
                let dimensions = means.dims()[1] as f32;
                Self::sums((means - reference).square()) / (2.0 * dimensions)
            }
        }
    }
}

/// The logits of the geometric mixture of policy and reference, where the scalar `mix` weighs the reference:
/// see [`Source::Mixture`].
pub fn mixture<'g>(policy: Expr<'g>, reference: Expr<'g>, mix: Expr<'g>) -> Expr<'g> {
    policy * (1.0 - mix) + reference * mix
}

/// One weight tensor.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name in the checkpoint.
    pub name: String,
    /// Its shape in the checkpoint.
    pub shape: Shape,
    /// Its value before any training.
    pub initial: Initial,
    /// Whether weight decay acts on it: matrices, not gains and biases.
    pub decays: bool,
}

/// How a weight tensor starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Normal, with this standard deviation.
    Normal(f32),
}

impl Parameter {
    /// The starting value under `seed`, where this is the `index`-th parameter.
    pub fn start(&self, seed: u64, index: usize) -> HostTensor {
        let elements = self.shape.elements();
        let values = match self.initial {
            Initial::Zeros => vec![0.0; elements],
            Initial::Ones => vec![1.0; elements],
            Initial::Normal(deviation) => (0..elements as u32)
                .map(|element| {
                    let key = rng::key(seed);
                    deviation * rng::normal(key, Purpose::Weight, index as u32, element)
                })
                .collect(),
        };
        HostTensor::f32(self.shape.clone(), values)
    }
}

/// One set of a policy's weights among an engine's states: the policy that
/// learns, its reference, a snapshot.
#[derive(Clone, Copy)]
pub struct Weights<'g> {
    builder: &'g Builder,
    scope: &'static str,
}

impl<'g> Weights<'g> {
    /// The scope of the policy that learns.
    pub const POLICY: &'static str = "policy";
    /// The scope of the frozen reference.
    pub const REFERENCE: &'static str = "reference";
    /// The scope of the policy as it stood when the last iteration began.
    pub const ITERATE: &'static str = "iterate";
    /// The scope of the policy's follower, within that of the policy, where the optimiser finds it.
    pub const FOLLOWER: &'static str = "policy/follower";
    /// The scope of the earlier checkpoint that the next update is compared with.
    pub const CHECKPOINT: &'static str = "checkpoint";

    /// The weights under `scope`.
    pub fn new(builder: &'g Builder, scope: &'static str) -> Self {
        Weights { builder, scope }
    }

    /// The graph that uses them.
    pub fn builder(&self) -> &'g Builder {
        self.builder
    }

    /// The weight called `name`.
    #[track_caller]
    pub fn get(&self, name: &str, shape: impl Into<Shape>) -> Expr<'g> {
        self.builder
            .state(&state_name(self.scope, name), DType::F32, shape)
    }

    /// The weight of `parameter`.
    pub fn parameter(&self, parameter: &Parameter) -> Expr<'g> {
        self.get(&parameter.name, parameter.shape.clone())
    }
}

/// The engine's name for the weight `name` under `scope`.
pub fn state_name(scope: &str, name: &str) -> String {
    format!("{scope}/{name}")
}

/// Copies all `parameters` from one scope to another within `engine`.
pub fn copy_weights(
    engine: &dyn Engine,
    parameters: &[Parameter],
    from: &str,
    to: &str,
) -> Result<(), EngineError> {
    for parameter in parameters {
        let name = &parameter.name;
        engine.copy(&state_name(from, name), &state_name(to, name))?;
    }
    Ok(())
}
