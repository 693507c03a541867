//! The adjoint of every operation, against two oracles that share no code with it: candle's own
//! autograd in double precision, and central differences of the forward pass.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Feeds, HostTensor};
use alignment_playground::graph::{Builder, DType, Expr, GraphError, Op, SamplingLaw};
use candle_core::{D, DType as CandleType, Device, Result, Tensor};
use support::formula::Formula;
use support::{assert_close, feeds, run};

/// A [`Formula`] of operands of given shapes.
struct Case {
    name: &'static str,
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
const EPSILON: f64 = 1e-2;
const THETA: f64 = 100.0;

fn ids(builder: &Builder) -> Expr<'_> {
    builder.input("ids", DType::U32, [4])
}

fn integers() -> Feeds {
    feeds([
        ("ids", HostTensor::u32([4], IDS.to_vec())),
        ("positions", HostTensor::u32([3], POSITIONS.to_vec())),
        ("last", HostTensor::index(LAST)),
    ])
}

fn candle_ids() -> Tensor {
    Tensor::new(&IDS, &Device::Cpu).unwrap()
}

fn mask(rows: [[f64; 3]; 3]) -> Tensor {
    Tensor::new(&rows, &Device::Cpu).unwrap()
}

fn masked_softmax(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let e = x.exp()?.broadcast_mul(mask)?;
    e.broadcast_div(&e.sum_keepdim(D::Minus1)?)
}

fn log_softmax(x: &Tensor) -> Result<Tensor> {
    x.broadcast_sub(&x.exp()?.sum_keepdim(D::Minus1)?.log()?)
}

