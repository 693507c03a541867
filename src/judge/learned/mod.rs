//! Judges that learn from pairs: a copy of the policy reads each answer, a head compares what it read.
//!
//! A judge computes on a CPU engine of its own, so that a run's engine is never disturbed. What it reads
//! of an answer is [`LanguagePolicy::end_states`]; its copy of the policy begins at the policy's weights,
//! its head at 0: at first all answers are equal, and the loss is ln 2.

mod either;
mod head;
mod verdict;

pub use either::{LearnedJudge, LearnedKind, UnknownLearned};
pub use head::{Antisymmetric, BradleyTerry, Head, PreferenceModel, RewardModel, bradley_terry};

use std::collections::HashMap;

use super::JudgeError;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Feeds, HostTensor, Outputs, Plan};
use crate::graph::{Builder, DType, Graph, GraphError};
use crate::optimizer::{AdamW, Schedule};
use crate::policy::language::{Config, LanguagePolicy, TokenLayout, TokenPair, TokenSample};
use crate::policy::{Parameter, Policy, Weights, state_name};
use crate::rng::{self, Purpose};

/// Updates between two measurements on the held-out pairs.
const EVALUATE_EVERY: u32 = 10;
/// The most answers that are read at once.
const READ_AT_ONCE: usize = 64;

/// A judge that learns, whose `H` compares.
pub struct Learned<H> {
    policy: LanguagePolicy,
    head: H,
    engine: CpuEngine,
    learning: Learning,
    optimizer: AdamW,
    updates: u32,
    /// Pairs drawn for updates so far.
    drawn: u64,
    training: Vec<TokenPair>,
    held_out: Vec<TokenPair>,
    /// The mean state of the chosen training answers, once it was asked for.
    chosen_state: Option<Vec<f32>>,
    plans: HashMap<PlanKey, Box<dyn Plan>>,
    curve: Vec<JudgeRow>,
}

/// How a judge learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// What of it learns.
    pub trained: Trained,
    /// The steps of AdamW.
    pub schedule: Schedule,
    /// Pairs in an update: at least 1, and no more than there are.
    pub batch_size: usize,
    /// What the order of the pairs depends on.
    pub seed: u64,
}

impl Default for Learning {
    /// All of the judge, 8 pairs an update, in small steps.
    fn default() -> Self {
        Learning {
            trained: Trained::All,
            schedule: Schedule {
                learning_rate: 3e-4,
                weight_decay: 0.01,
                max_grad_norm: 1.0,
            },
            batch_size: 8,
            seed: 0,
        }
    }
}

/// What of a judge learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trained {
    /// The copy of the policy and the head.
    All,
    /// The head alone: what the copy reads of an answer stays what the policy reads.
    Head,
}

/// What one update of a judge measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgeRow {
    /// Updates made, this one included.
    pub step: u32,
    /// The mean of −log p(chosen ≻ rejected) over the update's pairs, before the update, nats.
    pub loss: f32,
    /// The share of these pairs whose chosen side is preferred, before the update; a tie counts half.
    pub accuracy: f32,
    /// The same of all held-out pairs, after the update: at every tenth, where there are any.
    pub held_out_accuracy: Option<f32>,
}

/// Where a judge stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgeStatus {
    /// Updates made.
    pub updates: u32,
    /// Pairs to learn from.
    pub pairs: usize,
    /// Pairs held out.
    pub held_out: usize,
    /// What the last update measured.
    pub last: Option<JudgeRow>,
    /// The last held-out accuracy.
    pub held_out_accuracy: Option<f32>,
}

/// What a plan is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum PlanKey {
    /// An update on so many pairs.
    Update(TokenLayout, usize),
    /// The states of answers.
    Read(TokenLayout),
    /// So many comparisons of two states.
    Compare(usize),
}

const LOSS: &str = "loss";
const GRADIENT_NORM: &str = "grad_norm";
/// The outputs of [`PlanKey::Read`] and [`PlanKey::Compare`]; an update gives the latter as well.
const STATES: &str = "states";
const LOG_ODDS: &str = "log_odds";
/// The inputs of [`PlanKey::Compare`].
const FIRST: &str = "first";
const SECOND: &str = "second";

