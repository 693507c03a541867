//! The graphs of a session: update, evaluate, score.

use super::metrics::{self, PAIR_METRICS, UPDATE_METRICS};
use crate::graph::{Builder, DType, Graph, GraphError};
use crate::objective::{Hyper, Objective, PairScores, Score};
use crate::optimizer::AdamW;
use crate::policy::{Parameter, Policy, PolicyScores, Weights};

/// The inputs of the update for the reference's cached scores.
pub(crate) const REFERENCE_CHOSEN: &str = "reference/chosen";
pub(crate) const REFERENCE_REJECTED: &str = "reference/rejected";
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
    let cached = |name| builder.input(name, DType::F32, [pairs]);
    let both = PairScores {
        chosen: Score {
            policy: scores.chosen,
            reference: cached(REFERENCE_CHOSEN),
        },
        rejected: Score {
            policy: scores.rejected,
            reference: cached(REFERENCE_REJECTED),
        },
    };
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

/// The policy against its live reference. Outputs: [`PAIR_METRICS`] and the divergence,
/// one value a pair.
pub(super) fn evaluate<P: Policy>(
    policy: &P,
    objective: &dyn Objective,
    layout: P::Layout,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let hyper = Hyper::new(&builder);
    let scores = |scope| policy.scores(&Weights::new(&builder, scope), layout);
    let (own, reference) = (scores(Weights::POLICY), scores(Weights::REFERENCE));
    let both = pair_scores(&own, &reference);
    let losses = objective.losses(&both, &hyper);
    let measured = metrics::pair_metrics(losses, &both, &own, &hyper);
    for (metric, values) in PAIR_METRICS.iter().zip(measured) {
        builder.output(metric.name, values);
    }
    let divergence = policy.divergence(&own, &reference, layout);
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

fn pair_scores<'g>(policy: &PolicyScores<'g>, reference: &PolicyScores<'g>) -> PairScores<'g> {
    PairScores {
        chosen: Score {
            policy: policy.chosen,
            reference: reference.chosen,
        },
        rejected: Score {
            policy: policy.rejected,
            reference: reference.rejected,
        },
    }
}
