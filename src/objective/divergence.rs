//! DPO under other divergences than the reverse KL: f-DPO (Wang et al. 2023, Beyond Reverse KL,
//! arXiv 2309.16240, tab. 1). A log-ratio is replaced by f′(π/π_ref), up to constants, which cancel in
//! the margin. As TRL's `f_divergence_type`.

use super::hyper::{self, Hyperparameter};
use super::{Hyper, Objective, Scores, latex};
use crate::graph::Expr;

const LN_2: f64 = std::f64::consts::LN_2;
/// e to this is still a number in f32; TRL's bound as well.
const LARGEST_EXPONENT: f32 = 80.0;

pub(super) fn family() -> Vec<Objective> {
    let source = "Wang et al. 2023, Beyond Reverse KL: f-DPO, tab. 1";
    vec![
        Objective {
            summary: "DPO under the Jensen–Shannon divergence: rewards saturate, so that nothing is driven to certainty.",
            source,
            formula: latex(
                r"-\log\sigma\left(\beta\left[\log\frac{2u_w}{1+u_w}-\log\frac{2u_l}{1+u_l}\right]\right),\quad u=\frac{\pi_\theta(y|x)}{\pi_\text{ref}(y|x)}",
            ),
            at_reference: Some(LN_2),
            ..Objective::over_pairs("js_divergence", "f-DPO, Jensen–Shannon", jensen_shannon)
        },
        Objective {
            summary: "DPO under the forward KL: lowering an answer below its reference costs ever more.",
            source,
            formula: latex(
                r"-\log\sigma\left(\beta\left[\frac{1}{u_l}-\frac{1}{u_w}\right]\right),\quad u=\frac{\pi_\theta(y|x)}{\pi_\text{ref}(y|x)}",
            ),
            at_reference: Some(LN_2),
            ..Objective::over_pairs("forward_kl", "f-DPO, forward KL", forward_kl)
        },
        Objective {
            summary: "DPO under an α-divergence, between the forward (0) and the reverse KL (1).",
            source,
            formula: latex(
                r"-\log\sigma\left(\beta\,\frac{u_w^{\alpha-1}-u_l^{\alpha-1}}{\alpha-1}\right),\quad u=\frac{\pi_\theta(y|x)}{\pi_\text{ref}(y|x)}",
            ),
            hyperparameters: vec![
                hyper::beta(0.1),
                Hyperparameter::linear(
                    "alpha",
                    "alpha",
                    "Which divergence: near 0 the forward KL, near 1 the reverse KL.",
                )
                .over(0.5, 0.05, 0.95),
            ],
            at_reference: Some(LN_2),
            ..Objective::over_pairs("alpha_divergence", "f-DPO, α-divergence", alpha_divergence)
        },
    ]
}

/// DPO with `score` of a log-ratio in the log-ratio's place.
fn loss<'g>(
    scores: &Scores<'g>,
    hyper: &Hyper<'g>,
    score: impl Fn(Expr<'g>) -> Expr<'g>,
) -> Expr<'g> {
    let pair = scores.pair();
    let margin = score(pair.chosen.log_ratio()) - score(pair.rejected.log_ratio());
    (-(hyper.get("beta") * margin)).softplus()
}

fn bounded_exp(exponent: Expr) -> Expr {
    exponent
        .min(exponent.builder().constant(LARGEST_EXPONENT))
        .exp()
}

/// ln 2 + ln σ(log-ratio), without the constant.
fn jensen_shannon<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    loss(scores, hyper, |log_ratio| -(-log_ratio).softplus())
}

fn forward_kl<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    loss(scores, hyper, |log_ratio| -bounded_exp(-log_ratio))
}

fn alpha_divergence<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let power = hyper.get("alpha") - 1.0;
    loss(scores, hyper, |log_ratio| {
        bounded_exp(log_ratio * power) / power
    })
}
