//! Losses of the margin h = log(π/π_ref)(y_w) − log(π/π_ref)(y_l) alone, as DPO is: other curves over
//! the same quantity. Names and defaults are those of TRL's `DPOTrainer` and its paper index.

use super::hyper::{self, Hyperparameter};
use super::{Hyper, Objective, Scores, dpo, latex};
use crate::graph::Expr;

const LN_2: f64 = std::f64::consts::LN_2;

pub(super) fn family() -> Vec<Objective> {
    let tau = "How sharply the loss passes from its logistic to its exponential part.";
    vec![
        Objective {
            summary: "Asks for a margin of 1/beta, then asks for nothing more.",
            source: "Zhao et al. 2023, SLiC-HF, relative to a reference as in RSO (Liu et al. 2023) and TRL",
            formula: latex(r"\max\left(0,\,1-\beta h\right)"),
            at_reference: Some(1.0),
            ..Objective::over_pairs("hinge", "Hinge", hinge)
        },
        Objective {
            summary: "Regresses the margin per token to 1/(2 beta): it can be reached, so nothing runs off.",
            source: "Azar et al. 2023, A General Theoretical Paradigm, eq. 17; per-token averages as in TRL",
            formula: latex(
                r"\left(\frac{1}{|y_w|}\log\frac{\pi_\theta(y_w|x)}{\pi_\text{ref}(y_w|x)}-\frac{1}{|y_l|}\log\frac{\pi_\theta(y_l|x)}{\pi_\text{ref}(y_l|x)}-\frac{1}{2\beta}\right)^2",
            ),
            ..Objective::over_pairs("ipo", "IPO", ipo)
        },
        Objective {
            summary: "Matches the reverse KL divergence to a smoothed label: stops where the label's odds are met.",
            source: "Ji et al. 2024, Towards Efficient Exact Optimization (EXO), eq. 16",
            formula: latex(
                r"\sigma(s)\log\frac{\sigma(s)}{1-\varepsilon}+\sigma(-s)\log\frac{\sigma(-s)}{\varepsilon},\quad s=\beta h",
            ),
            hyperparameters: vec![hyper::beta(0.1), hyper::label_smoothing(0.001, 0.0001, 0.5)],
            ..Objective::over_pairs("exo_pair", "EXO", exo)
        },
        Objective {
            summary: "Corrects for a known share of flipped labels; unbounded below.",
            source: "Chowdhury et al. 2024, Provably Robust DPO, eq. 9",
            formula: latex(
                r"\frac{-(1-\varepsilon)\log\sigma(s)+\varepsilon\log\sigma(-s)}{1-2\varepsilon},\quad s=\beta h",
            ),
            hyperparameters: vec![hyper::beta(0.1), hyper::label_smoothing(0.1, 0.0, 0.45)],
            at_reference: Some(LN_2),
            ..Objective::over_pairs("robust", "Robust DPO", robust)
        },
        Objective {
            summary: "A loss that a language model found by search: logistic, but exponential near the reference.",
            source: "Lu et al. 2024, Discovering Preference Optimization Algorithms (LRML)",
            formula: latex(
                r"\left(1-m\right)\log\left(1+e^{-s}\right)+m\,e^{-s},\quad m=\sigma(s/\tau),\; s=\beta h",
            ),
            hyperparameters: vec![
                hyper::beta(0.05),
                Hyperparameter::linear("tau", "tau", tau)
                    .over(0.05, 0.01, 1.0)
                    .by_factors(),
            ],
            at_reference: Some(0.5 * LN_2 + 0.5),
            ..Objective::over_pairs("discopop", "DiscoPOP", discopop)
        },
        Objective {
            summary: "DPO over log-ratios averaged per token, so that long answers do not weigh more.",
            source: "Lambert et al. 2024, Tülu 3, sec. 5.1 (DPO-norm)",
            formula: latex(
                r"-\log\sigma\left(\beta\left[\frac{1}{|y_w|}\log\frac{\pi_\theta(y_w|x)}{\pi_\text{ref}(y_w|x)}-\frac{1}{|y_l|}\log\frac{\pi_\theta(y_l|x)}{\pi_\text{ref}(y_l|x)}\right]\right)",
            ),
            hyperparameters: vec![hyper::beta(5.0)],
            at_reference: Some(LN_2),
            ..Objective::over_pairs("sigmoid_norm", "DPO per token", sigmoid_norm)
        },
        Objective {
            summary: "Orders the whole batch: the policy's sorted margins must lie above the reference's.",
            source: "Melnyk et al. 2024, Distributional Preference Alignment via Optimal Transport, paired form",
            formula: latex(
                r"-(1-\varepsilon)\log\sigma\left(\beta\,(u_{(i)}-v_{(i)})\right)-\varepsilon\log\sigma\left(-\beta\,(u_{(i)}-v_{(i)})\right),\quad u=\log\frac{\pi_\theta(y_w|x)}{\pi_\theta(y_l|x)},\; v=\log\frac{\pi_\text{ref}(y_w|x)}{\pi_\text{ref}(y_l|x)}",
            ),
            hyperparameters: vec![hyper::beta(0.01), hyper::label_smoothing(0.0, 0.0, 0.5)],
            coupled: true,
            at_reference: Some(LN_2),
            ..Objective::over_pairs("aot", "AOT", aot)
        },
        Objective {
            summary: "Orders the batch without pairs: sorted rewards of chosen answers above those of rejected ones.",
            source: "Melnyk et al. 2024, Distributional Preference Alignment via Optimal Transport, unpaired form",
            formula: latex(
                r"-(1-\varepsilon)\log\sigma\left(\beta\,(a_{(i)}-b_{(i)})\right)-\varepsilon\log\sigma\left(-\beta\,(a_{(i)}-b_{(i)})\right),\quad a=\log\frac{\pi_\theta(y_w|x)}{\pi_\text{ref}(y_w|x)},\; b=\log\frac{\pi_\theta(y_l|x)}{\pi_\text{ref}(y_l|x)}",
            ),
            hyperparameters: vec![hyper::beta(0.01), hyper::label_smoothing(0.0, 0.0, 0.5)],
            coupled: true,
            at_reference: Some(LN_2),
            ..Objective::over_pairs("aot_unpaired", "AOT, unpaired", aot_unpaired)
        },
        Objective {
            summary: "DPO that pays for lowering the chosen answer below its reference.",
            source: "Pal et al. 2024, Smaug (DPO-Positive), eq. 3",
            formula: latex(
                r"-\log\sigma\left(\beta\left[h-\lambda\max\left(0,\,\log\frac{\pi_\text{ref}(y_w|x)}{\pi_\theta(y_w|x)}\right)\right]\right)",
            ),
            hyperparameters: vec![
                hyper::beta(0.3),
                Hyperparameter::linear(
                    "lambda",
                    "lambda",
                    "What a nat costs that the chosen answer falls below its reference.",
                )
                .over(50.0, 0.0, 100.0),
            ],
            at_reference: Some(LN_2),
            ..Objective::over_pairs("dpop", "DPO-Positive", dpop)
        },
    ]
}

