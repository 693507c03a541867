//! What an update runs over: the samples in the columns of its batch, and what is said of them.

use crate::engine::{Feeds, HostData, HostTensor};
use crate::judge::{JudgeError, MeanRewards};
use crate::objective::{Column, Credit, Judgement, Origin, Scores, diffusion};
use crate::policy::diffusion::consistency;
use crate::policy::{Glance, Policy, Scoring, Weights};
use crate::rng::{self, Purpose};

use super::person::COMPARED;
use super::steps::{self, Step};
use super::{Session, SessionError, graphs, sides};

/// Prompts that a win rate is estimated over.
const WIN_RATE_PROMPTS: usize = 16;
/// Two answers to one prompt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair<S> {
    /// The preferred one.
    pub chosen: S,
    /// The other.
    pub rejected: S,
}

/// What an update runs over.
pub(super) struct Batch<S> {
    /// Pairs drawn for it.
    pub(super) pairs: usize,
    /// Groups: one for each pair or, where expectations are exact, for each outcome.
    pub(super) groups: usize,
    /// The samples, column after column.
    pub(super) samples: Vec<S>,
    /// The weight of each group; all are alike if there are none.
    pub(super) weights: Option<Vec<f32>>,
    /// For each sample 1 if its side was given, 0 if not; all were, if there is nothing.
    pub(super) present: Option<Vec<f32>>,
    /// What is fed for each choice of each sample, by the names of the inputs.
    pub(super) choices: Vec<(&'static str, HostData)>,
    /// What the judge says.
    pub(super) judged: Feeds,
    /// Metrics that are known already.
    pub(super) known: Vec<(&'static str, f32)>,
}

/// The groups of a batch, judged.
pub(super) struct Gathered<S> {
    /// Pairs drawn for it.
    pub(super) pairs: usize,
    /// The samples, column after column.
    pub(super) samples: Vec<S>,
    /// The weight of each group; all are alike if there are none.
    pub(super) weights: Option<Vec<f32>>,
    /// What the judge says.
    pub(super) judged: Feeds,
    /// The steps of each sample, where they are credited.
    pub(super) steps: Vec<Vec<Step>>,
    /// Metrics that are known already.
    pub(super) known: Vec<(&'static str, f32)>,
}

/// What one update learnt from, beside the data: answers to one prompt, and what was said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout<S> {
    /// The update, counted from 1.
    pub step: u32,
    /// Those of the group that the data gave.
    pub given: Vec<S>,
    /// The answers.
    pub answers: Vec<S>,
    /// p(y ≻ y′) for every two of them, the first with each later one, then the second, …; or nothing.
    pub preferences: Vec<f32>,
    /// The judge's reward of each; or nothing.
    pub rewards: Vec<f32>,
    /// log(π / π_ref) of those given, then of the answers, as the update had them: once its metrics are here, of
    /// methods that compare the policy with an earlier checkpoint.
    pub log_ratios: Vec<f32>,
}

/// What is known of answers by a judge that is watched.
pub(super) fn judged_metrics(means: MeanRewards) -> [(&'static str, f32); 2] {
    [("judge/proxy", means.proxy), ("judge/gold", means.gold)]
}

/// All chosen sides of `pairs`, then all rejected ones.
pub(super) fn sides<'a, S>(pairs: &[&'a Pair<S>]) -> Vec<&'a S> {
    let chosen = pairs.iter().map(|pair| &pair.chosen);
    chosen
        .chain(pairs.iter().map(|pair| &pair.rejected))
        .collect()
}

/// The mean of `values`, column after column, by the weights of the groups if they have any.
fn mean(values: &[f32], weights: Option<&[f32]>) -> f32 {
    match weights {
        None => values.iter().sum::<f32>() / values.len().max(1) as f32,
        Some(weights) => {
            let columns = (values.len() / weights.len().max(1)).max(1) as f32;
            let terms = values.iter().zip(weights.iter().cycle());
            let total = weights.iter().sum::<f32>() * columns;
            terms.map(|(value, weight)| value * weight).sum::<f32>() / total
        }
    }
}

/// `items` filled up to a power of two, so that few plans are needed.
pub(super) fn filled<T>(items: &[T]) -> Vec<&T> {
    let count = items.len().next_power_of_two();
    let last = items.len().saturating_sub(1);
    (0..count)
        .filter_map(|index| items.get(index.min(last)))
        .collect()
}

