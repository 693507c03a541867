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

/// The objective that `text` writes. Names other than [`MEASURED`] become hyper-parameters.
pub fn custom(text: &str) -> Result<Objective, ExpressionError> {
    let expression = Expression::parse(text, &MEASURED.map(|(name, _)| name))?;
    let hyperparameter = |name: &String| match name.as_str() {
        "beta" => hyper::beta(0.1),
        _ => Hyperparameter {
            name: name.clone().into(),
            label: name.clone().into(),
            help: "A number of your own formula.".into(),
            ..Hyperparameter::linear("", "", "").over(1.0, 0.0, 100.0)
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