fn rotate(x: &Tensor, positions: &[u32; 3]) -> Result<Tensor> {
    let angle = |position: u32, pair: i32| f64::from(position) * THETA.powf(-f64::from(pair) / 2.0);
    let table = |f: fn(f64) -> f64| {
        let rows = positions.map(|position| [0, 1, 0, 1].map(|pair| f(angle(position, pair))));
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

const CASES: &[Case] = &[
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
        name: "causal softmax",
        shapes: &[&[2, 3, 3]],
        between: (-2.0, 2.0),
        ours: |_, x| x[0].causal_softmax(),
        candle: |x| masked_softmax(&x[0], &mask([[1., 0., 0.], [1., 1., 0.], [1.; 3]])),
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
        shapes: &[&[2, 3, 4]],
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

/// The operations that a derivative may flow through, as [`kind`] names them.
const DIFFERENTIABLE: [&str; 40] = [
    "Binary(Add)",
    "Binary(Div)",
    "Binary(Greater)",
    "Binary(Max)",
    "Binary(Min)",
    "Binary(Mul)",
    "Binary(Sub)",
    "Broadcast",
    "Concat",
    "LayerNorm",
    "LogSoftmax",
    "MatMul { transpose_left: false, transpose_right: false }",
    "MatMul { transpose_left: false, transpose_right: true }",
    "MatMul { transpose_left: true, transpose_right: false }",
    "MatMul { transpose_left: true, transpose_right: true }",
    "Pad",
    "Permute",
    "Reshape",
    "RmsNorm",
    "Rotary",
    "Rows",
    "ScatterRows",
    "Select",
    "Slice",
    "Softmax(Causal)",
    "Softmax(None)",
    "Softmax(UpTo)",
    "StopGradient",
    "Sum",
    "TokenLogProb",
    "Unary(Exp)",
    "Unary(Gelu)",
    "Unary(IsFinite)",
    "Unary(Log)",
    "Unary(Neg)",
    "Unary(Sigmoid)",
    "Unary(Softplus)",
    "Unary(Sqrt)",
    "Unary(Square)",
    "Unary(Tanh)",
];

/// What to call an operation that a derivative may flow through. A new operation does not
/// compile until it is told here whether it is one.
fn kind(op: &Op) -> Option<String> {
    match op {
        Op::Unary(_) | Op::Binary(_) | Op::Softmax(_) | Op::MatMul { .. } => {
            Some(format!("{op:?}"))
        }
        Op::Select
        | Op::Reshape
        | Op::Permute(_)
        | Op::Broadcast
        | Op::Slice { .. }
        | Op::Pad { .. }
        | Op::Concat { .. }
        | Op::Sum { .. }
        | Op::Rows
        | Op::ScatterRows
        | Op::LogSoftmax
        | Op::LayerNorm { .. }
        | Op::RmsNorm { .. }
        | Op::Rotary { .. }
        | Op::TokenLogProb
        | Op::StopGradient => {
            let text = format!("{op:?}");
            let name = text.split(|c: char| !c.is_alphanumeric()).next();
            name.map(str::to_owned)
        }
        Op::Input(_)
        | Op::State(_)
        | Op::Constant(_)
        | Op::Range
        | Op::ReadAt { .. }
        | Op::WriteAt { .. }
        | Op::SoftmaxGradient
        | Op::LayerNormGradient { .. }
        | Op::RmsNormGradient { .. }
        | Op::TokenLogProbGradient
        | Op::Sample => None,
    }
}

impl Case {
    fn formula(&self) -> Formula {
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

#[test]
fn values_and_adjoints_agree_with_candles_autograd() {
    for case in CASES {
        case.formula().check_against_candle(1e-5);
    }
}

#[test]
fn adjoints_agree_with_central_differences() {
    const STEP: f32 = 1.0 / 128.0;
    for case in CASES {
        // A constant to the derivative is none to a difference.
        if case.name == "stop_gradient" {
            continue;
        }
        let formula = case.formula();
        let (engine, operands) = (CpuEngine::new(), formula.operands());
        let gradients = formula.gradients(&engine, &formula.feeds(&operands));
        for (number, operand) in operands.iter().enumerate() {
            let shifted = |place: usize, by: f32| {
                let mut values = operand.as_f32().to_vec();
                values[place] += by;
                let mut operands = operands.clone();
                operands[number] = HostTensor::f32(operand.shape().clone(), values);
                formula.loss(&engine, &formula.feeds(&operands))
            };
            let differences: Vec<f32> = (0..operand.as_f32().len())
                .map(|place| (shifted(place, STEP) - shifted(place, -STEP)) / (2.0 * STEP))
                .collect();
            assert_close(case.name, &gradients[number], &differences, 3e-3);
        }
    }
}

#[test]
fn no_operation_goes_unchecked() {
    let mut covered = BTreeSet::new();
    for case in CASES {
        let builder = Builder::new();
        let (_, loss) = case.formula().build(&builder);
        builder.output("loss", loss);
        let graph = builder.finish().unwrap();
        covered.extend(graph.nodes().iter().filter_map(|node| kind(&node.op)));
    }
    let covered: Vec<&str> = covered.iter().map(String::as_str).collect();
    assert_eq!(covered, DIFFERENTIABLE);
}

#[test]
fn what_has_no_derivative_is_refused_by_name() {
    fn refused(f: for<'g> fn(&'g Builder, Expr<'g>) -> Expr<'g>) -> String {
        let builder = Builder::new();
        let x = builder.input("x", DType::F32, [4, 4]);
        let loss = f(&builder, x).sum_all();
        builder.gradients(loss, &[x]);
        match builder.finish() {
            Err(GraphError::NotDifferentiable { op }) => op,
            other => panic!("{other:?}"),
        }
    }
    /// The gradient of `x`'s loss under `f`, taken once more.
    fn again(f: for<'g> fn(&'g Builder, Expr<'g>) -> Expr<'g>) -> String {
        let builder = Builder::new();
        let x = builder.input("x", DType::F32, [4, 4]);
        let first = builder.gradients(f(&builder, x).square().sum_all(), &[x]);
        builder.gradients(first[0].sum_all(), &[x]);
        match builder.finish() {
            Err(GraphError::NotDifferentiable { op }) => op,
            other => panic!("{other:?}"),
        }
    }
    fn index(builder: &Builder) -> Expr<'_> {
        builder.input("last", DType::U32, [])
    }
    assert!(refused(|b, x| x.read_at(0, index(b))).starts_with("ReadAt"));
    assert!(refused(|b, x| x.write_at(0, x.slice(0, 0..1), index(b))).starts_with("WriteAt"));
    assert!(again(|_, x| x.softmax()).starts_with("SoftmaxGradient"));
    assert!(again(|_, x| x.layer_norm(1e-5)).starts_with("LayerNormGradient"));
    assert!(again(|_, x| x.rms_norm(1e-5)).starts_with("RmsNormGradient"));
    assert!(again(|_, x| x.gelu()).starts_with("GeluDerivative"));
    assert!(again(|b, x| x.token_log_prob(ids(b))).starts_with("TokenLogProbGradient"));
    let sampled = refused(|b, x| {
        let law = SamplingLaw {
            temperature: b.scalar_input("temperature"),
            top_k: b.input("top_k", DType::U32, []),
            top_p: b.scalar_input("top_p"),
        };
        let drawn = x.sample(law, b.input("seed", DType::U32, [2]), index(b));
        drawn.greater(b.range(4)) * x
    });
    assert_eq!(sampled, "Sample");
}

#[test]
fn a_parameter_that_does_not_matter_has_derivative_0() {
    let builder = Builder::new();
    let x = builder.input("x", DType::F32, [2]);
    let idle = builder.input("idle", DType::F32, [3]);
    let gradients = builder.gradients(x.square().sum_all(), &[idle, x]);
    builder.output("idle", gradients[0]);
    builder.output("x", gradients[1]);
    let feeds = feeds([("x", HostTensor::f32([2], vec![3.0, -1.0]))]);
    let outputs = run(&CpuEngine::new(), builder, &feeds).unwrap();
    assert_eq!(outputs["idle"].as_f32(), [0.0; 3]);
    assert_eq!(outputs["x"].as_f32(), [6.0, -2.0]);
}
