//! A run of the shipped policy, as the page and the command line drive it.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use alignment_playground::diagnostics::Pairs;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, HostTensor};
use alignment_playground::graph::{Builder, DType};
use alignment_playground::objective;
use alignment_playground::policy::language::{self, TokenPair, Tokenizer};
use alignment_playground::policy::{Draw, Policy, PolicyKind, Source, Weights, state_name};
use alignment_playground::rng;
use alignment_playground::sampling::{self, Law};
use alignment_playground::session::{
    Anchor, LanguageSession, Pair, Row, SampleRequest, Session, SessionError, Side, columns,
};
use pollster::block_on;
use support::distant::Distant;
use support::token_table::TokenTable;
use support::{Checkpoint, NAMES, assert_close, feeds, run};

const LN_2: f32 = std::f32::consts::LN_2;

fn pair(prompt: &str, chosen: &str, rejected: &str) -> TokenPair {
    let tokenizer = Tokenizer::from_file(&Path::new(NAMES).join("tokenizer.json")).unwrap();
    let encode = |text| tokenizer.encode(text).unwrap();
    TokenPair {
        prompt: encode(prompt),
        chosen: encode(chosen),
        rejected: encode(rejected),
    }
}

fn pairs() -> Vec<(u32, TokenPair)> {
    let texts = [
        ("Mar", "ia", "vin"),
        ("Jo", "anna", "seph"),
        ("Ste", "lla", "phen"),
        ("", "Olivia", "Oscar"),
        ("Al", "ba", "an"),
    ];
    (10..)
        .zip(texts)
        .map(|(id, (p, c, r))| (id, pair(p, c, r)))
        .collect()
}

/// A session on `pairs` with hyper-parameters `values`.
fn open(pairs: Vec<(u32, TokenPair)>, values: &[(&str, f64)], seed: u64) -> LanguageSession {
    open_on(Box::new(CpuEngine::new()), pairs, values, seed)
}

fn open_on(
    engine: Box<dyn Engine>,
    pairs: Vec<(u32, TokenPair)>,
    values: &[(&str, f64)],
    seed: u64,
) -> LanguageSession {
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(NAMES);
    let dpo = objective::by_name("dpo").unwrap().clone();
    let mut session = LanguageSession::open(engine, &config, &weights, dpo, seed).unwrap();
    for (name, value) in values {
        session.session().set_value(name, *value).unwrap();
    }
    block_on(session.set_training_pairs(pairs)).unwrap();
    session
}

fn train(session: &mut LanguageSession, updates: usize) -> Vec<Row> {
    for _ in 0..updates {
        block_on(session.session().update()).unwrap();
    }
    block_on(session.session().metrics()).unwrap()
}

fn losses(rows: &[Row]) -> Vec<f32> {
    rows.iter().map(|row| row.value("loss")).collect()
}

#[test]
fn a_run_starts_at_its_reference() {
    let mut session = open(pairs(), &[], 0);
    let row = block_on(session.session().evaluate()).unwrap();
    assert_eq!(row.step, 0);
    assert_close("loss", &[row.value("loss")], &[LN_2], 1e-6);
    for name in [
        "rewards/chosen",
        "rewards/rejected",
        "rewards/margins",
        "kl",
    ] {
        assert_close(name, &[row.value(name)], &[0.0], 1e-6);
    }
    assert_eq!(
        row.value("logps/chosen"),
        row.value("logps/reference_chosen")
    );
    assert!(row.value("eval_loss").is_nan(), "nothing is held out");
}

