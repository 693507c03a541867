//! A language policy looked at closely: what may come next, and how probable whole answers are.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::{LanguageSession, SessionError};
use crate::engine::HostTensor;
use crate::graph::{Builder, Graph, GraphError};
use crate::policy::language::{LanguagePolicy, TokenLayout, TokenPair, TokenSample};
use crate::policy::{Policy, Weights};

/// Beginnings that are looked at in one run of the graph.
const AT_ONCE: usize = 32;

/// The policy and the reference, in this order.
const SCOPES: [&str; 2] = [Weights::POLICY, Weights::REFERENCE];

/// log π of every token as the next one, nats, by id.
#[derive(Clone, Debug, PartialEq)]
pub struct NextTokens {
    /// Under the policy.
    pub policy: Vec<f32>,
    /// Under the reference.
    pub reference: Vec<f32>,
}

/// How far the answers to a prompt are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Beginnings that are looked past: those most probable under the policy first.
    pub expansions: usize,
    /// Tokens of an answer at most, as when it is drawn.
    pub tokens: usize,
}

/// Answers to a prompt with their exact probabilities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Enumeration {
    /// What was reached, most probable first.
    pub answers: Vec<Enumerated>,
    /// The probability of all other answers.
    pub open: Probabilities,
    /// KL(π ‖ π_ref) of whole answers, nats: all of it if nothing is open; else what the beginnings that were looked
    /// past add to it, which is less.
    pub kl: f64,
}

/// An answer with its probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Enumerated {
    /// Its tokens, without end-of-text.
    pub completion: Vec<u32>,
    /// How probable it is.
    pub probabilities: Probabilities,
}

/// Under policy and reference.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Probabilities {
    /// Under the policy.
    pub policy: f64,
    /// Under the reference.
    pub reference: f64,
}

/// The beginning of an answer.
#[derive(Clone, Debug, PartialEq)]
struct Beginning {
    tokens: Vec<u32>,
    probabilities: Probabilities,
}

impl Eq for Beginning {}

impl Ord for Beginning {
    /// By the policy's probability; the tokens decide between equals, so that the order is always the same.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_policy = self
            .probabilities
            .policy
            .total_cmp(&other.probabilities.policy);
        by_policy.then_with(|| other.tokens.cmp(&self.tokens))
    }
}

impl PartialOrd for Beginning {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl LanguageSession {
    /// What may follow `prompt` and the beginning `completion` of an answer.
    ///
    /// # Errors
    /// [`SessionError::Pair`] if the policy cannot read so far.
    pub async fn next_tokens(
        &mut self,
        prompt: &[u32],
        completion: &[u32],
    ) -> Result<NextTokens, SessionError> {
        self.readable(prompt, completion)?;
        let next = self.after(prompt, &[completion]).await?;
        Ok(next.into_iter().next().unwrap_or(NextTokens {
            policy: Vec::new(),
            reference: Vec::new(),
        }))
    }

    /// The answers to `prompt` as far as `reach` goes: a best-first search over their beginnings. Every probability
    /// is exact.
    ///
    /// # Errors
    /// [`SessionError::Pair`] if the policy cannot read the prompt.
    pub async fn enumerate(
        &mut self,
        prompt: &[u32],
        reach: Reach,
    ) -> Result<Enumeration, SessionError> {
        self.readable(prompt, &[])?;
        let config = self.session().policy().config();
        let begun = usize::from(config.begin_token.is_some()) + prompt.len();
        let tokens = reach.tokens.min(config.context.saturating_sub(begun));
        let end = config.end_token;
        let mut open = BinaryHeap::from([Beginning {
            tokens: Vec::new(),
            probabilities: Probabilities {
                policy: 1.0,
                reference: 1.0,
            },
        }]);
        let mut found = Enumeration::default();
        let mut left = reach.expansions;
        while left > 0 && !open.is_empty() {
            let batch: Vec<Beginning> = std::iter::from_fn(|| open.pop())
                .take(AT_ONCE.min(left))
                .collect();
            left -= batch.len();
            let beginnings: Vec<&[u32]> = batch.iter().map(|begun| &begun.tokens[..]).collect();
            let next = self.after(prompt, &beginnings).await?;
            for (begun, next) in batch.iter().zip(&next) {
                found.look_past(begun, next, end, tokens, &mut open);
            }
            // More than can still be looked past need not be remembered.
            if open.len() > 4 * left.max(AT_ONCE) {
                let mut best = open.into_sorted_vec();
                best.drain(..best.len().saturating_sub(left));
                open = best.into();
            }
        }
        found.finish();
        Ok(found)
    }

