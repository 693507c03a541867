//! Batches of sequences: their static shapes, and what is fed for them.
//!
//! Only completions are scored, so the output layer and everything after it run over the scored
//! positions alone: neither prompts nor padding cost a row of logits.

use std::ops::Range;

use crate::engine::{Feeds, HostTensor};
use crate::graph::{Builder, DType, Expr};

/// The static shape of a batch of token pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenLayout {
    /// Pairs; a batch holds twice as many sequences, all chosen ones first.
    pub pairs: usize,
    /// Positions a sequence is padded to.
    pub length: usize,
    /// Scored positions of all sequences together, padded.
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
    layout: TokenLayout,
    /// `[2·pairs, length]`.
    pub tokens: Expr<'g>,
    /// The scored positions among all `2·pairs·length`, `[scored]`.
    pub positions: Expr<'g>,
    /// The target at each of them, `[scored]`.
    pub targets: Expr<'g>,
    /// 1 where there is one, 0 where the list is padded, `[scored]`.
    pub mask: Expr<'g>,
    /// The sequence that each belongs to, `[scored]`.
    sequences: Expr<'g>,
}

const TOKENS: &str = "batch/tokens";
const POSITIONS: &str = "batch/positions";
const TARGETS: &str = "batch/targets";
const MASK: &str = "batch/mask";
const SEQUENCES: &str = "batch/sequences";

impl TokenLayout {
    /// The smallest layout with room for sequences of up to `length` of `context` positions, of which
    /// `scored` are scored in all.
    pub fn padded(pairs: usize, length: usize, scored: usize, context: usize) -> Self {
        let length = bucket(length).min(context);
        TokenLayout {
            pairs,
            length,
            scored: bucket(scored).min(2 * pairs * length),
        }
    }

    /// The feeds of `rows`, at most `2·pairs` of them, each no longer than the layout; `filler` is
    /// read where there is nothing to read.
    pub fn feeds(&self, rows: &[BatchRow], filler: u32) -> Feeds {
        let shape = [2 * self.pairs, self.length];
        let mut tokens = vec![filler; shape[0] * shape[1]];
        let (mut positions, mut targets) = (Vec::new(), Vec::new());
        let (mut mask, mut sequences) = (Vec::new(), Vec::new());
        for (index, row) in rows.iter().enumerate() {
            let start = index * self.length;
            tokens[start..start + row.tokens.len()].copy_from_slice(&row.tokens);
            for position in row.scored.clone() {
                positions.push((start + position) as u32);
                targets.push(row.targets[position]);
                mask.push(1.0);
                sequences.push(index as u32);
            }
        }
        for list in [&mut positions, &mut targets, &mut sequences] {
            list.resize(self.scored, 0);
        }
        mask.resize(self.scored, 0.0);
        let list = |values| HostTensor::u32([self.scored], values);
        Feeds::from([
            (TOKENS.to_owned(), HostTensor::u32(shape, tokens)),
            (POSITIONS.to_owned(), list(positions)),
            (TARGETS.to_owned(), list(targets)),
            (SEQUENCES.to_owned(), list(sequences)),
            (MASK.to_owned(), HostTensor::f32([self.scored], mask)),
        ])
    }

    /// Changes the tokens that `feeds` has the policy read, but not those to be predicted; `change`
    /// gets the place in the batch and the token.
    pub fn change_tokens(feeds: &mut Feeds, change: impl Fn(u32, u32) -> u32) {
        if let Some(tokens) = feeds.get_mut(TOKENS) {
            let changed = (0..)
                .zip(tokens.as_u32())
                .map(|(place, &token)| change(place, token));
            *tokens = HostTensor::u32(tokens.shape().clone(), changed.collect());
        }
    }
}

impl<'g> BatchInputs<'g> {
    pub fn new(builder: &'g Builder, layout: TokenLayout) -> Self {
        let list = |name, dtype| builder.input(name, dtype, [layout.scored]);
        BatchInputs {
            layout,
            tokens: builder.input(TOKENS, DType::U32, [2 * layout.pairs, layout.length]),
            positions: list(POSITIONS, DType::U32),
            targets: list(TARGETS, DType::U32),
            mask: list(MASK, DType::F32),
            sequences: list(SEQUENCES, DType::U32),
        }
    }

    /// The sums of `values [scored]` over each sequence's positions: `[2, pairs]`, chosen ones first.
    pub fn sums(&self, values: Expr<'g>) -> Expr<'g> {
        let TokenLayout { pairs, scored, .. } = self.layout;
        (values * self.mask)
            .reshape([scored, 1])
            .scatter_rows(self.sequences, 2 * pairs)
            .reshape([2, pairs])
    }

    /// The means of `values [scored]` over the positions of each pair's two sequences: `[pairs]`.
    pub fn pair_means(&self, values: Expr<'g>) -> Expr<'g> {
        let ones = values.builder().constant(1.0);
        let count = self.sums(ones.broadcast_to([self.layout.scored])).sum(&[0]);
        (self.sums(values).sum(&[0]) / count).reshape([self.layout.pairs])
    }
}

/// The padded extent for `count`: few different ones, at most a quarter more.
fn bucket(count: usize) -> usize {
    let step = (count.next_power_of_two() / 8).max(4);
    count.next_multiple_of(step).max(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_few_and_never_too_short() {
        let buckets: Vec<usize> = [1, 8, 9, 12, 13, 17, 24, 25, 33, 49, 65, 100, 300]
            .map(bucket)
            .to_vec();
        assert_eq!(
            buckets,
            [8, 8, 12, 12, 16, 20, 24, 28, 40, 56, 80, 112, 320]
        );
        let different: std::collections::HashSet<usize> = (1..=1024).map(bucket).collect();
        assert!(different.len() < 40);
        assert!((32..1024).all(|count| bucket(count) >= count && 4 * bucket(count) <= 5 * count));
    }
}
