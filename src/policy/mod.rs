//! Policies: distributions with parameters, scored and trained through graphs.

pub mod language;

use crate::engine::{Engine, EngineError, Feeds, HostTensor};
use crate::graph::{Builder, DType, Expr, Shape};
use crate::rng::{self, Purpose};

/// A distribution whose parameters preference updates change.
///
/// A policy scores samples as graph nodes and says how its pairs are laid out
/// for an engine; sessions and objectives know nothing else of it.
pub trait Policy {
    /// A preference pair in the policy's own terms (token ids, images, …).
    type Pair: Clone + Eq + std::hash::Hash;
    /// The static shape of a batch of pairs.
    type Layout: Copy + Eq + std::hash::Hash;

    /// The weights, in the order of the optimiser's state.
    fn parameters(&self) -> Vec<Parameter>;

    /// The smallest layout in which any `count` of `pairs` find room, repeated where they are fewer.
    fn layout(&self, pairs: &[&Self::Pair], count: usize) -> Self::Layout;

    /// The inputs of a graph over `layout` that hold `pairs`.
    fn feeds(&self, pairs: &[&Self::Pair], layout: Self::Layout) -> Feeds;

    /// How the policy under `weights` scores each side of the batch fed.
    fn scores<'g>(&self, weights: &Weights<'g>, layout: Self::Layout) -> PolicyScores<'g>;

    /// KL(policy ‖ reference) of one choice, averaged over each pair's choices, `[B]`, nats; of
    /// either, the [`PolicyScores::choices`].
    fn divergence<'g>(
        &self,
        policy: Expr<'g>,
        reference: Expr<'g>,
        layout: Self::Layout,
    ) -> Expr<'g>;
}

/// A policy's scores of a batch of B pairs.
pub struct PolicyScores<'g> {
    /// log π(chosen), `[B]`, nats.
    pub chosen: Expr<'g>,
    /// log π(rejected), `[B]`, nats.
    pub rejected: Expr<'g>,
    /// The entropy of one choice, averaged over each pair's choices, `[B]`, nats.
    pub entropy: Expr<'g>,
    /// The log-probabilities of every alternative at every choice, `[choices, alternatives]`.
    pub choices: Expr<'g>,
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
