//! What a transformer makes of whole answers: one state for each, for judges to read.
//!
//! It is the state at the last token of the answer, where end-of-text is predicted, not one that has
//! read the end token: so every answer that the policy can score or draw fits, and the state is one that
//! pre-training has shaped (an end token is never read in the middle of a text).

use super::batch::{BatchInputs, BatchRow, TokenLayout};
use super::{LanguagePolicy, TokenSample};
use crate::engine::Feeds;
use crate::graph::Expr;
use crate::policy::Weights;

impl LanguagePolicy {
    /// A layout in which the end states of `samples` find room.
    pub fn end_layout(&self, samples: &[&TokenSample]) -> TokenLayout {
        let tokens = samples.iter().map(|sample| self.end_row(sample).tokens);
        let tokens = tokens.map(|tokens| tokens.len()).sum();
        let layout = TokenLayout::padded(samples.len(), tokens, samples.len());
        // Like numbers of samples share a layout.
        TokenLayout {
            sequences: layout.scored,
            ..layout
        }
    }

    /// The inputs of a graph over `layout` that hold `samples`.
    pub fn end_feeds(&self, samples: &[&TokenSample], layout: TokenLayout) -> Feeds {
        let rows: Vec<BatchRow> = samples.iter().map(|sample| self.end_row(sample)).collect();
        layout.feeds(&rows, self.config().end_token)
    }

    /// The final hidden state, normalised, at the end of each sample of the batch fed,
    /// `[sequences, width]`: one sample after the other; then padding.
    pub fn end_states<'g>(&self, weights: &Weights<'g>, layout: TokenLayout) -> Expr<'g> {
        let batch = BatchInputs::new(weights.builder(), layout);
        self.transformer
            .states_at(weights, &batch.texts, batch.rows)
    }

    /// `sample` as it is read; its last token alone counts.
    fn end_row(&self, sample: &TokenSample) -> BatchRow {
        let mut row = self.row(sample);
        if row.tokens.is_empty() {
            // Without a begin token, an empty text has nothing but its end to be read.
            row.tokens.push(self.config().end_token);
            row.targets.push(self.config().end_token);
        }
        row.scored = row.tokens.len() - 1..row.tokens.len();
        row
    }
}
