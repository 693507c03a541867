//! The standard task: one AdamW update of a small GPT on fixed data, specified so that
//! other systems (PyTorch, jax-js, plain candle) can run the very same one.
//!
//! Weights and data come from an integer hash, so that the losses of all systems can be
//! compared digit by digit; `tests/bench/` holds it in PyTorch and the losses to expect.

use crate::engine::{Engine, EngineError, Feeds, HostTensor, Plan, Profile};
use crate::graph::{Builder, Graph, GraphError};
use crate::objective::{self, Hyper, UnknownObjective};
use crate::optimizer::{AdamW, Schedule};
use crate::policy::language::{BatchRow, Config, Family, LanguagePolicy, TokenLayout};
use crate::policy::{Parameter, Policy, Weights, state_name};
use crate::session::graphs::{self, BatchShape};

/// The extents of a standard task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// "S", "M" or "L".
    pub name: &'static str,
    /// The width of the residual stream.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Tokens in the vocabulary.
    pub vocabulary: usize,
    /// Positions in a sequence.
    pub length: usize,
    /// Sequences in a batch.
    pub sequences: usize,
}

/// The three sizes: 0.1, 0.8 and 4.8 million parameters.
pub const SIZES: [Size; 3] = [
    Size {
        name: "S",
        width: 64,
        layers: 2,
        heads: 4,
        vocabulary: 96,
        length: 64,
        sequences: 8,
    },
    Size {
        name: "M",
        width: 128,
        layers: 4,
        heads: 4,
        vocabulary: 96,
        length: 64,
        sequences: 8,
    },
    Size {
        name: "L",
        width: 256,
        layers: 6,
        heads: 8,
        vocabulary: 96,
        length: 128,
        sequences: 8,
    },
];

/// What is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// The next token, everywhere.
    LanguageModel,
    /// The first half of the batch over the second, by their second halves.
    Dpo,
}

