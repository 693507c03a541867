//! Judges: those that learn from pairs, those that are watched, and what is made of rewards.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use alignment_playground::data::read_preferences;
use alignment_playground::engine::HostTensor;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::graph::Builder;
use alignment_playground::judge::{
    Head, Judge, JudgeError, JudgeRow, Learned, Learning, PreferenceModel, ProxyAndGold,
    RewardModel, RuleJudge, Shared, Trained, bradley_terry,
};
use alignment_playground::objective;
use alignment_playground::policy::Policy;
use alignment_playground::policy::language::{
    self, Config, PairError, TokenPair, TokenSample, Tokenizer,
};
use alignment_playground::session::LanguageSession;
use pollster::block_on;
use serde_json::Value;
use support::{Checkpoint, assert_close, feeds, run};

const LN_2: f32 = std::f32::consts::LN_2;

fn assets(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("www/assets")
        .join(name)
}

fn assistant() -> Checkpoint {
    Checkpoint::read(assets("policies/assistant"))
}

fn tokenizer() -> Tokenizer {
    Tokenizer::from_file(&assets("policies/assistant/tokenizer.json")).unwrap()
}

/// The pairs of a scenario's file.
fn scenario(file: &str) -> Vec<(u32, TokenPair)> {
    let tokenizer = tokenizer();
    let encode = |text: &str| tokenizer.encode(text).unwrap();
    let text = std::fs::read_to_string(assets("scenarios").join(file)).unwrap();
    let pairs = read_preferences(&text).into_iter().map(|line| {
        let pair = line.content.unwrap();
        TokenPair {
            prompt: encode(&pair.prompt),
            chosen: encode(&pair.chosen),
            rejected: encode(&pair.rejected),
        }
    });
    (0..).zip(pairs).collect()
}

/// A judge that begins as the assistant.
fn judge<H: Head>(learning: Learning) -> Learned<H> {
    let checkpoint = assistant();
    let parameters = checkpoint.policy().parameters();
    let weights = language::load(&checkpoint.weights, &parameters).unwrap();
    let config = Config::from_json(&checkpoint.config).unwrap();
    Learned::new(config, weights, learning).unwrap()
}

/// One that learns to be kind.
fn kinder<H: Head>(learning: Learning) -> Learned<H> {
    let mut judge = judge(learning);
    judge.set_pairs(scenario("kinder.train.jsonl")).unwrap();
    judge
        .set_held_out(scenario("kinder.heldout.jsonl"))
        .unwrap();
    judge
}

