//! A policy looked at closely: what may come next, and whole answers with their exact probabilities.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::objective;
use alignment_playground::policy::language::TokenPair;
use alignment_playground::policy::{Draw, Source, Weights};
use alignment_playground::sampling::Law;
use alignment_playground::session::{Enumeration, LanguageSession, Reach, SampleRequest};
use pollster::block_on;
use support::{Checkpoint, NAMES, assert_close};

/// The policy of first names, trained a little, so that it differs from its reference.
fn names() -> LanguageSession {
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(NAMES);
    let dpo = objective::by_name("dpo").unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let mut session = LanguageSession::open(engine, &config, &weights, dpo, 0).unwrap();
    block_on(session.set_training_pairs(vec![(1, pair())])).unwrap();
    for _ in 0..10 {
        block_on(session.session().update()).unwrap();
    }
    session
}

/// Letters of the policy, whichever they are.
fn pair() -> TokenPair {
    TokenPair {
        prompt: vec![5, 9],
        chosen: vec![14, 3, 7],
        rejected: vec![8, 8],
    }
}

#[test]
fn the_next_tokens_are_a_distribution_and_those_of_the_answer() {
    let mut session = names();
    let TokenPair { prompt, chosen, .. } = pair();
    let [scores, _] = block_on(session.token_scores(&pair())).unwrap();
    for (place, &id) in scores.ids.iter().enumerate() {
        let next = block_on(session.next_tokens(&prompt, &chosen[..place])).unwrap();
        for distribution in [&next.policy, &next.reference] {
            let total: f32 = distribution.iter().map(|log| log.exp()).sum();
            assert_close("sum", &[total], &[1.0], 1e-5);
        }
        let id = id as usize;
        assert_close("policy", &[next.policy[id]], &[scores.policy[place]], 1e-5);
        assert_close(
            "reference",
            &[next.reference[id]],
            &[scores.reference[place]],
            1e-5,
        );
    }
    let far = block_on(session.next_tokens(&prompt, &[3; 500])).unwrap_err();
    assert!(far.to_string().contains("at most"), "{far}");
}

fn enumerate(session: &mut LanguageSession, expansions: usize, tokens: usize) -> Enumeration {
    let reach = Reach { expansions, tokens };
    block_on(session.enumerate(&pair().prompt, reach)).unwrap()
}

#[test]
fn an_answer_is_as_probable_as_its_tokens() {
    let mut session = names();
    let found = enumerate(&mut session, 300, 12);
    let probabilities = |answer: usize| found.answers[answer].probabilities;
    for (place, answer) in found.answers.iter().enumerate().take(8) {
        let asked = TokenPair {
            chosen: answer.completion.clone(),
            ..pair()
        };
        let [scores, _] = block_on(session.token_scores(&asked)).unwrap();
        let sum = |logs: &[f32]| logs.iter().sum::<f32>().exp();
        let found = probabilities(place);
        let expected = [sum(&scores.policy), sum(&scores.reference)];
        let found = [found.policy as f32, found.reference as f32];
        assert_close("probability", &found, &expected, 1e-5);
        assert!(found[0] > 1e-4, "the likeliest come first: {found:?}");
    }
    let policies: Vec<f64> = (0..found.answers.len())
        .map(|place| probabilities(place).policy)
        .collect();
    assert!(policies.is_sorted_by(|one, other| one >= other));
    let reached: f64 = policies.iter().sum();
    assert!((reached + found.open.policy - 1.0).abs() < 1e-4);
    assert!(found.open.policy > 0.0 && reached > 0.4, "{reached}");
    // Whoever looks further sees more.
    let further = enumerate(&mut session, 3000, 12);
    assert!(further.open.policy < found.open.policy);
    assert!(further.kl > found.kl && found.kl > 0.0);
}

#[test]
fn samples_are_as_frequent_as_the_enumeration_says() {
    let mut session = names();
    let found = enumerate(&mut session, 1000, 12);
    let top: Vec<&[u32]> = found.answers[..5]
        .iter()
        .map(|answer| &answer.completion[..])
        .collect();
    let expected: f64 = found.answers[..5]
        .iter()
        .map(|answer| answer.probabilities.policy)
        .sum();
    let count = 2000;
    let request = SampleRequest {
        prompt: pair().prompt,
        count,
        draw: Draw {
            law: Law::default(),
            seed: 7,
            most: 12,
        },
    };
    let drawn = block_on(session.sample(Source::Weights(Weights::POLICY), &request)).unwrap();
    let hits = drawn
        .iter()
        .filter(|answer| top.contains(&&answer[..]))
        .count();
    let share = hits as f64 / count as f64;
    let error = (expected * (1.0 - expected) / count as f64).sqrt();
    assert!(
        (share - expected).abs() < 4.0 * error,
        "{share} drawn, {expected} expected"
    );
}

/// KL(π ‖ π_ref) of answers of at most `left` tokens more, by the chain rule.
fn divergence(session: &mut LanguageSession, begun: &[u32], end: u32, left: usize) -> f64 {
    let next = block_on(session.next_tokens(&pair().prompt, begun)).unwrap();
    let mut sum = 0.0;
    for (id, (&policy, &reference)) in (0..).zip(next.policy.iter().zip(&next.reference)) {
        let (policy, reference) = (f64::from(policy), f64::from(reference));
        sum += policy.exp() * (policy - reference);
        if id != end && left > 0 && policy.exp() > 0.02 {
            let begun = [begun, &[id]].concat();
            sum += policy.exp() * divergence(session, &begun, end, left - 1);
        }
    }
    sum
}

#[test]
fn the_divergence_follows_the_chain_rule() {
    let mut session = names();
    let end = session.session().policy().config().end_token;
    let exact = enumerate(&mut session, 100_000, 1).kl;
    let by_hand = divergence(&mut session, &[], end, 1);
    // By hand, what has less than 2 % is left out.
    assert!(
        by_hand <= exact + 1e-6 && by_hand > 0.8 * exact,
        "{by_hand} {exact}"
    );
}
