//! Updates that draw answers of the policy's own, on the shipped assistant: what their papers claim, at
//! toy scale.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use alignment_playground::data;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::objective::{self, Column, Judgement, PolicyKind, REGISTRY};
use alignment_playground::policy::language::{TokenPair, Tokenizer};
use alignment_playground::policy::{Draw, Source, Weights};
use alignment_playground::sampling::Law;
use alignment_playground::session::{LanguageSession, Row, SampleRequest};
use pollster::block_on;
use support::{Checkpoint, NAMES, assert_close};

const ASSISTANT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/assets/policies/assistant");
const KINDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/assets/scenarios/kinder");

fn tokenizer() -> Tokenizer {
    Tokenizer::from_file(&Path::new(ASSISTANT).join("tokenizer.json")).unwrap()
}

fn pairs(which: &str) -> Vec<(u32, TokenPair)> {
    let tokenizer = tokenizer();
    let text = std::fs::read_to_string(format!("{KINDER}.{which}.jsonl")).unwrap();
    let lines = data::read_preferences(&text).into_iter();
    let pair = |line: data::Line<data::Preference>| {
        let preference = line.content.unwrap();
        let encode = |text: &str| tokenizer.encode(text).unwrap();
        TokenPair {
            prompt: encode(&preference.prompt),
            chosen: encode(&preference.chosen),
            rejected: encode(&preference.rejected),
        }
    };
    (0..).zip(lines.map(pair)).collect()
}

/// A run on the pairs that prefer polite answers, judged by `rule`.
fn open(method: &str, rule: &str, values: &[(&str, f64)], seed: u64) -> LanguageSession {
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(ASSISTANT);
    let (engine, objective) = (
        Box::new(CpuEngine::new()),
        objective::by_name(method).unwrap(),
    );
    let session = LanguageSession::open(engine, &config, &weights, objective.clone(), seed);
    let mut session = session.unwrap();
    session
        .set_rule(rule, tokenizer().token_texts().unwrap())
        .unwrap();
    for (name, value) in values {
        session.session().set_value(name, *value).unwrap();
    }
    block_on(session.set_training_pairs(pairs("train"))).unwrap();
    block_on(session.set_held_out_pairs(pairs("heldout"))).unwrap();
    session
}

fn train(session: &mut LanguageSession, updates: usize) -> Vec<Row> {
    for _ in 0..updates {
        block_on(session.session().update()).unwrap();
    }
    block_on(session.session().metrics()).unwrap()
}

fn evaluate(session: &mut LanguageSession) -> Row {
    block_on(session.session().evaluate()).unwrap()
}

/// Calandriello et al. 2024: the judge comes to prefer the policy, and tau says how far it goes for that.
#[test]
fn ipo_md_wins_over_its_reference_and_tau_holds_it() {
    let run = |tau| {
        let values = [("tau", tau), ("learning_rate", 3e-4), ("batch_size", 6.0)];
        let mut session = open("ipo_md", "shorter", &values, 1);
        assert_close(
            "at the start",
            &[evaluate(&mut session).value("eval_win_rate")],
            &[0.5],
            1e-6,
        );
        let rows = train(&mut session, 100);
        assert!(rows.iter().all(|row| row.value("objective/kl").is_finite()));
        (rows, evaluate(&mut session))
    };
    let (rows, free) = run(0.1);
    // Each is an estimate over 16 prompts, so the mean of the last five is out by some 0.05; it starts from 0.5.
    let rates = rows.iter().map(|row| row.value("eval_win_rate"));
    let rates: Vec<f32> = rates.filter(|rate| rate.is_finite()).collect();
    let late = &rates[rates.len() - 5..];
    assert!(late.iter().sum::<f32>() / 5.0 > 0.7, "{rates:?}");
    let length = |rows: &[Row]| {
        let lengths = rows.iter().map(|row| row.value("completions/mean_length"));
        lengths.sum::<f32>() / rows.len() as f32
    };
    let (first, last) = (length(&rows[..10]), length(&rows[90..]));
    assert!(last < 0.85 * first, "{first} {last}");
    let held = run(1.0).1;
    let [free, held] = [free, held].map(|row| row.value("kl"));
    assert!(
        0.0 < held && held < 0.5 * free,
        "KL {held} held, {free} free"
    );
}

