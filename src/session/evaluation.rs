//! What is measured on many pairs without an update: on the held-out pairs while training, on all when it rests.

use super::batch;
use super::graphs::{self, BatchShape};
use super::in_flight::{Evaluation, Part};
use super::metrics::Measured;
use super::plans::PlanKey;
use super::scoring::SCORED_AT_ONCE;
use super::sides::{self, BOTH, Given};
use super::{Pair, Row, Session, SessionError};
use crate::engine::{Feeds, HostData, HostTensor, Outputs};
use crate::objective::Column;
use crate::policy::{Policy, Scoring};

/// Updates between two measurements on the held-out pairs.
pub(super) const EVALUATE_EVERY: u32 = 10;

impl<P: Policy> Session<P> {
    /// All metrics on all training and held-out pairs as the policy stands, without an update.
    pub async fn evaluate(&mut self) -> Result<Row, SessionError> {
        if self.training.is_empty() {
            return Err(SessionError::NoPairs);
        }
        let mut row = Row::empty(self.step);
        let pairs: Vec<Pair<P::Sample>> =
            self.training.iter().map(|(_, pair)| pair.clone()).collect();
        let given = self.training_given();
        row.fill_training(&self.measure(&pairs, &given).await?);
        row.fill_batch_losses("loss", &self.batch_losses(&pairs, &given).await?);
        let (evaluated, given) = (self.evaluated(), self.evaluated_given());
        let measured = self.measure(&evaluated, &given).await?;
        row.fill_evaluated(&measured, !self.held_out.is_empty());
        if !self.held_out.is_empty() {
            row.fill_batch_losses("eval_loss", &self.batch_losses(&evaluated, &given).await?);
        }
        row.fill_win_rate(self.win_rate().await?);
        for (name, value) in self
            .take_means()
            .into_iter()
            .flat_map(batch::judged_metrics)
        {
            row.set(name, value);
        }
        Ok(row)
    }

    /// The pairs that are measured while training: without held-out pairs, the divergence is measured
    /// on those for training.
    pub(super) fn evaluated(&self) -> Vec<Pair<P::Sample>> {
        match self.held_out.is_empty() {
            true => self.training.iter().map(|(_, pair)| pair.clone()).collect(),
            false => self.held_out.clone(),
        }
    }

    /// Begins to measure what is measured while training.
    pub(super) async fn begin_evaluation(&mut self) -> Result<Evaluation<P::Layout>, SessionError> {
        let (pairs, given) = (self.evaluated(), self.evaluated_given());
        let mut parts = Vec::new();
        let chunks = pairs
            .chunks(SCORED_AT_ONCE)
            .zip(given.chunks(SCORED_AT_ONCE));
        for (index, (chunk, given)) in chunks.enumerate() {
            let samples = batch::sides(&batch::filled(chunk));
            if index == self.evaluated_reference.len() {
                let known = self
                    .run_scoring(&PlanKey::Reference, &samples, &Feeds::new())
                    .await?;
                self.evaluated_reference.push(known);
            }
            let mut more = self.evaluated_reference[index].clone();
            let key = evaluation(given, &mut more);
            let plan = self.begin_scoring(&key, &samples, &more).await?;
            parts.push(Part::new(plan, chunk.len()));
        }
        let mut batches = Vec::new();
        if !self.held_out.is_empty() {
            for batch in self.batches(&pairs, &given).await? {
                let plan = self.begin_batch_loss(&batch).await?;
                batches.push(Part::new(plan, batch.groups));
            }
        }
        Ok(Evaluation {
            parts,
            batches,
            held_out: !self.held_out.is_empty(),
        })
    }

    /// The means over `pairs`.
    async fn measure(
        &mut self,
        pairs: &[Pair<P::Sample>],
        given: &[Given],
    ) -> Result<Measured, SessionError> {
        let mut measured = Vec::new();
        let chunks = pairs
            .chunks(SCORED_AT_ONCE)
            .zip(given.chunks(SCORED_AT_ONCE));
        for (chunk, given) in chunks {
            let samples = batch::sides(&batch::filled(chunk));
            let mut more = self
                .run_scoring(&PlanKey::Reference, &samples, &Feeds::new())
                .await?;
            let key = evaluation(given, &mut more);
            let outputs = self.run_scoring(&key, &samples, &more).await?;
            measured.push((outputs, given.to_vec()));
        }
        let measured: Vec<(Outputs, Vec<Given>)> = measured;
        let parts = measured.iter();
        Ok(Measured::means(
            parts.map(|(outputs, given)| (outputs, given.clone())),
        ))
    }