fn train<H: Head>(judge: &mut Learned<H>, updates: usize) -> Vec<JudgeRow> {
    let rows = (0..updates).map(|_| block_on(judge.update()).unwrap());
    rows.collect()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn a_reward_model_learns_what_the_pairs_prefer() {
    let mut judge: RewardModel = kinder(Learning::default());
    assert_eq!(block_on(judge.held_out_accuracy()).unwrap(), Some(0.5));
    let rows = train(&mut judge, 40);
    assert_close("first loss", &[rows[0].loss], &[LN_2], 1e-6);
    assert_eq!(rows[0].accuracy, 0.5, "all are equal at first");
    let measured = held_out(&rows);
    assert_eq!(measured.len(), 4, "at every tenth update");
    assert!(measured[3] > 0.9, "{measured:?}");
    let status = judge.status();
    assert_eq!(
        (status.updates, status.pairs, status.held_out),
        (40, 48, 16)
    );
    assert_eq!(status.last, rows.last().copied());
    assert_eq!(status.held_out_accuracy, measured.last().copied());
    assert_eq!(judge.curve(), rows);
}

/// It has only what the policy reads of an answer anyway.
#[test]
fn a_head_alone_learns_less() {
    let mut judge: RewardModel = kinder(Learning {
        trained: Trained::Head,
        ..Learning::default()
    });
    judge.set_learning_rate(1e-2);
    let rows = train(&mut judge, 40);
    assert_close("first loss", &[rows[0].loss], &[LN_2], 1e-6);
    let measured = held_out(&rows);
    assert!((0.7..1.0).contains(&measured[3]), "{measured:?}");
}

fn held_out(rows: &[JudgeRow]) -> Vec<f32> {
    let measured = rows.iter().filter_map(|row| row.held_out_accuracy);
    measured.collect()
}

#[test]
fn rewards_are_shifted_and_their_gaps_are_preferences() {
    let mut judge: RewardModel = kinder(Learning::default());
    train(&mut judge, 5);
    let pairs: Vec<[TokenSample; 2]> = scenario("kinder.train.jsonl")
        .iter()
        .map(|(_, pair)| pair.samples())
        .collect();
    let pairs: Vec<[&TokenSample; 2]> = pairs.iter().map(|pair| pair.each_ref()).collect();
    let samples: Vec<&TokenSample> = pairs.iter().flatten().copied().collect();
    let rewards = block_on(judge.rewards(&samples)).unwrap();
    let mean = rewards.iter().step_by(2).sum::<f32>() / pairs.len() as f32;
    assert!(mean.abs() < 1e-4, "{mean}");
    let preferences = block_on(judge.preferences(&pairs)).unwrap();
    let gaps: Vec<f32> = rewards
        .chunks(2)
        .map(|pair| sigmoid(pair[0] - pair[1]))
        .collect();
    assert_close("preferences", &preferences, &gaps, 1e-5);
    // What an answer is read beside does not matter, nor that the baseline was known already.
    let alone = block_on(judge.rewards(&samples[7..8])).unwrap();
    assert_close("alone", &alone, &rewards[7..8], 1e-4);
}

/// Three answers to one prompt, each of which is preferred to the next, around in a circle.
fn circle() -> [TokenSample; 3] {
    let tokenizer = tokenizer();
    let encode = |text: &str| tokenizer.encode(text).unwrap();
    [
        "Of course! Boil it for six minutes.",
        "Stop wasting my time.",
        "I am not sure. Perhaps ask a cook.",
    ]
    .map(|answer| TokenSample {
        prompt: encode("How do I boil an egg?"),
        completion: encode(answer),
    })
}

fn around(answers: &[TokenSample; 3]) -> Vec<(u32, TokenPair)> {
    let next = answers.iter().cycle().skip(1);
    let pairs = answers.iter().zip(next).map(|(winner, loser)| TokenPair {
        prompt: winner.prompt.clone(),
        chosen: winner.completion.clone(),
        rejected: loser.completion.clone(),
    });
    (0..).zip(pairs).collect()
}

#[test]
fn a_preference_model_learns_what_no_reward_explains() {
    let answers = circle();
    let [rock, scissors, paper] = &answers;
    let forth = [[rock, scissors], [scissors, paper], [paper, rock]];
    let back = forth.map(|[winner, loser]| [loser, winner]);
    let mut judge: PreferenceModel = judge(Learning::default());
    judge.set_pairs(around(&answers)).unwrap();
    for updates in [0, 1, 40] {
        let rows = train(&mut judge, updates);
        let wins = block_on(judge.preferences(&forth)).unwrap();
        let losses = block_on(judge.preferences(&back)).unwrap();
        let sums: Vec<f32> = wins
            .iter()
            .zip(&losses)
            .map(|(win, loss)| win + loss)
            .collect();
        assert_close("p(y ≻ y′) + p(y′ ≻ y)", &sums, &[1.0; 3], 1e-6);
        if updates == 1 {
            assert_close("first loss", &[rows[0].loss], &[LN_2], 1e-6);
        }
        if updates == 40 {
            assert!(wins.iter().all(|&win| win > 0.8), "{wins:?}");
        }
    }
    // An answer is worth what it makes of the others: here each beats one and loses to one.
    let odds = block_on(judge.preferences(&forth)).unwrap();
    let odds: Vec<f32> = odds.iter().map(|p| (p / (1.0 - p)).ln()).collect();
    let [rock_scissors, scissors_paper, paper_rock] = odds[..] else {
        unreachable!("three pairs")
    };
    let elsewhere = TokenSample {
        prompt: scenario("kinder.heldout.jsonl")[0].1.prompt.clone(),
        ..rock.clone()
    };
    let rewards = block_on(judge.rewards(&[rock, &elsewhere, scissors, paper])).unwrap();
    let expected = [
        (rock_scissors - paper_rock) / 2.0,
        0.0,
        (scissors_paper - rock_scissors) / 2.0,
        (paper_rock - scissors_paper) / 2.0,
    ];
    assert_close("rewards", &rewards, &expected, 1e-3);

    let mut reward_model: RewardModel = self::judge(Learning::default());
    reward_model.set_pairs(around(&answers)).unwrap();
    reward_model.set_held_out(around(&answers)).unwrap();
    let rows = train(&mut reward_model, 40);
    let measured = held_out(&rows);
    assert!(
        measured.iter().all(|&accuracy| accuracy < 0.67),
        "{measured:?}"
    );
}

#[test]
fn a_preference_model_learns_from_a_scenario_as_well() {
    let mut judge: PreferenceModel = kinder(Learning::default());
    let rows = train(&mut judge, 40);
    assert!(rows[39].held_out_accuracy.unwrap() > 0.9);
}

#[test]
fn a_seed_gives_one_curve() {
    let curve = |seed| {
        let mut judge: RewardModel = kinder(Learning {
            seed,
            ..Learning::default()
        });
        train(&mut judge, 10)
    };
    let first = curve(3);
    assert_eq!(first, curve(3));
    assert_ne!(first, curve(4));
}

#[test]
fn an_update_that_breaks_is_not_made() {
    let checkpoint = assistant();
    let parameters = checkpoint.policy().parameters();
    let mut weights = language::load(&checkpoint.weights, &parameters).unwrap();
    let mut names = parameters.iter().map(|parameter| &parameter.name[..]);
    let gain = names
        .position(|name| name == "transformer.ln_f.weight")
        .unwrap();
    // States so large that the square of a gradient is not finite.
    let shape = weights[gain].shape().clone();
    weights[gain] = HostTensor::f32(shape.clone(), vec![1e30; shape.elements()]);
    let config = Config::from_json(&checkpoint.config).unwrap();
    let mut judge = RewardModel::new(config, weights, Learning::default()).unwrap();
    let pairs = scenario("kinder.train.jsonl");
    judge.set_pairs(pairs.clone()).unwrap();
    let error = block_on(judge.update()).unwrap_err();
    assert!(
        matches!(
            error,
            JudgeError::NotFinite {
                update: 1,
                term: "the gradient"
            }
        ),
        "{error}"
    );
    assert_eq!((judge.status().updates, judge.curve().len()), (0, 0));
    let [chosen, rejected] = pairs[0].1.samples();
    let said = block_on(judge.preferences(&[[&chosen, &rejected]])).unwrap();
    assert_eq!(said, [0.5]);
}

#[test]
fn what_cannot_be_learnt_from_is_named() {
    let mut judge: RewardModel = judge(Learning::default());
    let error = block_on(judge.update()).unwrap_err();
    assert!(matches!(error, JudgeError::NoPairs), "{error}");
    let long = TokenPair {
        prompt: vec![5; 100],
        chosen: vec![6; 100],
        rejected: vec![7],
    };
    let error = judge.set_pairs(vec![(9, long)]).unwrap_err();
    let JudgeError::Pair { id: 9, source } = &error else {
        panic!("{error}")
    };
    assert!(
        matches!(source, PairError::TooLong { side: "chosen", .. }),
        "{source}"
    );
}

#[test]
fn an_answer_that_cannot_be_read_is_refused() {
    let mut judge: RewardModel = judge(Learning::default());
    let foreign = TokenSample {
        prompt: vec![5],
        completion: vec![768],
    };
    let error = block_on(judge.rewards(&[&foreign])).unwrap_err();
    assert!(matches!(error, JudgeError::Engine(_)), "{error}");
}

#[test]
fn the_longest_answer_that_can_be_scored_can_be_judged() {
    let mut judge: RewardModel = kinder(Learning::default());
    let whole = TokenSample {
        prompt: vec![5; 64],
        completion: vec![6; 63],
    };
    let nothing = TokenSample {
        prompt: Vec::new(),
        completion: Vec::new(),
    };
    let rewards = block_on(judge.rewards(&[&whole, &nothing])).unwrap();
    assert_eq!(rewards, [0.0, 0.0]);
}

/// A session learns from the proxy; both judges' means are kept.
#[test]
fn gold_is_asked_and_kept_beside_the_proxy() {
    let Checkpoint {
        config, weights, ..
    } = assistant();
    let rloo = objective::by_name("rloo").unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let mut session = LanguageSession::open(engine, &config, &weights, rloo, 0).unwrap();
    for (name, value) in [("batch_size", 3.0), ("max_new_tokens", 8.0)] {
        session.session().set_value(name, value).unwrap();
    }
    block_on(session.set_training_pairs(scenario("kinder.train.jsonl"))).unwrap();

    let proxy = Shared::new(kinder(Learning::default()) as RewardModel);
    train(&mut proxy.lend().unwrap(), 3);
    let vocabulary = vec!["x".to_owned(); 768];
    let gold = RuleJudge::new("longer".parse().unwrap(), vocabulary);
    let watched = Shared::new(ProxyAndGold::new(Box::new(proxy.clone()), Box::new(gold)));
    session.session().set_judge(Box::new(watched.clone()));
    assert_eq!(watched.lend().unwrap().take_means(), None);

    block_on(session.session().update()).unwrap();
    let row = block_on(session.session().metrics()).unwrap().remove(0);
    let means = watched.lend().unwrap().take_means().unwrap();
    assert!(
        means.answers >= 6 && means.answers.is_multiple_of(3),
        "{means:?}"
    );
    assert_close(
        "proxy",
        &[means.proxy],
        &[row.value("objective/scores")],
        1e-5,
    );
    // Each token is one character here; end-of-text is none.
    let length = row.value("completions/mean_length") - 1.0;
    assert_close("gold", &[means.gold], &[length], 1e-5);
    assert_eq!(
        watched.lend().unwrap().take_means(),
        None,
        "they are cleared"
    );

    // Of compared answers, the first is counted.
    let [chosen, rejected] = scenario("kinder.train.jsonl")[0].1.samples();
    let pair = [[&chosen, &rejected]];
    let said = block_on(watched.clone().preferences(&pair)).unwrap();
    let own = block_on(proxy.clone().preferences(&pair)).unwrap();
    assert_eq!(said, own);
    let means = watched.lend().unwrap().take_means().unwrap();
    assert_eq!(
        (means.answers, means.gold),
        (1, chosen.completion.len() as f32)
    );

    // While one holds the judge, another is told so.
    let held = proxy.lend().unwrap();
    let error = block_on(proxy.clone().rewards(&[&chosen])).unwrap_err();
    assert!(matches!(error, JudgeError::Busy), "{error}");
    drop(held);
    block_on(proxy.clone().rewards(&[&chosen])).unwrap();
}

/// How a vector of a method is computed.
struct Check {
    method: &'static str,
    inputs: &'static [&'static str],
    params: &'static [&'static str],
    /// The figures by their names, from the inputs and the parameters in the order above.
    compute: fn(&[Vec<f32>], &[f32]) -> Figures,
}

