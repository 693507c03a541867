//! Files from elsewhere: whatever they hold, readers neither panic nor hang, and say where they are wrong.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::time::{Duration, Instant};

use alignment_playground::data::{self, read_examples, read_preferences, write_preferences};
use alignment_playground::digits;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::objective;
use alignment_playground::policy::diffusion;
use alignment_playground::policy::language::{self, Config};
use alignment_playground::policy::{Policy, Precision};
use alignment_playground::session::LanguageSession;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::Checkpoint;

/// Lines in every form that is read, and such as are nearly of one.
fn lines() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<String>(),
        Just(String::new()),
        Just("\u{0}\u{feff}\"\\".to_owned()),
        Just("\n\nHuman: Hi\n\nAssistant: Hello".to_owned()),
        Just("é".repeat(3000)),
    ];
    let value = prop_oneof![
        text.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!(true)),
        Just(
            json!([{ "role": "user", "content": "Hi" }, { "role": "assistant", "content": "Yo" }])
        ),
        Just(json!([{ "role": 3 }, [], {}])),
        Just(json!({ "content": { "content": [] } })),
    ];
    let names = prop::sample::select(vec![
        "prompt",
        "chosen",
        "rejected",
        "completion",
        "label",
        "input",
        "output_1",
        "output_2",
        "sentence_good",
        "sentence_bad",
        "messages",
        "weight",
        "__proto__",
        "",
    ]);
    let record = prop::collection::vec((names, value), 0..5).prop_map(|fields| {
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Value::Object(fields.collect()).to_string()
    });
    let cut = (record.clone(), any::<prop::sample::Index>()).prop_map(|(record, at)| {
        let places: Vec<usize> = record.char_indices().map(|(place, _)| place).collect();
        record[..places[at.index(places.len())]].to_owned()
    });
    let line = prop_oneof![3 => record, 1 => cut, 1 => any::<String>()];
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn every_line_of_a_preference_file_is_read_or_says_why_not(text in lines()) {
        let count = text.split('\n').count();
        for line in read_examples(&text) {
            prop_assert!((1..=count).contains(&line.number), "line {} of {count}", line.number);
            if let Err(error) = line.content {
                prop_assert!(!error.to_string().is_empty());
            }
        }
        let read = read_preferences(&text);
        let pairs: Vec<data::Preference> = read.into_iter().filter_map(|line| line.content.ok()).collect();
        // What was read is written and read again as it is.
        let again = read_preferences(&write_preferences(&pairs));
        let again: Vec<data::Preference> = again.into_iter().map(|line| line.content.unwrap()).collect();
        prop_assert_eq!(pairs, again);
    }

    #[test]
    fn a_file_of_digits_is_read_or_says_where_it_is_wrong(text in "[0-9,. \n;x-]{0,400}") {
        if let Err(error) = digits::read_digits(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn broken_weights_are_refused(
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..24),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let checkpoint = Checkpoint::fixture("gpt2-tied");
        let parameters = checkpoint.policy().parameters();
        let mut weights = checkpoint.weights;
        // Most of what can go wrong is said in the header.
        let place = at.index(weights.len().min(4000));
        for (place, byte) in (place..).zip(bytes) {
            weights[place] = byte;
        }
        if cuts {
            weights.truncate(cut.index(weights.len()));
        }
        match language::load(&weights, &parameters) {
            Ok(values) => {
                let saved = language::save(&parameters, &values, Precision::F32).unwrap();
                prop_assert!(language::load(&saved, &parameters).is_ok());
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn a_strange_configuration_is_refused_at_once(
        field in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(json!(0)), Just(json!(1)), Just(json!(-1)), Just(json!(7)), Just(json!(4_294_967_295u64)),
            Just(json!(1_000_000_000_000_000_000u64)), Just(json!(1e300)), Just(json!(0.5)), Just(json!("x")),
            Just(json!(null)), Just(json!([])), Just(json!({ "rope_type": "yarn" })),
        ],
        llama in any::<bool>(),
    ) {
        let name = if llama { "llama-gqa" } else { "gpt2-tied" };
        let Checkpoint { config, weights, .. } = Checkpoint::fixture(name);
        let mut fields: serde_json::Map<String, Value> = serde_json::from_str(&config).unwrap();
        let names: Vec<String> = fields.keys().cloned().collect();
        fields.insert(names[field.index(names.len())].clone(), value);
        let text = Value::Object(fields).to_string();
        let started = Instant::now();
        if let Err(error) = Config::from_json(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
        let objective = objective::by_name("dpo").unwrap().clone();
        let opened = LanguageSession::open(Box::new(CpuEngine::new()), &text, &weights, objective, 0);
        if let Err(error) = opened {
            prop_assert!(!error.to_string().is_empty());
        }
        prop_assert!(started.elapsed() < Duration::from_secs(5), "{text}");
    }

    #[test]
    fn the_same_of_a_denoiser(
        field in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(json!(0)), Just(json!(3)), Just(json!(1_000_000_000_000_000_000u64)), Just(json!(-2)), Just(json!("x")), Just(json!(null)),
        ],
    ) {
        let config = include_str!("../www/assets/policies/moons/config.json");
        let mut fields: serde_json::Map<String, Value> = serde_json::from_str(config).unwrap();
        let names: Vec<String> = fields.keys().cloned().collect();
        fields.insert(names[field.index(names.len())].clone(), value);
        let started = Instant::now();
        if let Err(error) = diffusion::Config::from_json(&Value::Object(fields).to_string()) {
            prop_assert!(!error.to_string().is_empty());
        }
        prop_assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn ten_megabytes_of_pairs_are_read_with_their_mistakes() {
    let good = json!({ "prompt": "p".repeat(200), "chosen": "c".repeat(400), "rejected": "r".repeat(400) });
    let good = good.to_string();
    let count = 10 * (1 << 20) / good.len() + 1;
    let lines = (1..=count).map(|line| match line % 1000 {
        0 => "{\"prompt\": \"cut".to_owned(),
        _ => good.clone(),
    });
    let text = lines.collect::<Vec<String>>().join("\n");
    let read = read_preferences(&text);
    let wrong = read.iter().filter(|line| line.content.is_err());
    let wrong: Vec<usize> = wrong.map(|line| line.number).collect();
    let expected: Vec<usize> = (1..=count).filter(|line| line % 1000 == 0).collect();
    assert_eq!(wrong, expected);
    assert_eq!(read.len(), count);
}
