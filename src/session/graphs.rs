//! The graphs of a session: update, evaluate, score.

use super::metrics::{self, PAIR_METRICS, UPDATE_METRICS};
use crate::graph::{Builder, DType, Graph, GraphError, Shape};
use crate::objective::{Hyper, Objective, PairScores, Score};
use crate::optimizer::AdamW;
use crate::policy::{Parameter, Policy, PolicyScores, Weights};

/// The inputs of the update for the reference's cached scores.
pub(crate) const REFERENCE_CHOSEN: &str = "reference/chosen";
pub(crate) const REFERENCE_REJECTED: &str = "reference/rejected";
/// The input of the evaluation for the log-probabilities of the reference's choices.
const REFERENCE_CHOICES: &str = "reference/choices";
/// The output of the update that tells which gradient broke.
pub(super) const GRADIENT_SQUARES: &str = "gradient_squares";

/// One update of the policy on a batch of `pairs` pairs. Outputs: the means of
/// [`PAIR_METRICS`], the gradient's norm and the squared norm of each part of it.
pub(crate) fn update<P: Policy>(
    policy: &P,
    objective: &dyn Objective,
    optimizer: &AdamW,
    parameters: &[Parameter],
    layout: P::Layout,
    pairs: usize,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let weights = Weights::new(&builder, Weights::POLICY);
    let hyper = Hyper::new(&builder);
    let scores = policy.scores(&weights, layout);
    let both = pair_scores(&scores, [pairs]);
    let losses = objective.losses(&both, &hyper);
    let report = optimizer.minimise(&builder, losses.mean(), parameters);
    let measured = metrics::pair_metrics(losses, &both, &scores, &hyper);
    for (metric, values) in PAIR_METRICS.iter().zip(measured) {
        builder.output(metric.name, values.mean());
    }
    builder.output(UPDATE_METRICS[0].name, report.norm);
    builder.output(GRADIENT_SQUARES, report.squares);
    builder.finish()
}

/// The policy against what [`reference`] gives. Outputs: [`PAIR_METRICS`] and the divergence, one
/// value a pair.
pub(super) fn evaluate<P: Policy>(
    policy: &P,
    objective: &dyn Objective,
    layout: P::Layout,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let hyper = Hyper::new(&builder);
    let own = policy.scores(&Weights::new(&builder, Weights::POLICY), layout);
    let both = pair_scores(&own, own.chosen.shape());
    let losses = objective.losses(&both, &hyper);
    let measured = metrics::pair_metrics(losses, &both, &own, &hyper);
    for (metric, values) in PAIR_METRICS.iter().zip(measured) {
        builder.output(metric.name, values);
    }
    let reference = builder.input(REFERENCE_CHOICES, DType::F32, own.choices.shape());
    let divergence = policy.divergence(own.choices, reference, layout);
    builder.output(metrics::DIVERGENCE.name, divergence);
    builder.finish()
}

/// The scores of one set of weights. Outputs: `chosen` and `rejected`, one value a pair.
pub(crate) fn score<P: Policy>(
    policy: &P,
    scope: &'static str,
    layout: P::Layout,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let scores = policy.scores(&Weights::new(&builder, scope), layout);
    builder.output("chosen", scores.chosen);
    builder.output("rejected", scores.rejected);
    builder.finish()
}

/// All that an evaluation asks of the reference. Outputs: the evaluation's inputs by their names.
pub(super) fn reference<P: Policy>(policy: &P, layout: P::Layout) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let scores = policy.scores(&Weights::new(&builder, Weights::REFERENCE), layout);
    builder.output(REFERENCE_CHOSEN, scores.chosen);
    builder.output(REFERENCE_REJECTED, scores.rejected);
    builder.output(REFERENCE_CHOICES, scores.choices);
    builder.finish()
}

/// The policy's scores with those of the reference, which are fed.
fn pair_scores<'g>(policy: &PolicyScores<'g>, pairs: impl Into<Shape>) -> PairScores<'g> {
    let (builder, pairs) = (policy.chosen.builder(), pairs.into());
    let fed = |name| builder.input(name, DType::F32, pairs.clone());
    PairScores {
        chosen: Score {
            policy: policy.chosen,
            reference: fed(REFERENCE_CHOSEN),
        },
        rejected: Score {
            policy: policy.rejected,
            reference: fed(REFERENCE_REJECTED),
        },
    }
}
