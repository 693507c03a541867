//! What one line of a preference file holds: a JSON object in one of the forms in use.
//!
//! | fields | form |
//! |---|---|
//! | `prompt`, `chosen`, `rejected` | TRL's preference, explicit prompt |
//! | `chosen`, `rejected` | TRL's preference, implicit prompt; HH-RLHF's transcripts |
//! | `prompt`, `completion`, `label` | TRL's unpaired preference |
//! | `input`, `output_1`, `output_2`, `label` | LLMBar's |
//! | `sentence_good`, `sentence_bad` | BLiMP's |
//!
//! Prompts and completions are texts or, in TRL's forms, lists of messages. Other fields are
//! ignored. Sources: <https://huggingface.co/docs/trl/dataset_formats>,
//! <https://github.com/anthropics/hh-rlhf>, <https://github.com/princeton-nlp/LLMBar>,
//! <https://github.com/alexwarstadt/blimp>.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Line;
use super::conversation::{self, Message};

/// A preference pair as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// What both completions continue.
    pub prompt: String,
    /// The completion preferred.
    pub chosen: String,
    /// The other one.
    pub rejected: String,
}

/// A completion that was judged by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What the completion continues.
    pub prompt: String,
    /// What was judged.
    pub completion: String,
    /// Whether it is a good one.
    pub good: bool,
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Example {
    /// Two completions, one preferred.
    Pair(Preference),
    /// One completion, good or bad.
    Single(Judgement),
}

/// Why a line holds no example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The line is not JSON.
    #[error(
        "This is not JSON ({reason} at column {column}). Write one object a line, like {EXAMPLE}"
    )]
    NotJson {
        /// What the JSON reader says.
        reason: String,
        /// Where, counted in bytes from 1.
        column: usize,
    },
    /// The line is JSON, but no object.
    #[error("This is {found}, not an object. Write one object a line, like {EXAMPLE}")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// A field is absent.
    #[error("The field “{field}” is missing. Write an object like {EXAMPLE}")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field is neither text nor a list of messages.
    #[error("The field “{field}” is {found}, not text. Put it in quotation marks")]
    NotText {
        /// The field.
        field: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A field is text where another one is a conversation.
    #[error("The field “{field}” is text, but the others are conversations. Write all in one form")]
    NotMessages {
        /// The field.
        field: &'static str,
    },
    /// A message of a conversation cannot be read.
    #[error(
        "Message {number} of the field “{field}” {problem}. \
         Write messages like {{\"role\": \"user\", \"content\": \"Hi\"}}"
    )]
    Message {
        /// The field.
        field: &'static str,
        /// Counted from 1.
        number: usize,
        /// What is wrong.
        problem: String,
    },
    /// A conversation does not go on with an answer.
    #[error(
        "The field “{field}” has no answer after what both sides begin with. \
         Let a message of the assistant follow"
    )]
    NoAnswer {
        /// The field.
        field: &'static str,
    },
    /// Two transcripts differ before their last answers.
    #[error(
        "The transcripts differ before their last answers, so they have no prompt in common. \
         Let only the last answer differ"
    )]
    NoCommonPrompt,
    /// A label has another value than it may have.
    #[error("The field “label” is {found}. Write {wanted}")]
    Label {
        /// What it is.
        found: String,
        /// What it may be.
        wanted: &'static str,
    },
    /// A completion judged by itself, where pairs are wanted, has no counterpart.
    #[error(
        "No {missing} completion of the same prompt is left to make a pair with this one. \
         Add one, or leave this line out"
    )]
    NoCounterpart {
        /// "good" or "bad".
        missing: &'static str,
    },
}

pub(super) const EXAMPLE: &str = r#"{"prompt": "Mar", "chosen": "ia", "rejected": "vin"}"#;

/// The fields that matter; any others are skipped without being kept.
#[derive(Deserialize)]
struct Fields {
    prompt: Option<Value>,
    chosen: Option<Value>,
    rejected: Option<Value>,
    completion: Option<Value>,
    label: Option<Value>,
    input: Option<Value>,
    output_1: Option<Value>,
    output_2: Option<Value>,
    sentence_good: Option<Value>,
    sentence_bad: Option<Value>,
}

