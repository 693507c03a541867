use pollster::block_on;
use proptest::prelude::*;

use super::*;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Feeds, HostTensor};
use crate::graph::{DType, Op};
use crate::objective::Hyper;

/// Log-probabilities of the chosen (w) and the rejected (l) side under the policy and its reference.
const NAMES: [&str; 4] = ["lw", "ll", "rw", "rl"];
const VALUES: [[f32; 3]; 4] = [
    [-1.0, 0.5, 2.0],
    [-2.0, 3.0, 0.25],
    [-1.5, 1.0, -1.0],
    [0.5, -0.5, 0.75],
];
const DPO: &str = "-(1 - label_smoothing) * logsigmoid(beta * ((lw - rw) - (ll - rl))) \
                   - label_smoothing * logsigmoid(-beta * ((lw - rw) - (ll - rl)))";

fn parse(text: &str) -> Result<Expression, ExpressionError> {
    Expression::parse(text, &NAMES)
}

fn measured<'g>(builder: &'g Builder, name: &str) -> Expr<'g> {
    builder.input(name, DType::F32, [3])
}

fn value<'g>(builder: &'g Builder, name: &str) -> Expr<'g> {
    match NAMES.contains(&name) {
        true => measured(builder, name),
        false => Hyper::new(builder).get(name),
    }
}

/// Losses, then their derivatives by each measured quantity.
fn run(hyper: &[(&str, f32)], losses: impl for<'g> Fn(&'g Builder) -> Expr<'g>) -> Vec<Vec<f32>> {
    let builder = Builder::new();
    let losses = losses(&builder).broadcast_to([3]);
    let inputs = NAMES.map(|name| measured(&builder, name));
    let gradients = builder.gradients(losses.sum_all(), &inputs);
    builder.output("losses", losses);
    for (name, gradient) in NAMES.iter().zip(gradients) {
        builder.output(name, gradient);
    }
    let graph = builder.finish().unwrap();
    let mut feeds = Feeds::new();
    for (name, values) in NAMES.iter().zip(VALUES) {
        feeds.insert((*name).to_owned(), HostTensor::f32([3], values.to_vec()));
    }
    for (name, value) in hyper {
        feeds.insert(Hyper::input(name), HostTensor::scalar(*value));
    }
    let engine = CpuEngine::new();
    let mut plan = block_on(engine.compile(&graph)).unwrap();
    plan.run(&feeds).unwrap();
    let outputs = block_on(plan.drain()).unwrap().remove(0);
    let names = ["losses"].into_iter().chain(NAMES);
    names.map(|name| outputs[name].as_f32().to_vec()).collect()
}

fn evaluate(text: &str, hyper: &[(&str, f32)]) -> Vec<Vec<f32>> {
    let expression = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    run(hyper, |builder| {
        expression.build(builder, &|name| value(builder, name))
    })
}

#[track_caller]
fn assert_close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        let near = (a - b).abs() <= 1e-5 * b.abs().max(1.0);
        assert!(near, "{what}: {found:?}, not {expected:?}");
    }
}

/// The nodes that `text` becomes.
fn nodes(text: &str) -> Vec<Op> {
    let builder = Builder::new();
    let expression = parse(text).unwrap();
    expression.build(&builder, &|name| value(&builder, name));
    let graph = builder.finish().unwrap();
    graph.nodes().iter().map(|node| node.op.clone()).collect()
}