#[test]
fn an_update_moves_each_margin_up_and_the_loss_down() {
    let mut session = open(pairs(), &[("batch_size", 5.0), ("warmup_steps", 0.0)], 0);
    let rows = train(&mut session, 30);
    let losses = losses(&rows);
    assert_close("first loss", &losses[..1], &[LN_2], 1e-6);
    assert!(losses.windows(2).all(|two| two[1] < two[0]), "{losses:?}");
    let numbers = block_on(session.session().pair_numbers(&[])).unwrap();
    assert_eq!(
        numbers.iter().map(|n| n.id).collect::<Vec<_>>(),
        [10, 11, 12, 13, 14]
    );
    for pair in &numbers {
        let chosen = pair.chosen - pair.reference_chosen;
        let rejected = pair.rejected - pair.reference_rejected;
        assert!(pair.margin > 0.1, "{pair:?}");
        assert_close("margin", &[pair.margin], &[0.1 * (chosen - rejected)], 1e-6);
    }
    // The means of the rows are the means of the pairs.
    let row = block_on(session.session().evaluate()).unwrap();
    let margin = numbers.iter().map(|pair| pair.margin).sum::<f32>() / 5.0;
    assert_close(
        "rewards/margins",
        &[row.value("rewards/margins")],
        &[margin],
        1e-5,
    );
    let loss = numbers
        .iter()
        .map(|pair| (1.0 + (-pair.margin).exp()).ln())
        .sum::<f32>()
        / 5.0;
    assert_close("loss", &[row.value("loss")], &[loss], 1e-5);
    assert_eq!(row.value("rewards/accuracies"), 1.0);
    let margins = row.value("rewards/chosen") - row.value("rewards/rejected");
    assert_close("margins", &[margins], &[row.value("rewards/margins")], 1e-5);
}

#[test]
fn a_seed_gives_one_run_and_reset_repeats_it() {
    let values = [("batch_size", 2.0)];
    let mut session = open(pairs(), &values, 7);
    let first = losses(&train(&mut session, 12));
    block_on(session.session().reset(7)).unwrap();
    assert_eq!(session.session().step(), 0);
    assert!(block_on(session.session().metrics()).unwrap().is_empty());
    assert_eq!(losses(&train(&mut session, 12)), first);
    assert_eq!(losses(&train(&mut open(pairs(), &values, 7), 12)), first);
    assert_ne!(losses(&train(&mut open(pairs(), &values, 8), 12)), first);
}

#[test]
fn every_pair_is_learnt_from_once_an_epoch() {
    // A pair's own log π_ref tells which pairs a batch held.
    let mut session = open(pairs(), &[("batch_size", 1.0)], 3);
    let numbers = block_on(session.session().pair_numbers(&[])).unwrap();
    let rows = train(&mut session, 10);
    let seen = |rows: &[Row]| {
        let mut seen: Vec<usize> = rows
            .iter()
            .map(|row| {
                let near = |n: &f32| (n - row.value("logps/reference_chosen")).abs() < 1e-4;
                numbers
                    .iter()
                    .position(|n| near(&n.reference_chosen))
                    .unwrap()
            })
            .collect();
        seen.sort_unstable();
        seen
    };
    assert_eq!(seen(&rows[..5]), [0, 1, 2, 3, 4]);
    assert_eq!(seen(&rows[5..]), [0, 1, 2, 3, 4]);
}

#[test]
fn an_edited_pair_counts_at_once_and_nothing_restarts() {
    let mut session = open(pairs(), &[("batch_size", 5.0), ("learning_rate", 3e-4)], 0);
    train(&mut session, 20);
    let before = block_on(session.session().pair_numbers(&[])).unwrap();
    // Swapped: what was learnt now counts against it.
    let mut edited = pairs();
    let TokenPair {
        chosen, rejected, ..
    } = &mut edited[2].1;
    std::mem::swap(chosen, rejected);
    block_on(session.set_training_pairs(edited)).unwrap();
    let after = block_on(session.session().pair_numbers(&[])).unwrap();
    assert_close("swapped", &[after[2].margin], &[-before[2].margin], 1e-5);
    assert_eq!(after[1], before[1]);
    assert_eq!(session.session().step(), 20);
    train(&mut session, 20);
    let only = block_on(session.session().pair_numbers(&[12])).unwrap();
    assert_eq!(only.len(), 1);
    assert!(only[0].margin > after[2].margin + 0.1, "{only:?}");
}

