//! What a transformer makes of whole answers: one state for each, for judges to read.
//!
//! It is the state at end-of-text, which is read for this purpose alone: whatever the answer's last words,
//! it stands at the same token and can gather what the answer says. (The state before it, where the policy
//! predicts end-of-text, tells a head that learns alone less of an answer's manner.) Only an answer that
//! fills the whole context is read at its last token, for lack of room.

use super::batch::{BatchInputs, BatchRow, TokenLayout};
use super::{Config, LanguagePolicy, TokenSample};
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

    /// `sample` with its end; the last token alone counts.
    fn end_row(&self, sample: &TokenSample) -> BatchRow {
        let Config {
            context, end_token, ..
        } = *self.config();
        let mut row = self.row(sample);
        if row.tokens.len() < context {
            row.tokens.push(end_token);
            row.targets.push(end_token);
        }
        row.scored = row.tokens.len() - 1..row.tokens.len();
        row
    }
}
