//! Runs of diffusion policies: what they learn against closed forms, what their updates do to samples, and that
//! both engines do the same.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, HostTensor};
use alignment_playground::graph::{Builder, DType};
use alignment_playground::judge::PictureRule;
use alignment_playground::objective::{self, Hyper, Scores};
use alignment_playground::points::{self, Distribution};
use alignment_playground::policy::diffusion::{
    Config, DiffusionPolicy, DiffusionSample, Draw, Noised,
};
use alignment_playground::policy::{
    Alternatives, Choices, Policy, PolicyScores, Source, Weights, load, state_name,
};
use alignment_playground::quality::{DigitClassifier, accuracy, sliced_wasserstein};
use alignment_playground::rng::{self, Purpose};
use alignment_playground::session::{
    Anchor, DiffusionSession, Pair, Row, SessionError, spread_classes,
};
use pollster::block_on;
use support::denoisers::{open, open_on};
use support::{Checkpoint, assert_close, gpu, run};

const POLICY: Source = Source::Weights(Weights::POLICY);

fn ddim(seed: u64) -> Draw {
    Draw::ddim(20, seed)
}

fn train(run: &mut DiffusionSession, updates: usize) -> Vec<Row> {
    for _ in 0..updates {
        block_on(run.session().update()).unwrap();
    }
    block_on(run.session().metrics()).unwrap()
}

/// Samples of classes that are spread evenly.
fn samples(run: &mut DiffusionSession, count: usize, seed: u64) -> Vec<DiffusionSample> {
    let classes = run.session().policy().config().classes;
    let classes = spread_classes(classes, count, seed);
    block_on(run.sample(POLICY, &classes, ddim(seed))).unwrap()
}

/// The mean points that `rule` gives `samples`.
fn mean_points(samples: &[DiffusionSample], rule: &str) -> f32 {
    let rule: PictureRule = rule.parse().unwrap();
    let points = samples
        .iter()
        .map(|sample| rule.points(sample.values.as_slice()));
    points.sum::<f32>() / samples.len() as f32
}

/// Pairs of the policy's own samples by a rule.
fn proposed(
    run: &mut DiffusionSession,
    rule: &str,
    count: usize,
) -> Vec<(u32, Pair<DiffusionSample>)> {
    let classes = run.session().policy().config().classes;
    let classes = spread_classes(classes, count, 1);
    let rule = rule.parse().unwrap();
    block_on(run.propose_pairs(POLICY, &classes, ddim(1), &rule, 0)).unwrap()
}

/// The right half of the plane.
const RIGHT: &str = "inside: 0 -9, 9 -9, 9 9, 0 9";

#[test]
fn the_score_of_a_trained_policy_is_that_of_the_mixture_it_learnt() {
    let mut run = open("grid", "diffusion_dpo", &[]);
    for (timestep, most) in [(200, 0.25), (500, 0.15), (800, 0.1)] {
        let level = run.session().policy().denoiser().schedule().level(timestep);
        let noised = points::grid().noised(level.signal, level.noise);
        let named = points::by_name("grid").unwrap();
        let key = rng::key(3);
        let places: Vec<f32> = (0..400)
            .flat_map(|index| {
                let point = named.sample(11, index);
                [0, 1].map(|axis| {
                    level.noised(
                        point[axis],
                        rng::normal(key, Purpose::Noise, index, axis as u32),
                    )
                })
            })
            .collect();
        let field = run.field(Weights::REFERENCE, &places, None, timestep);
        let field = block_on(field).unwrap();
        let (mut error, mut size) = (0.0, 0.0);
        for (place, found) in places.chunks(2).zip(field.chunks(2)) {
            let exact = noised.score([place[0].into(), place[1].into()]);
            for axis in 0..2 {
                error += (f64::from(found[axis]) - exact[axis]).powi(2);
                size += exact[axis].powi(2);
            }
        }
        let relative = (error / size).sqrt();
        assert!(relative < most, "timestep {timestep}: {relative}");
    }
}

