//! What can go wrong in a session.

use super::ValueError;
use crate::engine::EngineError;
use crate::graph::GraphError;
use crate::judge::{JudgeError, PictureRuleError, RuleError, UnknownLearned};
use crate::objective::ObjectiveError;
use crate::policy::language::{ConfigError, PairError};
use crate::policy::{CheckpointError, DrawError, PolicyKind, diffusion};
use crate::table_scenarios::ScenarioError;
use crate::theory::TheoryError;

/// Why a session could not do what it was asked. The text is for the person at the screen.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A loss or a gradient is no longer a number.
    #[error(
        "Update {step} stopped the run: {term} is NaN or infinite. The weights are those of update {}; \
         lower the learning rate or mend the pairs, then go on or reset.", step - 1
    )]
    NotFinite {
        /// The update, counted from 1.
        step: u32,
        /// The first quantity that broke.
        term: String,
    },
    /// There is nothing to learn from.
    #[error("There are no pairs to learn from: add one whose texts this policy can read.")]
    NoPairs,
    /// A pair cannot count for so much.
    #[error("Pair {id} cannot count {weight} times: a weight is 0 or more.")]
    PairWeight {
        /// The pair.
        id: u32,
        /// Its weight.
        weight: f32,
    },
    /// A pair cannot be scored.
    #[error("Pair {id}: {source}")]
    Pair {
        /// The pair.
        id: u32,
        /// Why.
        source: PairError,
    },
    /// A pair's samples are not of the policy's kind.
    #[error(
        "Pair {id} does not fit this policy: a sample of it has {dimensions} numbers and one of {classes} classes."
    )]
    Sample {
        /// The pair.
        id: u32,
        /// Numbers in a sample.
        dimensions: usize,
        /// Classes.
        classes: usize,
    },
    /// The objective is for another kind of policy.
    #[error("The method {method} cannot update this policy: it is for {}.", kind_in_words(.serves))]
    Serves {
        /// The objective's title.
        method: &'static str,
        /// The policies that it can update.
        serves: &'static [PolicyKind],
    },
    /// A hyper-parameter was refused.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// There is no such objective.
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
    /// The policy's configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The denoiser's configuration cannot be used.
    #[error(transparent)]
    Denoiser(#[from] diffusion::ConfigError),
    /// The policy's weights cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// No completions could be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The judge says nothing.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The judge's rule cannot be read.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The judge's rule over pictures cannot be read.
    #[error(transparent)]
    PictureRule(#[from] PictureRuleError),
    /// No judge that learns has this name.
    #[error(transparent)]
    Learned(#[from] UnknownLearned),
    /// A policy's answers cannot be listed.
    #[error(
        "This policy has too many answers to add up over all of them: have it draw answers instead."
    )]
    TooManyAnswers,
    /// A batch has more joint outcomes of its own answers than are added up.
    #[error(
        "An update would add up over {outcomes} outcomes, but {most} are the most: lower the samples \
         a prompt or the batch, or have it draw answers instead."
    )]
    TooManyOutcomes {
        /// All that the batch's groups may come to.
        outcomes: usize,
        /// The most.
        most: usize,
    },
    /// A table's scenario contradicts itself.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// An optimum or an equilibrium could not be found.
    #[error(transparent)]
    Theory(#[from] TheoryError),
    /// A graph is wrong: a mistake in this program.
    #[error("This is a mistake in the playground, please report it: {0}")]
    Graph(#[from] GraphError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn kind_in_words(kinds: &[PolicyKind]) -> &'static str {
    match kinds.contains(&PolicyKind::Denoiser) {
        true => "diffusion policies",
        false => "policies that give answers their likelihoods",
    }
}
