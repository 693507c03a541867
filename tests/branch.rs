//! Runs side by side: one seed gives every method the same batches, and a run branches off from another at
//! any of its steps.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::objective;
use alignment_playground::policy::language::{TokenPair, TokenSample, Tokenizer};
use alignment_playground::session::{Anchor, LanguageSession, Row, Snapshot};
use pollster::block_on;
use support::{Checkpoint, NAMES, assert_close};

fn pairs() -> Vec<(u32, TokenPair)> {
    let tokenizer = Tokenizer::from_file(&Path::new(NAMES).join("tokenizer.json")).unwrap();
    let encode = |text| tokenizer.encode(text).unwrap();
    let texts = [
        ("Mar", "ia", "vin"),
        ("Jo", "anna", "seph"),
        ("Ste", "lla", "phen"),
        ("", "Olivia", "Oscar"),
        ("Al", "ba", "an"),
    ];
    let pair = |(prompt, chosen, rejected)| TokenPair {
        prompt: encode(prompt),
        chosen: encode(chosen),
        rejected: encode(rejected),
    };
    (1..).zip(texts.map(pair)).collect()
}

fn open(method: &str, seed: u64) -> LanguageSession {
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(NAMES);
    let objective = objective::by_name(method).unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let mut session = LanguageSession::open(engine, &config, &weights, objective, seed).unwrap();
    for (name, value) in [("batch_size", 2.0), ("learning_rate", 3e-4)] {
        session.session().set_value(name, value).unwrap();
    }
    block_on(session.set_training_pairs(pairs())).unwrap();
    block_on(session.set_held_out_pairs(pairs().split_off(3))).unwrap();
    session
}

fn train(session: &mut LanguageSession, updates: usize) -> Vec<Row> {
    for _ in 0..updates {
        block_on(session.session().update()).unwrap();
    }
    block_on(session.session().metrics()).unwrap()
}

/// Every number of `rows`, as bits: equal runs are equal to the last one.
fn bits(rows: &[Row]) -> Vec<(u32, Vec<u32>)> {
    let bits = |row: &Row| row.values.iter().map(|value| value.to_bits()).collect();
    rows.iter().map(|row| (row.step, bits(row))).collect()
}

/// The reference's numbers tell which pairs a batch held.
fn batches(rows: &[Row]) -> Vec<u32> {
    let mean = |row: &Row| row.value("logps/reference_rejected").to_bits();
    rows.iter().map(mean).collect()
}

fn branch(
    session: &LanguageSession,
    snapshot: &Snapshot<TokenSample>,
    method: &str,
    anchor: Anchor,
) -> LanguageSession {
    let objective = objective::by_name(method).unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    block_on(session.branch(engine, snapshot, objective, anchor)).unwrap()
}

#[test]
fn one_seed_gives_every_method_the_same_batches() {
    let seen = batches(&train(&mut open("dpo", 5), 12));
    for method in ["ipo", "kto", "simpo", "d2o", "npo"] {
        assert_eq!(
            batches(&train(&mut open(method, 5), 12)),
            seen,
            "{method} sees other batches"
        );
    }
    assert_ne!(batches(&train(&mut open("ipo", 6), 12)), seen);
}

#[test]
fn a_branch_with_what_the_optimiser_remembers_is_the_run_itself() {
    // D²O remembers answers of its own besides, PPO its last iterate and a critic.
    let judge = |session: &mut LanguageSession| {
        let vocabulary = vec!["a".to_owned(); 128];
        session.set_rule("longer", vocabulary).unwrap();
    };
    for method in ["dpo", "d2o", "ppo"] {
        let mut session = open(method, 3);
        judge(&mut session);
        train(&mut session, 7);
        let snapshot = block_on(session.session().snapshot()).unwrap();
        let went_on = train(&mut session, 16);
        let mut branch = branch(&session, &snapshot, method, Anchor::Reference);
        judge(&mut branch);
        assert_eq!(branch.session().step(), 7);
        assert_eq!(bits(&train(&mut branch, 16)), bits(&went_on), "{method}");
    }
}

