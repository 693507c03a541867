//! Updates that are told only what to avoid.

use std::borrow::Cow;

use super::hyper::{self, Hyperparameter};
use super::{Column, Hyper, Objective, Scores, latex};
use crate::graph::Expr;

const LN_2: f64 = std::f64::consts::LN_2;

pub(super) fn family() -> Vec<Objective> {
    let alpha = "How strongly the avoided answer is pushed away from its reference.";
    let samples = "Answers of the policy's own that stand against each avoided one.";
    let refresh = "After so many updates they are drawn anew, from the policy as it then stands; 0 keeps the first.";
    vec![
        Objective {
            summary: "Pushes the rejected answer away and anchors the policy to a handful of its own answers. Needs no chosen ones.",
            source: "Duan et al. 2024, Negating Negatives (D²O), arXiv 2403.03419v2, eq. 3 and its K, α, β; both references the initial policy",
            formula: latex(
                r"-\log\sigma\left(\frac{\beta}{K}\sum_{i=1}^{K}\log\frac{\pi_\theta(y_i|x)}{\pi_\text{ref}(y_i|x)}-\alpha\log\frac{\pi_\theta(y_l|x)}{\pi_\text{ref}(y_l|x)}\right),\quad y_i\sim\pi_\text{ref}",
            ),
            hyperparameters: vec![
                hyper::beta(0.1),
                Hyperparameter {
                    name: "alpha".into(),
                    label: "alpha".into(),
                    help: alpha.into(),
                    ..hyper::beta(0.1)
                },
                Hyperparameter::linear("samples", "Own samples K", samples)
                    .over(11.0, 1.0, 16.0)
                    .whole(),
                Hyperparameter::linear("refresh", "Draw anew after", refresh)
                    .over(0.0, 0.0, 1000.0)
                    .whole(),
            ],
            columns: Cow::Borrowed(&[Column::Rejected]),
            repeated: Some(Column::Kept),
            at_reference: Some(LN_2),
            ..Objective::over_pairs("d2o", "D²O", d2o)
        },
        Objective {
            summary: "Plain gradient ascent on the rejected answer's loss: forgets it, and soon everything else.",
            source: "Jang et al. 2022, Knowledge Unlearning; the baseline of D²O and NPO",
            formula: latex(r"\log\pi_\theta(y_l|x)"),
            hyperparameters: Vec::new(),
            columns: Cow::Borrowed(&[Column::Rejected]),
            ..Objective::over_pairs("gradient_ascent", "Gradient ascent", gradient_ascent)
        },
        Objective {
            summary: "Gradient ascent that slows down as the rejected answer falls below its reference.",
            source: "Zhang et al. 2024, Negative Preference Optimization (NPO), eq. 3; recalled, not read again",
            formula: latex(
                r"\frac{2}{\beta}\log\left(1+\left(\frac{\pi_\theta(y_l|x)}{\pi_\text{ref}(y_l|x)}\right)^{\beta}\right)",
            ),
            columns: Cow::Borrowed(&[Column::Rejected]),
            ..Objective::over_pairs("npo", "NPO", npo)
        },
    ]
}

/// The avoided answer comes first, then the K samples.
fn d2o<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let avoided = scores.score(0).log_ratio();
    let samples = (1..scores.width()).map(|index| scores.score(index).log_ratio());
    let count = (scores.width() - 1) as f32;
    let mean = samples.fold(avoided * 0.0, |sum, log_ratio| sum + log_ratio) / count;
    (-(hyper.get("beta") * mean - hyper.get("alpha") * avoided)).softplus()
}

fn gradient_ascent<'g>(scores: &Scores<'g>, _hyper: &Hyper<'g>) -> Expr<'g> {
    scores.score(0).policy
}

fn npo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let beta = hyper.get("beta");
    2.0 * (beta * scores.score(0).log_ratio()).softplus() / beta
}
