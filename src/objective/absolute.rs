//! Losses that hold each answer's own implicit reward β log(π/π_ref) to a value, not only the
//! difference of two. Names and defaults are those of TRL's `DPOTrainer` and `KTOTrainer`.

use std::borrow::Cow;

use super::hyper::{self, Hyperparameter};
use super::{Column, Hyper, Objective, Scores, latex};
use crate::graph::Expr;

const LN_2: f64 = std::f64::consts::LN_2;

pub(super) fn family() -> Vec<Objective> {
    let lambda = |name, label, help| Hyperparameter::linear(name, label, help).over(1.0, 0.0, 4.0);
    vec![
        Objective {
            summary: "Tells chosen answers from the reference's own: their reward settles at ln 2 instead of growing.",
            source: "Chen et al. 2024, Noise Contrastive Alignment (NCA), pairwise form",
            formula: latex(
                r"-\log\sigma(r_w)-\tfrac12\log\sigma(-r_w)-\tfrac12\log\sigma(-r_l),\quad r=\beta\log\frac{\pi_\theta(y|x)}{\pi_\text{ref}(y|x)}",
            ),
            hyperparameters: vec![hyper::beta(0.01)],
            at_reference: Some(2.0 * LN_2),
            apart: true,
            ..Objective::over_pairs("nca_pair", "NCA", nca)
        },
        Objective {
            summary: "Classifies each answer by itself: chosen as good, rejected as bad.",
            source: "Jung et al. 2024, Binary Classifier Optimization (BCO), without its running mean, as TRL 1.16",
            formula: latex(
                r"-\log\sigma(r_w)-\log\sigma(-r_l),\quad r=\beta\log\frac{\pi_\theta(y|x)}{\pi_\text{ref}(y|x)}",
            ),
            hyperparameters: vec![hyper::beta(0.01)],
            at_reference: Some(2.0 * LN_2),
            apart: true,
            ..Objective::over_pairs("bco_pair", "BCO", bco)
        },
        Objective {
            summary: "Regresses the chosen log-ratio to 1/(2 beta) and the rejected one to −1/(2 beta).",
            source: "Wu et al. 2024, Self-Play Preference Optimization, hard labels; default beta as TRL's",
            formula: latex(
                r"\left(a-\frac{1}{2\beta}\right)^2+\left(b+\frac{1}{2\beta}\right)^2,\quad a=\log\frac{\pi_\theta(y_w|x)}{\pi_\text{ref}(y_w|x)},\; b=\log\frac{\pi_\theta(y_l|x)}{\pi_\text{ref}(y_l|x)}",
            ),
            apart: true,
            ..Objective::over_pairs("sppo_hard", "SPPO, hard labels", sppo_hard)
        },
        Objective {
            summary: "Raises the chosen answer and lowers the rejected one, each towards its own limit.",
            source: "D'Oosterlinck et al. 2024, Anchored Preference Optimization (APO-zero)",
            formula: latex(
                r"1-\sigma(r_w)+\sigma(r_l),\quad r=\beta\log\frac{\pi_\theta(y|x)}{\pi_\text{ref}(y|x)}",
            ),
            at_reference: Some(1.0),
            apart: true,
            ..Objective::over_pairs("apo_zero", "APO-zero", apo_zero)
        },
        Objective {
            summary: "For a policy better than its data: lowers the chosen answer, and the rejected one more.",
            source: "D'Oosterlinck et al. 2024, Anchored Preference Optimization (APO-down)",
            formula: latex(
                r"\sigma(r_w)+1-\sigma(r_w-r_l),\quad r=\beta\log\frac{\pi_\theta(y|x)}{\pi_\text{ref}(y|x)}",
            ),
            at_reference: Some(1.0),
            ..Objective::over_pairs("apo_down", "APO-down", apo_down)
        },
        Objective {
            summary: "Needs no pairs: each answer's utility is judged against how far the policy has moved overall.",
            source: "Ethayarajh et al. 2024, KTO, eq. 8, through a transcription; z₀ from answers to other prompts",
            formula: latex(
                r"\lambda_D\left[1-\sigma(\beta(a-z_0))\right]+\lambda_U\left[1-\sigma(\beta(z_0-b))\right],\quad z_0=\max\left(0,\,\mathbb{E}\log\frac{\pi_\theta(y'|x)}{\pi_\text{ref}(y'|x)}\right)",
            ),
            hyperparameters: vec![
                hyper::beta(0.1),
                lambda(
                    "lambda_desirable",
                    "lambda, chosen",
                    "What a chosen answer counts.",
                ),
                lambda(
                    "lambda_undesirable",
                    "lambda, rejected",
                    "What a rejected answer counts.",
                ),
            ],
            columns: Cow::Borrowed(&[
                Column::Chosen,
                Column::Rejected,
                Column::MismatchedChosen,
                Column::MismatchedRejected,
            ]),
            coupled: true,
            at_reference: Some(1.0),
            apart: true,
            ..Objective::over_pairs("kto", "KTO", kto)
        },
        Objective {
            summary: "DPO with a weaker beta for the rejected answer, so that pushing it down stops earlier.",
            source: "Yan et al. 2024, 3D-Properties (Flex-DPO), arXiv 2406.07327, through reviews",
            formula: latex(
                r"-\log\sigma\left(\beta^+a-\beta^-b\right),\quad a=\log\frac{\pi_\theta(y_w|x)}{\pi_\text{ref}(y_w|x)},\; b=\log\frac{\pi_\theta(y_l|x)}{\pi_\text{ref}(y_l|x)}",
            ),
            hyperparameters: vec![
                hyper::beta(0.1),
                Hyperparameter {
                    name: "beta_rejected".into(),
                    label: "beta, rejected".into(),
                    help: "As beta, for the rejected answer alone.".into(),
                    ..hyper::beta(0.05)
                },
            ],
            at_reference: Some(LN_2),
            ..Objective::over_pairs("flex_dpo", "Flex-DPO", flex_dpo)
        },
    ]
}

