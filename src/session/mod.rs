//! One run: a policy, its reference, an objective, an optimiser, pairs and a seed.
//!
//! A session never computes a number itself: it builds graphs ([`graphs`]),
//! has its engine compile them once for each layout of a batch, feeds them and
//! collects what they measure.

mod batch;
mod checkpoints;
mod close_up;
mod credit;
mod diffusion;
mod drawing;
mod error;
mod evaluation;
mod expectations;
mod follower;
pub(crate) mod graphs;
mod in_flight;
mod language;
mod metrics;
mod person;
mod plans;
mod pupil;
mod rejection;
mod replay;
mod scoring;
mod sides;
mod snapshot;
mod steps;
mod table;
mod values;

pub use batch::{Pair, Rollout};
pub use close_up::{Enumerated, Enumeration, NextTokens, Probabilities, Reach};
pub use diffusion::{DiffusionSession, Errors, Trajectory, spread_classes};
pub use error::SessionError;
pub use language::{LanguageSession, SampleRequest, TokenScores};
pub use metrics::{Metric, Row, columns, metrics};
pub use person::{Compared, Preferred, Question, UnknownPreferred};
pub use pupil::JudgeReport;
pub use scoring::PairNumbers;
pub use sides::Side;
pub use snapshot::{Anchor, Snapshot};
pub use table::{PromptReport, TableSession};
pub use values::{TRAINING, ValueError, Values};

use std::collections::HashMap;

use self::batch::Batch;
use self::checkpoints::Checkpoints;
use self::evaluation::EVALUATE_EVERY;
use self::graphs::BatchShape;
use self::in_flight::{Flight, InFlight, Part};
use self::person::Person;
use self::plans::PlanKey;
use self::replay::Replay;
use crate::diagnostics::{Displacement, DisplacementMonitor};
use crate::engine::{Engine, Feeds, HostData, HostTensor, Plan, Profile};
use crate::judge::{Critic, Judge};
use crate::objective::Objective;
use crate::optimizer::AdamW;
use crate::policy::{Parameter, Policy, Weights, copy_weights, state_name};

/// A run.
pub struct Session<P: Policy> {
    engine: Box<dyn Engine>,
    policy: P,
    parameters: Vec<Parameter>,
    objective: Objective,
    judge: Option<Box<dyn Judge<P::Sample>>>,
    /// What expects returns, once an objective has credited them to choices.
    critic: Option<Critic<P::Layout>>,
    /// What a person says in a judge's place.
    person: Person<P::Sample>,
    /// What a judge said, for updates to learn from again.
    replay: Replay<P::Sample>,
    /// Whether expectations over the policy's own answers are sums over all of them.
    exact: bool,
    optimizer: AdamW,
    values: Values,
    seed: u64,
    /// Updates made.
    step: u32,
    /// Pairs drawn for updates so far.
    drawn: u64,
    /// The update after which the optimiser began: it and the warm-up count from there.
    begun: u32,
    training: Vec<(u32, Pair<P::Sample>)>,
    /// What training pairs count for in the loss, by id, where that is not 1.
    pair_weights: HashMap<u32, f32>,
    /// The side that training pairs have alone, by id; others have both.
    alone: HashMap<u32, Side>,
    held_out: Vec<Pair<P::Sample>>,
    /// What the evaluations while training feed of the reference, part by part as it was first scored.
    evaluated_reference: Vec<Feeds>,
    /// The reference's log π of each choice of the training samples and of what is kept.
    reference: HashMap<P::Sample, Vec<f32>>,
    /// The policy's own answers that stand against a sample, and the update before which they were drawn.
    kept: HashMap<P::Sample, (u32, Vec<P::Sample>)>,
    /// What the last update learnt from, beside the data.
    rollouts: Vec<Rollout<P::Sample>>,
    /// The update before which the last iteration began.
    iterated: u32,
    checkpoints: Checkpoints,
    generators: P::Generators,
    plans: HashMap<PlanKey<P::Layout>, Box<dyn Plan>>,
    in_flight: InFlight<P::Layout>,
    rows: Vec<Row>,
    monitor: DisplacementMonitor,
}

