//! The adjoint of every operation, against two oracles that share no code with it: candle's own
//! autograd in double precision, and central differences of the forward pass.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;

use alignment_playground::engine::HostTensor;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::graph::{Builder, DType, Expr, GraphError, Heads, Op, SamplingLaw};
use support::cases::{CASES, ids};
use support::{assert_close, feeds, run};

/// The operations that a derivative may flow through, as [`kind`] names them.
const DIFFERENTIABLE: [&str; 40] = [
    "Attention",
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
        | Op::Attention(_)
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
        | Op::RunningMean { .. }
        | Op::RunningSquare { .. }
        | Op::AdamStep { .. }
        | Op::ReadAt { .. }
        | Op::WriteAt { .. }
        | Op::SoftmaxGradient
        | Op::AttentionGradient(_)
        | Op::LayerNormGradient { .. }
        | Op::RmsNormGradient { .. }
        | Op::TokenLogProbGradient
        | Op::Sample => None,
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
    fn attend<'g>(builder: &'g Builder, x: Expr<'g>) -> Expr<'g> {
        let heads = Heads {
            queries: 2,
            keys: 1,
            width: 1,
        };
        x.attention(ids(builder), heads)
    }
    fn index(builder: &Builder) -> Expr<'_> {
        builder.input("last", DType::U32, [])
    }
    assert!(refused(|b, x| x.read_at(0, index(b))).starts_with("ReadAt"));
    assert!(refused(|b, x| x.write_at(0, x.slice(0, 0..1), index(b))).starts_with("WriteAt"));
    assert!(again(|_, x| x.softmax()).starts_with("SoftmaxGradient"));
    assert!(again(attend).starts_with("AttentionGradient"));
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
