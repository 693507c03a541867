//! One run: a policy, its reference, an objective, an optimiser, pairs and a seed.
//!
//! A session never computes a number itself: it builds graphs ([`graphs`]),
//! has its engine compile them once for each layout of a batch, feeds them and
//! collects what they measure.

mod error;
pub(crate) mod graphs;
mod in_flight;
mod language;
mod metrics;
mod values;

pub use error::SessionError;
pub use language::{LanguageSession, SampleRequest, TokenScores};
pub use metrics::{DIVERGENCE, Metric, PAIR_METRICS, Row, UPDATE_METRICS, columns};
pub use values::{TRAINING, ValueError, Values};

use std::collections::HashMap;
use std::ops::Range;

use self::in_flight::{Evaluation, Flight, InFlight, Part};
use crate::diagnostics::{Displacement, DisplacementMonitor};
use crate::engine::{Engine, Feeds, HostTensor, Outputs, Plan, Profile};
use crate::graph::{Graph, GraphError};
use crate::objective::Objective;
use crate::optimizer::AdamW;
use crate::policy::{Parameter, Policy, Weights, copy_weights, state_name};
use crate::rng::{self, Purpose};

/// Updates between two measurements on the held-out pairs.
const EVALUATE_EVERY: u32 = 10;
/// The most pairs that are scored at once.
const SCORED_AT_ONCE: usize = 32;

/// A run.
pub struct Session<P: Policy> {
    engine: Box<dyn Engine>,
    policy: P,
    parameters: Vec<Parameter>,
    objective: &'static dyn Objective,
    optimizer: AdamW,
    values: Values,
    seed: u64,
    /// Updates made.
    step: u32,
    /// Pairs drawn for updates so far.
    drawn: u64,
    training: Vec<(u32, P::Pair)>,
    held_out: Vec<P::Pair>,
    /// What the evaluations while training feed of the reference, part by part as it was first scored.
    evaluated_reference: Vec<Feeds>,
    /// The reference's log π of the chosen and the rejected side.
    reference: HashMap<P::Pair, [f32; 2]>,
    plans: HashMap<PlanKey<P::Layout>, Box<dyn Plan>>,
    in_flight: InFlight<P::Layout>,
    rows: Vec<Row>,
    monitor: DisplacementMonitor,
}

/// What a plan is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum PlanKey<L> {
    /// An update on so many pairs.
    Update(L, usize),
    Evaluate(L),
    Reference(L),
    Score(&'static str, L),
}

/// An update about to be made.
struct Update<L> {
    plan: PlanKey<L>,
    feeds: Feeds,
    pairs: usize,
    learning_rate: f32,
}

/// All that a run needs to go on, in the host's memory.
#[derive(Clone)]
pub struct Snapshot {
    /// The engine's states by their names.
    states: Vec<(String, HostTensor)>,
    step: u32,
    drawn: u64,
}

impl Snapshot {
    /// Updates made before it.
    pub fn step(&self) -> u32 {
        self.step
    }
}

/// One training pair's present numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairNumbers {
    /// The pair.
    pub id: u32,
    /// log π(chosen), nats.
    pub chosen: f32,
    /// log π(rejected), nats.
    pub rejected: f32,
    /// log π_ref(chosen), nats.
    pub reference_chosen: f32,
    /// log π_ref(rejected), nats.
    pub reference_rejected: f32,
    /// beta × how much more the policy favours the chosen side than the reference does.
    pub margin: f32,
}

impl<P: Policy> Session<P> {
    /// A run that starts from `weights`, one tensor for each of the policy's parameters:
    /// they become the policy and its frozen reference.
    pub fn new(
        engine: Box<dyn Engine>,
        policy: P,
        weights: Vec<HostTensor>,
        objective: &'static dyn Objective,
        seed: u64,
    ) -> Result<Self, SessionError> {
        let parameters = policy.parameters();
        for (parameter, weight) in parameters.iter().zip(weights) {
            engine.write(&state_name(Weights::REFERENCE, &parameter.name), weight)?;
        }
        let mut session = Session {
            engine,
            policy,
            parameters,
            objective,
            optimizer: AdamW::default(),
            values: Values::new(objective),
            seed,
            step: 0,
            drawn: 0,
            training: Vec::new(),
            held_out: Vec::new(),
            evaluated_reference: Vec::new(),
            reference: HashMap::new(),
            plans: HashMap::new(),
            in_flight: InFlight::new(),
            rows: Vec::new(),
            monitor: DisplacementMonitor::default(),
        };
        session.start_over(seed)?;
        Ok(session)
    }

