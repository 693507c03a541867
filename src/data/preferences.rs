//! Preference pairs as TRL stores them: a JSON object a line.
//!
//! Two of TRL's forms are read (<https://huggingface.co/docs/trl/dataset_formats>): `prompt`,
//! `chosen`, `rejected`, the explicit one; and `chosen`, `rejected`, whose common beginning is the
//! prompt. Other fields are ignored. What is written is explicit.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// A line of a file, as far as it holds anything.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1, empty lines included.
    pub number: usize,
    /// The pair, or why there is none.
    pub pair: Result<Preference, LineError>,
}

/// Why a line is no preference pair.
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
    /// A field is a list of chat messages.
    #[error(
        "The field “{field}” is a conversation, which is not read: there is no one chat template. \
         Apply your model's template first, so that it is text"
    )]
    Conversation {
        /// The field.
        field: &'static str,
    },
    /// A field is neither text nor a conversation.
    #[error("The field “{field}” is {found}, not text. Put it in quotation marks")]
    NotText {
        /// The field.
        field: &'static str,
        /// What it is.
        found: &'static str,
    },
}

const EXAMPLE: &str = r#"{"prompt": "Mar", "chosen": "ia", "rejected": "vin"}"#;

/// The fields that matter; any others are skipped without being kept.
#[derive(Deserialize)]
struct Fields {
    prompt: Option<Value>,
    chosen: Option<Value>,
    rejected: Option<Value>,
}

/// Reads a file's lines; empty ones are left out. A byte-order mark and Windows' line ends
/// do no harm.
pub fn read_preferences(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty());
    let read = lines.map(|(line, number)| Line {
        number,
        pair: read_line(line),
    });
    read.collect()
}

/// Writes pairs as a file in the explicit form.
pub fn write_preferences(pairs: &[Preference]) -> String {
    let line = |pair: &Preference| {
        let Preference {
            prompt,
            chosen,
            rejected,
        } = pair;
        let [prompt, chosen, rejected] =
            [prompt, chosen, rejected].map(|text| Value::from(&**text));
        format!("{{\"prompt\": {prompt}, \"chosen\": {chosen}, \"rejected\": {rejected}}}\n")
    };
    pairs.iter().map(line).collect()
}

fn read_line(line: &str) -> Result<Preference, LineError> {
    if !line.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str::<Value>(line)
    {
        return Err(LineError::NotAnObject {
            found: kind(&value),
        });
    }
    let fields: Fields = serde_json::from_str(line).map_err(|error| not_json(&error))?;
    let chosen = text("chosen", fields.chosen)?;
    let rejected = text("rejected", fields.rejected)?;
    match fields.prompt {
        Some(prompt) => Ok(Preference {
            prompt: text("prompt", Some(prompt))?,
            chosen,
            rejected,
        }),
        None => Ok(split_prompt(&chosen, &rejected)),
    }
}

fn text(field: &'static str, value: Option<Value>) -> Result<String, LineError> {
    match value {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Array(list)) if list.iter().all(Value::is_object) => {
            Err(LineError::Conversation { field })
        }
        Some(other) => Err(LineError::NotText {
            field,
            found: kind(&other),
        }),
        None => Err(LineError::Missing { field }),
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

fn kind(value: &Value) -> &'static str {
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
    use super::*;

    fn pair(prompt: &str, chosen: &str, rejected: &str) -> Preference {
        let [prompt, chosen, rejected] = [prompt, chosen, rejected].map(str::to_owned);
        Preference {
            prompt,
            chosen,
            rejected,
        }
    }

    fn only(line: &str) -> Result<Preference, LineError> {
        let mut lines = read_preferences(line);
        assert_eq!(lines.len(), 1, "{line}");
        lines.remove(0).pair
    }

    #[test]
    fn what_is_written_is_read_again() {
        let pairs = [
            pair("Mar", "ia", "vin"),
            pair("", "", "\u{2028}\n\t\"\\"),
            pair("é", "東京", "\u{0}🐇"),
        ];
        let text = write_preferences(&pairs);
        assert_eq!(text.lines().count(), 3);
        let read: Vec<_> = read_preferences(&text)
            .into_iter()
            .map(|line| line.pair.unwrap())
            .collect();
        assert_eq!(read, pairs);
        assert!(text.starts_with(EXAMPLE), "{text}");
    }

    #[test]
    fn a_file_from_windows_keeps_its_line_numbers() {
        let text = format!("\u{feff}{EXAMPLE}\r\n\r\n  \r\nbroken\r\n{EXAMPLE}");
        let lines = read_preferences(&text);
        let found: Vec<_> = lines.iter().map(|l| (l.number, l.pair.is_ok())).collect();
        assert_eq!(found, [(1, true), (4, false), (5, true)]);
        assert_eq!(lines[0].pair, Ok(pair("Mar", "ia", "vin")));
    }

    #[test]
    fn an_absent_prompt_is_what_both_begin_with() {
        let line = |chosen: &str, rejected: &str| {
            only(&serde_json::json!({"chosen": chosen, "rejected": rejected}).to_string()).unwrap()
        };
        // As TRL's extract_prompt parts them.
        assert_eq!(line("How? Well", "How? Bad"), pair("How?", " Well", " Bad"));
        assert_eq!(line("Maria", "Marvin"), pair("Mar", "ia", "vin"));
        assert_eq!(line("Ann", "Annabelle"), pair("An", "n", "nabelle"));
        assert_eq!(line("éa", "éb"), pair("é", "a", "b"));
        assert_eq!(line("a", "b"), pair("", "a", "b"));
        assert_eq!(line("", "b"), pair("", "", "b"));
    }

    #[test]
    fn further_fields_are_ignored() {
        let line =
            r#"{"id": [1, {"a": 2}], "prompt": "a", "chosen": "b", "rejected": "c", "score": 0.5}"#;
        assert_eq!(only(line), Ok(pair("a", "b", "c")));
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
                r#"{"chosen": [{"role": "user", "content": "Hi"}], "rejected": []}"#,
                "“chosen” is a conversation",
            ),
            (r#"{"chosen": "\ud800", "rejected": "b"}"#, "not JSON"),
            (
                r#"{"chosen": "a", "chosen": "b", "rejected": "b"}"#,
                "duplicate field",
            ),
        ];
        for (line, part) in cases {
            assert!(said(line).contains(part), "{line}: {}", said(line));
        }
    }
}
