//! What a judge that learns says of answers.

use std::collections::HashMap;

use super::{
    Antisymmetric, BradleyTerry, FIRST, Head, LOG_ODDS, Learned, PlanKey, READ_AT_ONCE, SECOND,
    STATES,
};
use crate::engine::{Feeds, HostTensor};
use crate::judge::{Judge, JudgeError, Verdict};
use crate::policy::language::TokenSample;

impl<H: Head> Learned<H> {
    /// The log-odds of the first of each of `pairs`, nats; each answer is read once.
    pub(super) async fn log_odds(
        &mut self,
        pairs: &[[&TokenSample; 2]],
    ) -> Result<Vec<f32>, JudgeError> {
        let mut samples = Vec::new();
        let mut places = HashMap::new();
        for &sample in pairs.iter().flatten() {
            places.entry(sample).or_insert_with(|| {
                samples.push(sample);
                samples.len() - 1
            });
        }
        let states = self.states(&samples).await?;
        let state = |sample: &TokenSample| &states[places[sample]][..];
        let pairs: Vec<[&[f32]; 2]> = pairs.iter().map(|pair| pair.map(state)).collect();
        self.compare(&pairs).await
    }

    /// p(first ≻ second) for each of `pairs`.
    async fn probabilities(&mut self, pairs: &[[&TokenSample; 2]]) -> Result<Vec<f32>, JudgeError> {
        let log_odds = self.log_odds(pairs).await?;
        let sigmoid = |s: f32| 1.0 / (1.0 + (-s).exp());
        Ok(log_odds.into_iter().map(sigmoid).collect())
    }

    /// The end state of each of `samples`.
    async fn states(&mut self, samples: &[&TokenSample]) -> Result<Vec<Vec<f32>>, JudgeError> {
        let width = self.policy.config().width;
        let mut states = Vec::with_capacity(samples.len());
        for chunk in samples.chunks(READ_AT_ONCE) {
            let layout = self.policy.end_layout(chunk);
            let feeds = self.policy.end_feeds(chunk, layout);
            let outputs = self.run(PlanKey::Read(layout), &feeds).await?;
            let read = outputs.get(STATES).map_or(&[][..], HostTensor::as_f32);
            states.extend(read.chunks(width).take(chunk.len()).map(<[f32]>::to_vec));
        }
        Ok(states)
    }

    /// The log-odds of the first of each of `pairs` of states.
    async fn compare(&mut self, pairs: &[[&[f32]; 2]]) -> Result<Vec<f32>, JudgeError> {
        // Filled up to a power of two, so that few plans are needed.
        let (count, width) = (pairs.len().next_power_of_two(), self.policy.config().width);
        let side = |index: usize| {
            let mut states: Vec<f32> = pairs.iter().flat_map(|pair| pair[index]).copied().collect();
            states.resize(count * width, 0.0);
            HostTensor::f32([count, width], states)
        };
        let feeds = Feeds::from([(FIRST.to_owned(), side(0)), (SECOND.to_owned(), side(1))]);
        let outputs = self.run(PlanKey::Compare(count), &feeds).await?;
        let log_odds = outputs.get(LOG_ODDS).map_or(&[][..], HostTensor::as_f32);
        Ok(log_odds.iter().take(pairs.len()).copied().collect())
    }
}

impl Learned<BradleyTerry> {
    /// The rewards of `samples`, shifted so that those of the chosen training answers have mean 0
    /// (Stiennon et al. 2020, §3.4, of the reference summaries). The reward is linear in the state: so
    /// each is its gap to the reward of their mean state.
    async fn shifted_rewards(&mut self, samples: &[&TokenSample]) -> Result<Vec<f32>, JudgeError> {
        let zero = match self.chosen_state.take() {
            Some(known) => known,
            None => self.mean_chosen_state().await?,
        };
        let states = self.states(samples).await?;
        let gaps: Vec<[&[f32]; 2]> = states.iter().map(|state| [&state[..], &zero]).collect();
        let rewards = self.compare(&gaps).await;
        self.chosen_state = Some(zero);
        rewards
    }

    /// 0 without training pairs.
    async fn mean_chosen_state(&mut self) -> Result<Vec<f32>, JudgeError> {
        let pairs = self.training.iter().map(|pair| pair.samples());
        let chosen: Vec<TokenSample> = pairs.map(|[chosen, _]| chosen).collect();
        let states = self.states(&chosen.iter().collect::<Vec<_>>()).await?;
        let mut mean = vec![0.0; self.policy.config().width];
        for state in &states {
            for (sum, value) in mean.iter_mut().zip(state) {
                *sum += value / states.len() as f32;
            }
        }
        Ok(mean)
    }
}

impl Learned<Antisymmetric> {
    /// The mean log-odds of each of `samples` against the others that answer the same prompt, nats; 0 if
    /// there are none.
    async fn mean_log_odds(&mut self, samples: &[&TokenSample]) -> Result<Vec<f32>, JudgeError> {
        let mut places = Vec::new();
        for (first, one) in samples.iter().enumerate() {
            let others = samples.iter().enumerate().skip(first + 1);
            let others = others.filter(|(_, other)| other.prompt == one.prompt);
            places.extend(others.map(|(second, _)| [first, second]));
        }
        let pairs: Vec<[&TokenSample; 2]> = places
            .iter()
            .map(|place| place.map(|index| samples[index]))
            .collect();
        let mut sums = vec![(0.0, 0); samples.len()];
        for (&[first, second], odds) in places.iter().zip(self.log_odds(&pairs).await?) {
            for (index, odds) in [(first, odds), (second, -odds)] {
                let (sum, others) = &mut sums[index];
                *sum += odds;
                *others += 1;
            }
        }
        let means = sums
            .into_iter()
            .map(|(sum, others)| sum / others.max(1) as f32);
        Ok(means.collect())
    }
}

impl Judge<TokenSample> for Learned<BradleyTerry> {
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a TokenSample; 2]]) -> Verdict<'a> {
        Box::pin(self.probabilities(pairs))
    }

    /// Those of the chosen training answers have mean 0.
    fn rewards<'a>(&'a mut self, samples: &'a [&'a TokenSample]) -> Verdict<'a> {
        Box::pin(self.shifted_rewards(samples))
    }
}

impl Judge<TokenSample> for Learned<Antisymmetric> {
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a TokenSample; 2]]) -> Verdict<'a> {
        Box::pin(self.probabilities(pairs))
    }

    /// The mean log-odds against the other samples with the same prompt, nats; 0 if there are none.
    fn rewards<'a>(&'a mut self, samples: &'a [&'a TokenSample]) -> Verdict<'a> {
        Box::pin(self.mean_log_odds(samples))
    }
}
