//! Tables: training ends where theory says.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use alignment_playground::engine::HostTensor;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::judge::{Judge, JudgeError, Labels, MatrixJudge};
use alignment_playground::objective::{self, Column, Credit, Origin, PolicyKind, REGISTRY};
use alignment_playground::policy::table::{Activation, Parameterisation, TableSample, Tables};
use alignment_playground::policy::{Draw, DrawError, Policy, Source, Weights, state_name};
use alignment_playground::rng::{self, Purpose};
use alignment_playground::sampling::Law;
use alignment_playground::session::{Pair, PromptReport, Row, Session, SessionError, TableSession};
use alignment_playground::table_scenarios::{TablePair, TableScenario, Taste, table_scenarios};
use alignment_playground::theory::{
    PreferenceMatrix, exploitability, ipo_md_stationary_point, kl, kl_regularised_optimum,
    offline_ipo_optimum, regularised_nash_equilibrium, tempered_mixture,
};
use pollster::block_on;
use serde_json::Value;
use support::token_table::TokenTable;

fn scenario(name: &str) -> TableScenario {
    let mut all = table_scenarios().into_iter();
    all.find(|scenario| scenario.name == name).unwrap()
}

/// Preferences between three responses to one prompt.
#[derive(Clone, Debug)]
struct ThreeResponses {
    rows: Vec<Vec<f64>>,
    reference: Vec<f64>,
}

impl ThreeResponses {
    fn preferences(&self) -> PreferenceMatrix {
        PreferenceMatrix::new(self.rows.clone()).unwrap()
    }

    fn scenario(&self) -> TableScenario {
        let mut scenario = scenario("cycle");
        scenario.prompts[0].taste = Taste::Preferences(self.rows.clone());
        scenario.prompts[0].reference = self.reference.clone();
        scenario
    }

    /// Where IPO-MD ends.
    fn stationary_point(&self, tau: f64, mix: f64) -> Vec<f64> {
        ipo_md_stationary_point(&self.reference, &self.preferences(), tau, mix).unwrap()
    }

    /// That of the vectors.
    fn of_vectors() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/vectors.json");
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        let named = |vector: &&Value| vector["id"] == "ipo_md_fixed_point_beta0_tau0.5";
        let inputs = &vectors.iter().find(named).unwrap()["inputs"];
        ThreeResponses {
            rows: serde_json::from_value(inputs["P"].clone()).unwrap(),
            reference: serde_json::from_value(inputs["ref"].clone()).unwrap(),
        }
    }

    fn random(seed: u64) -> Self {
        let draw = |place| f64::from(rng::uniform(rng::key(seed), Purpose::Data, 0, place));
        let [a, b, c] = [draw(0), draw(1), draw(2)];
        let weights = [draw(3) + 0.1, draw(4) + 0.1, draw(5) + 0.1];
        let total: f64 = weights.iter().sum();
        ThreeResponses {
            rows: vec![
                vec![0.5, a, b],
                vec![1.0 - a, 0.5, c],
                vec![1.0 - b, 1.0 - c, 0.5],
            ],
            reference: weights.map(|weight| weight / total).to_vec(),
        }
    }

    /// The vectors' game and some random ones.
    fn several() -> Vec<Self> {
        let random = (0..3).map(ThreeResponses::random);
        [ThreeResponses::of_vectors()]
            .into_iter()
            .chain(random)
            .collect()
    }
}

/// A run of `method` that takes expectations exactly, over whole batches and without warm-up.
fn open(scenario: TableScenario, method: &str, values: &[(&str, f64)]) -> TableSession {
    let objective = objective::by_name(method).unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let mut run = block_on(TableSession::open(engine, scenario, objective, 3)).unwrap();
    run.session().set_exact(true);
    let whole = [
        ("batch_size", 64.0),
        ("warmup_steps", 0.0),
        ("max_grad_norm", 0.0),
    ];
    for (name, value) in whole.iter().chain(values) {
        run.session().set_value(name, *value).unwrap();
    }
    run
}

fn train(run: &mut TableSession, learning_rate: f64, updates: usize) -> Vec<Row> {
    let session = run.session();
    session.set_value("learning_rate", learning_rate).unwrap();
    for _ in 0..updates {
        block_on(session.update()).unwrap();
    }
    block_on(session.metrics()).unwrap()
}

