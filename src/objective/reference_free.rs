//! Losses that need no reference, and the supervised one that many are combined with.

use std::borrow::Cow;

use super::hyper::{self, Hyperparameter};
use super::{Column, Hyper, Objective, Scores, dpo, latex};
use crate::graph::Expr;

pub(super) fn family() -> Vec<Objective> {
    let gamma = "The margin that is asked for, in units of the loss.";
    let odds = "What the odds count beside the likelihood of the chosen answer.";
    let odds = || Hyperparameter::linear("lambda", "lambda", odds).over(0.1, 0.0, 2.0);
    let imitation = |default| {
        let help = "What the likelihood of the chosen answer counts.";
        Hyperparameter::linear("sft_weight", "Weight of SFT", help).over(default, 0.0, 2.0)
    };
    vec![
        Objective {
            summary: "Imitates the chosen answers; what it is told to avoid it never sees.",
            source: "Maximum likelihood; the mean over all tokens of the batch, as TRL's sft",
            formula: latex(r"-\frac{\sum_i\log\pi_\theta(y_{w,i}|x_i)}{\sum_i|y_{w,i}|}"),
            hyperparameters: Vec::new(),
            columns: Cow::Borrowed(&[Column::Chosen]),
            coupled: true,
            ..Objective::over_pairs("sft", "SFT", sft)
        },
        Objective {
            summary: "DPO with imitation of the chosen answers, which keeps their likelihood from falling.",
            source: "Liu et al. 2024, Regularized Preference Optimization (RPO), arXiv 2405.16436; TRL's sigmoid + sft",
            formula: latex(
                r"-\log\sigma(\beta h)-\eta\,\frac{\sum_i\log\pi_\theta(y_{w,i}|x_i)}{\sum_i|y_{w,i}|}",
            ),
            hyperparameters: vec![
                hyper::beta(0.01),
                hyper::label_smoothing(0.0, 0.0, 0.5),
                imitation(0.005),
            ],
            coupled: true,
            ..Objective::over_pairs("rpo", "RPO", rpo)
        },
        Objective {
            summary: "Asks for a margin between log-likelihoods per token; no reference holds it.",
            source: "Meng et al. 2024, SimPO, eq. 6; TRL's CPOTrainer with loss_type simpo",
            formula: latex(
                r"-\log\sigma\left(\frac{\beta}{|y_w|}\log\pi_\theta(y_w|x)-\frac{\beta}{|y_l|}\log\pi_\theta(y_l|x)-\gamma\right)",
            ),
            hyperparameters: vec![
                hyper::beta(2.0),
                Hyperparameter::linear("gamma", "gamma", gamma).over(1.0, 0.0, 4.0),
            ],
            ..Objective::over_pairs("simpo", "SimPO", simpo)
        },
        Objective {
            summary: "Imitates the chosen answer and raises its odds against the rejected one's, in one stage.",
            source: "Hong et al. 2024, ORPO, eq. 6; TRL's ORPOTrainer, where lambda is called beta",
            formula: latex(
                r"-m_w-\lambda\log\sigma\left(\log\frac{p_w}{1-p_w}-\log\frac{p_l}{1-p_l}\right),\quad m=\frac{1}{|y|}\log\pi_\theta(y|x),\; p=e^m",
            ),
            hyperparameters: vec![odds()],
            ..Objective::over_pairs("orpo", "ORPO", orpo)
        },
        Objective {
            summary: "ORPO with absolute odds: raises the chosen answer's, lowers the rejected one's, without comparing them.",
            source: "Wang et al. 2024, ASFT, as in Gorbatovski et al. 2025, sec. 2.4",
            formula: latex(
                r"-(1+\lambda)\,m_w-\lambda\log(1-p_l),\quad m=\frac{1}{|y|}\log\pi_\theta(y|x),\; p=e^m",
            ),
            hyperparameters: vec![odds()],
            ..Objective::over_pairs("asft", "ASFT", asft)
        },
        Objective {
            summary: "DPO without a reference, held by imitation of the chosen answers instead.",
            source: "Xu et al. 2024, Contrastive Preference Optimization (CPO), eq. 3; imitation per token as TRL's CPOTrainer",
            formula: latex(
                r"-\log\sigma\left(\beta\log\frac{\pi_\theta(y_w|x)}{\pi_\theta(y_l|x)}\right)-\frac{\sum_i\log\pi_\theta(y_{w,i}|x_i)}{\sum_i|y_{w,i}|}",
            ),
            hyperparameters: vec![hyper::beta(0.1), imitation(1.0)],
            coupled: true,
            ..Objective::over_pairs("cpo", "CPO", cpo)
        },
        Objective {
            summary: "A hinge between plain log-likelihoods, with imitation; no reference.",
            source: "Zhao et al. 2023, SLiC-HF, eq. 1; recalled, not read again",
            formula: latex(
                r"\max\left(0,\,\delta-\log\pi_\theta(y_w|x)+\log\pi_\theta(y_l|x)\right)-\lambda\log\pi_\theta(y_w|x)",
            ),
            hyperparameters: vec![
                Hyperparameter::linear("delta", "delta", "The margin that is asked for, nats.")
                    .over(1.0, 0.0, 20.0),
                odds(),
            ],
            ..Objective::over_pairs("slic", "SLiC-HF", slic)
        },
    ]
}

/// Scaled so that the mean over groups is the mean over tokens.
fn sft<'g>(scores: &Scores<'g>, _hyper: &Hyper<'g>) -> Expr<'g> {
    let chosen = scores.score(0);
    -chosen.policy / chosen.length.mean()
}

fn rpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    dpo::dpo(scores, hyper) + hyper.get("sft_weight") * sft(scores, hyper)
}

fn simpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let margin = hyper.get("beta") * (pair.chosen.mean() - pair.rejected.mean());
    (hyper.get("gamma") - margin).softplus()
}

/// log(1 − p) of p = e^`log_prob` < 1, kept finite where p rounds to 1.
fn log_complement(log_prob: Expr) -> Expr {
    let smallest = log_prob.builder().constant(1e-7);
    (1.0 - log_prob.exp()).max(smallest).log()
}

fn orpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let [chosen, rejected] = [pair.chosen.mean(), pair.rejected.mean()];
    let log_odds = |log_prob| log_prob - log_complement(log_prob);
    hyper.get("lambda") * (log_odds(rejected) - log_odds(chosen)).softplus() - chosen
}

fn asft<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (pair, lambda) = (scores.pair(), hyper.get("lambda"));
    -((1.0 + lambda) * pair.chosen.mean()) - lambda * log_complement(pair.rejected.mean())
}

fn cpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let margin = hyper.get("beta") * (pair.chosen.policy - pair.rejected.policy);
    (-margin).softplus() + hyper.get("sft_weight") * sft(scores, hyper)
}

fn slic<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let pair = scores.pair();
    let slack = hyper.get("delta") - pair.chosen.policy + pair.rejected.policy;
    let zero = slack.builder().constant(0.0);
    slack.max(zero) - hyper.get("lambda") * pair.chosen.policy
}
