//! The transformer against Hugging Face's `transformers`, on small checkpoints of both families
//! (`tests/oracles/transformers_fixtures.py`), and against itself: cached and uncached, one
//! text and several.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, HostTensor};
use alignment_playground::graph::{Builder, DType};
use alignment_playground::objective::Scores;
use alignment_playground::policy::language::{
    self, CheckpointError, Config, ConfigError, Generator, LanguagePolicy, Precision, TokenPair,
    TokenSample,
};
use alignment_playground::policy::{Draw, Policy, Source, Weights, state_name};
use alignment_playground::sampling::Law;
use pollster::block_on;
use proptest::prelude::*;
use support::{Checkpoint, NAMES, assert_close, feeds, run};

const FIXTURES: [&str; 4] = ["gpt2-tied", "gpt2-untied", "llama-gqa", "llama-tied"];
const TOLERANCE: f32 = 1e-4;
const GREEDY: Law = Law {
    temperature: 0.0,
    top_k: 0,
    top_p: 1.0,
};

#[test]
fn logits_and_gradients_agree_with_transformers() {
    for name in FIXTURES {
        let checkpoint = Checkpoint::fixture(name);
        let (policy, oracle) = (checkpoint.policy(), checkpoint.oracle());
        let engine = checkpoint.engine(&[Weights::POLICY]);
        let ids = oracle.u32("input_ids");
        let positions = ids.shape().elements();

        let builder = Builder::new();
        let weights = Weights::new(&builder, Weights::POLICY);
        let tokens = builder.input("tokens", DType::U32, ids.shape().clone());
        let logits = policy.transformer().logits(&weights, tokens);
        let targets = builder.input("targets", DType::U32, [positions]);
        let log_probs = logits.token_log_prob(targets);
        let loss = -(log_probs * builder.input("mask", DType::F32, [positions])).sum_all();
        builder.output("logits", logits);
        builder.output("token_logps", log_probs);
        builder.output("loss", loss);
        let parameters = policy.parameters();
        let states: Vec<_> = parameters.iter().map(|p| weights.parameter(p)).collect();
        for (parameter, gradient) in parameters.iter().zip(builder.gradients(loss, &states)) {
            builder.output(&format!("grad.{}", parameter.name), gradient);
        }
        let targets = oracle.u32("targets").as_u32().to_vec();
        let feeds = feeds([
            ("tokens", ids),
            ("targets", HostTensor::u32([positions], targets)),
            ("mask", HostTensor::f32([positions], oracle.f32("mask"))),
        ]);
        let outputs = run(&engine, builder, &feeds).unwrap();
        assert!(outputs.len() > 10, "{name}");
        for (figure, value) in &outputs {
            let what = format!("{name} {figure}");
            assert_close(&what, value.as_f32(), &oracle.f32(figure), TOLERANCE);
        }
    }
}

#[test]
fn greedy_completions_agree_with_transformers() {
    for name in FIXTURES {
        let checkpoint = Checkpoint::fixture(name);
        let oracle = checkpoint.oracle();
        let prompt = oracle.u32("greedy_prompt").as_u32().to_vec();
        // The oracle puts nothing before the prompt, and stops for no end token.
        let mut config = Config::from_json(&checkpoint.config).unwrap();
        config.begin_token = None;
        config.end_token = u32::MAX;
        let policy = LanguagePolicy::new(config);
        let engine = checkpoint.engine(&[Weights::POLICY]);
        let completions = generate(&engine, &policy, &[&prompt], GREEDY, 0, 8);
        assert_eq!(completions[0], oracle.u32("greedy_ids").as_u32(), "{name}");
    }
}

#[test]
fn a_text_can_be_drawn_beside_others_of_other_lengths() {
    let checkpoint = Checkpoint::read(NAMES);
    let policy = checkpoint.policy();
    let engine = checkpoint.engine(&[Weights::POLICY]);
    let prompts: [&[u32]; 3] = [&[15, 29, 46], &[], &[12]];
    let together = generate(&engine, &policy, &prompts, GREEDY, 0, 12);
    for (prompt, expected) in prompts.iter().zip(&together) {
        let alone = generate(&engine, &policy, &[prompt], GREEDY, 0, 12);
        assert_eq!(&alone[0], expected);
    }
    assert!(
        together.iter().all(|ids| !ids.is_empty() && ids.len() < 12),
        "names end: {together:?}"
    );
}

