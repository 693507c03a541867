//! What an objective reads: how policy and reference score the samples of a batch.

use crate::graph::{DType, Expr};
use crate::policy::{Alternatives, Choices, Distilled, PolicyScores};

/// The scores of a batch of B groups. The samples of a group answer one prompt and are compared with
/// each other; those in the same place of every group form a column, as the objective's
/// [`columns`](super::Objective::columns) say.
#[derive(Clone)]
pub struct Scores<'g> {
    /// Whose each of the T choices (tokens) is; column after column.
    choices: Choices<'g>,
    /// log π of each choice, `[T]`, nats.
    pub policy_choices: Expr<'g>,
    /// log π_ref of each choice, a constant to the derivative, `[T]`, nats.
    pub reference_choices: Expr<'g>,
    /// What could have been chosen.
    pub alternatives: Alternatives<'g>,
    /// What is distilled, for objectives that score samples so.
    pub distilled: Option<Distilled<'g>>,
    /// Sums over the choices of each sample, `[N]`.
    policy: Expr<'g>,
    reference: Expr<'g>,
    lengths: Expr<'g>,
    groups: usize,
    /// The columns of the batch that the objective's columns are.
    columns: Vec<usize>,
    /// 1 for each sample that was given, 0 for one that is missing, `[N]`; none is, if there is nothing.
    present: Option<Expr<'g>>,
}

/// How one column is scored: B samples.
#[derive(Clone, Copy)]
pub struct Score<'g> {
    /// log π under the policy that learns, summed over the sample's choices, `[B]`, nats.
    pub policy: Expr<'g>,
    /// log π_ref, a constant to the derivative, `[B]`, nats.
    pub reference: Expr<'g>,
    /// How many choices there are (tokens, end-of-text included), `[B]`.
    pub length: Expr<'g>,
}

/// Steps of samples: each stands at the choice that it ends with, and there is nothing at the others.
#[derive(Clone, Copy)]
pub struct Steps<'g> {
    /// log(π / π_ref) of the step, `[T]`, nats.
    pub log_ratios: Expr<'g>,
    /// How much more it brings than was expected before it, `[T]`.
    pub advantages: Expr<'g>,
    /// 1 where a step ends, 0 elsewhere, `[T]`.
    pub ends: Expr<'g>,
}

/// How both sides of a batch of B pairs are scored.
#[derive(Clone, Copy)]
pub struct PairScores<'g> {
    /// The preferred side.
    pub chosen: Score<'g>,
    /// The other side.
    pub rejected: Score<'g>,
}

/// What a judge says of the samples of each group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing: the data say what is preferred.
    None,
    /// p(y ≻ y′) for every two samples of a group.
    Preferences,
    /// A reward for each sample.
    Rewards,
}

impl<'g> Scores<'g> {
    /// The inputs that a judge's words are fed to.
    pub const PREFERENCES: &'static str = "judge/preferences";
    /// The input for rewards, `[columns, B]`.
    pub const REWARDS: &'static str = "judge/rewards";
    /// The input for advantages, `[T]`.
    pub const ADVANTAGES: &'static str = "judge/advantages";
    /// The input for the place in the batch of the choice that each choice's step ends with, `[T]`, u32.
    pub const STEPS: &'static str = "judge/steps";
    /// The input for the log-probabilities of an earlier iterate of the policy, `[T]`.
    pub const ITERATE: &'static str = "iterate/choices";

    /// The scores under the policy, with the reference's log-probabilities `[T]`, in `groups` groups; the
    /// objective's columns are those `columns` of the batch.
    pub fn new(
        policy: PolicyScores<'g>,
        reference: Expr<'g>,
        groups: usize,
        columns: Vec<usize>,
    ) -> Self {
        let (choices, reference) = (policy.choices, reference.stop_gradient());
        Scores {
            choices,
            policy_choices: policy.log_probs,
            reference_choices: reference,
            policy: choices.sums(policy.log_probs),
            reference: choices.sums(reference),
            lengths: choices.lengths(),
            alternatives: policy.alternatives,
            distilled: policy.distilled,
            groups,
            columns,
            present: None,
        }
    }

