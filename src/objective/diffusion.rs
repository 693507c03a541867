//! Updates of diffusion policies. A score is minus half of a denoiser's mean squared error, so log-ratios are
//! halves of differences of errors: with m the policy's error and r the reference's, a = −½ (m − r).

use std::borrow::Cow;

use super::hyper::{Hyperparameter, beta};
use super::{
    Against, Column, Distilled, Earlier, Hyper, Judgement, Objective, Origin, PolicyKind, Score,
    Scores, Scoring, dpo, latex, policy_gradient,
};
use crate::graph::Expr;

/// What a method that learns against earlier checkpoints is set by.
pub(crate) const SAVE_EVERY: &str = "save_every";
/// How many checkpoints it keeps.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
/// Which of them [`Earlier::AsSet`] draws.
pub(crate) const REFERENCE: &str = "reference";
/// Whether the samples of a group are under the same noise.
pub(crate) const NOISE: &str = "noise";
/// The value of [`NOISE`] by which they are not.
pub(crate) const OWN_NOISE: f64 = 1.0;

/// What consistency training is set by: the updates over which its levels double, how many there are at first, and how
/// many in the end.
pub(crate) const CURRICULUM: [&str; 3] = ["curriculum", "first_levels", "last_levels"];

/// What Score Forgetting Distillation is set by: the class to forget, the class that its teacher is asked for, and
/// what its samples count for.
pub(crate) const FORGET: &str = "forget";
/// The class that the teacher of [`FORGET`] is asked for.
pub(crate) const INSTEAD: &str = "instead";
/// What samples of [`FORGET`] count for.
pub(crate) const FORGET_WEIGHT: &str = "forget_weight";

