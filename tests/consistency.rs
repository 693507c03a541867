//! Consistency training: its schedules against other software, its loss in closed form, and that it makes a denoiser
//! draw in one step.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::HostTensor;
use alignment_playground::graph::{Builder, DType};
use alignment_playground::points::{self, Distribution};
use alignment_playground::policy::diffusion::{DiffusionSample, Draw, consistency};
use alignment_playground::session::{DiffusionSession, Pair, spread_classes};
use pollster::block_on;
use serde_json::Value;
use support::denoisers::{distance, open};
use support::{assert_close, engines, feeds, run, vectors};

fn vector(id: &str) -> Value {
    let found = vectors().into_iter().find(|vector| vector["id"] == id);
    found.expect("the vector is there")
}

fn numbers(value: &Value) -> Vec<f32> {
    let numbers = value.as_array().expect("a list").iter();
    numbers
        .map(|number| number.as_f64().expect("a number") as f32)
        .collect()
}

#[test]
fn the_schedules_are_those_of_the_paper() {
    let vector = vector("ict_schedules");
    let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
    let total = inputs["total_steps"].as_u64().unwrap() as usize;
    let levels = numbers(&inputs["steps"]).into_iter();
    let levels = levels.map(|step| consistency::levels(step as usize, total, 10, 1280) as f32);
    assert_eq!(levels.collect::<Vec<f32>>(), numbers(&expected["N"]));
    let sigmas = consistency::sigmas(inputs["N_for_sigmas"].as_u64().unwrap() as usize);
    let close = |name: &str, found: &[f64]| {
        let found: Vec<f32> = found.iter().map(|&number| number as f32).collect();
        assert_close(name, &found, &numbers(&expected[name]), 1e-5);
    };
    close("sigmas", &sigmas);
    close("lambda_weights", &consistency::weights(&sigmas));
    close("p_sigma", &consistency::probabilities(&sigmas));
}

#[test]
fn the_distance_is_that_of_the_paper() {
    let vector = vector("ict_pseudo_huber");
    let [x, y] = ["x", "y"].map(|name| numbers(&vector["inputs"][name][0]));
    let expected = vector["expected"]["vector_norm"].as_f64().unwrap() as f32;
    for engine in engines() {
        let builder = Builder::new();
        let rows = |name| builder.input(name, DType::F32, [1, x.len()]);
        let distance = consistency::pseudo_huber(rows("x") - rows("y"), x.len());
        builder.output("distance", distance);
        let row = |values: &[f32]| HostTensor::f32([1, values.len()], values.to_vec());
        let outputs = run(
            engine.as_ref(),
            builder,
            &feeds([("x", row(&x)), ("y", row(&y))]),
        );
        let distance = outputs.unwrap()["distance"].as_f32().to_vec();
        assert_close("distance", &distance, &[expected], 1e-5);
    }
}

/// Consistency training of the shipped policy called `policy` on points of its data.
fn learning(policy: &str, values: &[(&str, f64)]) -> DiffusionSession {
    let mut run = open(policy, "consistency", values);
    let named = points::by_name(policy).unwrap();
    let pairs = (0..2048).map(|index| {
        let (point, class) = named.labelled(5, index);
        let sample = DiffusionSample::new(class as u32, point.to_vec());
        let pair = Pair {
            chosen: sample.clone(),
            rejected: sample,
        };
        (index, pair)
    });
    block_on(run.session().set_training_pairs(pairs.collect())).unwrap();
    run
}

/// How far samples that are drawn in so many steps lie from fresh data.
fn from_data(run: &mut DiffusionSession, policy: &str, steps: usize) -> f64 {
    let count = 1000;
    let classes = run.session().policy().config().classes;
    let named = points::by_name(policy).unwrap();
    let fresh = (0..count as u32).map(|index| named.sample(99, index));
    let classes = spread_classes(classes, count, 3);
    distance(
        run,
        &classes,
        Draw::ddim(steps, 3),
        &fresh.collect::<Vec<_>>(),
    )
}

#[test]
fn it_draws_in_one_step_what_took_many() {
    let values = [
        ("batch_size", 64.0),
        ("learning_rate", 1e-3),
        ("curriculum", 500.0),
    ];
    let mut run = learning("moons", &values);
    let (before, many) = (
        from_data(&mut run, "moons", 1),
        from_data(&mut run, "moons", 20),
    );
    for _ in 0..500 {
        block_on(run.session().update()).unwrap();
    }
    let rows = block_on(run.session().metrics()).unwrap();
    assert!(rows.iter().all(|row| row.value("loss").is_finite()));
    let after = from_data(&mut run, "moons", 1);
    assert!(
        after < before / 3.0,
        "one step: {before} before, {after} after; twenty steps: {many}"
    );
}
