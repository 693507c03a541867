//! Answers as if drawn from the optimum of the rewards, by rejection sampling from those of the reference (Liu et
//! al. 2023, RSO, alg. 1).

use super::batch::Pair;
use super::{Session, SessionError};
use crate::objective::{Origin, acceptance};
use crate::policy::{Answers, Policy};
use crate::rng::{self, Purpose};

/// Which `count` of candidates with these rewards are accepted, if there are as many: each with the probability
/// that [`acceptance`] says, by a number of `luck` in [0, 1). When all have had their turn, the others have
/// another, against the best among them. What has no number for a reward is not refused: the loss will tell.
fn accepted(rewards: &[f32], beta: f32, count: usize, mut luck: impl FnMut() -> f32) -> Vec<usize> {
    let mut waiting: Vec<usize> = (0..rewards.len()).collect();
    let mut accepted = Vec::with_capacity(count);
    while accepted.len() < count && !waiting.is_empty() {
        let rewards_left = waiting.iter().map(|&candidate| rewards[candidate]);
        let best = rewards_left.fold(f32::NEG_INFINITY, f32::max);
        waiting.retain(|&candidate| {
            let full = accepted.len() == count;
            let refused = full || luck() >= acceptance(rewards[candidate], best, beta);
            if !refused {
                accepted.push(candidate);
            }
            refused
        });
    }
    accepted
}

impl<P: Policy> Session<P> {
    /// The answers drawn for `count` to be accepted.
    pub(super) fn candidates(&self, count: usize) -> usize {
        count.max(self.values.get("candidates") as usize)
    }

    fn sampling_beta(&self) -> f32 {
        self.values.get("sampling_beta") as f32
    }

    /// `count` answers to each pair's prompt, column after column, the first at `place`.
    pub(super) async fn accepted(
        &mut self,
        count: usize,
        place: u32,
        pairs: &[Pair<P::Sample>],
    ) -> Result<Vec<P::Sample>, SessionError> {
        let prompts: Vec<&P::Sample> = pairs.iter().map(|pair| &pair.chosen).collect();
        let prompts = prompts.repeat(self.candidates(count));
        let source = self.source(Origin::Optimum);
        let drawn = self.draw(&prompts, source, place).await?;
        let rewards = self.rewards(&drawn).await?;
        // Those that are accepted are judged again as what is learnt from.
        self.take_means();
        let (beta, key) = (self.sampling_beta(), rng::key(self.seed));
        let chosen = (0..pairs.len()).map(|group| {
            let own: Vec<f32> = rewards
                .iter()
                .skip(group)
                .step_by(pairs.len())
                .copied()
                .collect();
            let luck = (group as u32..).step_by(pairs.len());
            let mut luck = luck.map(|turn| rng::uniform(key, Purpose::Acceptance, self.step, turn));
            accepted(&own, beta, count, || luck.next().unwrap_or(0.0))
        });
        let chosen: Vec<Vec<usize>> = chosen.collect();
        let column = |column: usize| {
            let groups = chosen.iter().enumerate();
            groups.map(move |(group, chosen)| chosen[column] * pairs.len() + group)
        };
        let places = (0..count).flat_map(column);
        Ok(places.map(|place| drawn[place].clone()).collect())
    }

    /// `answers` to each of some prompts with the probabilities that they are accepted with, where those given are
    /// the reference's.
    pub(super) async fn tilted(
        &mut self,
        mut answers: Vec<Answers<P::Sample>>,
    ) -> Result<Vec<Answers<P::Sample>>, SessionError> {
        let all = answers.iter().flatten();
        let all: Vec<P::Sample> = all.map(|(sample, _)| sample.clone()).collect();
        let rewards = self.rewards(&all).await?;
        self.take_means();
        let (beta, mut rest) = (self.sampling_beta(), &rewards[..]);
        for answers in &mut answers {
            let (own, others) = rest.split_at(answers.len());
            rest = others;
            let best = own.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for ((_, probability), reward) in answers.iter_mut().zip(own) {
                *probability *= acceptance(*reward, best, beta);
            }
            let total: f32 = answers.iter().map(|(_, probability)| probability).sum();
            for (_, probability) in answers {
                *probability /= total;
            }
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::accepted;
    use crate::rng::{self, Purpose};

    /// Of many candidates of two kinds, as many of each are accepted as their chances say.
    #[test]
    fn what_is_accepted_follows_the_tilted_distribution() {
        let rewards: Vec<f32> = (0..64).map(|place| (place % 2) as f32).collect();
        let mut worse = 0;
        for seed in 0..500 {
            let mut turn = 0;
            let luck = || {
                turn += 1;
                rng::uniform(rng::key(seed), Purpose::Acceptance, 0, turn)
            };
            let chosen = accepted(&rewards, 0.5, 8, luck);
            worse += chosen
                .iter()
                .filter(|&&place| rewards[place] == 0.0)
                .count();
        }
        // e⁻² to 1; 4000 are accepted, so three standard errors are 0.016.
        let share = worse as f32 / 4000.0;
        let expected = (-2.0_f32).exp() / (1.0 + (-2.0_f32).exp());
        assert!(
            (share - expected).abs() < 0.016,
            "{share} is not {expected}"
        );
    }

    #[test]
    fn as_many_are_accepted_as_asked_for_each_once() {
        // The best goes in the first turn, the next best in the second, whatever the luck.
        assert_eq!(accepted(&[0.0, 2.0, 1.0], 0.01, 2, || 0.5), [1, 2]);
        assert_eq!(accepted(&[f32::NAN, 1.0], 0.5, 2, || 0.5), [0, 1]);
        assert_eq!(accepted(&[1.0], 0.5, 2, || 0.5), [0]);
    }
}