#[test]
fn hyper_parameters_change_in_mid_run() {
    let mut session = open(
        pairs(),
        &[("warmup_steps", 4.0), ("learning_rate", 4e-4)],
        0,
    );
    let rows = train(&mut session, 6);
    let rates: Vec<f32> = rows.iter().map(|row| row.value("learning_rate")).collect();
    assert_close("rates", &rates, &[1e-4, 2e-4, 3e-4, 4e-4, 4e-4, 4e-4], 1e-9);
    let reward = |session: &mut LanguageSession| {
        let row = block_on(session.session().evaluate()).unwrap();
        [row.value("rewards/chosen"), row.value("logps/chosen")]
    };
    let [before, log_prob] = reward(&mut session);
    session.session().set_value("beta", 0.3).unwrap();
    assert_close(
        "tripled",
        &reward(&mut session),
        &[3.0 * before, log_prob],
        1e-5,
    );
    session.session().set_value("learning_rate", 1e-5).unwrap();
    let row = &train(&mut session, 1)[0];
    assert_close("rate", &[row.value("learning_rate")], &[1e-5], 1e-9);

    for (name, value) in [("beta", -1.0), ("learning_rate", f64::NAN), ("gamma", 1.0)] {
        assert!(session.session().set_value(name, value).is_err(), "{name}");
    }
    assert_eq!(session.session().values().get("beta"), 0.3);
    session.session().set_value("batch_size", 2.4).unwrap();
    assert_eq!(session.session().values().get("batch_size"), 2.0);
}

#[test]
fn held_out_pairs_are_measured_every_tenth_update() {
    let mut session = open(pairs(), &[], 0);
    let held_out = vec![(0, pair("Pau", "la", "l"))];
    block_on(session.set_held_out_pairs(held_out)).unwrap();
    let rows = train(&mut session, 25);
    let measured: Vec<u32> = rows
        .iter()
        .filter(|row| row.value("eval_loss").is_finite())
        .map(|row| row.step)
        .collect();
    assert_eq!(measured, [10, 20]);
    let numbers = &rows[19];
    assert!(numbers.value("kl") > 0.0);
    assert_ne!(
        numbers.value("eval_rewards/chosen"),
        numbers.value("rewards/chosen")
    );
    let by_name = columns().iter().map(|name| numbers.value(name).to_bits());
    let by_place = numbers.values.iter().map(|value| value.to_bits());
    assert!(by_name.eq(by_place), "what is not measured is NaN");
}

/// KL and entropy as their definitions say, from the logits of both sets of weights.
#[test]
fn divergence_and_entropy_are_exact() {
    let texts = pair("Mar", "ia", "vin");
    let mut session = open(vec![(0, texts.clone())], &[("warmup_steps", 0.0)], 0);
    train(&mut session, 15);
    let row = block_on(session.session().evaluate()).unwrap();

    let trained = block_on(session.checkpoint()).unwrap();
    let checkpoint = Checkpoint::read(NAMES);
    let policy = checkpoint.policy();
    let choices = |weights: &[u8], completion: &[u32]| {
        let checkpoint = Checkpoint {
            weights: weights.to_vec(),
            ..Checkpoint::read(NAMES)
        };
        let begin = policy.config().begin_token.into_iter();
        let prompt = texts.prompt.iter().copied();
        let tokens: Vec<u32> = begin
            .chain(prompt)
            .chain(completion.iter().copied())
            .collect();
        let builder = Builder::new();
        let input = builder.input("tokens", DType::U32, [1, tokens.len()]);
        let weights = Weights::new(&builder, Weights::POLICY);
        let logits = policy.transformer().logits(&weights, input);
        builder.output("log_probs", logits.log_softmax());
        let skipped = (tokens.len() - completion.len() - 1) * policy.config().vocabulary;
        let feeds = feeds([("tokens", HostTensor::u32([1, tokens.len()], tokens))]);
        let engine = checkpoint.engine(&[Weights::POLICY]);
        let outputs = run(&engine, builder, &feeds).unwrap();
        outputs["log_probs"].as_f32()[skipped..].to_vec()
    };
    let (mut divergence, mut entropy, mut positions) = (0.0, 0.0, 0);
    for completion in [&texts.chosen, &texts.rejected] {
        let own = choices(&trained, completion);
        let reference = choices(&checkpoint.weights, completion);
        positions += completion.len() + 1;
        for (own, reference) in own.iter().zip(&reference) {
            divergence += own.exp() * (own - reference);
            entropy -= own.exp() * own;
        }
    }
    let expected = [divergence, entropy].map(|sum| sum / positions as f32);
    assert!(expected[0] > 1e-3);
    assert_close(
        "kl, entropy",
        &[row.value("kl"), row.value("entropy")],
        &expected,
        1e-5,
    );
}