/// Trains until nothing moves: what is left of AdamW's momentum dies out as its steps shrink.
fn settle(run: &mut TableSession) -> Vec<PromptReport> {
    for learning_rate in [0.1, 0.03, 0.01, 0.003] {
        train(run, learning_rate, 250);
    }
    block_on(run.report()).unwrap()
}

/// Sets the policy on the only prompt; `run`'s parameterisation is by logits.
fn place(run: &mut TableSession, policy: &[f64]) {
    let reference = run.scenario().prompts[0].reference.clone();
    let logits = policy
        .iter()
        .zip(reference)
        .map(|(p, q)| (p / q).ln() as f32);
    let logits = HostTensor::f32([1, policy.len()], logits.collect());
    let name = state_name(Weights::POLICY, "logits");
    run.session().engine().write(&name, logits).unwrap();
}

fn distance(one: &[f64], other: &[f64]) -> f64 {
    let pairs = one.iter().zip(other);
    pairs.fold(0.0, |largest, (a, b)| (a - b).abs().max(largest))
}

#[track_caller]
fn assert_near(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    let off = distance(found, expected);
    assert!(off < tolerance, "{what}: {found:?} is not {expected:?}");
}

// ---- where methods end ----

#[test]
fn online_ipo_finds_the_regularised_nash_equilibrium() {
    for game in ThreeResponses::several() {
        for tau in [0.2, 0.5, 2.0] {
            let mut run = open(game.scenario(), "online_ipo", &[("tau", tau)]);
            let [report] = &settle(&mut run)[..] else {
                panic!()
            };
            let expected = regularised_nash_equilibrium(&game.reference, &game.preferences(), tau);
            let what = format!("{game:?}, tau {tau}");
            assert_near(&what, &report.policy, &expected.unwrap(), 1e-3);
            assert_near(&what, &report.equilibrium, &report.policy, 1e-3);
            assert_eq!((&report.optimum, &report.stationary_point), (&None, &None));
        }
    }
}

#[test]
fn ipo_md_and_nash_md_find_the_same_stationary_point() {
    for game in ThreeResponses::several() {
        for (strength, mix) in [(0.2, 0.125), (0.5, 0.5), (1.0, 0.0), (0.5, 1.0)] {
            let expected = game.stationary_point(strength, mix);
            // In TRL's form of Nash-MD beta plays tau; an answer here is one choice, so that its KL of a token is
            // that of the answer.
            for (method, name) in [("ipo_md", "tau"), ("nash_md", "beta")] {
                let values = [(name, strength), ("mix", mix)];
                let mut run = open(game.scenario(), method, &values);
                let [report] = &settle(&mut run)[..] else {
                    panic!()
                };
                let what = format!("{method} on {game:?}, {name} {strength}, mix {mix}");
                assert_near(&what, &report.policy, &expected, 1e-3);
                let told = report.stationary_point.as_ref().unwrap();
                assert_near(&what, told, &expected, 1e-6);
            }
        }
    }
}

#[test]
fn inpo_iterates_to_the_regularised_nash_equilibrium() {
    let game = ThreeResponses::of_vectors();
    let values = [("eta", 1.0), ("tau", 0.5), ("iteration", 50.0)];
    let mut run = open(game.scenario(), "inpo", &values);
    let [report] = &settle(&mut run)[..] else {
        panic!()
    };
    assert_near(
        "INPO",
        &report.policy,
        &game.stationary_point(0.5, 0.0),
        1e-3,
    );
}

#[test]
fn nothing_draws_a_policy_away_from_its_stationary_point() {
    let game = ThreeResponses::random(7);
    for (method, name, mix) in [
        ("online_ipo", "tau", None),
        ("ipo_md", "tau", Some(0.25)),
        ("ipo_md", "tau", Some(0.75)),
        ("nash_md", "beta", Some(0.25)),
    ] {
        let values = [Some((name, 0.4)), mix.map(|mix| ("mix", mix))];
        let values: Vec<(&str, f64)> = values.into_iter().flatten().collect();
        let norm = |policy: &[f64]| {
            let mut run = open(game.scenario(), method, &values);
            place(&mut run, policy);
            train(&mut run, 1e-6, 1)[0].value("grad_norm")
        };
        let there = norm(&game.stationary_point(0.4, mix.unwrap_or(0.0)));
        let elsewhere = norm(&game.reference);
        assert!(
            there < 1e-6 && elsewhere > 1e-2,
            "{method}: {there}, {elsewhere}"
        );
    }
}

