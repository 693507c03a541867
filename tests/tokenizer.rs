//! `tokenizer.json` natively, on the cases that the page's reader is tested on as well
//! (`tests/oracles/tokenizer_fixtures.py`, `tests/js/text-codec.test.js`).

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alignment_playground::policy::language::{TextError, Tokenizer};
use proptest::prelude::*;
use serde::Deserialize;
use support::NAMES;

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
    decoded: String,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/tokenizers")
        .join(name)
}

fn shipped() -> Tokenizer {
    Tokenizer::from_file(&Path::new(NAMES).join("tokenizer.json")).unwrap()
}

#[test]
fn ids_and_texts_are_hugging_faces() {
    let cases = std::fs::read_to_string(fixture("cases.json")).unwrap();
    let files: BTreeMap<String, Vec<Case>> = serde_json::from_str(&cases).unwrap();
    assert_eq!(files.len(), 2);
    for (file, cases) in files {
        let tokenizer = Tokenizer::from_file(&fixture(&file)).unwrap();
        assert!(cases.len() > 200);
        for Case { text, ids, decoded } in cases {
            assert_eq!(
                tokenizer.encode_lossy(&text).unwrap(),
                ids,
                "{file}: {text:?}"
            );
            assert_eq!(tokenizer.decode(&ids).unwrap(), decoded, "{file}: {text:?}");
        }
    }
}

#[test]
fn the_shipped_tokenizer_is_the_one_in_the_cases() {
    let read = |path: PathBuf| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let shipped = read(Path::new(NAMES).join("tokenizer.json"));
    assert_eq!(
        shipped["model"]["vocab"],
        read(fixture("characters.json"))["model"]["vocab"]
    );
}

#[test]
fn what_the_vocabulary_lacks_is_named_once() {
    let error = shipped().encode("Zoë and Noë!").unwrap_err();
    let TextError::Unknown { missing, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(missing, "'ë', ' ', '!'");
    assert!(error.to_string().contains("no token for"), "{error}");
    assert_eq!(shipped().encode("").unwrap(), [0u32; 0]);
}

#[test]
fn a_file_that_is_no_tokenizer_is_refused_with_its_path() {
    let said = Tokenizer::from_file(&fixture("cases.json"))
        .err()
        .unwrap()
        .to_string();
    assert!(said.contains("cases.json"), "{said}");
}

fn of_policy(name: &str) -> Tokenizer {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/assets/policies");
    Tokenizer::from_file(&folder.join(name).join("tokenizer.json")).unwrap()
}

#[test]
fn any_text_comes_back_from_its_tokens() {
    for tokenizer in ["assistant", "prose"].map(of_policy) {
        proptest!(|(text in any::<String>())| {
            let ids = tokenizer.encode(&text).unwrap();
            prop_assert_eq!(tokenizer.decode(&ids).unwrap(), text);
        });
        for text in ["Как сварить яйцо? 🥚", "👩‍👩‍👧‍👦", "\r\n\t  ", "\u{0}\u{feff}"]
        {
            let ids = tokenizer.encode(text).unwrap();
            assert_eq!(tokenizer.decode(&ids).unwrap(), text);
        }
    }
}

#[test]
fn a_text_in_two_parts_has_the_tokens_of_the_parts() {
    // Prompts end and answers begin where words do, however they are put together.
    let tokenizer = of_policy("assistant");
    let [prompt, answer] = [
        "How do I boil an egg?",
        "Of course! Simmer it for eight minutes.",
    ];
    let parts = [
        tokenizer.encode(prompt).unwrap(),
        tokenizer.encode(answer).unwrap(),
    ]
    .concat();
    assert_eq!(
        tokenizer.encode(&format!("{prompt}{answer}")).unwrap(),
        parts
    );
}
