//! Formulas of small tensors, which together hold every operation.

use alignment_playground::engine::{Feeds, HostTensor};
use alignment_playground::graph::{Builder, DType, Expr, Heads};
use candle_core::{D, DType as CandleType, Device, Result, Tensor};

use super::attention::{attention, masked_softmax, positions};
use super::feeds;
use super::formula::Formula;

/// A [`Formula`] of operands of given shapes.
pub struct Case {
    /// What it is called.
    pub name: &'static str,
    /// The operands' shapes.
    shapes: &'static [&'static [usize]],
    /// What their elements lie between.
    between: (f32, f32),
    ours: for<'g> fn(&'g Builder, &[Expr<'g>]) -> Expr<'g>,
    candle: fn(&[Tensor]) -> Result<Tensor>,
}

const IDS: [u32; 4] = [2, 0, 2, 1];
const POSITIONS: [u32; 3] = [1, 2, 4];
const LAST: u32 = 1;
/// Texts that attention reads.
const LENGTHS: [usize; 3] = [3, 1, 2];
const HEADS: Heads = Heads {
    queries: 2,
    keys: 1,
    width: 2,
};
const EPSILON: f64 = 1e-2;
const THETA: f64 = 100.0;

/// Ids as an input.
pub fn ids(builder: &Builder) -> Expr<'_> {
    builder.input("ids", DType::U32, [4])
}

fn integers() -> Feeds {
    feeds([
        ("ids", HostTensor::u32([4], IDS.to_vec())),
        ("positions", HostTensor::u32([3], POSITIONS.to_vec())),
        ("last", HostTensor::index(LAST)),
        ("places", HostTensor::u32([6], positions(&LENGTHS))),
    ])
}

fn candle_ids() -> Tensor {
    Tensor::new(&IDS, &Device::Cpu).unwrap()
}

fn mask(rows: [[f64; 3]; 3]) -> Tensor {
    Tensor::new(&rows, &Device::Cpu).unwrap()
}

fn log_softmax(x: &Tensor) -> Result<Tensor> {
    x.broadcast_sub(&x.exp()?.sum_keepdim(D::Minus1)?.log()?)
}

fn rotate(x: &Tensor, positions: &[u32; 3]) -> Result<Tensor> {
    let angle = |position: u32, pair: i32| f64::from(position) * THETA.powf(-f64::from(pair) / 2.0);
    let table = |f: fn(f64) -> f64| {
        let rows = positions.map(|position| [[0, 1, 0, 1].map(|pair| f(angle(position, pair)))]);
        Tensor::new(&rows, &Device::Cpu)
    };
    let halves = [x.narrow(2, 2, 2)?.neg()?, x.narrow(2, 0, 2)?];
    let turned = Tensor::cat(&halves, 2)?.broadcast_mul(&table(f64::sin)?)?;
    x.broadcast_mul(&table(f64::cos)?)? + turned
}

fn sigmoid(x: &Tensor) -> Result<Tensor> {
    (x.neg()?.exp()? + 1.0)?.recip()
}

fn gelu(x: &Tensor) -> Result<Tensor> {
    let inner = ((x + (x.powf(3.0)? * 0.044715)?)? * (2.0 / std::f64::consts::PI).sqrt())?;
    (x * 0.5)? * (inner.tanh()? + 1.0)?
}

