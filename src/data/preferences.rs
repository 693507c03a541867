//! Preference pairs of a file, and a file of preference pairs.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::Line;
use super::example::{Example, Judgement, LineError, Preference, read_examples};

/// Reads a file's pairs; completions judged by themselves are paired up.
pub fn read_preferences(text: &str) -> Vec<Line<Preference>> {
    pair_up(read_examples(text))
}

/// Makes pairs of completions of one prompt that were judged by themselves: the first good one and
/// the first bad one, and so on. A pair stands where the later of its two lines stood.
pub fn pair_up(lines: Vec<Line<Example>>) -> Vec<Line<Preference>> {
    // For each prompt the completions that wait for a counterpart; all good or all bad.
    let mut waiting: HashMap<String, VecDeque<(usize, Judgement)>> = HashMap::new();
    let mut pairs = Vec::with_capacity(lines.len());
    for Line { number, content } in lines {
        let content = match content {
            Ok(Example::Pair(pair)) => Ok(pair),
            Err(error) => Err(error),
            Ok(Example::Single(single)) => {
                let others = waiting.entry(single.prompt.clone()).or_default();
                if others
                    .front()
                    .is_none_or(|(_, other)| other.good == single.good)
                {
                    others.push_back((number, single));
                    continue;
                }
                match others.pop_front() {
                    Some((_, other)) => Ok(counterparts(single, other)),
                    None => continue,
                }
            }
        };
        pairs.push(Line { number, content });
    }
    let left = waiting.into_values().flatten();
    pairs.extend(left.map(|(number, single)| Line {
        number,
        content: Err(LineError::NoCounterpart {
            missing: match single.good {
                true => "bad",
                false => "good",
            },
        }),
    }));
    pairs.sort_by_key(|line| line.number);
    pairs
}

/// The pair of two completions of which one is good.
fn counterparts(one: Judgement, other: Judgement) -> Preference {
    let (good, bad) = match one.good {
        true => (one, other),
        false => (other, one),
    };
    Preference {
        prompt: good.prompt,
        chosen: good.completion,
        rejected: bad.completion,
    }
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

#[cfg(test)]
mod tests {
    use super::super::example::EXAMPLE;
    use super::*;

    fn pair(prompt: &str, chosen: &str, rejected: &str) -> Preference {
        let [prompt, chosen, rejected] = [prompt, chosen, rejected].map(str::to_owned);
        Preference {
            prompt,
            chosen,
            rejected,
        }
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
            .map(|line| line.content.unwrap())
            .collect();
        assert_eq!(read, pairs);
        assert!(text.starts_with(EXAMPLE), "{text}");
    }

    #[test]
    fn a_file_from_windows_keeps_its_line_numbers() {
        let text = format!("\u{feff}{EXAMPLE}\r\n\r\n  \r\nbroken\r\n{EXAMPLE}");
        let lines = read_preferences(&text);
        let found: Vec<_> = lines
            .iter()
            .map(|l| (l.number, l.content.is_ok()))
            .collect();
        assert_eq!(found, [(1, true), (4, false), (5, true)]);
        assert_eq!(lines[0].content, Ok(pair("Mar", "ia", "vin")));
    }

    #[test]
    fn completions_judged_by_themselves_become_pairs_of_one_prompt() {
        let line = |prompt: &str, completion: &str, label: bool| {
            let object =
                serde_json::json!({"prompt": prompt, "completion": completion, "label": label});
            object.to_string()
        };
        let text = [
            line("a", "good 1", true),
            line("b", "bad", false),
            line("a", "good 2", true),
            line("a", "bad 1", false),
            line("a", "bad 2", false),
            EXAMPLE.to_owned(),
            line("a", "bad 3", false),
        ]
        .join("\n");
        let lines = read_preferences(&text);
        let numbers: Vec<usize> = lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [2, 4, 5, 6, 7]);
        assert_eq!(lines[1].content, Ok(pair("a", "good 1", "bad 1")));
        assert_eq!(lines[2].content, Ok(pair("a", "good 2", "bad 2")));
        assert_eq!(lines[3].content, Ok(pair("Mar", "ia", "vin")));
        for (index, missing) in [(0, "good"), (4, "good")] {
            assert_eq!(
                lines[index].content,
                Err(LineError::NoCounterpart { missing })
            );
        }
    }
}
