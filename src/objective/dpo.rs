//! Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290, eq. 7),
//! with the label smoothing of conservative DPO (Mitchell 2023).

use super::{Hyper, Objective, Scores, hyper, latex};
use crate::graph::Expr;

pub(super) fn family() -> Vec<Objective> {
    vec![Objective {
        summary: "Raises the chosen answer's likelihood against the rejected one's, relative to a frozen reference.",
        source: "Rafailov et al. 2023, Direct Preference Optimization, eq. 7; label smoothing: Mitchell 2023",
        formula: latex(
            r"-\log\sigma\left(\beta\left[\log\frac{\pi_\theta(y_w|x)}{\pi_\text{ref}(y_w|x)}-\log\frac{\pi_\theta(y_l|x)}{\pi_\text{ref}(y_l|x)}\right]\right)",
        ),
        hyperparameters: vec![hyper::beta(0.1), hyper::label_smoothing(0.0, 0.0, 0.5)],
        // −ln σ(0), whatever beta and label smoothing are.
        at_reference: Some(std::f64::consts::LN_2),
        ..Objective::over_pairs("dpo", "DPO", dpo)
    }]
}

/// `−(1−ε) ln σ(βh) − ε ln σ(−βh)`; TRL's `sigmoid`.
pub(super) fn dpo<'g>(scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
    let s = hyper.get("beta") * scores.pair().margin();
    logistic(s, 1.0 - hyper.get("label_smoothing"))
}

/// `−p ln σ(s) − (1−p) ln σ(−s)`, where `−ln σ(z) = softplus(−z)`: the logistic loss of `s` where the first
/// of two is preferred with probability `preference`.
pub(super) fn logistic<'g>(s: Expr<'g>, preference: Expr<'g>) -> Expr<'g> {
    preference * (-s).softplus() + (1.0 - preference) * s.softplus()
}