/// A prompt or a completion.
enum Content {
    Text(String),
    Conversation(Vec<Message>),
}

/// Reads a file's lines; empty ones are left out. A byte-order mark and Windows' line ends
/// do no harm.
pub fn read_examples(text: &str) -> Vec<Line<Example>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty());
    let read = lines.map(|(line, number)| Line {
        number,
        content: read_line(line),
    });
    read.collect()
}

fn read_line(line: &str) -> Result<Example, LineError> {
    if !line.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str::<Value>(line)
    {
        return Err(LineError::NotAnObject {
            found: kind(&value),
        });
    }
    let fields: Fields = serde_json::from_str(line).map_err(|error| not_json(&error))?;
    if fields.chosen.is_none() && fields.rejected.is_none() {
        if fields.completion.is_some() {
            return unpaired(fields).map(Example::Single);
        }
        if fields.output_1.is_some() || fields.output_2.is_some() {
            return instruction(fields).map(Example::Pair);
        }
        if fields.sentence_good.is_some() || fields.sentence_bad.is_some() {
            return minimal_pair(fields).map(Example::Pair);
        }
    }
    preference(fields).map(Example::Pair)
}

/// TRL's preferences and HH-RLHF's transcripts.
fn preference(fields: Fields) -> Result<Preference, LineError> {
    let chosen = content("chosen", fields.chosen)?;
    let rejected = content("rejected", fields.rejected)?;
    let prompt = match fields.prompt {
        Some(prompt) => Some(content("prompt", Some(prompt))?),
        None => None,
    };
    match (prompt, chosen, rejected) {
        (None, Content::Text(chosen), Content::Text(rejected)) => {
            match conversation::is_transcript(&chosen) {
                true => split_transcripts(&chosen, &rejected),
                false => Ok(split_prompt(&chosen, &rejected)),
            }
        }
        (Some(Content::Text(prompt)), Content::Text(chosen), Content::Text(rejected)) => {
            Ok(Preference {
                prompt,
                chosen,
                rejected,
            })
        }
        (None, chosen, rejected) => {
            let [chosen, rejected] = [messages("chosen", chosen)?, messages("rejected", rejected)?];
            let shared = conversation::common(&chosen, &rejected);
            pair(&chosen[..shared], &chosen[shared..], &rejected[shared..])
        }
        (Some(prompt), chosen, rejected) => {
            let prompt = prompt_messages(prompt);
            let [chosen, rejected] = [messages("chosen", chosen)?, messages("rejected", rejected)?];
            pair(&prompt, after(&prompt, &chosen), after(&prompt, &rejected))
        }
    }
}

fn pair(
    prompt: &[Message],
    chosen: &[Message],
    rejected: &[Message],
) -> Result<Preference, LineError> {
    let answers = [("chosen", chosen), ("rejected", rejected)];
    let (prompt, [chosen, rejected]) = conversation::texts(prompt, answers)?;
    Ok(Preference {
        prompt,
        chosen,
        rejected,
    })
}

/// TRL's unpaired preferences.
fn unpaired(fields: Fields) -> Result<Judgement, LineError> {
    let prompt = content("prompt", fields.prompt)?;
    let completion = content("completion", fields.completion)?;
    let good = match fields.label {
        Some(Value::Bool(good)) => good,
        other => return Err(wrong_label(other, "true or false")),
    };
    let (prompt, completion) = match (prompt, completion) {
        (Content::Text(prompt), Content::Text(completion)) => (prompt, completion),
        (prompt, completion) => {
            let prompt = prompt_messages(prompt);
            let completion = messages("completion", completion)?;
            let answer = ("completion", after(&prompt, &completion));
            let (prompt, [completion]) = conversation::texts(&prompt, [answer])?;
            (prompt, completion)
        }
    };
    Ok(Judgement {
        prompt,
        completion,
        good,
    })
}

