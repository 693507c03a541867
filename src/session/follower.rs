//! The follower of a policy that is distilled: a copy of the reference that learns to denoise what the policy draws in
//! one step, and so tells the policy's own score (the fake score network of Score Forgetting Distillation).

use super::graphs::WEIGHTS;
use super::plans::PlanKey;
use super::{Session, SessionError};
use crate::engine::HostTensor;
use crate::objective::diffusion::{FORGET, FORGET_WEIGHT};
use crate::policy::{Glance, Parameter, Policy, Scoring, Source, Weights, copy_weights};
use crate::rng::{self, Purpose};

/// The follower's weights by the names that the optimiser knows them by, within the scope of the policy.
pub(super) fn parameters(of_policy: &[Parameter]) -> Vec<Parameter> {
    let followers = of_policy.iter().map(|parameter| Parameter {
        name: format!("follower/{}", parameter.name),
        ..parameter.clone()
    });
    followers.collect()
}

impl<P: Policy> Session<P> {
    /// Whether the policy has a follower.
    pub(super) fn is_followed(&self) -> bool {
        self.objective.scoring == Scoring::Distillation
    }

    /// Lets the follower begin at the reference, with a fresh optimiser.
    pub(super) fn begin_to_follow(&mut self) -> Result<(), SessionError> {
        if !self.is_followed() {
            return Ok(());
        }
        let (engine, own) = (self.engine.as_ref(), &self.parameters);
        copy_weights(engine, own, Weights::REFERENCE, Weights::FOLLOWER)?;
        self.optimizer.reset(engine, &parameters(own))?;
        Ok(())
    }

    /// The follower learns from fresh samples of the policy, one for each pair of the next update.
    pub(super) async fn follow(&mut self) -> Result<(), SessionError> {
        if !self.is_followed() {
            return Ok(());
        }
        let prompts = self.next_indices().into_iter();
        let prompts = prompts.map(|index| self.training[index].1.chosen.clone());
        let prompts: Vec<P::Sample> = prompts.collect();
        let prompts: Vec<&P::Sample> = prompts.iter().collect();
        let source = Source::Weights(Weights::POLICY);
        let drawn = self.draw(&prompts, source, 0).await?;
        let key = rng::key(self.seed);
        let looked_at = (0..).zip(drawn).map(|(place, sample)| {
            // Not the noise that the policy's own update meets.
            let seed = rng::seed(key, Purpose::Follower, self.step, place);
            self.policy.looked_at(sample, Glance::Once(seed))
        });
        let samples: Vec<P::Sample> = looked_at.collect();
        let samples: Vec<&P::Sample> = samples.iter().collect();
        let layout = self.policy.layout(&samples);
        let mut feeds = self.policy.feeds(&samples, layout);
        self.feed_optimizer(&mut feeds);
        let forget = self.values.get(FORGET) as u32;
        let weight = self.values.get(FORGET_WEIGHT) as f32;
        let weights = samples
            .iter()
            .map(|sample| match self.policy.class(sample) {
                Some(class) if class == forget => weight,
                _ => 1.0,
            });
        let weights = HostTensor::f32([samples.len()], weights.collect());
        feeds.insert(WEIGHTS.to_owned(), weights);
        let plan = self.plan(PlanKey::Follow(layout, samples.len())).await?;
        plan.run(&feeds)?;
        plan.drain().await?;
        Ok(())
    }
}
