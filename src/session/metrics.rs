//! What a session measures, under TRL's names.

use std::sync::LazyLock;

use super::sides::Given;
use crate::diagnostics::LogRatios;
use crate::engine::Outputs;
use crate::graph::Expr;
use crate::objective::{Column, Hyper, Judgement, Objective, Score, Scores, Scoring};

/// A measured quantity.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// TRL's name where TRL has one.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What it is, with its unit.
    pub help: &'static str,
}

const fn metric(name: &'static str, title: &'static str, help: &'static str) -> Metric {
    Metric { name, title, help }
}

/// Measured for each group and averaged: over the batch at every step, and with the
/// prefix `eval_` over the held-out pairs.
const GROUP_METRICS: [Metric; 10] = [
    metric(
        "loss",
        "Loss",
        "The objective, averaged over pairs; where it depends on the batch, over batches as large as those of an \
         update.",
    ),
    metric(
        "rewards/chosen",
        "Reward, chosen",
        "beta × (log π − log π_ref) of the chosen side: the implicit reward. Without chosen answers, of the \
         policy's own.",
    ),
    metric(
        "rewards/rejected",
        "Reward, rejected",
        "beta × (log π − log π_ref) of the rejected side.",
    ),
    metric(
        "rewards/margins",
        "Margin",
        "Reward of the chosen side minus that of the rejected side.",
    ),
    metric(
        "rewards/accuracies",
        "Accuracy",
        "The share of pairs whose chosen side has the larger reward.",
    ),
    metric(
        "logps/chosen",
        "log π, chosen",
        "Log-probability of the chosen completion, summed over its tokens with end-of-text, nats.",
    ),
    metric(
        "logps/rejected",
        "log π, rejected",
        "Log-probability of the rejected completion, nats.",
    ),
    metric(
        "logps/reference_chosen",
        "log π_ref, chosen",
        "The reference's log-probability of the chosen completion, nats.",
    ),
    metric(
        "logps/reference_rejected",
        "log π_ref, rejected",
        "The reference's log-probability of the rejected completion, nats.",
    ),
    metric(
        "entropy",
        "Entropy",
        "Entropy of the next token along the completions, averaged, nats.",
    ),
];

/// The columns whose samples a metric of a pair is about: one that is missing has none.
pub(super) fn sides_of(metric: &str) -> &'static [usize] {
    match metric {
        "rewards/chosen" | "logps/chosen" | "logps/reference_chosen" => &[0],
        "rewards/rejected" | "logps/rejected" | "logps/reference_rejected" => &[1],
        "rewards/margins" | "rewards/accuracies" => &[0, 1],
        _ => &[],
    }
}

/// Measured at every step on answers of the policy's own, by methods that draw them.
const DRAWN_METRICS: [Metric; 9] = [
    metric(
        "objective/kl",
        "log(π / π_ref), own answers",
        "The mean of log π − log π_ref of the answers drawn, nats an answer: where they are drawn from the \
         policy, an estimate of KL(π ‖ π_ref).",
    ),
    metric(
        "objective/scores",
        "Reward by the judge",
        "The judge's reward of the answers drawn, averaged.",
    ),
    metric(
        "judge/proxy",
        "Reward by the proxy",
        "The reward, by the learned judge that the policy learns from, of the answers drawn, averaged. A \
         reward model's are such that the chosen training answers have 0 on average.",
    ),
    metric(
        "judge/gold",
        "Reward by gold",
        "The points, by the rule that the policy does not learn from, of the same answers, averaged: where \
         the proxy rises and gold falls, the policy exploits the proxy's mistakes.",
    ),
    metric(
        "critic/error",
        "What the critic missed",
        "How far the returns of the answers drawn lay from what the critic expected before each token, root mean \
         square, in units of reward.",
    ),
    metric(
        "critic/spread",
        "Spread of returns",
        "How far the same returns lay from their mean: what a critic would miss that expects the same everywhere.",
    ),
    metric(
        "completions/mean_length",
        "Length, own answers",
        "Tokens in an answer drawn, end-of-text included, averaged.",
    ),
    metric(
        "replay/groups",
        "Replay buffer",
        "The judged groups of answers in the replay buffer, from which the update drew its batch.",
    ),
    metric(
        "checkpoint",
        "Checkpoint drawn",
        "The updates that were made before the checkpoint that this update learnt against.",
    ),
];

/// Measured at every step of the update itself.
const UPDATE_METRICS: [Metric; 2] = [
    metric(
        "grad_norm",
        "Gradient norm",
        "The loss's gradient by all weights, before clipping.",
    ),
    metric(
        "learning_rate",
        "Learning rate",
        "The size of the step, warm-up included.",
    ),
];

/// Measured with the held-out pairs (the divergence on the training pairs, if there are none of those).
const EVALUATION_METRICS: [Metric; 3] = [
    metric(
        "kl",
        "KL to the reference",
        "KL(π ‖ π_ref) of the next token, exact over the vocabulary, averaged along the completions of the held-out pairs, nats a token.",
    ),
    metric(
        "eval_perplexity",
        "Perplexity, held-out",
        "exp of minus the mean log π of a token of the held-out pairs' chosen answers: how well the policy still \
         knows ordinary text.",
    ),
    metric(
        "eval_win_rate",
        "Win rate, estimated",
        "How often the judge prefers an answer drawn from the policy to one drawn from the reference, with the \
         same luck, over a few prompts: an estimate.",
    ),
];

