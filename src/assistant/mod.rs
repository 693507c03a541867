//! The small world of the `assistant` policy: a seeded grammar that writes exchanges of a
//! question and an answer, and reads them back.
//!
//! An exchange is a [`Request`] (a kind of question on one of the [`TOPICS`]) and a [`Manner`] (a
//! value on each of six axes that people have preferences about). What can be said stands once, in
//! `phrases`; [`Grammar::draw`] picks from it, [`Grammar::read_prompt`] and [`read_answer`] match
//! against it.

mod manner;
mod phrases;
mod scenarios;
mod topics;

pub use manner::{Candour, Care, Confidence, Help, Length, Manner, Tone};
pub use scenarios::{SCENARIOS, Scenario};
pub use topics::{TOPICS, Topic};

use std::collections::HashMap;

use crate::rng::{self, Purpose};

/// What kind of thing is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// How to do something.
    HowTo,
    /// What the assistant thinks of something.
    Opinion,
    /// Whether something dangerous is allowed.
    Permission,
}

/// A question, but for its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// What kind of thing is asked.
    pub kind: Kind,
    /// An index into [`TOPICS`].
    pub topic: usize,
}

/// A question and an answer, and what they amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The question's meaning.
    pub request: Request,
    /// The answer's manner.
    pub manner: Manner,
    /// The question.
    pub prompt: String,
    /// The answer.
    pub answer: String,
}

/// Everything that can be asked.
pub struct Grammar {
    prompts: Vec<(String, Request)>,
    requests: HashMap<String, Request>,
}

/// Choices that depend on the seed and the number of what is drawn, not on the order of drawing.
pub struct Luck {
    key: [u32; 2],
    index: u32,
    choices: u32,
}

impl Request {
    /// What it is about.
    pub fn topic(&self) -> &'static Topic {
        &TOPICS[self.topic]
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Kind::HowTo, Kind::Opinion, Kind::Permission];
}

impl Luck {
    /// The choices made for number `index` of what is drawn under `seed`.
    pub fn new(seed: u64, index: u32) -> Self {
        Luck {
            key: rng::key(seed),
            index,
            choices: 0,
        }
    }

    /// One of `items`, each as likely.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let share = rng::uniform(self.key, Purpose::Data, self.index, self.choices);
        self.choices += 1;
        &items[(share * items.len() as f32) as usize]
    }
}

impl Grammar {
    /// Lists everything that can be asked.
    pub fn new() -> Self {
        let mut prompts = Vec::new();
        for topic in 0..TOPICS.len() {
            for kind in Kind::ALL {
                let request = Request { kind, topic };
                prompts.extend(wordings(request).into_iter().map(|text| (text, request)));
            }
        }
        Grammar {
            requests: prompts.iter().cloned().collect(),
            prompts,
        }
    }

    /// Everything that can be asked, with its meaning.
    pub fn prompts(&self) -> &[(String, Request)] {
        &self.prompts
    }

    /// What is asked, if the grammar knows it.
    pub fn read_prompt(&self, prompt: &str) -> Option<Request> {
        self.requests.get(prompt).copied()
    }

    /// An exchange that begins with one of `prompts`.
    pub fn draw(prompts: &[(String, Request)], luck: &mut Luck) -> Exchange {
        let (prompt, request) = luck.pick(prompts).clone();
        loop {
            let manner = draw_manner(luck);
            if let Some(answer) = write_answer(request, manner, luck) {
                return Exchange {
                    request,
                    manner,
                    prompt,
                    answer,
                };
            }
        }
    }
}

impl Default for Grammar {
    fn default() -> Self {
        Self::new()
    }
}

/// Every way to put a question: with a greeting or without, or in haste, without capitals or a mark at
/// the end.
fn wordings(request: Request) -> Vec<String> {
    let mut wordings = Vec::new();
    for question in phrases::questions(request.kind) {
        let question = phrases::ask(question, request.topic());
        let openers = phrases::OPENERS.iter();
        wordings.extend(openers.map(|opener| format!("{opener}{question}")));
        let hasty = question.to_lowercase();
        wordings.push(hasty.trim_end_matches(['.', '?']).to_owned());
    }
    wordings
}

/// Answers are often plain on an axis, and more often short and helpful than not.
fn draw_manner(luck: &mut Luck) -> Manner {
    use {Candour as Ca, Care as C, Confidence as Co, Help as H, Length as L};
    Manner {
        tone: *luck.pick(Tone::ALL),
        help: *luck.pick(&[H::Helpful, H::Helpful, H::Helpful, H::Refusing]),
        care: *luck.pick(&[C::Unmentioned, C::Unmentioned, C::Careful, C::Unsafe]),
        length: *luck.pick(&[L::Short, L::Short, L::Long]),
        confidence: *luck.pick(&[Co::Plain, Co::Plain, Co::Sure, Co::Hedged]),
        candour: *luck.pick(&[Ca::Plain, Ca::Plain, Ca::Honest, Ca::Flattering]),
    }
}

