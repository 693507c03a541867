//! Updates that make their own preference pairs: several answers to a prompt are drawn, and rewards say which
//! of them are chosen and rejected.

use std::borrow::Cow;

use super::hyper::{self, Hyperparameter};
use super::{Column, Hyper, Judgement, Objective, Origin, Scores, dpo, latex};
use crate::graph::Expr;

const DRAWN: &str = "Answers drawn for each prompt.";

pub(super) fn family() -> Vec<Objective> {
    let samples = |default, help| {
        Hyperparameter::linear("samples", "Samples a prompt", help)
            .over(default, 2.0, 8.0)
            .whole()
    };
    let drawn = |name, title, origin, losses| Objective {
        columns: Cow::Borrowed(&[]),
        repeated: Some(Column::Drawn(origin)),
        ..Objective::over_pairs(name, title, losses)
    };
    vec![
        Objective {
            summary: "DPO on pairs of the reference's answers that rejection sampling accepts, as if drawn from the optimum of the rewards.",
            source: "Liu et al. 2023, Statistical Rejection Sampling Improves Preference Optimization (RSO), alg. 1, recalled; there 8 of 64 candidates are accepted; every two of them are compared",
            formula: latex(r"-\log\sigma(\gamma h),\quad r(y_w)>r(y_l),\; y\sim\pi_\text{ref}\text{, accepted with probability }e^{(r(y)-r_\text{max})/\beta_s}"),
            hyperparameters: vec![
                Hyperparameter {
                    name: "gamma".into(),
                    label: "gamma".into(),
                    help: "As DPO's beta: how strongly the policy is held to its reference.".into(),
                    ..hyper::beta(0.05)
                },
                Hyperparameter {
                    name: "sampling_beta".into(),
                    label: "beta of sampling".into(),
                    help: "How far the answers may fall behind the best one's reward: it is accepted for certain, one that is worse by this much with a chance of 1/e.".into(),
                    ..hyper::beta(0.5)
                },
                Hyperparameter::linear(
                    "candidates",
                    "Candidates a prompt",
                    "Answers that are drawn for each prompt, to accept some of them.",
                )
                .over(8.0, 2.0, 64.0)
                .whole(),
                samples(3.0, "Answers accepted for each prompt."),
            ],
            judgement: Judgement::Rewards,
            at_reference: Some(std::f64::consts::LN_2),
            ..drawn("rso", "RSO", Origin::Optimum, rso)
        },
        Objective {
            summary: "Rewards itself: prefers its own likelier answers, as far as its last iterate would rank them alike.",
            source: "Wang et al. 2024, CREAM, with the consistency of each prompt; Raibows/CREAM's code; the last iterate is the reference",
            formula: latex(r"-C\log\sigma(\beta h)-(1-C)\log\sigma(-\beta h),\quad C=\tfrac12\left(1+\tau_\text{Kendall}(r_\theta,r_t)\right),\; r=\log\frac{\pi(y|x)}{\pi_\text{ref}(y|x)}"),
            hyperparameters: vec![
                hyper::beta(0.1),
                Hyperparameter::linear(
                    "iteration",
                    "Updates an iteration",
                    "After so many updates the policy as it then stands becomes the last iterate.",
                )
                .over(20.0, 1.0, 1000.0)
                .whole(),
                samples(4.0, DRAWN),
            ],
            ..drawn("cream", "CREAM", Origin::Iterate, cream)
        },
        Objective {
            summary: "SimPO on the best and the worst of several answers nobody has labelled, by the judge's reward.",
            source: "Xu et al. 2024, Dr.SoW (CDR), arXiv 2411.02481: there the reward is a strong model's log-likelihood less a weak one's; SimPO's defaults",
            formula: latex(r"-\log\sigma\left(\frac{\beta}{|y_w|}\log\pi_\theta(y_w|x)-\frac{\beta}{|y_l|}\log\pi_\theta(y_l|x)-\gamma\right),\quad y_w=\arg\max_i r_i,\; y_l=\arg\min_i r_i"),
            hyperparameters: vec![
                hyper::beta(2.0),
                Hyperparameter::linear("gamma", "gamma", "The margin that is asked for, in units of the loss.")
                    .over(1.0, 0.0, 4.0),
                samples(4.0, DRAWN),
            ],
            judgement: Judgement::Rewards,
            ..drawn("cdr", "Best against worst (CDR)", Origin::Reference, best_against_worst)
        },
    ]
}