/// The output of an evaluation for the tokens in each chosen answer.
pub(super) const CHOSEN_LENGTH: &str = "length/chosen";
/// TRL's prefix of what is measured on the held-out pairs.
pub(super) const HELD_OUT_PREFIX: &str = "eval_";

/// All metrics.
pub fn metrics() -> impl Iterator<Item = &'static Metric> {
    let at_each_step = GROUP_METRICS
        .iter()
        .chain(&DRAWN_METRICS)
        .chain(&UPDATE_METRICS);
    at_each_step.chain(&EVALUATION_METRICS)
}

static COLUMNS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let name = |metric: &Metric| metric.name.to_owned();
    let at_each_step = GROUP_METRICS
        .iter()
        .chain(&DRAWN_METRICS)
        .chain(&UPDATE_METRICS);
    let held_out = GROUP_METRICS
        .iter()
        .map(|metric| format!("{HELD_OUT_PREFIX}{}", metric.name));
    let held_out = held_out.chain(EVALUATION_METRICS.iter().map(name));
    at_each_step.map(name).chain(held_out).collect()
});

/// The names of the columns of a [`Row`], in order.
pub fn columns() -> &'static [String] {
    &COLUMNS
}

/// All metrics of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Updates made when it was measured, this one included.
    pub step: u32,
    /// One value for each of [`columns`]; NaN where nothing was measured.
    pub values: Vec<f32>,
}

/// What was measured on some pairs, by name.
pub(super) struct Measured(Vec<(&'static str, f32)>);

impl Row {
    pub(super) fn empty(step: u32) -> Self {
        Row {
            step,
            values: vec![f32::NAN; COLUMNS.len()],
        }
    }

    /// The value in the column `name`; NaN if there is none.
    pub fn value(&self, name: &str) -> f32 {
        let column = COLUMNS.iter().position(|column| column == name);
        column.map_or(f32::NAN, |column| self.values[column])
    }

    /// Sets the value in the column `name`, if there is one.
    pub(super) fn set(&mut self, name: &str, value: f32) {
        if let Some(column) = COLUMNS.iter().position(|column| column == name) {
            self.values[column] = value;
        }
    }

    /// Fills in what an update measured.
    pub(super) fn fill_update(&mut self, outputs: &Outputs) {
        for metric in GROUP_METRICS
            .iter()
            .chain(&DRAWN_METRICS)
            .chain(&UPDATE_METRICS)
        {
            if let Some(value) = outputs.get(metric.name) {
                self.set(metric.name, value.first());
            }
        }
    }

    /// Fills in what was measured on the training pairs, as if a batch had held all of them.
    pub(super) fn fill_training(&mut self, measured: &Measured) {
        for metric in &GROUP_METRICS {
            self.set(metric.name, measured.value(metric.name));
        }
    }

    /// Fills in what an evaluation measured; of pairs that are not `held_out`, the divergence only.
    pub(super) fn fill_evaluated(&mut self, measured: &Measured, held_out: bool) {
        self.set(
            EVALUATION_METRICS[0].name,
            measured.value(EVALUATION_METRICS[0].name),
        );
        if held_out {
            for metric in &GROUP_METRICS {
                let name = format!("{HELD_OUT_PREFIX}{}", metric.name);
                self.set(&name, measured.value(metric.name));
            }
            let name = EVALUATION_METRICS[1].name;
            self.set(name, measured.value(name));
        }
    }

    /// Fills in the mean of `losses`, each of a batch, if there are any.
    pub(super) fn fill_batch_losses(&mut self, name: &str, losses: &[f32]) {
        if !losses.is_empty() {
            self.set(name, losses.iter().sum::<f32>() / losses.len() as f32);
        }
    }

    /// Fills in how often the judge prefers the policy, if it was asked.
    pub(super) fn fill_win_rate(&mut self, rate: Option<f32>) {
        self.set(EVALUATION_METRICS[2].name, rate.unwrap_or(f32::NAN));
    }

    /// The mean log-ratios among the columns with `prefix`: "", or [`HELD_OUT_PREFIX`].
    pub(super) fn log_ratios(&self, prefix: &str) -> LogRatios {
        let log_ratio = |side: &str| {
            let log_prob = |of: &str| self.value(&format!("{prefix}logps/{of}"));
            log_prob(side) - log_prob(&format!("reference_{side}"))
        };
        LogRatios {
            chosen: log_ratio("chosen"),
            rejected: log_ratio("rejected"),
        }
    }
}

impl Measured {
    /// The means over what the runs of an evaluation gave, each for pairs with the sides that were given: the first
    /// of those that it was filled up to.
    pub(super) fn means<'a>(parts: impl Iterator<Item = (&'a Outputs, Vec<Given>)>) -> Self {
        let measured = GROUP_METRICS.iter().chain(&EVALUATION_METRICS[..1]);
        let names: Vec<&str> = measured
            .map(|metric| metric.name)
            .chain([CHOSEN_LENGTH])
            .collect();
        let mut sums = vec![(0.0, 0); names.len()];
        for (outputs, pairs) in parts {
            for ((sum, count), name) in sums.iter_mut().zip(&names) {
                let Some(values) = outputs.get(*name) else {
                    *sum = f32::NAN;
                    continue;
                };
                let values = values.as_f32().iter().zip(&pairs);
                for (value, given) in values {
                    if sides_of(name).iter().all(|&side| given[side]) {
                        *sum += value;
                        *count += 1;
                    }
                }
            }
        }
        let means = sums.into_iter().map(|(sum, count)| sum / count as f32);
        let mut measured = Measured(names.into_iter().zip(means).collect());
        let per_token = measured.value("logps/chosen") / measured.value(CHOSEN_LENGTH);
        measured
            .0
            .push((EVALUATION_METRICS[1].name, (-per_token).exp()));
        measured
    }

    /// The value called `name`; NaN if there is none.
    fn value(&self, name: &str) -> f32 {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or(f32::NAN, |(_, value)| *value)
    }
}

