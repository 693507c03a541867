//! How two answers compare, by what was read of them.

use super::Learned;
use crate::graph::Expr;
use crate::policy::{Initial, Parameter, Weights};

/// Compares the end states of answers.
pub trait Head: Default {
    /// Its weights, for states of this width.
    fn parameters(&self, width: usize) -> Vec<Parameter>;

    /// The log-odds s of each of `first` against its counterpart in `second`, from `[N, width]` each:
    /// `[N]`, nats, p(first ≻ second) = σ(s). Exchanging the two changes the sign and nothing else.
    fn log_odds<'g>(&self, weights: &Weights<'g>, first: Expr<'g>, second: Expr<'g>) -> Expr<'g>;
}

/// A reward for each answer, linear in its state h: r = w · h, s = r − r′ (Bradley and Terry 1952;
/// Stiennon et al. 2020, Learning to summarize from human feedback, §3.4).
#[derive(Clone, Copy, Debug, Default)]
pub struct BradleyTerry;

/// A preference of its own for every two answers, which need not be transitive:
/// s = (hᵀ B h′ − h′ᵀ B h) / width + u · (h − h′). The first term is what general preference models add to
/// a reward (Zhang et al. 2024, Beyond Bradley–Terry models: A general preference model for language
/// model alignment, with A = B − Bᵀ); the second is a Bradley–Terry reward.
#[derive(Clone, Copy, Debug, Default)]
pub struct Antisymmetric;

/// Judges by a reward: [`BradleyTerry`].
pub type RewardModel = Learned<BradleyTerry>;

/// Judges by preferences that no reward need explain: [`Antisymmetric`].
pub type PreferenceModel = Learned<Antisymmetric>;

/// The loss of pairs whose chosen side has these log-odds, −log σ(s), nats: that of a reward model for
/// s = r(chosen) − r(rejected) (Stiennon et al. 2020, §3.4).
pub fn bradley_terry(log_odds: Expr<'_>) -> Expr<'_> {
    (-log_odds).softplus()
}

impl Head for BradleyTerry {
    fn parameters(&self, width: usize) -> Vec<Parameter> {
        vec![reward(width)]
    }

    fn log_odds<'g>(&self, weights: &Weights<'g>, first: Expr<'g>, second: Expr<'g>) -> Expr<'g> {
        reward_gap(weights, first, second)
    }
}

impl Head for Antisymmetric {
    fn parameters(&self, width: usize) -> Vec<Parameter> {
        vec![reward(width), relation(width)]
    }

    fn log_odds<'g>(&self, weights: &Weights<'g>, first: Expr<'g>, second: Expr<'g>) -> Expr<'g> {
        let (count, width) = (first.dims()[0], first.dims()[1]);
        let relation = weights.parameter(&relation(width));
        // Both orders, each computed alike: so the sign changes exactly.
        let one_way = |from: Expr<'g>, to: Expr<'g>| (from.matmul(relation) * to).sum(&[1]);
        let gap = (one_way(first, second) - one_way(second, first)) / width as f32;
        gap.reshape([count]) + reward_gap(weights, first, second)
    }
}

/// w · (h − h′), `[N]`.
fn reward_gap<'g>(weights: &Weights<'g>, first: Expr<'g>, second: Expr<'g>) -> Expr<'g> {
    let (count, width) = (first.dims()[0], first.dims()[1]);
    let reward = weights.parameter(&reward(width));
    (first - second).matmul(reward).reshape([count])
}

/// w, or u: `[width, 1]`.
fn reward(width: usize) -> Parameter {
    head_weight("judge.reward.weight", width, 1)
}

/// B: `[width, width]`.
fn relation(width: usize) -> Parameter {
    head_weight("judge.relation.weight", width, width)
}

fn head_weight(name: &str, rows: usize, columns: usize) -> Parameter {
    Parameter {
        name: name.to_owned(),
        shape: [rows, columns].into(),
        initial: Initial::Zeros,
        decays: true,
    }
}
