//! Log-probabilities of many completions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{LanguagePolicy, TokenLayout, TokenPair};
use crate::engine::{Engine, EngineError, HostTensor, Plan};
use crate::graph::{Builder, GraphError};
use crate::policy::{Policy, Weights};

/// Pairs scored at once.
const PAIRS_AT_ONCE: usize = 32;

/// Scores completions under one set of weights; a graph is compiled once for each length.
pub struct Scorer {
    policy: LanguagePolicy,
    scope: &'static str,
    plans: HashMap<TokenLayout, Box<dyn Plan>>,
}

/// Why nothing could be scored.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The graph is wrong: a mistake in this program.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Scorer {
    /// Scores under the weights in `scope` ([`Weights::POLICY`] or [`Weights::REFERENCE`]).
    pub fn new(policy: LanguagePolicy, scope: &'static str) -> Self {
        Scorer {
            policy,
            scope,
            plans: HashMap::new(),
        }
    }

    /// log π of both completions of each of `pairs`, end-of-text included, nats. Pairs of like length
    /// are scored together; `scored` hears after each batch how many pairs it held.
    pub async fn score(
        &mut self,
        engine: &dyn Engine,
        pairs: &[TokenPair],
        mut scored: impl FnMut(usize),
    ) -> Result<Vec<[f64; 2]>, ScoreError> {
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by_key(|&index| {
            let TokenPair {
                prompt,
                chosen,
                rejected,
            } = &pairs[index];
            prompt.len() + chosen.len().max(rejected.len())
        });
        let mut scores = vec![[0.0; 2]; pairs.len()];
        for batch in order.chunks(PAIRS_AT_ONCE) {
            let rows: Vec<&TokenPair> = batch.iter().map(|&index| &pairs[index]).collect();
            let found = self.score_batch(engine, &rows).await?;
            for (&index, score) in batch.iter().zip(found) {
                scores[index] = score;
            }
            scored(batch.len());
        }
        Ok(scores)
    }

    async fn score_batch(
        &mut self,
        engine: &dyn Engine,
        pairs: &[&TokenPair],
    ) -> Result<Vec<[f64; 2]>, ScoreError> {
        let policy = &self.policy;
        let layout = policy.layout(pairs, pairs.len());
        let plan = match self.plans.entry(layout) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let builder = Builder::new();
                let weights = Weights::new(&builder, self.scope);
                builder.output("scores", policy.token_log_probs(&weights, layout));
                place.insert(engine.compile(&builder.finish()?).await?)
            }
        };
        plan.run(&policy.feeds(pairs, layout))?;
        let outputs = plan.drain().await?.pop().unwrap_or_default();
        let scores = outputs.get("scores").map_or(&[][..], HostTensor::as_f32);
        let chosen = pairs.iter().map(|pair| pair.chosen.len());
        let rejected = pairs.iter().map(|pair| pair.rejected.len());
        let mut rest = scores.iter().copied().map(f64::from);
        // End-of-text is scored as well. In f64, so that a long text loses nothing.
        let sums: Vec<f64> = chosen
            .chain(rejected)
            .map(|tokens| rest.by_ref().take(tokens + 1).sum())
            .collect();
        let (chosen, rejected) = sums.split_at(pairs.len());
        let pairs = chosen.iter().zip(rejected);
        Ok(pairs
            .map(|(&chosen, &rejected)| [chosen, rejected])
            .collect())
    }
}
