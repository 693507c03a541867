//! Judgement by a rule over the texts.

use std::str::FromStr;

use regex_lite::Regex;

use super::{Judge, Verdict};
use crate::assistant::{Grammar, Manner, read_answer};
use crate::policy::language::TokenSample;

/// A rule that gives an answer a number of points.
#[derive(Clone, Debug)]
pub enum Rule {
    /// One less for each character.
    Shorter,
    /// One for each character.
    Longer,
    /// One for each of the wanted words, one less for each of the unwanted ones; in lower case.
    Words {
        /// Those that count for the answer.
        wanted: Vec<String>,
        /// Those that count against it.
        unwanted: Vec<String>,
    },
    /// One if the expression matches.
    Pattern(Regex),
    /// One if the answer, read by the assistant's grammar, has this value on this axis; one less if the
    /// grammar cannot read it.
    Manner {
        /// An axis of [`Manner`], such as "tone".
        axis: &'static str,
        /// A value on it, such as "polite".
        value: &'static str,
    },
}

/// Why a text is no rule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// No rule begins so.
    #[error("there is no rule {0:?}: write shorter, longer, words: …, pattern: … or manner: …=…")]
    Unknown(String),
    /// A list without a word.
    #[error(
        "the rule \"words\" needs words, separated by commas; a word after a minus sign counts against"
    )]
    NoWords,
    /// The expression is malformed.
    #[error("the rule's pattern is no regular expression: {0}")]
    Pattern(String),
    /// The grammar has no such axis or value.
    #[error("an answer has no manner {given:?}; it has {known}")]
    Manner {
        /// What was asked for.
        given: String,
        /// What there is.
        known: String,
    },
}

impl FromStr for Rule {
    type Err = RuleError;

    /// Reads `shorter`, `longer`, `words: thanks, please, -stupid`, `pattern: ^Yes`, `manner: tone=polite`.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let rest = rest.trim();
        match kind.trim() {
            "shorter" => Ok(Rule::Shorter),
            "longer" => Ok(Rule::Longer),
            "words" => {
                let words = rest.split(',').map(|word| word.trim().to_lowercase());
                let words = words.filter(|word| !word.trim_start_matches('-').is_empty());
                let (unwanted, wanted): (Vec<String>, Vec<String>) =
                    words.partition(|word| word.starts_with('-'));
                if unwanted.is_empty() && wanted.is_empty() {
                    return Err(RuleError::NoWords);
                }
                let bare = |word: String| word.trim_start_matches('-').to_owned();
                let unwanted = unwanted.into_iter().map(bare).collect();
                Ok(Rule::Words { wanted, unwanted })
            }
            "pattern" => match Regex::new(rest) {
                Ok(pattern) => Ok(Rule::Pattern(pattern)),
                Err(error) => Err(RuleError::Pattern(error.to_string())),
            },
            "manner" => manner(rest),
            other => Err(RuleError::Unknown(other.to_owned())),
        }
    }
}

/// The rule that asks for a manner, such as "tone=polite".
fn manner(text: &str) -> Result<Rule, RuleError> {
    let mut known: Vec<(&'static str, &'static str)> = Vec::new();
    for pair in Manner::all().flat_map(|manner| manner.values()) {
        if !known.contains(&pair) {
            known.push(pair);
        }
    }
    let asked = text
        .split_once('=')
        .map(|(axis, value)| (axis.trim(), value.trim()));
    match known
        .iter()
        .find(|(axis, value)| asked == Some((*axis, *value)))
    {
        Some(&(axis, value)) => Ok(Rule::Manner { axis, value }),
        None => {
            let known: Vec<String> = known
                .iter()
                .map(|(axis, value)| format!("{axis}={value}"))
                .collect();
            Err(RuleError::Manner {
                given: text.to_owned(),
                known: known.join(", "),
            })
        }
    }
}

/// Judges a language policy's answers by a rule.
pub struct RuleJudge {
    rule: Rule,
    /// The text of each token.
    vocabulary: Vec<String>,
    grammar: Grammar,
}

impl RuleJudge {
    /// Judges by `rule`; `vocabulary` is the text of each token, by id.
    pub fn new(rule: Rule, vocabulary: Vec<String>) -> Self {
        RuleJudge {
            rule,
            vocabulary,
            grammar: Grammar::new(),
        }
    }

    /// The points of `answer` to `prompt`.
    pub fn points(&self, prompt: &str, answer: &str) -> f32 {
        match &self.rule {
            Rule::Shorter => -(answer.chars().count() as f32),
            Rule::Longer => answer.chars().count() as f32,
            Rule::Words { wanted, unwanted } => {
                let lower = answer.to_lowercase();
                let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
                let count = |list: &[String]| {
                    words
                        .iter()
                        .filter(|word| list.iter().any(|w| w == *word))
                        .count()
                };
                count(wanted) as f32 - count(unwanted) as f32
            }
            Rule::Pattern(pattern) => f32::from(u8::from(pattern.is_match(answer))),
            Rule::Manner { axis, value } => {
                let request = self.grammar.read_prompt(prompt.trim());
                match request.and_then(|request| read_answer(request, answer.trim())) {
                    Some(manner) => f32::from(u8::from(manner.values().contains(&(axis, value)))),
                    None => -1.0,
                }
            }
        }
    }

    fn reward(&self, sample: &TokenSample) -> f32 {
        let text = |ids: &[u32]| -> String {
            let known = ids
                .iter()
                .filter_map(|&id| self.vocabulary.get(id as usize));
            known.map(String::as_str).collect()
        };
        self.points(&text(&sample.prompt), &text(&sample.completion))
    }
}

impl Judge<TokenSample> for RuleJudge {
    /// The answer with more points wins for certain.
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a TokenSample; 2]]) -> Verdict<'a> {
        let wins = pairs.iter().map(|[first, second]| {
            let (first, second) = (self.reward(first), self.reward(second));
            match first.total_cmp(&second) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            }
        });
        let wins = Ok(wins.collect());
        Box::pin(async { wins })
    }

    fn rewards<'a>(&'a mut self, samples: &'a [&'a TokenSample]) -> Verdict<'a> {
        let rewards = Ok(samples.iter().map(|sample| self.reward(sample)).collect());
        Box::pin(async { rewards })
    }
}