impl<P: Policy> Session<P> {
    /// Puts the next batch together: what is judged afresh, or what a person has compared; and has it scored
    /// by what does not learn.
    pub(super) async fn next_batch(&mut self) -> Result<Batch<P::Sample>, SessionError> {
        if self.objective.iterates() && self.step - self.iterated >= self.values.iteration() {
            self.begin_iteration()?;
        }
        let columns = self.columns();
        let present = self.learns_from_one_side().then(|| {
            let indices = self.next_indices().into_iter();
            let given = indices.map(|index| self.given(self.training[index].0));
            sides::presence(&columns, &given.collect::<Vec<_>>())
        });
        let earlier = self.draw_checkpoint()?;
        let Gathered {
            pairs,
            samples,
            weights,
            judged,
            steps,
            mut known,
        } = match self.person.in_use {
            true => self.judged_by_person().await?,
            false => {
                let fresh = self.drawn_and_judged(&columns).await?;
                self.replayed(fresh)
            }
        };
        let groups = weights.as_ref().map_or(pairs, Vec::len);
        if self.objective.draws() {
            let drawn = columns.iter().zip(samples.chunks(groups));
            let drawn =
                drawn.filter(|(column, _)| matches!(column, Column::Drawn(_) | Column::Kept));
            let lengths: Vec<f32> = drawn
                .flat_map(|(_, column)| column)
                .map(|sample| self.policy.choices(sample) as f32)
                .collect();
            known.push((
                "completions/mean_length",
                mean(&lengths, weights.as_deref()),
            ));
        }
        known.extend(earlier.map(|step| ("checkpoint", step as f32)));
        self.rollouts = self.rollouts_of(&columns, &samples, &judged, groups);
        let samples = self.looked_at(samples, groups);
        let known_reference = match self.live_reference() {
            None => Some(self.reference_choices(&samples).await?),
            Some(_) => None,
        };
        let reference = known_reference.as_deref().unwrap_or_default();
        let mut choices = Vec::new();
        if self.objective.iterates() {
            let all: Vec<&P::Sample> = samples.iter().collect();
            let iterate = self.score(Weights::ITERATE, &all).await?.concat();
            if self.objective.credit == Credit::Critic {
                let rewards = judged.get(Scores::REWARDS);
                let rewards = rewards.map_or(&[][..], HostTensor::as_f32);
                let log_probs = [&iterate[..], reference];
                let credited = self.credit(&samples, rewards, log_probs, weights.as_deref());
                let credited = credited.await?;
                choices.push((Scores::ADVANTAGES, HostData::F32(credited.advantages)));
                known.extend(credited.known);
            }
            choices.push((Scores::ITERATE, HostData::F32(iterate)));
        }
        choices.extend(known_reference.map(|scores| (graphs::REFERENCE, HostData::F32(scores))));
        if self.objective.credit == Credit::Steps {
            let (advantages, ends) = steps::feeds(&steps);
            choices.push((Scores::ADVANTAGES, HostData::F32(advantages)));
            choices.push((Scores::STEPS, HostData::U32(ends)));
        }
        Ok(Batch {
            pairs,
            groups,
            samples,
            weights,
            present,
            choices,
            judged,
            known,
        })
    }

    /// The samples as this update scores them: those of a group with the same luck, or each with its own.
    fn looked_at(&self, samples: Vec<P::Sample>, groups: usize) -> Vec<P::Sample> {
        let key = rng::key(self.seed);
        let lucks = match self.values.get(diffusion::NOISE) == diffusion::OWN_NOISE {
            true => samples.len(),
            false => groups,
        };
        let samples = samples.into_iter().enumerate();
        let looked_at = samples.map(|(place, sample)| {
            let luck = (place % lucks.max(1)) as u32;
            let seed = rng::seed(key, Purpose::Noise, self.step, luck);
            let glance = match self.objective.scoring {
                Scoring::Consistency => Glance::Neighbours {
                    seed,
                    levels: self.levels(),
                },
                Scoring::Distillation => Glance::Distilled {
                    seed,
                    forget: self.values.get(diffusion::FORGET) as u32,
                    // Less than 0 is any.
                    instead: Some(self.values.get(diffusion::INSTEAD))
                        .filter(|class| *class >= 0.0)
                        .map(|class| class as u32),
                },
                Scoring::Likelihood | Scoring::Steps => Glance::Once(seed),
            };
            self.policy.looked_at(sample, glance)
        });
        looked_at.collect()
    }

    /// The levels of noise among which the next update of consistency training looks at neighbours.
    fn levels(&self) -> usize {
        let number = |name| self.values.get(name) as usize;
        let [updates, first, last] = diffusion::CURRICULUM.map(number);
        consistency::levels(self.step as usize, updates, first, last)
    }

