//! Causal attention and its adjoint, text by text and head by head.
//!
//! The score matrix of one head stays in cache. It is made in blocks of rows, each no wider than its last
//! row sees, so that little of what the mask hides is computed; the adjoint computes it again.

use std::ops::Range;

use super::kernels::{dot, exp_of_nonlarge, maximum, sum};
use super::matmul::{Matrix, multiply};
use crate::engine::EngineError;
use crate::graph::Heads;

/// Rows of a score matrix that are made at once.
const BLOCK: usize = 32;

/// The rows of each text, whose positions count up from 0.
pub fn texts(positions: &[u32]) -> Result<Vec<Range<usize>>, EngineError> {
    let mut texts: Vec<Range<usize>> = Vec::new();
    for (row, &position) in positions.iter().enumerate() {
        match texts.last_mut() {
            _ if position == 0 => texts.push(row..row + 1),
            Some(text) if position as usize == text.len() => text.end = row + 1,
            text => {
                return Err(EngineError::IndexOutOfRange {
                    op: "attention",
                    index: position as usize,
                    extent: text.map_or(0, |text| text.len()) + 1,
                });
            }
        }
    }
    Ok(texts)
}

/// What attention gives for `rows`, those of `texts` one after the other.
pub fn attention(rows: &[f32], texts: &[Range<usize>], heads: Heads, out: &mut [f32]) {
    let mut scores = Vec::new();
    let stride = heads.attended_width();
    for text in texts {
        let rows = Rows::new(&rows[text.start * heads.row_width()..], heads);
        let out = &mut out[text.start * stride..text.end * stride];
        for head in 0..heads.queries {
            for block in blocks(text.len()) {
                let seen = block.end;
                scores.resize(block.len() * seen, 0.0);
                let (queries, keys) = (rows.queries(head, block.start), rows.keys(head));
                let extents = [block.len(), heads.width, seen];
                multiply(queries, keys.transpose(), extents, &mut scores, seen);
                for (row, scores) in block.clone().zip(scores.chunks_exact_mut(seen)) {
                    let normaliser = softmax(scores, row + 1, heads.scale());
                    out[row * stride + heads.query_width() + head] = normaliser;
                }
                let mixed = &mut out[block.start * stride + head * heads.width..];
                let extents = [block.len(), seen, heads.width];
                let scores = Matrix::new(&scores, seen);
                multiply(scores, rows.values(head), extents, mixed, stride);
            }
        }
    }
}

/// The softmax of `scores · scale` over the first `visible` of a row, 0 after them; gives the logarithm of
/// its normaliser.
fn softmax(scores: &mut [f32], visible: usize, scale: f32) -> f32 {
    let (scores, hidden) = scores.split_at_mut(visible);
    hidden.fill(0.0);
    let largest = maximum(scores) * scale;
    for score in scores.iter_mut() {
        *score = exp_of_nonlarge(*score * scale - largest);
    }
    let total = sum(scores);
    let share = total.recip();
    for score in scores {
        *score *= share;
    }
    largest + total.ln()
}

/// What the adjoint reads for one text.
#[derive(Clone, Copy)]
pub struct Attended<'a> {
    /// What [`attention`] gave.
    pub values: &'a [f32],
    /// The derivative by what the heads mixed.
    pub dy: &'a [f32],
}