pub(super) fn family() -> Vec<Objective> {
    let denoisers = |name, title, losses| Objective {
        serves: &[PolicyKind::Denoiser],
        ..Objective::over_pairs(name, title, losses)
    };
    // The error of a small denoiser differs from its reference's by a tenth where that of a large one differs
    // by a ten-thousandth, for which 5000 is the default of Diffusion-DPO's code.
    let beta = |default: f64| {
        Hyperparameter {
        help: "How strongly the policy is held to its reference: minus half the change of a denoising error, times \
               beta, is an implicit reward."
            .into(),
        ..beta(default).over(default, 0.1, 10_000.0)
    }
    };
    let save_every = || {
        let help = "Updates between two checkpoints.";
        Hyperparameter::linear(SAVE_EVERY, "Checkpoint every", help)
            .over(30.0, 1.0, 1000.0)
            .whole()
    };
    let against_earlier = |name, title, earlier, losses| Objective {
        columns: Cow::Borrowed(&[Column::Chosen, Column::Drawn(Origin::Checkpoint)]),
        against: Against::Checkpoint(earlier),
        at_reference: Some(std::f64::consts::LN_2),
        ..denoisers(name, title, losses)
    };
    vec![
        Objective {
            summary: "Lowers the denoising error of the chosen sample against that of the rejected one, relative to a frozen reference.",
            source: "Wallace et al. 2023, Diffusion-DPO, eq. 14 in the scale of its code; SFT first: Majumder et al. 2024, Tango 2",
            formula: latex(r"-\log\sigma\left(-\tfrac\beta2\left[(m_w-r_w)-(m_l-r_l)\right]\right),\quad m=\tfrac1d\left\|\epsilon-\epsilon_\theta(x_t,t)\right\|^2,\; r=\tfrac1d\left\|\epsilon-\epsilon_\text{ref}(x_t,t)\right\|^2"),
            hyperparameters: vec![
                beta(200.0),
                Hyperparameter::linear(
                    "sft_first",
                    "SFT first",
                    "So many updates, from the first, only lower the denoising error of the chosen samples.",
                )
                .over(0.0, 0.0, 1000.0)
                .whole(),
            ],
            at_reference: Some(std::f64::consts::LN_2),
            ..denoisers("diffusion_dpo", "Diffusion-DPO", diffusion_dpo)
        },
        Objective {
            summary: "Learns from chosen samples alone: against what an earlier checkpoint draws, which counts as rejected only where the policy beats that checkpoint on the chosen one.",
            source: "Zhang et al. 2024, SePPO, arXiv 2410.05255, eq. 14 and algorithm 1 through reviews: no training code is public, so noise, zero and direction are options with the likeliest default",
            formula: latex(r"-\log\sigma\left(-\tfrac\beta2\left[d_w-s\,d_\text{ref}\right]\right),\quad d=m-r,\; s=\text{sgn}(-d_w),\; x^\text{ref}\sim\pi_\text{ref},\; \text{ref}\sim\mathcal U\{\theta_0,\dots,\theta_{k-1}\}"),
            hyperparameters: vec![
                beta(200.0),
                Hyperparameter::choice(
                    REFERENCE,
                    "Reference",
                    "Which of the earlier checkpoints an update learns against.",
                    &["any", "first", "latest"],
                ),
                Hyperparameter::linear(
                    CHECKPOINTS,
                    "Checkpoints kept",
                    "The first is always kept; of the others, the latest.",
                )
                .over(7.0, 1.0, 16.0)
                .whole(),
                save_every(),
                Hyperparameter::choice(
                    "flip",
                    "Flip",
                    "What becomes of the checkpoint's sample where the checkpoint denoises the chosen one better: it counts as chosen (sign), not at all (indicator), or as rejected all the same (off).",
                    &["sign", "indicator", "off"],
                ),
                Hyperparameter::choice(
                    NOISE,
                    "Noise",
                    "Whether the samples of a group are under the same noise; not known of the paper.",
                    &["shared", "own"],
                ),
                Hyperparameter::choice(
                    "at_zero",
                    "Where neither is better",
                    "What the checkpoint's sample counts as where policy and checkpoint are the same; not known of the paper.",
                    &["nothing", "rejected"],
                ),
                Hyperparameter::choice(
                    "direction",
                    "Direction",
                    "Which way the flip goes; the paper's equation could not be read, this follows what is said of it.",
                    &["as described", "reversed"],
                ),
            ],
            // Where neither is better, nothing stands against the chosen sample.
            ..against_earlier("seppo", "SePPO", Earlier::AsSet, seppo)
        },
        Objective {
            summary: "Diffusion-DPO against what the latest checkpoint draws: self-play.",
            source: "Yuan et al. 2024, SPIN-Diffusion, as a case of SePPO: the latest reference, no flip",
            formula: latex(r"-\log\sigma\left(-\tfrac\beta2\left[d_w-d_\text{ref}\right]\right),\quad x^\text{ref}\sim\pi_{\theta_{k-1}}"),
            hyperparameters: vec![beta(200.0), save_every()],
            ..against_earlier("spin_diffusion", "SPIN-Diffusion", Earlier::Latest, against_drawn)
        },
        Objective {
            summary: "Diffusion-DPO against what the policy drew before any training.",
            source: "Shaikh et al. 2024, DITTO, as a case of SePPO: the first reference, no flip",
            formula: latex(r"-\log\sigma\left(-\tfrac\beta2\left[d_w-d_\text{ref}\right]\right),\quad x^\text{ref}\sim\pi_{\theta_0}"),
            hyperparameters: vec![beta(200.0)],
            ..against_earlier("ditto", "DITTO-like", Earlier::First, against_drawn)
        },
        Objective {
            summary: "Lowers the denoising error of the chosen samples: plain fine-tuning.",
            source: "Ho et al. 2020, Denoising Diffusion Probabilistic Models, eq. 14, on the chosen samples",
            formula: latex(r"\tfrac12\,m_w"),
            hyperparameters: vec![],
            columns: Cow::Borrowed(&[Column::Chosen]),
            ..denoisers("diffusion_sft", "SFT on winners", sft)
        },
        Objective {
            summary: "Makes the denoiser tell the same sample at every level of one noise: it then draws in a single step. Set the sampling steps to 1.",
            source: "Song and Dhariwal 2023, Improved Techniques for Training Consistency Models (iCT); the levels are timesteps of the policy's own schedule, and v-prediction stands for c_skip and c_out",
            formula: latex(r"\frac{1}{\sigma_{i+1}-\sigma_i}\left(\sqrt{\left\|f_\theta(x_{i+1})-\left[f_\theta(x_i)\right]_\text{sg}\right\|^2+c^2}-c\right),\quad x_i=\frac{x_w+\sigma_i\epsilon}{\sqrt{1+\sigma_i^2}}"),
            hyperparameters: vec![
                Hyperparameter::linear(
                    CURRICULUM[0],
                    "Curriculum",
                    "Updates over which the levels of noise double from the fewest to the most.",
                )
                .over(1000.0, 1.0, 100_000.0)
                .whole(),
                Hyperparameter::linear(
                    CURRICULUM[1],
                    "Levels at first",
                    "Levels of noise between which neighbours are compared, at the first update.",
                )
                .over(10.0, 2.0, 640.0)
                .whole(),
                Hyperparameter::linear(CURRICULUM[2], "Levels in the end", "The same at the last.")
                    .over(160.0, 2.0, 640.0)
                    .whole(),
            ],
            columns: Cow::Borrowed(&[Column::Chosen]),
            scoring: Scoring::Consistency,
            ..denoisers("consistency", "Consistency training", sft)
        },
        Objective {
            summary: "Makes the policy forget a class, without data: it learns to draw in one step what the reference would, but asked for another class where that one is to be forgotten. Of the pairs only the classes are read.",
            source: "Chen et al. 2024, Score Forgetting Distillation, and Zhou et al. 2024, Score identity Distillation, through tqch/score-forgetting-distillation, losses.py; the policy draws from the last timestep",
            formula: latex(r"\sum_d\frac{(p-\psi)\left[(p-x_\theta)-\alpha(p-\psi)\right]}{\left[\overline{|p-x_\theta|}\right]_\text{sg}},\quad p=\hat x_\text{ref}(x_t,\tilde c),\;\psi=\hat x_\psi(x_t,c),\;x_t=\sqrt{\bar\alpha_t}\,x_\theta(z,c)+\sqrt{1-\bar\alpha_t}\,\epsilon"),
            hyperparameters: vec![
                Hyperparameter::linear(FORGET, "Class to forget", "Counted from 0.")
                    .over(0.0, 0.0, 9.0)
                    .whole(),
                Hyperparameter::linear(
                    INSTEAD,
                    "Class instead",
                    "What the teacher draws in its place; −1: any of the others.",
                )
                .over(-1.0, -1.0, 9.0)
                .whole(),
                Hyperparameter::linear(
                    FORGET_WEIGHT,
                    "Weight of forgetting",
                    "What a sample of the class to forget counts for, beside 1 of the others; the paper's code has 0.01 for a generator that has been distilled before.",
                )
                .over(1.0, 0.001, 10.0)
                .by_factors(),
                Hyperparameter::linear(
                    "alpha",
                    "alpha",
                    "How much the gap between teacher and follower itself counts; 1 is the theory's, the code has 1.2.",
                )
                .over(1.2, 0.5, 2.0),
            ],
            columns: Cow::Borrowed(&[Column::Chosen]),
            scoring: Scoring::Distillation,
            ..denoisers("sfd", "Score Forgetting Distillation", sfd)
        },
        Objective {
            summary: "Raises samples people like above the batch's average and lowers those they do not; pairs are not needed.",
            source: "Li et al. 2024, Diffusion-KTO, arXiv 2404.04465: its utility is the sigmoid, its shift the batch's mean log-ratio; recalled",
            formula: latex(r"1-\sigma(\beta(a-z)),\;1-\sigma(\beta(z-b)),\quad z=\left[\max\left(0,\overline{a,b}\right)\right]_\text{sg}"),
            hyperparameters: vec![beta(200.0)],
            coupled: true,
            at_reference: Some(1.0),
            ..denoisers("diffusion_kto", "Diffusion-KTO", kto)
        },
        Objective {
            summary: "Fine-tunes on the policy's own samples, each by the softmax of its reward among those of its group.",
            source: "Lee et al. 2023, Aligning Text-to-Image Models using Human Feedback; as RWR in Black et al. 2024, DDPO, §4.2",
            formula: latex(r"\sum_i w_i\,\tfrac12\,m_i,\quad w=\text{softmax}(r/\beta),\; x_i\sim\pi_\theta"),
            hyperparameters: vec![
                Hyperparameter {
                    help: "Rewards that differ by this much weigh e times as much.".into(),
                    ..super::hyper::beta(0.1)
                },
                Hyperparameter::linear("samples", "Samples a prompt", "Samples drawn for each class.")
                    .over(4.0, 2.0, 16.0)
                    .whole(),
            ],
            columns: Cow::Borrowed(&[]),
            repeated: Some(Column::Drawn(Origin::Policy)),
            judgement: Judgement::Rewards,
            ..denoisers("reward_weighted", "Reward-weighted", reward_weighted)
        },
        Objective {
            summary: "Policy gradient on the steps in which the policy drew its samples: raises those of samples with more reward than the others of their group. Where eta is 0, it draws as with 1.",
            source: "Black et al. 2024, DDPO, eq. 4 (the score function estimator), with a leave-one-out baseline and the KL penalty of DPOK (Fan et al. 2023); a step's log-likelihood is averaged over dimensions",
            formula: latex(r"-\frac1k\sum_i\left[R_i-\frac{1}{k-1}\sum_{j\ne i}R_j\right]_\text{sg}\frac1T\sum_t\log p_\theta(x_{t-1}^i|x_t^i),\quad R=r-\beta\log\frac{p_\theta(x_{0:T})}{p_\text{ref}(x_{0:T})}"),
            hyperparameters: vec![
                Hyperparameter {
                    help: "What a nat of divergence from the reference costs, in units of reward.".into(),
                    ..super::hyper::beta(0.01).over(0.01, 0.0001, 10.0)
                },
                Hyperparameter::linear("samples", "Samples a prompt", "Samples drawn for each class.")
                    .over(4.0, 2.0, 16.0)
                    .whole(),
            ],
            columns: Cow::Borrowed(&[]),
            repeated: Some(Column::Drawn(Origin::Policy)),
            judgement: Judgement::Rewards,
            scoring: Scoring::Steps,
            ..denoisers("ddpo", "DDPO", policy_gradient::rloo)
        },
    ]
}

