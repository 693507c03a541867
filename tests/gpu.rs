//! The GPU engine against the CPU engine: every operation and its adjoint, whole runs, the same tokens;
//! and what it promises of itself.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::gpu::{Counters, Target};
use alignment_playground::engine::{Engine, Feeds, HostTensor, matmul_ceiling};
use alignment_playground::graph::{Builder, DType, Heads};
use alignment_playground::objective;
use alignment_playground::policy::language::TokenPair;
use alignment_playground::policy::{Draw, Source, Weights};
use alignment_playground::sampling::Law;
use alignment_playground::session::{LanguageSession, Row, SampleRequest, columns};
use alignment_playground::standard_task::{Size, StandardTask, Task};
use pollster::block_on;
use proptest::test_runner::{Config, TestRunner};
use support::attention::positions;
use support::cases::CASES;
use support::fused::{FUSED, extent};
use support::{Checkpoint, NAMES, assert_close, engines, feeds, gpu, gpus, run};

#[test]
fn every_operation_and_adjoint_is_the_cpus() {
    for gpu in gpus() {
        for case in CASES {
            case.formula().check_against_cpu(&gpu, 2e-5);
        }
    }
}

#[test]
fn what_is_fused_is_the_cpus_on_any_shape() {
    let gpus = gpus();
    let mut runner = TestRunner::new(Config::with_cases(25));
    let extents = [extent(), extent(), extent()];
    let checked = runner.run(&extents, |extents| {
        for gpu in &gpus {
            for fused in FUSED {
                fused.formula(extents).check_against_cpu(gpu, 2e-4);
            }
        }
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn large_tensors_take_several_rows_of_workgroups() {
    // More than 65,535 groups of 64 threads.
    let count = 65_535 * 64 + 1_000;
    let builder = Builder::new();
    let x = builder.input("x", DType::F32, [count]);
    builder.output("last", (x * 2.0).slice(0, count - 1..count));
    builder.output("sum", x.slice(0, count - 1_000..count).sum_all());
    let mut values = vec![0.0; count];
    (values[0], values[count - 1]) = (1.0, 4.0);
    let feeds = feeds([("x", HostTensor::f32([count], values))]);
    let outputs = run(&gpu(), builder, &feeds).unwrap();
    assert_eq!(outputs["last"].as_f32(), [8.0]);
    assert_eq!(outputs["sum"].as_f32(), [4.0]);
}

/// Numbers that look like chance.
fn numbers(count: usize) -> Vec<f32> {
    let number = |i: usize| (i * i % 1_009) as f32 / 1_009.0 - 0.5;
    (0..count).map(number).collect()
}

/// Asserts that the outputs are the CPU's, with the kernels for hardware and with those for software.
fn assert_same_outputs(build: impl Fn(&Builder), fed: &Feeds, tolerance: f32) {
    let outputs = |engine: &dyn Engine| {
        let builder = Builder::new();
        build(&builder);
        run(engine, builder, fed).unwrap()
    };
    let expected = outputs(&CpuEngine::new());
    for gpu in gpus() {
        for (name, found) in outputs(&gpu) {
            assert_close(&name, found.as_f32(), expected[&name].as_f32(), tolerance);
        }
    }
}

#[test]
fn products_of_every_size_of_tile_are_the_cpus() {
    // Few tiles, some, and enough; none whole.
    for [m, n, k] in [[70, 90, 300], [650, 700, 77], [1_500, 1_480, 21]] {
        let shapes = [("x", [m, k]), ("y", [k, n]), ("z", [m, n])];
        let fed = shapes.map(|(name, shape)| {
            let values = numbers(shape[0] * shape[1]);
            (name.to_owned(), HostTensor::f32(shape, values))
        });
        let build = |builder: &Builder| {
            let [x, y, z] = shapes.map(|(name, shape)| builder.input(name, DType::F32, shape));
            builder.output("plain", x.matmul(y));
            builder.output("left", x.matmul_with(true, z, false));
            builder.output("right", z.matmul_with(false, y, true));
            builder.output("both", y.matmul_with(true, x, true));
        };
        assert_same_outputs(build, &Feeds::from(fed), 1e-3);
    }
}

#[test]
fn what_is_done_with_the_rows_of_products_is_the_cpus() {
    // Rows that kernels can take whole, of one matrix and of several; and those that are too few, too odd, too wide.
    for [matrices, rows, width] in [
        [1, 512, 128],
        [3, 16, 96],
        [1, 37, 64],
        [1, 1, 32],
        [2, 33, 128],
        [1, 20, 160],
        [2, 9, 36],
    ] {
        let shapes = [
            ("x", [matrices, rows, width]),
            ("before", [matrices, width, width]),
            ("gain", [1, 1, width]),
            ("bias", [1, 1, width]),
            ("hidden", [matrices, width, 4 * width]),
            ("after", [matrices, 4 * width, width]),
        ];
        let fed = shapes.map(|(name, shape)| {
            // Sums of any number of terms are of one size.
            let scale = if shape[1] == 1 {
                1.0
            } else {
                1.0 / (shape[1] as f32).sqrt()
            };
            let values = numbers(shape.iter().product()).into_iter();
            let values = values.map(|number| scale * number).collect();
            (name.to_owned(), HostTensor::f32(shape, values))
        });
        let build = |builder: &Builder| {
            let weights = shapes.map(|(name, shape)| builder.input(name, DType::F32, shape));
            let [x, before, gain, bias, hidden, after] = weights;
            let x = x + x.matmul(before);
            let x = x
                + (x.layer_norm(1e-3) * gain + bias)
                    .matmul(hidden)
                    .gelu()
                    .matmul(after);
            let x = x.rms_norm(1e-3) * gain;
            builder.output("rows", x);
            let gradients = builder.gradients((x * bias).tanh().sum_all(), &weights);
            for ((name, _), gradient) in shapes.iter().zip(gradients) {
                builder.output(&format!("d{name}"), gradient);
                builder.output(&format!("d{name}²"), gradient.square().sum_all());
            }
        };
        assert_same_outputs(build, &Feeds::from(fed), 1e-3);
    }
}

#[test]
fn attention_to_texts_longer_than_a_workgroup_is_the_cpus() {
    let lengths = [70, 1, 130, 5];
    let tokens = lengths.iter().sum();
    for (queries, keys, width) in [(4, 4, 16), (6, 2, 6), (2, 1, 64), (2, 2, 72)] {
        let heads = Heads {
            queries,
            keys,
            width,
        };
        let shape = [tokens, heads.row_width()];
        let fed = feeds([
            ("rows", HostTensor::f32(shape, numbers(tokens * shape[1]))),
            ("positions", HostTensor::u32([tokens], positions(&lengths))),
        ]);
        let build = |builder: &Builder| {
            let rows = builder.input("rows", DType::F32, shape);
            let positions = builder.input("positions", DType::U32, [tokens]);
            let mixed = rows.attention(positions, heads);
            builder.output("mixed", mixed);
            let slopes = builder.gradients(mixed.square().sum_all(), &[rows]);
            builder.output("slopes", slopes[0]);
        };
        assert_same_outputs(build, &fed, 2e-4);
    }
}

#[test]
fn what_is_no_number_travels_as_on_the_cpu() {
    let numbers = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1.0,
        -100.0,
        100.0,
    ];
    let outputs = |engine: &dyn Engine| {
        let builder = Builder::new();
        let x = builder.input("x", DType::F32, [6]);
        let square = builder.input("square", DType::F32, [2, 2]);
        for (name, y) in [
            ("finite", x.is_finite()),
            ("max", x.max(builder.constant(0.0))),
            ("min", x.min(builder.constant(0.0))),
            ("sigmoid", x.sigmoid()),
            ("softplus", x.softplus()),
            ("tanh", x.tanh()),
            ("exp", x.exp()),
            ("gelu of a broken number", x.gelu().slice(0, 0..1)),
            ("sum", x.sum_all()),
            ("softmax", square.softmax()),
            ("log-softmax", square.log_softmax()),
            ("layer norm", square.layer_norm(1e-5)),
            ("product", square.matmul(square)),
        ] {
            builder.output(name, y);
        }
        let feeds = feeds([
            ("x", HostTensor::f32([6], numbers.to_vec())),
            (
                "square",
                HostTensor::f32([2, 2], vec![f32::NAN, 1.0, 2.0, 3.0]),
            ),
        ]);
        run(engine, builder, &feeds).unwrap()
    };
    let expected = outputs(&CpuEngine::new());
    for gpu in gpus() {
        let found = outputs(&gpu);
        for (name, expected) in &expected {
            for (found, expected) in found[name].as_f32().iter().zip(expected.as_f32()) {
                let alike = found.is_nan() == expected.is_nan()
                    && (expected.is_nan()
                        || found == expected
                        || (found - expected).abs() <= 1e-5 * expected.abs().max(1.0));
                assert!(alike, "{name}: {found}, {expected} on the CPU");
            }
        }
    }
}

/// Losses of the standard task on one engine.
fn losses(engine: &dyn Engine, size: Size, task: Task, updates: usize) -> Vec<f32> {
    let mut task = block_on(StandardTask::new(engine, size, task)).unwrap();
    (0..updates)
        .map(|_| block_on(task.update()).unwrap())
        .collect()
}

#[test]
fn the_standard_task_is_the_cpus_and_the_same_every_time() {
    let size = Size::by_name("S").unwrap();
    for task in [Task::LanguageModel, Task::Dpo] {
        let expected = losses(&CpuEngine::new(), size, task, 10);
        let again = gpus().map(|gpu| losses(&gpu, size, task, 10));
        for (gpu, again) in gpus().iter().zip(again) {
            let found = losses(gpu, size, task, 10);
            assert_close(&format!("losses of {task:?}"), &found, &expected, 1e-4);
            assert_eq!(found, again, "bit for bit");
        }
    }
}

#[test]
fn an_update_is_one_submit_of_few_dispatches_and_makes_nothing() {
    for (target, most, a_layer) in [(Target::Hardware, 47, 10), (Target::Software, 54, 14)] {
        let [two, three] = [2, 3].map(|layers| dispatches(target, layers));
        let few = two <= most && three - two <= a_layer;
        assert!(few, "{target:?}: {two}, {three}");
    }
}

#[test]
fn little_is_written_that_another_kernel_could_make_for_itself() {
    for (target, most) in [(Target::Hardware, 2.0), (Target::Software, 2.25)] {
        let engine = gpu().with_kernels_for(target);
        let size = Size::by_name("M").unwrap();
        let mut task = block_on(StandardTask::new(&engine, size, Task::Dpo)).unwrap();
        let moved = block_on(task.profile()).unwrap().bytes() as f64;
        let times = moved / task.least_bytes() as f64;
        assert!(times <= most, "{target:?}: {times:.3} times the least");
    }
}

#[test]
fn software_compiles_few_texts() {
    let compiled = |target| {
        let engine = gpu().with_kernels_for(target);
        let before = engine.counters().pipelines;
        let size = Size::by_name("S").unwrap();
        block_on(StandardTask::new(&engine, size, Task::LanguageModel)).unwrap();
        engine.counters().pipelines - before
    };
    let [software, hardware] = [Target::Software, Target::Hardware].map(compiled);
    assert!(
        software <= 17 && software < hardware,
        "{software}, {hardware}"
    );
}

/// The dispatches of an update of so many layers, which makes nothing.
fn dispatches(target: Target, layers: usize) -> u64 {
    let engine = gpu().with_kernels_for(target);
    let size = Size {
        layers,
        ..Size::by_name("S").unwrap()
    };
    let mut task = block_on(StandardTask::new(&engine, size, Task::Dpo)).unwrap();
    block_on(task.update()).unwrap();
    let before = engine.counters();
    for _ in 0..3 {
        block_on(task.update()).unwrap();
    }
    let after = engine.counters();
    assert_eq!(after.submits, before.submits + 3);
    // The loss is read after each update, as the task asks.
    assert_eq!(after.readbacks, before.readbacks + 3);
    let made = |c: Counters| (c.buffers, c.bind_groups, c.pipelines);
    assert_eq!(made(after), made(before));
    (after.dispatches - before.dispatches) / 3
}

#[test]
fn a_profile_is_an_update_that_tells_where_its_time_goes() {
    let size = Size::by_name("S").unwrap();
    for engine in engines() {
        let mut task = block_on(StandardTask::new(engine.as_ref(), size, Task::Dpo)).unwrap();
        let profile = block_on(task.profile()).unwrap();
        let second = block_on(task.update()).unwrap();
        let expected = losses(&CpuEngine::new(), size, Task::Dpo, 2)[1];
        assert_close("the next loss", &[second], &[expected], 1e-4);

        assert!(profile.milliseconds() > 0.0);
        let products = profile
            .parts
            .iter()
            .filter(|part| part.name.starts_with("matmul"));
        let operations: u64 = products.filter_map(|part| part.work.operations).sum();
        // All of the task's but attention's, whose number depends on the texts.
        let share = operations as f64 / size.flops();
        assert!((0.8..1.0).contains(&share), "{share}");
        // At least what cannot but be moved; no part moves the whole again and again.
        let ratio = profile.bytes() as f64 / task.least_bytes() as f64;
        assert!((1.0..4.0).contains(&ratio), "{ratio}");
        assert!(block_on(matmul_ceiling(engine.as_ref())).unwrap() > 0.0);
    }
}

fn pair(prompt: &[u32], chosen: &[u32], rejected: &[u32]) -> TokenPair {
    TokenPair {
        prompt: prompt.to_vec(),
        chosen: chosen.to_vec(),
        rejected: rejected.to_vec(),
    }
}

fn open(engine: Box<dyn Engine>) -> LanguageSession {
    open_method("dpo", engine)
}

fn open_method(method: &str, engine: Box<dyn Engine>) -> LanguageSession {
    let names = Checkpoint::read(NAMES);
    let objective = objective::by_name(method).unwrap().clone();
    let session = LanguageSession::open(engine, &names.config, &names.weights, objective, 1);
    let mut session = session.unwrap();
    let pairs = (0..12).map(|id| {
        let (id, shift) = (id, id % 5);
        (
            id,
            pair(&[10 + shift], &[20, 30, 21 + shift], &[22, 31 - shift]),
        )
    });
    block_on(session.set_training_pairs(pairs.collect())).unwrap();
    block_on(session.set_held_out_pairs(vec![(0, pair(&[12], &[20, 30], &[22, 31, 7]))])).unwrap();
    session.session().set_value("learning_rate", 3e-4).unwrap();
    session
}

fn train(session: &mut LanguageSession, updates: usize) -> Vec<Row> {
    for _ in 0..updates {
        block_on(session.session().update()).unwrap();
    }
    block_on(session.session().metrics()).unwrap()
}

#[track_caller]
fn assert_same_rows(found: &[Row], expected: &[Row]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.step, expected.step);
        for (column, (a, b)) in found.values.iter().zip(&expected.values).enumerate() {
            let near = (a - b).abs() <= 2e-3 * b.abs().max(1.0) || (a.is_nan() && b.is_nan());
            assert!(
                near,
                "column {column} of step {} is {a}, not {b}",
                found.step
            );
        }
    }
}

