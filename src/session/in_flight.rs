//! Updates on their way: made, as far as the host is concerned, but not yet measured.
//!
//! An engine may take its time to tell what a run gave, so a session goes on with the next update.
//! Rows of metrics land in the order of their updates, each when all its parts have arrived.

use std::collections::VecDeque;
use std::time::Duration;

use web_time::Instant;

use super::metrics::{self, Measured, Row};
use super::plans::PlanKey;
use super::sides::BOTH;
use super::{Session, SessionError, graphs};
use crate::engine::{HostTensor, Outputs};
use crate::policy::Policy;

/// How long a person may wait for the last update that is on its way.
const LATENCY: Duration = Duration::from_millis(250);

/// The updates on their way, oldest first, and how many there may be.
pub(super) struct InFlight<L> {
    updates: VecDeque<Flight<L>>,
    most: usize,
    /// When the number was last judged, and the updates that have landed since.
    judged: Instant,
    landed: u32,
}

/// An update on its way.
pub(super) struct Flight<L> {
    /// What is known of it already.
    pub(super) row: Row,
    pub(super) update: Part<L>,
    /// What is measured after it, if anything is.
    pub(super) evaluation: Option<Evaluation<L>>,
}

/// An evaluation on its way, part by part.
pub(super) struct Evaluation<L> {
    pub(super) parts: Vec<Part<L>>,
    /// Batches whose loss is measured where a pair by itself has none.
    pub(super) batches: Vec<Part<L>>,
    /// Whether the pairs are held out.
    pub(super) held_out: bool,
}

/// A run on its way.
pub(super) struct Part<L> {
    plan: PlanKey<L>,
    /// The pairs that it measures.
    pairs: usize,
    outputs: Option<Outputs>,
}

impl<L> Part<L> {
    /// A run of `plan` that measures so many pairs.
    pub(super) fn new(plan: PlanKey<L>, pairs: usize) -> Self {
        Part {
            plan,
            pairs,
            outputs: None,
        }
    }
}

impl<L> Flight<L> {
    fn parts(&mut self) -> impl Iterator<Item = &mut Part<L>> {
        let evaluated = self.evaluation.iter_mut();
        let evaluated = evaluated.flat_map(|of| of.parts.iter_mut().chain(&mut of.batches));
        [&mut self.update].into_iter().chain(evaluated)
    }
}

impl<L: Copy + PartialEq> InFlight<L> {
    /// None yet.
    pub(super) fn new() -> Self {
        InFlight {
            updates: VecDeque::new(),
            most: 1,
            judged: Instant::now(),
            landed: 0,
        }
    }

    /// One more.
    pub(super) fn push(&mut self, flight: Flight<L>) {
        self.updates.push_back(flight);
    }

    /// Lets go of all.
    pub(super) fn clear(&mut self) {
        self.updates.clear();
    }

    /// The plans whose runs are on their way, oldest first.
    fn pending(&mut self) -> Vec<PlanKey<L>> {
        let mut plans = Vec::new();
        for part in self.updates.iter_mut().flat_map(Flight::parts) {
            if part.outputs.is_none() && !plans.contains(&part.plan) {
                plans.push(part.plan);
            }
        }
        plans
    }

    /// Hands what has arrived of `plan` to its runs.
    pub(super) fn take_in(&mut self, plan: PlanKey<L>, outputs: Vec<Outputs>) {
        let parts = self.updates.iter_mut().flat_map(Flight::parts);
        let waiting = parts.filter(|part| part.plan == plan && part.outputs.is_none());
        for (part, outputs) in waiting.zip(outputs) {
            part.outputs = Some(outputs);
        }
    }

    /// The oldest, if all of it has arrived.
    fn land(&mut self) -> Option<Flight<L>> {
        let first = self.updates.front_mut()?;
        let complete = first.parts().all(|part| part.outputs.is_some());
        let landed = complete.then(|| self.updates.pop_front())?;
        self.landed += 1;
        landed
    }

    /// Says how many may be on their way, by how fast they have landed of late.
    fn judge(&mut self, capacity: usize) {
        if self.landed > 0 {
            let each = self.judged.elapsed() / self.landed;
            let most = LATENCY.as_micros() / each.as_micros().max(1);
            self.most = usize::try_from(most).map_or(capacity, |most| most.clamp(1, capacity));
            (self.judged, self.landed) = (Instant::now(), 0);
        }
    }
}