#[test]
fn samples_lead_there_too_within_their_error() {
    let game = ThreeResponses::of_vectors();
    for (method, mix) in [("online_ipo", 0.0), ("ipo_md", 0.5)] {
        let mut run = open(game.scenario(), method, &[("tau", 0.5), ("samples", 4.0)]);
        run.session().set_exact(false);
        if mix > 0.0 {
            run.session().set_value("mix", mix).unwrap();
        }
        let same = TablePair {
            prompt: 0,
            chosen: 0,
            rejected: 0,
        };
        let pairs = (0..32).map(|id| (id, same)).collect();
        block_on(run.set_training_pairs(pairs)).unwrap();
        for (learning_rate, updates) in [(0.03, 150), (0.003, 300), (0.001, 300)] {
            train(&mut run, learning_rate, updates);
        }
        let [report] = &block_on(run.report()).unwrap()[..] else {
            panic!()
        };
        assert_near(
            method,
            &report.policy,
            &game.stationary_point(0.5, mix),
            0.02,
        );
    }
}

/// Its margins answer preferences through a sigmoid, which bends where IPO's regression is straight. While
/// they are small it looks like IPO at a quarter of its beta; in a lopsided cycle, with a reference that
/// hardly knows one of the responses, it is like IPO at no tau.
#[test]
fn online_dpo_does_not_find_the_equilibrium_of_a_cycle() {
    let game = ThreeResponses {
        rows: vec![
            vec![0.5, 0.55, 0.0],
            vec![0.45, 0.5, 0.85],
            vec![1.0, 0.15, 0.5],
        ],
        reference: vec![0.7, 0.01, 0.29],
    };
    let mut run = open(game.scenario(), "online_dpo", &[("beta", 1.0)]);
    // Longer steps may swing out to a corner, where the other responses are never met again.
    for learning_rate in [0.01, 0.003, 0.001] {
        train(&mut run, learning_rate, 2000);
    }
    let [report] = &block_on(run.report()).unwrap()[..] else {
        panic!()
    };
    assert!(train(&mut run, 1e-6, 1)[0].value("grad_norm") < 1e-5);
    let taus = (0..300).map(|power| 0.02 * 1.02_f64.powi(power));
    let off = |tau| distance(&report.policy, &game.stationary_point(tau, 0.0));
    let nearest = taus.map(off).fold(f64::INFINITY, f64::min);
    assert!(nearest > 0.02, "{nearest} from {report:?}");
    assert!(
        distance(&report.policy, &report.equilibrium) > 0.1,
        "{report:?}"
    );

    let mut run = open(game.scenario(), "online_ipo", &[("tau", 0.25)]);
    let [report] = &settle(&mut run)[..] else {
        panic!()
    };
    assert_near("online IPO", &report.policy, &report.equilibrium, 1e-3);
}

#[test]
fn dpo_on_pairs_of_a_bradley_terry_model_finds_the_optimum_of_its_rewards() {
    let network = |activation| (Parameterisation::Network(activation), 0.01);
    let one_hot = (0..6).map(|place| (0..6).map(|i| f32::from(u8::from(i == place))).collect());
    for (parameterisation, learning_rate) in [
        (Parameterisation::Logits, 0.1),
        (Parameterisation::Features(one_hot.collect()), 0.1),
        network(Activation::Tanh),
        network(Activation::Relu),
    ] {
        let mut scenario = scenario("rewards");
        scenario.parameterisation = parameterisation.clone();
        let mut run = open(scenario, "dpo", &[("beta", 0.5)]);
        for shrunk in [1.0, 0.3, 0.1] {
            train(&mut run, learning_rate * shrunk, 300);
        }
        for report in block_on(run.report()).unwrap() {
            let optimum = report.optimum.unwrap();
            assert_near(
                &format!("{parameterisation:?}"),
                &report.policy,
                &optimum,
                1e-3,
            );
        }
    }
}

#[test]
fn ipo_on_pairs_finds_its_optimum_against_whom_the_pairs_show() {
    let game = ThreeResponses::of_vectors();
    let mut run = open(game.scenario(), "ipo", &[("beta", 0.5)]);
    let [report] = &settle(&mut run)[..] else {
        panic!()
    };
    // All pairs of responses are compared equally often.
    let (reference, even) = (&game.reference, [1.0 / 3.0; 3]);
    let optimum = offline_ipo_optimum(reference, &even, &game.preferences(), 0.5).unwrap();
    assert_near("IPO", &report.policy, &optimum, 1e-3);
    assert!(distance(&report.policy, &report.equilibrium) > 0.01);
}

