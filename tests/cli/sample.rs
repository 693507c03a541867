//! `playground sample`.

use std::collections::HashSet;

use super::{ASSISTANT, NAMES, json, printed, sentence};

#[test]
fn the_same_seed_draws_the_same_completions() {
    let run = |seed| {
        printed(&[
            "sample", "--policy", NAMES, "--prompt", "Mar", "--prompt", "Jo", "--count", "3",
            "--seed", seed,
        ])
    };
    let drawn = run("1");
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines.len(), 6);
    assert!(
        lines[..3].iter().all(|line| line.starts_with("Mar | ")),
        "{drawn}"
    );
    assert!(
        lines[3..].iter().all(|line| line.starts_with("Jo | ")),
        "{drawn}"
    );
    assert_eq!(drawn, run("1"));
    assert_ne!(drawn, run("2"));
}

#[test]
fn the_likeliest_completion_is_one() {
    let prompt = "How do I boil an egg?";
    let arguments = [
        "sample",
        "--policy",
        ASSISTANT,
        "--prompt",
        prompt,
        "--count",
        "4",
        "--json",
        "--temperature",
    ];
    let different = |temperature| -> HashSet<String> {
        let drawn = json(&[&arguments[..], &[temperature]].concat());
        assert!(
            drawn
                .iter()
                .all(|line| line["prompt"] == prompt && line["tokens"].as_u64() > Some(0))
        );
        drawn
            .iter()
            .map(|line| line["completion"].to_string())
            .collect()
    };
    assert_eq!(different("0").len(), 1);
    assert!(different("1").len() > 1);
}

#[test]
fn what_cannot_be_continued_is_named() {
    let refuse = |prompt: &str| sentence(&["sample", "--policy", NAMES, "--prompt", prompt]);
    assert!(refuse("Zoë").contains('ë'));
    assert!(refuse(&"a".repeat(40)).contains("41 tokens"));
    assert!(sentence(&["sample", "--policy", "no-such"]).contains("no-such"));
}