/// Duan et al. 2024: gradient ascent forgets everything, D²O only what it is told to.
#[test]
fn d2o_forgets_what_it_should_and_gradient_ascent_everything() {
    let start = evaluate(&mut open("gradient_ascent", "shorter", &[], 1));
    let perplexity = |row: &Row| row.value("eval_perplexity") / start.value("eval_perplexity");
    let fallen = |row: &Row| start.value("eval_logps/rejected") - row.value("eval_logps/rejected");

    let mut session = open("d2o", "shorter", &[], 1);
    train(&mut session, 80);
    let anchored = evaluate(&mut session);
    assert!(fallen(&anchored) > 12.0, "fell by {}", fallen(&anchored));
    assert!(perplexity(&anchored) < 1.1, "{}", perplexity(&anchored));

    let rows = train(&mut open("gradient_ascent", "shorter", &[], 1), 90);
    let as_far = rows.iter().find(|row| fallen(row) >= fallen(&anchored));
    let as_far = as_far.expect("gradient ascent goes as far");
    assert!(perplexity(as_far) > 1.15, "{}", perplexity(as_far));
    assert!(perplexity(&rows[89]) > 20.0, "{}", perplexity(&rows[89]));
}

/// With one sample and alpha = beta, D²O is DPO whose chosen answer is the sample.
#[test]
fn d2o_with_one_sample_is_dpo() {
    let values = [("samples", 1.0), ("alpha", 0.2), ("beta", 0.2)];
    let mut session = open("d2o", "shorter", &values, 3);
    let rows = train(&mut session, 6);
    // All training pairs stand in one batch here, each with its sample for the chosen answer.
    let mut pairs = pairs("train");
    for (_, pair) in &mut pairs {
        let [_, rejected] = pair.samples();
        if let [kept] = session.session().kept_answers(&rejected) {
            pair.chosen.clone_from(&kept.completion);
        }
    }
    let mut dpo = open("dpo", "shorter", &[("beta", 0.2)], 3);
    block_on(dpo.set_training_pairs(pairs)).unwrap();
    for (d2o, dpo) in rows.iter().zip(train(&mut dpo, 6)) {
        let figures = [
            "loss",
            "rewards/margins",
            "grad_norm",
            "logps/chosen",
            "logps/rejected",
        ];
        for name in figures {
            assert_close(name, &[d2o.value(name)], &[dpo.value(name)], 2e-4);
        }
    }
}

/// The critic comes to foretell what answers bring, the reward rises, and beta holds the policy.
#[test]
fn ppo_raises_the_reward_that_its_critic_foretells() {
    let run = |beta| {
        let values = [
            ("beta", beta),
            ("learning_rate", 3e-4),
            ("batch_size", 4.0),
            ("max_new_tokens", 24.0),
        ];
        let mut session = open("ppo", "shorter", &values, 1);
        let rows = train(&mut session, 50);
        (rows, evaluate(&mut session))
    };
    let mean = |name: &str, rows: &[Row]| {
        rows.iter().map(|row| row.value(name)).sum::<f32>() / rows.len() as f32
    };
    let (rows, free) = run(0.05);
    let [first, last] = [&rows[..10], &rows[40..]].map(|rows| mean("objective/scores", rows));
    let (_, held) = run(10.0);
    assert!(last > first + 15.0, "{first} {last}");
    assert!(
        free.value("eval_win_rate") > 0.65,
        "{}",
        free.value("eval_win_rate")
    );
    let [missed, spread] = ["critic/error", "critic/spread"].map(|name| mean(name, &rows[30..]));
    assert!(missed < 0.85 * spread, "{missed} of {spread}");
    let [free, held] = [free, held].map(|row| row.value("kl"));
    assert!(held < 0.5 * free, "KL {held} held, {free} free");
}