#[test]
fn cached_and_uncached_logits_are_equal() {
    for name in FIXTURES {
        let checkpoint = Checkpoint::fixture(name);
        let policy = checkpoint.policy();
        let engine = checkpoint.engine(&[Weights::POLICY]);
        let ids = checkpoint.oracle().u32("input_ids");
        let (rows, length) = (ids.shape().dims()[0], ids.shape().dims()[1]);
        let classes = policy.config().vocabulary;

        let builder = Builder::new();
        let weights = Weights::new(&builder, Weights::POLICY);
        let tokens = builder.input("tokens", DType::U32, [rows, length]);
        builder.output("logits", policy.transformer().logits(&weights, tokens));
        let uncached = run(&engine, builder, &feeds([("tokens", ids.clone())])).unwrap();

        for (cache, shape) in policy.transformer().caches("test", rows) {
            engine.write(&cache, HostTensor::zeros(shape)).unwrap();
        }
        for position in 0..length {
            let builder = Builder::new();
            let weights = Weights::new(&builder, Weights::POLICY);
            let token = builder.input("token", DType::U32, [rows]);
            let place = builder.input("position", DType::U32, []);
            let next = policy
                .transformer()
                .next_logits(&weights, token, place, "test");
            builder.output("logits", next);
            let column = (0..rows)
                .map(|row| ids.as_u32()[row * length + position])
                .collect();
            let feeds = feeds([
                ("token", HostTensor::u32([rows], column)),
                ("position", HostTensor::index(position as u32)),
            ]);
            let cached = run(&engine, builder, &feeds).unwrap();
            for (row, found) in cached["logits"].as_f32().chunks(classes).enumerate() {
                let start = (row * length + position) * classes;
                let expected = &uncached["logits"].as_f32()[start..start + classes];
                assert_close(name, found, expected, 1e-5);
            }
        }
    }
}

#[test]
fn sampling_follows_the_policys_own_distribution() {
    let checkpoint = Checkpoint::read(NAMES);
    let policy = checkpoint.policy();
    let engine = checkpoint.engine(&[Weights::POLICY]);
    let begin = policy.config().begin_token.unwrap();
    let classes = policy.config().vocabulary;

    let builder = Builder::new();
    let weights = Weights::new(&builder, Weights::POLICY);
    let tokens = builder.input("tokens", DType::U32, [1, 1]);
    let logits = policy.transformer().logits(&weights, tokens);
    builder.output("cold", (logits * 2.0).softmax());
    builder.output("warm", logits.softmax());
    let feeds = feeds([("tokens", HostTensor::u32([1, 1], vec![begin]))]);
    let expected = run(&engine, builder, &feeds).unwrap();

    let draws = 256;
    let counts = |temperature: f32, top_k: u32| {
        let law = Law {
            temperature,
            top_k,
            top_p: 1.0,
        };
        let prompts = vec![&[][..]; draws];
        let mut counts = vec![0.0; classes];
        for seed in 0..8 {
            for ids in generate(&engine, &policy, &prompts, law, seed, 1) {
                let first = ids.first().copied().unwrap_or(policy.config().end_token);
                counts[first as usize] += 1.0 / (8 * draws) as f32;
            }
        }
        counts
    };
    // Four standard errors of a share of 1/2.
    let error = 4.0 * (0.25 / (8 * draws) as f32).sqrt();
    for (temperature, name) in [(0.5, "cold"), (1.0, "warm")] {
        assert_close(
            name,
            &counts(temperature, 0),
            expected[name].as_f32(),
            error,
        );
    }
    assert_eq!(
        counts(1.0, 3).iter().filter(|count| **count > 0.0).count(),
        3
    );
}

#[test]
fn a_prompt_that_leaves_no_room_is_refused() {
    let checkpoint = Checkpoint::read(NAMES);
    let policy = checkpoint.policy();
    let engine = checkpoint.engine(&[Weights::POLICY]);
    let prompt = vec![5; policy.config().context];
    let mut generator = generator(&engine, &policy, 1);
    let prompts = [&prompt[..]];
    let draw = Draw {
        law: GREEDY,
        seed: 0,
        most: 4,
    };
    let drawn = generator.generate(&engine, &prompts, Source::Weights(Weights::POLICY), draw);
    let said = block_on(drawn).unwrap_err().to_string();
    assert!(said.contains("33 tokens") && said.contains("31"), "{said}");
}

