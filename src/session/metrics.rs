//! What a session measures, under TRL's names.

use std::ops::Range;

use crate::diagnostics::LogRatios;
use crate::engine::{HostTensor, Outputs};
use crate::graph::Expr;
use crate::objective::{Hyper, PairScores};
use crate::policy::PolicyScores;

/// A measured quantity.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// TRL's name where TRL has one.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What it is, with its unit.
    pub help: &'static str,
}

const fn metric(name: &'static str, title: &'static str, help: &'static str) -> Metric {
    Metric { name, title, help }
}

/// Measured for each pair and averaged: over the batch at every step, and with the
/// prefix `eval_` over the held-out pairs.
pub const PAIR_METRICS: [Metric; 10] = [
    metric("loss", "Loss", "The objective, averaged over pairs."),
    metric(
        "rewards/chosen",
        "Reward, chosen",
        "beta × (log π − log π_ref) of the chosen side: the implicit reward.",
    ),
    metric(
        "rewards/rejected",
        "Reward, rejected",
        "beta × (log π − log π_ref) of the rejected side.",
    ),
    metric(
        "rewards/margins",
        "Margin",
        "Reward of the chosen side minus that of the rejected side.",
    ),
    metric(
        "rewards/accuracies",
        "Accuracy",
        "The share of pairs whose chosen side has the larger reward.",
    ),
    metric(
        "logps/chosen",
        "log π, chosen",
        "Log-probability of the chosen completion, summed over its tokens with end-of-text, nats.",
    ),
    metric(
        "logps/rejected",
        "log π, rejected",
        "Log-probability of the rejected completion, nats.",
    ),
    metric(
        "logps/reference_chosen",
        "log π_ref, chosen",
        "The reference's log-probability of the chosen completion, nats.",
    ),
    metric(
        "logps/reference_rejected",
        "log π_ref, rejected",
        "The reference's log-probability of the rejected completion, nats.",
    ),
    metric(
        "entropy",
        "Entropy",
        "Entropy of the next token along the completions, averaged, nats.",
    ),
];

/// Measured at every step beside [`PAIR_METRICS`].
pub const UPDATE_METRICS: [Metric; 2] = [
    metric(
        "grad_norm",
        "Gradient norm",
        "The loss's gradient by all weights, before clipping.",
    ),
    metric(
        "learning_rate",
        "Learning rate",
        "The size of the step, warm-up included.",
    ),
];

/// Measured when the held-out pairs are (the training pairs, if there are none of those).
pub const DIVERGENCE: Metric = metric(
    "kl",
    "KL to the reference",
    "KL(π ‖ π_ref) of the next token, exact over the vocabulary, averaged along the completions of the held-out pairs, nats a token.",
);

/// The names of the columns of a [`Row`], in order.
pub fn columns() -> Vec<String> {
    let at_each_step = PAIR_METRICS.iter().chain(&UPDATE_METRICS);
    at_each_step
        .map(|metric| metric.name.to_owned())
        .chain(
            PAIR_METRICS
                .iter()
                .map(|metric| format!("{HELD_OUT_PREFIX}{}", metric.name)),
        )
        .chain([DIVERGENCE.name.to_owned()])
        .collect()
}

/// All metrics of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Updates made when it was measured, this one included.
    pub step: u32,
    /// One value for each of [`columns`]; NaN where nothing was measured.
    pub values: Vec<f32>,
}

/// TRL's prefix of what is measured on the held-out pairs.
pub(super) const HELD_OUT_PREFIX: &str = "eval_";

/// Where things stand in a [`Row`]: what an update measures.
pub(super) const UPDATE: Range<usize> = 0..PAIR_METRICS.len() + UPDATE_METRICS.len();
/// What an evaluation measures on the held-out pairs; the divergence comes last.
pub(super) const HELD_OUT: Range<usize> = UPDATE.end..UPDATE.end + MEASURED;
/// What an evaluation measures: [`PAIR_METRICS`] and [`DIVERGENCE`].
pub(super) const MEASURED: usize = PAIR_METRICS.len() + 1;

impl Row {
    pub(super) fn empty(step: u32) -> Self {
        Row {
            step,
            values: vec![f32::NAN; HELD_OUT.end],
        }
    }

    /// Fills some of the columns of [`HELD_OUT`] with what an evaluation measured.
    pub(super) fn fill(&mut self, columns: Range<usize>, means: &[f32; MEASURED]) {
        for column in columns {
            self.values[column] = means[column - HELD_OUT.start];
        }
    }

    /// The value in the column `name`; NaN if there is none.
    pub fn value(&self, name: &str) -> f32 {
        let place = |metrics: &[Metric], name| metrics.iter().position(|m| m.name == name);
        let column = match name.strip_prefix(HELD_OUT_PREFIX) {
            Some(name) => place(&PAIR_METRICS, name).map(|index| HELD_OUT.start + index),
            None if name == DIVERGENCE.name => Some(HELD_OUT.end - 1),
            None => place(&PAIR_METRICS, name)
                .or_else(|| place(&UPDATE_METRICS, name).map(|index| PAIR_METRICS.len() + index)),
        };
        column.map_or(f32::NAN, |column| self.values[column])
    }

    /// The mean log-ratios among the columns with `prefix`: "", or [`HELD_OUT_PREFIX`].
    pub(super) fn log_ratios(&self, prefix: &str) -> LogRatios {
        let log_ratio = |side: &str| {
            let log_prob = |of: &str| self.value(&format!("{prefix}logps/{of}"));
            log_prob(side) - log_prob(&format!("reference_{side}"))
        };
        LogRatios {
            chosen: log_ratio("chosen"),
            rejected: log_ratio("rejected"),
        }
    }
}

/// The means of [`PAIR_METRICS`] and of [`DIVERGENCE`] over what the runs of an evaluation gave, each for so
/// many pairs: the first of those that it was filled up to.
pub(super) fn means<'a>(parts: impl Iterator<Item = (&'a Outputs, usize)>) -> [f32; MEASURED] {
    let (mut sums, mut count) = ([0.0; MEASURED], 0);
    for (outputs, pairs) in parts {
        count += pairs;
        let names = PAIR_METRICS.iter().chain([&DIVERGENCE]);
        for (sum, metric) in sums.iter_mut().zip(names) {
            let values = outputs.get(metric.name).map_or(&[][..], HostTensor::as_f32);
            *sum += values.iter().take(pairs).sum::<f32>();
        }
    }
    sums.map(|sum| sum / count as f32)
}

/// The nodes of [`PAIR_METRICS`], each `[B]`, in their order.
pub(super) fn pair_metrics<'g>(
    losses: Expr<'g>,
    pairs: &PairScores<'g>,
    policy: &PolicyScores<'g>,
    hyper: &Hyper<'g>,
) -> [Expr<'g>; PAIR_METRICS.len()] {
    let beta = hyper.get("beta");
    let (chosen, rejected) = (
        beta * pairs.chosen.log_ratio(),
        beta * pairs.rejected.log_ratio(),
    );
    [
        losses,
        chosen,
        rejected,
        chosen - rejected,
        chosen.greater(rejected),
        pairs.chosen.policy,
        pairs.rejected.policy,
        pairs.chosen.reference,
        pairs.rejected.reference,
        policy.entropy,
    ]
}