impl<H: Head> Learned<H> {
    /// A judge that begins as a copy of the policy of this configuration with these weights, one tensor
    /// for each of its parameters.
    pub fn new(
        config: Config,
        weights: Vec<HostTensor>,
        learning: Learning,
    ) -> Result<Self, JudgeError> {
        let (policy, head) = (LanguagePolicy::new(config), H::default());
        let (engine, optimizer) = (CpuEngine::new(), AdamW::default());
        for (parameter, weight) in policy.parameters().iter().zip(weights) {
            engine.write(&state_name(Weights::POLICY, &parameter.name), weight)?;
        }
        let own = head.parameters(policy.config().width);
        for (index, parameter) in own.iter().enumerate() {
            let name = state_name(Weights::POLICY, &parameter.name);
            engine.write(&name, parameter.start(learning.seed, index))?;
        }
        let judge = Learned {
            policy,
            head,
            engine,
            learning,
            optimizer,
            updates: 0,
            drawn: 0,
            training: Vec::new(),
            held_out: Vec::new(),
            chosen_state: None,
            plans: HashMap::new(),
            curve: Vec::new(),
        };
        judge.optimizer.reset(&judge.engine, &judge.trained())?;
        Ok(judge)
    }

    /// Replaces the pairs to learn from, from the next update on. Each has an id of the caller's.
    pub fn set_pairs(&mut self, pairs: Vec<(u32, TokenPair)>) -> Result<(), JudgeError> {
        self.training = self.checked(pairs)?;
        self.chosen_state = None;
        Ok(())
    }

    /// Replaces the held-out pairs.
    pub fn set_held_out(&mut self, pairs: Vec<(u32, TokenPair)>) -> Result<(), JudgeError> {
        self.held_out = self.checked(pairs)?;
        Ok(())
    }

    /// Changes the size of the steps, from the next update on.
    pub fn set_learning_rate(&mut self, learning_rate: f32) {
        self.learning.schedule.learning_rate = learning_rate;
    }

    /// What each update measured, oldest first.
    pub fn curve(&self) -> &[JudgeRow] {
        &self.curve
    }

    /// Where the judge stands.
    pub fn status(&self) -> JudgeStatus {
        let mut measured = self.curve.iter().rev();
        JudgeStatus {
            updates: self.updates,
            pairs: self.training.len(),
            held_out: self.held_out.len(),
            last: self.curve.last().copied(),
            held_out_accuracy: measured.find_map(|row| row.held_out_accuracy),
        }
    }

    /// Makes one update, and gives its row of the curve.
    ///
    /// # Errors
    /// [`JudgeError::NotFinite`] when the loss or the gradient was NaN or infinite; the weights are then
    /// those of the last good update, and the next one goes on with the next pairs.
    pub async fn update(&mut self) -> Result<JudgeRow, JudgeError> {
        if self.training.is_empty() {
            return Err(JudgeError::NoPairs);
        }
        let pairs = self.next_pairs();
        let count = pairs.len();
        let chosen = pairs.iter().map(|[chosen, _]| chosen);
        let samples = chosen.chain(pairs.iter().map(|[_, rejected]| rejected));
        let samples: Vec<&TokenSample> = samples.collect();
        let layout = self.policy.end_layout(&samples);
        let mut feeds = self.policy.end_feeds(&samples, layout);
        let (schedule, step) = (self.learning.schedule, self.updates + 1);
        self.optimizer.feed(&schedule, step, &mut feeds);
        let outputs = self.run(PlanKey::Update(layout, count), &feeds).await?;

        let value = |name: &str| outputs.get(name).map_or(f32::NAN, HostTensor::first);
        let loss = value(LOSS);
        for (term, value) in [("the loss", loss), ("the gradient", value(GRADIENT_NORM))] {
            if !value.is_finite() {
                return Err(JudgeError::NotFinite { update: step, term });
            }
        }
        self.updates = step;
        self.chosen_state = None;
        let log_odds = outputs.get(LOG_ODDS).map_or(&[][..], HostTensor::as_f32);
        let row = JudgeRow {
            step,
            loss,
            accuracy: accuracy(log_odds),
            held_out_accuracy: match step.is_multiple_of(EVALUATE_EVERY) {
                true => self.held_out_accuracy().await?,
                false => None,
            },
        };
        self.curve.push(row);
        Ok(row)
    }