#[test]
fn robust_dpo_looks_through_flipped_labels() {
    let flip_rate = scenario("noise").flip_rate;
    let end = |method, smoothing| {
        let values = [("beta", 1.0), ("label_smoothing", smoothing)];
        let mut run = open(scenario("noise"), method, &values);
        settle(&mut run).remove(0)
    };
    let robust = end("robust", flip_rate);
    assert_near(
        "robust",
        &robust.policy,
        robust.optimum.as_ref().unwrap(),
        1e-3,
    );
    let dpo = end("dpo", 0.0);
    // As if the labels were clean: 0.9 · 7/8 + 0.1 · 1/8 is 0.8.
    let seen = [4.0_f64.ln(), 0.0, 0.0];
    let deceived = kl_regularised_optimum(&dpo.reference, &seen, 1.0).unwrap();
    assert_near("DPO", &dpo.policy, &deceived, 1e-3);
    assert!(dpo.policy[0] < robust.policy[0] - 0.1);
}

/// Song et al. 2024: DPO needs data that cover everything, for nothing else keeps the policy near its
/// reference.
#[test]
fn hypo_holds_the_divergence_that_dpo_lets_go_on_a_response_never_compared() {
    let end = |method, values: &[(&str, f64)]| {
        let mut run = open(scenario("uncovered"), method, values);
        train(&mut run, 0.1, 300);
        block_on(run.report()).unwrap().remove(0)
    };
    let dpo = end("dpo", &[]);
    assert!(dpo.policy[2] > 0.9 && dpo.kl > 3.0, "{dpo:?}");
    let hypo = end("hypo", &[("lambda", 0.3)]);
    assert!(hypo.policy[2] < 0.1 && hypo.kl < 0.2, "{hypo:?}");
    assert!(hypo.policy[0] > hypo.reference[0] + 0.02, "{hypo:?}");
    assert!(hypo.win_rate > 0.5 && dpo.win_rate < 0.1);
}

#[test]
fn policy_gradients_find_the_optimum_of_the_rewards() {
    let mut run = open(scenario("rewards"), "rloo", &[("beta", 0.5)]);
    for report in settle(&mut run) {
        assert_near("RLOO", &report.policy, &report.optimum.unwrap(), 1e-3);
    }
    let mut run = open(scenario("rewards"), "ppo", &[("beta", 0.5)]);
    for report in settle(&mut run) {
        assert_near("PPO", &report.policy, &report.optimum.unwrap(), 1e-3);
    }
}

/// Liu et al. 2023: what rejection sampling accepts is as if drawn from the optimum of the rewards.
#[test]
fn rso_learns_from_answers_of_the_optimum() {
    let values = [("sampling_beta", 0.7), ("samples", 2.0)];
    let mut run = open(scenario("rewards"), "rso", &values);
    let reward = train(&mut run, 0.01, 1)[0].value("objective/scores");
    let games = scenario("rewards").games().unwrap();
    let prompts = run.scenario().prompts.iter().zip(&games);
    let expected = prompts.map(|(prompt, game)| {
        let rewards = game.rewards();
        let optimum = kl_regularised_optimum(&prompt.reference, rewards, 0.7).unwrap();
        let terms = optimum.iter().zip(rewards);
        terms
            .map(|(probability, reward)| probability * reward)
            .sum()
    });
    let expected: Vec<f64> = expected.collect();
    let expected = expected.iter().sum::<f64>() / expected.len() as f64;
    assert!(
        (f64::from(reward) - expected).abs() < 1e-5,
        "{reward} is not {expected}"
    );
}

// ---- expectations ----

