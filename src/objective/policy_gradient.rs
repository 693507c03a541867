//! Updates by the reward of the policy's own answers: the classic loop of reward model and policy
//! gradient (Stiennon et al. 2020, Learning to Summarize from Human Feedback), and its relatives.

use std::borrow::Cow;

use super::hyper::{self, Hyperparameter};
use super::{Column, Credit, Hyper, Judgement, Objective, Origin, Scores, dpo, latex};
use crate::graph::Expr;

pub(super) fn family() -> Vec<Objective> {
    let samples = |default: f64, min: f64| {
        let help = "Answers drawn for each prompt.";
        Hyperparameter::linear("samples", "Samples a prompt", help)
            .over(default, min, 8.0)
            .whole()
    };
    let penalty = || Hyperparameter {
        help: "What a nat of divergence from the reference costs, in units of reward.".into(),
        ..hyper::beta(0.05)
    };
    let rewarded = |name, title, losses| Objective {
        columns: Cow::Borrowed(&[]),
        repeated: Some(Column::Drawn(Origin::Policy)),
        judgement: Judgement::Rewards,
        ..Objective::over_pairs(name, title, losses)
    };
    vec![
        Objective {
            summary: "Raises answers with more reward than the others to the same prompt; a penalty holds them to the reference.",
            source: "Ahmadian et al. 2024, Back to Basics (RLOO); reward minus KL as Stiennon et al. 2020; standard, recalled",
            formula: latex(r"-\frac1k\sum_i\left[R_i-\frac{1}{k-1}\sum_{j\ne i}R_j\right]_\text{sg}\log\pi_\theta(y_i|x),\quad R=r-\beta\log\frac{\pi_\theta(y|x)}{\pi_\text{ref}(y|x)}"),
            hyperparameters: vec![penalty(), samples(2.0, 2.0)],
            ..rewarded("rloo", "REINFORCE (RLOO)", rloo)
        },
        Objective {
            summary: "Policy gradient on the last iterate's answers, clipped where the policy has moved too far from it.",
            source: "Schulman et al. 2017, PPO, eq. 7, with the advantages of Schulman et al. 2016, GAE, whitened, and the KL paid by each token as Stiennon et al. 2020; standard, recalled. The critic is a copy of the reference with a value for a head, and learns from the same answers",
            formula: latex(r"\frac{1}{|y|}\sum_t\max\left(-A_t\rho_t,\,-A_t\,\text{clip}(\rho_t,1-\epsilon,1+\epsilon)\right),\quad\rho_t=\frac{\pi_\theta(y_t)}{\pi_k(y_t)},\; A_t=\sum_{l\ge0}\lambda^l\delta_{t+l},\; \delta_t=r_t+V(s_{t+1})-V(s_t),\; r_t=-\beta\log\frac{\pi_k(y_t)}{\pi_\text{ref}(y_t)}+\left[t=|y|\right]r"),
            hyperparameters: vec![
                penalty(),
                Hyperparameter::linear("clip", "Clip", "How far a ratio may move before it stops counting.")
                    .over(0.2, 0.01, 1.0),
                Hyperparameter::linear(
                    "lambda",
                    "lambda",
                    "How far ahead an advantage looks: 1 to what came of the answer, 0 to what the critic expects one token on.",
                )
                .over(0.95, 0.0, 1.0),
                Hyperparameter::linear(
                    "iteration",
                    "Updates an iteration",
                    "After so many updates the policy as it then stands becomes the one that answers are drawn from.",
                )
                .over(4.0, 1.0, 1000.0)
                .whole(),
                samples(4.0, 2.0),
            ],
            repeated: Some(Column::Drawn(Origin::Iterate)),
            credit: Credit::Critic,
            ..rewarded("ppo", "PPO", ppo)
        },
        Objective {
            summary: "Regresses the log-ratio of each step of an answer to its advantage over beta.",
            source: "Liu et al. 2024, Direct Advantage Policy Optimization, arXiv 2412.18279: shape as quoted, constants recalled; V(s) is the mean reward of answers that the reference continues from s, as in its first stage, without a model of it",
            formula: latex(r"\frac{1}{|S|}\sum_{s,a\in S}\tfrac12\left(\frac{A}{\beta}-\log\frac{\pi_\theta(a|s)}{\pi_\text{ref}(a|s)}\right)^2,\quad A=V(s')-V(s),\; V(s)=\mathbb{E}_{\pi_\text{ref}}[r|s],\; y\sim\pi_\text{ref}"),
            hyperparameters: vec![
                hyper::beta(0.5),
                Hyperparameter::linear(
                    "steps",
                    "Steps an answer",
                    "Each answer is cut into so many runs of tokens, as even as can be; with 1 it is a single step.",
                )
                .over(3.0, 1.0, 16.0)
                .whole(),
                Hyperparameter::linear(
                    "continuations",
                    "Continuations a step",
                    "Answers that the reference continues from between two steps, to estimate what is to be expected there.",
                )
                .over(2.0, 1.0, 16.0)
                .whole(),
                samples(2.0, 2.0),
            ],
            repeated: Some(Column::Drawn(Origin::Reference)),
            credit: Credit::Steps,
            ..rewarded("direct_advantage", "Direct Advantage PO", direct_advantage)
        },
        Objective {
            summary: "DPO on the pairs, with the KL to the reference held on the policy's own answers.",
            source: "Song et al. 2024, Hybrid Preference Optimization (HyPO), arXiv 2406.01462; structure as quoted, estimator recalled",
            formula: latex(r"-\log\sigma(\beta h)+\lambda\,\frac1k\sum_i\left[\log\frac{\pi_\theta(y_i|x)}{\pi_\text{ref}(y_i|x)}\right]_\text{sg}\log\pi_\theta(y_i|x),\quad y_i\sim\pi_\theta"),
            hyperparameters: vec![
                hyper::beta(0.1),
                hyper::label_smoothing(0.0, 0.0, 0.5),
                Hyperparameter::linear("lambda", "lambda", "What a nat of KL costs.")
                    .over(0.01, 0.0001, 1.0)
                    .by_factors(),
                samples(2.0, 1.0),
            ],
            columns: Cow::Borrowed(&[Column::Chosen, Column::Rejected]),
            at_reference: Some(std::f64::consts::LN_2),
            judgement: Judgement::None,
            ..rewarded("hypo", "HyPO", hypo)
        },
    ]
}

