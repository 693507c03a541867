//! The numbers of an objective that a person may set.

use std::borrow::Cow;

use crate::graph::{Builder, Expr};

/// A number that a person may set, at any time.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyperparameter {
    /// The name on the command line, in links and in metrics.
    pub name: Cow<'static, str>,
    /// The name for people.
    pub label: Cow<'static, str>,
    /// What it does, in a sentence.
    pub help: Cow<'static, str>,
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

impl Hyperparameter {
    /// One whose slider runs evenly from `min` to `max`.
    pub(super) fn linear(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Hyperparameter {
            name: name.into(),
            label: label.into(),
            help: help.into(),
            default: 0.0,
            min: 0.0,
            max: 1.0,
            step: 0.05,
            scale: Scale::Linear,
        }
    }

    /// The same, from `min` to `max`, with another default.
    pub(super) fn over(self, default: f64, min: f64, max: f64) -> Self {
        Hyperparameter {
            default,
            min,
            max,
            ..self
        }
    }

    /// The same, by factors.
    pub(super) fn by_factors(self) -> Self {
        Hyperparameter {
            scale: Scale::Logarithmic,
            step: 0.01,
            ..self
        }
    }

    /// The same, over whole numbers.
    pub(super) fn whole(self) -> Self {
        Hyperparameter {
            scale: Scale::Integer,
            step: 1.0,
            ..self
        }
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
