//! Conversations and transcripts as text.
//!
//! A small policy has no chat template, so a conversation becomes text in one of two ways. One
//! question and its answer become just these two texts. Anything longer becomes a transcript in
//! the form of Anthropic's HH-RLHF (<https://github.com/anthropics/hh-rlhf>): `\n\nHuman: …` and
//! `\n\nAssistant: …` in turn, a system message before them.

use serde_json::Value;

use super::example::{LineError, kind};

const HUMAN: &str = "\n\nHuman:";
const ASSISTANT: &str = "\n\nAssistant:";

/// What one side says at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    role: Role,
    content: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    System,
    User,
    Assistant,
}

impl Message {
    /// What a person says.
    pub fn user(content: String) -> Self {
        Message {
            role: Role::User,
            content,
        }
    }
}

/// The messages of a list such as `[{"role": "user", "content": "Hi"}]`.
pub fn messages(field: &'static str, list: &[Value]) -> Result<Vec<Message>, LineError> {
    let message = |(index, value): (usize, &Value)| {
        let wrong = |problem: String| LineError::Message {
            field,
            number: index + 1,
            problem,
        };
        let role = match value.get("role").and_then(Value::as_str) {
            Some("system") => Role::System,
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            Some(other) => return Err(wrong(format!("has the unknown role {other:?}"))),
            None => return Err(wrong("has no role".to_owned())),
        };
        match value.get("content") {
            Some(Value::String(content)) => Ok(Message {
                role,
                content: content.clone(),
            }),
            Some(other) => Err(wrong(format!("has {} for content, not text", kind(other)))),
            None => Err(wrong("has no content".to_owned())),
        }
    };
    list.iter().enumerate().map(message).collect()
}

/// How many messages both conversations begin with, at least one of either left to differ.
pub fn common(chosen: &[Message], rejected: &[Message]) -> usize {
    let same = chosen.iter().zip(rejected).take_while(|(a, b)| a == b);
    let shorter = chosen.len().min(rejected.len());
    same.count().min(shorter.saturating_sub(1))
}

/// A prompt and the answers to it, as text; an answer comes with the field it is from.
pub fn texts<const N: usize>(
    prompt: &[Message],
    answers: [(&'static str, &[Message]); N],
) -> Result<(String, [String; N]), LineError> {
    let speaks = |answer: &[Message]| answer.first().is_some_and(|m| m.role == Role::Assistant);
    if let Some((field, _)) = answers.iter().find(|(_, answer)| !speaks(answer)) {
        return Err(LineError::NoAnswer { field });
    }
    if let [question] = prompt
        && question.role == Role::User
        && answers.iter().all(|(_, answer)| answer.len() == 1)
    {
        let answers = answers.map(|(_, answer)| answer[0].content.clone());
        return Ok((question.content.clone(), answers));
    }
    let prompt: String = prompt.iter().map(turn).collect();
    let answers = answers.map(|(_, answer)| {
        let transcript: String = answer.iter().map(turn).collect();
        transcript[ASSISTANT.len()..].to_owned()
    });
    Ok((prompt + ASSISTANT, answers))
}

fn turn(message: &Message) -> String {
    match message.role {
        Role::System => message.content.clone(),
        Role::User => format!("{HUMAN} {}", message.content),
        Role::Assistant => format!("{ASSISTANT} {}", message.content),
    }
}

/// Whether `text` is a transcript.
pub fn is_transcript(text: &str) -> bool {
    text.starts_with(HUMAN)
}

/// Where a transcript's last answer begins.
pub fn last_answer(transcript: &str) -> Option<usize> {
    let start = transcript.rfind(ASSISTANT)?;
    Some(start + ASSISTANT.len())
}