    /// The loss of each of [`Session::batches`].
    async fn batch_losses(
        &mut self,
        pairs: &[Pair<P::Sample>],
        given: &[Given],
    ) -> Result<Vec<f32>, SessionError> {
        let mut losses = Vec::new();
        for batch in self.batches(pairs, given).await? {
            let key = self.begin_batch_loss(&batch).await?;
            let outputs = self.finish_scoring(key).await?;
            losses.push(outputs.get("loss").map_or(f32::NAN, HostTensor::first));
        }
        Ok(losses)
    }

    /// `pairs` in batches as large as those of an update, column after column, the last filled up from the first:
    /// none where a pair by itself has a loss, or where there is none without what an update draws or how it looks.
    async fn batches(
        &mut self,
        pairs: &[Pair<P::Sample>],
        given: &[Given],
    ) -> Result<Vec<LossBatch<P::Sample>>, SessionError> {
        let drawn = |column| matches!(column, Column::Drawn(_) | Column::Kept);
        let draws = self.objective.kinds().any(drawn) || self.live_reference().is_some();
        let otherwise = self.objective.scoring != Scoring::Likelihood;
        if draws || otherwise || self.objective.columns_of_a_pair().is_some() {
            return Ok(Vec::new());
        }
        let groups = self
            .values
            .batch_size()
            .min(self.training.len())
            .min(pairs.len());
        let columns = self.columns();
        let mut batches = Vec::new();
        for start in (0..pairs.len()).step_by(groups.max(1)) {
            let batch = pairs.iter().cycle().skip(start).take(groups).cloned();
            let batch: Vec<Pair<P::Sample>> = batch.collect();
            let given = given.iter().cycle().skip(start).take(groups).copied();
            let given: Vec<Given> = given.collect();
            let mut samples = Vec::with_capacity(columns.len() * groups);
            for (place, &column) in (0..).zip(&columns) {
                samples.extend(self.fill(column, 1, place, &batch).await?);
            }
            let one_sided = self.objective.apart && given.iter().any(|given| *given != BOTH);
            batches.push(LossBatch {
                samples,
                groups,
                present: one_sided.then(|| sides::presence(&columns, &given)),
            });
        }
        Ok(batches)
    }

    /// Runs the loss over a batch; the plan will tell.
    async fn begin_batch_loss(
        &mut self,
        batch: &LossBatch<P::Sample>,
    ) -> Result<PlanKey<P::Layout>, SessionError> {
        let samples: Vec<&P::Sample> = batch.samples.iter().collect();
        // They come again.
        self.score_reference(&samples).await?;
        let known = samples
            .iter()
            .filter_map(|sample| self.reference.get(*sample));
        let known = HostData::F32(known.flatten().copied().collect());
        let known = self.padded(known, self.policy.layout(&samples));
        let mut more = Feeds::from([(graphs::REFERENCE.to_owned(), known)]);
        if let Some(present) = &batch.present {
            more.insert(graphs::PRESENT.to_owned(), fed(present.clone()));
        }
        let repeated = self.samples();
        let key = |layout| {
            PlanKey::Loss(BatchShape {
                layout,
                groups: batch.groups,
                repeated,
                weighted: false,
                one_sided: batch.present.is_some(),
                reference: None,
            })
        };
        self.begin_scoring(&key, &samples, &more).await
    }
}

/// A batch whose loss is measured, column after column.
struct LossBatch<S> {
    samples: Vec<S>,
    groups: usize,
    /// Which samples were given, where some are missing.
    present: Option<Vec<f32>>,
}

/// The plan that measures pairs; what it is told of missing sides is added to what is fed.
fn evaluation<L>(given: &[Given], feeds: &mut Feeds) -> impl Fn(L) -> PlanKey<L> + use<L> {
    // As many as their pairs are filled up to.
    let given: Vec<Given> = batch::filled(given).into_iter().copied().collect();
    let (pairs, one_sided) = (given.len(), given.iter().any(|given| *given != BOTH));
    if one_sided {
        let present = sides::presence(&[Column::Chosen, Column::Rejected], &given);
        feeds.insert(graphs::PRESENT.to_owned(), fed(present));
    }
    move |layout| PlanKey::Evaluate(layout, pairs, one_sided)
}

fn fed(present: Vec<f32>) -> HostTensor {
    HostTensor::f32([present.len()], present)
}