    /// The same scores where some samples are missing: `present [N]` is 0 there, 1 elsewhere.
    pub fn where_present(self, present: Option<Expr<'g>>) -> Self {
        Scores { present, ..self }
    }

    /// The same scores for an objective whose columns are `columns` of these.
    pub fn of(&self, columns: Vec<usize>) -> Self {
        let columns = columns.into_iter().map(|column| self.columns[column]);
        Scores {
            columns: columns.collect(),
            ..self.clone()
        }
    }

    /// The same scores as if every sample had `length` choices.
    pub(super) fn of_length(self, length: f32) -> Self {
        Scores {
            lengths: self.lengths * 0.0 + length,
            ..self
        }
    }

    /// B.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Samples in a group.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The sums of `values [T]` over the choices of each sample of column `index`, `[B]`.
    pub fn sum(&self, values: Expr<'g>, index: usize) -> Expr<'g> {
        self.column(self.choices.sums(values), index)
    }

    /// 1 for each group whose samples of all `columns` were given, 0 for the others, `[B]`; nothing, if none is missing.
    pub fn present(&self, columns: &[usize]) -> Option<Expr<'g>> {
        let present = self.present?;
        let columns = columns.iter().map(|&index| self.column(present, index));
        columns.reduce(|all, present| all * present)
    }

    /// `values [B]` of column `index`, 0 where its sample is missing.
    pub fn counted(&self, index: usize, values: Expr<'g>) -> Expr<'g> {
        match self.present(&[index]) {
            Some(present) => values * present,
            None => values,
        }
    }

    /// The mean of a number of each sample of two columns that was given, a scalar.
    pub fn mean(&self, columns: [usize; 2], of: impl Fn(Score<'g>) -> Expr<'g>) -> Expr<'g> {
        let sum = |values: [Expr<'g>; 2]| values[0] + values[1];
        let total = sum(columns.map(|index| self.counted(index, of(self.score(index)))));
        match self.present {
            Some(present) => {
                let given = sum(columns.map(|index| self.column(present, index)));
                let one = present.builder().constant(1.0);
                // Of none it is 0.
                total.sum_all() / given.sum_all().max(one)
            }
            None => (0.5 * total).mean(),
        }
    }

    /// How column `index` is scored.
    pub fn score(&self, index: usize) -> Score<'g> {
        Score {
            policy: self.column(self.policy, index),
            reference: self.column(self.reference, index),
            length: self.column(self.lengths, index),
        }
    }

    /// How all columns are scored.
    pub fn all(&self) -> Vec<Score<'g>> {
        (0..self.width()).map(|index| self.score(index)).collect()
    }

