//! Updates on answers of the policy's own, compared by a judge while it trains.

use std::borrow::Cow;

use super::hyper::{self, Hyperparameter};
use super::{Column, Hyper, Judgement, Objective, Origin, Scores, dpo, latex};
use crate::graph::Expr;

/// The hyper-parameter for how many judged groups a method keeps to learn from again.
pub(crate) const REPLAY: &str = "replay";

const LN_2: f64 = std::f64::consts::LN_2;
const JUDGED: &str = "Guo et al. 2024, Online AI Feedback";

pub(super) fn family() -> Vec<Objective> {
    let tau = || {
        let help =
            "How strongly the policy is held to its reference: the margin settles at (p − ½)/tau.";
        // The paper's is 1.0, for a policy five thousand times as large; small ones were found to learn
        // best with 0.05 to 0.1.
        Hyperparameter::linear("tau", "tau", help)
            .over(0.1, 0.001, 10.0)
            .by_factors()
    };
    let samples = || {
        let help = "Answers drawn for each prompt; every two of them are compared.";
        Hyperparameter::linear("samples", "Samples a prompt", help)
            .over(2.0, 2.0, 8.0)
            .whole()
    };
    // Only where the loss is right for answers that another policy drew.
    let replay = || {
        let help = "Judged groups that are kept, and learnt from again: so many at most. With 0, updates learn from fresh answers alone.";
        Hyperparameter::linear(REPLAY, "Replay buffer", help)
            .over(0.0, 0.0, 512.0)
            .whole()
    };
    let mix = || {
        let help = "How much of the reference is mixed into what is drawn: 0 draws from the policy, 1 from the reference.";
        Hyperparameter::linear("mix", "Mixture", help).over(0.125, 0.0, 1.0)
    };
    let iteration = || {
        let help = "After so many updates the policy as it then stands becomes the one that answers are drawn from.";
        Hyperparameter::linear("iteration", "Updates an iteration", help)
            .over(20.0, 1.0, 1000.0)
            .whole()
    };
    let compared = |name, title, losses| Objective {
        columns: Cow::Borrowed(&[]),
        repeated: Some(Column::Drawn(Origin::Policy)),
        judgement: Judgement::Preferences,
        ..Objective::over_pairs(name, title, losses)
    };
    vec![
        Objective {
            summary: "Online IPO on samples from a mixture with the reference: mixed so, it ends at a regularised Nash equilibrium.",
            source: "Calandriello et al. 2024, Human Alignment through Online Preference Optimisation, eqs. 11 and 12, tab. B.3",
            formula: latex(
                r"\left(\log\frac{\pi_\theta(y|x)\,\pi_\text{ref}(y'|x)}{\pi_\text{ref}(y|x)\,\pi_\theta(y'|x)}-\frac{p(y\succ y'|x)-\frac12}{\tau}\right)^2,\quad y,y'\sim\pi_\theta^{1-\text{mix}}\,\pi_\text{ref}^{\text{mix}}",
            ),
            hyperparameters: vec![tau(), mix(), samples(), replay()],
            repeated: Some(Column::Drawn(Origin::Mixture)),
            ..compared("ipo_md", "IPO-MD", regression)
        },
        Objective {
            summary: "Regresses the margin of the policy's own answers to what the judge says of them.",
            source: "Calandriello et al. 2024, eq. 11, as a regression to the preference; sequence sums",
            formula: latex(
                r"\left(\log\frac{\pi_\theta(y|x)\,\pi_\text{ref}(y'|x)}{\pi_\text{ref}(y|x)\,\pi_\theta(y'|x)}-\frac{p(y\succ y'|x)-\frac12}{\tau}\right)^2,\quad y,y'\sim\pi_\theta",
            ),
            hyperparameters: vec![tau(), samples(), replay()],
            ..compared("online_ipo", "Online IPO", regression)
        },
        Objective {
            summary: "DPO on the policy's own answers, by the judge's word.",
            source: JUDGED,
            formula: latex(
                r"-p\log\sigma(\beta h)-(1-p)\log\sigma(-\beta h),\quad h=\log\frac{\pi_\theta(y|x)\,\pi_\text{ref}(y'|x)}{\pi_\text{ref}(y|x)\,\pi_\theta(y'|x)},\; p=p(y\succ y'|x)",
            ),
            hyperparameters: vec![hyper::beta(0.1), samples(), replay()],
            at_reference: Some(LN_2),
            ..compared("online_dpo", "Online DPO", online_dpo)
        },
        Objective {
            summary: "A hinge on the policy's own answers, by the judge's word.",
            source: "Zhao et al. 2023 and Calandriello et al. 2024, tab. B.3 (where tau is beta here)",
            formula: latex(r"p\max(0,1-\beta h)+(1-p)\max(0,1+\beta h),\quad p=p(y\succ y'|x)"),
            hyperparameters: vec![hyper::beta(10.0), samples(), replay()],
            at_reference: Some(1.0),
            ..compared("online_slic", "Online SLiC", online_slic)
        },
        Objective {
            summary: "Policy gradient against an opponent that mixes the policy with its reference.",
            source: "Munos et al. 2023, Nash Learning from Human Feedback (Nash-MD-PG), as TRL: the KL of a token weighs that token alone",
            formula: latex(
                r"-\left(p(y\succ y'|x)-\tfrac12\right)\log\pi_\theta(y|x)+\beta\sum_t\left[\log\frac{\pi_\theta(y_t)}{\pi_\text{ref}(y_t)}\right]_\text{sg}\log\pi_\theta(y_t),\quad y\sim\pi_\theta,\;y'\sim\pi_\theta^{1-\text{mix}}\,\pi_\text{ref}^{\text{mix}}",
            ),
            hyperparameters: vec![hyper::beta(0.008), mix()],
            columns: Cow::Borrowed(&[
                Column::Drawn(Origin::Policy),
                Column::Drawn(Origin::Mixture),
            ]),
            repeated: None,
            ..compared("nash_md", "Nash-MD-PG", nash_md)
        },
        Objective {
            summary: "Online DPO against the reference's answers, with a bonus for leaving them: it explores.",
            source: "Xie et al. 2024, Exploratory Preference Optimization (XPO), as TRL",
            formula: latex(
                r"-p\log\sigma(\beta h)-(1-p)\log\sigma(-\beta h)+\alpha\log\pi_\theta(y'|x),\quad y\sim\pi_\theta,\;y'\sim\pi_\text{ref}",
            ),
            hyperparameters: vec![
                hyper::beta(0.1),
                Hyperparameter::linear("alpha", "alpha", "How strongly it explores.")
                    .over(1e-5, 1e-6, 1.0)
                    .by_factors(),
            ],
            columns: Cow::Borrowed(&[
                Column::Drawn(Origin::Policy),
                Column::Drawn(Origin::Reference),
            ]),
            repeated: None,
            ..compared("xpo", "XPO", xpo)
        },
        Objective {
            summary: "No-regret iterations towards the Nash equilibrium: each is held to the last and to the reference.",
            source: "Zhang et al. 2024, Iterative Nash Policy Optimization (INPO), through an unofficial implementation",
            formula: latex(
                r"p\left(g-\frac{1}{2\eta}\right)^2+(1-p)\left(g+\frac{1}{2\eta}\right)^2,\quad g=\log\frac{\pi_\theta(y)}{\pi_\theta(y')}-\frac{\tau}{\eta}\log\frac{\pi_\text{ref}(y)}{\pi_\text{ref}(y')}-\frac{\eta-\tau}{\eta}\log\frac{\pi_t(y)}{\pi_t(y')},\; y,y'\sim\pi_t",
            ),
            hyperparameters: vec![
                Hyperparameter::linear(
                    "eta",
                    "eta",
                    "How strongly each iteration is held to the last.",
                )
                .over(7.5e-3, 1e-3, 10.0)
                .by_factors(),
                Hyperparameter::linear(
                    "tau",
                    "tau",
                    "How strongly the policy is held to its reference; less than eta.",
                )
                .over(2.5e-3, 1e-4, 10.0)
                .by_factors(),
                iteration(),
                samples(),
            ],
            repeated: Some(Column::Drawn(Origin::Iterate)),
            ..compared("inpo", "INPO", inpo)
        },
        Objective {
            summary: "Regresses each answer's log-ratio to how often it beats the last iterate's answers.",
            source: "Wu et al. 2024, Self-Play Preference Optimization (SPPO), eq. 4.5, with its eta of 1,000",
            formula: latex(
                r"\left(\log\frac{\pi_\theta(y|x)}{\pi_t(y|x)}-\eta\left[\widehat{p}(y\succ\pi_t|x)-\tfrac12\right]\right)^2,\quad y\sim\pi_t",
            ),
            hyperparameters: vec![
                Hyperparameter::linear("eta", "eta", "How far one iteration goes.")
                    .over(1000.0, 0.1, 2000.0)
                    .by_factors(),
                iteration(),
                samples(),
            ],
            repeated: Some(Column::Drawn(Origin::Iterate)),
            ..compared("sppo", "SPPO", sppo)
        },
    ]
}