    /// The share of the held-out pairs whose chosen side is preferred, if there are any; a tie counts half.
    pub async fn held_out_accuracy(&mut self) -> Result<Option<f32>, JudgeError> {
        if self.held_out.is_empty() {
            return Ok(None);
        }
        let pairs: Vec<[TokenSample; 2]> = self.held_out.iter().map(TokenPair::samples).collect();
        let pairs: Vec<[&TokenSample; 2]> = pairs.iter().map(|pair| pair.each_ref()).collect();
        Ok(Some(accuracy(&self.log_odds(&pairs).await?)))
    }

    /// Both sides of each pair of the next update: every pair comes once an epoch.
    fn next_pairs(&mut self) -> Vec<[TokenSample; 2]> {
        let count = self.training.len();
        let size = self.learning.batch_size.clamp(1, count);
        let key = rng::key(self.learning.seed);
        let indices = rng::batch(key, Purpose::JudgeShuffle, self.drawn, size, count);
        self.drawn += size as u64;
        indices
            .into_iter()
            .map(|index| self.training[index].samples())
            .collect()
    }

    fn checked(&self, pairs: Vec<(u32, TokenPair)>) -> Result<Vec<TokenPair>, JudgeError> {
        let pairs = pairs.into_iter().map(|(id, pair)| {
            let checked = self.policy.check(&pair);
            checked.map_err(|source| JudgeError::Pair { id, source })?;
            Ok(pair)
        });
        pairs.collect()
    }

    /// What learns.
    fn trained(&self) -> Vec<Parameter> {
        let head = self.head.parameters(self.policy.config().width);
        match self.learning.trained {
            Trained::All => self.policy.parameters().into_iter().chain(head).collect(),
            Trained::Head => head,
        }
    }

    /// Runs the plan for `key`, compiled if it is the first time, and waits for what it gives.
    async fn run(&mut self, key: PlanKey, feeds: &Feeds) -> Result<Outputs, JudgeError> {
        let plan = match self.plans.remove(&key) {
            Some(plan) => plan,
            None => self.engine.compile(&self.graph(key)?).await?,
        };
        let plan = self.plans.entry(key).or_insert(plan);
        plan.run(feeds)?;
        Ok(plan.drain().await?.pop().unwrap_or_default())
    }

    fn graph(&self, key: PlanKey) -> Result<Graph, GraphError> {
        let builder = Builder::new();
        let weights = Weights::new(&builder, Weights::POLICY);
        match key {
            PlanKey::Update(layout, pairs) => {
                let states = self.policy.end_states(&weights, layout);
                let first = states.slice(0, 0..pairs);
                let second = states.slice(0, pairs..2 * pairs);
                let log_odds = self.head.log_odds(&weights, first, second);
                let loss = bradley_terry(log_odds).mean();
                let report = self.optimizer.minimise(&builder, loss, &self.trained());
                builder.output(LOSS, loss);
                builder.output(LOG_ODDS, log_odds);
                builder.output(GRADIENT_NORM, report.norm);
            }
            PlanKey::Read(layout) => {
                builder.output(STATES, self.policy.end_states(&weights, layout));
            }
            PlanKey::Compare(count) => {
                let width = self.policy.config().width;
                let [first, second] =
                    [FIRST, SECOND].map(|name| builder.input(name, DType::F32, [count, width]));
                builder.output(LOG_ODDS, self.head.log_odds(&weights, first, second));
            }
        }
        builder.finish()
    }
}

/// The share of log-odds above 0; half of those that are 0.
fn accuracy(log_odds: &[f32]) -> f32 {
    let wins = log_odds.iter().map(|&odds| match odds {
        0.0 => 0.5,
        odds => f32::from(u8::from(odds > 0.0)),
    });
    wins.sum::<f32>() / log_odds.len() as f32
}
