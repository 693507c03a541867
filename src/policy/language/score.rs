//! Log-probabilities of many completions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{LanguagePolicy, TokenLayout, TokenSample};
use crate::engine::{Engine, EngineError, HostTensor, Plan};
use crate::graph::{Builder, GraphError};
use crate::policy::{Policy, Weights};

/// Completions scored at once.
const AT_ONCE: usize = 64;

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

    /// log π of each of `samples`, end-of-text included, nats. Those of like length are scored
    /// together; `scored` hears after each batch how many samples it held.
    pub async fn score(
        &mut self,
        engine: &dyn Engine,
        samples: &[TokenSample],
        mut scored: impl FnMut(usize),
    ) -> Result<Vec<f64>, ScoreError> {
        let mut order: Vec<usize> = (0..samples.len()).collect();
        order.sort_by_key(|&index| {
            let TokenSample { prompt, completion } = &samples[index];
            prompt.len() + completion.len()
        });
        let mut scores = vec![0.0; samples.len()];
        for batch in order.chunks(AT_ONCE) {
            let rows: Vec<&TokenSample> = batch.iter().map(|&index| &samples[index]).collect();
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
        samples: &[&TokenSample],
    ) -> Result<Vec<f64>, ScoreError> {
        let policy = &self.policy;
        let layout = policy.layout(samples);
        let plan = match self.plans.entry(layout) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let builder = Builder::new();
                let weights = Weights::new(&builder, self.scope);
                builder.output("scores", policy.token_log_probs(&weights, layout));
                place.insert(engine.compile(&builder.finish()?).await?)
            }
        };
        plan.run(&policy.feeds(samples, layout))?;
        let outputs = plan.drain().await?.pop().unwrap_or_default();
        let scores = outputs.get("scores").map_or(&[][..], HostTensor::as_f32);
        let mut rest = scores.iter().copied().map(f64::from);
        // In f64, so that a long text loses nothing.
        let sums = samples.iter().map(|sample| {
            let tokens = policy.choices(sample);
            rest.by_ref().take(tokens).sum()
        });
        Ok(sums.collect())
    }
}