    /// Updates made.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// The engine that runs the graphs.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// The policy.
    pub fn policy(&self) -> &P {
        &self.policy
    }

    /// The present hyper-parameters.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Changes a hyper-parameter, from the next update on.
    pub fn set_value(&mut self, name: &str, value: f64) -> Result<(), SessionError> {
        Ok(self.values.set(name, value)?)
    }

    /// Replaces the training pairs, from the next update on. Each has an id of the caller's.
    pub async fn set_training_pairs(
        &mut self,
        pairs: Vec<(u32, P::Pair)>,
    ) -> Result<(), SessionError> {
        let refs: Vec<&P::Pair> = pairs.iter().map(|(_, pair)| pair).collect();
        self.score_reference(&refs).await?;
        self.training = pairs;
        if self.held_out.is_empty() {
            self.evaluated_reference.clear();
        }
        Ok(())
    }

    /// Replaces the held-out pairs.
    pub fn set_held_out_pairs(&mut self, pairs: Vec<P::Pair>) {
        self.held_out = pairs;
        self.evaluated_reference.clear();
    }

    /// Back to the reference: step 0, a fresh optimiser; pairs and hyper-parameters stay.
    pub async fn reset(&mut self, seed: u64) -> Result<(), SessionError> {
        // What is in flight still writes to the weights: let it land first.
        let landed = self.land_all().await;
        self.start_over(seed)?;
        match landed {
            Err(SessionError::NotFinite { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Goes on with another engine: weights and moments move over as they are.
    ///
    /// # Errors
    /// The present engine cannot be read, or the other one not be written; the run then stays where it
    /// was.
    pub async fn switch_engine(&mut self, engine: Box<dyn Engine>) -> Result<(), SessionError> {
        let landed = self.land_all().await;
        let snapshot = self.snapshot().await?;
        self.restore(engine, &snapshot)?;
        landed
    }

    /// All that a run needs to go on from where it stands.
    pub async fn snapshot(&self) -> Result<Snapshot, SessionError> {
        let weights = |scope: &'static str| {
            let names = self.parameters.iter();
            names.map(move |parameter| state_name(scope, &parameter.name))
        };
        let moments = AdamW::states(&self.parameters).map(|state| state.name);
        let names = weights(Weights::REFERENCE).chain(weights(Weights::POLICY));
        let (step, drawn) = (self.step, self.drawn);
        let mut states = Vec::new();
        for name in names.chain(moments) {
            let value = self.engine.read(&name).await?;
            states.push((name, value));
        }
        Ok(Snapshot {
            states,
            step,
            drawn,
        })
    }

    /// Goes on from a snapshot of this run, with another engine; what the present one was doing is let
    /// go.
    pub fn restore(
        &mut self,
        engine: Box<dyn Engine>,
        snapshot: &Snapshot,
    ) -> Result<(), SessionError> {
        for (name, value) in &snapshot.states {
            engine.write(name, value.clone())?;
        }
        self.engine = engine;
        self.plans.clear();
        self.in_flight.clear();
        self.rows.retain(|row| row.step <= snapshot.step);
        (self.step, self.drawn) = (snapshot.step, snapshot.drawn);
        Ok(())
    }

    fn start_over(&mut self, seed: u64) -> Result<(), SessionError> {
        let engine = self.engine.as_ref();
        copy_weights(
            engine,
            &self.parameters,
            Weights::REFERENCE,
            Weights::POLICY,
        )?;
        self.optimizer.reset(engine, &self.parameters)?;
        self.seed = seed;
        self.step = 0;
        self.drawn = 0;
        self.rows.clear();
        self.monitor = DisplacementMonitor::default();
        Ok(())
    }

    /// Makes one update. Its metrics come from [`Session::metrics`].
    ///
    /// # Errors
    /// [`SessionError::NotFinite`] when the loss or the gradient of an update was NaN or
    /// infinite; the weights are then those of the last good update.
    pub async fn update(&mut self) -> Result<(), SessionError> {
        let next = self.next_update().await?;
        self.plan(next.plan).await?.run(&next.feeds)?;
        self.count_update(next).await
    }

    /// Makes one update as [`Session::update`] does, and tells where its time goes.
    ///
    /// # Errors
    /// Those of an update, and [`EngineError::NoTimestamps`](crate::engine::EngineError::NoTimestamps).
    pub async fn profile(&mut self) -> Result<Profile, SessionError> {
        let next = self.next_update().await?;
        let plan = self.plan(next.plan).await?;
        let profile = plan.profile(&next.feeds).await?;
        self.count_update(next).await?;
        Ok(profile)
    }

    /// What the next update runs over.
    async fn next_update(&mut self) -> Result<Update<P::Layout>, SessionError> {
        if self.training.is_empty() {
            return Err(SessionError::NoPairs);
        }
        let batch = self.next_batch();
        let pairs: Vec<&P::Pair> = batch.iter().map(|&index| &self.training[index].1).collect();
        // That of the batch alone: a long pair slows the updates that hold it, not all of them.
        let layout = self.policy.layout(&pairs, pairs.len());
        let mut feeds = self.policy.feeds(&pairs, layout);
        for (side, name) in [graphs::REFERENCE_CHOSEN, graphs::REFERENCE_REJECTED]
            .iter()
            .enumerate()
        {
            let cached = pairs
                .iter()
                .map(|pair| self.reference[*pair][side])
                .collect();
            feeds.insert((*name).to_owned(), HostTensor::f32([pairs.len()], cached));
        }
        let schedule = self.values.schedule(self.step + 1);
        self.optimizer.feed(&schedule, self.step + 1, &mut feeds);
        self.values.feed(&mut feeds);
        let pairs = pairs.len();
        let plan = PlanKey::Update(layout, pairs);
        Ok(Update {
            plan,
            feeds,
            pairs,
            learning_rate: schedule.learning_rate,
        })
    }

    /// The plan for `key`, compiled if it is the first time.
    async fn plan(&mut self, key: PlanKey<P::Layout>) -> Result<&mut Box<dyn Plan>, SessionError> {
        let plan = match self.plans.remove(&key) {
            Some(plan) => plan,
            None => self.engine.compile(&self.graph(key)?).await?,
        };
        Ok(self.plans.entry(key).or_insert(plan))
    }

    fn graph(&self, key: PlanKey<P::Layout>) -> Result<Graph, GraphError> {
        let policy = &self.policy;
        match key {
            PlanKey::Update(layout, pairs) => graphs::update(
                policy,
                self.objective,
                &self.optimizer,
                &self.parameters,
                layout,
                pairs,
            ),
            PlanKey::Evaluate(layout) => graphs::evaluate(policy, self.objective, layout),
            PlanKey::Reference(layout) => graphs::reference(policy, layout),
            PlanKey::Score(scope, layout) => graphs::score(policy, scope, layout),
        }
    }

    /// One graph of each kind that this run asks of its engine.
    fn graphs(&self) -> Result<Vec<Graph>, SessionError> {
        if self.training.is_empty() {
            return Ok(Vec::new());
        }
        let batch = self.next_batch();
        let pairs: Vec<&P::Pair> = batch.iter().map(|&index| &self.training[index].1).collect();
        let layout = self.policy.layout(&pairs, pairs.len());
        let kinds = [
            PlanKey::Update(layout, pairs.len()),
            PlanKey::Evaluate(layout),
            PlanKey::Reference(layout),
            PlanKey::Score(Weights::POLICY, layout),
        ];
        let graphs = kinds.into_iter().map(|key| Ok(self.graph(key)?));
        graphs.collect()
    }

    /// Counts an update that has been run.
    async fn count_update(&mut self, update: Update<P::Layout>) -> Result<(), SessionError> {
        self.step += 1;
        self.drawn += update.pairs as u64;
        let mut row = Row::empty(self.step);
        row.values[metrics::UPDATE.end - 1] = update.learning_rate;
        let evaluation = match self.step.is_multiple_of(EVALUATE_EVERY) {
            true => Some(self.begin_evaluation().await?),
            false => None,
        };
        self.in_flight.push(Flight {
            row,
            update: Part::new(update.plan, update.pairs),
            evaluation,
        });
        self.make_room().await
    }

    /// The metrics of all updates since the last call, oldest first.
    pub async fn metrics(&mut self) -> Result<Vec<Row>, SessionError> {
        self.land_all().await?;
        Ok(std::mem::take(&mut self.rows))
    }

    /// The metrics of those updates since the last call whose metrics are here; waits for none.
    pub async fn arrived_metrics(&mut self) -> Result<Vec<Row>, SessionError> {
        self.land_arrived().await?;
        Ok(std::mem::take(&mut self.rows))
    }

    /// All metrics on all training and held-out pairs as the policy stands, without an update.
    pub async fn evaluate(&mut self) -> Result<Row, SessionError> {
        if self.training.is_empty() {
            return Err(SessionError::NoPairs);
        }
        let mut row = Row::empty(self.step);
        let pairs: Vec<P::Pair> = self.training.iter().map(|(_, pair)| pair.clone()).collect();
        let means = self.measure(&pairs).await?;
        row.values[..PAIR_METRICS.len()].copy_from_slice(&means[..PAIR_METRICS.len()]);
        let (pairs, columns) = self.evaluated();
        row.fill(columns, &self.measure(&pairs).await?);
        Ok(row)
    }

    /// The present numbers of the training pairs called `ids`; of all, if there are none.
    pub async fn pair_numbers(&mut self, ids: &[u32]) -> Result<Vec<PairNumbers>, SessionError> {
        let (ids, pairs): (Vec<u32>, Vec<P::Pair>) = self
            .training
            .iter()
            .filter(|(id, _)| ids.is_empty() || ids.contains(id))
            .cloned()
            .unzip();
        let refs: Vec<&P::Pair> = pairs.iter().collect();
        let scores = self.score(Weights::POLICY, &refs).await?;
        let beta = self.values.get("beta") as f32;
        let numbers = ids.iter().zip(&pairs).zip(scores);
        Ok(numbers
            .map(|((&id, pair), [chosen, rejected])| {
                let [reference_chosen, reference_rejected] = self.reference[pair];
                let margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected));
                PairNumbers {
                    id,
                    chosen,
                    rejected,
                    reference_chosen,
                    reference_rejected,
                    margin,
                }
            })
            .collect())
    }

    /// Whether the last updates lowered the chosen side's likelihood while the margin grew.
    pub fn displacement(&self) -> Option<Displacement> {
        self.monitor.displacement()
    }

    /// The policy's present weights, in the order of its parameters.
    pub async fn weights(&self) -> Result<Vec<HostTensor>, SessionError> {
        let mut weights = Vec::with_capacity(self.parameters.len());
        for parameter in &self.parameters {
            let name = state_name(Weights::POLICY, &parameter.name);
            weights.push(self.engine.read(&name).await?);
        }
        Ok(weights)
    }

    /// The indices of the pairs of the next update: every pair once an epoch, in an order
    /// that depends on the seed and the epoch alone.
    fn next_batch(&self) -> Vec<usize> {
        let count = self.training.len();
        let size = self.values.batch_size().min(count);
        let mut order = (u64::MAX, Vec::new());
        (self.drawn..self.drawn + size as u64)
            .map(|draw| {
                let epoch = draw / count as u64;
                if order.0 != epoch {
                    let key = rng::key(self.seed);
                    let shuffled = rng::permutation(key, Purpose::Shuffle, epoch as u32, count);
                    order = (epoch, shuffled);
                }
                order.1[(draw % count as u64) as usize]
            })
            .collect()
    }

    /// The pairs that are measured while training, and the columns of a row that this fills: without
    /// held-out pairs, the divergence is measured on those for training.
    fn evaluated(&self) -> (Vec<P::Pair>, Range<usize>) {
        if !self.held_out.is_empty() {
            return (self.held_out.clone(), metrics::HELD_OUT);
        }
        let training = self.training.iter().map(|(_, pair)| pair.clone());
        (
            training.collect(),
            metrics::HELD_OUT.end - 1..metrics::HELD_OUT.end,
        )
    }

    /// Begins to measure what is measured while training.
    async fn begin_evaluation(&mut self) -> Result<Evaluation<P::Layout>, SessionError> {
        let (pairs, columns) = self.evaluated();
        let mut parts = Vec::new();
        for (index, chunk) in pairs.chunks(SCORED_AT_ONCE).enumerate() {
            let refs: Vec<&P::Pair> = chunk.iter().collect();
            if index == self.evaluated_reference.len() {
                let known = self
                    .run_scoring(PlanKey::Reference, &refs, &Feeds::new())
                    .await?;
                self.evaluated_reference.push(known);
            }
            let reference = self.evaluated_reference[index].clone();
            let plan = self
                .begin_scoring(PlanKey::Evaluate, &refs, &reference)
                .await?;
            parts.push(Part::new(plan, chunk.len()));
        }
        Ok(Evaluation { parts, columns })
    }

    /// The means of [`PAIR_METRICS`] and of the divergence over `pairs`.
    async fn measure(
        &mut self,
        pairs: &[P::Pair],
    ) -> Result<[f32; metrics::MEASURED], SessionError> {
        let mut measured = Vec::new();
        for chunk in pairs.chunks(SCORED_AT_ONCE) {
            let refs: Vec<&P::Pair> = chunk.iter().collect();
            let reference = self
                .run_scoring(PlanKey::Reference, &refs, &Feeds::new())
                .await?;
            let outputs = self
                .run_scoring(PlanKey::Evaluate, &refs, &reference)
                .await?;
            measured.push((outputs, chunk.len()));
        }
        Ok(metrics::means(
            measured.iter().map(|(outputs, pairs)| (outputs, *pairs)),
        ))
    }

    /// log π of both sides of `pairs` under the weights in `scope`.
    async fn score(
        &mut self,
        scope: &'static str,
        pairs: &[&P::Pair],
    ) -> Result<Vec<[f32; 2]>, SessionError> {
        let mut scores = Vec::with_capacity(pairs.len());
        for chunk in pairs.chunks(SCORED_AT_ONCE) {
            let key = |layout| PlanKey::Score(scope, layout);
            let output = self.run_scoring(key, chunk, &Feeds::new()).await?;
            let side = |name: &str| output.get(name).map_or(&[][..], HostTensor::as_f32);
            let both = side("chosen").iter().zip(side("rejected"));
            scores.extend(
                both.take(chunk.len())
                    .map(|(&chosen, &rejected)| [chosen, rejected]),
            );
        }
        Ok(scores)
    }

    /// Scores those of `pairs` by the reference that it has not scored before.
    async fn score_reference(&mut self, pairs: &[&P::Pair]) -> Result<(), SessionError> {
        let mut new: Vec<&P::Pair> = Vec::new();
        for pair in pairs {
            if !self.reference.contains_key(*pair) && !new.contains(pair) {
                new.push(pair);
            }
        }
        let scores = self.score(Weights::REFERENCE, &new).await?;
        for (pair, score) in new.into_iter().zip(scores) {
            self.reference.insert(pair.clone(), score);
        }
        Ok(())
    }

    /// Runs a plan that gives one value a pair, as [`Session::begin_scoring`] does, and waits for them.
    async fn run_scoring(
        &mut self,
        key: impl Fn(P::Layout) -> PlanKey<P::Layout>,
        pairs: &[&P::Pair],
        more: &Feeds,
    ) -> Result<Outputs, SessionError> {
        let key = self.begin_scoring(key, pairs, more).await?;
        let mut outputs = self.plan(key).await?.drain().await?;
        let own = outputs.pop().unwrap_or_default();
        // Those before it belong to evaluations on their way.
        self.in_flight.take_in(key, outputs);
        Ok(own)
    }

    /// Runs a plan that gives one value a pair, `pairs` filled up to a power of two so that few plans
    /// are needed; `more` is fed besides. Gives the plan, which will tell.
    async fn begin_scoring(
        &mut self,
        key: impl Fn(P::Layout) -> PlanKey<P::Layout>,
        pairs: &[&P::Pair],
        more: &Feeds,
    ) -> Result<PlanKey<P::Layout>, SessionError> {
        let count = pairs.len().next_power_of_two();
        let layout = self.policy.layout(pairs, count);
        let filled: Vec<&P::Pair> = (0..count)
            .map(|index| pairs[index.min(pairs.len() - 1)])
            .collect();
        let mut feeds = self.policy.feeds(&filled, layout);
        self.values.feed(&mut feeds);
        feeds.extend(more.clone());
        let key = key(layout);
        self.plan(key).await?.run(&feeds)?;
        Ok(key)
    }
}

fn number(outputs: &Outputs, name: &str) -> f32 {
    outputs.get(name).map_or(f32::NAN, HostTensor::first)
}
