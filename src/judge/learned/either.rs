//! Either of the judges that learn, where a person chooses which.

use std::fmt;
use std::str::FromStr;

use super::{JudgeRow, JudgeStatus, Learning, PreferenceModel, RewardModel};
use crate::engine::HostTensor;
use crate::judge::{Judge, JudgeError, Verdict};
use crate::policy::language::{Config, TokenPair, TokenSample};

/// Which judge learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearnedKind {
    /// A [`RewardModel`].
    Reward,
    /// A [`PreferenceModel`].
    Preference,
}

/// No judge that learns has this name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("there is no judge {0:?} that learns: choose learned reward or learned preference")]
pub struct UnknownLearned(String);

/// A judge that learns, of either kind.
pub enum LearnedJudge {
    /// By rewards.
    Reward(RewardModel),
    /// By preferences.
    Preference(PreferenceModel),
}

impl fmt::Display for LearnedKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            LearnedKind::Reward => "learned reward",
            LearnedKind::Preference => "learned preference",
        })
    }
}

impl FromStr for LearnedKind {
    type Err = UnknownLearned;

    fn from_str(text: &str) -> Result<Self, UnknownLearned> {
        let mut kinds = [LearnedKind::Reward, LearnedKind::Preference].into_iter();
        let found = kinds.find(|kind| kind.to_string() == text);
        found.ok_or_else(|| UnknownLearned(text.to_owned()))
    }
}

impl LearnedJudge {
    /// A judge that begins as [`Learned::new`](super::Learned::new) says.
    pub fn new(
        kind: LearnedKind,
        config: Config,
        weights: Vec<HostTensor>,
        learning: Learning,
    ) -> Result<Self, JudgeError> {
        Ok(match kind {
            LearnedKind::Reward => {
                LearnedJudge::Reward(RewardModel::new(config, weights, learning)?)
            }
            LearnedKind::Preference => {
                LearnedJudge::Preference(PreferenceModel::new(config, weights, learning)?)
            }
        })
    }

    /// Replaces the pairs to learn from, from the next update on. Each has an id of the caller's.
    pub fn set_pairs(&mut self, pairs: Vec<(u32, TokenPair)>) -> Result<(), JudgeError> {
        match self {
            LearnedJudge::Reward(judge) => judge.set_pairs(pairs),
            LearnedJudge::Preference(judge) => judge.set_pairs(pairs),
        }
    }

    /// Replaces the held-out pairs.
    pub fn set_held_out(&mut self, pairs: Vec<(u32, TokenPair)>) -> Result<(), JudgeError> {
        match self {
            LearnedJudge::Reward(judge) => judge.set_held_out(pairs),
            LearnedJudge::Preference(judge) => judge.set_held_out(pairs),
        }
    }

    /// Makes one update, and gives its row of the curve.
    pub async fn update(&mut self) -> Result<JudgeRow, JudgeError> {
        match self {
            LearnedJudge::Reward(judge) => judge.update().await,
            LearnedJudge::Preference(judge) => judge.update().await,
        }
    }

    /// What each update measured, oldest first.
    pub fn curve(&self) -> &[JudgeRow] {
        match self {
            LearnedJudge::Reward(judge) => judge.curve(),
            LearnedJudge::Preference(judge) => judge.curve(),
        }
    }

    /// Where the judge stands.
    pub fn status(&self) -> JudgeStatus {
        match self {
            LearnedJudge::Reward(judge) => judge.status(),
            LearnedJudge::Preference(judge) => judge.status(),
        }
    }
}

impl Judge<TokenSample> for LearnedJudge {
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a TokenSample; 2]]) -> Verdict<'a> {
        match self {
            LearnedJudge::Reward(judge) => judge.preferences(pairs),
            LearnedJudge::Preference(judge) => judge.preferences(pairs),
        }
    }

    fn rewards<'a>(&'a mut self, samples: &'a [&'a TokenSample]) -> Verdict<'a> {
        match self {
            LearnedJudge::Reward(judge) => judge.rewards(samples),
            LearnedJudge::Preference(judge) => judge.rewards(samples),
        }
    }
}