/// `s = βh`.
fn scaled<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    hyper.get("beta") * scores.pair().margin()
}

/// The logistic loss of `s`, as DPO's with its label smoothing.
fn smoothed<'g>(s: Expr<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    dpo::logistic(s, 1.0 - hyper.get("label_smoothing"))
}

fn hinge<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let slack = 1.0 - scaled(scores, hyper);
    slack.max(slack.builder().constant(0.0))
}

/// TRL's reading, per token, which its authors confirm; `beta` plays the paper's τ.
fn ipo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let margin = pair.chosen.mean_log_ratio() - pair.rejected.mean_log_ratio();
    (margin - 0.5 / hyper.get("beta")).square()
}

fn exo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (s, smoothing) = (scaled(scores, hyper), hyper.get("label_smoothing"));
    let (log_win, log_loss) = (-(-s).softplus(), -s.softplus());
    s.sigmoid() * (log_win - (1.0 - smoothing).log())
        + (-s).sigmoid() * (log_loss - smoothing.log())
}

fn robust<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (s, smoothing) = (scaled(scores, hyper), hyper.get("label_smoothing"));
    ((1.0 - smoothing) * (-s).softplus() - smoothing * s.softplus()) / (1.0 - 2.0 * smoothing)
}

/// The mixing weight m takes part in the derivative, as in TRL.
fn discopop<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let s = scaled(scores, hyper);
    let mix = (s / hyper.get("tau")).sigmoid();
    // Where e^−s would overflow f32, m is 0 by far.
    let bounded = s.max(s.builder().constant(-80.0));
    (1.0 - mix) * (-s).softplus() + mix * (-bounded).exp()
}

fn sigmoid_norm<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let margin = pair.chosen.mean_log_ratio() - pair.rejected.mean_log_ratio();
    (-(hyper.get("beta") * margin)).softplus()
}

fn aot<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let policy = sorted(pair.chosen.policy - pair.rejected.policy);
    let reference = sorted(pair.chosen.reference - pair.rejected.reference);
    smoothed(hyper.get("beta") * (policy - reference), hyper)
}

fn aot_unpaired<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let (chosen, rejected) = (pair.chosen.log_ratio(), pair.rejected.log_ratio());
    smoothed(
        hyper.get("beta") * (sorted(chosen) - sorted(rejected)),
        hyper,
    )
}

fn dpop<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let zero = scores.policy_choices.builder().constant(0.0);
    let fallen = (-pair.chosen.log_ratio()).max(zero);
    let margin = pair.margin() - hyper.get("lambda") * fallen;
    (-(hyper.get("beta") * margin)).softplus()
}

/// `values [B]` in ascending order; equal ones keep their order.
///
/// Each rank counts how many come before, and is a constant to the derivative; the permutation is a
/// product with the matrix that says who has which rank.
fn sorted<'g>(values: Expr<'g>) -> Expr<'g> {
    let count = values.shape().elements();
    let column = |values: Expr<'g>| values.reshape([count, 1]);
    let row = |values: Expr<'g>| values.reshape([1, count]);
    let places = values.builder().range(count);
    let (own, other) = (column(values.stop_gradient()), row(values.stop_gradient()));
    let earlier = column(places).greater(row(places));
    let less = own.greater(other);
    let equal = (1.0 - less) * (1.0 - other.greater(own));
    let rank = row((less + equal * earlier).sum(&[1]));
    let place = earlier.sum(&[1]);
    let has = (1.0 - rank.greater(place)) * (1.0 - place.greater(rank));
    has.matmul(column(values)).reshape([count])
}