#[test]
fn points_are_drawn_about_as_well_as_fresh_ones() {
    for name in ["moons", "rings", "spiral", "grid"] {
        let mut run = open(name, "diffusion_dpo", &[]);
        let named = points::by_name(name).unwrap();
        let fresh = |from: u32| -> Vec<[f32; 2]> {
            (from..from + 2000)
                .map(|index| named.sample(5, index))
                .collect()
        };
        let drawn: Vec<Vec<f32>> = samples(&mut run, 2000, 2)
            .iter()
            .map(|sample| sample.values.as_slice().to_vec())
            .collect();
        let data: Vec<Vec<f32>> = fresh(0).iter().map(|point| point.to_vec()).collect();
        let other: Vec<Vec<f32>> = fresh(2000).iter().map(|point| point.to_vec()).collect();
        let own = sliced_wasserstein(&drawn, &data, 0).unwrap();
        let best = sliced_wasserstein(&other, &data, 0).unwrap();
        assert!(own < best + 0.05, "{name}: {own}, fresh data {best}");
    }
}

#[test]
fn diffusion_dpo_starts_from_ln_2_and_moves_samples_to_where_they_are_preferred() {
    let values = [
        ("beta", 50.0),
        ("learning_rate", 1e-3),
        ("batch_size", 64.0),
    ];
    let mut run = open("moons", "diffusion_dpo", &values);
    let pairs = proposed(&mut run, RIGHT, 256);
    assert!(pairs.len() > 80, "{}", pairs.len());
    block_on(run.set_training_pairs(pairs)).unwrap();
    let before = mean_points(&samples(&mut run, 500, 3), RIGHT);
    let rows = train(&mut run, 80);
    assert!((rows[0].value("loss") - std::f32::consts::LN_2).abs() < 1e-6);
    assert_eq!(rows[0].value("rewards/margins"), 0.0);
    let after = mean_points(&samples(&mut run, 500, 3), RIGHT);
    assert!(after > before + 0.25, "{before} before, {after} after");
    let measured = block_on(run.session().evaluate()).unwrap();
    assert!(measured.value("rewards/accuracies") > 0.7, "{measured:?}");
    assert!(measured.value("kl") > 0.0);
}

#[test]
fn tango_2_only_imitates_at_first() {
    let values = [("sft_first", 5.0), ("batch_size", 16.0)];
    let mut run = open("moons", "diffusion_dpo", &values);
    let mut plain = open("moons", "diffusion_sft", &[("batch_size", 16.0)]);
    let pairs = proposed(&mut run, RIGHT, 64);
    block_on(run.set_training_pairs(pairs.clone())).unwrap();
    block_on(plain.set_training_pairs(pairs)).unwrap();
    let (ours, theirs) = (train(&mut run, 6), train(&mut plain, 6));
    for step in 0..5 {
        let [own, other] = [&ours, &theirs].map(|rows| rows[step].value("loss"));
        assert!((own - other).abs() < 1e-6, "step {step}: {own}, {other}");
    }
    assert!((ours[5].value("loss") - theirs[5].value("loss")).abs() > 1e-3);
}