/// The nodes of those of [`GROUP_METRICS`] and [`DRAWN_METRICS`] that a batch of these columns has,
/// each `[B]`, by name.
pub(super) fn group_metrics<'g>(
    objective: &Objective,
    scores: &Scores<'g>,
    hyper: &Hyper<'g>,
    columns: &[Column],
) -> Vec<(&'static str, Expr<'g>)> {
    if objective.scoring == Scoring::Distillation {
        // Its samples are compared with no reference.
        return Vec::new();
    }
    let scale = objective.reward_scale().map(|name| hyper.get(name));
    let reward = |side: &Score<'g>| match scale {
        Some(scale) => scale * side.log_ratio(),
        None => side.log_ratio(),
    };
    let entropy = scores.entropy().map(|entropy| ("entropy", entropy));
    let mut measured: Vec<_> = entropy.into_iter().collect();
    let [chosen, rejected] = sides(objective, scores, columns);
    if let Some(side) = &chosen {
        measured.push(("rewards/chosen", reward(side)));
        measured.push(("logps/chosen", side.policy));
        measured.push(("logps/reference_chosen", side.reference));
    }
    if let Some(side) = &rejected {
        measured.push(("rewards/rejected", reward(side)));
        measured.push(("logps/rejected", side.policy));
        measured.push(("logps/reference_rejected", side.reference));
    }
    if let (Some(chosen), Some(rejected)) = (&chosen, &rejected) {
        let (chosen, rejected) = (reward(chosen), reward(rejected));
        measured.push(("rewards/margins", chosen - rejected));
        measured.push(("rewards/accuracies", chosen.greater(rejected)));
    }
    let drawn = places(columns, |column| matches!(column, Column::Drawn(_)));
    if let Some(side) = mean(scores, &drawn) {
        measured.push(("objective/kl", side.log_ratio()));
    }
    measured
}

/// What stands on the chosen and on the rejected side: the data's answers or, where the data have none,
/// the policy's own; where a judge compares, what it prefers.
fn sides<'g>(
    objective: &Objective,
    scores: &Scores<'g>,
    columns: &[Column],
) -> [Option<Score<'g>>; 2] {
    let judged = objective.judgement == Judgement::Preferences;
    if judged
        && columns
            .iter()
            .all(|column| matches!(column, Column::Drawn(_)))
    {
        // Of the first two; the others are drawn like them.
        let second_wins =
            (0.5 - scores.preference(0, 1)).greater(scores.policy_choices.builder().constant(0.0));
        let (first, second) = (scores.score(0), scores.score(1));
        let pick = |one: Score<'g>, other: Score<'g>| Score {
            policy: second_wins.select(one.policy, other.policy),
            reference: second_wins.select(one.reference, other.reference),
            length: second_wins.select(one.length, other.length),
        };
        return [Some(pick(second, first)), Some(pick(first, second))];
    }
    let chosen = places(columns, |column| {
        matches!(column, Column::Chosen | Column::Kept)
    });
    let rejected = places(columns, |column| column == Column::Rejected);
    [mean(scores, &chosen), mean(scores, &rejected)]
}

fn places(columns: &[Column], wanted: impl Fn(Column) -> bool) -> Vec<usize> {
    let places = columns.iter().enumerate();
    places
        .filter_map(|(place, column)| wanted(*column).then_some(place))
        .collect()
}

/// The mean scores of some columns.
fn mean<'g>(scores: &Scores<'g>, places: &[usize]) -> Option<Score<'g>> {
    let all = places.iter().map(|&place| scores.score(place));
    let sum = all.reduce(|sum, score| Score {
        policy: sum.policy + score.policy,
        reference: sum.reference + score.reference,
        length: sum.length + score.length,
    })?;
    let count = places.len() as f32;
    Some(match places.len() {
        1 => sum,
        _ => Score {
            policy: sum.policy / count,
            reference: sum.reference / count,
            length: sum.length / count,
        },
    })
}
