//! The graphs of a session: update, evaluate, score.

use super::metrics;
use crate::graph::{Builder, DType, Expr, Graph, GraphError};
use crate::objective::{Against, Column, Hyper, Objective, Score, Scores};
use crate::optimizer::AdamW;
use crate::policy::{Parameter, Policy, Scoring, Weights};

/// The input for the reference's log-probabilities of what was chosen, `[T]`.
pub(crate) const REFERENCE: &str = "reference/choices";
/// The input of the evaluation for its log-probabilities of every alternative, `[T, alternatives]`.
const REFERENCE_ALTERNATIVES: &str = "reference/alternatives";
/// The input of a weighted update for the weight of each group, `[B]`: of exact expectations they are 1 together,
/// of weighted pairs on average over all batches.
pub(super) const WEIGHTS: &str = "batch/weights";
/// The input of a batch with missing samples: 1 for each that was given, 0 for the others, `[N]`.
pub(super) const PRESENT: &str = "batch/present";
/// The output of [`score`].
pub(crate) const CHOICES: &str = "choices";
/// The output of an update against an earlier checkpoint for the log-ratios of its samples, column after column.
pub(super) const LOG_RATIOS: &str = "log_ratios";
/// The output of the update that tells which gradient broke.
pub(super) const GRADIENT_SQUARES: &str = "gradient_squares";

/// The static shape of an update's batch.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BatchShape<L> {
    /// That of all samples.
    pub(crate) layout: L,
    /// B.
    pub(crate) groups: usize,
    /// How many samples of each group are repeated ones.
    pub(crate) repeated: usize,
    /// Whether each group is fed a weight of its own; if not, all have the same.
    pub(crate) weighted: bool,
    /// Whether samples may be missing.
    pub(crate) one_sided: bool,
    /// The scope of the weights that score the batch for the reference; its scores are fed if there is none.
    pub(crate) reference: Option<&'static str>,
}

impl<L> BatchShape<L> {
    /// The sum of `losses [B]` by the weights of the groups; their mean, if there are none.
    fn total<'g>(&self, losses: Expr<'g>) -> Expr<'g> {
        match self.weights(losses) {
            Some(weights) => (losses * weights).sum_all(),
            None => losses.mean(),
        }
    }

    /// The mean of `values [B]` by the weights of the groups, over those that are `present [B]`.
    fn mean<'g>(&self, values: Expr<'g>, present: Option<Expr<'g>>) -> Expr<'g> {
        let both = self.weights(values).into_iter().chain(present);
        match both.reduce(|weights, present| weights * present) {
            Some(weights) => (values * weights).sum_all() / weights.sum_all(),
            None => values.mean(),
        }
    }

    fn weights<'g>(&self, like: Expr<'g>) -> Option<Expr<'g>> {
        let weights = || like.builder().input(WEIGHTS, DType::F32, [self.groups]);
        self.weighted.then(weights)
    }
}

/// One update of the policy on a batch. Outputs: the means of what is measured on each group, the
/// gradient's norm and the squared norm of each part of it.
pub(crate) fn update<P: Policy>(
    policy: &P,
    objective: &Objective,
    optimizer: &AdamW,
    parameters: &[Parameter],
    batch: BatchShape<P::Layout>,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let hyper = Hyper::new(&builder);
    let columns = objective.columns(batch.repeated);
    let own = policy.scores(&Weights::new(&builder, Weights::POLICY), batch.layout);
    let reference = match batch.reference {
        // Nothing is compared with it.
        _ if objective.scoring == Scoring::Distillation => own.log_probs,
        Some(scope) => {
            let weights = Weights::new(&builder, scope);
            policy.scores(&weights, batch.layout).log_probs
        }
        None => fed_reference(&builder, own.log_probs),
    };
    let scores = Scores::new(own, reference, batch.groups, (0..columns.len()).collect());
    let given = present(&builder, batch.one_sided, &scores);
    let scores = scores.where_present(given);
    let losses = objective.losses(&scores, &hyper);
    let report = optimizer.minimise(&builder, batch.total(losses), parameters);
    // A node of its own fuses with what is measured beside it.
    builder.output("loss", batch.total(losses));
    for (name, values) in metrics::group_metrics(objective, &scores, &hyper, &columns) {
        builder.output(
            name,
            batch.mean(values, scores.present(metrics::sides_of(name))),
        );
    }
    if objective.against != Against::Reference {
        let ratios: Vec<Expr> = scores.all().iter().map(Score::log_ratio).collect();
        builder.output(LOG_RATIOS, builder.concat(0, &ratios));
    }
    builder.output("grad_norm", report.norm);
    builder.output(GRADIENT_SQUARES, report.squares);
    builder.finish()
}