/// Where the hyper-parameter `name` is `choice`: 1, else 0.
fn chosen<'g>(hyper: &Hyper<'g>, name: &str, choice: f32) -> Expr<'g> {
    let value = hyper.get(name);
    (value.greater(value.builder().constant(choice - 0.5)))
        * value.builder().constant(choice + 0.5).greater(value)
}

fn diffusion_dpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let preferred = dpo::logistic(
        hyper.get("beta") * scores.pair().margin(),
        hyper.get("beta").builder().constant(1.0),
    );
    let past_sft = hyper.update().greater(hyper.get("sft_first"));
    past_sft.select(preferred, sft(scores, hyper))
}

fn sft<'g>(scores: &Scores<'g>, _hyper: &Hyper<'g>) -> Expr<'g> {
    -scores.score(0).policy
}

/// The anchor-based flip: +1 where the policy denoises the chosen sample better than the checkpoint does, so
/// that the checkpoint's sample counts as rejected; −1 where it is the other way round.
fn anchor<'g>(winner: Score<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let ratio = winner.log_ratio().stop_gradient();
    let zero = ratio.builder().constant(0.0);
    let turned = ratio * (1.0 - 2.0 * chosen(hyper, "direction", 1.0));
    let (better, worse) = (turned.greater(zero), zero.greater(turned));
    let neither = (1.0 - better) * (1.0 - worse) * chosen(hyper, "at_zero", 1.0);
    let sign = better - worse + neither;
    let indicator = better + neither;
    chosen(hyper, "flip", 0.0) * sign
        + chosen(hyper, "flip", 1.0) * indicator
        + chosen(hyper, "flip", 2.0)
}