/// LLMBar's instructions with two outputs.
fn instruction(fields: Fields) -> Result<Preference, LineError> {
    let prompt = text("input", fields.input)?;
    let first = text("output_1", fields.output_1)?;
    let second = text("output_2", fields.output_2)?;
    let label = match &fields.label {
        Some(Value::String(label)) => label.parse().ok(),
        Some(label) => label.as_u64(),
        None => None,
    };
    let (chosen, rejected) = match label {
        Some(1) => (first, second),
        Some(2) => (second, first),
        _ => {
            return Err(wrong_label(
                fields.label,
                "1 or 2, the better output's number",
            ));
        }
    };
    Ok(Preference {
        prompt,
        chosen,
        rejected,
    })
}

/// BLiMP's sentences, of which one is grammatical.
fn minimal_pair(fields: Fields) -> Result<Preference, LineError> {
    Ok(Preference {
        prompt: String::new(),
        chosen: text("sentence_good", fields.sentence_good)?,
        rejected: text("sentence_bad", fields.sentence_bad)?,
    })
}

fn wrong_label(found: Option<Value>, wanted: &'static str) -> LineError {
    match found {
        Some(found) => LineError::Label {
            found: found.to_string(),
            wanted,
        },
        None => LineError::Missing { field: "label" },
    }
}

fn content(field: &'static str, value: Option<Value>) -> Result<Content, LineError> {
    match value {
        Some(Value::Array(list)) if list.iter().all(Value::is_object) => {
            conversation::messages(field, &list).map(Content::Conversation)
        }
        other => text(field, other).map(Content::Text),
    }
}

fn text(field: &'static str, value: Option<Value>) -> Result<String, LineError> {
    match value {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(LineError::NotText {
            field,
            found: kind(&other),
        }),
        None => Err(LineError::Missing { field }),
    }
}

fn messages(field: &'static str, content: Content) -> Result<Vec<Message>, LineError> {
    match content {
        Content::Conversation(messages) => Ok(messages),
        Content::Text(_) => Err(LineError::NotMessages { field }),
    }
}

/// A prompt that is text, beside conversations, is what the person says.
fn prompt_messages(prompt: Content) -> Vec<Message> {
    match prompt {
        Content::Conversation(messages) => messages,
        Content::Text(text) => vec![Message::user(text)],
    }
}

/// The messages after `prompt`; some files repeat it in the completion.
fn after<'a>(prompt: &[Message], completion: &'a [Message]) -> &'a [Message] {
    completion.strip_prefix(prompt).unwrap_or(completion)
}

/// Parts two transcripts before their last answers.
fn split_transcripts(chosen: &str, rejected: &str) -> Result<Preference, LineError> {
    let start = conversation::last_answer(chosen).ok_or(LineError::NoAnswer { field: "chosen" })?;
    let (prompt, chosen) = chosen.split_at(start);
    match rejected.strip_prefix(prompt) {
        Some(rejected) => Ok(Preference {
            prompt: prompt.to_owned(),
            chosen: chosen.to_owned(),
            rejected: rejected.to_owned(),
        }),
        None => Err(LineError::NoCommonPrompt),
    }
}

/// Parts two texts where they begin to differ, or one space before, as TRL's `extract_prompt`
/// does: the prompt of "How? Well" and "How? Badly" is "How?". At least one character of the
/// shorter text stays in its completion.
fn split_prompt(chosen: &str, rejected: &str) -> Preference {
    let starts = chosen.char_indices().zip(rejected.chars());
    let mut end = 0;
    let mut before = None;
    for ((start, ours), theirs) in starts {
        end = start;
        if ours != theirs {
            if before == Some(' ') {
                end -= 1;
            }
            break;
        }
        before = Some(ours);
    }
    Preference {
        prompt: chosen[..end].to_owned(),
        chosen: chosen[end..].to_owned(),
        rejected: rejected[end..].to_owned(),
    }
}

