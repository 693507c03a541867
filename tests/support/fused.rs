//! What an engine does in one pass, over tensors of any shape.

use alignment_playground::engine::HostTensor;
use alignment_playground::graph::{Builder, DType, Expr, Heads};
use candle_core::{D, Device, Result, Tensor};
use proptest::prelude::*;

use super::attention::{attention, positions};
use super::feeds;
use super::formula::Formula;

/// A [`Formula`] of operands whose shapes follow from three extents.
pub struct Fused {
    name: &'static str,
    shapes: fn([usize; 3]) -> Vec<Vec<usize>>,
    ours: for<'g> fn(&'g Builder, &[Expr<'g>]) -> Expr<'g>,
    candle: fn(&[Tensor]) -> Result<Tensor>,
}

const EPSILON: f64 = 1e-3;

/// One of `extent` rows for each of `count`, some more than once.
fn ids(count: usize, extent: usize) -> Vec<u32> {
    (0..count)
        .map(|i| (i * i + 3 * i) as u32 % extent as u32)
        .collect()
}

fn layer_norm(x: &Tensor) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    centred.broadcast_div(&(variance + EPSILON)?.sqrt()?)
}

fn log_softmax(x: &Tensor) -> Result<Tensor> {
    x.broadcast_sub(&x.exp()?.sum_keepdim(D::Minus1)?.log()?)
}

/// The lengths of two texts of so many tokens together.
fn lengths(tokens: usize) -> [usize; 2] {
    [tokens / 3, tokens - tokens / 3]
}

/// Attention among the tokens of two texts.
fn attend<'g>(builder: &'g Builder, rows: Expr<'g>, queries: usize, keys: usize) -> Expr<'g> {
    let positions = builder.input("positions", DType::U32, [rows.dims()[0]]);
    rows.attention(positions, heads(rows.dims()[1], queries, keys))
}

fn heads(row: usize, queries: usize, keys: usize) -> Heads {
    Heads {
        queries,
        keys,
        width: row / (queries + 2 * keys),
    }
}

fn sigmoid(x: &Tensor) -> Result<Tensor> {
    (x.neg()?.exp()? + 1.0)?.recip()
}