/// Why a standard task cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// There is no such size or task.
    #[error("there is no standard task {0:?}: sizes are S, M and L, tasks lm and dpo")]
    Unknown(String),
    /// The update's objective is missing: a mistake in this program.
    #[error(transparent)]
    Objective(#[from] UnknownObjective),
    /// A graph is wrong: a mistake in this program.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

const OPTIMIZER: AdamW = AdamW {
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
};
const SCHEDULE: Schedule = Schedule {
    learning_rate: 1e-3,
    weight_decay: 0.1,
    max_grad_norm: 0.0,
};
const BETA: f32 = 0.1;

/// A standard task under way.
pub struct StandardTask {
    size: Size,
    plan: Box<dyn Plan>,
    feeds: Feeds,
    step: u32,
}

impl Size {
    /// The size called `name`.
    pub fn by_name(name: &str) -> Result<Self, TaskError> {
        let found = SIZES.iter().find(|size| size.name == name);
        found
            .copied()
            .ok_or_else(|| TaskError::Unknown(name.to_owned()))
    }

    /// The multiplications and additions in the matrix products of one update, the
    /// derivative's included, the causal mask not exploited.
    pub fn flops(&self) -> f64 {
        let block = 12 * self.width * self.width + 2 * self.length * self.width;
        let token = self.layers * block + self.width * self.vocabulary;
        6.0 * (self.sequences * self.length * token) as f64
    }

    /// How many numbers the policy consists of.
    pub fn parameters(&self) -> usize {
        let block = 12 * self.width * self.width + 4 * self.width;
        (2 * self.vocabulary + self.length + 2) * self.width + self.layers * block
    }

    fn config(&self) -> Config {
        Config {
            family: Family::Gpt2,
            vocabulary: self.vocabulary,
            context: self.length,
            width: self.width,
            layers: self.layers,
            heads: self.heads,
            key_value_heads: self.heads,
            head_width: self.width / self.heads,
            hidden: 4 * self.width,
            norm_epsilon: 1e-5,
            tied: false,
            attention_bias: false,
            feed_forward_bias: false,
            begin_token: None,
            end_token: 0,
        }
    }
}

impl Task {
    /// The task called `name`.
    pub fn by_name(name: &str) -> Result<Self, TaskError> {
        match name {
            "lm" => Ok(Task::LanguageModel),
            "dpo" => Ok(Task::Dpo),
            other => Err(TaskError::Unknown(other.to_owned())),
        }
    }
}

impl StandardTask {
    /// Writes the weights and makes ready to run.
    pub async fn new(engine: &dyn Engine, size: Size, task: Task) -> Result<Self, TaskError> {
        let policy = LanguagePolicy::new(size.config());
        let parameters: Vec<Parameter> = policy
            .parameters()
            .into_iter()
            // The specification decays everything.
            .map(|parameter| Parameter {
                decays: true,
                ..parameter
            })
            .collect();
        for (index, parameter) in parameters.iter().enumerate() {
            let name = state_name(Weights::POLICY, &parameter.name);
            engine.write(&name, weight(index, parameter))?;
        }
        OPTIMIZER.reset(engine, &parameters)?;

        let rows = rows(&size, task);
        let layout = TokenLayout {
            sequences: size.sequences,
            tokens: size.sequences * size.length,
            scored: rows.iter().map(|row| row.scored.len()).sum(),
        };
        let mut feeds = layout.feeds(&rows, 0);
        let graph = match task {
            Task::LanguageModel => language_model(&policy, &parameters, layout)?,
            Task::Dpo => {
                add_reference(engine, &policy, layout, &mut feeds).await?;
                let (dpo, pairs) = (objective::by_name("dpo")?, size.sequences / 2);
                let batch = BatchShape {
                    layout,
                    groups: pairs,
                    repeated: 0,
                    weighted: false,
                    one_sided: false,
                    reference: None,
                };
                graphs::update(&policy, dpo, &OPTIMIZER, &parameters, batch)?
            }
        };
        Ok(StandardTask {
            size,
            plan: engine.compile(&graph).await?,
            feeds,
            step: 0,
        })
    }

    /// The extents.
    pub fn size(&self) -> &Size {
        &self.size
    }

    /// One update, and where its time goes.
    pub async fn profile(&mut self) -> Result<Profile, TaskError> {
        self.next_step();
        let profile = self.plan.profile(&self.feeds).await?;
        self.plan.drain().await?;
        Ok(profile)
    }

    fn next_step(&mut self) {
        self.step += 1;
        OPTIMIZER.feed(&SCHEDULE, self.step, &mut self.feeds);
    }

    /// The bytes that an update cannot but move: each weight, gradient and running mean read and
    /// written once, and once each way what the blocks keep for the derivative.
    pub fn least_bytes(&self) -> u64 {
        let Size {
            width,
            layers,
            vocabulary,
            length,
            sequences,
            ..
        } = self.size;
        // A block keeps the inputs of its two norms, its queries, keys and values, what attention
        // mixes, and the hidden layer before and after its nonlinearity; then come the logits.
        let activations = sequences * length * (layers * (2 + 3 + 1 + 2 * 4) * width + vocabulary);
        8 * (4 * self.size.parameters() + activations) as u64
    }

    /// One update; the loss before it.
    pub async fn update(&mut self) -> Result<f32, TaskError> {
        self.next_step();
        self.plan.run(&self.feeds)?;
        let outputs = self.plan.drain().await?;
        let loss = outputs.last().and_then(|output| output.get("loss"));
        Ok(loss.map_or(f32::NAN, HostTensor::first))
    }
}

fn language_model(
    policy: &LanguagePolicy,
    parameters: &[Parameter],
    layout: TokenLayout,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let weights = Weights::new(&builder, Weights::POLICY);
    let loss = policy.negative_log_likelihood(&weights, layout);
    OPTIMIZER.minimise(&builder, loss, parameters);
    builder.output("loss", loss);
    builder.finish()
}

/// The reference is the policy as it starts: its scores are fed from a cache.
async fn add_reference(
    engine: &dyn Engine,
    policy: &LanguagePolicy,
    layout: TokenLayout,
    feeds: &mut Feeds,
) -> Result<(), TaskError> {
    let graph = graphs::score(policy, Weights::POLICY, layout)?;
    let mut plan = engine.compile(&graph).await?;
    plan.run(feeds)?;
    let mut scores = plan.drain().await?.pop().unwrap_or_default();
    if let Some(choices) = scores.remove(graphs::CHOICES) {
        feeds.insert(graphs::REFERENCE.to_owned(), choices);
    }
    for (name, value) in [("beta", BETA), ("label_smoothing", 0.0)] {
        feeds.insert(Hyper::input(name), HostTensor::scalar(value));
    }
    Ok(())
}

fn rows(size: &Size, task: Task) -> Vec<BatchRow> {
    let ids = |start: usize| -> Vec<u32> {
        let places = start as u32..(start + size.length) as u32;
        let ids = places.map(|place| hash(place) % size.vocabulary as u32);
        ids.collect()
    };
    let first = match task {
        Task::LanguageModel => 0,
        Task::Dpo => size.length / 2,
    };
    let row = |index: usize| BatchRow {
        tokens: ids(1_000_003 + index * size.length),
        targets: ids(2_000_003 + index * size.length),
        scored: first..size.length,
    };
    (0..size.sequences).map(row).collect()
}

/// The starting value of the `index`-th parameter: matrices uniform with deviation 0.02.
///
/// The specification stores the output layer `[width, vocabulary]`, this project
/// `[vocabulary, width]`.
fn weight(index: usize, parameter: &Parameter) -> HostTensor {
    let dims = parameter.shape.dims();
    let elements = parameter.shape.elements();
    if dims.len() == 1 {
        return parameter.start(0, index);
    }
    let base = (index as u32 + 1).wrapping_mul(0x9e37_79b9);
    let value = |i: usize| {
        let word = hash(base.wrapping_add(i as u32));
        ((f64::from(word) / 4_294_967_296.0 * 2.0 - 1.0) * 0.034_641_016_151_4) as f32
    };
    let transposed = parameter.name == "lm_head.weight";
    let values = (0..elements).map(|i| match transposed {
        true => value(i % dims[1] * dims[0] + i / dims[1]),
        false => value(i),
    });
    HostTensor::f32(parameter.shape.clone(), values.collect())
}

/// The specification's integer hash.
fn hash(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}