#[test]
fn a_branch_to_another_method_starts_from_the_same_policy_and_sees_the_same_batches() {
    let mut session = open("dpo", 3);
    train(&mut session, 7);
    let at_branch = block_on(session.session().evaluate()).unwrap();
    let snapshot = block_on(session.session().snapshot()).unwrap();
    let went_on = train(&mut session, 12);

    let snapshot = snapshot.of_policy_alone();
    let mut kto = branch(&session, &snapshot, "kto", Anchor::Reference);
    let row = block_on(kto.session().evaluate()).unwrap();
    let measured = [
        "logps/chosen",
        "logps/rejected",
        "logps/reference_chosen",
        "eval_logps/chosen",
        "kl",
        "eval_perplexity",
    ];
    for name in measured {
        assert_eq!(row.value(name), at_branch.value(name), "{name}");
    }
    assert_eq!(kto.session().values().get("learning_rate"), 3e-4);
    let rows = train(&mut kto, 12);
    assert_eq!(rows[0].step, 8);
    assert_eq!(batches(&rows), batches(&went_on));
    // A fresh optimiser warms up anew.
    assert_close("rate", &[rows[0].value("learning_rate")], &[3e-5], 1e-9);
    assert_close("rate", &[rows[11].value("learning_rate")], &[3e-4], 1e-9);
}

#[test]
fn a_branch_may_measure_itself_by_where_it_began() {
    let mut session = open("dpo", 3);
    train(&mut session, 20);
    let snapshot = block_on(session.session().snapshot()).unwrap();
    let mut ipo = branch(&session, &snapshot, "ipo", Anchor::Snapshot);
    let row = block_on(ipo.session().evaluate()).unwrap();
    for name in ["rewards/margins", "kl"] {
        assert_close(name, &[row.value(name)], &[0.0], 1e-6);
    }
    let at_branch = block_on(session.session().evaluate()).unwrap();
    assert_eq!(row.value("logps/chosen"), at_branch.value("logps/chosen"));
    assert!(at_branch.value("rewards/margins") > 0.1);
}

#[test]
fn a_run_is_rewound_and_goes_on_bit_for_bit() {
    for method in ["dpo", "d2o"] {
        let mut session = open(method, 3);
        train(&mut session, 4);
        let record = block_on(session.session().snapshot())
            .unwrap()
            .without_reference();
        let numbers = block_on(session.session().pair_numbers(&[])).unwrap();
        let first = train(&mut session, 8);
        assert_ne!(
            block_on(session.session().pair_numbers(&[])).unwrap(),
            numbers
        );

        block_on(session.session().rewind(&record)).unwrap();
        assert_eq!(session.session().step(), 4);
        assert_eq!(
            block_on(session.session().pair_numbers(&[])).unwrap(),
            numbers
        );
        let again = train(&mut session, 8);
        assert_eq!(bits(&again), bits(&first), "{method}");
    }
}

#[test]
fn from_the_policy_alone_a_rewound_run_goes_on_with_a_fresh_optimiser() {
    let mut session = open("dpo", 3);
    train(&mut session, 4);
    let alone = block_on(session.session().snapshot())
        .unwrap()
        .of_policy_alone();
    let numbers = block_on(session.session().pair_numbers(&[])).unwrap();
    let first = train(&mut session, 3);
    block_on(session.session().rewind(&alone)).unwrap();
    assert_eq!(
        block_on(session.session().pair_numbers(&[])).unwrap(),
        numbers
    );
    let again = train(&mut session, 3);
    // The same batch meets the same weights; then it warms up anew.
    assert_eq!(again[0].value("loss"), first[0].value("loss"));
    assert!(again[1].value("learning_rate") < first[1].value("learning_rate"));
}