fn not_json(error: &serde_json::Error) -> LineError {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    LineError::NotJson {
        reason: said.strip_suffix(&place).unwrap_or(&said).to_owned(),
        column: error.column(),
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pair(prompt: &str, chosen: &str, rejected: &str) -> Preference {
        let [prompt, chosen, rejected] = [prompt, chosen, rejected].map(str::to_owned);
        Preference {
            prompt,
            chosen,
            rejected,
        }
    }

    fn only(line: &str) -> Result<Example, LineError> {
        let mut lines = read_examples(line);
        assert_eq!(lines.len(), 1, "{line}");
        lines.remove(0).content
    }

    fn read(line: Value) -> Preference {
        match only(&line.to_string()) {
            Ok(Example::Pair(pair)) => pair,
            other => panic!("{line} gives {other:?}"),
        }
    }

    #[test]
    fn an_absent_prompt_is_what_both_begin_with() {
        let line =
            |chosen: &str, rejected: &str| read(json!({"chosen": chosen, "rejected": rejected}));
        // As TRL's extract_prompt parts them.
        assert_eq!(line("How? Well", "How? Bad"), pair("How?", " Well", " Bad"));
        assert_eq!(line("Maria", "Marvin"), pair("Mar", "ia", "vin"));
        assert_eq!(line("Ann", "Annabelle"), pair("An", "n", "nabelle"));
        assert_eq!(line("éa", "éb"), pair("é", "a", "b"));
        assert_eq!(line("a", "b"), pair("", "a", "b"));
        assert_eq!(line("", "b"), pair("", "", "b"));
    }

    #[test]
    fn transcripts_are_parted_before_their_last_answers() {
        let start = "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Tea?\n\nAssistant:";
        let line =
            json!({"chosen": format!("{start} Yes please"), "rejected": format!("{start} Yes")});
        // Both answers begin with " Yes", which is no part of the prompt here.
        assert_eq!(read(line), pair(start, " Yes please", " Yes"));
    }

    #[test]
    fn a_conversation_of_one_question_is_read_as_two_texts() {
        let user = json!({"role": "user", "content": "Tea?"});
        let [yes, no] = ["Yes", "No"].map(|text| json!({"role": "assistant", "content": text}));
        let expected = pair("Tea?", "Yes", "No");
        let forms = [
            json!({"prompt": [user], "chosen": [yes], "rejected": [no]}),
            json!({"chosen": [user, yes], "rejected": [user, no]}),
            // The prompt twice, as UltraFeedback has it.
            json!({"prompt": "Tea?", "chosen": [user, yes], "rejected": [user, no]}),
        ];
        for form in forms {
            assert_eq!(read(form.clone()), expected, "{form}");
        }
    }

    #[test]
    fn a_longer_conversation_is_read_as_a_transcript() {
        let message = |role: &str, content: &str| json!({"role": role, "content": content});
        let start = [
            message("system", "Be kind."),
            message("user", "Hi"),
            message("assistant", "Hello"),
            message("user", "Tea?"),
        ];
        let chosen = [&start[..], &[message("assistant", "Yes")]].concat();
        let rejected = [
            &start[..],
            &[
                message("assistant", "No"),
                message("user", "Why?"),
                message("assistant", "Hm"),
            ],
        ]
        .concat();
        assert_eq!(
            read(json!({"chosen": chosen, "rejected": rejected})),
            pair(
                "Be kind.\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Tea?\n\nAssistant:",
                " Yes",
                " No\n\nHuman: Why?\n\nAssistant: Hm"
            )
        );
        // One longer answer makes a transcript of both.
        let [yes, no] = ["Yes", "No"].map(|text| message("assistant", text));
        let tea = message("user", "Tea?");
        assert_eq!(
            read(json!({"prompt": [tea], "chosen": [yes], "rejected": [no, tea, yes]})),
            pair(
                "\n\nHuman: Tea?\n\nAssistant:",
                " Yes",
                " No\n\nHuman: Tea?\n\nAssistant: Yes"
            )
        );
    }

    #[test]
    fn completions_judged_by_themselves_are_read() {
        let single = |good| {
            Ok(Example::Single(Judgement {
                prompt: "Tea?".to_owned(),
                completion: "Yes".to_owned(),
                good,
            }))
        };
        let text = json!({"prompt": "Tea?", "completion": "Yes", "label": true});
        assert_eq!(only(&text.to_string()), single(true));
        let messages = json!({
            "prompt": [{"role": "user", "content": "Tea?"}],
            "completion": [{"role": "assistant", "content": "Yes"}],
            "label": false,
        });
        assert_eq!(only(&messages.to_string()), single(false));
    }

    #[test]
    fn the_columns_of_benchmarks_are_read() {
        let bar = |label: Value| json!({"input": "Tea?", "output_1": "Yes", "output_2": "No", "label": label});
        assert_eq!(read(bar(json!(1))), pair("Tea?", "Yes", "No"));
        assert_eq!(read(bar(json!(2))), pair("Tea?", "No", "Yes"));
        assert_eq!(read(bar(json!("2"))), pair("Tea?", "No", "Yes"));
        let blimp = json!({"sentence_good": "Cats sleep.", "sentence_bad": "Cats sleeps.", "UID": "agreement"});
        assert_eq!(read(blimp), pair("", "Cats sleep.", "Cats sleeps."));
    }

    #[test]
    fn further_fields_are_ignored() {
        let line = json!({"id": [1, {"a": 2}], "prompt": "a", "chosen": "b", "rejected": "c", "score": 0.5});
        assert_eq!(read(line), pair("a", "b", "c"));
    }

    #[test]
    fn a_bad_line_says_what_is_wrong_and_how_to_mend_it() {
        let said = |line: &str| only(line).unwrap_err().to_string();
        let cases = [
            (
                r#"{"prompt": "Mar""#,
                "not JSON (EOF while parsing an object at column 16)",
            ),
            ("prompt,chosen,rejected", "not JSON"),
            (r#"[{"prompt": "Mar"}]"#, "a list, not an object"),
            ("\"Maria\"", "a text, not an object"),
            ("{}", "“chosen” is missing"),
            (
                r#"{"prompt": "Mar", "rejected": "vin"}"#,
                "“chosen” is missing",
            ),
            (
                r#"{"prompt": 3, "chosen": "ia", "rejected": "vin"}"#,
                "“prompt” is a number",
            ),
            (
                r#"{"prompt": "a", "chosen": "ia", "rejected": null}"#,
                "“rejected” is missing",
            ),
            (
                r#"{"chosen": ["Hi"], "rejected": "b"}"#,
                "“chosen” is a list, not text",
            ),
            (r#"{"chosen": "\ud800", "rejected": "b"}"#, "not JSON"),
            (
                r#"{"chosen": "a", "chosen": "b", "rejected": "b"}"#,
                "duplicate field",
            ),
            (
                r#"{"chosen": [{"role": "user", "content": "Hi"}], "rejected": "b"}"#,
                "“rejected” is text, but the others are conversations",
            ),
            (
                r#"{"chosen": [{"role": "user", "content": "Hi"}], "rejected": []}"#,
                "“chosen” has no answer",
            ),
            (
                r#"{"chosen": [{"role": "wizard", "content": "Hi"}], "rejected": []}"#,
                "Message 1 of the field “chosen” has the unknown role \"wizard\"",
            ),
            (
                r#"{"chosen": [{"content": "Hi"}], "rejected": []}"#,
                "has no role",
            ),
            (
                r#"{"chosen": [{"role": "user", "content": [1]}], "rejected": []}"#,
                "has a list for content",
            ),
            (
                r#"{"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: c\n\nAssistant: d"}"#,
                "transcripts differ before their last answers",
            ),
            (
                r#"{"chosen": "\n\nHuman: a", "rejected": "\n\nHuman: a\n\nAssistant: d"}"#,
                "“chosen” has no answer",
            ),
            (
                r#"{"prompt": "a", "completion": "b"}"#,
                "“label” is missing",
            ),
            (
                r#"{"prompt": "a", "completion": "b", "label": "good"}"#,
                "“label” is \"good\". Write true or false",
            ),
            (
                r#"{"completion": "b", "label": true}"#,
                "“prompt” is missing",
            ),
            (
                r#"{"input": "a", "output_1": "b", "output_2": "c", "label": 3}"#,
                "“label” is 3. Write 1 or 2",
            ),
            (
                r#"{"input": "a", "output_1": "b", "label": 1}"#,
                "“output_2” is missing",
            ),
            (r#"{"sentence_good": "a"}"#, "“sentence_bad” is missing"),
        ];
        for (line, part) in cases {
            assert!(said(line).contains(part), "{line}: {}", said(line));
        }
    }
}