/// The answers learnt from are the reference's all along; how continuations of them fare tells which of their
/// steps were good.
#[test]
fn direct_advantages_of_steps_lengthen_names_that_are_to_be_long() {
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(NAMES);
    let tokenizer = Tokenizer::from_file(&Path::new(NAMES).join("tokenizer.json")).unwrap();
    let encode = |text: &str| tokenizer.encode(text).unwrap();
    let objective = objective::by_name("direct_advantage").unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let mut session = LanguageSession::open(engine, &config, &weights, objective, 1).unwrap();
    let vocabulary = tokenizer.token_texts().unwrap();
    session.set_rule("longer", vocabulary).unwrap();
    let pair = |start: &str| TokenPair {
        prompt: encode(start),
        chosen: encode("a"),
        rejected: encode("o"),
    };
    let pairs = ["Mar", "Jo", "Ste", "Al"].map(pair);
    block_on(session.set_training_pairs((0..).zip(pairs).collect())).unwrap();
    for (name, value) in [("samples", 4.0), ("max_new_tokens", 12.0)] {
        session.session().set_value(name, value).unwrap();
    }
    let mean_length = |session: &mut LanguageSession, scope| {
        let lengths = ["Mar", "Jo", "Ste", "Al"].map(|start| {
            let request = SampleRequest {
                prompt: encode(start),
                count: 64,
                draw: Draw {
                    law: Law::default(),
                    seed: 9,
                    most: 12,
                },
            };
            let drawn = block_on(session.sample(Source::Weights(scope), &request)).unwrap();
            drawn.iter().map(Vec::len).sum::<usize>() as f32 / 64.0
        });
        lengths.iter().sum::<f32>() / 4.0
    };
    let rows = train(&mut session, 60);
    assert!(rows.iter().all(|row| row.value("loss").is_finite()));
    let [learnt, reference] =
        [Weights::POLICY, Weights::REFERENCE].map(|scope| mean_length(&mut session, scope));
    assert!(learnt > reference + 0.5, "{learnt}, at first {reference}");
}

/// A written loss and a sum of losses train as the methods do that they write.
#[test]
fn what_a_person_writes_is_what_is_minimised() {
    let run = |method: &str, written: &str, values: &[(&str, f64)]| {
        let Checkpoint {
            config, weights, ..
        } = Checkpoint::read(ASSISTANT);
        let objective = objective::open(method, written).unwrap();
        let engine = Box::new(CpuEngine::new());
        let mut session = LanguageSession::open(engine, &config, &weights, objective, 4).unwrap();
        for (name, value) in values {
            session.session().set_value(name, *value).unwrap();
        }
        block_on(session.set_training_pairs(pairs("train"))).unwrap();
        let rows = train(&mut session, 4).into_iter();
        rows.map(|row| ["loss", "grad_norm"].map(|name| row.value(name)))
            .collect::<Vec<_>>()
            .concat()
    };
    let same = |written: Vec<f32>, known: Vec<f32>| assert_close("figures", &written, &known, 1e-5);
    same(
        run("custom", objective::example("custom"), &[]),
        run("dpo", "", &[]),
    );
    let lengths = "(square((lw - rw) / nw - (ll - rl) / nl - 0.5 / beta))";
    same(run("custom", lengths, &[]), run("ipo", "", &[]));
    let beta = [("beta", 0.01)];
    same(run("sum", "dpo + 0.005*sft", &beta), run("rpo", "", &beta));
    let weights = [("beta", 0.01), ("weight_sft", 0.005)];
    same(run("sum", "dpo + sft", &weights), run("rpo", "", &beta));
}

/// Kept answers are the reference's at first; drawn anew, they are the policy's.
#[test]
fn kept_answers_are_drawn_anew_when_it_is_time() {
    let values = [
        ("samples", 3.0),
        ("refresh", 4.0),
        ("batch_size", 48.0),
        ("max_new_tokens", 12.0),
    ];
    let mut session = open("d2o", "shorter", &values, 0);
    let avoided = pairs("train")[0].1.samples()[1].clone();
    let kept = |session: &mut LanguageSession| session.session().kept_answers(&avoided).to_vec();
    assert!(kept(&mut session).is_empty());
    train(&mut session, 1);
    let first = kept(&mut session);
    assert_eq!(first.len(), 3);
    train(&mut session, 3);
    assert_eq!(kept(&mut session), first);
    train(&mut session, 1);
    assert_ne!(kept(&mut session), first);
    assert_eq!(kept(&mut session).len(), 3);
}