fn seppo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (winner, drawn) = (scores.score(0), scores.score(1));
    let sign = anchor(winner, hyper);
    (-hyper.get("beta") * (winner.log_ratio() - sign * drawn.log_ratio())).softplus()
}

fn against_drawn<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    (-hyper.get("beta") * scores.pair().margin()).softplus()
}

fn kto<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (pair, beta) = (scores.pair(), hyper.get("beta"));
    let [a, b] = [pair.chosen, pair.rejected].map(|side| side.log_ratio());
    let zero = beta.builder().constant(0.0);
    let shift = (0.5 * (a + b)).mean().max(zero).stop_gradient();
    2.0 - (beta * (a - shift)).sigmoid() - (beta * (shift - b)).sigmoid()
}

fn sfd<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let nothing = 0.0 * scores.score(0).policy;
    let Some(distilled) = scores.distilled else {
        return nothing;
    };
    let Distilled {
        sample,
        teacher,
        follower,
        forgets,
    } = distilled;
    let off = teacher - sample;
    let dimensions = off.shape().last() as f32;
    let size = (off.max(-off).sum(&[1]) / dimensions).stop_gradient();
    let least = size.builder().constant(1e-5);
    let gap = teacher - follower;
    let terms = gap * (off - hyper.get("alpha") * gap) / size.max(least);
    let weight = 1.0 + (hyper.get(FORGET_WEIGHT) - 1.0) * forgets;
    terms.sum(&[1]).reshape([scores.groups()]) * weight
}

fn reward_weighted<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let rewards: Vec<Expr> = (0..scores.width())
        .map(|index| scores.reward(index))
        .collect();
    let best = rewards
        .iter()
        .copied()
        .reduce(|best, reward| best.max(reward));
    let nothing = 0.0 * scores.score(0).policy;
    let weights = rewards
        .iter()
        .map(|reward| ((*reward - best.unwrap_or(nothing)) / hyper.get("beta")).exp());
    let weights: Vec<Expr> = weights.collect();
    let total = weights.iter().fold(nothing, |sum, weight| sum + *weight);
    let terms = weights.iter().zip(scores.all());
    terms.fold(nothing, |sum, (weight, score)| {
        sum - *weight / total * score.policy
    })
}