/// What is drawn, judged, scored and learnt from is the same on both engines.
#[test]
fn methods_that_draw_have_the_cpus_curves() {
    for method in ["ipo_md", "d2o", "ppo"] {
        let run = |engine: Box<dyn Engine>| {
            let mut session = open_method(method, engine);
            session
                .set_rule("longer", vec!["a".to_owned(); 128])
                .unwrap();
            for (name, value) in [
                ("batch_size", 3.0),
                ("samples", 2.0),
                ("max_new_tokens", 6.0),
            ] {
                session.session().set_value(name, value).unwrap();
            }
            let mut rows = train(&mut session, 5);
            // Whether a margin of 0 counts as one is up to rounding.
            let accuracy = columns()
                .iter()
                .position(|name| name == "rewards/accuracies");
            for row in &mut rows {
                row.values[accuracy.unwrap()] = 0.0;
            }
            let rollouts = session.session().rollouts().to_vec();
            (rows, rollouts)
        };
        let (found, expected) = (run(Box::new(gpu())), run(Box::new(CpuEngine::new())));
        assert_same_rows(&found.0, &expected.0);
        assert_eq!(found.1, expected.1, "{method}");
        assert!(expected.0[4].value("completions/mean_length") > 1.0);
    }
}

#[test]
fn a_run_of_200_updates_has_the_cpus_curves_and_samples() {
    let mut on_gpu = open(Box::new(gpu()));
    let mut on_cpu = open(Box::new(CpuEngine::new()));
    let (found, expected) = (train(&mut on_gpu, 200), train(&mut on_cpu, 200));
    assert_eq!(found.len(), 200);
    assert_same_rows(&found, &expected);
    let learnt = expected.last().unwrap().value("rewards/margins");
    assert!(learnt > 1.0, "{learnt}");

    for law in [
        Law::default(),
        Law {
            temperature: 0.7,
            top_k: 5,
            top_p: 1.0,
        },
        Law {
            temperature: 1.0,
            top_k: 0,
            top_p: 0.8,
        },
        Law {
            temperature: 0.0,
            ..Law::default()
        },
    ] {
        let request = SampleRequest {
            prompt: vec![12],
            count: 6,
            draw: Draw {
                law,
                seed: 3,
                most: 10,
            },
        };
        for source in [
            Source::Weights(Weights::REFERENCE),
            Source::Mixture { mix: 0.6 },
        ] {
            let drawn =
                |session: &mut LanguageSession| block_on(session.sample(source, &request)).unwrap();
            let (found, expected) = (drawn(&mut on_gpu), drawn(&mut on_cpu));
            assert_eq!(found, expected, "{law:?} of {source:?}");
        }
    }
}