/// Guides change what is drawn, and nothing else: the answers are kept and scored as those to the plain prompt.
#[test]
fn guides_stand_before_the_prompt_while_answers_are_drawn() {
    let values = [
        ("samples", 2.0),
        ("batch_size", 48.0),
        ("max_new_tokens", 12.0),
    ];
    let avoided = pairs("train")[0].1.samples()[1].clone();
    let kept = |guides: &[&str]| {
        let mut session = open("d2o", "shorter", &values, 0);
        let encode = |text: &&str| tokenizer().encode(text).unwrap();
        session.set_guides(guides.iter().map(encode).collect());
        let row = train(&mut session, 1).remove(0);
        // The policy still is its reference, whatever was drawn.
        assert_close("loss", &[row.value("loss")], &[2f32.ln()], 1e-5);
        session.session().kept_answers(&avoided).to_vec()
    };
    let (plain, guided) = (kept(&[]), kept(&["", "Hello there. "]));
    assert!(guided.iter().all(|answer| answer.prompt == avoided.prompt));
    // The guides take turns: the first is empty.
    assert_eq!(guided[0], plain[0]);
    assert_ne!(guided[1], plain[1]);
}

/// Each method makes a few updates: what it reports is finite, starts where it says it does, and the same
/// seed gives the same run.
#[test]
fn every_method_trains() {
    let losses = |name: &str| {
        let values = [
            ("batch_size", 3.0),
            ("max_new_tokens", 10.0),
            ("samples", 2.0),
        ];
        let known = objective::by_name(name).unwrap();
        let has = |name: &str| known.draws() || name == "batch_size";
        let own = |name: &str| known.repeated.is_some() || name != "samples";
        let values: Vec<(&str, f64)> = values
            .into_iter()
            .filter(|(name, _)| has(name) && own(name))
            .collect();
        let rows = train(&mut open(name, "manner: tone=polite", &values, 5), 3);
        for row in &rows {
            for measured in ["loss", "grad_norm", "entropy"] {
                assert!(
                    row.value(measured).is_finite(),
                    "{measured} of {name} at {}",
                    row.step
                );
            }
        }
        rows.iter()
            .map(|row| row.value("loss"))
            .collect::<Vec<f32>>()
    };
    for objective in REGISTRY
        .iter()
        .filter(|one| one.serves(PolicyKind::Answers))
    {
        let found = losses(objective.name);
        if let Some(expected) = objective.at_reference {
            assert_close(objective.name, &found[..1], &[expected as f32], 1e-5);
        }
        if objective.draws() {
            assert_eq!(losses(objective.name), found, "{}", objective.name);
        }
    }
}

#[test]
fn the_registry_says_what_a_method_needs() {
    let mut names: Vec<&str> = REGISTRY.iter().map(|objective| objective.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), REGISTRY.len(), "two methods of one name");
    for objective in REGISTRY.iter() {
        let name = objective.name;
        let judged = objective.judgement != Judgement::None;
        assert!(
            !judged || objective.draws(),
            "{name} has what it does not draw judged"
        );
        let repeats = objective
            .hyperparameters
            .iter()
            .any(|hyper| hyper.name == "samples");
        assert_eq!(repeats, objective.repeated.is_some(), "{name}");
        let mixes = objective
            .hyperparameters
            .iter()
            .any(|hyper| hyper.name == "mix");
        let mixture = Column::Drawn(objective::Origin::Mixture);
        assert_eq!(mixes, objective.reads(mixture), "{name}");
        for text in [
            objective.title,
            objective.summary,
            objective.source,
            objective.formula,
        ] {
            assert!(!text.is_empty(), "{name}");
        }
        for hyper in &objective.hyperparameters {
            let range = hyper.min..=hyper.max;
            assert!(range.contains(&hyper.default), "{} of {name}", hyper.name);
        }
    }
}

#[test]
fn a_method_with_a_judge_says_that_it_lacks_one() {
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(ASSISTANT);
    let objective = objective::by_name("ipo_md").unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let session = LanguageSession::open(engine, &config, &weights, objective, 0);
    let mut session = session.unwrap();
    block_on(session.set_training_pairs(pairs("train"))).unwrap();
    let refused = block_on(session.session().update())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("judge"), "{refused}");
    for (rule, word) in [
        ("best", "\"best\""),
        ("words: ,-", "words"),
        ("pattern: (", "expression"),
        ("manner: tone=loud", "tone=polite"),
    ] {
        let refused = session.set_rule(rule, Vec::new()).unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
    }
}