    /// The first two columns as the sides of a pair.
    pub fn pair(&self) -> PairScores<'g> {
        PairScores {
            chosen: self.score(0),
            rejected: self.score(1),
        }
    }

    /// The first two columns, where what the longer completion has beyond the length of the shorter one
    /// counts by `alpha` only.
    pub fn pair_beyond_shorter(&self, alpha: Expr<'g>) -> PairScores<'g> {
        let [chosen, rejected] = [0, 1].map(|index| self.score(index).length);
        let shorter = chosen.min(rejected);
        let copies = vec![shorter; self.choices.samples / self.groups];
        let limits = shorter.builder().concat(0, &copies);
        let shared = self.choices.spread(limits).greater(self.choices.order);
        let weight = alpha + (1.0 - alpha) * shared;
        let policy = self.choices.sums(self.policy_choices * weight);
        let reference = self.choices.sums(self.reference_choices * weight);
        let side = |index| Score {
            policy: self.column(policy, index),
            reference: self.column(reference, index),
            length: self.column(self.lengths, index),
        };
        PairScores {
            chosen: side(0),
            rejected: side(1),
        }
    }

    /// p(sample `first` ≻ sample `second`) of each group as the judge says, `[B]`; `first < second`.
    pub fn preference(&self, first: usize, second: usize) -> Expr<'g> {
        let width = self.width();
        let pairs = width * width.saturating_sub(1) / 2;
        let place = first * width - first * (first + 1) / 2 + second - first - 1;
        let shape = [pairs, self.groups];
        let judged = self.input(Self::PREFERENCES, shape);
        judged.slice(0, place..place + 1).reshape([self.groups])
    }

    /// The judge's reward of column `index`, `[B]`.
    pub fn reward(&self, index: usize) -> Expr<'g> {
        let rewards = self.input(Self::REWARDS, [self.width(), self.groups]);
        rewards.slice(0, index..index + 1).reshape([self.groups])
    }

    /// The steps of the samples, for objectives that credit them.
    pub fn steps(&self) -> Steps<'g> {
        let count = self.choices.count();
        let ends = self
            .policy_choices
            .builder()
            .input(Self::STEPS, DType::U32, [count]);
        // A step belongs to the choice that it ends with.
        let steps = Choices {
            samples: count,
            owners: ends,
            ..self.choices
        };
        let zero = ends.builder().constant(0.0);
        Steps {
            log_ratios: steps.sums(self.policy_choices - self.reference_choices),
            advantages: self.advantages(),
            ends: steps.lengths().greater(zero),
        }
    }

    /// How much more each choice, or the step that ends with it, brings than was expected before it, `[T]`: see
    /// [`Credit`](super::Credit).
    pub fn advantages(&self) -> Expr<'g> {
        self.input(Self::ADVANTAGES, [self.choices.count()])
    }

    /// log π_t of each choice under the last iterate, a constant to the derivative, `[T]`, nats.
    pub fn iterate_choices(&self) -> Expr<'g> {
        self.input(Self::ITERATE, [self.choices.count()])
    }

    /// Entropy of one choice, averaged over the choices of each group, `[B]`, nats; none where it is the same
    /// for all.
    pub fn entropy(&self) -> Option<Expr<'g>> {
        let entropy = self.alternatives.entropy()?;
        Some(self.group_means(entropy))
    }

    /// KL(policy ‖ reference) of one choice, averaged over the choices of each group, `[B]`, nats;
    /// `reference` are the numbers of the reference's alternatives.
    pub fn divergence(&self, reference: Expr<'g>) -> Expr<'g> {
        self.group_means(self.alternatives.divergence(reference))
    }

    fn group_means(&self, values: Expr<'g>) -> Expr<'g> {
        let rows = [self.choices.samples / self.groups, self.groups];
        let counted = |values: Expr<'g>| self.present.map_or(values, |present| values * present);
        let total = |values| {
            counted(values)
                .reshape(rows)
                .sum(&[0])
                .reshape([self.groups])
        };
        total(self.choices.sums(values)) / total(self.lengths)
    }

    fn column(&self, values: Expr<'g>, index: usize) -> Expr<'g> {
        let start = self.columns[index] * self.groups;
        values.slice(0, start..start + self.groups)
    }

    fn input<const N: usize>(&self, name: &str, shape: [usize; N]) -> Expr<'g> {
        let builder = self.policy_choices.builder();
        builder.input(name, DType::F32, shape)
    }
}

impl<'g> PairScores<'g> {
    /// `h`: how much more the policy has come to favour the chosen side than its
    /// reference does, `[B]`, nats.
    pub fn margin(&self) -> Expr<'g> {
        self.chosen.log_ratio() - self.rejected.log_ratio()
    }
}

impl<'g> Score<'g> {
    /// log(π / π_ref), `[B]`.
    pub fn log_ratio(&self) -> Expr<'g> {
        self.policy - self.reference
    }

    /// log π of one choice on average, `[B]`.
    pub fn mean(&self) -> Expr<'g> {
        self.policy / self.length
    }

    /// log(π / π_ref) of one choice on average, `[B]`.
    pub fn mean_log_ratio(&self) -> Expr<'g> {
        self.log_ratio() / self.length
    }
}