#[test]
fn seppo_draws_every_checkpoint_it_keeps_and_learns_from_winners_alone() {
    let values = [
        ("save_every", 5.0),
        ("checkpoints", 3.0),
        ("batch_size", 16.0),
        ("learning_rate", 2e-3),
        ("beta", 2.0),
    ];
    let mut run = open("moons", "seppo", &values);
    let pairs = proposed(&mut run, RIGHT, 128);
    // What is not preferred is not looked at.
    let winners = pairs.into_iter().map(|(id, pair)| {
        let rejected = pair.chosen.clone();
        (id, Pair { rejected, ..pair })
    });
    block_on(run.set_training_pairs(winners.collect())).unwrap();
    let before = mean_points(&samples(&mut run, 500, 3), RIGHT);
    let rows = train(&mut run, 60);
    let drawn: Vec<f32> = rows.iter().map(|row| row.value("checkpoint")).collect();
    assert!(drawn[..5].iter().all(|step| *step == 0.0), "{drawn:?}");
    // From the first on, three are kept: the first, and the last two.
    for (update, step) in drawn.iter().enumerate().skip(15) {
        let latest = (update / 5 * 5) as f32;
        let kept = [0.0, latest - 5.0, latest];
        assert!(kept.contains(step), "update {}: {step}", update + 1);
    }
    for place in 0..3 {
        let met = drawn.iter().enumerate().skip(15).any(|(update, step)| {
            let latest = (update / 5 * 5) as f32;
            *step == [0.0, latest - 5.0, latest][place]
        });
        assert!(met, "{place}: {drawn:?}");
    }
    let after = mean_points(&samples(&mut run, 500, 3), RIGHT);
    assert!(after > before + 0.2, "{before} before, {after} after");
}

/// The ablation of SePPO's paper, on digits: with the flip the policy learns what the winners have and stays near
/// its reference; without it, it runs away. That it beats plain fine-tuning on the winners does not show here: it
/// is about as good.
#[test]
fn without_the_flip_seppo_runs_away_from_its_reference() {
    let outcome = |method: &str, own: &[(&str, f64)]| {
        let values = [own, &[("batch_size", 16.0), ("learning_rate", 5e-4)]].concat();
        let mut run = open("digits", method, &values);
        let pairs = proposed(&mut run, "thicker", 300);
        block_on(run.set_training_pairs(pairs)).unwrap();
        let ink = mean_points(&samples(&mut run, 300, 3), "thicker");
        train(&mut run, 200);
        let drawn = samples(&mut run, 300, 3);
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/www/assets/digits/classifier.safetensors"
        );
        let bytes = std::fs::read(folder).unwrap();
        let mut classifier = block_on(DigitClassifier::load(&bytes)).unwrap();
        let images: Vec<&[f32]> = drawn
            .iter()
            .map(|sample| sample.values.as_slice())
            .collect();
        let read = block_on(classifier.read(&images)).unwrap();
        let intended: Vec<u32> = drawn.iter().map(|sample| sample.class).collect();
        let gained = mean_points(&drawn, "thicker") - ink;
        let measured = block_on(run.session().evaluate()).unwrap();
        let figures = ["kl", "rewards/accuracies"].map(|name| measured.value(name));
        (accuracy(&read, &intended), gained, figures)
    };
    let flipped = outcome("seppo", &[("beta", 2.0), ("flip", 0.0)]);
    let unflipped = outcome("seppo", &[("beta", 2.0), ("flip", 2.0)]);
    let imitated = outcome("diffusion_sft", &[]);
    assert!(
        flipped.0 > 0.97 && imitated.0 > 0.97,
        "{flipped:?}, {imitated:?}"
    );
    let ([kl, right], [run_away, fewer]) = (flipped.2, unflipped.2);
    assert!(run_away > 10.0 * kl, "{flipped:?}, {unflipped:?}");
    assert!(right > fewer + 0.1, "{flipped:?}, {unflipped:?}");
    assert!(flipped.1 > 0.01, "{flipped:?}");
}

#[test]
fn a_reset_run_repeats_itself_and_a_branch_goes_on_bit_for_bit() {
    let values = [
        ("save_every", 2.0),
        ("batch_size", 4.0),
        ("learning_rate", 3e-4),
    ];
    let mut run = open("moons", "seppo", &values);
    let pairs = proposed(&mut run, RIGHT, 32);
    block_on(run.set_training_pairs(pairs)).unwrap();
    let bits = |rows: &[Row]| -> Vec<u32> {
        rows.iter()
            .flat_map(|row| row.values.iter().map(|value| value.to_bits()))
            .collect()
    };
    let first = train(&mut run, 6);
    let snapshot = block_on(run.session().snapshot()).unwrap();
    let rest = train(&mut run, 6);
    let objective = objective::by_name("seppo").unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let branch = run.branch(engine, &snapshot, objective, Anchor::Reference);
    let mut branch = block_on(branch).unwrap();
    assert_eq!(bits(&train(&mut branch, 6)), bits(&rest));
    block_on(run.session().reset(7)).unwrap();
    assert_eq!(bits(&train(&mut run, 6)), bits(&first));
}

