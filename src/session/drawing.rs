//! The samples that stand in the columns of a batch: the data's, and answers that are drawn.

use super::batch::Pair;
use super::{Session, SessionError};
use crate::objective::{Column, Origin, Scoring};
use crate::policy::{Policy, Source, Weights, copy_weights};
use crate::rng::{self, Purpose};

impl<P: Policy> Session<P> {
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
    pub(super) async fn fill(
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
            Column::Drawn(Origin::Optimum) => self.accepted(count, place, pairs).await?,
            Column::Drawn(origin) => {
                let prompts: Vec<&P::Sample> = pairs.iter().map(|pair| &pair.chosen).collect();
                let source = self.source(origin);
                self.draw(&prompts.repeat(count), source, place).await?
            }
            Column::Kept => self.kept(count, place, pairs).await?,
        })
    }

    /// How the policy's own answers are drawn, with the luck of `seed`.
    pub(super) fn drawing(&self, seed: u64) -> P::Draw {
        let draw = self.policy.drawing(&|name| self.values.get(name), seed);
        match self.objective.scoring {
            Scoring::Likelihood | Scoring::Consistency => draw,
            Scoring::Steps => self.policy.by_steps(draw),
            Scoring::Distillation => self.policy.in_one_step(draw),
        }
    }

    /// What an answer of this origin is drawn from.
    pub(super) fn source(&self, origin: Origin) -> Source {
        match origin {
            Origin::Policy => Source::Weights(Weights::POLICY),
            // A person who judges gets the reference's answers as they are.
            Origin::Reference | Origin::Optimum => Source::Weights(Weights::REFERENCE),
            Origin::Iterate => Source::Weights(Weights::ITERATE),
            Origin::Checkpoint => Source::Weights(Weights::CHECKPOINT),
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
        let draw = self.drawing(seed);
        let (engine, generators) = (self.engine.as_ref(), &mut self.generators);
        Ok(self
            .policy
            .draw(engine, generators, prompts, source, draw)
            .await?)
    }

    /// The `count` answers that stand against each pair's rejected one, column after column: drawn from
    /// the reference at first, and anew from the policy once they have stood for `refresh` updates.
    pub(super) async fn kept(
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
}