#[test]
fn token_scores_add_up_to_the_pairs() {
    let mut session = open(pairs(), &[], 0);
    train(&mut session, 5);
    let texts = pair("Jo", "anna", "seph");
    let [chosen, rejected] = block_on(session.token_scores(&texts)).unwrap();
    let numbers = block_on(session.session().pair_numbers(&[11])).unwrap();
    assert_eq!(chosen.ids.len(), 5, "end-of-text counts");
    let sums = [
        &chosen.policy,
        &chosen.reference,
        &rejected.policy,
        &rejected.reference,
    ]
    .map(|scores| scores.iter().sum::<f32>());
    let [pair] = &numbers[..] else { panic!() };
    let expected = [
        pair.chosen,
        pair.reference_chosen,
        pair.rejected,
        pair.reference_rejected,
    ];
    assert_close("sums", &sums, &expected, 1e-5);
}

#[test]
fn samples_follow_the_policy_and_share_their_luck_with_the_reference() {
    let mut session = open(pairs(), &[("learning_rate", 1e-3)], 0);
    let request = |seed| SampleRequest {
        prompt: vec![],
        count: 8,
        draw: Draw {
            law: Law {
                temperature: 1.0,
                top_k: 0,
                top_p: 1.0,
            },
            seed,
            most: 12,
        },
    };
    let draw = |session: &mut LanguageSession, scope, seed| {
        block_on(session.sample(Source::Weights(scope), &request(seed))).unwrap()
    };
    let reference = draw(&mut session, Weights::REFERENCE, 1);
    assert_eq!(draw(&mut session, Weights::POLICY, 1), reference);
    assert_ne!(draw(&mut session, Weights::POLICY, 2), reference);
    train(&mut session, 30);
    assert_ne!(draw(&mut session, Weights::POLICY, 1), reference);
    assert_eq!(draw(&mut session, Weights::REFERENCE, 1), reference);
}

/// The logits of the token after `tokens` under the weights in `scope`.
fn next_logits(session: &mut LanguageSession, scope: &'static str, tokens: &[u32]) -> Vec<f32> {
    let session = session.session();
    let builder = Builder::new();
    let fed = builder.input("tokens", DType::U32, [1, tokens.len()]);
    let weights = Weights::new(&builder, scope);
    let logits = session.policy().transformer().logits(&weights, fed);
    builder.output("logits", logits);
    let feeds = feeds([(
        "tokens",
        HostTensor::u32([1, tokens.len()], tokens.to_vec()),
    )]);
    let outputs = run(session.engine(), builder, &feeds).unwrap();
    let classes = session.policy().config().vocabulary;
    outputs["logits"].as_f32()[(tokens.len() - 1) * classes..].to_vec()
}

#[test]
fn a_mixture_draws_each_token_from_both_and_mix_weighs_the_reference() {
    const ROWS: usize = 6;
    let mut session = open(pairs(), &[("learning_rate", 3e-3)], 0);
    train(&mut session, 40);
    let request = SampleRequest {
        prompt: vec![],
        count: ROWS,
        draw: Draw {
            law: Law {
                temperature: 0.7,
                ..Law::default()
            },
            seed: 5,
            most: 8,
        },
    };
    let mut draw = |source| block_on(session.sample(source, &request)).unwrap();
    let mixed = draw(Source::Mixture { mix: 0.4 });
    let policy = draw(Source::Weights(Weights::POLICY));
    let reference = draw(Source::Weights(Weights::REFERENCE));
    assert_eq!(draw(Source::Mixture { mix: 0.0 }), policy);
    assert_eq!(draw(Source::Mixture { mix: 1.0 }), reference);
    assert!(mixed != policy && mixed != reference);

    // Token by token, from the logits of the whole text so far, mixed here.
    let config = session.session().policy().config().clone();
    let mut texts = vec![config.begin_token.into_iter().collect::<Vec<u32>>(); ROWS];
    for position in 1..=4 {
        let mut logits = Vec::new();
        for text in &texts {
            let of = |session: &mut _, scope| next_logits(session, scope, text);
            let policy = of(&mut session, Weights::POLICY);
            let reference = of(&mut session, Weights::REFERENCE);
            let mixed = policy.iter().zip(reference);
            logits.extend(mixed.map(|(policy, reference)| 0.6 * policy + 0.4 * reference));
        }
        let key = rng::key(request.draw.seed);
        let drawn = sampling::draw(&logits, config.vocabulary, request.draw.law, key, position);
        for ((text, token), completion) in texts.iter_mut().zip(drawn).zip(&mixed) {
            let ended = text[1..].contains(&config.end_token);
            let next = completion.get(position as usize - 1);
            assert!(
                ended || *next.unwrap_or(&config.end_token) == token,
                "{text:?} {token}"
            );
            text.push(token);
        }
    }
    let drawn = mixed.iter().map(|completion| completion.len().min(4));
    assert!(drawn.sum::<usize>() > 2 * ROWS, "too little was compared");
}