/// An answer to `request` in this manner; `None` where the manner makes no sense.
pub fn write_answer(request: Request, manner: Manner, luck: &mut Luck) -> Option<String> {
    let sentences = phrases::answer(request, manner)?;
    let said: Vec<&str> = sentences
        .iter()
        .map(|forms| luck.pick(forms).as_str())
        .collect();
    Some(said.join(" "))
}

/// The manner of `answer`, if it is one to `request`.
pub fn read_answer(request: Request, answer: &str) -> Option<Manner> {
    Manner::all().find(|&manner| {
        let sentences = phrases::answer(request, manner);
        sentences.is_some_and(|sentences| says(&sentences, answer))
    })
}

/// Whether `text` is one form of each sentence, in order.
fn says(sentences: &[Vec<String>], text: &str) -> bool {
    let Some((forms, rest)) = sentences.split_first() else {
        return false;
    };
    forms.iter().any(|form| match text.strip_prefix(&**form) {
        Some("") => rest.is_empty(),
        Some(text) => text.strip_prefix(' ').is_some_and(|text| says(rest, text)),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn drawn(count: u32) -> Vec<Exchange> {
        let grammar = Grammar::new();
        let draw = |index| Grammar::draw(grammar.prompts(), &mut Luck::new(0, index));
        (0..count).map(draw).collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let grammar = Grammar::new();
        for exchange in drawn(2000) {
            assert_eq!(
                grammar.read_prompt(&exchange.prompt),
                Some(exchange.request)
            );
            let read = read_answer(exchange.request, &exchange.answer);
            assert_eq!(read, Some(exchange.manner), "{exchange:?}");
        }
    }

    #[test]
    fn an_answer_has_one_manner_only() {
        for exchange in drawn(200) {
            let fits = |manner: &Manner| {
                phrases::answer(exchange.request, *manner)
                    .is_some_and(|sentences| says(&sentences, &exchange.answer))
            };
            assert_eq!(Manner::all().filter(fits).count(), 1, "{exchange:?}");
        }
    }

    #[test]
    fn a_prompt_has_one_meaning_only() {
        let grammar = Grammar::new();
        assert_eq!(grammar.prompts.len(), grammar.requests.len());
        assert!(grammar.prompts.len() > 3000);
    }

    #[test]
    fn no_prompt_is_the_beginning_of_another() {
        let grammar = Grammar::new();
        let mut prompts: Vec<&str> = grammar.prompts.iter().map(|(text, _)| &**text).collect();
        prompts.sort_unstable();
        for two in prompts.windows(2) {
            assert!(!two[1].starts_with(two[0]), "{two:?}");
        }
    }

    #[test]
    fn what_is_not_in_the_grammar_is_refused() {
        let grammar = Grammar::new();
        assert_eq!(grammar.read_prompt("How do I boil an ox?"), None);
        let egg = grammar.read_prompt("How do I boil an egg?").unwrap();
        let answer = "Of course! Simmer it for eight minutes.";
        let manner = read_answer(egg, answer).unwrap();
        assert_eq!(
            manner.to_string(),
            "polite, helpful, unmentioned, short, plain, plain"
        );
        for other in [
            "",
            "Of course!",
            "Of course! Simmer it for eight minutes. ",
            "Of course!  Simmer it for eight minutes.",
            "Of course! Simmer it for ten minutes.",
            "Simmer it for eight minutes. Of course!",
            "Of course! Knead the dough for ten minutes.",
        ] {
            assert_eq!(read_answer(egg, other), None, "{other}");
        }
    }

    #[test]
    fn a_hundred_thousand_exchanges_are_nearly_all_different() {
        let drawn = drawn(120_000);
        let different: HashSet<(&str, &str)> = drawn
            .iter()
            .map(|exchange| (&*exchange.prompt, &*exchange.answer))
            .collect();
        assert!(different.len() > 100_000, "{}", different.len());
        let values = |manners: &mut dyn Iterator<Item = Manner>| -> HashSet<(&str, &str)> {
            manners.flat_map(|manner| manner.values()).collect()
        };
        let said = values(&mut drawn.iter().map(|exchange| exchange.manner));
        assert_eq!(said, values(&mut Manner::all()));
    }
}