#[test]
fn operators_bind_and_group_as_in_mathematics() {
    type Formula = fn(f32, f32) -> f32;
    let cases: [(&str, Formula); 28] = [
        ("lw + ll * 2", |w, l| w + l * 2.0),
        ("(lw + ll) * 2", |w, l| (w + l) * 2.0),
        ("lw - ll - 1", |w, l| w - l - 1.0),
        ("lw - (ll - 1)", |w, l| w - (l - 1.0)),
        ("lw / ll / 2", |w, l| w / l / 2.0),
        ("lw / ll * 2", |w, l| w / l * 2.0),
        ("-lw^2", |w, _| -(w * w)),
        ("(-lw)^2", |w, _| w * w),
        ("2 * -lw", |w, _| -2.0 * w),
        ("lw - -+-ll", |w, l| w - l),
        ("-lw * ll", |w, l| -w * l),
        ("lw^2^3", |w, _| w.powi(8)),
        ("lw * 2^3^2", |w, _| w * 512.0),
        ("lw - 2^-1", |w, _| w - 0.5),
        ("lw^-3", |w, _| w.powi(-3)),
        ("lw^0 + ll^1", |_, l| 1.0 + l),
        ("lw^7", |w, _| w.powi(7)),
        ("lw^10 - lw^9", |w, _| w.powi(10) - w.powi(9)),
        ("exp(lw)^(1/2)", |w, _| w.exp().sqrt()),
        ("exp(lw)^-1.5", |w, _| (-1.5 * w).exp()),
        ("lw > ll", |w, l| f32::from(w > l)),
        ("lw + 2 < ll * 2", |w, l| f32::from(w + 2.0 < l * 2.0)),
        ("1 + (lw > 0) * ll", |w, l| 1.0 + f32::from(w > 0.0) * l),
        ("where(lw > ll, lw, -ll)", |w, l| if w > l { w } else { -l }),
        ("clamp(lw, -0.5, 1)", |w, _| w.clamp(-0.5, 1.0)),
        ("max(lw, ll) - min(lw, ll)", |w, l| (w - l).abs()),
        ("lw × 2 · ll − 1 ÷ 4", |w, l| w * 2.0 * l - 0.25),
        ("1e-3*lw+.5*ll-2.E+1", |w, l| 0.001 * w + 0.5 * l - 20.0),
    ];
    for (text, formula) in cases {
        let expected: Vec<f32> = (0..3)
            .map(|pair| formula(VALUES[0][pair], VALUES[1][pair]))
            .collect();
        assert_close(text, &evaluate(text, &[])[0], &expected);
    }
}

#[test]
fn dpo_can_be_written() {
    for (beta, label_smoothing) in [(0.1, 0.0), (1.5, 0.2)] {
        let hyper = [("beta", beta), ("label_smoothing", label_smoothing)];
        let written = evaluate(DPO, &hyper);
        let built_in = run(&hyper, |builder| {
            let [lw, ll, rw, rl] = NAMES.map(|name| measured(builder, name));
            let s = Hyper::new(builder).get("beta") * ((lw - rw) - (ll - rl));
            let smoothing = Hyper::new(builder).get("label_smoothing");
            (1.0 - smoothing) * (-s).softplus() + smoothing * s.softplus()
        });
        // Losses, and derivatives by what the policy gives.
        for part in 0..3 {
            assert_close("DPO", &written[part], &built_in[part]);
        }
    }
}

#[test]
fn an_expression_knows_its_names() {
    let expression = parse(DPO).unwrap();
    assert_eq!(expression.text(), DPO);
    assert_eq!(expression.parameters(), ["label_smoothing", "beta"]);
    assert!(NAMES.iter().all(|name| expression.uses(name)));
    let expression = parse("_b2 * lw").unwrap();
    assert!(expression.uses("lw") && !expression.uses("ll"));
    assert_eq!(expression.parameters(), ["_b2"]);
}

#[test]
fn sg_stops_the_gradient() {
    let [losses, by_lw, by_ll, ..] = &evaluate("sg(lw) * ll", &[])[..] else {
        panic!("losses and derivatives");
    };
    let products: Vec<f32> = (0..3)
        .map(|pair| VALUES[0][pair] * VALUES[1][pair])
        .collect();
    assert_close("losses", losses, &products);
    assert_close("by lw", by_lw, &[0.0; 3]);
    assert_close("by ll", by_ll, &VALUES[0]);
}

#[test]
fn a_hinge_that_is_just_satisfied_rests() {
    assert_close("by lw", &evaluate("relu(lw - sg(lw))", &[])[1], &[0.0; 3]);
}

