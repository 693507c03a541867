//! What an update runs over: the samples in the columns of its batch, and what is said of them.

use crate::engine::{Feeds, HostTensor};
use crate::judge::{JudgeError, MeanRewards};
use crate::objective::{Column, Judgement, Origin, Scores};
use crate::policy::{Answers, Draw, Policy, Source, Weights, copy_weights};
use crate::rng::{self, Purpose};
use crate::sampling::Law;

use super::replay::COMPARED;
use super::{Session, SessionError, graphs};

/// Prompts that a win rate is estimated over.
const WIN_RATE_PROMPTS: usize = 16;
/// The most joint outcomes of a batch that expectations are taken over.
const MOST_OUTCOMES: usize = 4096;

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
    /// The weight of each group, 1 together; all are alike if there are none.
    pub(super) weights: Option<Vec<f32>>,
    /// What is fed for each choice of each sample, by the names of the inputs.
    pub(super) choices: Vec<(&'static str, Vec<f32>)>,
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
    /// The weight of each group, 1 together; all are alike if there are none.
    pub(super) weights: Option<Vec<f32>>,
    /// What the judge says.
    pub(super) judged: Feeds,
    /// Metrics that are known already.
    pub(super) known: Vec<(&'static str, f32)>,
}

/// What one update learnt from, beside the data: answers to one prompt, and what was said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout<S> {
    /// The update, counted from 1.
    pub step: u32,
    /// The answers.
    pub answers: Vec<S>,
    /// p(y ≻ y′) for every two of them, the first with each later one, then the second, …; or nothing.
    pub preferences: Vec<f32>,
    /// The judge's reward of each; or nothing.
    pub rewards: Vec<f32>,
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
            terms.map(|(value, weight)| value * weight).sum::<f32>() / columns
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
        let Gathered {
            pairs,
            samples,
            weights,
            judged,
            mut known,
        } = match self.replay.in_use {
            true => self.replayed().await?,
            false => self.drawn_and_judged(&columns).await?,
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
        self.rollouts = self.rollouts_of(&columns, &samples, &judged, groups);
        let mut choices = vec![(graphs::REFERENCE, self.reference_choices(&samples).await?)];
        if self.objective.iterates() {
            let all: Vec<&P::Sample> = samples.iter().collect();
            let iterate = self.score(Weights::ITERATE, &all).await?;
            choices.push((Scores::ITERATE, iterate.concat()));
        }
        Ok(Batch {
            pairs,
            groups,
            samples,
            weights,
            choices,
            judged,
            known,
        })
    }

    /// What the samples of a group are.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.objective.columns(self.samples())
    }

    /// Samples that the objective repeats in each group; a person compares two.
    pub(super) fn samples(&self) -> usize {
        match self.replay.in_use {
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
                (samples, None)
            }
        };
        let groups = weights.as_ref().map_or(pairs.len(), Vec::len);
        let mut known = Vec::new();
        let judged = match self.objective.judgement {
            Judgement::None => Feeds::new(),
            Judgement::Preferences => self.preferences(&samples, groups).await?,
            Judgement::Rewards => {
                let said = self.rewards(&samples).await?;
                known.push(("objective/scores", mean(&said, weights.as_deref())));
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
        let rollout = |group: usize| Rollout {
            step: self.step + 1,
            answers: columns
                .iter()
                .zip(samples.chunks(groups))
                .filter(|(column, _)| drawn(column))
                .map(|(_, column)| column[group].clone())
                .collect(),
            preferences: said(Scores::PREFERENCES, group),
            rewards: said(Scores::REWARDS, group),
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

    /// Makes the policy as it stands the one that the next answers are drawn from.
    pub(super) fn begin_iteration(&mut self) -> Result<(), SessionError> {
        self.iterated = self.step;
        if self.objective.iterates() {
            let engine = self.engine.as_ref();
            copy_weights(engine, &self.parameters, Weights::POLICY, Weights::ITERATE)?;
        }
        Ok(())
    }

    /// The samples of `count` columns of a kind, the first of them at `place`.
    async fn fill(
        &mut self,
        column: Column,
        count: usize,
        place: u32,
        pairs: &[Pair<P::Sample>],
    ) -> Result<Vec<P::Sample>, SessionError> {
        let next = pairs.iter().cycle().skip(1);
        let mismatched = |side: fn(&Pair<P::Sample>) -> &P::Sample| {
            let answers = pairs.iter().zip(next.clone());
            answers
                .map(|(pair, next)| self.policy.answered(&pair.chosen, side(next)))
                .collect()
        };
        Ok(match column {
            Column::Chosen => pairs.iter().map(|pair| pair.chosen.clone()).collect(),
            Column::Rejected => pairs.iter().map(|pair| pair.rejected.clone()).collect(),
            Column::MismatchedChosen => mismatched(|pair| &pair.chosen),
            Column::MismatchedRejected => mismatched(|pair| &pair.rejected),
            Column::Drawn(origin) => {
                let prompts: Vec<&P::Sample> = pairs.iter().map(|pair| &pair.chosen).collect();
                let source = self.source(origin);
                self.draw(&prompts.repeat(count), source, place).await?
            }
            Column::Kept => self.kept(count, place, pairs).await?,
        })
    }

    /// Whether expectations over answers of the policy's own are sums over all of them.
    pub(super) fn takes_expectations(&self) -> bool {
        let drawn = |column| matches!(column, Column::Drawn(_));
        self.exact && self.objective.kinds().any(drawn)
    }

    /// What may come of drawing the answers of each pair's group: the samples of every outcome, column
    /// after column, and the outcomes' weights, which are 1 together and for each pair the same.
    async fn outcomes(
        &mut self,
        columns: &[Column],
        pairs: &[Pair<P::Sample>],
    ) -> Result<(Vec<P::Sample>, Vec<f32>), SessionError> {
        // By column and pair.
        let mut answers: Vec<Vec<Answers<P::Sample>>> = Vec::with_capacity(columns.len());
        for run in columns.chunk_by(|one, other| one == other) {
            if let Column::Drawn(origin) = run[0] {
                let possible = self.enumerate(origin, pairs).await?;
                answers.extend(std::iter::repeat_n(possible, run.len()));
            } else {
                let place = answers.len() as u32;
                let samples = self.fill(run[0], run.len(), place, pairs).await?;
                let certain = |sample: &P::Sample| vec![(sample.clone(), 1.0)];
                let columns = samples.chunks(pairs.len());
                answers.extend(columns.map(|column| column.iter().map(certain).collect()));
            }
        }
        let counts = (0..pairs.len()).map(|pair| {
            let possible = answers.iter().map(|column| column[pair].len());
            possible.fold(1, usize::saturating_mul)
        });
        let counts: Vec<usize> = counts.collect();
        let groups = counts.iter().copied().fold(0, usize::saturating_add);
        if groups > MOST_OUTCOMES {
            return Err(SessionError::TooManyOutcomes {
                outcomes: groups,
                most: MOST_OUTCOMES,
            });
        }
        let mut samples = Vec::with_capacity(columns.len() * groups);
        let mut weights = vec![1.0 / pairs.len() as f32; groups];
        // How many outcomes of the columns before there are for each pair.
        let mut before = vec![1; pairs.len()];
        for column in &answers {
            let mut weights = weights.iter_mut();
            for ((possible, &count), before) in column.iter().zip(&counts).zip(&mut before) {
                for (outcome, weight) in (0..count).zip(&mut weights) {
                    let (sample, probability) = &possible[outcome / *before % possible.len()];
                    samples.push(sample.clone());
                    *weight *= probability;
                }
                *before *= possible.len();
            }
        }
        Ok((samples, weights))
    }

    /// All answers to each pair's prompt, with their probabilities.
    async fn enumerate(
        &mut self,
        origin: Origin,
        pairs: &[Pair<P::Sample>],
    ) -> Result<Vec<Answers<P::Sample>>, SessionError> {
        let prompts: Vec<&P::Sample> = pairs.iter().map(|pair| &pair.chosen).collect();
        let (source, law) = (self.source(origin), self.law());
        let (engine, generators) = (self.engine.as_ref(), &mut self.generators);
        let answers = self
            .policy
            .enumerate(engine, generators, &prompts, source, law)
            .await?;
        answers.ok_or(SessionError::TooManyAnswers)
    }

    /// What shapes the distribution of the policy's own answers.
    fn law(&self) -> Law {
        Law {
            temperature: self.values.get("temperature") as f32,
            ..Law::default()
        }
    }

    /// What an answer of this origin is drawn from.
    pub(super) fn source(&self, origin: Origin) -> Source {
        match origin {
            Origin::Policy => Source::Weights(Weights::POLICY),
            Origin::Reference => Source::Weights(Weights::REFERENCE),
            Origin::Iterate => Source::Weights(Weights::ITERATE),
            Origin::Mixture => Source::Mixture {
                mix: self.values.get("mix") as f32,
            },
        }
    }

    /// A new answer to each of `prompts`; its luck depends on the update and on `place`.
    pub(super) async fn draw(
        &mut self,
        prompts: &[&P::Sample],
        source: Source,
        place: u32,
    ) -> Result<Vec<P::Sample>, SessionError> {
        let seed = rng::seed(rng::key(self.seed), Purpose::Draw, self.step, place);
        self.draw_by(prompts, source, seed).await
    }

    /// A new answer to each of `prompts`, with the luck of `seed`.
    pub(super) async fn draw_by(
        &mut self,
        prompts: &[&P::Sample],
        source: Source,
        seed: u64,
    ) -> Result<Vec<P::Sample>, SessionError> {
        let draw = Draw {
            law: self.law(),
            seed,
            most: self.values.get("max_new_tokens") as usize,
        };
        let (engine, generators) = (self.engine.as_ref(), &mut self.generators);
        Ok(self
            .policy
            .draw(engine, generators, prompts, source, draw)
            .await?)
    }

    /// The `count` answers that stand against each pair's rejected one, column after column: drawn from
    /// the reference at first, and anew from the policy once they have stood for `refresh` updates.
    async fn kept(
        &mut self,
        count: usize,
        place: u32,
        pairs: &[Pair<P::Sample>],
    ) -> Result<Vec<P::Sample>, SessionError> {
        let refresh = self.values.get("refresh") as u32;
        let stale = |(drawn, answers): &(u32, Vec<P::Sample>)| {
            answers.len() != count || refresh > 0 && self.step - drawn >= refresh
        };
        let mut wanting: Vec<&P::Sample> = Vec::new();
        for Pair { rejected, .. } in pairs {
            if self.kept.get(rejected).is_none_or(stale) && !wanting.contains(&rejected) {
                wanting.push(rejected);
            }
        }
        if !wanting.is_empty() {
            let source = self.source(match refresh > 0 && self.step >= refresh {
                true => Origin::Policy,
                false => Origin::Reference,
            });
            let plain = wanting.repeat(count);
            let turns = plain.iter().enumerate();
            let asked =
                turns.map(|(place, sample)| self.policy.guided(sample, place / wanting.len()));
            let asked: Vec<P::Sample> = asked.collect();
            let drawn = self
                .draw(&asked.iter().collect::<Vec<_>>(), source, place)
                .await?;
            let drawn = plain.iter().zip(&drawn);
            let drawn = drawn.map(|(plain, answer)| self.policy.answered(plain, answer));
            let drawn: Vec<P::Sample> = drawn.collect();
            self.score_reference(&drawn.iter().collect::<Vec<_>>())
                .await?;
            for (index, sample) in wanting.iter().enumerate() {
                let own = drawn.iter().skip(index).step_by(wanting.len()).cloned();
                self.kept
                    .insert((*sample).clone(), (self.step, own.collect()));
            }
        }
        let kept = &self.kept;
        let answers = |place: usize| {
            let own = pairs.iter().filter_map(|pair| kept.get(&pair.rejected));
            own.filter_map(move |(_, answers)| answers.get(place).cloned())
        };
        Ok((0..count).flat_map(answers).collect())
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
    async fn rewards(&mut self, samples: &[P::Sample]) -> Result<Vec<f32>, SessionError> {
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