/// Every operation that a derivative may flow through, at least once.
pub const CASES: &[Case] = &[
    Case {
        name: "negative and product",
        shapes: &[&[2, 3], &[2, 3]],
        between: (-1.5, 1.5),
        ours: |_, x| -x[0] * x[1],
        candle: |x| x[0].neg()? * &x[1],
    },
    Case {
        name: "a node used twice",
        shapes: &[&[3]],
        between: (-1.5, 1.5),
        ours: |_, x| {
            let y = x[0].exp();
            y * x[0] + y
        },
        candle: |x| {
            let y = x[0].exp()?;
            (&y * &x[0])? + y
        },
    },
    Case {
        name: "logarithm, root and square",
        shapes: &[&[2, 2]],
        between: (0.5, 2.0),
        ours: |_, x| x[0].log() + x[0].sqrt() * 2.0 - x[0].square(),
        candle: |x| (x[0].log()? + (x[0].sqrt()? * 2.0)?)? - x[0].sqr()?,
    },
    Case {
        name: "hyperbolic tangent",
        shapes: &[&[5]],
        between: (-2.0, 2.0),
        ours: |_, x| x[0].tanh(),
        candle: |x| x[0].tanh(),
    },
    Case {
        name: "sigmoid and silu",
        shapes: &[&[5], &[5]],
        between: (-4.0, 4.0),
        ours: |_, x| x[0].sigmoid() + x[1].silu(),
        candle: |x| sigmoid(&x[0])? + (&x[1] * sigmoid(&x[1])?)?,
    },
    Case {
        name: "softplus",
        shapes: &[&[5]],
        between: (-6.0, 6.0),
        ours: |_, x| x[0].softplus(),
        candle: |x| (x[0].exp()? + 1.0)?.log(),
    },
    Case {
        name: "gelu",
        shapes: &[&[7]],
        between: (-3.0, 3.0),
        ours: |_, x| x[0].gelu(),
        candle: |x| gelu(&x[0]),
    },
    Case {
        name: "broadcast operands",
        shapes: &[&[2, 1, 3], &[4, 1], &[3]],
        between: (0.5, 1.5),
        ours: |_, x| (x[0] + x[1]) / x[2] - x[1] * x[2],
        candle: |x| {
            let quotient = x[0].broadcast_add(&x[1])?.broadcast_div(&x[2])?;
            quotient.broadcast_sub(&x[1].broadcast_mul(&x[2])?)
        },
    },
    Case {
        name: "with numbers",
        shapes: &[&[4]],
        between: (0.5, 1.5),
        ours: |_, x| (1.0 - x[0]) * 3.0 + 2.0 / x[0] - 0.5,
        candle: |x| ((((x[0].neg()? + 1.0)? * 3.0)? + (x[0].recip()? * 2.0)?)? - 0.5)?.contiguous(),
    },
    Case {
        name: "maximum and minimum",
        shapes: &[&[3, 4], &[4]],
        between: (-1.0, 1.0),
        ours: |_, x| x[0].max(x[1]) * x[0].min(x[1]) + x[0].min(x[1]),
        candle: |x| {
            let least = x[0].broadcast_minimum(&x[1])?;
            (x[0].broadcast_maximum(&x[1])? * &least)? + least
        },
    },
    Case {
        name: "comparison is a constant to the derivative",
        shapes: &[&[6], &[6]],
        between: (-1.0, 1.0),
        ours: |_, x| x[0].greater(x[1]) * x[0].square() + x[1].is_finite() * x[1],
        candle: |x| (x[0].gt(&x[1])?.to_dtype(CandleType::F64)? * x[0].sqr()?)? + &x[1],
    },
    Case {
        name: "select",
        shapes: &[&[3, 2], &[2], &[3, 1]],
        between: (-1.0, 1.0),
        ours: |builder, x| {
            let zero = builder.constant(0.0);
            x[0].greater(zero).select(x[1].exp(), x[2] * 3.0)
        },
        candle: |x| {
            let (then, other) = (x[1].exp()?, (&x[2] * 3.0)?);
            let condition = x[0].gt(&x[0].zeros_like()?)?;
            condition.where_cond(&then.broadcast_as((3, 2))?, &other.broadcast_as((3, 2))?)
        },
    },
    Case {
        name: "stop_gradient",
        shapes: &[&[4]],
        between: (-1.0, 1.0),
        ours: |_, x| x[0].stop_gradient() * x[0] + x[0].exp().stop_gradient(),
        candle: |x| (x[0].detach() * &x[0])? + x[0].exp()?.detach(),
    },
    Case {
        name: "reshape, permute and broadcast",
        shapes: &[&[2, 6]],
        between: (-1.0, 1.0),
        ours: |_, x| {
            let y = x[0].reshape([2, 3, 2]).permute(&[2, 0, 1]);
            y.reshape([2, 1, 2, 3]).broadcast_to([2, 5, 2, 3]).square()
        },
        candle: |x| {
            let y = x[0].reshape((2, 3, 2))?.permute((2, 0, 1))?.contiguous()?;
            y.reshape((2, 1, 2, 3))?.broadcast_as((2, 5, 2, 3))?.sqr()
        },
    },
    Case {
        name: "slice, pad and concatenate",
        shapes: &[&[3, 4], &[3, 2]],
        between: (-1.0, 1.0),
        ours: |builder, x| {
            let parts = [x[0].slice(1, 1..3), x[1], x[0]];
            let joined = builder.concat(1, &parts).square();
            joined.pad(0, 1, 6).exp()
        },
        candle: |x| {
            let joined = Tensor::cat(&[&x[0].narrow(1, 1, 2)?, &x[1], &x[0]], 1)?.sqr()?;
            joined.pad_with_zeros(0, 1, 2)?.exp()
        },
    },
    Case {
        name: "sums",
        shapes: &[&[2, 3, 4]],
        between: (-1.0, 1.0),
        ours: |_, x| x[0].sum(&[0, 2]).square() * x[0].mean() + x[0].square().sum_all(),
        candle: |x| {
            let sums = x[0].sum_keepdim((0, 2))?.sqr()?;
            sums.broadcast_mul(&x[0].mean_all()?)?
                .broadcast_add(&x[0].sqr()?.sum_all()?)
        },
    },
    Case {
        name: "matrix products, either side transposed",
        shapes: &[&[2, 3, 4], &[2, 4, 5], &[2, 5, 3]],
        between: (-1.0, 1.0),
        ours: |_, x| {
            let plain = x[0].matmul(x[1]);
            let both = x[1].matmul_with(true, x[0], true).permute(&[0, 2, 1]);
            let left = x[0].matmul_with(true, x[0], false).square().mean();
            let right = x[1]
                .matmul_with(false, x[2], false)
                .matmul_with(false, x[2], true);
            plain * both * left + x[0].permute(&[0, 2, 1]).matmul_with(true, right, false)
        },
        candle: |x| {
            let t = |x: &Tensor| x.transpose(1, 2)?.contiguous();
            let plain = x[0].matmul(&x[1])?;
            let both = t(&t(&x[1])?.matmul(&t(&x[0])?)?)?;
            let left = t(&x[0])?.matmul(&x[0])?.sqr()?.mean_all()?;
            let right = x[1].matmul(&x[2])?.matmul(&t(&x[2])?)?;
            (plain * both)?.broadcast_mul(&left)? + x[0].matmul(&right)?
        },
    },
    Case {
        name: "rows of a table",
        shapes: &[&[3, 2]],
        between: (-1.0, 1.0),
        ours: |builder, x| x[0].rows(ids(builder)).square(),
        candle: |x| x[0].index_select(&candle_ids(), 0)?.sqr(),
    },
    Case {
        name: "rows added up",
        shapes: &[&[4, 2]],
        between: (-1.0, 1.0),
        ours: |builder, x| x[0].scatter_rows(ids(builder), 3).square(),
        candle: |x| {
            let zeros = Tensor::zeros((3, 2), CandleType::F64, &Device::Cpu)?;
            zeros.index_add(&candle_ids(), &x[0], 0)?.sqr()
        },
    },
    Case {
        name: "softmax",
        shapes: &[&[2, 3, 3]],
        between: (-2.0, 2.0),
        ours: |_, x| x[0].softmax(),
        candle: |x| masked_softmax(&x[0], &mask([[1.0; 3]; 3])),
    },
    Case {
        name: "causal attention",
        shapes: &[&[6, 8]],
        between: (-2.0, 2.0),
        ours: |builder, x| {
            let places = builder.input("places", DType::U32, [6]);
            x[0].attention(places, HEADS).square()
        },
        candle: |x| attention(&x[0], &LENGTHS, HEADS)?.sqr(),
    },
    Case {
        name: "softmax up to a position",
        shapes: &[&[2, 3, 3]],
        between: (-2.0, 2.0),
        ours: |builder, x| x[0].softmax_up_to(builder.input("last", DType::U32, [])),
        candle: |x| masked_softmax(&x[0], &mask([[1., 1., 0.]; 3])),
    },
    Case {
        name: "log-softmax",
        shapes: &[&[2, 5]],
        between: (-2.0, 2.0),
        ours: |_, x| x[0].log_softmax(),
        candle: |x| log_softmax(&x[0]),
    },
    Case {
        name: "layer norm",
        shapes: &[&[3, 5]],
        between: (-2.0, 2.0),
        ours: |_, x| x[0].layer_norm(EPSILON as f32),
        candle: |x| {
            let centred = x[0].broadcast_sub(&x[0].mean_keepdim(1)?)?;
            let variance = centred.sqr()?.mean_keepdim(1)?;
            centred.broadcast_div(&(variance + EPSILON)?.sqrt()?)
        },
    },
    Case {
        name: "RMS norm",
        shapes: &[&[3, 5]],
        between: (-2.0, 2.0),
        ours: |_, x| x[0].rms_norm(EPSILON as f32),
        candle: |x| x[0].broadcast_div(&(x[0].sqr()?.mean_keepdim(1)? + EPSILON)?.sqrt()?),
    },
    Case {
        name: "rotary embedding",
        shapes: &[&[3, 2, 4]],
        between: (-1.0, 1.0),
        ours: |builder, x| {
            let positions = builder.input("positions", DType::U32, [3]);
            x[0].rotary(positions, THETA as f32)
        },
        candle: |x| rotate(&x[0], &POSITIONS),
    },
    Case {
        name: "log-probability of tokens",
        shapes: &[&[4, 3]],
        between: (-2.0, 2.0),
        ours: |builder, x| x[0].token_log_prob(ids(builder)),
        candle: |x| {
            log_softmax(&x[0])?
                .gather(&candle_ids().reshape((4, 1))?, 1)?
                .squeeze(1)
        },
    },
];

impl Case {
    /// The formula.
    pub fn formula(&self) -> Formula {
        Formula {
            name: self.name,
            shapes: self.shapes.iter().map(|shape| shape.to_vec()).collect(),
            between: self.between,
            integers: integers(),
            ours: self.ours,
            candle: self.candle,
        }
    }
}