/// The reward of each sample, less `beta` times its log-ratio; a constant to the derivative.
fn held_rewards<'g>(scores: &Scores<'g>, beta: Expr<'g>) -> Vec<Expr<'g>> {
    let held = |index| scores.reward(index) - beta * scores.score(index).log_ratio();
    (0..scores.width())
        .map(|index| held(index).stop_gradient())
        .collect()
}

/// What each value lies above the mean of the others.
fn above_others<'g>(values: &[Expr<'g>]) -> Vec<Expr<'g>> {
    let others = (values.len().max(2) - 1) as f32;
    let sum = values.iter().copied().reduce(|sum, value| sum + value);
    let above = |value: &Expr<'g>| match sum {
        Some(sum) => *value - (sum - *value) / others,
        None => *value,
    };
    values.iter().map(above).collect()
}

/// The mean over the columns.
fn mean<'g>(columns: impl Iterator<Item = Expr<'g>>, zero: Expr<'g>) -> Expr<'g> {
    let columns: Vec<Expr> = columns.collect();
    let count = columns.len().max(1) as f32;
    columns.into_iter().fold(zero, |sum, column| sum + column) / count
}

fn nothing<'g>(scores: &Scores<'g>) -> Expr<'g> {
    let zero = scores.policy_choices.builder().constant(0.0);
    zero.broadcast_to([scores.groups()])
}

pub(super) fn rloo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let advantages = above_others(&held_rewards(scores, hyper.get("beta")));
    let terms = advantages.into_iter().zip(scores.all());
    -mean(
        terms.map(|(advantage, score)| advantage * score.policy),
        nothing(scores),
    )
}

fn ppo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let clip = hyper.get("clip");
    let ratios = (scores.policy_choices - scores.iterate_choices()).exp();
    let clipped = ratios.max(1.0 - clip).min(1.0 + clip);
    let advantages = scores.advantages();
    let losses = (-(advantages * ratios)).max(-(advantages * clipped));
    let terms =
        (0..scores.width()).map(|index| scores.sum(losses, index) / scores.score(index).length);
    mean(terms, nothing(scores))
}

fn direct_advantage<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let steps = scores.steps();
    let gaps = steps.advantages / hyper.get("beta") - steps.log_ratios;
    let losses = 0.5 * gaps.square();
    let terms =
        (0..scores.width()).map(|index| scores.sum(losses, index) / scores.sum(steps.ends, index));
    mean(terms, nothing(scores))
}

fn hypo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let own = scores.all().into_iter().skip(2);
    let kept = own.map(|score| score.log_ratio().stop_gradient() * score.policy);
    dpo::dpo(scores, hyper) + hyper.get("lambda") * mean(kept, nothing(scores))
}
