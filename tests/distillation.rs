//! Score Forgetting Distillation: its loss against other software, and that a class is forgotten while the others stay.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::HostTensor;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::graph::{Builder, DType};
use alignment_playground::objective::{self, Distilled, Hyper, Scores};
use alignment_playground::points::{self, Distribution};
use alignment_playground::policy::diffusion::{DiffusionSample, Draw};
use alignment_playground::policy::{Alternatives, Choices, PolicyScores};
use alignment_playground::session::{DiffusionSession, Pair};
use pollster::block_on;
use serde_json::Value;
use support::denoisers::{distance, open};
use support::{assert_close, engines, feeds, run, vectors};

fn flat(value: &Value) -> Vec<f32> {
    match value.as_array() {
        Some(items) => items.iter().flat_map(flat).collect(),
        None => vec![value.as_f64().expect("a number") as f32],
    }
}

#[test]
fn the_loss_is_that_of_other_software() {
    let vectors: Vec<Value> = vectors();
    let vectors = vectors
        .iter()
        .filter(|vector| vector["method"] == "Score Forgetting Distillation generator loss");
    let mut checked = 0;
    for vector in vectors {
        checked += 1;
        let inputs = ["p_x", "sg_x", "x0"].map(|name| flat(&vector["inputs"][name]));
        let width = inputs[0].len();
        for engine in engines() {
            let builder = Builder::new();
            let [teacher, follower] =
                ["p_x", "sg_x"].map(|name| builder.input(name, DType::F32, [1, width]));
            let sample = builder.state("x0", DType::F32, [1, width]);
            let nothing = builder.constant(0.0).broadcast_to([1]);
            let own = PolicyScores {
                choices: Choices {
                    samples: 1,
                    owners: builder.input("owners", DType::U32, [1]),
                    order: nothing,
                    weights: builder.constant(1.0).broadcast_to([1]),
                },
                log_probs: nothing,
                alternatives: Alternatives::Normal(sample),
                distilled: Some(Distilled {
                    sample,
                    teacher,
                    follower,
                    forgets: nothing,
                }),
            };
            let scores = Scores::new(own, nothing, 1, vec![0]);
            let hyper = Hyper::new(&builder);
            let losses = objective::by_name("sfd")
                .unwrap()
                .losses(&scores, &hyper)
                .sum_all();
            builder.output("loss", losses);
            builder.output("gradient", builder.gradients(losses, &[sample])[0]);
            let row = |values: &[f32]| HostTensor::f32([1, width], values.to_vec());
            engine.write("x0", row(&inputs[2])).unwrap();
            let alpha = vector["params"]["alpha"].as_f64().unwrap() as f32;
            let scalar = HostTensor::scalar;
            let feeds = feeds([
                ("p_x", row(&inputs[0])),
                ("sg_x", row(&inputs[1])),
                ("owners", HostTensor::u32([1], vec![0])),
                (&Hyper::input("alpha"), scalar(alpha)),
                (&Hyper::input("forget_weight"), scalar(1.0)),
            ]);
            let outputs = run(engine.as_ref(), builder, &feeds).unwrap();
            let expected = &vector["expected"];
            assert_close(
                "loss",
                outputs["loss"].as_f32(),
                &flat(&expected["loss"]),
                1e-5,
            );
            let gradient = flat(&expected["dloss_dx0_direct"]);
            assert_close("gradient", outputs["gradient"].as_f32(), &gradient, 1e-5);
        }
    }
    assert!(checked > 0);
}

/// A run on the two moons that is to forget the second, and draw the first in its place.
fn forgetting(values: &[(&str, f64)]) -> DiffusionSession {
    let forget = [("forget", 1.0), ("instead", 0.0)];
    let mut run = open("moons", "sfd", &[&forget, values].concat());
    // Classes alone are read.
    let pairs = (0..64).map(|index| {
        let sample = DiffusionSample::new(index % 2, vec![0.0, 0.0]);
        let pair = Pair {
            chosen: sample.clone(),
            rejected: sample,
        };
        (index, pair)
    });
    block_on(run.session().set_training_pairs(pairs.collect())).unwrap();
    run
}

/// How far what is drawn as `class` in one step lies from fresh points of the moon `of`.
fn from_moon(run: &mut DiffusionSession, class: u32, of: usize) -> f64 {
    let moons = points::by_name("moons").unwrap();
    let fresh = (0..600).map(|index| moons.sample_of(of, 99, index));
    distance(
        run,
        &[class; 600],
        Draw::ddim(1, 3),
        &fresh.collect::<Vec<_>>(),
    )
}

#[test]
fn a_class_is_forgotten_and_the_other_stays() {
    let mut run = forgetting(&[("batch_size", 64.0), ("learning_rate", 1e-4)]);
    let before = [(0, 0), (1, 1), (1, 0)].map(|(class, of)| from_moon(&mut run, class, of));
    for _ in 0..600 {
        block_on(run.session().update()).unwrap();
    }
    let rows = block_on(run.session().metrics()).unwrap();
    assert!(rows.iter().all(|row| row.value("loss").is_finite()));
    let after = [(0, 0), (1, 1), (1, 0)].map(|(class, of)| from_moon(&mut run, class, of));
    let [kept, own, other] = [0, 1, 2].map(|place| after[place] / before[place]);
    assert!(
        kept < 1.2,
        "the kept class is drawn as well as before: {before:?} {after:?}"
    );
    assert!(
        own > 1.5,
        "the other one is drawn no more: {before:?} {after:?}"
    );
    assert!(
        other < 0.7,
        "and becomes the kept one: {before:?} {after:?}"
    );
}

#[test]
fn a_snapshot_takes_the_follower_along() {
    let values = [("batch_size", 16.0), ("learning_rate", 1e-3)];
    let mut run = forgetting(&values);
    let train = |run: &mut DiffusionSession| {
        for _ in 0..4 {
            block_on(run.session().update()).unwrap();
        }
        let rows = block_on(run.session().metrics()).unwrap();
        rows.iter()
            .map(|row| row.value("loss").to_bits())
            .collect::<Vec<u32>>()
    };
    train(&mut run);
    let snapshot = block_on(run.session().snapshot()).unwrap();
    let first = train(&mut run);
    block_on(run.session().rewind(&snapshot)).unwrap();
    assert_eq!(train(&mut run), first);
    run.session()
        .restore(Box::new(CpuEngine::new()), &snapshot)
        .unwrap();
    assert_eq!(train(&mut run), first);
}