/// What is computed while reading is what an engine would compute.
#[test]
fn numbers_and_nodes_agree() {
    let operands = ["$a", "$b", "$c"];
    let calls = FUNCTIONS.iter().map(|function| {
        let operands = operands[..function.arguments].join(", ");
        format!("{}({operands})", function.name)
    });
    let others = [
        "-$a",
        "$a + $b",
        "$a - $b",
        "$a * $b",
        "$a / $b",
        "$a > $b",
        "$a < $b",
        "$a^0.5",
        "$a^-1.7",
        "$b^5",
        "$b^-2",
        "$b^0",
        "$c^70",
        "abs($b)",
        "relu($b)",
        "softplus($b)",
    ];
    for formula in calls.chain(others.map(str::to_owned)) {
        for values in [["0.3", "(-0.2)", "0.9"], ["0.9", "(-0.2)", "0.3"]] {
            let filled = |by: [&str; 3]| {
                let fill = |text: String, (operand, by): (&str, &str)| text.replace(operand, by);
                let formula = operands.into_iter().zip(by).fold(formula.clone(), fill);
                format!("0 * lw + ({formula})")
            };
            let names = ["a", "b", "c"];
            let number = |value: &str| value.trim_matches(['(', ')']).parse().unwrap();
            let hyper: Vec<_> = names.into_iter().zip(values.map(number)).collect();
            let (folded, built) = (filled(values), filled(names));
            assert_close(
                &folded,
                &evaluate(&built, &hyper)[0],
                &evaluate(&folded, &[])[0],
            );
        }
    }
}

#[test]
fn only_what_is_constant_is_computed_beforehand() {
    let input = || Op::Input("lw".to_owned());
    let found = nodes("(exp(0) / -2) * lw");
    assert_eq!(found[..2], [Op::Constant(-0.5), input()]);
    assert_eq!(found.len(), 3);
    let found = nodes("lw * 2 * 3");
    assert!(found.contains(&Op::Constant(2.0)) && found.contains(&Op::Constant(3.0)));
}

#[test]
fn each_mistake_is_explained_at_its_column() {
    let cases = [
        (
            "",
            "column 1: the loss is empty: write a formula such as \
             -logsigmoid(beta * ((lw - rw) - (ll - rl)))",
        ),
        (" \t\n ", "column 1: the loss is empty"),
        (
            "-beta * lw + logsig(ll)",
            "column 14: there is no function \"logsig\": did you mean \"logsigmoid\"?",
        ),
        (
            "exxp(lw)",
            "column 1: there is no function \"exxp\": did you mean \"exp\"?",
        ),
        (
            "2 * Sigmiod(lw)",
            "column 5: there is no function \"Sigmiod\": did you mean \"sigmoid\"?",
        ),
        (
            "beta (lw - ll)",
            "column 1: there is no function \"beta\": use one of exp, log, sqrt, ",
        ),
        ("lw(2)", "column 1: there is no function \"lw\""),
        ("(lw - ll", "column 9: a \")\" is missing"),
        ("exp(lw  ", "column 7: a \")\" is missing"),
        ("1+max(lw)", "column 3: \"max\" takes 2 arguments, not 1"),
        ("exp()", "column 1: \"exp\" takes 1 argument, not 0"),
        (
            "clamp(lw, 1)",
            "column 1: \"clamp\" takes 3 arguments, not 2",
        ),
        ("lw + 1)", "column 7: this \")\" closes nothing"),
        ("lw, ll", "column 3: a comma stands only between"),
        ("max((lw, ll))", "column 8: a comma stands only between"),
        ("lw ll", "column 4: an operator is missing before \"ll\""),
        ("2lw", "column 2: an operator is missing before \"lw\""),
        (
            "1.2.3 * lw",
            "column 4: an operator is missing before \".3\"",
        ),
        (
            "lw + * ll",
            "column 6: \"*\" stands where a number, a name or \"(\" is needed",
        ),
        ("max(lw,)", "column 8: \")\" stands where"),
        ("lw −", "column 5: the formula ends where"),
        ("0 < lw < 1", "column 8: only two can be compared"),
        ("lw^ll", "column 4: an exponent must be a number"),
        ("lw^(1 + beta)", "column 4: an exponent must be a number"),
        ("2 * € + lw", "column 5: \"€\" means nothing here"),
        ("−lw × 🐇", "column 7: \"🐇\" means nothing here"),
        ("lw . ll", "column 4: \".\" means nothing here"),
        ("lw >= ll", "column 5: \"=\" means nothing here"),
        ("lw\u{0}", "column 3: \"\\0\" means nothing here"),
        (
            "lw + 1e39",
            "column 6: this comes to 1e39, but a number must be finite",
        ),
        ("lw + 1e999", "column 6: this comes to inf"),
        ("lw + 1/0", "column 7: this comes to inf"),
        ("lw + log(-1)", "column 6: this comes to NaN"),
        ("lw + (-8)^(1/3)", "column 10: this comes to NaN"),
        (
            "lw + max * 2",
            "column 6: \"max\" is a function and lacks its arguments: max(a, b) is the larger",
        ),
        (
            "lw*a234567890123456789012345",
            "column 4: the name \"a234567890123456789012345\" is too long",
        ),
        (
            "beta * 2",
            "column 1: the loss does not depend on the policy: use lw, ll, rw, rl",
        ),
    ];
    for (text, expected) in cases {
        let said = parse(text).unwrap_err().to_string();
        assert!(said.starts_with(expected), "{text}: {said}");
    }
    parse("lw * a23456789012345678901234").unwrap();
}

