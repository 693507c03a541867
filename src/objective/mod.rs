//! Objectives: how a preference update combines scores into a loss.
//!
//! One file an objective, one trait, one registry. The command line, the page
//! and the tests read what an objective needs and how it is shown from here.

mod dpo;

pub use dpo::Dpo;

use crate::graph::{Builder, Expr};

/// A preference update.
pub trait Objective: Sync {
    /// The name on the command line and in links.
    fn name(&self) -> &'static str;

    /// The name for people.
    fn title(&self) -> &'static str;

    /// What it does, in a sentence.
    fn summary(&self) -> &'static str;

    /// Where it comes from.
    fn source(&self) -> &'static str;

    /// The loss in MathML. The text of an `<mn data-value="NAME">` is kept at the
    /// present value of the hyper-parameter or metric NAME.
    fn formula(&self) -> &'static str;

    /// What a person may set.
    fn hyperparameters(&self) -> &'static [Hyperparameter];

    /// The loss while the policy still is its reference, where that does not depend on the
    /// data: a run must start there.
    fn loss_at_reference(&self) -> Option<f64>;

    /// The loss of each pair, `[B]`.
    fn losses<'g>(&self, pairs: &PairScores<'g>, hyper: &Hyper<'g>) -> Expr<'g>;
}

/// All objectives: the only list there is.
pub const REGISTRY: &[&dyn Objective] = &[&Dpo];

/// The objective called `name`.
pub fn by_name(name: &str) -> Result<&'static dyn Objective, UnknownObjective> {
    let found = REGISTRY.iter().find(|objective| objective.name() == name);
    found.copied().ok_or_else(|| UnknownObjective {
        name: name.to_owned(),
        known: REGISTRY.iter().map(|known| known.name()).collect(),
    })
}

/// No objective has this name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("there is no method {name:?}; choose one of {known:?}")]
pub struct UnknownObjective {
    name: String,
    known: Vec<&'static str>,
}

/// A number that a person may set, at any time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyperparameter {
    /// The name on the command line, in links and in metrics.
    pub name: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
    /// Where it starts.
    pub default: f64,
    /// The least it may be.
    pub min: f64,
    /// The most it may be.
    pub max: f64,
    /// The step of a spin button.
    pub step: f64,
    /// How a slider runs over the range.
    pub scale: Scale,
}

/// How a control runs over its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By factors.
    Logarithmic,
    /// Over whole numbers.
    Integer,
}

/// How the policy and its reference score both sides of a batch of B pairs.
#[derive(Clone, Copy)]
pub struct PairScores<'g> {
    /// The preferred side.
    pub chosen: Score<'g>,
    /// The other side.
    pub rejected: Score<'g>,
}

impl<'g> PairScores<'g> {
    /// `h`: how much more the policy has come to favour the chosen side than its
    /// reference does, `[B]`, nats.
    pub fn margin(&self) -> Expr<'g> {
        self.chosen.log_ratio() - self.rejected.log_ratio()
    }
}

/// log π of one side of a batch, `[B]`, nats.
#[derive(Clone, Copy)]
pub struct Score<'g> {
    /// Under the policy that learns.
    pub policy: Expr<'g>,
    /// Under the reference, a constant to the derivative.
    pub reference: Expr<'g>,
}

impl<'g> Score<'g> {
    /// log(π / π_ref), `[B]`.
    pub fn log_ratio(&self) -> Expr<'g> {
        self.policy - self.reference.stop_gradient()
    }
}

/// The hyper-parameters of an objective as inputs of its graph.
#[derive(Clone, Copy)]
pub struct Hyper<'g> {
    builder: &'g Builder,
}

impl<'g> Hyper<'g> {
    /// Inputs of the graph under construction.
    pub fn new(builder: &'g Builder) -> Self {
        Hyper { builder }
    }

    /// The hyper-parameter `name`, a scalar.
    pub fn get(&self, name: &str) -> Expr<'g> {
        self.builder.scalar_input(&Self::input(name))
    }

    /// The name of the graph's input for the hyper-parameter `name`.
    pub fn input(name: &str) -> String {
        format!("hyper/{name}")
    }
}
