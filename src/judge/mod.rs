//! Judges: how likely one answer beats another, and what an answer is worth, whole or begun.

mod critic;
mod density;
mod learned;
mod matrix;
mod picture;
mod proxy;
mod rule;
mod shared;

pub use critic::{Critic, CriticMemory, error_and_spread};
pub use density::DensityRatio;
pub use learned::{
    Antisymmetric, BradleyTerry, Head, JudgeRow, JudgeStatus, Learned, LearnedJudge, LearnedKind,
    Learning, PreferenceModel, RewardModel, Trained, UnknownLearned, bradley_terry,
};
pub use matrix::{Game, Labels, MatrixJudge};
pub use picture::{PictureJudge, PictureRule, PictureRuleError};
pub use proxy::{MeanRewards, ProxyAndGold};
pub use rule::{Rule, RuleError, RuleJudge};
pub use shared::Shared;

use std::pin::Pin;

use crate::engine::EngineError;
use crate::graph::GraphError;
use crate::policy::language::{PairError, ScoreError};

/// A judge's words, in their own time: a person, or a model on an engine, may take a while.
pub type Verdict<'a> = Pin<Box<dyn Future<Output = Result<Vec<f32>, JudgeError>> + 'a>>;

/// Says of a policy's samples `S` how good they are.
pub trait Judge<S> {
    /// p(first ≻ second) for each of `pairs`, two answers to one prompt; ½ for a tie.
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a S; 2]]) -> Verdict<'a>;

    /// The reward of each of `samples`.
    fn rewards<'a>(&'a mut self, samples: &'a [&'a S]) -> Verdict<'a>;

    /// What a judge that is watched has seen since the last call, if it has seen anything.
    fn take_means(&mut self) -> Option<MeanRewards> {
        None
    }
}

/// Why a judge has nothing to say, or does not learn.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// There is none.
    #[error("This method learns from a judge of the policy's own answers: choose one.")]
    NoJudge,
    /// Another has not finished with it.
    #[error("The judge is busy: ask again when it has answered or made its update.")]
    Busy,
    /// It has nothing to learn from.
    #[error("There are no pairs for the judge to learn from: add one.")]
    NoPairs,
    /// A pair cannot be read by the judge's copy of the policy.
    #[error("Pair {id} cannot be judged: {source}")]
    Pair {
        /// The pair.
        id: u32,
        /// Why.
        source: PairError,
    },
    /// A loss or a gradient is no longer a number.
    #[error(
        "The judge's update {update} was not made: {term} is NaN or infinite. Its weights are those \
         of the update before; lower its learning rate or start it anew."
    )]
    NotFinite {
        /// The update, counted from 1.
        update: u32,
        /// "the loss" or "the gradient".
        term: &'static str,
    },
    /// It is a person who has not said anything yet.
    #[error(
        "You have not judged any answers yet: say which of two is better, and training learns from that."
    )]
    Unanswered,
    /// It has no word on a response.
    #[error("The judge knows of no response {response} to prompt {prompt}.")]
    Unknown {
        /// The prompt, counted from 1.
        prompt: u32,
        /// The response, counted from 1.
        response: u32,
    },
    /// A graph is wrong: a mistake in this program.
    #[error("This is a mistake in the playground, please report it: {0}")]
    Graph(#[source] Box<GraphError>),
    /// The judge's engine failed.
    #[error("The judge cannot go on: {0}")]
    Engine(#[source] Box<EngineError>),
}

// In boxes, or every result of a session would be as large as the rarest error.

impl From<GraphError> for JudgeError {
    fn from(error: GraphError) -> Self {
        JudgeError::Graph(Box::new(error))
    }
}

impl From<ScoreError> for JudgeError {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::Graph(error) => error.into(),
            ScoreError::Engine(error) => error.into(),
        }
    }
}

impl From<EngineError> for JudgeError {
    fn from(error: EngineError) -> Self {
        JudgeError::Engine(Box::new(error))
    }
}
