//! Numbers that a person may set.

use std::borrow::Cow;

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
    /// The step of a spin button, where that does not go by factors.
    pub step: f64,
    /// How a slider runs over the range.
    pub scale: Scale,
}

/// How a control runs over its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By factors; where the range begins at 0, they begin at the step.
    Logarithmic,
    /// Over whole numbers.
    Integer,
    /// Over these names, counted from 0.
    Choice(&'static [&'static str]),
}

impl Hyperparameter {
    /// One whose slider runs evenly from `min` to `max`.
    pub(crate) fn linear(name: &'static str, label: &'static str, help: &'static str) -> Self {
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

    /// One of `names`; the first is the default.
    pub(crate) fn choice(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        names: &'static [&'static str],
    ) -> Self {
        Hyperparameter {
            scale: Scale::Choice(names),
            step: 1.0,
            ..Hyperparameter::linear(name, label, help).over(
                0.0,
                0.0,
                names.len().max(1) as f64 - 1.0,
            )
        }
    }

    /// The same, from `min` to `max`, with another default.
    pub(crate) fn over(self, default: f64, min: f64, max: f64) -> Self {
        Hyperparameter {
            default,
            min,
            max,
            ..self
        }
    }

    /// The same, by factors.
    pub(crate) fn by_factors(self) -> Self {
        Hyperparameter {
            scale: Scale::Logarithmic,
            step: 0.01,
            ..self
        }
    }

    /// The same, over whole numbers.
    pub(crate) fn whole(self) -> Self {
        Hyperparameter {
            scale: Scale::Integer,
            step: 1.0,
            ..self
        }
    }
}