/// The mean of `loss` over every two samples of a group.
fn over_pairs<'g>(
    scores: &Scores<'g>,
    loss: impl Fn(usize, usize, Expr<'g>) -> Expr<'g>,
) -> Expr<'g> {
    let width = scores.width();
    let pairs = (0..width).flat_map(|first| (first + 1..width).map(move |second| (first, second)));
    let losses: Vec<Expr> = pairs
        .map(|(first, second)| loss(first, second, scores.preference(first, second)))
        .collect();
    let count = losses.len() as f32;
    let total = losses.into_iter().reduce(|sum, loss| sum + loss);
    total.map_or(scores.policy_choices.mean() * 0.0, |total| total / count)
}

/// How much more the policy favours sample `first` over `second` than its reference does, `[B]`, nats.
fn margin<'g>(scores: &Scores<'g>, first: usize, second: usize) -> Expr<'g> {
    scores.score(first).log_ratio() - scores.score(second).log_ratio()
}

/// The paper's loss, completed to a square and divided by tau: the same gradient direction.
fn regression<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    over_pairs(scores, |first, second, preference| {
        let target = (preference - 0.5) / hyper.get("tau");
        (margin(scores, first, second) - target).square()
    })
}

fn online_dpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    over_pairs(scores, |first, second, preference| {
        let s = hyper.get("beta") * margin(scores, first, second);
        dpo::logistic(s, preference)
    })
}

