//! Judged answers that updates learn from again.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::objective;
use alignment_playground::policy::language::{TokenPair, Tokenizer};
use alignment_playground::session::{LanguageSession, Row};
use pollster::block_on;
use support::{Checkpoint, NAMES, assert_close};

const BATCH: usize = 3;

/// A run of `method` on first names, judged by their length, with a buffer of `replay` groups.
fn open(method: &str, replay: usize) -> LanguageSession {
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(NAMES);
    let tokenizer = Tokenizer::from_file(&Path::new(NAMES).join("tokenizer.json")).unwrap();
    let encode = |text| tokenizer.encode(text).unwrap();
    let prompts = ["Mar", "Jo", "Ste", "Al", "Ka", "El"];
    let pair = |prompt| TokenPair {
        prompt: encode(prompt),
        chosen: encode("a"),
        rejected: encode("o"),
    };
    let objective = objective::by_name(method).unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let mut session = LanguageSession::open(engine, &config, &weights, objective, 5).unwrap();
    let vocabulary = tokenizer.token_texts().unwrap();
    session.set_rule("shorter", vocabulary).unwrap();
    let values = [
        ("batch_size", BATCH as f64),
        ("learning_rate", 3e-4),
        ("replay", replay as f64),
    ];
    for (name, value) in values {
        session.session().set_value(name, value).unwrap();
    }
    block_on(session.set_training_pairs((0..).zip(prompts.map(pair)).collect())).unwrap();
    session
}

fn train(session: &mut LanguageSession, updates: usize) -> Vec<Row> {
    for _ in 0..updates {
        block_on(session.session().update()).unwrap();
    }
    block_on(session.session().metrics()).unwrap()
}

fn numbers(rows: &[Row], name: &str) -> Vec<f32> {
    rows.iter().map(|row| row.value(name)).collect()
}

#[test]
fn the_buffer_fills_and_then_lets_the_oldest_go() {
    for method in ["ipo_md", "online_ipo", "online_dpo", "online_slic"] {
        let rows = train(&mut open(method, 8), 5);
        let groups = numbers(&rows, "replay/groups");
        assert_eq!(groups, [3.0, 6.0, 8.0, 8.0, 8.0], "{method}");
    }
    let without = train(&mut open("ipo_md", 0), 2);
    assert!(
        without
            .iter()
            .all(|row| row.value("replay/groups").is_nan())
    );
}

#[test]
fn a_buffer_of_one_batch_is_none() {
    let with = train(&mut open("ipo_md", BATCH), 6);
    let without = train(&mut open("ipo_md", 0), 6);
    for name in ["loss", "objective/kl", "rewards/margins", "grad_norm"] {
        assert_close(name, &numbers(&with, name), &numbers(&without, name), 1e-3);
    }
}

#[test]
fn updates_learn_again_from_answers_of_earlier_ones() {
    let mut session = open("ipo_md", 60);
    let mut seen = Vec::new();
    let mut again = 0;
    for _ in 0..6 {
        train(&mut session, 1);
        for rollout in session.session().rollouts() {
            assert_eq!((rollout.answers.len(), rollout.preferences.len()), (2, 1));
            let [first, second] = [0, 1].map(|index| rollout.answers[index].completion.len());
            let expected = match first.cmp(&second) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 0.0,
            };
            assert_eq!(
                rollout.preferences[0], expected,
                "its own verdict goes along"
            );
            again += usize::from(seen.contains(&rollout.answers));
            seen.push(rollout.answers.clone());
        }
    }
    assert!(again > 0, "of 18 groups none came again");
}

#[test]
fn a_rewound_run_draws_from_the_buffer_as_before() {
    let mut session = open("ipo_md", 20);
    train(&mut session, 3);
    let record = block_on(session.session().snapshot()).unwrap();
    let first = train(&mut session, 3);
    block_on(session.session().rewind(&record)).unwrap();
    let again = train(&mut session, 3);
    assert_eq!(numbers(&first, "loss"), numbers(&again, "loss"));
    assert_eq!(
        numbers(&first, "replay/groups"),
        numbers(&again, "replay/groups")
    );
}

#[test]
fn the_policy_learns_from_a_buffer_too() {
    let rows = train(&mut open("ipo_md", 32), 200);
    let lengths = numbers(&rows, "completions/mean_length");
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    let (first, last) = (mean(&lengths[..20]), mean(&lengths[180..]));
    assert!(last < 0.8 * first, "shorter answers win: {first} {last}");
}