/// The derivative by `rows`, given what [`attention`] made of them.
///
/// With shares P = softmax(S·scale) and mixed Y = P·V: dV = Pᵀ·dY and, as dP = dY·Vᵀ,
/// dS = P ∘ (dP − rows' sums of Y ∘ dY) · scale, dQ = dS·K, dK = dSᵀ·Q (Dao et al. 2022, appendix B.2).
pub fn attention_gradient(
    rows: &[f32],
    texts: &[Range<usize>],
    heads: Heads,
    attended: Attended<'_>,
    out: &mut [f32],
) {
    let (width, stride) = (heads.row_width(), heads.query_width());
    let (mut shares, mut scores, mut part) = (Vec::new(), Vec::new(), Vec::new());
    for text in texts {
        let count = text.len();
        let rows = Rows::new(&rows[text.start * width..], heads);
        let values = &attended.values[text.start * heads.attended_width()..];
        let dy = &attended.dy[text.start * stride..];
        let out = &mut out[text.start * width..text.end * width];
        shares.resize(count * count, 0.0);
        scores.resize(count * count, 0.0);
        part.resize(BLOCK * heads.width, 0.0);
        for head in 0..heads.queries {
            let first = head * heads.width;
            let own = |row: usize| &dy[row * stride + first..][..heads.width];
            for block in blocks(count) {
                let seen = block.end;
                let extents = [block.len(), heads.width, seen];
                let place = block.start * count;
                let (queries, keys) = (rows.queries(head, block.start), rows.keys(head));
                let dy = Matrix::new(&dy[block.start * stride + first..], stride);
                multiply(
                    queries,
                    keys.transpose(),
                    extents,
                    &mut shares[place..],
                    count,
                );
                let values_of_text = rows.values(head).transpose();
                multiply(dy, values_of_text, extents, &mut scores[place..], count);
                for row in block.clone() {
                    let attended = &values[row * heads.attended_width()..];
                    let mixed = &attended[first..first + heads.width];
                    let normaliser = attended[heads.query_width() + head];
                    let inner = dot(mixed, own(row));
                    let share = &mut shares[row * count..row * count + seen];
                    let score = &mut scores[row * count..row * count + seen];
                    share[row + 1..].fill(0.0);
                    score[row + 1..].fill(0.0);
                    for (share, score) in share.iter_mut().zip(score).take(row + 1) {
                        *share = exp_of_nonlarge(*share * heads.scale() - normaliser);
                        *score = *share * (*score - inner) * heads.scale();
                    }
                }
                let extents = [block.len(), seen, heads.width];
                let scores = Matrix::new(&scores[place..], count);
                let out = &mut out[block.start * width + first..];
                multiply(scores, rows.keys(head), extents, out, width);
            }
            let shared = head / heads.group() * heads.width;
            let is_first = head % heads.group() == 0;
            for block in blocks(count) {
                // Rows before the block do not see it.
                let start = block.start;
                let extents = [block.len(), count - start, heads.width];
                let dy = Matrix::new(&dy[start * stride + first..], stride);
                let by_keys = (&scores, rows.queries(head, start), heads.query_width());
                let values_start = heads.query_width() + heads.key_width();
                for (weights, others, of) in [by_keys, (&shares, dy, values_start)] {
                    let weights = Matrix::new(&weights[start * count + start..], count);
                    multiply(weights.transpose(), others, extents, &mut part, heads.width);
                    let out = out[start * width..].chunks_mut(width);
                    for (out, part) in out.zip(part.chunks_exact(heads.width)).take(block.len()) {
                        let out = &mut out[of + shared..][..heads.width];
                        match is_first {
                            true => out.copy_from_slice(part),
                            false => out
                                .iter_mut()
                                .zip(part)
                                .for_each(|(sum, part)| *sum += part),
                        }
                    }
                }
            }
        }
    }
}

/// `0..count` in blocks.
fn blocks(count: usize) -> impl Iterator<Item = Range<usize>> {
    let starts = (0..count).step_by(BLOCK);
    starts.map(move |start| start..(start + BLOCK).min(count))
}

/// The queries, keys and values of a text.
struct Rows<'a> {
    rows: &'a [f32],
    heads: Heads,
}

impl<'a> Rows<'a> {
    fn new(rows: &'a [f32], heads: Heads) -> Self {
        Rows { rows, heads }
    }

    /// The queries of a head from row `start` on, `[rows, width]`.
    fn queries(&self, head: usize, start: usize) -> Matrix<'a> {
        let place = start * self.heads.row_width() + head * self.heads.width;
        Matrix::new(&self.rows[place..], self.heads.row_width())
    }

    /// The keys that a head of queries asks, `[rows, width]`.
    fn keys(&self, head: usize) -> Matrix<'a> {
        self.shared(head, self.heads.query_width())
    }

    /// The values that a head of queries mixes, `[rows, width]`.
    fn values(&self, head: usize) -> Matrix<'a> {
        self.shared(head, self.heads.query_width() + self.heads.key_width())
    }

    fn shared(&self, head: usize, start: usize) -> Matrix<'a> {
        let place = start + head / self.heads.group() * self.heads.width;
        Matrix::new(&self.rows[place..], self.heads.row_width())
    }
}
