//! DPO that weighs tokens or pairs by what stands in them.

use super::hyper::{self, Hyperparameter};
use super::{Hyper, Objective, Scores, latex};
use crate::graph::Expr;

const LN_2: f64 = std::f64::consts::LN_2;

pub(super) fn family() -> Vec<Objective> {
    let alpha = "What a token counts that the shorter answer has no counterpart of.";
    vec![
        Objective {
            summary: "DPO that counts less of what the longer answer has beyond the shorter one's length.",
            source: "Liu et al. 2024, Length Desensitization in DPO (LD-DPO), eq. 12; TRL's ld_alpha",
            formula: latex(
                r"-\log\sigma\left(\beta\left[\hat h(y_w)-\hat h(y_l)\right]\right),\quad \hat h(y)=\sum_t\omega_t\log\frac{\pi_\theta(y_t|x,y_{<t})}{\pi_\text{ref}(y_t|x,y_{<t})},\; \omega_t=\begin{cases}1&t\le\min(|y_w|,|y_l|)\\ \alpha&\text{else}\end{cases}",
            ),
            hyperparameters: vec![
                hyper::beta(0.1),
                Hyperparameter::linear("ld_alpha", "alpha", alpha).over(0.5, 0.0, 1.0),
            ],
            at_reference: Some(LN_2),
            ..Objective::over_pairs("ld_dpo", "LD-DPO", ld_dpo)
        },
        Objective {
            summary: "DPO that weighs a pair by how likely the policy itself would write it: off-policy pairs count less.",
            source: "Zhou et al. 2024, WPO, eq. 4, with the sampled alignment of sec. 3.3; TRL's use_weighting",
            formula: latex(
                r"-w(y_w)\,w(y_l)\,\log\sigma\left(\beta h\right),\quad w(y)=\exp\left(\frac{1}{|y|}\sum_t\left[\log\pi_\theta(y_t)-\log\sum_v\pi_\theta(v)^2\right]\right)",
            ),
            ..Objective::over_pairs("wpo", "WPO", wpo)
        },
    ]
}

fn ld_dpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let margin = scores.pair_beyond_shorter(hyper.get("ld_alpha")).margin();
    (-(hyper.get("beta") * margin)).softplus()
}

/// The weights are constants to the derivative.
fn wpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let own = scores.policy_choices - scores.alternatives.agreement().log();
    let [chosen, rejected] =
        [0, 1].map(|index| scores.sum(own, index) / scores.score(index).length);
    let weight = (chosen + rejected).exp().stop_gradient();
    weight * (-(hyper.get("beta") * scores.pair().margin())).softplus()
}
