//! Causal attention as a composition of candle's own operations.

use alignment_playground::graph::Heads;
use candle_core::{D, Device, Result, Tensor};

/// Softmax over the innermost axis of what a mask of 0 and 1 leaves.
pub fn masked_softmax(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let e = x.exp()?.broadcast_mul(mask)?;
    e.broadcast_div(&e.sum_keepdim(D::Minus1)?)
}

/// What the heads mix for the tokens of texts of these lengths, whose queries, keys and values stand
/// in `rows`.
pub fn attention(rows: &Tensor, lengths: &[usize], heads: Heads) -> Result<Tensor> {
    let Heads {
        queries,
        keys,
        width,
    } = heads;
    let mut start = 0;
    let mut texts = Vec::new();
    for &length in lengths {
        let text = rows.narrow(0, start, length)?;
        let head = |index: usize| text.narrow(1, index * width, width)?.contiguous();
        let mask = Tensor::tril2(length, rows.dtype(), &Device::Cpu)?;
        let mixed = |query: usize| {
            let shared = query / (queries / keys);
            let (key, value) = (head(queries + shared)?, head(queries + keys + shared)?);
            let scores = (head(query)?.matmul(&key.t()?)? / (width as f64).sqrt())?;
            masked_softmax(&scores, &mask)?.matmul(&value)
        };
        texts.push(Tensor::cat(
            &(0..queries).map(mixed).collect::<Result<Vec<_>>>()?,
            1,
        )?);
        start += length;
    }
    Tensor::cat(&texts, 0)
}

/// The positions of the tokens of texts of these lengths.
pub fn positions(lengths: &[usize]) -> Vec<u32> {
    let text = |&length: &usize| 0..length as u32;
    lengths.iter().flat_map(text).collect()
}