#[test]
fn what_cannot_be_scored_is_refused_and_the_run_goes_on() {
    let mut session = open(pairs(), &[], 0);
    let refused = |session: &mut LanguageSession, pair| {
        block_on(session.set_training_pairs(vec![(77, pair)]))
            .unwrap_err()
            .to_string()
    };
    let long = TokenPair {
        prompt: vec![5; 20],
        chosen: vec![5; 20],
        rejected: vec![5],
    };
    let said = refused(&mut session, long);
    assert!(
        said.starts_with("Pair 77") && said.contains("chosen") && said.contains("32"),
        "{said}"
    );
    let unknown = TokenPair {
        prompt: vec![],
        chosen: vec![999],
        rejected: vec![5],
    };
    assert!(refused(&mut session, unknown).contains("999"));
    assert_eq!(train(&mut session, 1).len(), 1);
    block_on(session.set_training_pairs(Vec::new())).unwrap();
    let none = block_on(session.session().update());
    assert!(matches!(none, Err(SessionError::NoPairs)), "{none:?}");
}

#[test]
fn a_trained_policy_opens_as_a_checkpoint() {
    let mut session = open(pairs(), &[], 0);
    train(&mut session, 10);
    let numbers = block_on(session.session().pair_numbers(&[10])).unwrap();
    let bytes = block_on(session.checkpoint()).unwrap();
    let config = Checkpoint::read(NAMES).config;
    let dpo = objective::by_name("dpo").unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let mut again = LanguageSession::open(engine, &config, &bytes, dpo, 0).unwrap();
    block_on(again.set_training_pairs(pairs())).unwrap();
    let reference = block_on(again.session().pair_numbers(&[10])).unwrap();
    assert_close(
        "log π",
        &[reference[0].reference_chosen],
        &[numbers[0].chosen],
        1e-6,
    );
    assert!(language::load(&bytes, &Checkpoint::read(NAMES).policy().parameters()).is_ok());
}

/// Razin et al. 2024: the more alike both completions are, the more DPO lowers the chosen one too.
#[test]
fn nearly_equal_completions_displace_the_chosen_one() {
    let alike = ["Marin", "Joann", "Paul", "Juli", "Lor", "Carol"];
    let pairs: Vec<(u32, TokenPair)> = (0..)
        .zip(alike)
        .map(|(id, name)| (id, pair("", &format!("{name}a"), &format!("{name}e"))))
        .collect();
    let values = [("learning_rate", 1e-3), ("warmup_steps", 0.0)];
    let mut session = open(pairs, &values, 0);
    assert!(session.session().displacement().is_none());
    train(&mut session, 100);
    let displacement = session.session().displacement().expect("an alarm");
    assert_eq!(displacement.pairs, Pairs::Training);
    assert!(displacement.chosen_fell > 0.5, "{displacement:?}");
    assert!(displacement.rejected_fell > displacement.chosen_fell);
    let row = block_on(session.session().evaluate()).unwrap();
    assert!(row.value("rewards/margins") > 1.0);
    assert!(row.value("logps/chosen") < row.value("logps/reference_chosen") - 0.5);
}

