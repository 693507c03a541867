//! A loss that a person writes, over the two sides of each pair.

use super::expression::{Expression, ExpressionError};
use super::hyper::{self, Hyperparameter};
use super::{Hyper, Losses, Objective, Scores};
use crate::graph::Expr;

/// The name of the method.
pub const NAME: &str = "custom";
/// What a custom loss starts from: DPO.
pub const EXAMPLE: &str = "-logsigmoid(beta * ((lw - rw) - (ll - rl)))";

/// What a custom loss may read of a pair, and what that is.
pub const MEASURED: [(&str, &str); 6] = [
    ("lw", "log π of the chosen answer"),
    ("ll", "log π of the rejected answer"),
    ("rw", "log π_ref of the chosen answer"),
    ("rl", "log π_ref of the rejected answer"),
    ("nw", "tokens in the chosen answer"),
    ("nl", "tokens in the rejected answer"),
];

/// Methods of this program as a person would write them: what one's own loss may start from.
pub const FORMS: [(&str, &str); 19] = [
    (
        "dpo",
        "-(1 - label_smoothing) * logsigmoid(beta * ((lw - rw) - (ll - rl))) \
         - label_smoothing * logsigmoid(-beta * ((lw - rw) - (ll - rl)))",
    ),
    ("hinge", "relu(1 - beta * ((lw - rw) - (ll - rl)))"),
    (
        "ipo",
        "square((lw - rw) / nw - (ll - rl) / nl - 0.5 / beta)",
    ),
    (
        "robust",
        "(label_smoothing * logsigmoid(-beta * ((lw - rw) - (ll - rl))) \
         - (1 - label_smoothing) * logsigmoid(beta * ((lw - rw) - (ll - rl)))) / (1 - 2 * label_smoothing)",
    ),
    (
        "sigmoid_norm",
        "-logsigmoid(beta * ((lw - rw) / nw - (ll - rl) / nl))",
    ),
    (
        "dpop",
        "-logsigmoid(beta * ((lw - rw) - (ll - rl) - lambda * relu(rw - lw)))",
    ),
    (
        "js_divergence",
        "-logsigmoid(beta * (logsigmoid(lw - rw) - logsigmoid(ll - rl)))",
    ),
    (
        "forward_kl",
        "-logsigmoid(beta * (exp(min(rl - ll, 80)) - exp(min(rw - lw, 80))))",
    ),
    (
        "nca_pair",
        "-logsigmoid(beta * (lw - rw)) - (logsigmoid(-beta * (lw - rw)) + logsigmoid(-beta * (ll - rl))) / 2",
    ),
    (
        "bco_pair",
        "-logsigmoid(beta * (lw - rw)) - logsigmoid(-beta * (ll - rl))",
    ),
    (
        "sppo_hard",
        "square(lw - rw - 0.5 / beta) + square(ll - rl + 0.5 / beta)",
    ),
    (
        "apo_zero",
        "1 - sigmoid(beta * (lw - rw)) + sigmoid(beta * (ll - rl))",
    ),
    (
        "apo_down",
        "sigmoid(beta * (lw - rw)) + 1 - sigmoid(beta * ((lw - rw) - (ll - rl)))",
    ),
    (
        "flex_dpo",
        "-logsigmoid(beta * (lw - rw) - beta_rejected * (ll - rl))",
    ),
    ("simpo", "-logsigmoid(beta * (lw / nw - ll / nl) - gamma)"),
    (
        "orpo",
        "-lw / nw - lambda * logsigmoid(lw / nw - log(1 - exp(lw / nw)) - ll / nl + log(1 - exp(ll / nl)))",
    ),
    (
        "asft",
        "-(1 + lambda) * lw / nw - lambda * log(1 - exp(ll / nl))",
    ),
    ("slic", "relu(delta - lw + ll) - lambda * lw"),
    ("npo", "2 * softplus(beta * (ll - rl)) / beta"),
];

/// How a person would write the method called `name`, if it is one of [`FORMS`].
pub fn form(name: &str) -> Option<&'static str> {
    let form = FORMS.iter().find(|(method, _)| *method == name);
    form.map(|(_, text)| *text)
}

/// The objective that `text` writes. Names other than [`MEASURED`] become hyper-parameters.
pub fn custom(text: &str) -> Result<Objective, ExpressionError> {
    let expression = Expression::parse(text, &MEASURED.map(|(name, _)| name))?;
    let hyperparameter = |name: &String| match name.as_str() {
        "beta" => hyper::beta(0.1),
        _ => Hyperparameter {
            name: name.clone().into(),
            label: name.clone().into(),
            help: "A number of your own formula.".into(),
            ..Hyperparameter::linear("", "", "")
                .over(1.0, 0.0, 100.0)
                .by_factors()
        },
    };
    Ok(Objective {
        summary: "A loss of your own, over the log-probabilities of both answers.",
        source: "You",
        hyperparameters: expression.parameters().iter().map(hyperparameter).collect(),
        losses: Losses::Written(expression),
        ..Objective::over_pairs(NAME, "Your own loss", |scores, _| scores.score(0).policy)
    })
}

/// The losses of each pair, `[B]`.
pub(super) fn losses<'g>(
    expression: &Expression,
    scores: &Scores<'g>,
    hyper: &Hyper<'g>,
) -> Expr<'g> {
    let pair = scores.pair();
    let value = |name: &str| match name {
        "lw" => pair.chosen.policy,
        "ll" => pair.rejected.policy,
        "rw" => pair.chosen.reference,
        "rl" => pair.rejected.reference,
        "nw" => pair.chosen.length,
        "nl" => pair.rejected.length,
        parameter => hyper.get(parameter),
    };
    let builder = pair.chosen.policy.builder();
    expression
        .build(builder, &value)
        .broadcast_to([scores.groups()])
}