/// One update of a policy's follower on samples, each by its weight; `parameters` are the follower's. The output
/// "loss".
pub(super) fn follow<P: Policy>(
    policy: &P,
    optimizer: &AdamW,
    parameters: &[Parameter],
    layout: P::Layout,
    samples: usize,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let own = policy.scores(&Weights::new(&builder, Weights::FOLLOWER), layout);
    let weights = builder.input(WEIGHTS, DType::F32, [samples]);
    let loss = -(own.choices.sums(own.log_probs) * weights).mean();
    optimizer.minimise(&builder, loss, parameters);
    builder.output("loss", loss);
    builder.finish()
}

/// The loss of a batch: the output "loss".
pub(super) fn loss<P: Policy>(
    policy: &P,
    objective: &Objective,
    batch: BatchShape<P::Layout>,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let hyper = Hyper::new(&builder);
    let columns = objective.columns(batch.repeated).len();
    let own = policy.scores(&Weights::new(&builder, Weights::POLICY), batch.layout);
    let reference = fed_reference(&builder, own.log_probs);
    let scores = Scores::new(own, reference, batch.groups, (0..columns).collect());
    let given = present(&builder, batch.one_sided, &scores);
    let scores = scores.where_present(given);
    builder.output("loss", batch.total(objective.losses(&scores, &hyper)));
    builder.finish()
}

/// The policy on pairs, against what [`reference`] gives. Outputs, one value a pair: what is measured on
/// each, the divergence, and the loss where a pair by itself has one.
pub(super) fn evaluate<P: Policy>(
    policy: &P,
    objective: &Objective,
    layout: P::Layout,
    pairs: usize,
    one_sided: bool,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let hyper = Hyper::new(&builder);
    let own = policy.scores(&Weights::new(&builder, Weights::POLICY), layout);
    let reference = fed_reference(&builder, own.log_probs);
    let both = Scores::new(own, reference, pairs, vec![0, 1]);
    let given = present(&builder, one_sided, &both);
    let both = both.where_present(given);
    let columns = [Column::Chosen, Column::Rejected];
    for (name, values) in metrics::group_metrics(objective, &both, &hyper, &columns) {
        builder.output(name, values);
    }
    builder.output(metrics::CHOSEN_LENGTH, both.score(0).length);
    let alternatives = both.alternatives.numbers().shape();
    let reference = builder.input(REFERENCE_ALTERNATIVES, DType::F32, alternatives);
    builder.output("kl", both.divergence(reference));
    if let Some(columns) = objective.columns_of_a_pair() {
        builder.output("loss", objective.losses(&both.of(columns), &hyper));
    }
    builder.finish()
}

/// What each choice adds to log π of its sample under one set of weights: the output [`CHOICES`], `[T]`.
pub(crate) fn score<P: Policy>(
    policy: &P,
    scope: &'static str,
    layout: P::Layout,
) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let scores = policy.scores(&Weights::new(&builder, scope), layout);
    builder.output(CHOICES, scores.log_probs * scores.choices.weights);
    builder.finish()
}

/// All that an evaluation asks of the reference. Outputs: the evaluation's inputs by their names.
pub(super) fn reference<P: Policy>(policy: &P, layout: P::Layout) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    let scores = policy.scores(&Weights::new(&builder, Weights::REFERENCE), layout);
    builder.output(REFERENCE, scores.log_probs);
    builder.output(REFERENCE_ALTERNATIVES, scores.alternatives.numbers());
    builder.finish()
}

/// Which samples of a batch were given, where some may be missing.
fn present<'g>(builder: &'g Builder, one_sided: bool, scores: &Scores<'g>) -> Option<Expr<'g>> {
    let samples = scores.width() * scores.groups();
    one_sided.then(|| builder.input(PRESENT, DType::F32, [samples]))
}

/// The reference's log-probabilities, like those of the policy.
fn fed_reference<'g>(builder: &'g Builder, policy: Expr<'g>) -> Expr<'g> {
    builder.input(REFERENCE, DType::F32, policy.shape())
}
