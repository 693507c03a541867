//! `playground score`: every form of preference file, good and malformed.

use serde_json::{Value, json};

use super::{ASSISTANT, NAMES, PAIRS, directory, playground, printed, sentence};

const PROMPT: &str = "How do I boil an egg?";
const GOOD: &str = "Of course! Simmer it for eight minutes.";
const BAD: &str = "Ugh, you again. Simmer it for eight minutes.";

fn message(role: &str, content: &str) -> Value {
    json!({"role": role, "content": content})
}

/// What `score --json` prints for a file of these lines: the lines, and the file's summary.
fn score(test: &str, policy: &str, lines: &[Value]) -> (Vec<Value>, Value) {
    let file = directory(test).join("pairs.jsonl");
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
    let mut printed = super::json(&[
        "score",
        "--policy",
        policy,
        "--json",
        "--pairs",
        file.to_str().unwrap(),
    ]);
    let summary = printed.pop().unwrap();
    (printed, summary)
}

fn number(value: &Value, name: &str) -> f64 {
    value[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{value} has no {name}"))
}

#[test]
fn every_form_of_a_pair_scores_alike() {
    let user = message("user", PROMPT);
    let [good, bad] = [GOOD, BAD].map(|text| message("assistant", text));
    let forms = [
        json!({"prompt": PROMPT, "chosen": GOOD, "rejected": BAD}),
        json!({"prompt": [user], "chosen": [good], "rejected": [bad]}),
        json!({"chosen": [user, good], "rejected": [user, bad]}),
        json!({"input": PROMPT, "output_1": GOOD, "output_2": BAD, "label": 1}),
        json!({"input": PROMPT, "output_1": BAD, "output_2": GOOD, "label": 2}),
        // These begin with the same text: what the two sides have in common is the prompt.
        json!({"chosen": format!("{PROMPT}{GOOD}"), "rejected": format!("{PROMPT}{BAD}")}),
    ];
    let (lines, summary) = score("forms", ASSISTANT, &forms);
    assert_eq!(lines.len(), forms.len());
    for (line, form) in lines.iter().zip(&forms) {
        for side in ["logps/chosen", "logps/rejected"] {
            let (found, wanted) = (number(line, side), number(&lines[0], side));
            assert!(
                (found - wanted).abs() < 1e-4,
                "{form}: {found}, not {wanted}"
            );
        }
        let margin = number(line, "logps/chosen") - number(line, "logps/rejected");
        assert!((number(line, "margin") - margin).abs() < 1e-9);
    }
    assert!(number(&lines[0], "logps/chosen") < -1.0);
    assert_eq!(number(&summary, "pairs"), 6.0);
}

#[test]
fn transcripts_and_minimal_pairs_are_scored() {
    let start = format!("\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: {PROMPT}\n\nAssistant:");
    let transcripts =
        json!({"chosen": format!("{start} {GOOD}"), "rejected": format!("{start} {BAD}")});
    let turns = [
        message("user", "Hi"),
        message("assistant", "Hello"),
        message("user", PROMPT),
    ];
    let turn = |answer| [&turns[..], &[message("assistant", answer)]].concat();
    let conversation = json!({"chosen": turn(GOOD), "rejected": turn(BAD)});
    let minimal =
        json!({"sentence_good": GOOD, "sentence_bad": "Of course! Simmer it for eight minute."});
    let (lines, _) = score(
        "transcripts",
        ASSISTANT,
        &[transcripts, conversation, minimal],
    );
    assert_eq!(
        lines[0]["logps/chosen"], lines[1]["logps/chosen"],
        "one text, one score"
    );
    assert!(
        number(&lines[2], "margin") > 0.0,
        "the policy knows its own sentences"
    );
}

#[test]
fn completions_judged_by_themselves_are_ranked_within_their_prompts() {
    let single = |prompt: &str, completion: &str, label: bool| json!({"prompt": prompt, "completion": completion, "label": label});
    let (lines, summary) = score(
        "unpaired",
        ASSISTANT,
        &[
            single(PROMPT, GOOD, true),
            single(PROMPT, "Knead the dough for ten minutes.", false),
            single(PROMPT, "egg egg egg", false),
            single(
                "How do I bake bread?",
                "Knead the dough for ten minutes.",
                true,
            ),
        ],
    );
    assert_eq!(lines.iter().filter(|line| line["label"] == true).count(), 2);
    assert_eq!(number(&summary, "singles"), 4.0);
    assert_eq!(number(&summary, "ranking_accuracy"), 1.0);
    assert!(number(&summary, "good") > number(&summary, "bad"));
    assert_eq!(summary["margin"], Value::Null);
}

#[test]
fn bad_lines_are_named_and_the_others_scored() {
    let directory = directory("malformed");
    let file = directory.join("mixed.jsonl");
    let path = file.to_str().unwrap();
    let lines = [
        r#"{"prompt": "Mar", "chosen": "ia", "rejected": "vin"}"#,
        r#"{"prompt": "Mar", "chosen": "ia""#,
        r#"{"chosen": [{"role": "user", "content": "Mar"}], "rejected": []}"#,
        r#"{"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: c\n\nAssistant: d"}"#,
        r#"{"prompt": "Mar", "completion": "ia", "label": 1}"#,
        r#"{"input": "Mar", "output_1": "ia", "output_2": "vin", "label": 0}"#,
        r#"{"sentence_good": "Maria"}"#,
        r#"{"prompt": "Zoë", "chosen": "ia", "rejected": "vin"}"#,
        &format!(
            r#"{{"prompt": "Mar", "chosen": "ia", "rejected": "{}"}}"#,
            "v".repeat(50)
        ),
        r#"{"prompt": "Jo", "chosen": "anna", "rejected": "seph"}"#,
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let output = playground(&["score", "--policy", NAMES, "--pairs", path]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    for (line, part) in [
        (2, "not JSON"),
        (3, "no answer"),
        (4, "transcripts differ"),
        (5, "Write true or false"),
        (6, "Write 1 or 2"),
        (7, "“sentence_bad” is missing"),
        (8, "'ë'"),
        (9, "at most 32"),
    ] {
        let told = said
            .lines()
            .any(|text| text.contains(&format!("line {line}:")) && text.contains(part));
        assert!(told, "{line}, {part}: {said}");
    }
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.contains("2 pairs, 0 single completions, 8 lines left out"),
        "{printed}"
    );

    std::fs::write(&file, lines[1]).unwrap();
    assert!(
        sentence(&["score", "--policy", NAMES, "--pairs", path])
            .contains("nothing that could be used")
    );
}

#[test]
fn a_trained_policy_scores_as_its_training_ends() {
    let directory = directory("trained");
    let (file, out) = (directory.join("pairs.jsonl"), directory.join("out"));
    std::fs::write(&file, PAIRS).unwrap();
    let (path, trained) = (file.to_str().unwrap(), out.to_str().unwrap());
    let run = super::json(&[
        "train",
        "--policy",
        NAMES,
        "--pairs",
        path,
        "--steps",
        "30",
        "--set",
        "learning_rate=1e-3",
        "--out",
        trained,
        "--json",
    ]);
    let [before, after] = [&run[0]["before"], &run[0]["after"]];
    let score = |more: &[&str]| {
        let command = [
            "score",
            "--policy",
            trained,
            "--pairs",
            path,
            "--summary",
            "--json",
        ];
        super::json(&[&command[..], more].concat()).remove(0)
    };
    let alone = score(&[]);
    assert_eq!(alone["rewards/margins"], Value::Null);
    let margin = number(after, "logps/chosen") - number(after, "logps/rejected");
    assert!((number(&alone, "margin") - margin).abs() < 1e-3);
    let against = score(&["--reference", NAMES]);
    assert_eq!(number(&against, "rewards/accuracies"), 1.0);
    let (found, wanted) = (
        number(&against, "rewards/margins"),
        number(after, "rewards/margins"),
    );
    assert!(
        (found - wanted).abs() < 1e-4 && wanted > 0.1,
        "{found}, {wanted}"
    );
    assert!(number(before, "loss") > number(after, "loss"));
    // Twice the beta, twice the margin.
    let doubled = score(&["--reference", NAMES, "--beta", "0.2"]);
    assert!((number(&doubled, "rewards/margins") - 2.0 * found).abs() < 1e-6);
    let table = printed(&[
        "score",
        "--policy",
        trained,
        "--reference",
        NAMES,
        "--pairs",
        path,
    ]);
    assert!(
        table.starts_with("line") && table.contains("reward accuracy: 1.0000"),
        "{table}"
    );
}
