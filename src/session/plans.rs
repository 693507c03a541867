//! What a run has its engine compile: a graph for each use and layout, once.

use super::graphs::{self, BatchShape};
use super::{Pair, Session, SessionError, batch, follower, person};
use crate::engine::Plan;
use crate::graph::{Graph, GraphError};
use crate::objective::{Column, Origin};
use crate::policy::{Policy, Source, Weights};

/// What a plan is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum PlanKey<L> {
    Update(BatchShape<L>),
    /// So many pairs, of which sides may be missing.
    Evaluate(L, usize, bool),
    /// An update of the follower on so many samples.
    Follow(L, usize),
    /// Batches without an update.
    Loss(BatchShape<L>),
    Reference(L),
    Score(&'static str, L),
}

impl<P: Policy> Session<P> {
    /// The plan for `key`, compiled if it is the first time.
    pub(super) async fn plan(
        &mut self,
        key: PlanKey<P::Layout>,
    ) -> Result<&mut Box<dyn Plan>, SessionError> {
        let plan = match self.plans.remove(&key) {
            Some(plan) => plan,
            None => self.engine.compile(&self.graph(key)?).await?,
        };
        Ok(self.plans.entry(key).or_insert(plan))
    }

    fn graph(&self, key: PlanKey<P::Layout>) -> Result<Graph, GraphError> {
        let (policy, objective) = (&self.policy, &self.objective);
        match key {
            PlanKey::Update(batch) => {
                graphs::update(policy, objective, &self.optimizer, &self.parameters, batch)
            }
            PlanKey::Evaluate(layout, pairs, one_sided) => {
                graphs::evaluate(policy, objective, layout, pairs, one_sided)
            }
            PlanKey::Follow(layout, samples) => {
                let followers = follower::parameters(&self.parameters);
                graphs::follow(policy, &self.optimizer, &followers, layout, samples)
            }
            PlanKey::Loss(batch) => graphs::loss(policy, objective, batch),
            PlanKey::Reference(layout) => graphs::reference(policy, layout),
            PlanKey::Score(scope, layout) => graphs::score(policy, scope, layout),
        }
    }

    /// One graph of each kind that this run asks of its engine.
    pub(super) fn graphs(&self) -> Result<Vec<Graph>, SessionError> {
        if self.training.is_empty() {
            return Ok(Vec::new());
        }
        let batch = self.next_indices();
        let pairs: Vec<&Pair<P::Sample>> =
            batch.iter().map(|&index| &self.training[index].1).collect();
        let repeated = self.samples();
        // Answers that are yet to be drawn will be about as long as those of the pairs.
        let update = self.objective.columns(repeated);
        let update = update.iter().flat_map(|column| {
            let rejected = matches!(column, Column::Rejected | Column::MismatchedRejected);
            pairs.iter().map(move |pair| {
                if rejected {
                    &pair.rejected
                } else {
                    &pair.chosen
                }
            })
        });
        let update = self.policy.layout(&update.collect::<Vec<_>>());
        let both = self.policy.layout(&batch::sides(&pairs));
        let update = BatchShape {
            layout: update,
            groups: pairs.len(),
            repeated,
            weighted: self.takes_expectations() || !self.pair_weights.is_empty(),
            one_sided: self.learns_from_one_side(),
            reference: self.live_reference(),
        };
        let kinds = [
            PlanKey::Update(update),
            PlanKey::Evaluate(both, pairs.len(), false),
            PlanKey::Reference(both),
            PlanKey::Score(Weights::POLICY, both),
        ];
        let graphs = kinds.into_iter().map(|key| Ok(self.graph(key)?));
        graphs.collect()
    }

    /// What the next update draws from, and how many answers at once.
    pub(super) fn drawn(&self) -> Vec<(Source, usize)> {
        let groups = match self.person.in_use {
            true => person::LOT,
            false => self.values.batch_size().min(self.training.len()),
        };
        let columns = self.columns();
        let runs = columns.chunk_by(|one, other| one == other);
        let drawn = runs.filter_map(|run| match run[0] {
            Column::Drawn(Origin::Optimum) if !self.person.in_use => {
                let rows = self.candidates(run.len()) * groups;
                Some((self.source(Origin::Optimum), rows))
            }
            Column::Drawn(origin) => Some((self.source(origin), run.len() * groups)),
            Column::Kept => Some((self.source(Origin::Reference), run.len() * groups)),
            _ => None,
        });
        let continued = (
            self.source(Origin::Reference),
            self.continuations(columns.len() * groups),
        );
        drawn.chain([continued]).collect()
    }
}