    fn readable(&self, prompt: &[u32], completion: &[u32]) -> Result<(), SessionError> {
        self.check(
            0,
            &TokenPair {
                prompt: prompt.to_vec(),
                chosen: completion.to_vec(),
                rejected: Vec::new(),
            },
        )
    }

    /// What may come after `prompt` and each of `beginnings`.
    async fn after(
        &mut self,
        prompt: &[u32],
        beginnings: &[&[u32]],
    ) -> Result<Vec<NextTokens>, SessionError> {
        let samples = beginnings.iter().map(|completion| TokenSample {
            prompt: prompt.to_vec(),
            completion: completion.to_vec(),
        });
        let samples: Vec<TokenSample> = samples.collect();
        let samples: Vec<&TokenSample> = samples.iter().collect();
        let session = self.session();
        let policy = session.policy();
        let layout = policy.layout(&samples);
        let mut plan = session
            .engine()
            .compile(&alternatives(policy, layout)?)
            .await?;
        plan.run(&policy.feeds(&samples, layout))?;
        let outputs = plan.drain().await?.pop().unwrap_or_default();
        let vocabulary = policy.config().vocabulary;
        let row = |scope: &str, place: usize| {
            let values = outputs.get(scope).map_or(&[][..], HostTensor::as_f32);
            let values = values.iter().skip(place * vocabulary).take(vocabulary);
            values.copied().collect()
        };
        let [own, reference] = SCOPES;
        let mut place = 0;
        let next = samples.iter().map(|sample| {
            place += policy.choices(sample);
            // That of the sample's end token.
            let last = place - 1;
            NextTokens {
                policy: row(own, last),
                reference: row(reference, last),
            }
        });
        Ok(next.collect())
    }
}

/// log π of all alternatives to each choice, `[T, V]`, under policy and reference: the outputs by their scopes.
fn alternatives(policy: &LanguagePolicy, layout: TokenLayout) -> Result<Graph, GraphError> {
    let builder = Builder::new();
    for scope in SCOPES {
        let scores = policy.scores(&Weights::new(&builder, scope), layout);
        builder.output(scope, scores.alternatives.numbers());
    }
    builder.finish()
}

impl Enumeration {
    /// Takes in what may come after `begun`: the answer that ends there, and longer beginnings up to `most` tokens.
    fn look_past(
        &mut self,
        begun: &Beginning,
        next: &NextTokens,
        end: u32,
        most: usize,
        open: &mut BinaryHeap<Beginning>,
    ) {
        let Beginning {
            tokens,
            probabilities: so_far,
        } = begun;
        for (id, (&policy, &reference)) in (0..).zip(next.policy.iter().zip(&next.reference)) {
            let (policy, reference) = (f64::from(policy), f64::from(reference));
            let probabilities = Probabilities {
                policy: so_far.policy * policy.exp(),
                reference: so_far.reference * reference.exp(),
            };
            // 0 log 0 is 0.
            if probabilities.policy > 0.0 {
                self.kl += probabilities.policy * (policy - reference);
            }
            if id == end {
                self.answers.push(Enumerated {
                    completion: tokens.clone(),
                    probabilities,
                });
            } else if tokens.len() < most {
                let tokens = tokens.iter().copied().chain([id]).collect();
                open.push(Beginning {
                    tokens,
                    probabilities,
                });
            }
        }
    }

    /// Sorts what was reached, and counts what was not.
    fn finish(&mut self) {
        let by_policy = |one: &Enumerated, other: &Enumerated| {
            let [one, other] = [one, other].map(|answer| answer.probabilities.policy);
            other.total_cmp(&one)
        };
        self.answers.sort_by(by_policy);
        let reached = |of: fn(&Probabilities) -> f64| {
            let reached = self.answers.iter().map(|answer| of(&answer.probabilities));
            (1.0 - reached.sum::<f64>()).max(0.0)
        };
        self.open = Probabilities {
            policy: reached(|of| of.policy),
            reference: reached(|of| of.reference),
        };
    }
}