#[test]
fn rewards_of_its_own_samples_move_the_policy() {
    let values = [
        ("samples", 8.0),
        ("batch_size", 8.0),
        ("learning_rate", 5e-4),
        ("beta", 0.3),
    ];
    let mut run = open("moons", "reward_weighted", &values);
    let pairs = proposed(&mut run, RIGHT, 32);
    block_on(run.set_training_pairs(pairs)).unwrap();
    run.set_rule(RIGHT).unwrap();
    let rows = train(&mut run, 80);
    let mean = |rows: &[Row]| {
        let scores = rows.iter().map(|row| row.value("objective/scores"));
        scores.sum::<f32>() / rows.len() as f32
    };
    let (early, late) = (mean(&rows[..10]), mean(&rows[70..]));
    assert!(late > early + 0.2, "{early} early, {late} late");
}

#[test]
fn guidance_ink_and_both_engines_agree_on_digits() {
    let mut cpu = open(
        "digits",
        "diffusion_dpo",
        &[("batch_size", 4.0), ("learning_rate", 3e-4)],
    );
    let pairs = proposed(&mut cpu, "thicker", 8);
    let mut other = open_on(
        Box::new(gpu()),
        "digits",
        "diffusion_dpo",
        &[("batch_size", 4.0), ("learning_rate", 3e-4)],
    );
    block_on(cpu.set_training_pairs(pairs.clone())).unwrap();
    block_on(other.set_training_pairs(pairs)).unwrap();
    for (one, two) in train(&mut cpu, 3).iter().zip(&train(&mut other, 3)) {
        for name in ["loss", "rewards/margins", "logps/chosen", "grad_norm"] {
            assert_close(name, &[two.value(name)], &[one.value(name)], 2e-3);
        }
    }
    let draw = Draw {
        guidance: 2.0,
        eta: 0.5,
        ..Draw::ddim(5, 4)
    };
    let values = |run: &mut DiffusionSession| -> Vec<f32> {
        let drawn = block_on(run.sample(POLICY, &[3, 8], draw)).unwrap();
        drawn
            .iter()
            .flat_map(|sample| sample.values.as_slice().to_vec())
            .collect()
    };
    assert_close("samples", &values(&mut other), &values(&mut cpu), 1e-2);
}

#[test]
fn a_trajectory_ends_in_the_sample_and_errors_add_up_to_the_score() {
    let mut run = open("digits", "diffusion_dpo", &[]);
    let way = block_on(run.trajectory(POLICY, &[7], ddim(1))).unwrap();
    let drawn = block_on(run.sample(POLICY, &[7], ddim(1))).unwrap();
    assert_eq!((way.states.len(), way.timesteps.len()), (21, 20));
    assert_eq!(way.states.last().unwrap(), drawn[0].values.as_slice());
    let pairs = proposed(&mut run, "thicker", 2);
    let (id, pair) = pairs[0].clone();
    block_on(run.set_training_pairs(vec![(id, pair.clone())])).unwrap();
    let [chosen, rejected] = block_on(run.errors(&pair)).unwrap();
    let numbers = block_on(run.session().pair_numbers(&[])).unwrap();
    let score = |errors: &[f32]| -0.5 * errors.iter().sum::<f32>() / errors.len() as f32;
    assert_close(
        "chosen",
        &[numbers[0].chosen],
        &[score(&chosen.policy)],
        1e-5,
    );
    assert_close(
        "rejected",
        &[numbers[0].rejected],
        &[score(&rejected.policy)],
        1e-5,
    );
    assert_eq!(chosen.policy, chosen.reference);
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let refused = |pair: Pair<DiffusionSample>| {
        let mut run = open("moons", "diffusion_dpo", &[]);
        block_on(run.set_training_pairs(vec![(4, pair)]))
            .unwrap_err()
            .to_string()
    };
    let sample = |class, values: &[f32]| DiffusionSample::new(class, values.to_vec());
    let pair = |class, values: &[f32]| Pair {
        chosen: sample(class, values),
        rejected: sample(0, &[0.0, 0.0]),
    };
    assert!(refused(pair(0, &[0.0; 3])).starts_with("Pair 4 does not fit"));
    assert!(refused(pair(2, &[0.0; 2])).contains("2 classes"));
    let policy = Config::from_json("{}").unwrap_err().to_string();
    assert!(policy.contains("config.json"), "{policy}");
    let language = objective::by_name("dpo").unwrap().clone();
    let moons = Checkpoint::read(format!(
        "{}/www/assets/policies/moons",
        env!("CARGO_MANIFEST_DIR")
    ));
    let opened = DiffusionSession::open(
        Box::new(CpuEngine::new()),
        &moons.config,
        &moons.weights,
        language,
        0,
    );
    assert!(matches!(opened, Err(SessionError::Serves { .. })));
}