type Figures = Vec<(&'static str, Vec<f32>)>;

const CHECKS: [Check; 1] = [Check {
    method: "Reward model BT loss",
    inputs: &["r_w", "r_l"],
    params: &[],
    compute: |inputs, _| {
        let builder = Builder::new();
        let [chosen, rejected] = ["r_w", "r_l"].map(|name| builder.scalar_input(name));
        let loss = bradley_terry(chosen - rejected);
        builder.output("loss", loss);
        builder.output("gradient", builder.gradients(loss, &[chosen])[0]);
        let [chosen, rejected] = [0, 1].map(|index| HostTensor::scalar(inputs[index][0]));
        let fed = feeds([("r_w", chosen), ("r_l", rejected)]);
        let outputs = run(&CpuEngine::new(), builder, &fed).unwrap();
        vec![
            ("loss", vec![outputs["loss"].first()]),
            ("dloss_drw", vec![outputs["gradient"].first()]),
        ]
    },
}];

fn numbers(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        _ => vec![value.as_f64().unwrap() as f32],
    }
}

/// The numbers of the fields called `names`, which must be all that there are.
#[track_caller]
fn fields(value: &Value, names: &[&str]) -> Vec<Vec<f32>> {
    let known: BTreeSet<&str> = names.iter().copied().collect();
    let found = value.as_object().unwrap().keys().map(String::as_str);
    assert_eq!(
        found.collect::<BTreeSet<_>>(),
        known,
        "names not recognised"
    );
    names.iter().map(|name| numbers(&value[*name])).collect()
}

#[test]
fn the_vectors_of_judges_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let text = std::fs::read_to_string(folder.join("vectors.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    for check in CHECKS {
        let vectors = file["vectors"].as_array().unwrap().iter();
        let vectors: Vec<&Value> = vectors
            .filter(|vector| vector["method"] == check.method)
            .collect();
        assert!(!vectors.is_empty(), "{} has no vector", check.method);
        for vector in vectors {
            let inputs = fields(&vector["inputs"], check.inputs);
            let params = fields(&vector["params"], check.params).concat();
            let found = (check.compute)(&inputs, &params);
            let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
            let expected = fields(&vector["expected"], &names);
            for ((name, found), expected) in found.iter().zip(expected) {
                let what = format!("{}: {name}", vector["id"]);
                assert_close(&what, found, &expected, 2e-6);
            }
        }
    }
}

/// `cargo test --release --test judges -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn time_of_an_update() {
    let mut judge: RewardModel = kinder(Learning::default());
    train(&mut judge, 20);
    let start = std::time::Instant::now();
    train(&mut judge, 40);
    println!("{:?} an update", start.elapsed() / 40);
    println!("{:?}", held_out(judge.curve()));
}
