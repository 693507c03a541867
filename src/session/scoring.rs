//! What policy and reference say of samples.

use super::plans::PlanKey;
use super::{Pair, Session, SessionError, batch, graphs};
use crate::engine::{Feeds, HostTensor, Outputs};
use crate::policy::{Policy, Weights};

/// The most pairs that are scored at once.
pub(super) const SCORED_AT_ONCE: usize = 32;

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
    /// How much more the policy favours the chosen side than the reference does, in units of
    /// [`Objective::reward_scale`].
    pub margin: f32,
}

impl<P: Policy> Session<P> {
    /// The present numbers of the training pairs called `ids`; of all, if there are none.
    pub async fn pair_numbers(&mut self, ids: &[u32]) -> Result<Vec<PairNumbers>, SessionError> {
        let (ids, pairs): (Vec<u32>, Vec<Pair<P::Sample>>) = self
            .training
            .iter()
            .filter(|(id, _)| ids.is_empty() || ids.contains(id))
            .cloned()
            .unzip();
        let refs: Vec<&Pair<P::Sample>> = pairs.iter().collect();
        let samples = batch::sides(&refs);
        let scores = self.score(Weights::POLICY, &samples).await?;
        let sums = |choices: &[f32]| choices.iter().sum::<f32>();
        let policy: Vec<f32> = scores.iter().map(|choices| sums(choices)).collect();
        let reference: Vec<f32> = samples
            .iter()
            .map(|&sample| {
                self.reference
                    .get(sample)
                    .map_or(f32::NAN, |choices| sums(choices))
            })
            .collect();
        let scale = self.values.reward_scale(&self.objective);
        let count = pairs.len();
        let numbers = ids.iter().enumerate().map(|(index, &id)| {
            let [chosen, rejected] = [policy[index], policy[count + index]];
            let [reference_chosen, reference_rejected] =
                [reference[index], reference[count + index]];
            let margin = scale * ((chosen - reference_chosen) - (rejected - reference_rejected));
            PairNumbers {
                id,
                chosen,
                rejected,
                reference_chosen,
                reference_rejected,
                margin,
            }
        });
        Ok(numbers.collect())
    }

    /// log π of each choice of `samples` under the weights in `scope`.
    pub(super) async fn score(
        &mut self,
        scope: &'static str,
        samples: &[&P::Sample],
    ) -> Result<Vec<Vec<f32>>, SessionError> {
        let mut scores = Vec::with_capacity(samples.len());
        for chunk in samples.chunks(2 * SCORED_AT_ONCE) {
            let filled = batch::filled(chunk);
            let filled: Vec<&P::Sample> = filled.into_iter().copied().collect();
            let key = |layout| PlanKey::Score(scope, layout);
            let output = self.run_scoring(&key, &filled, &Feeds::new()).await?;
            let mut rest = output
                .get(graphs::CHOICES)
                .map_or(&[][..], HostTensor::as_f32);
            for sample in chunk {
                let (own, others) = rest.split_at(self.policy.choices(sample).min(rest.len()));
                scores.push(own.to_vec());
                rest = others;
            }
        }
        Ok(scores)
    }

    /// Scores those of `samples` by the reference that it has not scored before.
    pub(super) async fn score_reference(
        &mut self,
        samples: &[&P::Sample],
    ) -> Result<(), SessionError> {
        let mut new: Vec<&P::Sample> = Vec::new();
        for sample in samples {
            if !self.reference.contains_key(*sample) && !new.contains(sample) {
                new.push(sample);
            }
        }
        let scores = self.score(Weights::REFERENCE, &new).await?;
        for (sample, score) in new.into_iter().zip(scores) {
            self.reference.insert(sample.clone(), score);
        }
        Ok(())
    }

    /// Runs a plan over `samples`, as [`Session::begin_scoring`] does, and waits for what it gives.
    pub(super) async fn run_scoring(
        &mut self,
        key: &dyn Fn(P::Layout) -> PlanKey<P::Layout>,
        samples: &[&P::Sample],
        more: &Feeds,
    ) -> Result<Outputs, SessionError> {
        let key = self.begin_scoring(key, samples, more).await?;
        self.finish_scoring(key).await
    }

    /// Waits for what the last run of a plan gives.
    pub(super) async fn finish_scoring(
        &mut self,
        key: PlanKey<P::Layout>,
    ) -> Result<Outputs, SessionError> {
        let mut outputs = self.plan(key).await?.drain().await?;
        let own = outputs.pop().unwrap_or_default();
        // Those before it belong to evaluations on their way.
        self.in_flight.take_in(key, outputs);
        Ok(own)
    }

    /// Runs a plan over `samples`; `more` is fed besides. Gives the plan, which will tell.
    pub(super) async fn begin_scoring(
        &mut self,
        key: &dyn Fn(P::Layout) -> PlanKey<P::Layout>,
        samples: &[&P::Sample],
        more: &Feeds,
    ) -> Result<PlanKey<P::Layout>, SessionError> {
        let layout = self.policy.layout(samples);
        let mut feeds = self.policy.feeds(samples, layout);
        self.values.feed(self.step + 1, &mut feeds);
        feeds.extend(more.clone());
        let key = key(layout);
        self.plan(key).await?.run(&feeds)?;
        Ok(key)
    }
}
