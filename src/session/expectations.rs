//! Expectations over the policy's own answers, where they are few enough to be added up instead of drawn.

use super::batch::Pair;
use super::{Session, SessionError};
use crate::objective::{Column, Origin};
use crate::policy::{Answers, Policy};

/// The most joint outcomes of a batch that expectations are taken over.
const MOST_OUTCOMES: usize = 4096;

impl<P: Policy> Session<P> {
    /// Whether expectations over answers of the policy's own are sums over all of them.
    pub(super) fn takes_expectations(&self) -> bool {
        let drawn = |column| matches!(column, Column::Drawn(_));
        self.exact && self.objective.kinds().any(drawn)
    }

    /// What may come of drawing the answers of each pair's group: the samples of every outcome, column
    /// after column, and the outcomes' weights, which are 1 together and for each pair the same.
    pub(super) async fn outcomes(
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
    pub(super) async fn enumerate(
        &mut self,
        origin: Origin,
        pairs: &[Pair<P::Sample>],
    ) -> Result<Vec<Answers<P::Sample>>, SessionError> {
        let prompts: Vec<&P::Sample> = pairs.iter().map(|pair| &pair.chosen).collect();
        // Nothing is left to luck.
        let (source, draw) = (self.source(origin), self.drawing(0));
        let (engine, generators) = (self.engine.as_ref(), &mut self.generators);
        let answers = self
            .policy
            .enumerate(engine, generators, &prompts, source, draw)
            .await?;
        let answers = answers.ok_or(SessionError::TooManyAnswers)?;
        match origin {
            Origin::Optimum => self.tilted(answers).await,
            _ => Ok(answers),
        }
    }
}