#[test]
fn a_gradient_that_is_no_number_stops_the_run_and_keeps_the_weights() {
    // A score is the root of its weight: at 0 it is a number, its slope is not.
    let roots = TokenTable {
        lengths: vec![1, 1],
        log_prob: |weight| weight.sqrt(),
    };
    let weights = vec![HostTensor::f32([2, 1], vec![1.0, 0.0])];
    let dpo = objective::by_name("dpo").unwrap().clone();
    let mut session =
        Session::new(Box::new(CpuEngine::new()), roots, weights.clone(), dpo, 0).unwrap();
    let pair = Pair {
        chosen: 0,
        rejected: 1,
    };
    block_on(session.set_training_pairs(vec![(0, pair)])).unwrap();
    let stopped = block_on(session.update()).unwrap_err();
    let SessionError::NotFinite { step, term } = &stopped else {
        panic!("{stopped}");
    };
    assert_eq!((*step, term.as_str()), (1, "the gradient by tokens"));
    let said = stopped.to_string();
    assert!(
        said.contains("Update 1") && said.contains("learning rate"),
        "{said}"
    );
    assert_eq!(session.step(), 0);
    assert_eq!(block_on(session.weights()).unwrap(), weights);
    block_on(session.reset(0)).unwrap();
    assert!(block_on(session.metrics()).unwrap().is_empty());
}

/// Batches of two pairs differ in their layouts, so several plans are on their way at once.
const SMALL_BATCHES: [(&str, f64); 2] = [("batch_size", 2.0), ("learning_rate", 1e-3)];

#[test]
fn updates_go_on_while_what_they_measured_is_on_its_way() {
    const UPDATES: usize = 200;
    let (engine, waits) = Distant::new();
    let mut far = open_on(Box::new(engine), pairs(), &SMALL_BATCHES, 4);
    let mut near = open(pairs(), &SMALL_BATCHES, 4);
    for session in [&mut far, &mut near] {
        let held_out = vec![(0, pair("Ste", "lla", "ve"))];
        block_on(session.set_held_out_pairs(held_out)).unwrap();
    }
    let (found, expected) = (train(&mut far, UPDATES), train(&mut near, UPDATES));
    // NaN, where nothing was measured, equals nothing.
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    assert!(waits.get() < UPDATES / 3, "waited {} times", waits.get());
}

#[test]
fn an_update_that_breaks_while_others_are_on_their_way_takes_them_with_it() {
    let (engine, _) = Distant::new();
    let mut session = open_on(Box::new(engine), pairs(), &SMALL_BATCHES, 4);
    train(&mut session, 60);
    let policy = session.session().policy().clone();
    let parameter = &policy.parameters()[0];
    let broken = HostTensor::f32(
        parameter.shape.clone(),
        vec![f32::NAN; parameter.shape.elements()],
    );
    let name = state_name(Weights::POLICY, &parameter.name);
    session.session().engine().write(&name, broken).unwrap();
    let mut updates = (0..100).map(|_| block_on(session.session().update()));
    let stopped = updates.find_map(Result::err).expect("the loss is NaN");
    assert!(
        matches!(stopped, SessionError::NotFinite { step: 61, .. }),
        "{stopped}"
    );
    assert_eq!(session.session().step(), 60);

    block_on(session.session().reset(4)).unwrap();
    let again = losses(&train(&mut session, 12));
    let fresh = losses(&train(&mut open(pairs(), &SMALL_BATCHES, 4), 12));
    assert_eq!(again, fresh);
}

#[test]
fn a_run_goes_on_from_a_snapshot_on_another_engine_as_if_nothing_had_happened() {
    let mut undisturbed = open(pairs(), &[("learning_rate", 1e-3)], 4);
    let whole = losses(&train(&mut undisturbed, 12));

    let mut session = open(pairs(), &[("learning_rate", 1e-3)], 4);
    let mut parts = losses(&train(&mut session, 6));
    let snapshot = block_on(session.session().snapshot()).unwrap();
    // These updates are lost.
    train(&mut session, 3);
    session
        .session()
        .restore(Box::new(CpuEngine::new()), &snapshot)
        .unwrap();
    assert_eq!(session.session().step(), 6);
    parts.extend(losses(&train(&mut session, 3)));
    block_on(session.session().switch_engine(Box::new(CpuEngine::new()))).unwrap();
    parts.extend(losses(&train(&mut session, 3)));
    assert_eq!(parts, whole);
}

