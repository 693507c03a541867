//! Judges: how likely one answer beats another, and what an answer is worth.

mod matrix;
mod rule;

pub use matrix::{Game, Labels, MatrixJudge};
pub use rule::{Rule, RuleError, RuleJudge};

use std::pin::Pin;

/// A judge's words, in their own time: a person, or a model on an engine, may take a while.
pub type Verdict<'a> = Pin<Box<dyn Future<Output = Result<Vec<f32>, JudgeError>> + 'a>>;

/// Says of a policy's samples `S` how good they are.
pub trait Judge<S> {
    /// p(first ≻ second) for each of `pairs`, two answers to one prompt; ½ for a tie.
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a S; 2]]) -> Verdict<'a>;

    /// The reward of each of `samples`.
    fn rewards<'a>(&'a mut self, samples: &'a [&'a S]) -> Verdict<'a>;
}

/// Why a judge has nothing to say.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum JudgeError {
    /// There is none.
    #[error("This method learns from a judge of the policy's own answers: choose one.")]
    NoJudge,
    /// It has no word on a response.
    #[error("The judge knows of no response {response} to prompt {prompt}.")]
    Unknown {
        /// The prompt, counted from 1.
        prompt: u32,
        /// The response, counted from 1.
        response: u32,
    },
}
