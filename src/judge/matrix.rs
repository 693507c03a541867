//! Judgement of a table's responses by what is known of each two of them.

use super::{Judge, JudgeError, Verdict};
use crate::policy::table::TableSample;
use crate::rng::{self, Purpose};
use crate::theory::{PreferenceMatrix, TheoryError};

/// What is thought of the responses to one prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    preferences: PreferenceMatrix,
    rewards: Vec<f64>,
}

impl Game {
    /// Responses with these rewards: a Bradley-Terry model's, so that their differences are log-odds.
    ///
    /// # Errors
    /// There are no rewards, or one is not finite.
    pub fn of_rewards(rewards: Vec<f64>) -> Result<Self, TheoryError> {
        let preferences = PreferenceMatrix::bradley_terry(&rewards)?;
        Ok(Game {
            preferences,
            rewards,
        })
    }

    /// Responses with these preferences; the reward of each is how often it beats one of `reference`.
    ///
    /// # Errors
    /// `reference` is not a distribution over the responses.
    pub fn of_preferences(
        preferences: PreferenceMatrix,
        reference: &[f64],
    ) -> Result<Self, TheoryError> {
        let rewards = preferences.against(reference)?;
        Ok(Game {
            preferences,
            rewards,
        })
    }

    /// The same rewards, and preferences as labels show them of which a share of `flip_rate` is flipped.
    ///
    /// # Errors
    /// The flip rate lies outside [0, 1].
    pub fn mixed_with_noise(&self, flip_rate: f64) -> Result<Self, TheoryError> {
        Ok(Game {
            preferences: self.preferences.mixed_with_noise(flip_rate)?,
            rewards: self.rewards.clone(),
        })
    }

    /// How often each response beats each other one.
    pub fn preferences(&self) -> &PreferenceMatrix {
        &self.preferences
    }

    /// The reward of each response.
    pub fn rewards(&self) -> &[f64] {
        &self.rewards
    }
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// The probability that the first response wins.
    Exact,
    /// A winner, 1 or 0, drawn with that probability under a seed.
    Drawn {
        /// The luck.
        seed: u64,
    },
}

/// Judges the responses of a table by a game for each prompt.
pub struct MatrixJudge {
    games: Vec<Game>,
    labels: Labels,
    /// Labels drawn so far.
    drawn: u32,
}

impl MatrixJudge {
    /// Judges by `games`, one for each prompt.
    pub fn new(games: Vec<Game>, labels: Labels) -> Self {
        MatrixJudge {
            games,
            labels,
            drawn: 0,
        }
    }

    fn label(&mut self, first: &TableSample, second: &TableSample) -> Result<f32, JudgeError> {
        let game = self.games.get(first.prompt as usize);
        let row = game.and_then(|game| game.preferences.rows().get(first.response as usize));
        let row = row.ok_or_else(|| unknown(first))?;
        let preference = row.get(second.response as usize);
        let preference = *preference.ok_or_else(|| unknown(second))? as f32;
        Ok(match self.labels {
            Labels::Exact => preference,
            Labels::Drawn { seed } => {
                let luck = rng::uniform(rng::key(seed), Purpose::Data, self.drawn, 0);
                self.drawn = self.drawn.wrapping_add(1);
                f32::from(u8::from(luck < preference))
            }
        })
    }

    fn reward(&self, sample: &TableSample) -> Result<f32, JudgeError> {
        let game = self.games.get(sample.prompt as usize);
        let reward = game.and_then(|game| game.rewards.get(sample.response as usize));
        reward
            .map(|reward| *reward as f32)
            .ok_or_else(|| unknown(sample))
    }
}

fn unknown(sample: &TableSample) -> JudgeError {
    JudgeError::Unknown {
        prompt: sample.prompt.saturating_add(1),
        response: sample.response.saturating_add(1),
    }
}

impl Judge<TableSample> for MatrixJudge {
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a TableSample; 2]]) -> Verdict<'a> {
        let labels = pairs
            .iter()
            .map(|[first, second]| self.label(first, second));
        let labels = labels.collect();
        Box::pin(async { labels })
    }

    fn rewards<'a>(&'a mut self, samples: &'a [&'a TableSample]) -> Verdict<'a> {
        let rewards = samples.iter().map(|sample| self.reward(sample)).collect();
        Box::pin(async { rewards })
    }
}