#[test]
fn checkpoints_are_written_as_they_were_read() {
    for name in FIXTURES {
        let checkpoint = Checkpoint::fixture(name);
        let parameters = checkpoint.policy().parameters();
        let weights = language::load(&checkpoint.weights, &parameters).unwrap();
        let written = language::save(&parameters, &weights, Precision::F32).unwrap();
        let names = |bytes: &[u8]| {
            let tensors = safetensors::SafeTensors::deserialize(bytes).unwrap();
            let mut names: Vec<(String, Vec<usize>)> = tensors
                .iter()
                .map(|(name, tensor)| (name.to_owned(), tensor.shape().to_vec()))
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(&written), names(&checkpoint.weights), "{name}");
        assert_eq!(
            language::load(&written, &parameters).unwrap(),
            weights,
            "{name}"
        );

        let half = language::save(&parameters, &weights, Precision::F16).unwrap();
        assert!(half.len() < written.len() * 2 / 3, "{name}");
        for (rounded, exact) in language::load(&half, &parameters)
            .unwrap()
            .iter()
            .zip(&weights)
        {
            assert_close(name, rounded.as_f32(), exact.as_f32(), 1e-3);
        }
    }
}

#[test]
fn checkpoints_that_do_not_fit_are_refused() {
    let checkpoint = Checkpoint::fixture("gpt2-tied");
    let parameters = checkpoint.policy().parameters();
    let garbage = language::load(b"no safetensors", &parameters);
    assert!(
        matches!(garbage, Err(CheckpointError::Format(_))),
        "{garbage:?}"
    );
    let cut = language::load(
        &checkpoint.weights[..checkpoint.weights.len() / 2],
        &parameters,
    );
    assert!(matches!(cut, Err(CheckpointError::Format(_))), "{cut:?}");

    let untied = Checkpoint::fixture("gpt2-untied").policy().parameters();
    let said = language::load(&checkpoint.weights, &untied)
        .unwrap_err()
        .to_string();
    assert!(said.contains("lm_head") || said.contains("mlp"), "{said}");
}

#[test]
fn configurations_that_are_not_built_are_refused_by_name() {
    let refused = |text: &str| Config::from_json(text).unwrap_err();
    assert!(matches!(refused("{"), ConfigError::Json(_)));
    let config = &Checkpoint::fixture("gpt2-tied").config;
    let said = refused(&config.replace("\"gpt2\"", "\"bert\"")).to_string();
    assert!(said.contains("bert"), "{said}");
    let said = refused(&config.replace("gelu_new", "relu")).to_string();
    assert!(said.contains("relu"), "{said}");
    let said = refused(&config.replace("\"n_head\": 4", "\"n_head\": 5")).to_string();
    assert!(said.contains('5'), "{said}");
}

/// Scores of `pair` in a batch of `pairs`, in a layout with room for them.
fn scores(engine: &CpuEngine, policy: &LanguagePolicy, pairs: &[&TokenPair]) -> Vec<[f32; 3]> {
    let builder = Builder::new();
    let samples: Vec<[TokenSample; 2]> = pairs.iter().map(|pair| pair.samples()).collect();
    let side = |side: usize| samples.iter().map(move |pair| &pair[side]);
    let samples: Vec<&TokenSample> = side(0).chain(side(1)).collect();
    let layout = policy.layout(&samples);
    let scores = policy.scores(&Weights::new(&builder, Weights::POLICY), layout);
    let reference = scores.log_probs;
    let scores = Scores::new(scores, reference, pairs.len(), vec![0, 1]);
    builder.output("chosen", scores.score(0).policy);
    builder.output("rejected", scores.score(1).policy);
    builder.output("entropy", scores.entropy().unwrap());
    let outputs = run(engine, builder, &policy.feeds(&samples, layout)).unwrap();
    let column = |name: &str| outputs[name].as_f32().to_vec();
    let (chosen, rejected, entropy) = (column("chosen"), column("rejected"), column("entropy"));
    (0..pairs.len())
        .map(|row| [chosen[row], rejected[row], entropy[row]])
        .collect()
}