#[test]
fn a_pair_of_weight_two_counts_as_much_as_two() {
    let values = |size: f64| [("batch_size", size), ("warmup_steps", 0.0)];
    let mut weighed = open(pairs(), &values(5.0), 0);
    weighed.session().set_pair_weights(&[(12, 2.0)]).unwrap();
    let mut twice = pairs();
    twice.push((99, twice[2].1.clone()));
    let mut doubled = open(twice, &values(6.0), 0);
    for _ in 0..3 {
        let (weighed, doubled) = (train(&mut weighed, 1), train(&mut doubled, 1));
        for name in ["loss", "rewards/margins", "logps/chosen", "grad_norm"] {
            assert_close(
                name,
                &[weighed[0].value(name)],
                &[doubled[0].value(name)],
                1e-4,
            );
        }
    }
    let mut plain = open(pairs(), &values(5.0), 0);
    let (plain, weighed) = (train(&mut plain, 4), train(&mut weighed, 1));
    let apart = plain[3].value("loss") - weighed[0].value("loss");
    assert!(apart.abs() > 1e-4, "the weight makes a difference: {apart}");
}

#[test]
fn a_pair_without_weight_teaches_nothing() {
    let mut session = open(pairs(), &[("batch_size", 5.0), ("warmup_steps", 0.0)], 0);
    let others = [10, 11, 13, 14].map(|id| (id, 0.0));
    session.session().set_pair_weights(&others).unwrap();
    let mut alone = open(
        vec![pairs()[2].clone()],
        &[("batch_size", 1.0), ("warmup_steps", 0.0)],
        0,
    );
    let (some, one) = (train(&mut session, 3), train(&mut alone, 3));
    for (some, one) in some.iter().zip(&one) {
        assert_close("loss", &[some.value("loss")], &[one.value("loss")], 1e-5);
    }
    let mut refused = |weights: &[(u32, f32)]| {
        let refused = session.session().set_pair_weights(weights);
        refused.unwrap_err().to_string()
    };
    assert!(refused(&[(11, -1.0)]).contains("Pair 11"));
    assert!(refused(&[(11, f32::NAN)]).contains("Pair 11"));
    assert!(refused(&[10, 11, 12, 13, 14].map(|id| (id, 0.0))).contains("no pairs"));
}

/// A run of `method` in batches of all of `pairs`.
fn open_method(method: &str, pairs: Vec<(u32, TokenPair)>) -> LanguageSession {
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(NAMES);
    let (engine, method) = (
        Box::new(CpuEngine::new()),
        objective::by_name(method).unwrap().clone(),
    );
    let mut session = LanguageSession::open(engine, &config, &weights, method, 0).unwrap();
    let values = [
        ("batch_size", pairs.len() as f64),
        ("warmup_steps", 0.0),
        ("learning_rate", 3e-4),
    ];
    for (name, value) in values {
        session.session().set_value(name, value).unwrap();
    }
    block_on(session.set_training_pairs(pairs)).unwrap();
    session
}

#[test]
fn a_pair_that_is_taken_apart_teaches_what_it_did() {
    let apart = objective::REGISTRY.iter().filter(|method| method.apart);
    let apart: Vec<&str> = apart.map(|method| method.name).collect();
    assert!(apart.contains(&"kto") && apart.contains(&"bco_pair"));
    for method in apart {
        // What KTO compares with comes from the batch's next pair: of two halves, from the other one.
        let whole = pairs()[..if method == "kto" { 1 } else { 5 }].to_vec();
        let half = |side: Side| {
            let halves = whole.iter().map(move |(id, pair)| {
                let (mut pair, id) = (pair.clone(), 2 * id + side as u32);
                match side {
                    Side::Chosen => pair.rejected.clear(),
                    Side::Rejected => pair.chosen.clear(),
                }
                (id, pair)
            });
            halves.collect::<Vec<_>>()
        };
        let halves = [half(Side::Chosen), half(Side::Rejected)];
        let sides = halves.iter().zip([Side::Chosen, Side::Rejected]);
        let sides = sides.flat_map(|(pairs, side)| pairs.iter().map(move |(id, _)| (*id, side)));
        let sides: Vec<(u32, Side)> = sides.collect();
        let mut by_halves = open_method(method, halves.concat());
        by_halves.session().set_one_sided(&sides);
        let mut by_pairs = open_method(method, whole);

        // Half the gradient is the same step but for Adam's ε.
        let tolerance = 1e-2;
        let compare = |what: &str, halves: &Row, pairs: &Row| {
            for (name, times) in [
                // There are twice as many, each with one of two terms.
                ("loss", 2.0),
                ("rewards/chosen", 1.0),
                ("rewards/rejected", 1.0),
                ("logps/chosen", 1.0),
                ("logps/reference_rejected", 1.0),
            ] {
                let (halves, pairs) = (times * halves.value(name), pairs.value(name));
                assert_close(
                    &format!("{method}, {what}: {name}"),
                    &[halves],
                    &[pairs],
                    tolerance,
                );
            }
            assert!(halves.value("rewards/margins").is_nan(), "of no pair");
        };
        for _ in 0..4 {
            let (halves, pairs) = (train(&mut by_halves, 1), train(&mut by_pairs, 1));
            compare("an update", &halves[0], &pairs[0]);
            let norms = [&halves[0], &pairs[0]].map(|row| row.value("grad_norm"));
            assert_close("grad_norm", &[2.0 * norms[0]], &[norms[1]], tolerance);
        }
        let halves = block_on(by_halves.session().evaluate()).unwrap();
        let pairs = block_on(by_pairs.session().evaluate()).unwrap();
        compare("an evaluation", &halves, &pairs);
        assert!(pairs.value("rewards/margins") > 0.0);
    }
}

