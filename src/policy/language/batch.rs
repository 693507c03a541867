//! Batches of sequences: their static shapes, and what is fed for them.
//!
//! A row stands for each token, one sequence after the other, and only attention lays sequences out
//! in a grid of equal lengths: padding costs next to nothing. Only completions are scored, so the
//! output layer and everything after it run over the scored tokens alone: prompts cost no logits.

use std::ops::Range;

use super::transformer::{Grid, Texts};
use crate::engine::{Feeds, HostTensor};
use crate::graph::{Builder, DType, Expr};

/// The static shape of a batch of token pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenLayout {
    /// Pairs; a batch holds twice as many sequences, all chosen ones first.
    pub pairs: usize,
    /// Tokens in the longest sequence, padded.
    pub length: usize,
    /// Tokens of all sequences together, padded. Where they are as many as find room, each has its
    /// place and nothing need be laid out.
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
    layout: TokenLayout,
    /// What is read.
    pub texts: Texts<'g>,
    /// Which of the tokens are scored, `[scored]`.
    pub rows: Expr<'g>,
    /// The target at each of them, `[scored]`.
    pub targets: Expr<'g>,
    /// 1 where there is one, 0 where the list is padded, `[scored]`.
    pub mask: Expr<'g>,
    /// The sequence that each belongs to, `[scored]`.
    sequences: Expr<'g>,
}

const TOKENS: &str = "batch/tokens";
const POSITIONS: &str = "batch/positions";
const PLACES: &str = "batch/places";
const CELLS: &str = "batch/cells";
const ROWS: &str = "batch/rows";
const TARGETS: &str = "batch/targets";
const MASK: &str = "batch/mask";
const SEQUENCES: &str = "batch/sequences";

impl TokenLayout {
    /// The smallest layout with room for sequences of up to `length` of `context` tokens, `tokens` in
    /// all, of which `scored` are scored.
    pub fn padded(
        pairs: usize,
        length: usize,
        tokens: usize,
        scored: usize,
        context: usize,
    ) -> Self {
        let length = bucket(length, 8).min(context);
        let tokens = bucket(tokens, 16).min(2 * pairs * length);
        TokenLayout {
            pairs,
            length,
            tokens,
            scored: bucket(scored, 16).min(tokens),
        }
    }

    /// Whether there is a row for each place of the grid.
    fn is_full(&self) -> bool {
        self.tokens == 2 * self.pairs * self.length
    }

    /// The feeds of `rows`, at most `2·pairs` of them, each no longer than the layout; `filler` is
    /// read where there is nothing to read.
    pub fn feeds(&self, rows: &[BatchRow], filler: u32) -> Feeds {
        let cells = 2 * self.pairs * self.length;
        let mut tokens = vec![filler; self.tokens];
        let (mut positions, mut places) = (vec![0; self.tokens], vec![0; self.tokens]);
        let mut shown = vec![0; cells];
        let (mut scored, mut targets) = (Vec::new(), Vec::new());
        let (mut mask, mut sequences) = (Vec::new(), Vec::new());
        let mut next = 0;
        for (index, row) in rows.iter().enumerate() {
            let first = index * self.length;
            let start = if self.is_full() { first } else { next };
            for (position, &token) in row.tokens.iter().enumerate() {
                tokens[start + position] = token;
                positions[start + position] = position as u32;
                places[start + position] = (first + position) as u32;
                shown[first + position] = (start + position) as u32;
            }
            for position in row.scored.clone() {
                scored.push((start + position) as u32);
                targets.push(row.targets[position]);
                mask.push(1.0);
                sequences.push(index as u32);
            }
            next = start + row.tokens.len();
        }
        for list in [&mut scored, &mut targets, &mut sequences] {
            list.resize(self.scored, 0);
        }
        mask.resize(self.scored, 0.0);
        let list = |values: Vec<u32>| HostTensor::u32([values.len()], values);
        Feeds::from([
            (TOKENS.to_owned(), list(tokens)),
            (POSITIONS.to_owned(), list(positions)),
            (PLACES.to_owned(), list(places)),
            (CELLS.to_owned(), list(shown)),
            (ROWS.to_owned(), list(scored)),
            (TARGETS.to_owned(), list(targets)),
            (SEQUENCES.to_owned(), list(sequences)),
            (MASK.to_owned(), HostTensor::f32([self.scored], mask)),
        ])
    }

    /// Changes the tokens that `feeds` has the policy read, but not those to be predicted; `change`
    /// gets the place in the grid and the token.
    pub fn change_tokens(feeds: &mut Feeds, change: impl Fn(u32, u32) -> u32) {
        let places = feeds.get(PLACES).cloned();
        if let (Some(places), Some(tokens)) = (places, feeds.get_mut(TOKENS)) {
            let both = places.as_u32().iter().zip(tokens.as_u32());
            let changed = both.map(|(&place, &token)| change(place, token)).collect();
            *tokens = HostTensor::u32(tokens.shape().clone(), changed);
        }
    }
}

impl<'g> BatchInputs<'g> {
    pub fn new(builder: &'g Builder, layout: TokenLayout) -> Self {
        let list = |name, dtype| builder.input(name, dtype, [layout.scored]);
        let read = |name, count: usize| builder.input(name, DType::U32, [count]);
        let sequences = 2 * layout.pairs;
        let grid = || Grid {
            cells: read(CELLS, sequences * layout.length),
            places: read(PLACES, layout.tokens),
        };
        BatchInputs {
            layout,
            texts: Texts {
                tokens: read(TOKENS, layout.tokens),
                positions: read(POSITIONS, layout.tokens),
                sequences,
                length: layout.length,
                grid: (!layout.is_full()).then(grid),
            },
            rows: list(ROWS, DType::U32),
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

/// The padded extent for `count`: at most `steps` different ones between a number and its double.
fn bucket(count: usize, steps: usize) -> usize {
    let step = (count.next_power_of_two() / steps).max(4);
    count.next_multiple_of(step).max(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_few_and_never_too_short() {
        let buckets = [1, 8, 9, 12, 13, 17, 24, 25, 33, 49, 65, 100, 300].map(|n| bucket(n, 8));
        assert_eq!(
            buckets,
            [8, 8, 12, 12, 16, 20, 24, 28, 40, 56, 80, 112, 320]
        );
        for (steps, most) in [(8, 0.25), (16, 0.125)] {
            let all: Vec<usize> = (1..=1024).map(|n| bucket(n, steps)).collect();
            let different: std::collections::HashSet<&usize> = all.iter().collect();
            assert!(different.len() < 5 * steps, "{}", different.len());
            for (count, padded) in (1..).zip(all).skip(64) {
                assert!(padded >= count && padded as f64 <= (1.0 + most) * count as f64);
            }
        }
    }
}
