//! How the reward of an answer is credited to its choices, by a critic.

use super::{Session, SessionError};
use crate::judge::{Critic, error_and_spread};
use crate::objective::{dense_rewards, generalised, whiten};
use crate::policy::{Policy, Weights};

/// The advantages of a batch.
pub(super) struct Credited {
    /// That of each choice, one sample after the other, whitened.
    pub(super) advantages: Vec<f32>,
    /// What is known of the critic, by the names of the metrics.
    pub(super) known: [(&'static str, f32); 2],
}

impl<P: Policy> Session<P> {
    /// The advantage of each choice of `samples`, column after column, by the critic, which then learns from
    /// them. `rewards` are those of the samples, `iterate` and `reference` the log-probabilities of their
    /// choices, `weights` those of the groups, if they have any.
    pub(super) async fn credit(
        &mut self,
        samples: &[P::Sample],
        rewards: &[f32],
        [iterate, reference]: [&[f32]; 2],
        weights: Option<&[f32]>,
    ) -> Result<Credited, SessionError> {
        let mut critic = match self.critic.take() {
            Some(critic) => critic,
            None => Critic::new(&self.policy, self.weights_in(Weights::REFERENCE).await?)?,
        };
        let all: Vec<&P::Sample> = samples.iter().collect();
        let values = critic.values(&self.policy, &all).await?;

        let beta = self.values.get("beta") as f32;
        let lambda = self.values.get("lambda") as f32;
        let (mut advantages, mut shares) = (Vec::new(), Vec::new());
        for (index, (sample, reward)) in samples.iter().zip(rewards).enumerate() {
            let choices = self.policy.choices(sample);
            let own = advantages.len()..advantages.len() + choices;
            let [iterate, reference] = [iterate, reference].map(|all| &all[own.clone()]);
            let rewards = dense_rewards(*reward, iterate, reference, beta);
            advantages.extend(generalised(&rewards, &values[own], lambda));
            let weight = weights.map_or(1.0, |weights| weights[index % weights.len()]);
            shares.extend(std::iter::repeat_n(weight, choices));
        }
        let total: f32 = shares.iter().sum();
        for share in &mut shares {
            *share /= total;
        }
        let returns = advantages.iter().zip(&values);
        let returns: Vec<f32> = returns
            .map(|(advantage, value)| advantage + value)
            .collect();
        let [error, spread] = error_and_spread(&values, &returns, &shares);
        critic.learn(&self.policy, &all, &returns, &shares).await?;
        self.critic = Some(critic);
        whiten(&mut advantages, &shares);
        Ok(Credited {
            advantages,
            known: [("critic/error", error), ("critic/spread", spread)],
        })
    }
}