    /// What the samples of a group are.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.objective.columns(self.samples())
    }

    /// Samples that the objective repeats in each group; a person compares two.
    pub(super) fn samples(&self) -> usize {
        match self.person.in_use {
            true => COMPARED,
            false => self.values.samples(),
        }
    }

    /// The groups for the next pairs: draws answers and has them judged.
    async fn drawn_and_judged(
        &mut self,
        columns: &[Column],
    ) -> Result<Gathered<P::Sample>, SessionError> {
        let indices = self.next_indices();
        let pairs = indices.iter().map(|&index| self.training[index].1.clone());
        let pairs: Vec<Pair<P::Sample>> = pairs.collect();
        let (samples, weights) = match self.takes_expectations() {
            true => {
                let (samples, weights) = self.outcomes(columns, &pairs).await?;
                // They are few, and come again.
                self.score_reference(&samples.iter().collect::<Vec<_>>())
                    .await?;
                (samples, Some(weights))
            }
            false => {
                let mut samples = Vec::with_capacity(columns.len() * pairs.len());
                // Like columns are drawn together.
                for run in columns.chunk_by(|one, other| one == other) {
                    let place = (samples.len() / pairs.len()) as u32;
                    samples.extend(self.fill(run[0], run.len(), place, &pairs).await?);
                }
                (samples, self.weights_of(&indices))
            }
        };
        let groups = weights.as_ref().map_or(pairs.len(), Vec::len);
        let mut known = Vec::new();
        let mut steps = Vec::new();
        let judged = match self.objective.judgement {
            Judgement::None => Feeds::new(),
            Judgement::Preferences => self.preferences(&samples, groups).await?,
            Judgement::Rewards => {
                let said = self.rewards(&samples).await?;
                known.push(("objective/scores", mean(&said, weights.as_deref())));
                known.extend(self.take_means().into_iter().flat_map(judged_metrics));
                if self.objective.credit == Credit::Steps {
                    steps = self.steps(&samples, groups, &said).await?;
                }
                let said = HostTensor::f32([columns.len(), groups], said);
                Feeds::from([(Scores::REWARDS.to_owned(), said)])
            }
        };
        known.extend(self.take_means().into_iter().flat_map(judged_metrics));
        Ok(Gathered {
            pairs: pairs.len(),
            samples,
            weights,
            judged,
            steps,
            known,
        })
    }

    /// The groups of a batch as what was drawn and judged.
    fn rollouts_of(
        &self,
        columns: &[Column],
        samples: &[P::Sample],
        judged: &Feeds,
        groups: usize,
    ) -> Vec<Rollout<P::Sample>> {
        if !self.objective.draws() {
            return Vec::new();
        }
        let said = |name: &str, group: usize| -> Vec<f32> {
            let all = judged.get(name).map_or(&[][..], HostTensor::as_f32);
            all.iter().skip(group).step_by(groups).copied().collect()
        };
        let drawn = |column: &Column| matches!(column, Column::Drawn(_) | Column::Kept);
        let some = |group: usize, wanted: bool| -> Vec<P::Sample> {
            let columns = columns.iter().zip(samples.chunks(groups));
            let columns = columns.filter(|(column, _)| drawn(column) == wanted);
            columns.map(|(_, column)| column[group].clone()).collect()
        };
        let rollout = |group: usize| Rollout {
            step: self.step + 1,
            given: some(group, false),
            answers: some(group, true),
            preferences: said(Scores::PREFERENCES, group),
            rewards: said(Scores::REWARDS, group),
            log_ratios: Vec::new(),
        };
        (0..groups).map(rollout).collect()
    }

    /// The indices of the pairs of the next update: every pair once an epoch, in an order
    /// that depends on the seed and the epoch alone.
    pub(super) fn next_indices(&self) -> Vec<usize> {
        let count = self.training.len();
        let size = self.values.batch_size().min(count);
        let key = rng::key(self.seed);
        rng::batch(key, Purpose::Shuffle, self.drawn, size, count)
    }

    /// What the pairs at `indices` of the training pairs count for in the loss of their batch: 1 together, on
    /// average over all batches. Nothing, if all pairs count alike.
    fn weights_of(&self, indices: &[usize]) -> Option<Vec<f32>> {
        if self.pair_weights.is_empty() {
            return None;
        }
        let weight = |index: usize| self.pair_weights.get(&self.training[index].0);
        let weight = |index: usize| weight(index).copied().unwrap_or(1.0);
        let count = self.training.len();
        let mean = (0..count).map(weight).sum::<f32>() / count as f32;
        let share = |&index: &usize| weight(index) / (mean * indices.len() as f32);
        Some(indices.iter().map(share).collect())
    }

    /// The ids of the pairs that the next update learns from; none, if it learns from what a person has compared.
    pub fn next_pairs(&self) -> Vec<u32> {
        if self.person.in_use || self.training.is_empty() {
            return Vec::new();
        }
        let indices = self.next_indices().into_iter();
        indices.map(|index| self.training[index].0).collect()
    }

    /// p(y ≻ y′) for every two columns, `[pairs of columns, groups]`.
    async fn preferences(
        &mut self,
        samples: &[P::Sample],
        groups: usize,
    ) -> Result<Feeds, SessionError> {
        let width = samples.len() / groups;
        let columns =
            (0..width).flat_map(|first| (first + 1..width).map(move |second| (first, second)));
        let pairs: Vec<[&P::Sample; 2]> = columns
            .flat_map(|(first, second)| {
                let sample = |column: usize, group: usize| &samples[column * groups + group];
                (0..groups).map(move |group| [sample(first, group), sample(second, group)])
            })
            .collect();
        let judge = self.judge.as_mut().ok_or(JudgeError::NoJudge)?;
        let said = judge.preferences(&pairs).await?;
        let shape = [pairs.len() / groups, groups];
        let said = HostTensor::f32(shape, said);
        Ok(Feeds::from([(Scores::PREFERENCES.to_owned(), said)]))
    }

    /// The reward of each of `samples`.
    pub(super) async fn rewards(
        &mut self,
        samples: &[P::Sample],
    ) -> Result<Vec<f32>, SessionError> {
        let all: Vec<&P::Sample> = samples.iter().collect();
        let judge = self.judge.as_mut().ok_or(JudgeError::NoJudge)?;
        Ok(judge.rewards(&all).await?)
    }

    /// What a judge that is watched has seen since the last call.
    pub(super) fn take_means(&mut self) -> Option<MeanRewards> {
        self.judge.as_mut().and_then(|judge| judge.take_means())
    }

    /// How often the judge prefers an answer of the policy to one of the reference: over the first
    /// prompts that are measured, with the same luck for both, or over all answers. Only where a judge is
    /// asked anyway.
    pub(super) async fn win_rate(&mut self) -> Result<Option<f32>, SessionError> {
        if self.objective.judgement == Judgement::None || self.judge.is_none() {
            return Ok(None);
        }
        let mut pairs = self.evaluated();
        pairs.truncate(WIN_RATE_PROMPTS);
        let origins = [Origin::Policy, Origin::Reference];
        let (samples, weights) = match self.takes_expectations() {
            true => {
                match self.outcomes(&origins.map(Column::Drawn), &pairs).await {
                    Ok((samples, weights)) => (samples, Some(weights)),
                    // That nothing is measured stops no run.
                    Err(SessionError::TooManyOutcomes { .. }) => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
            false => {
                let prompts: Vec<&P::Sample> = pairs.iter().map(|pair| &pair.chosen).collect();
                let mut samples = Vec::with_capacity(2 * prompts.len());
                for origin in origins {
                    let source = self.source(origin);
                    samples.extend(self.draw(&prompts, source, u32::MAX).await?);
                }
                (samples, None)
            }
        };
        let (policy, reference) = samples.split_at(samples.len() / 2);
        let pairs: Vec<[&P::Sample; 2]> =
            policy.iter().zip(reference).map(|(a, b)| [a, b]).collect();
        let judge = self.judge.as_mut().ok_or(JudgeError::NoJudge)?;
        let said = judge.preferences(&pairs).await?;
        Ok(Some(mean(&said, weights.as_deref())))
    }

    /// log π_ref of each choice of `samples`, one sample after the other.
    async fn reference_choices(&mut self, samples: &[P::Sample]) -> Result<Vec<f32>, SessionError> {
        let known = |sample: &&P::Sample| self.reference.contains_key(*sample);
        let new: Vec<&P::Sample> = samples.iter().filter(|sample| !known(sample)).collect();
        let scored = self.score(Weights::REFERENCE, &new).await?;
        let mut scored = scored.into_iter();
        let mut choices = Vec::new();
        for sample in samples {
            match self.reference.get(sample) {
                Some(known) => choices.extend(known),
                None => choices.extend(scored.next().unwrap_or_default()),
            }
        }
        Ok(choices)
    }
}
