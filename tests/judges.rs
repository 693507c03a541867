//! Judges: those that learn from pairs, those that are watched, and what is made of rewards.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use alignment_playground::data::read_preferences;
use alignment_playground::engine::HostTensor;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::graph::Builder;
use alignment_playground::judge::{
    DensityRatio, Head, Judge, JudgeError, JudgeRow, Learned, LearnedKind, Learning,
    PreferenceModel, ProxyAndGold, RewardModel, RuleJudge, Shared, Trained, bradley_terry,
};
use alignment_playground::objective::{self, Judgement, PolicyKind, REGISTRY};
use alignment_playground::policy::language::{
    self, Config, LanguagePolicy, PairError, Precision, TokenPair, TokenSample, Tokenizer,
};
use alignment_playground::policy::{Parameter, Policy};
use alignment_playground::session::{LanguageSession, Preferred, Question, Row, SessionError};
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

/// States so large that the square of a judge's gradient is not finite.
fn with_huge_states(mut weights: Vec<HostTensor>, parameters: &[Parameter]) -> Vec<HostTensor> {
    let mut names = parameters.iter().map(|parameter| &parameter.name[..]);
    let gain = names
        .position(|name| name == "transformer.ln_f.weight")
        .unwrap();
    let shape = weights[gain].shape().clone();
    weights[gain] = HostTensor::f32(shape.clone(), vec![1e30; shape.elements()]);
    weights
}

