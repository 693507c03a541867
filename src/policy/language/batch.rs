//! Batches of sequences: their static shapes, and what is fed for them.
//!
//! A row stands for each token, one sequence after the other, so that sequences of different lengths
//! are not padded to the longest. Only completions are scored, so the output layer and everything after
//! it run over the scored tokens alone: prompts cost no logits.

use std::ops::Range;

use super::transformer::Texts;
use crate::engine::{Feeds, HostTensor};
use crate::graph::{Builder, DType, Expr};
use crate::policy::Choices;

/// The static shape of a batch of sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenLayout {
    /// Sequences.
    pub sequences: usize,
    /// Tokens of all sequences together, padded.
    pub tokens: usize,
    /// Scored tokens of all sequences together, padded.
    pub scored: usize,
}

/// One sequence of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// What is read, position by position.
    pub tokens: Vec<u32>,
    /// What follows each of them.
    pub targets: Vec<u32>,
    /// The positions whose targets count.
    pub scored: Range<usize>,
}

/// What is fed for a batch, as nodes.
#[derive(Clone, Copy)]
pub(super) struct BatchInputs<'g> {
    /// What is read.
    pub texts: Texts<'g>,
    /// Which of the tokens are scored, `[scored]`.
    pub rows: Expr<'g>,
    /// The target at each of them, `[scored]`.
    pub targets: Expr<'g>,
    /// The sequence that each belongs to.
    pub choices: Choices<'g>,
}

const TOKENS: &str = "batch/tokens";
const POSITIONS: &str = "batch/positions";
const ROWS: &str = "batch/rows";
const TARGETS: &str = "batch/targets";
const MASK: &str = "batch/mask";
const SEQUENCES: &str = "batch/sequences";
const ORDER: &str = "batch/order";

impl TokenLayout {
    /// The smallest layout with room for `tokens` in all, of which `scored` are scored.
    pub fn padded(sequences: usize, tokens: usize, scored: usize) -> Self {
        let tokens = bucket(tokens);
        TokenLayout {
            sequences,
            tokens,
            scored: bucket(scored).min(tokens),
        }
    }

    /// The feeds of `rows`, one for each sequence, of no more tokens than the layout has; `filler` is
    /// read where there is nothing to read, each time as a text of its own.
    pub fn feeds(&self, rows: &[BatchRow], filler: u32) -> Feeds {
        let (mut tokens, mut positions) = (Vec::new(), Vec::new());
        let (mut scored, mut targets) = (Vec::new(), Vec::new());
        let (mut mask, mut order, mut sequences) = (Vec::new(), Vec::new(), Vec::new());
        for (index, row) in rows.iter().enumerate() {
            for position in row.scored.clone() {
                scored.push((tokens.len() + position) as u32);
                targets.push(row.targets[position]);
                mask.push(1.0);
                order.push((position - row.scored.start) as f32);
                sequences.push(index as u32);
            }
            tokens.extend(&row.tokens);
            positions.extend(0..row.tokens.len() as u32);
        }
        tokens.resize(self.tokens, filler);
        positions.resize(self.tokens, 0);
        for list in [&mut scored, &mut targets, &mut sequences] {
            list.resize(self.scored, 0);
        }
        for list in [&mut mask, &mut order] {
            list.resize(self.scored, 0.0);
        }
        let numbers = |values: Vec<f32>| HostTensor::f32([values.len()], values);
        let list = |values: Vec<u32>| HostTensor::u32([values.len()], values);
        Feeds::from([
            (TOKENS.to_owned(), list(tokens)),
            (POSITIONS.to_owned(), list(positions)),
            (ROWS.to_owned(), list(scored)),
            (TARGETS.to_owned(), list(targets)),
            (SEQUENCES.to_owned(), list(sequences)),
            (MASK.to_owned(), numbers(mask)),
            (ORDER.to_owned(), numbers(order)),
        ])
    }

    /// Changes the tokens that `feeds` has the policy read, but not those to be predicted; `change`
    /// gets the row and the token.
    pub fn change_tokens(feeds: &mut Feeds, change: impl Fn(u32, u32) -> u32) {
        if let Some(tokens) = feeds.get_mut(TOKENS) {
            let rows = (0..).zip(tokens.as_u32());
            let changed = rows.map(|(row, &token)| change(row, token)).collect();
            *tokens = HostTensor::u32(tokens.shape().clone(), changed);
        }
    }
}

impl<'g> BatchInputs<'g> {
    pub fn new(builder: &'g Builder, layout: TokenLayout) -> Self {
        let list = |name, dtype| builder.input(name, dtype, [layout.scored]);
        let read = |name| builder.input(name, DType::U32, [layout.tokens]);
        BatchInputs {
            texts: Texts {
                tokens: read(TOKENS),
                positions: read(POSITIONS),
            },
            rows: list(ROWS, DType::U32),
            targets: list(TARGETS, DType::U32),
            choices: Choices {
                samples: layout.sequences,
                owners: list(SEQUENCES, DType::U32),
                order: list(ORDER, DType::F32),
                weights: list(MASK, DType::F32),
            },
        }
    }
}

/// The padded extent for `count`: at most 16 different ones between a number and its double.
fn bucket(count: usize) -> usize {
    let step = (count.next_power_of_two() / 16).max(4);
    count.next_multiple_of(step).max(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_few_and_never_too_short() {
        let buckets = [1, 8, 9, 12, 13, 17, 33, 65, 100, 129, 300].map(bucket);
        assert_eq!(buckets, [8, 8, 12, 12, 16, 20, 36, 72, 104, 144, 320]);
        let all: Vec<usize> = (1..=1024).map(bucket).collect();
        let different: std::collections::HashSet<&usize> = all.iter().collect();
        assert!(different.len() < 80, "{}", different.len());
        for (count, padded) in (1..).zip(all).skip(64) {
            assert!(padded >= count && padded as f64 <= 1.125 * count as f64);
        }
    }
}
