//! AdamW against its definition in double precision.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, Feeds, HostTensor};
use alignment_playground::graph::{Builder, DType, Graph};
use alignment_playground::optimizer::{AdamW, Schedule};
use alignment_playground::policy::{Initial, Parameter, Weights, state_name};
use alignment_playground::standard_task::{Size, StandardTask, Task};
use pollster::block_on;
use support::assert_close;

const START: [[f64; 2]; 2] = [[1.0, -2.0], [0.5, 3.0]];
/// The loss is `Σ scale · (weight − target)²`.
const SCALE: [[f64; 2]; 2] = [[1.0, 0.1], [5.0, 20.0]];
const TARGET: [[f64; 2]; 2] = [[0.0, 1.0], [-1.0, 2.0]];

fn parameters() -> Vec<Parameter> {
    let parameter = |name: &str, decays| Parameter {
        name: name.to_owned(),
        shape: [2].into(),
        initial: Initial::Zeros,
        decays,
    };
    vec![parameter("matrix", true), parameter("bias", false)]
}

fn tensor(values: [f64; 2]) -> HostTensor {
    HostTensor::f32([2], values.map(|value| value as f32).to_vec())
}

fn engine() -> CpuEngine {
    let engine = CpuEngine::new();
    for (parameter, start) in parameters().iter().zip(START) {
        let name = state_name(Weights::POLICY, &parameter.name);
        engine.write(&name, tensor(start)).unwrap();
    }
    AdamW::default().reset(&engine, &parameters()).unwrap();
    engine
}

fn graph() -> Graph {
    let builder = Builder::new();
    let weights = Weights::new(&builder, Weights::POLICY);
    let mut loss = builder.scalar_input("extra");
    for (index, parameter) in parameters().iter().enumerate() {
        let fed = |name: &str| builder.input(&format!("{name}{index}"), DType::F32, [2]);
        let apart = weights.parameter(parameter) - fed("target");
        loss = loss + (apart.square() * fed("scale")).sum_all();
    }
    let report = AdamW::default().minimise(&builder, loss, &parameters());
    builder.output("norm", report.norm);
    builder.finish().unwrap()
}

fn feeds(schedule: &Schedule, step: u32, extra: f32) -> Feeds {
    let mut feeds = support::feeds([("extra", HostTensor::scalar(extra))]);
    for index in 0..2 {
        feeds.insert(format!("target{index}"), tensor(TARGET[index]));
        feeds.insert(format!("scale{index}"), tensor(SCALE[index]));
    }
    AdamW::default().feed(schedule, step, &mut feeds);
    feeds
}

fn weights(engine: &CpuEngine) -> Vec<f32> {
    let read = |parameter: &Parameter| {
        let name = state_name(Weights::POLICY, &parameter.name);
        block_on(engine.read(&name)).unwrap().as_f32().to_vec()
    };
    parameters().iter().flat_map(read).collect()
}

/// AdamW as in Loshchilov and Hutter 2019, algorithm 2, after `torch.nn.utils.clip_grad_norm_`.
fn by_definition(schedule: &Schedule, steps: i32) -> (Vec<f32>, f32) {
    let (mut w, mut m, mut v) = (START, [[0.0; 2]; 2], [[0.0; 2]; 2]);
    let (rate, most) = (
        f64::from(schedule.learning_rate),
        f64::from(schedule.max_grad_norm),
    );
    let mut norm = 0.0;
    for t in 1..=steps {
        let mut g = [[0.0; 2]; 2];
        for i in 0..2 {
            for j in 0..2 {
                g[i][j] = 2.0 * SCALE[i][j] * (w[i][j] - TARGET[i][j]);
            }
        }
        norm = g.iter().flatten().map(|g| g * g).sum::<f64>().sqrt();
        let clip = if most > 0.0 {
            (most / (norm + 1e-6)).min(1.0)
        } else {
            1.0
        };
        for i in 0..2 {
            for j in 0..2 {
                let g = g[i][j] * clip;
                m[i][j] = 0.9 * m[i][j] + 0.1 * g;
                v[i][j] = 0.999 * v[i][j] + 0.001 * g * g;
                if i == 0 {
                    w[i][j] *= 1.0 - rate * f64::from(schedule.weight_decay);
                }
                let mean = m[i][j] / (1.0 - 0.9f64.powi(t));
                let square = v[i][j] / (1.0 - 0.999f64.powi(t));
                w[i][j] -= rate * mean / (square.sqrt() + 1e-8);
            }
        }
    }
    (w.iter().flatten().map(|w| *w as f32).collect(), norm as f32)
}

#[test]
fn weights_follow_the_definition() {
    let graph = graph();
    for (weight_decay, max_grad_norm) in [(0.0, 0.0), (0.3, 0.0), (0.0, 1.0), (0.3, 1e3)] {
        let schedule = Schedule {
            learning_rate: 0.05,
            weight_decay,
            max_grad_norm,
        };
        let engine = engine();
        let mut plan = block_on(engine.compile(&graph)).unwrap();
        for step in 1..=30 {
            plan.run(&feeds(&schedule, step, 0.0)).unwrap();
        }
        let norm = block_on(plan.drain()).unwrap().pop().unwrap()["norm"].first();
        let (expected, expected_norm) = by_definition(&schedule, 30);
        let what = format!("decay {weight_decay}, clipped at {max_grad_norm}");
        assert_close(&what, &weights(&engine), &expected, 1e-5);
        assert_close("the norm before clipping", &[norm], &[expected_norm], 1e-4);
    }
}

#[test]
fn all_weights_are_updated_in_one_sweep() {
    let size = Size::by_name("M").unwrap();
    let mut task = block_on(StandardTask::new(&CpuEngine::new(), size, Task::Dpo)).unwrap();
    let parts = block_on(task.profile()).unwrap().parts;
    let sweeps: Vec<_> = parts
        .iter()
        .filter(|part| part.name.contains("adamstep"))
        .collect();
    assert_eq!(sweeps.len(), 1);
    // Weight, mean, square and gradient are read, the first three written; numbers come on top.
    let least = 7 * 4 * size.parameters() as u64;
    let moved = sweeps[0].work.bytes;
    assert!(
        (least..least + least / 1000).contains(&moved),
        "{moved} of {least}"
    );
}

#[test]
fn a_loss_that_is_no_number_changes_nothing() {
    let schedule = Schedule {
        learning_rate: 0.05,
        weight_decay: 0.1,
        max_grad_norm: 1.0,
    };
    let (graph, engine) = (graph(), engine());
    let mut plan = block_on(engine.compile(&graph)).unwrap();
    plan.run(&feeds(&schedule, 1, 0.0)).unwrap();
    let good = weights(&engine);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        plan.run(&feeds(&schedule, 2, bad)).unwrap();
        assert_eq!(weights(&engine), good);
    }
    // The moments are clean as well: the next good update is what it would have been.
    plan.run(&feeds(&schedule, 2, 0.0)).unwrap();
    assert_close(
        "weights",
        &weights(&engine),
        &by_definition(&schedule, 2).0,
        1e-5,
    );
}