#[test]
fn answers_of_one_kind_are_enough_for_methods_that_take_pairs_apart() {
    let chosen = pairs().into_iter().map(|(id, mut pair)| {
        pair.rejected.clear();
        (id, pair)
    });
    let mut session = open_method("kto", chosen.collect());
    let alone = pairs()
        .iter()
        .map(|(id, _)| (*id, Side::Chosen))
        .collect::<Vec<_>>();
    session.session().set_one_sided(&alone);
    let rows = train(&mut session, 20);
    // λ (1 − σ(0)) at the reference; nothing is said of rejected answers.
    assert_close("loss", &[rows[0].value("loss")], &[0.5], 1e-5);
    assert!(
        rows[19].value("loss") < 0.45
            && rows[19].value("logps/chosen") > rows[0].value("logps/chosen")
    );
    assert!(
        rows.iter()
            .all(|row| row.value("rewards/rejected").is_nan())
    );
}

/// The loss of `pairs` as one batch, by `method`.
fn loss_of(method: &str, pairs: &[(u32, TokenPair)]) -> f32 {
    let mut session = open(pairs.to_vec(), &[], 0);
    let objective = objective::by_name(method).unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let snapshot = block_on(session.session().snapshot()).unwrap();
    let branch = session.branch(engine, &snapshot, objective, Anchor::Reference);
    let mut branch = block_on(branch).unwrap();
    let size = pairs.len() as f64;
    branch.session().set_value("batch_size", size).unwrap();
    block_on(branch.session().evaluate()).unwrap().value("loss")
}

#[test]
fn a_loss_over_batches_is_measured_on_held_out_pairs_in_batches() {
    let coupled = objective::REGISTRY.iter().filter(|objective| {
        objective.serves(PolicyKind::Answers)
            && !objective.draws()
            && objective.columns_of_a_pair().is_none()
    });
    let names: Vec<&str> = coupled.map(|objective| objective.name).collect();
    assert!(
        names.contains(&"kto") && names.contains(&"aot"),
        "{names:?}"
    );
    for name in names {
        let Checkpoint {
            config, weights, ..
        } = Checkpoint::read(NAMES);
        let objective = objective::by_name(name).unwrap().clone();
        let engine = Box::new(CpuEngine::new());
        let mut session = LanguageSession::open(engine, &config, &weights, objective, 0).unwrap();
        for (name, value) in [("batch_size", 2.0), ("learning_rate", 1e-6)] {
            session.session().set_value(name, value).unwrap();
        }
        block_on(session.set_training_pairs(pairs().split_off(3))).unwrap();
        let held_out = pairs()[..3].to_vec();
        block_on(session.set_held_out_pairs(held_out.clone())).unwrap();
        // The last of three is filled up from the first.
        let wrapped = [held_out[2].clone(), held_out[0].clone()];
        let expected = (loss_of(name, &held_out[..2]) + loss_of(name, &wrapped)) / 2.0;
        let row = block_on(session.session().evaluate()).unwrap();
        assert_close(name, &[row.value("eval_loss")], &[expected], 1e-5);
        let rows = train(&mut session, 10);
        assert_close(name, &[rows[9].value("eval_loss")], &[expected], 1e-3);
    }
}