impl<P: Policy> Session<P> {
    /// Waits until one more update may be on its way.
    pub(super) async fn make_room(&mut self) -> Result<(), SessionError> {
        let capacity = self.engine.queue_capacity();
        while self.in_flight.updates.len() > self.in_flight.most.min(capacity) - 1 {
            self.land_next().await?;
            self.in_flight.judge(capacity);
        }
        Ok(())
    }

    /// Takes in what has arrived; waits for nothing.
    pub(super) async fn land_arrived(&mut self) -> Result<(), SessionError> {
        for key in self.in_flight.pending() {
            if let Some(plan) = self.plans.get_mut(&key) {
                self.in_flight.take_in(key, plan.arrived()?);
            }
        }
        self.land().await
    }

    /// Waits for everything that is on its way.
    pub(super) async fn land_all(&mut self) -> Result<(), SessionError> {
        while !self.in_flight.updates.is_empty() {
            self.land_next().await?;
        }
        Ok(())
    }

    /// Waits for the run that is the longest on its way.
    async fn land_next(&mut self) -> Result<(), SessionError> {
        if let Some(&key) = self.in_flight.pending().first() {
            let outputs = match self.plans.get_mut(&key) {
                Some(plan) => plan.next().await?,
                None => Vec::new(),
            };
            // A run that gives nothing at all has no number that is finite.
            let outputs = match outputs.is_empty() {
                true => vec![Outputs::new()],
                false => outputs,
            };
            self.in_flight.take_in(key, outputs);
        }
        self.land().await
    }

    /// Finishes the rows of the updates that have arrived.
    async fn land(&mut self) -> Result<(), SessionError> {
        while let Some(flight) = self.in_flight.land() {
            let outputs = flight.update.outputs.unwrap_or_default();
            let mut row = flight.row;
            row.fill_update(&outputs);
            if let Err(error) = self.check_finite(&row, &outputs) {
                // The updates after the broken one changed nothing.
                self.step = row.step - 1;
                for key in self.in_flight.pending() {
                    if let Some(plan) = self.plans.get_mut(&key) {
                        plan.drain().await?;
                    }
                }
                self.in_flight.clear();
                return Err(error);
            }
            if let Some(ratios) = outputs.get(graphs::LOG_RATIOS) {
                self.tell_log_ratios(row.step, ratios.as_f32());
            }
            if let Some(Evaluation {
                parts,
                batches,
                held_out,
            }) = flight.evaluation
            {
                let parts = parts.iter();
                let parts =
                    parts.filter_map(|part| Some((part.outputs.as_ref()?, vec![BOTH; part.pairs])));
                row.fill_evaluated(&Measured::means(parts), held_out);
                let losses = batches
                    .iter()
                    .filter_map(|part| part.outputs.as_ref()?.get("loss"));
                let losses: Vec<f32> = losses.map(HostTensor::first).collect();
                row.fill_batch_losses("eval_loss", &losses);
            }
            let training = row.log_ratios("");
            if training.chosen.is_finite() {
                self.monitor.observe(training);
            }
            let held_out = row.log_ratios(metrics::HELD_OUT_PREFIX);
            if held_out.chosen.is_finite() {
                self.monitor.observe_held_out(held_out);
            }
            self.rows.push(row);
        }
        Ok(())
    }

    /// Adds the log-ratios of update `step`, column after column, to what it learnt from.
    fn tell_log_ratios(&mut self, step: u32, ratios: &[f32]) {
        let groups = self.rollouts.len().max(1);
        let of_step = self
            .rollouts
            .iter_mut()
            .filter(|rollout| rollout.step == step);
        for (group, rollout) in of_step.enumerate() {
            rollout.log_ratios = ratios.iter().skip(group).step_by(groups).copied().collect();
        }
    }

    fn check_finite(&self, row: &Row, outputs: &Outputs) -> Result<(), SessionError> {
        if row.value("loss").is_finite() && row.value("grad_norm").is_finite() {
            return Ok(());
        }
        let scores = ["logps/chosen", "logps/rejected", "loss"];
        let broken = |name: &str| {
            outputs
                .get(name)
                .is_some_and(|value| !value.first().is_finite())
        };
        let term = match scores.iter().find(|name| broken(name)) {
            Some(name) => (*name).to_owned(),
            None => {
                let squares = outputs.get(graphs::GRADIENT_SQUARES);
                let squares = squares.map_or(&[][..], HostTensor::as_f32);
                let broken = squares.iter().position(|square| !square.is_finite());
                match broken.and_then(|index| self.parameters.get(index)) {
                    Some(parameter) => format!("the gradient by {}", parameter.name),
                    None => "the gradient's norm".to_owned(),
                }
            }
        };
        Err(SessionError::NotFinite {
            step: row.step,
            term,
        })
    }
}
