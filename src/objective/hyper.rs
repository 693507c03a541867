//! The numbers of an objective that a person may set.

use crate::graph::{Builder, Expr};
pub use crate::hyperparameter::{Hyperparameter, Scale};

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

    /// The number of the update about to be made, counted from 1 at the start of the run, a scalar.
    pub fn update(&self) -> Expr<'g> {
        self.builder.scalar_input(Self::UPDATE)
    }

    /// The input that [`Hyper::update`] reads.
    pub const UPDATE: &'static str = "update";

    /// The name of the graph's input for the hyper-parameter `name`.
    pub fn input(name: &str) -> String {
        format!("hyper/{name}")
    }
}

/// β of the implicit reward β log(π / π_ref).
pub(super) fn beta(default: f64) -> Hyperparameter {
    let help = "How strongly the policy is held to its reference: an implicit reward is beta times a log-ratio.";
    Hyperparameter::linear("beta", "beta", help)
        .over(default, 0.001, 10.0)
        .by_factors()
}

/// ε of a loss that allows for labels that were flipped.
pub(super) fn label_smoothing(default: f64, min: f64, max: f64) -> Hyperparameter {
    let help = "The share of labels assumed to be flipped.";
    Hyperparameter::linear("label_smoothing", "Label smoothing", help).over(default, min, max)
}