#[test]
fn ddpo_follows_the_steps_it_drew_to_more_reward() {
    let values = [
        ("samples", 8.0),
        ("batch_size", 8.0),
        ("learning_rate", 5e-4),
        ("sampling_steps", 10.0),
    ];
    let mut run = open("moons", "ddpo", &values);
    let pairs = proposed(&mut run, RIGHT, 32);
    block_on(run.set_training_pairs(pairs)).unwrap();
    run.set_rule(RIGHT).unwrap();
    let rows = train(&mut run, 80);
    // Policy and reference take the same steps at first.
    assert_eq!(rows[0].value("objective/kl"), 0.0);
    let mean = |rows: &[Row]| {
        let scores = rows.iter().map(|row| row.value("objective/scores"));
        scores.sum::<f32>() / rows.len() as f32
    };
    let (early, late) = (mean(&rows[..10]), mean(&rows[70..]));
    assert!(late > early + 0.2, "{early} early, {late} late");
}

/// What PyTorch computes on the shipped policies: `tests/bench/torch_diffusion.py --fixture`.
#[test]
fn predictions_losses_and_gradients_are_pytorch_s() {
    let fixture = include_str!("fixtures/denoiser.json");
    let fixture: serde_json::Value = serde_json::from_str(fixture).unwrap();
    for name in ["moons", "digits"] {
        let expected = &fixture[name];
        let floats =
            |key: &str| -> Vec<f32> { serde_json::from_value(expected[key].clone()).unwrap() };
        let list =
            |key: &str| -> Vec<u32> { serde_json::from_value(expected[key].clone()).unwrap() };
        let order: Vec<String> = serde_json::from_value(expected["order"].clone()).unwrap();
        let folder = format!("{}/www/assets/policies/{name}", env!("CARGO_MANIFEST_DIR"));
        let Checkpoint {
            config, weights, ..
        } = Checkpoint::read(folder);
        let policy = DiffusionPolicy::new(Config::from_json(&config).unwrap());
        let (denoiser, config) = (policy.denoiser(), policy.config());
        let engine = CpuEngine::new();
        let parameters = policy.parameters();
        for (parameter, weight) in parameters.iter().zip(load(&weights, &parameters).unwrap()) {
            let place = order
                .iter()
                .position(|name| *name == parameter.name)
                .unwrap();
            let factor = if place.is_multiple_of(2) { 1.01 } else { 0.99 };
            let moved = weight
                .as_f32()
                .iter()
                .map(|weight| weight * factor)
                .collect();
            let moved = HostTensor::f32(parameter.shape.clone(), moved);
            for (scope, value) in [(Weights::REFERENCE, weight), (Weights::POLICY, moved)] {
                engine
                    .write(&state_name(scope, &parameter.name), value)
                    .unwrap();
            }
        }
        let (samples, noise) = (floats("samples"), floats("noise"));
        let timesteps = list("timesteps").repeat(2);
        let (rows, width) = (timesteps.len(), config.dimensions);
        let levels: Vec<_> = timesteps
            .iter()
            .map(|timestep| denoiser.schedule().level(*timestep as usize))
            .collect();
        let at = |place: usize| {
            (
                levels[place / width],
                samples[place],
                noise[place % noise.len()],
            )
        };
        let values = (0..samples.len()).map(|place| {
            let (level, sample, noise) = at(place);
            level.noised(sample, noise)
        });
        let targets = (0..samples.len()).map(|place| {
            let (level, sample, noise) = at(place);
            level.target(config.prediction_type, sample, noise)
        });
        let times = timesteps
            .iter()
            .flat_map(|timestep| denoiser.time_features(*timestep as usize));
        let feeds = support::feeds([
            ("clean", HostTensor::f32([rows, width], samples.clone())),
            ("noised", HostTensor::f32([rows, width], values.collect())),
            ("targets", HostTensor::f32([rows, width], targets.collect())),
            (
                "times",
                HostTensor::f32([rows, config.time_features], times.collect()),
            ),
            (
                "classes",
                HostTensor::u32([rows], list("classes").repeat(2)),
            ),
            (
                "hyper/beta",
                HostTensor::scalar(floats_of(&expected["beta"])),
            ),
            ("hyper/sft_first", HostTensor::scalar(0.0)),
            (Hyper::UPDATE, HostTensor::scalar(1.0)),
        ]);

        let builder = Builder::new();
        let table = |name, width| builder.input(name, DType::F32, [rows, width]);
        let told = |scope, values| {
            let noised = Noised {
                values,
                times: table("times", config.time_features),
                classes: builder.input("classes", DType::U32, [rows]),
            };
            denoiser.predictions(&Weights::new(&builder, scope), noised)
        };
        builder.output(
            "predictions",
            told(Weights::REFERENCE, table("clean", width)),
        );
        let scored = |scope| {
            let error = told(scope, table("noised", width)) - table("targets", width);
            error.square().sum(&[1]).reshape([rows]) * (-0.5 / width as f32)
        };
        let ones = builder.constant(1.0).broadcast_to([rows]);
        let own = PolicyScores {
            choices: Choices {
                samples: rows,
                owners: builder.range(rows),
                order: ones * 0.0,
                weights: ones,
            },
            log_probs: scored(Weights::POLICY),
            distilled: None,
            alternatives: Alternatives::Normal(table("noised", width)),
        };
        let scores = Scores::new(own, scored(Weights::REFERENCE), rows / 2, vec![0, 1]);
        let objective = objective::by_name("diffusion_dpo").unwrap();
        let loss = objective.losses(&scores, &Hyper::new(&builder)).mean();
        builder.output("loss", loss);
        let scope = Weights::new(&builder, Weights::POLICY);
        let weights: Vec<_> = parameters.iter().map(|one| scope.parameter(one)).collect();
        let squares = builder.gradients(loss, &weights).into_iter();
        let square = squares
            .map(|gradient| gradient.square().sum_all())
            .reduce(|a, b| a + b);
        builder.output("grad_norm", square.unwrap().sqrt());
        let outputs = run(&engine, builder, &feeds).unwrap();
        assert_close(
            name,
            outputs["predictions"].as_f32(),
            &floats("predictions"),
            1e-4,
        );
        for figure in ["loss", "grad_norm"] {
            let (found, wanted) = (outputs[figure].first(), floats_of(&expected[figure]));
            assert!(
                (found / wanted - 1.0).abs() < 1e-3,
                "{name}: {figure} is {found}, not {wanted}"
            );
        }
    }
}

fn floats_of(value: &serde_json::Value) -> f32 {
    value.as_f64().unwrap() as f32
}