fn rewards<'g>(scores: &Scores<'g>) -> Vec<Expr<'g>> {
    (0..scores.width())
        .map(|index| scores.reward(index))
        .collect()
}

/// Every two places.
fn pairs(width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..width).flat_map(move |first| (first + 1..width).map(move |second| (first, second)))
}

fn total<'g>(terms: impl Iterator<Item = Expr<'g>>, scores: &Scores<'g>) -> Expr<'g> {
    let zero = scores.policy_choices.builder().constant(0.0);
    terms.fold(zero.broadcast_to([scores.groups()]), |sum, term| sum + term)
}

/// The probability that rejection sampling accepts an answer with this reward, where the best one has `best` and
/// falling behind by `beta` leaves a chance of 1/e: those accepted are as if drawn from π_ref e^(r / beta).
pub fn acceptance(reward: f32, best: f32, beta: f32) -> f32 {
    ((reward - best) / beta).exp()
}

/// Of two answers with the same reward, neither is preferred.
fn rso<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (rewards, width) = (rewards(scores), scores.width());
    let loss = |(first, second): (usize, usize)| {
        let margin = scores.score(first).log_ratio() - scores.score(second).log_ratio();
        let s = hyper.get("gamma") * margin;
        let [wins, loses] = [(first, second), (second, first)]
            .map(|(one, other)| rewards[one].greater(rewards[other]));
        let preference = 0.5 * (1.0 + wins - loses);
        dpo::logistic(s, preference)
    };
    total(pairs(width).map(loss), scores) / pairs(width).count().max(1) as f32
}

/// Which place holds the largest of `values`, the first of several: 1 there, 0 elsewhere.
fn largest<'g>(values: &[Expr<'g>]) -> Vec<Expr<'g>> {
    let beaten_by = |place: usize, other: usize| match other < place {
        true => 1.0 - values[place].greater(values[other]),
        false => values[other].greater(values[place]),
    };
    let is_largest = |place: usize| {
        let others = (0..values.len()).filter(|&other| other != place);
        let stands = others.map(|other| 1.0 - beaten_by(place, other));
        stands.reduce(|all, one| all * one)
    };
    (0..values.len()).filter_map(is_largest).collect()
}

/// `of` each column where it is the best of its group by `rewards`, less where it is the worst: `[B]`, `[B]`.
fn best_and_worst<'g>(
    scores: &Scores<'g>,
    rewards: &[Expr<'g>],
    of: impl Fn(usize) -> Expr<'g>,
) -> [Expr<'g>; 2] {
    let turned: Vec<Expr> = rewards.iter().map(|reward| -*reward).collect();
    [largest(rewards), largest(&turned)].map(|places| {
        let picked = places.into_iter().enumerate();
        total(
            picked.map(|(index, place)| place.stop_gradient() * of(index)),
            scores,
        )
    })
}

/// Both rankings, and so the pair and C, are constants to the derivative.
fn cream<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let width = scores.width();
    let iterate = scores.iterate_choices();
    let last: Vec<Expr> = (0..width).map(|index| scores.sum(iterate, index)).collect();
    let own: Vec<Expr> = scores.all().iter().map(|score| score.policy).collect();
    let less = |rewards: &[Expr<'g>]| -> Vec<Expr<'g>> {
        let references = scores.all().into_iter().map(|score| score.reference);
        let rewards = rewards.iter().zip(references);
        rewards
            .map(|(reward, reference)| (*reward - reference).stop_gradient())
            .collect()
    };
    let (now, before) = (less(&own), less(&last));
    let sign = |rewards: &[Expr<'g>], first: usize, second: usize| {
        let (one, other) = (rewards[first], rewards[second]);
        one.greater(other) - other.greater(one)
    };
    let agreement = pairs(width).map(|(first, second)| {
        // Two that both rank alike agree; rewards that are equal say nothing.
        sign(&now, first, second) * sign(&before, first, second)
    });
    let count = pairs(width).count().max(1) as f32;
    let consistency = 0.5 * (1.0 + total(agreement, scores) / count);
    let [best, worst] = best_and_worst(scores, &now, |index| own[index] - last[index]);
    let s = hyper.get("beta") * (best - worst);
    dpo::logistic(s, consistency)
}

fn best_against_worst<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let mean = |index: usize| scores.score(index).mean();
    let [best, worst] = best_and_worst(scores, &rewards(scores), mean);
    (hyper.get("gamma") - hyper.get("beta") * (best - worst)).softplus()
}
