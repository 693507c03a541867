//! What an update runs over: the samples in the columns of its batch, and what is said of them.

use crate::engine::{Feeds, HostTensor};
use crate::judge::JudgeError;
use crate::objective::{Column, Judgement, Origin, Scores};
use crate::policy::{Draw, Policy, Source, Weights, copy_weights};
use crate::rng::{self, Purpose};
use crate::sampling::Law;

use super::{Session, SessionError, graphs};

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
    /// Groups: as many as pairs were drawn.
    pub(super) groups: usize,
    /// The samples, column after column.
    pub(super) samples: Vec<S>,
    /// What is fed for each choice of each sample, by the names of the inputs.
    pub(super) choices: Vec<(&'static str, Vec<f32>)>,
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

/// All chosen sides of `pairs`, then all rejected ones.
pub(super) fn sides<'a, S>(pairs: &[&'a Pair<S>]) -> Vec<&'a S> {
    let chosen = pairs.iter().map(|pair| &pair.chosen);
    chosen
        .chain(pairs.iter().map(|pair| &pair.rejected))
        .collect()
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
    /// Puts the next batch together: draws answers, has them judged and scored by what does not learn.
    pub(super) async fn next_batch(&mut self) -> Result<Batch<P::Sample>, SessionError> {
        let indices = self.next_indices();
        let pairs = indices.iter().map(|&index| self.training[index].1.clone());
        let pairs: Vec<Pair<P::Sample>> = pairs.collect();
        let groups = pairs.len();
        if self.objective.iterates() && self.step - self.iterated >= self.values.iteration() {
            self.begin_iteration()?;
        }
        let columns = self.objective.columns(self.values.samples());
        let mut samples = Vec::with_capacity(columns.len() * groups);
        // Like columns are drawn together.
        for run in columns.chunk_by(|one, other| one == other) {
            let place = (samples.len() / groups) as u32;
            samples.extend(self.fill(run[0], run.len(), place, &pairs).await?);
        }
        let mut known = Vec::new();
        let judged = match self.objective.judgement {
            Judgement::None => Feeds::new(),
            Judgement::Preferences => self.preferences(&samples, groups).await?,
            Judgement::Rewards => self.rewards(&samples, groups, &mut known).await?,
        };
        if self.objective.draws() {
            let drawn = columns.iter().zip(samples.chunks(groups));
            let drawn =
                drawn.filter(|(column, _)| matches!(column, Column::Drawn(_) | Column::Kept));
            let lengths: Vec<usize> = drawn
                .flat_map(|(_, column)| column.iter().map(|sample| self.policy.choices(sample)))
                .collect();
            let mean = lengths.iter().sum::<usize>() as f32 / lengths.len().max(1) as f32;
            known.push(("completions/mean_length", mean));
        }
        self.rollouts = self.rollouts_of(&columns, &samples, &judged, groups);
        let mut choices = vec![(graphs::REFERENCE, self.reference_choices(&samples).await?)];
        if self.objective.iterates() {
            let all: Vec<&P::Sample> = samples.iter().collect();
            let iterate = self.score(Weights::ITERATE, &all).await?;
            choices.push((Scores::ITERATE, iterate.concat()));
        }
        Ok(Batch {
            groups,
            samples,
            choices,
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
        let draw = Draw {
            law: Law {
                temperature: self.values.get("temperature") as f32,
                ..Law::default()
            },
            seed: rng::seed(rng::key(self.seed), Purpose::Draw, self.step, place),
            most: self.values.get("max_new_tokens") as usize,
        };
        let (engine, generators) = (self.engine.as_ref(), &mut self.generators);
        Ok(self
            .policy
            .draw(engine, generators, prompts, source, draw)
            .await?)
    }

    /// The `count` answers that stand against each pair's rejected one, column after column: drawn from
    /// the reference at first, and anew from the policy when they have stood for long enough.
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
            let first = wanting
                .iter()
                .all(|sample| !self.kept.contains_key(*sample));
            let source = self.source(if first {
                Origin::Reference
            } else {
                Origin::Policy
            });
            let drawn = self.draw(&wanting.repeat(count), source, place).await?;
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

    /// The rewards of all columns, `[columns, groups]`.
    async fn rewards(
        &mut self,
        samples: &[P::Sample],
        groups: usize,
        known: &mut Vec<(&'static str, f32)>,
    ) -> Result<Feeds, SessionError> {
        let all: Vec<&P::Sample> = samples.iter().collect();
        let judge = self.judge.as_mut().ok_or(JudgeError::NoJudge)?;
        let said = judge.rewards(&all).await?;
        known.push((
            "objective/scores",
            said.iter().sum::<f32>() / said.len().max(1) as f32,
        ));
        let said = HostTensor::f32([samples.len() / groups, groups], said);
        Ok(Feeds::from([(Scores::REWARDS.to_owned(), said)]))
    }

    /// How often the judge prefers an answer of the policy to one of the reference: over the first
    /// prompts that are measured, with the same luck for both. Only where a judge is asked anyway.
    pub(super) async fn win_rate(&mut self) -> Result<Option<f32>, SessionError> {
        if self.objective.judgement == Judgement::None || self.judge.is_none() {
            return Ok(None);
        }
        let pairs = self.evaluated();
        let prompts: Vec<&P::Sample> = pairs
            .iter()
            .take(WIN_RATE_PROMPTS)
            .map(|pair| &pair.chosen)
            .collect();
        let policy = self
            .draw(&prompts, Source::Weights(Weights::POLICY), u32::MAX)
            .await?;
        let reference = self
            .draw(&prompts, Source::Weights(Weights::REFERENCE), u32::MAX)
            .await?;
        let pairs: Vec<[&P::Sample; 2]> =
            policy.iter().zip(&reference).map(|(a, b)| [a, b]).collect();
        let judge = self.judge.as_mut().ok_or(JudgeError::NoJudge)?;
        let said = judge.preferences(&pairs).await?;
        Ok(Some(said.iter().sum::<f32>() / said.len().max(1) as f32))
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