/// Of every objective that draws: the loss and the other means over samples are, on average, the exact ones.
/// Advantages that are whitened over a batch are no such means.
#[test]
fn an_expectation_is_what_samples_tell_on_average() {
    const UPDATES: usize = 300;
    let drawn = |column| matches!(column, Column::Drawn(_));
    let drawing = REGISTRY
        .iter()
        .filter(|o| o.kinds().any(drawn) && o.credit != Credit::Critic)
        .filter(|o| o.serves(PolicyKind::Answers));
    let mut compared = 0;
    for objective in drawing {
        let rows = |exact, updates| {
            let mut values = Vec::new();
            if objective.iterates() {
                values.push(("iteration", 1000.0));
            }
            if objective.repeated.is_some() {
                values.push(("samples", 3.0));
            }
            // With fewer, now and then the best is not among them.
            if objective.reads(Column::Drawn(Origin::Optimum)) {
                values.push(("candidates", 64.0));
            }
            let mut run = open(scenario("cycle"), objective.name, &values);
            run.session().set_exact(exact);
            place(&mut run, &[0.2, 0.2, 0.6]);
            train(&mut run, 1e-6, updates)
        };
        let (exact, sampled) = (rows(true, 1), rows(false, UPDATES));
        for name in [
            "loss",
            "entropy",
            "objective/kl",
            "objective/scores",
            "rewards/margins",
        ] {
            let expected = f64::from(exact[0].value(name));
            let values: Vec<f64> = sampled.iter().map(|row| row.value(name).into()).collect();
            let mean = values.iter().sum::<f64>() / UPDATES as f64;
            assert_eq!(expected.is_nan(), mean.is_nan(), "{name}");
            if expected.is_nan() {
                continue;
            }
            let squares = values.iter().map(|value| (value - mean).powi(2));
            let error = squares.sum::<f64>().sqrt() / UPDATES as f64;
            let near = (mean - expected).abs() < 4.0 * error + 1e-3 * expected.abs().max(1e-2);
            let method = objective.name;
            assert!(near, "{method}, {name}: {mean} ± {error} is not {expected}");
            compared += 1;
        }
    }
    assert!(compared >= 30, "{compared}");
}

#[test]
fn what_cannot_be_added_up_is_refused() {
    let mut run = open(scenario("cycle"), "online_ipo", &[("samples", 8.0)]);
    let refused = block_on(run.session().update()).unwrap_err();
    let SessionError::TooManyOutcomes { outcomes, .. } = refused else {
        panic!("{refused}")
    };
    assert_eq!(outcomes, 3_usize.pow(8));
    assert!(refused.to_string().contains("6561 outcomes"), "{refused}");
    run.session().set_value("samples", 7.0).unwrap();
    train(&mut run, 0.01, 2);

    // A policy that does not list its answers.
    let engine = Box::new(CpuEngine::new());
    let weights = vec![HostTensor::f32([2, 1], vec![-1.0, -2.0])];
    let objective = objective::by_name("online_ipo").unwrap().clone();
    let table = TokenTable::new(vec![1, 1]);
    let mut session = Session::new(engine, table, weights, objective, 0).unwrap();
    session.set_exact(true);
    let pair = Pair {
        chosen: 0,
        rejected: 1,
    };
    block_on(session.set_training_pairs(vec![(0, pair)])).unwrap();
    let refused = block_on(session.update()).unwrap_err();
    assert!(matches!(refused, SessionError::TooManyAnswers), "{refused}");
}

// ---- draws, judges, reports ----

#[test]
fn draws_follow_policy_reference_and_mixture() {
    const DRAWS: usize = 20_000;
    let mut run = open(scenario("cycle"), "online_ipo", &[]);
    let (policy, reference) = ([0.1, 0.3, 0.6], [0.5, 0.3, 0.2]);
    place(&mut run, &policy);
    let asked = TableSample {
        prompt: 0,
        response: 0,
    };
    let table = run.session().policy().clone();
    let engine = run.session().engine();
    let mut tables = Tables::default();
    let mut draw = |source, law, prompt| {
        let asked = TableSample { prompt, ..asked };
        let (seed, most) = (11, 1);
        let draw = Draw { law, seed, most };
        let prompts = vec![&asked; DRAWS];
        let drawn = table.draw(engine, &mut tables, &prompts, source, draw);
        block_on(drawn).map(|drawn| {
            let mut shares = [0.0; 3];
            for sample in drawn {
                shares[sample.response as usize] += 1.0 / DRAWS as f64;
            }
            shares
        })
    };
    let mixed = tempered_mixture(&policy, &reference, 0.3).unwrap();
    for (source, expected) in [
        (Source::Weights(Weights::POLICY), &policy[..]),
        (Source::Weights(Weights::REFERENCE), &reference),
        (Source::Mixture { mix: 0.3 }, &mixed),
    ] {
        let shares = draw(source, Law::default(), 0).unwrap();
        // Three standard errors at most.
        assert_near(&format!("{source:?}"), &shares, expected, 0.011);
    }
    let cold = Law {
        temperature: 0.5,
        ..Law::default()
    };
    let shares = draw(Source::Weights(Weights::POLICY), cold, 0).unwrap();
    assert_near(
        "cold",
        &shares,
        &[1.0 / 46.0, 9.0 / 46.0, 36.0 / 46.0],
        0.011,
    );
    let unknown = draw(Source::Weights(Weights::POLICY), Law::default(), 1);
    assert!(matches!(
        unknown,
        Err(DrawError::UnknownPrompt { prompt: 2, .. })
    ));
}