/// What takes many small operations in plain candle.
pub const FUSED: &[Fused] = &[
    Fused {
        name: "layer norm with gain and bias",
        shapes: |[a, b, c]| vec![vec![a, b, c], vec![c], vec![c]],
        ours: |_, x| x[0].layer_norm(EPSILON as f32) * x[1] + x[2],
        candle: |x| {
            layer_norm(&x[0])?
                .broadcast_mul(&x[1])?
                .broadcast_add(&x[2])
        },
    },
    Fused {
        name: "RMS norm with gain",
        shapes: |[a, b, c]| vec![vec![a * b, c], vec![c]],
        ours: |_, x| x[0].rms_norm(EPSILON as f32) * x[1],
        candle: |x| {
            let mean = x[0].sqr()?.mean_keepdim(D::Minus1)?;
            x[0].broadcast_div(&(mean + EPSILON)?.sqrt()?)?
                .broadcast_mul(&x[1])
        },
    },
    Fused {
        name: "causal attention",
        shapes: |[a, b, c]| vec![vec![a + b + c, 6 * c]],
        ours: |builder, x| attend(builder, x[0], 2, 2),
        candle: |x| {
            let (tokens, row) = x[0].dims2()?;
            attention(&x[0], &lengths(tokens), heads(row, 2, 2))
        },
    },
    Fused {
        name: "causal attention to shared keys",
        shapes: |[a, b, c]| vec![vec![a + b + c, 10 * c]],
        ours: |builder, x| attend(builder, x[0], 6, 2),
        candle: |x| {
            let (tokens, row) = x[0].dims2()?;
            attention(&x[0], &lengths(tokens), heads(row, 6, 2))
        },
    },
    Fused {
        name: "GELU",
        shapes: |[a, b, c]| vec![vec![a * b, c], vec![c]],
        ours: |_, x| (x[0] + x[1]).gelu(),
        candle: |x| {
            let x = x[0].broadcast_add(&x[1])?;
            let inner = ((&x + (x.powf(3.0)? * 0.044715)?)? * (2.0 / std::f64::consts::PI).sqrt())?;
            (x * 0.5)? * (inner.tanh()? + 1.0)?
        },
    },
    Fused {
        name: "SwiGLU",
        shapes: |[a, b, c]| vec![vec![a, b, c], vec![a, b, c]],
        ours: |_, x| x[0].silu() * x[1],
        candle: |x| (&x[0] * sigmoid(&x[0])?)? * &x[1],
    },
    Fused {
        name: "log-probabilities gathered",
        shapes: |[a, b, c]| vec![vec![a * b, c]],
        ours: |builder, x| {
            let rows = x[0].dims()[0];
            x[0].token_log_prob(builder.input("ids", DType::U32, [rows]))
        },
        candle: |x| {
            let (rows, classes) = x[0].dims2()?;
            let ids = Tensor::from_vec(ids(rows, classes), (rows, 1), &Device::Cpu)?;
            log_softmax(&x[0])?.gather(&ids, 1)?.squeeze(1)
        },
    },
    Fused {
        name: "entropy of a softmax",
        shapes: |[a, b, c]| vec![vec![a * b, c]],
        ours: |_, x| {
            let log = x[0].log_softmax();
            -(log.exp() * log).sum(&[1]) + x[0].softmax().square().sum(&[1])
        },
        candle: |x| {
            let log = log_softmax(&x[0])?;
            let share = log.exp()?;
            (&share * &log)?.sum_keepdim(1)?.neg()? + share.sqr()?.sum_keepdim(1)?
        },
    },
    Fused {
        name: "rows read and added up",
        shapes: |[a, b, c]| vec![vec![b, c], vec![a, c]],
        ours: |builder, x| {
            let (count, rows) = (x[1].dims()[0], x[0].dims()[0]);
            let ids = builder.input("row_ids", DType::U32, [count]);
            x[0] * x[1].scatter_rows(ids, rows) + (x[0].rows(ids) * x[1]).sum(&[0])
        },
        candle: |x| {
            let ids = ids(x[1].dim(0)?, x[0].dim(0)?);
            let ids = Tensor::new(ids, &Device::Cpu)?;
            let scattered = x[0].zeros_like()?.index_add(&ids, &x[1], 0)?;
            let read = (x[0].index_select(&ids, 0)? * &x[1])?.sum_keepdim(0)?;
            (&x[0] * scattered)?.broadcast_add(&read)
        },
    },
    Fused {
        name: "a chain over rows, columns and numbers",
        shapes: |[a, b, c]| vec![vec![a, b, c], vec![c], vec![b, 1], vec![]],
        ours: |_, x| (x[0] * x[1] + x[2]).tanh() * x[3] - (x[0].square() * x[2]).exp(),
        candle: |x| {
            let inner = x[0].broadcast_mul(&x[1])?.broadcast_add(&x[2])?.tanh()?;
            let power = x[0].sqr()?.broadcast_mul(&x[2])?.exp()?;
            inner.broadcast_mul(&x[3])? - power
        },
    },
    Fused {
        name: "sums over every choice of axes",
        shapes: |[a, b, c]| vec![vec![a, b, c]],
        ours: |_, x| {
            // Sums of any number of terms are of one size.
            let x = x[0] * (1.0 / (x[0].shape().elements() as f32).sqrt());
            x.sum(&[0]) * x.sum(&[1]) * x.sum(&[2]) + x.sum(&[0, 2]) * x.sum(&[1, 2]).square()
        },
        candle: |x| {
            let x = (&x[0] / (x[0].elem_count() as f64).sqrt())?;
            let sum = |axes: &[usize]| x.sum_keepdim(axes);
            let single = sum(&[0])?
                .broadcast_mul(&sum(&[1])?)?
                .broadcast_mul(&sum(&[2])?)?;
            single.broadcast_add(&sum(&[0, 2])?.broadcast_mul(&sum(&[1, 2])?.sqr()?)?)
        },
    },
];

/// Extents that kernels find easy, and those that they do not.
pub fn extent() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1), 2usize..10, Just(13), Just(16), Just(17), Just(31)]
}

impl Fused {
    /// The formula of operands with these extents.
    pub fn formula(&self, extents: [usize; 3]) -> Formula {
        let [a, b, c] = extents;
        let list = |count, extent| HostTensor::u32([count], ids(count, extent));
        Formula {
            name: self.name,
            shapes: (self.shapes)(extents),
            between: (-1.0, 1.0),
            integers: feeds([
                ("ids", list(a * b, c)),
                ("row_ids", list(a, b)),
                (
                    "positions",
                    HostTensor::u32([a + b + c], positions(&lengths(a + b + c))),
                ),
            ]),
            ours: self.ours,
            candle: self.candle,
        }
    }
}
