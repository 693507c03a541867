//! What a graph promises to whoever writes formulas and to whoever runs them.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, EngineError, Feeds, HostTensor};
use alignment_playground::graph::{Builder, DType, Expr, GraphError, Heads};
use pollster::block_on;
use support::{assert_close, engines, feeds, run};

fn f32s(values: &[f32]) -> HostTensor {
    HostTensor::f32([values.len()], values.to_vec())
}

/// What is said of a graph over `x [2, 3]` and `ids [4]`.
fn complaint(f: for<'g> fn(&'g Builder, Expr<'g>, Expr<'g>) -> Expr<'g>) -> String {
    let builder = Builder::new();
    let x = builder.input("x", DType::F32, [2, 3]);
    let ids = builder.input("ids", DType::U32, [4]);
    f(&builder, x, ids);
    let error = builder.finish().expect_err("a mistake must be found");
    error.to_string()
}

const ONE_HEAD: Heads = Heads {
    queries: 1,
    keys: 1,
    width: 1,
};

#[test]
fn shapes_that_do_not_fit_are_both_named_with_their_place() {
    type Mistake = for<'g> fn(&'g Builder, Expr<'g>, Expr<'g>) -> Expr<'g>;
    let cases: [(&str, &str, Mistake); 12] = [
        ("add", "[4]", |b, x, _| x + b.input("y", DType::F32, [4])),
        ("matmul", "[2, 3]", |_, x, _| x.matmul(x)),
        ("reshape", "[7]", |_, x, _| x.reshape([7])),
        ("permute", "[0, 0]", |_, x, _| x.permute(&[0, 0])),
        ("broadcast_to", "[4, 3]", |_, x, _| x.broadcast_to([4, 3])),
        ("slice", "[1, 2, 4]", |_, x, _| x.slice(1, 2..4)),
        ("pad", "[1, 0, 2]", |_, x, _| x.pad(1, 0, 2)),
        ("sum", "[2]", |_, x, _| x.sum(&[2])),
        ("attention", "[4]", |_, x, ids| x.attention(ids, ONE_HEAD)),
        ("token_log_prob", "[4]", |_, x, ids| x.token_log_prob(ids)),
        ("concat", "[2, 4]", |b, x, _| {
            b.concat(0, &[x, b.input("y", DType::F32, [2, 4])])
        }),
        ("rows", "[4]", |_, x, ids| x.reshape([2, 3, 1]).rows(ids)),
    ];
    for (op, other, mistake) in cases {
        let said = complaint(mistake);
        let mine = if op == "rows" { "[2, 3, 1]" } else { "[2, 3]" };
        for part in [op, mine, other, "tests/graph.rs:"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}

#[test]
fn element_types_are_checked_as_well() {
    let said = complaint(|_, x, ids| x.rows(ids) + ids);
    assert!(said.contains("u32") && said.contains("f32"), "{said}");
    let said = complaint(|_, x, _| x.rows(x));
    assert!(said.contains("rows"), "{said}");
}

#[test]
fn the_first_mistake_is_the_one_reported() {
    let said = complaint(|_, x, _| x.reshape([7]) + x.reshape([5]));
    assert!(said.contains("[7]"), "{said}");
}

#[test]
fn one_name_has_one_shape() {
    let said = complaint(|b, x, _| x + b.input("x", DType::F32, [3]));
    assert!(said.contains("[2, 3]") && said.contains("[3]"), "{said}");
}

#[test]
fn only_a_scalar_can_be_differentiated() {
    let builder = Builder::new();
    let x = builder.input("x", DType::F32, [3]);
    builder.gradients(x, &[x]);
    let error = builder.finish().unwrap_err();
    assert!(matches!(error, GraphError::LossNotScalar { .. }), "{error}");
}

#[test]
fn states_change_together_at_the_end_of_a_run() {
    let engine = CpuEngine::new();
    engine.write("a", f32s(&[1.0, 2.0])).unwrap();
    engine.write("b", f32s(&[3.0, 4.0])).unwrap();
    let builder = Builder::new();
    let a = builder.state("a", DType::F32, [2]);
    let b = builder.state("b", DType::F32, [2]);
    builder.update(a, b);
    builder.update(b, a);
    builder.output("a", a);
    let outputs = run(&engine, builder, &Feeds::new()).unwrap();
    assert_eq!(outputs["a"], f32s(&[1.0, 2.0]), "nodes see the old value");
    assert_eq!(block_on(engine.read("a")).unwrap(), f32s(&[3.0, 4.0]));
    assert_eq!(block_on(engine.read("b")).unwrap(), f32s(&[1.0, 2.0]));
}

/// Engines may give states their next values where they stand, so who else looks at them must not matter.
#[test]
fn states_are_read_as_they_were_whoever_updates_them() {
    const COUNT: usize = 2500;
    let numbers = |start: f32| (0..COUNT).map(|place| start + place as f32).collect();
    let column = |values: Vec<f32>| HostTensor::f32([COUNT], values);
    for engine in engines() {
        for (index, name) in ["own", "kept", "read", "reader", "shown"]
            .iter()
            .enumerate()
        {
            engine.write(name, column(numbers(index as f32))).unwrap();
        }
        let builder = Builder::new();
        let state = |name: &str| builder.state(name, DType::F32, [COUNT]);
        let x = builder.input("x", DType::F32, [COUNT]);
        let good = builder.scalar_input("good");
        let [own, kept] = [state("own"), state("kept")];
        builder.update(own, own * 0.5 + x);
        builder.update(kept, good.select(kept + own, kept));
        builder.update(state("read"), state("read") * x);
        builder.update(state("reader"), state("reader") + state("read"));
        builder.update(state("shown"), state("shown") + 1.0);
        builder.output("shown", state("shown").reshape([COUNT, 1]));
        let graph = builder.finish().unwrap();
        let mut plan = block_on(engine.compile(&graph)).unwrap();

        let [mut own, mut kept, mut read, mut reader, mut shown] =
            [0.0, 1.0, 2.0, 3.0, 4.0].map(|start| -> Vec<f32> { numbers(start) });
        let x: Vec<f32> = (0..COUNT).map(|place| (place % 7) as f32 - 3.0).collect();
        for (run, good) in [1.0, 0.0, 1.0, 1.0].into_iter().enumerate() {
            if run == 2 {
                engine.write("own", column(x.clone())).unwrap();
                engine.copy("own", "kept").unwrap();
                (own, kept) = (x.clone(), x.clone());
            }
            let fed = [("x", column(x.clone())), ("good", HostTensor::scalar(good))];
            plan.run(&feeds(fed)).unwrap();
            let outputs = block_on(plan.drain()).unwrap();
            assert_close("shown", outputs[0]["shown"].as_f32(), &shown, 0.0);
            for place in 0..COUNT {
                kept[place] += good * own[place];
                own[place] = own[place] * 0.5 + x[place];
                reader[place] += read[place];
                read[place] *= x[place];
                shown[place] += 1.0;
            }
        }
        let states = [("own", own), ("kept", kept), ("read", read)];
        for (name, values) in states
            .into_iter()
            .chain([("reader", reader), ("shown", shown)])
        {
            let found = block_on(engine.read(name)).unwrap();
            let what = format!("{name} on {}", engine.description());
            assert_close(&what, found.as_f32(), &values, 0.0);
        }
    }
}

#[test]
fn a_copy_does_not_follow_its_source() {
    let engine = CpuEngine::new();
    engine.write("a", f32s(&[1.0])).unwrap();
    engine.copy("a", "b").unwrap();
    engine.write("a", f32s(&[2.0])).unwrap();
    assert_eq!(block_on(engine.read("b")).unwrap(), f32s(&[1.0]));
}

#[test]
fn outputs_queue_up_until_they_are_drained() {
    let engine = CpuEngine::new();
    let builder = Builder::new();
    builder.output("double", builder.scalar_input("x") * 2.0);
    let graph = builder.finish().unwrap();
    let mut plan = block_on(engine.compile(&graph)).unwrap();
    for x in [1.0, 2.0] {
        plan.run(&feeds([("x", HostTensor::scalar(x))])).unwrap();
    }
    let outputs = block_on(plan.drain()).unwrap();
    let doubles: Vec<f32> = outputs.iter().map(|run| run["double"].first()).collect();
    assert_eq!(doubles, [2.0, 4.0]);
    assert!(block_on(plan.drain()).unwrap().is_empty());
}

#[test]
fn what_no_result_needs_is_never_asked_for() {
    let builder = Builder::new();
    let _unused = builder.scalar_input("unused") * 2.0;
    builder.output("x", builder.scalar_input("x"));
    let feeds = feeds([("x", HostTensor::scalar(1.0))]);
    assert!(run(&CpuEngine::new(), builder, &feeds).is_ok());
}

#[test]
fn a_run_names_what_it_lacks() {
    let failure = |feeds: &Feeds| {
        let builder = Builder::new();
        let table = builder.state("table", DType::F32, [2, 1]);
        let ids = builder.input("ids", DType::U32, [1]);
        builder.output("rows", table.rows(ids));
        let engine = CpuEngine::new();
        engine.write("table", HostTensor::zeros([2, 1])).unwrap();
        run(&engine, builder, feeds).unwrap_err()
    };
    let lacks = failure(&Feeds::new());
    assert!(matches!(lacks, EngineError::MissingInput(ref name) if name == "ids"));
    let far = failure(&feeds([("ids", HostTensor::u32([1], vec![2]))]));
    assert!(matches!(
        far,
        EngineError::IndexOutOfRange {
            index: 2,
            extent: 2,
            ..
        }
    ));
    let shaped = failure(&feeds([("ids", HostTensor::u32([2], vec![0, 1]))]));
    assert!(
        shaped.to_string().contains("`ids` has the shape [2]"),
        "{shaped}"
    );
    let typed = failure(&feeds([("ids", f32s(&[0.0]))]));
    assert!(typed.to_string().contains("f32"), "{typed}");

    let builder = Builder::new();
    builder.output("x", builder.state("nowhere", DType::F32, []));
    let unknown = run(&CpuEngine::new(), builder, &Feeds::new()).unwrap_err();
    assert!(matches!(unknown, EngineError::UnknownState(ref name) if name == "nowhere"));
}

#[test]
fn a_refused_run_changes_no_state() {
    let engine = CpuEngine::new();
    engine.write("a", f32s(&[1.0])).unwrap();
    let builder = Builder::new();
    let a = builder.state("a", DType::F32, [1]);
    builder.update(a, a + 1.0);
    builder.output("missing", builder.scalar_input("missing"));
    assert!(run(&engine, builder, &Feeds::new()).is_err());
    assert_eq!(block_on(engine.read("a")).unwrap(), f32s(&[1.0]));
}

#[test]
fn extremes_stay_numbers() {
    let builder = Builder::new();
    let x = builder.input("x", DType::F32, [4]);
    builder.output("softplus", x.softplus());
    builder.output("sigmoid", x.sigmoid());
    builder.output("log_softmax", x.reshape([1, 4]).log_softmax());
    builder.output("gelu", x.gelu());
    let feeds = feeds([("x", f32s(&[-1e4, -100.0, 100.0, 1e4]))]);
    let outputs = run(&CpuEngine::new(), builder, &feeds).unwrap();
    assert_eq!(outputs["softplus"].as_f32()[2..], [100.0, 1e4]);
    assert_eq!(outputs["sigmoid"].as_f32()[3], 1.0);
    assert_eq!(
        outputs["log_softmax"].as_f32(),
        [-2e4, -10100.0, -9900.0, 0.0]
    );
    assert!(
        outputs
            .values()
            .flat_map(HostTensor::as_f32)
            .all(|value| value.is_finite())
    );
}

/// Engines may do element-wise nodes together, so what is looked at in between must not matter.
#[test]
fn element_wise_chains_are_the_same_whatever_is_looked_at_in_between() {
    const ROWS: usize = 700;
    let wave = |count: usize, step: f32| -> Vec<f32> {
        (0..count)
            .map(|place| (place as f32 * step).sin() * 2.0)
            .collect()
    };
    let (x, row, column, number) = (wave(3 * ROWS, 0.37), wave(3, 1.7), wave(ROWS, 0.11), 0.8);
    let chain = |looked_at: bool| {
        let builder = Builder::new();
        let x = builder.input("x", DType::F32, [ROWS, 3]);
        let row = builder.input("row", DType::F32, [3]);
        let column = builder.input("column", DType::F32, [ROWS, 1]);
        let number = builder.scalar_input("number");
        let look = |name: &str, value: Expr<'_>| {
            if looked_at {
                builder.output(name, value.reshape([3 * ROWS]).reshape([ROWS, 3]));
            }
        };
        let a = (x * row + number).tanh();
        look("a", a);
        let b = (a - column).max(x) * (1.0 - number);
        look("b", b);
        let c = b.greater(row).select(a * a, x / (column.square() + 1.0));
        look("c", c);
        builder.output("d", -c.min(b) + a.sigmoid());
        builder.output("e", number.exp() * b);
        builder
    };
    let feeds = feeds([
        ("x", HostTensor::f32([ROWS, 3], x.clone())),
        ("row", HostTensor::f32([3], row.clone())),
        ("column", HostTensor::f32([ROWS, 1], column.clone())),
        ("number", HostTensor::scalar(number)),
    ]);
    let together = run(&CpuEngine::new(), chain(false), &feeds).unwrap();
    let apart = run(&CpuEngine::new(), chain(true), &feeds).unwrap();
    assert_eq!((together.len(), apart.len()), (2, 5));
    for (name, value) in &together {
        assert_eq!(value, &apart[name], "{name}");
    }
    let by_hand: Vec<f32> = (0..3 * ROWS)
        .map(|place| {
            let (x, row, column) = (x[place], row[place % 3], column[place / 3]);
            let a = (x * row + number).tanh();
            let b = (a - column).max(x) * (1.0 - number);
            let c = if b > row {
                a * a
            } else {
                x / (column * column + 1.0)
            };
            -c.min(b) + 1.0 / (1.0 + (-a).exp())
        })
        .collect();
    assert_close("d", together["d"].as_f32(), &by_hand, 1e-5);
}