fn ids(most: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(1..40u32, 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    /// Padding and neighbours never change a number.
    #[test]
    fn a_pair_scores_the_same_alone_and_in_company(
        pair in (ids(6), ids(6), ids(6)), other in (ids(8), ids(9), ids(2)),
    ) {
        let as_pair = |(prompt, chosen, rejected)| TokenPair { prompt, chosen, rejected };
        let (pair, other) = (as_pair(pair), as_pair(other));
        for name in ["gpt2-tied", "llama-gqa"] {
            let checkpoint = Checkpoint::fixture(name);
            let policy = checkpoint.policy();
            let engine = checkpoint.engine(&[Weights::POLICY]);
            let alone = scores(&engine, &policy, &[&pair])[0];
            let beside = scores(&engine, &policy, &[&other, &pair])[1];
            assert_close(name, &beside, &alone, 1e-5);
        }
    }
}

#[test]
fn a_score_is_the_sum_over_the_completion_and_its_end() {
    let checkpoint = Checkpoint::fixture("gpt2-tied");
    let policy = checkpoint.policy();
    let engine = checkpoint.engine(&[Weights::POLICY]);
    let pair = TokenPair {
        prompt: vec![3, 4],
        chosen: vec![5, 6],
        rejected: vec![],
    };
    // Begin token 0, prompt, completion, end token 0.
    let texts: [(&[u32], &[u32]); 2] = [(&[0, 3, 4, 5, 6], &[5, 6, 0]), (&[0, 3, 4], &[0])];
    let by_hand = texts.map(|(tokens, targets)| {
        let builder = Builder::new();
        let weights = Weights::new(&builder, Weights::POLICY);
        let input = builder.input("tokens", DType::U32, [1, tokens.len()]);
        let logits = policy.transformer().logits(&weights, input).log_softmax();
        builder.output("log_probs", logits);
        let feeds = feeds([(
            "tokens",
            HostTensor::u32([1, tokens.len()], tokens.to_vec()),
        )]);
        let outputs = run(&engine, builder, &feeds).unwrap();
        let rows: Vec<&[f32]> = outputs["log_probs"].as_f32().chunks(40).collect();
        let places = tokens.len() - targets.len()..tokens.len();
        let terms = places
            .zip(targets)
            .map(|(place, &target)| rows[place][target as usize]);
        terms.sum::<f32>()
    });
    let found = scores(&engine, &policy, &[&pair])[0];
    assert_close("scores", &found[..2], &by_hand, 1e-5);
}

#[test]
fn the_shipped_policy_knows_names() {
    let checkpoint = Checkpoint::read(NAMES);
    let policy = checkpoint.policy();
    let engine = checkpoint.engine(&[Weights::POLICY]);
    let path = std::path::Path::new(NAMES).join("tokenizer.json");
    let tokenizer = language::Tokenizer::from_file(&path).unwrap();
    let mut sums = [0.0, 0.0];
    for name in [
        "Maria",
        "Oliver",
        "Katherine",
        "Benjamin",
        "Alice",
        "George",
    ] {
        let backwards: String = name.chars().rev().collect();
        let pair = TokenPair {
            prompt: vec![],
            chosen: tokenizer.encode(name).unwrap(),
            rejected: tokenizer.encode(&backwards).unwrap(),
        };
        let [real, reversed, _] = scores(&engine, &policy, &[&pair])[0];
        assert!(real > reversed + 5.0, "{name}: {real} {reversed}");
        sums[0] += real;
        sums[1] += (name.len() + 1) as f32;
    }
    // Better than the best n-gram model of its card, and no less than such a list can be.
    let per_character = -sums[0] / sums[1];
    assert!((1.0..1.979).contains(&per_character), "{per_character}");
    assert!(
        std::fs::metadata(format!("{NAMES}/model.safetensors"))
            .unwrap()
            .len()
            < 1_000_000
    );
}

fn generator(engine: &CpuEngine, policy: &LanguagePolicy, rows: usize) -> Generator {
    let source = Source::Weights(Weights::POLICY);
    let generator = Generator::new(engine, policy.transformer(), source, rows);
    block_on(generator).unwrap()
}

fn generate(
    engine: &CpuEngine,
    policy: &LanguagePolicy,
    prompts: &[&[u32]],
    law: Law,
    seed: u64,
    most: usize,
) -> Vec<Vec<u32>> {
    let mut generator = generator(engine, policy, prompts.len());
    let (source, draw) = (Source::Weights(Weights::POLICY), Draw { law, seed, most });
    block_on(generator.generate(engine, prompts, source, draw)).unwrap()
}

#[test]
fn weights_have_the_names_of_the_hugging_face_layout() {
    for name in FIXTURES {
        let checkpoint = Checkpoint::fixture(name);
        let tensors = safetensors::SafeTensors::deserialize(&checkpoint.weights).unwrap();
        let mut stored: Vec<String> = tensors.names().iter().map(|n| n.to_string()).collect();
        let mut ours: Vec<String> = checkpoint
            .policy()
            .parameters()
            .into_iter()
            .map(|p| p.name)
            .collect();
        stored.sort();
        ours.sort();
        assert_eq!(ours, stored, "{name}");
        assert_eq!(
            state_name(Weights::POLICY, &ours[0]),
            format!("policy/{}", ours[0])
        );
    }
}