#[test]
fn labels_are_preferences_or_are_drawn_by_them() {
    let games = scenario("cycle").games().unwrap();
    let sample = |response| TableSample {
        prompt: 0,
        response,
    };
    let samples = [sample(0), sample(1), sample(2), sample(3)];
    let mut exact = MatrixJudge::new(games.clone(), Labels::Exact);
    let pairs = [[&samples[0], &samples[1]], [&samples[2], &samples[1]]];
    assert_eq!(block_on(exact.preferences(&pairs)).unwrap(), [0.8, 0.1]);
    // How often each beats the reference.
    let rewards = block_on(exact.rewards(&[&samples[0]])).unwrap();
    assert!((rewards[0] - (0.5 * 0.5 + 0.3 * 0.8 + 0.2 * 0.3)).abs() < 1e-6);
    let unknown = block_on(exact.preferences(&[[&samples[0], &samples[3]]]));
    let named = JudgeError::Unknown {
        prompt: 1,
        response: 4,
    };
    assert_eq!(unknown.unwrap_err().to_string(), named.to_string());

    let mut drawn = MatrixJudge::new(games, Labels::Drawn { seed: 5 });
    let labels = block_on(drawn.preferences(&[pairs[0]; 10_000])).unwrap();
    assert!(labels.iter().all(|label| [0.0, 1.0].contains(label)));
    let share = labels.iter().sum::<f32>() / 10_000.0;
    assert!((share - 0.8).abs() < 0.012, "{share}");
}

#[test]
fn a_reset_repeats_a_run_with_its_samples_and_labels() {
    let mut run = open(scenario("rewards"), "online_ipo", &[]);
    run.session().set_exact(false);
    run.set_labels(Labels::Drawn { seed: 2 });
    let first = train(&mut run, 0.01, 30);
    block_on(run.reset(3)).unwrap();
    let again = train(&mut run, 0.01, 30);
    // NaN, where nothing was measured, equals nothing.
    assert_eq!(format!("{again:?}"), format!("{first:?}"));
}

#[test]
fn a_report_tells_exactly_how_the_policy_stands() {
    let mut run = open(scenario("rewards"), "ipo_md", &[("tau", 0.5)]);
    let scenario = scenario("rewards");
    for (report, prompt) in block_on(run.report())
        .unwrap()
        .iter()
        .zip(&scenario.prompts)
    {
        assert_near("reference", &report.reference, &prompt.reference, 1e-7);
        assert_eq!(report.policy, report.reference);
        assert_eq!(report.kl, 0.0);
        assert!((report.win_rate - 0.5).abs() < 1e-12);
    }
    let rows = train(&mut run, 0.05, 20);
    let reports = block_on(run.report()).unwrap();
    let games = scenario.games().unwrap();
    for (report, game) in reports.iter().zip(&games) {
        let PromptReport {
            policy, reference, ..
        } = report;
        assert_eq!(report.kl, kl(policy, reference).unwrap());
        let preferences = game.preferences();
        assert_eq!(
            report.win_rate,
            preferences.win_rate(policy, reference).unwrap()
        );
        assert_eq!(
            report.exploitability,
            exploitability(policy, preferences).unwrap()
        );
        assert!(report.win_rate > 0.5 && report.optimum.is_some());
    }
    // What the rows say of the same policy.
    let mean = |value: fn(&PromptReport) -> f64| (value(&reports[0]) + value(&reports[1])) / 2.0;
    let row = &rows[19];
    assert!((f64::from(row.value("kl")) - mean(|report| report.kl)).abs() < 1e-5);
    let rate = f64::from(row.value("eval_win_rate"));
    assert!((rate - mean(|report| report.win_rate)).abs() < 1e-5);
}

#[test]
fn a_pair_of_what_is_not_there_is_refused() {
    let mut run = open(scenario("cycle"), "dpo", &[]);
    let pair = TablePair {
        prompt: 0,
        chosen: 0,
        rejected: 3,
    };
    let refused = block_on(run.set_training_pairs(vec![(9, pair)])).unwrap_err();
    assert!(refused.to_string().starts_with("pair 9"), "{refused}");
    assert!(!run.session().policy().has(&TableSample {
        prompt: 1,
        response: 0
    }));
}