#[test]
fn hostile_texts_are_refused() {
    let column = |text: &str| parse(text).unwrap_err().column;
    for part in ["(", "-", "+", "lw^", "exp(", "max(lw, ", "🐇", " ", "lw + "] {
        assert_eq!(column(&part.repeat(100_000)), MAX_LENGTH + 1, "{part}");
    }
    // How many levels a part adds, and where the first level too many begins.
    let cases = [
        ("(", 1, 65),
        ("-", 1, 65),
        ("+", 1, 65),
        ("1^", 1, 130),
        ("sigmoid(", 1, 520),
        ("(-", 2, 65),
    ];
    for (part, levels, column) in cases {
        let deepest = part.repeat(MAX_DEPTH / levels);
        let close = ")".repeat(deepest.matches('(').count());
        parse(&format!("{deepest}1{close} + lw")).unwrap();
        let error = parse(&part.repeat(MAX_LENGTH / part.len())).unwrap_err();
        let problem = Problem::TooDeep;
        assert_eq!(error, ExpressionError { column, problem }, "{part}");
    }
}

#[test]
fn the_longest_formulas_run() {
    // Side by side is not within each other.
    for part in ["+lw", "+(lw)"] {
        let count = MAX_LENGTH / part.len();
        let [losses, by_lw, ..] = &evaluate(&part.repeat(count), &[])[..] else {
            panic!("losses and derivatives");
        };
        let count = count as f32;
        assert_close("losses", losses, &VALUES[0].map(|value| value * count));
        assert_close("by lw", by_lw, &[count; 3]);
    }
}

proptest! {
    /// Whatever is typed is a loss that can be built, or a mistake somewhere in it.
    #[test]
    fn any_text_is_read_or_refused(
        parts in prop::collection::vec(
            prop_oneof![
                8 => prop::sample::select(vec![
                    "lw", "beta", "1", ".5", "1e-3", "+", "-", "*", "/", "^", "^2", "(", ")", ",", " ",
                    "<", ">", "exp(", "max(", "where(", "sg(", "×",
                ]).prop_map(str::to_owned),
                1 => any::<String>(),
            ],
            0..12,
        ),
    ) {
        let text = parts.concat();
        match parse(&text) {
            Ok(expression) => {
                let builder = Builder::new();
                expression.build(&builder, &|name| value(&builder, name));
                prop_assert!(builder.finish().is_ok());
            }
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
        }
    }
}