/// An update about to be made.
struct Update<L> {
    plan: PlanKey<L>,
    feeds: Feeds,
    /// Pairs in its batch.
    pairs: usize,
    learning_rate: f32,
    /// What is known of it before it is made.
    known: Vec<(&'static str, f32)>,
}

impl<P: Policy> Session<P> {
    /// A run that starts from `weights`, one tensor for each of the policy's parameters:
    /// they become the policy and its frozen reference.
    pub fn new(
        engine: Box<dyn Engine>,
        policy: P,
        weights: Vec<HostTensor>,
        objective: Objective,
        seed: u64,
    ) -> Result<Self, SessionError> {
        if !objective.serves(P::KIND) {
            return Err(SessionError::Serves {
                method: objective.title,
                serves: objective.serves,
            });
        }
        let parameters = policy.parameters();
        for (parameter, weight) in parameters.iter().zip(weights) {
            engine.write(&state_name(Weights::REFERENCE, &parameter.name), weight)?;
        }
        let mut session = Session {
            engine,
            parameters,
            values: Values::new(&objective, policy.sampling()),
            policy,
            objective,
            judge: None,
            critic: None,
            person: Person::new(),
            replay: Replay::new(),
            exact: false,
            optimizer: AdamW::default(),
            seed,
            step: 0,
            drawn: 0,
            begun: 0,
            training: Vec::new(),
            pair_weights: HashMap::new(),
            alone: HashMap::new(),
            held_out: Vec::new(),
            evaluated_reference: Vec::new(),
            reference: HashMap::new(),
            kept: HashMap::new(),
            rollouts: Vec::new(),
            iterated: 0,
            checkpoints: Checkpoints::default(),
            generators: P::Generators::default(),
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

    /// What draws of the policy's own need.
    fn parts(&mut self) -> (&dyn Engine, &P, &mut P::Generators) {
        (self.engine.as_ref(), &self.policy, &mut self.generators)
    }

    /// What is minimised.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// Has another judge say what the policy's own answers are worth, from the next update on.
    pub fn set_judge(&mut self, judge: Box<dyn Judge<P::Sample>>) {
        self.judge = Some(judge);
        self.person.in_use = false;
        self.replay.clear();
    }

    /// Has nobody judge the policy's own answers.
    pub(super) fn dismiss_judge(&mut self) {
        self.judge = None;
        self.person.in_use = false;
        self.replay.clear();
    }

    /// Whether the next updates take expectations over the policy's own answers exactly, as sums over all
    /// of them, instead of drawing. What is kept ([`Column::Kept`]) is drawn even then.
    ///
    /// Updates then fail with [`SessionError::TooManyAnswers`] where the answers cannot be listed, and with
    /// [`SessionError::TooManyOutcomes`] where a batch has too many outcomes.
    pub fn set_exact(&mut self, exact: bool) {
        self.exact = exact;
    }

    /// Replaces the training pairs, from the next update on. Each has an id of the caller's.
    pub async fn set_training_pairs(
        &mut self,
        pairs: Vec<(u32, Pair<P::Sample>)>,
    ) -> Result<(), SessionError> {
        let samples = pairs
            .iter()
            .flat_map(|(_, pair)| [&pair.chosen, &pair.rejected]);
        self.score_reference(&samples.collect::<Vec<_>>()).await?;
        self.training = pairs;
        if self.held_out.is_empty() {
            self.evaluated_reference.clear();
        }
        Ok(())
    }

    /// Says what training pairs count for in the loss, by id: those that are not named count 1, one of weight 2 as
    /// much as two. What is measured on a batch is weighed alike; sums over all answers ([`Session::set_exact`])
    /// and what a person compares are not.
    ///
    /// # Errors
    /// [`SessionError::PairWeight`] of a weight that is negative or no number, or if no pair is left that counts;
    /// the weights then stay as they were.
    pub fn set_pair_weights(&mut self, weights: &[(u32, f32)]) -> Result<(), SessionError> {
        let unfit = weights
            .iter()
            .find(|(_, weight)| !weight.is_finite() || *weight < 0.0);
        if let Some(&(id, weight)) = unfit {
            return Err(SessionError::PairWeight { id, weight });
        }
        let given: HashMap<u32, f32> = weights.iter().copied().collect();
        let counts = |(id, _): &(u32, _)| given.get(id).is_none_or(|weight| *weight > 0.0);
        if !self.training.is_empty() && !self.training.iter().any(counts) {
            return Err(SessionError::NoPairs);
        }
        self.pair_weights = given;
        self.pair_weights.retain(|_, weight| *weight != 1.0);
        Ok(())
    }

    /// Replaces the held-out pairs.
    pub fn set_held_out_pairs(&mut self, pairs: Vec<Pair<P::Sample>>) {
        self.held_out = pairs;
        self.evaluated_reference.clear();
    }

    /// Back to the reference: step 0, a fresh optimiser; pairs, what a person has said and hyper-parameters
    /// stay.
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
        self.begun = 0;
        self.kept.clear();
        self.critic = None;
        self.rollouts.clear();
        self.person.withdraw();
        self.replay.clear();
        self.begin_iteration()?;
        self.begin_to_follow()?;
        self.checkpoints = Checkpoints::default();
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
        let Batch {
            pairs,
            groups,
            samples,
            weights,
            present,
            choices,
            judged,
            known,
        } = self.next_batch().await?;
        self.follow().await?;
        let samples: Vec<&P::Sample> = samples.iter().collect();
        // That of the batch alone: a long pair slows the updates that hold it, not all of them.
        let layout = self.policy.layout(&samples);
        let mut feeds = self.policy.feeds(&samples, layout);
        let learning_rate = self.feed_optimizer(&mut feeds);
        self.values.feed(self.step + 1, &mut feeds);
        for (name, choices) in choices {
            feeds.insert(name.to_owned(), self.padded(choices, layout));
        }
        feeds.extend(judged);
        let shape = BatchShape {
            layout,
            groups,
            repeated: self.samples(),
            weighted: weights.is_some(),
            one_sided: present.is_some(),
            reference: self.live_reference(),
        };
        if let Some(weights) = weights {
            let weights = HostTensor::f32([groups], weights);
            feeds.insert(graphs::WEIGHTS.to_owned(), weights);
        }
        if let Some(present) = present {
            let present = HostTensor::f32([present.len()], present);
            feeds.insert(graphs::PRESENT.to_owned(), present);
        }
        Ok(Update {
            plan: PlanKey::Update(shape),
            feeds,
            pairs,
            learning_rate,
            known,
        })
    }

    /// Feeds the optimiser of the next update; gives the size of its step.
    fn feed_optimizer(&self, feeds: &mut Feeds) -> f32 {
        let update = self.step + 1 - self.begun;
        let schedule = self.values.schedule(update);
        self.optimizer.feed(&schedule, update, feeds);
        schedule.learning_rate
    }

    /// Counts an update that has been run.
    async fn count_update(&mut self, update: Update<P::Layout>) -> Result<(), SessionError> {
        self.step += 1;
        self.drawn += update.pairs as u64;
        self.save_checkpoint()?;
        let mut row = Row::empty(self.step);
        row.set("learning_rate", update.learning_rate);
        for (name, value) in update.known {
            row.set(name, value);
        }
        let mut evaluation = None;
        if self.step.is_multiple_of(EVALUATE_EVERY) {
            evaluation = Some(self.begin_evaluation().await?);
            row.fill_win_rate(self.win_rate().await?);
            // These answers were not drawn to learn from.
            self.take_means();
        }
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

    /// The policy's own answers that the last update learnt from, group by group.
    pub fn rollouts(&self) -> &[Rollout<P::Sample>] {
        &self.rollouts
    }

    /// The answers of the policy's own that stand against `sample`; none before an update has used it.
    pub fn kept_answers(&self, sample: &P::Sample) -> &[P::Sample] {
        self.kept.get(sample).map_or(&[], |(_, answers)| answers)
    }

    /// Whether the last updates lowered the chosen side's likelihood while the margin grew.
    pub fn displacement(&self) -> Option<Displacement> {
        self.monitor.displacement()
    }

    /// The policy's present weights, in the order of its parameters.
    pub async fn weights(&self) -> Result<Vec<HostTensor>, SessionError> {
        self.weights_in(Weights::POLICY).await
    }

    /// The weights in `scope`, in the order of the policy's parameters.
    async fn weights_in(&self, scope: &str) -> Result<Vec<HostTensor>, SessionError> {
        let mut weights = Vec::with_capacity(self.parameters.len());
        for parameter in &self.parameters {
            let name = state_name(scope, &parameter.name);
            weights.push(self.engine.read(&name).await?);
        }
        Ok(weights)
    }

    /// One number for each choice of a batch, filled up to the layout.
    fn padded(&self, choices: HostData, layout: P::Layout) -> HostTensor {
        let places = self.policy.places(layout);
        match choices {
            HostData::F32(mut numbers) => {
                numbers.resize(places, 0.0);
                HostTensor::f32([places], numbers)
            }
            HostData::U32(mut numbers) => {
                numbers.resize(places, 0);
                HostTensor::u32([places], numbers)
            }
        }
    }
}