#[test]
fn an_update_that_breaks_is_not_made() {
    let checkpoint = assistant();
    let parameters = checkpoint.policy().parameters();
    let weights = language::load(&checkpoint.weights, &parameters).unwrap();
    let weights = with_huge_states(weights, &parameters);
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

/// A session learns from the proxy; both judges' means are measured.
#[test]
fn gold_is_asked_and_measured_beside_the_proxy() {
    let mut session = open("rloo", &[("batch_size", 3.0), ("max_new_tokens", 8.0)], 0);
    let proxy = Shared::new(kinder(Learning::default()) as RewardModel);
    train(&mut proxy.lend().unwrap(), 3);
    let vocabulary = vec!["x".to_owned(); 768];
    let gold = RuleJudge::new("longer".parse().unwrap(), vocabulary);
    let watched = Shared::new(ProxyAndGold::new(Box::new(proxy.clone()), Box::new(gold)));
    session.session().set_judge(Box::new(watched.clone()));

    block_on(session.session().update()).unwrap();
    let row = block_on(session.session().metrics()).unwrap().remove(0);
    let value = |name: &str| row.value(name);
    assert_close(
        "proxy",
        &[value("judge/proxy")],
        &[value("objective/scores")],
        1e-5,
    );
    // Each token is one character here; end-of-text is none.
    let length = value("completions/mean_length") - 1.0;
    assert_close("gold", &[value("judge/gold")], &[length], 1e-5);
    assert_eq!(watched.clone().take_means(), None, "they are cleared");

    // Of compared answers, the first is counted.
    let [chosen, rejected] = scenario("kinder.train.jsonl")[0].1.samples();
    let pair = [[&chosen, &rejected]];
    let said = block_on(watched.clone().preferences(&pair)).unwrap();
    let own = block_on(proxy.clone().preferences(&pair)).unwrap();
    assert_eq!(said, own);
    let means = watched.clone().take_means().unwrap();
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

/// A run on the pairs that prefer polite answers, with no judge yet.
fn open(method: &str, values: &[(&str, f64)], seed: u64) -> LanguageSession {
    let Checkpoint {
        config, weights, ..
    } = assistant();
    let objective = objective::by_name(method).unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let session = LanguageSession::open(engine, &config, &weights, objective, seed);
    let mut session = session.unwrap();
    for (name, value) in values {
        session.session().set_value(name, *value).unwrap();
    }
    block_on(session.set_training_pairs(scenario("kinder.train.jsonl"))).unwrap();
    block_on(session.set_held_out_pairs(scenario("kinder.heldout.jsonl"))).unwrap();
    session
}

fn run_on(session: &mut LanguageSession, updates: usize) -> Vec<Row> {
    for _ in 0..updates {
        assert!(block_on(session.update()).unwrap().is_none());
    }
    block_on(session.session().metrics()).unwrap()
}

fn means(rows: &[Row], name: &str) -> f32 {
    rows.iter().map(|row| row.value(name)).sum::<f32>() / rows.len() as f32
}

/// The classic loop: a reward model from the pairs, a policy gradient on its rewards, and what was meant
/// beside them.
#[test]
fn a_policy_learns_from_a_judge_that_learns_beside_it() {
    let values = [("learning_rate", 3e-4), ("max_new_tokens", 24.0)];
    let mut session = open("rloo", &values, 1);
    let gold = ("manner: tone=polite", tokenizer().token_texts().unwrap());
    block_on(session.set_learned_judge(LearnedKind::Reward, Some(gold))).unwrap();
    let start = block_on(session.session().evaluate()).unwrap();
    assert_eq!(
        start.value("judge/proxy"),
        0.0,
        "all are equal to the proxy at first"
    );
    assert!(start.value("judge/gold").is_finite());

    let rows = run_on(&mut session, 120);
    let judge = session.judge().unwrap().unwrap();
    assert_eq!((judge.status.updates, judge.learns), (60, false));
    assert!(judge.status.held_out_accuracy.unwrap() >= 0.8, "{judge:?}");
    // While the judge learns, its rewards have no common measure.
    let [first, last] = [&rows[60..75], &rows[105..]].map(|rows| means(rows, "judge/proxy"));
    assert!(last > first + 0.2, "{first} {last}");
    assert!(rows.iter().all(|row| row.value("judge/gold").is_finite()));

    // Other pairs wake it; so does a new start, which forgets everything.
    block_on(session.set_training_pairs(scenario("kinder.train.jsonl"))).unwrap();
    assert!(session.judge().unwrap().unwrap().learns);
    block_on(session.reset(1)).unwrap();
    let again = run_on(&mut session, 3);
    assert_eq!(session.judge().unwrap().unwrap().status.updates, 3);
    for name in ["loss", "judge/proxy", "judge/gold"] {
        let values = |rows: &[Row]| rows[..3].iter().map(|row| row.value(name)).collect();
        let [first, again]: [Vec<f32>; 2] = [&rows, &again].map(|rows| values(rows));
        assert_eq!(first, again, "{name}");
    }

    // Another rule for gold leaves the judge as it is; another kind begins anew.
    let shorter = ("shorter", tokenizer().token_texts().unwrap());
    block_on(session.set_learned_judge(LearnedKind::Reward, Some(shorter))).unwrap();
    assert_eq!(session.judge().unwrap().unwrap().status.updates, 3);
    assert!(run_on(&mut session, 1)[0].value("judge/gold") < -5.0);
    block_on(session.set_learned_judge(LearnedKind::Preference, None)).unwrap();
    assert_eq!(session.judge().unwrap().unwrap().status.updates, 0);
    let rows = run_on(&mut session, 2);
    assert!(rows[1].value("objective/scores").is_finite());
    assert!(
        rows[1].value("judge/gold").is_nan(),
        "there is no gold to ask"
    );
    session.set_rule("shorter", Vec::new()).unwrap();
    assert!(session.judge().unwrap().is_none());
}

#[test]
fn a_judge_that_breaks_rests_and_the_run_goes_on() {
    let Checkpoint {
        config, weights, ..
    } = assistant();
    let parameters = LanguagePolicy::new(Config::from_json(&config).unwrap()).parameters();
    let overflowing = language::save(
        &parameters,
        &with_huge_states(language::load(&weights, &parameters).unwrap(), &parameters),
        Precision::F32,
    );
    // So sure of each token is this policy that its own gradient is 0.
    let objective = objective::by_name("rloo").unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let session = LanguageSession::open(engine, &config, &overflowing.unwrap(), objective, 0);
    let mut session = session.unwrap();
    let values = [("max_new_tokens", 4.0)];
    session
        .session()
        .set_value(values[0].0, values[0].1)
        .unwrap();
    block_on(session.set_training_pairs(scenario("kinder.train.jsonl"))).unwrap();
    block_on(session.set_learned_judge(LearnedKind::Reward, None)).unwrap();
    let broken = block_on(session.update())
        .unwrap()
        .expect("the judge breaks");
    assert!(broken.to_string().contains("gradient"), "{broken}");
    assert!(!session.judge().unwrap().unwrap().learns);
    assert!(block_on(session.update()).unwrap().is_none(), "it rests");
    assert_eq!(session.session().step(), 2);
    let again = block_on(session.update_judge()).unwrap_err();
    assert!(matches!(again, SessionError::Judge(_)), "{again}");
}

/// Says which of two answers has fewer tokens.
fn prefer_shorter(question: &Question<TokenSample>) -> Preferred {
    let [first, second] = question.answers.each_ref().map(|one| one.completion.len());
    match first.cmp(&second) {
        Ordering::Less => Preferred::First,
        Ordering::Equal => Preferred::Neither,
        Ordering::Greater => Preferred::Second,
    }
}

/// Answers `count` questions for the shorter answer.
fn answer(session: &mut LanguageSession, count: usize) -> Vec<Question<TokenSample>> {
    let mut answered = Vec::new();
    for _ in 0..count {
        let question = block_on(session.session().questions()).unwrap()[0].clone();
        let preferred = prefer_shorter(&question);
        session.session().answer(question.id, preferred);
        answered.push(question);
    }
    answered
}

#[test]
fn a_policy_learns_from_what_a_person_has_said() {
    let values = [
        ("learning_rate", 3e-4),
        ("tau", 0.1),
        ("samples", 4.0),
        ("max_new_tokens", 24.0),
    ];
    let run = |seed, updates| {
        let mut session = open("ipo_md", &values, seed);
        session.ask_person();
        let refused = block_on(session.update()).unwrap_err().to_string();
        assert!(refused.contains("not judged"), "{refused}");
        assert!(session.session().awaits_person());
        let waiting = block_on(session.session().questions()).unwrap().to_vec();
        assert_eq!(waiting.len(), 8);
        assert!(waiting.iter().all(|question| {
            let [first, second] = &question.answers;
            first != second && first.prompt == second.prompt
        }));
        let answered = answer(&mut session, 64);
        assert!(answered.is_sorted_by_key(|question| question.id));
        assert!(!session.session().awaits_person());
        let rows = run_on(&mut session, updates);
        (session, answered, rows)
    };
    let (mut session, answered, rows) = run(1, 80);
    let rollouts = session.session().rollouts();
    assert_eq!(rollouts.len(), 8);
    for rollout in rollouts {
        let found = answered
            .iter()
            .find(|question| question.answers[..] == rollout.answers);
        let said = prefer_shorter(found.expect("only what was judged is learnt from"));
        assert_eq!(rollout.preferences, [said.preference()]);
    }
    let [first, last] = [&rows[..8], &rows[72..]].map(|rows| means(rows, "loss"));
    assert!(last < 0.3 * first, "{first} {last}");
    // What it draws now is shorter.
    let length = |questions: &[Question<TokenSample>]| {
        let answers = questions.iter().flat_map(|question| &question.answers);
        let lengths = answers.map(|answer| answer.completion.len() as f32);
        lengths.sum::<f32>() / (2 * questions.len()) as f32
    };
    let later = answer(&mut session, 48);
    assert!(
        length(&later[8..]) < 0.9 * length(&answered),
        "{} {}",
        length(&later[8..]),
        length(&answered)
    );

    // One seed and the same words give the same run.
    let (_, again, same) = run(1, 4);
    assert_eq!(answered, again);
    let losses = |rows: &[Row]| -> Vec<f32> { rows.iter().map(|row| row.value("loss")).collect() };
    assert_eq!(losses(&rows)[..4], losses(&same));
    assert_ne!(run(2, 0).1, answered);

    // Another run learns from words that it is told of, and asks something else.
    let mut told = open("online_dpo", &values[..1], 1);
    told.ask_person();
    let [first, second] = &answered[0].answers;
    let pair = TokenPair {
        prompt: first.prompt.clone(),
        chosen: first.completion.clone(),
        rejected: second.completion.clone(),
    };
    told.recall(&pair, Preferred::Second).unwrap();
    let compared = told.session().compared()[0].clone();
    assert_eq!(
        (&compared.answers, compared.preferred),
        (&answered[0].answers, Preferred::Second)
    );
    let asked = block_on(told.session().questions()).unwrap();
    assert!(asked.iter().all(|question| question.id > answered[0].id));
    block_on(told.update()).unwrap();
    let long = TokenPair {
        chosen: vec![1; 10_000],
        ..pair
    };
    assert!(told.recall(&long, Preferred::First).is_err());
    told.session().forget();
    assert!(told.session().awaits_person());

    // A new start takes back the questions and keeps the words.
    let last = block_on(session.session().questions()).unwrap()[0].id;
    block_on(session.reset(1)).unwrap();
    assert_eq!(session.session().compared().len(), 112);
    session.session().answer(last, Preferred::First);
    assert_eq!(
        session.session().compared().len(),
        112,
        "it no longer waits"
    );
    assert!(block_on(session.session().questions()).unwrap()[0].id > last);
    // A rule takes over, and the number of samples is the method's own again.
    let vocabulary = tokenizer().token_texts().unwrap();
    session.set_rule("shorter", vocabulary).unwrap();
    assert!(block_on(session.session().questions()).unwrap().is_empty());
    run_on(&mut session, 1);
    assert_eq!(session.session().rollouts()[0].answers.len(), 4);
}

#[test]
fn of_a_person_s_words_a_reward_is_how_often_an_answer_won() {
    let mut session = open("rloo", &[("batch_size", 6.0), ("max_new_tokens", 12.0)], 0);
    session.ask_person();
    let questions = block_on(session.session().questions()).unwrap().to_vec();
    let said = [Preferred::First, Preferred::Second, Preferred::Neither];
    for (question, preferred) in questions.iter().zip(said) {
        session.session().answer(question.id, preferred);
    }
    run_on(&mut session, 1);
    let rollouts = session.session().rollouts();
    assert_eq!(rollouts.len(), 6, "each stands twice in this batch");
    for (question, rewards) in questions.iter().zip([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]) {
        let own = rollouts
            .iter()
            .filter(|rollout| rollout.answers == question.answers);
        let own: Vec<&[f32]> = own.map(|rollout| &rollout.rewards[..]).collect();
        assert_eq!(own, [rewards, rewards]);
    }
}

/// Every method with a judge learns from a person as well.
#[test]
fn every_judged_method_learns_from_a_person() {
    for objective in REGISTRY.iter() {
        if objective.judgement == Judgement::None || !objective.serves(PolicyKind::Answers) {
            continue;
        }
        let values = [("batch_size", 3.0), ("max_new_tokens", 8.0)];
        let mut session = open(objective.name, &values, 0);
        session.ask_person();
        answer(&mut session, 2);
        let rows = run_on(&mut session, 2);
        let loss = rows[1].value("loss");
        assert!(loss.is_finite(), "{}", objective.name);
    }
}

/// What a trained policy has learnt to prefer, it annotates: Dr.SoW's strong over weak.
#[test]
fn the_density_ratio_of_a_trained_policy_judges_as_it_prefers() {
    let mut strong = open("dpo", &[("learning_rate", 3e-4)], 1);
    run_on(&mut strong, 30);
    let numbers = block_on(strong.session().pair_numbers(&[0, 1, 2])).unwrap();
    let weights = block_on(strong.checkpoint()).unwrap();

    let values = [("learning_rate", 3e-4), ("max_new_tokens", 16.0)];
    let mut session = open("cdr", &values, 1);
    let Checkpoint {
        config,
        weights: weak,
        ..
    } = assistant();
    let policy = LanguagePolicy::new(Config::from_json(&config).unwrap());
    let load = |bytes: &[u8]| language::load(bytes, &policy.parameters()).unwrap();
    let mut judge = DensityRatio::new(&policy, load(&weights), load(&weak)).unwrap();
    for ((_, pair), numbers) in scenario("kinder.train.jsonl").iter().zip(&numbers) {
        let [chosen, rejected] = pair.samples();
        let rewards = block_on(judge.rewards(&[&chosen, &rejected])).unwrap();
        let ratios = [
            numbers.chosen - numbers.reference_chosen,
            numbers.rejected - numbers.reference_rejected,
        ];
        assert_close("log-ratios", &rewards, &ratios, 1e-3);
        let wins = block_on(judge.preferences(&[[&chosen, &rejected]])).unwrap();
        assert!(wins[0] > 0.9, "{wins:?}");
    }
    block_on(session.set_density_judge(&weights)).unwrap();
    let rows = run_on(&mut session, 3);
    assert!(
        rows.iter()
            .all(|row| row.value("objective/scores").is_finite())
    );
    assert!(block_on(session.set_density_judge(b"no checkpoint")).is_err());
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
    let all = support::vectors();
    for check in CHECKS {
        let vectors = all.iter();
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