/// The implicit rewards of both sides.
fn rewards<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> [Expr<'g>; 2] {
    let pair = scores.pair();
    [pair.chosen, pair.rejected].map(|side| hyper.get("beta") * side.log_ratio())
}

/// The sum of what the sides of each pair that were given add to its loss.
fn apart<'g>(scores: &Scores<'g>, [chosen, rejected]: [Expr<'g>; 2]) -> Expr<'g> {
    scores.counted(0, chosen) + scores.counted(1, rejected)
}

fn nca<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let [chosen, rejected] = rewards(scores, hyper);
    let chosen = (-chosen).softplus() + 0.5 * chosen.softplus();
    apart(scores, [chosen, 0.5 * rejected.softplus()])
}

fn bco<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let [chosen, rejected] = rewards(scores, hyper);
    apart(scores, [(-chosen).softplus(), rejected.softplus()])
}

fn sppo_hard<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (pair, target) = (scores.pair(), 0.5 / hyper.get("beta"));
    let chosen = (pair.chosen.log_ratio() - target).square();
    let rejected = (pair.rejected.log_ratio() + target).square();
    apart(scores, [chosen, rejected])
}

fn apo_zero<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let [chosen, rejected] = rewards(scores, hyper);
    apart(scores, [1.0 - chosen.sigmoid(), rejected.sigmoid()])
}

fn apo_down<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let [chosen, rejected] = rewards(scores, hyper);
    chosen.sigmoid() + 1.0 - (chosen - rejected).sigmoid()
}

fn flex_dpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let chosen = hyper.get("beta") * pair.chosen.log_ratio();
    (hyper.get("beta_rejected") * pair.rejected.log_ratio() - chosen).softplus()
}

/// z₀ is estimated from both answers of the next pair of the batch, and is a constant to the derivative.
fn kto<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (pair, beta) = (scores.pair(), hyper.get("beta"));
    let zero = beta.builder().constant(0.0);
    let moved = scores.mean([2, 3], |mismatched| mismatched.log_ratio());
    let moved = moved.max(zero).stop_gradient();
    let desirable = (beta * (pair.chosen.log_ratio() - moved)).sigmoid();
    let undesirable = (beta * (moved - pair.rejected.log_ratio())).sigmoid();
    let chosen = hyper.get("lambda_desirable") * (1.0 - desirable);
    let rejected = hyper.get("lambda_undesirable") * (1.0 - undesirable);
    apart(scores, [chosen, rejected])
}