fn online_slic<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    over_pairs(scores, |first, second, preference| {
        let s = hyper.get("beta") * margin(scores, first, second);
        let zero = s.builder().constant(0.0);
        preference * (1.0 - s).max(zero) + (1.0 - preference) * (1.0 + s).max(zero)
    })
}

/// Only the first sample, the policy's, is learnt from.
fn nash_md<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let log_ratios = (scores.policy_choices - scores.reference_choices).stop_gradient();
    let held = scores.sum(log_ratios * scores.policy_choices, 0);
    hyper.get("beta") * held - (scores.preference(0, 1) - 0.5) * scores.score(0).policy
}

fn xpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    online_dpo(scores, hyper) + hyper.get("alpha") * scores.score(1).policy
}

fn inpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (eta, tau) = (hyper.get("eta"), hyper.get("tau"));
    let iterate = scores.iterate_choices();
    over_pairs(scores, |first, second, preference| {
        let [one, other] = [first, second].map(|index| scores.score(index));
        let last = scores.sum(iterate, first) - scores.sum(iterate, second);
        let gap = (one.policy - other.policy)
            - tau / eta * (one.reference - other.reference)
            - (eta - tau) / eta * last;
        let target = 0.5 / eta;
        preference * (gap - target).square() + (1.0 - preference) * (gap + target).square()
    })
}

/// How often a sample beats the last iterate is estimated from the other samples of its group.
fn sppo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let (width, iterate) = (scores.width(), scores.iterate_choices());
    let losses = (0..width).map(|index| {
        let against = (0..width).filter(|&other| other != index);
        let wins = against.map(|other| match index < other {
            true => scores.preference(index, other),
            false => 1.0 - scores.preference(other, index),
        });
        let wins = wins.reduce(|sum, win| sum + win);
        let ratio = scores.score(index).policy - scores.sum(iterate, index);
        let target = wins.map_or(ratio * 0.0, |wins| {
            hyper.get("eta") * (wins / (width - 1) as f32 - 0.5)
        });
        (ratio - target).square()
    });
    let total = losses.reduce(|sum, loss| sum + loss);
    total.map_or(scores.policy_choices.mean() * 0.0, |total| {
        total / width as f32
    })
}
