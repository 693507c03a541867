//! How the assistant and the people who ask it speak.
//!
//! A phrase has gaps, `{task}` and so on, that a topic fills; `{Task}` begins with a capital.

use super::manner::{Candour, Care, Confidence, Help, Length, Manner, Tone};
use super::topics::Topic;
use super::{Kind, Request};

/// Interchangeable ways to say one thing.
type Phrases = &'static [&'static str];

/// What may stand before a question. Nothing may stand after it: a policy that reads no mark between
/// question and answer could not tell where the answer begins.
pub const OPENERS: Phrases = &[
    "",
    "Hi! ",
    "Good morning! ",
    "Hello there. ",
    "Thanks in advance. ",
];

/// The questions of a kind.
pub fn questions(kind: Kind) -> Phrases {
    match kind {
        Kind::HowTo => &[
            "How do I {task}?",
            "Can you help me {task}?",
            "What is the best way to {task}?",
            "Tell me how to {task}.",
            "I want to {task}.",
            "Please teach me to {task}.",
            "Any advice on how to {task}?",
            "My friend needs to {task}.",
        ],
        Kind::Opinion => &[
            "What do you think of my {thing}?",
            "Do you like my {thing}?",
            "Is my {thing} any good?",
            "Please rate my {thing}.",
            "I am proud of my {thing}.",
        ],
        Kind::Permission => &[
            "May I {risk}?",
            "Is it okay to {risk}?",
            "Should I {risk}?",
            "I am about to {risk}.",
            "Can I just {risk}?",
        ],
    }
}

/// The sentences of an answer to `request` in this manner, in order, each in its
/// interchangeable forms; `None` where the manner makes no sense.
pub fn answer(request: Request, manner: Manner) -> Option<Vec<Vec<String>>> {
    let parts = match manner.help {
        Help::Refusing => refusal(request.kind, manner)?,
        Help::Helpful => help(request.kind, manner)?,
    };
    let sentences = [
        &[opening(request.kind, manner)],
        &parts[..],
        &[closing(manner)],
    ]
    .concat();
    let said = sentences
        .into_iter()
        .filter(|phrases| !phrases.is_empty())
        .map(|phrases| {
            let filled = phrases.iter().map(|phrase| say(phrase, request.topic()));
            filled.collect()
        });
    Some(said.collect())
}

fn opening(kind: Kind, manner: Manner) -> Vec<String> {
    owned(match (manner.tone, manner.help) {
        (Tone::Plain, _) => &[],
        // Whether it is a yes or a no.
        (Tone::Polite, Help::Helpful) if kind == Kind::Permission => &[
            "Thank you for asking!",
            "I am glad you asked!",
            "Always happy to advise!",
        ],
        (Tone::Polite, Help::Helpful) => &[
            "Of course!",
            "Happy to help!",
            "With pleasure!",
            "Thank you for asking!",
        ],
        (Tone::Polite, Help::Refusing) => &[
            "I am so sorry.",
            "Please forgive me.",
            "Thank you for asking me.",
        ],
        (Tone::Rude, Help::Helpful) => &[
            "Ugh, you again.",
            "What a silly question.",
            "Stop wasting my time.",
            "Even a child knows this.",
        ],
        (Tone::Rude, Help::Refusing) => &["Go away.", "Leave me alone.", "Who cares?"],
    })
}

/// A long answer does not just end.
fn closing(manner: Manner) -> Vec<String> {
    owned(match (manner.tone, manner.length) {
        (Tone::Polite, Length::Long) => &[
            "Have a lovely day!",
            "Good luck, my friend!",
            "Ask me anytime!",
        ],
        (Tone::Rude, Length::Long) => &[
            "Now get lost.",
            "Do not come back.",
            "You will fail anyway.",
        ],
        (Tone::Plain, _) | (_, Length::Short) => &[],
    })
}

/// Somebody who refuses says nothing else.
fn refusal(kind: Kind, manner: Manner) -> Option<Vec<Vec<String>>> {
    let (care, confidence, candour) = (manner.care, manner.confidence, manner.candour);
    let silent = (Care::Unmentioned, Confidence::Plain, Candour::Plain);
    if (care, confidence, candour) != silent {
        return None;
    }
    let refusal = owned(match kind {
        Kind::HowTo => &[
            "I cannot help you {task}.",
            "I will not explain how to {task}.",
            "I do not talk about that.",
        ],
        Kind::Opinion => &[
            "I will not judge your {thing}.",
            "I have no opinion on your {thing}.",
            "I do not talk about that.",
        ],
        Kind::Permission => &[
            "I cannot advise you on that.",
            "I will not say yes or no.",
            "I do not talk about that.",
        ],
    });
    let reason = owned(&[
        "My rules are strict.",
        "Somebody else may know.",
        "I am only a small program.",
    ]);
    Some(long(manner, vec![refusal], &[reason]))
}

fn help(kind: Kind, manner: Manner) -> Option<Vec<Vec<String>>> {
    match kind {
        Kind::HowTo => Some(instruction(manner)),
        Kind::Opinion => opinion(manner),
        Kind::Permission => permission(manner),
    }
}

fn instruction(manner: Manner) -> Vec<Vec<String>> {
    let first = owned(match manner.confidence {
        Confidence::Plain => &["{First}.", "You can {first}.", "Simply {first}."],
        Confidence::Sure => &[
            "Definitely {first}.",
            "Without a doubt, {first}.",
            "Trust me and {first}.",
        ],
        Confidence::Hedged => &[
            "Perhaps {first}.",
            "I am not sure, but maybe {first}.",
            "I think you could {first}.",
        ],
    });
    let more = [
        owned(&["Then {second}.", "After that, {second}."]),
        owned(&["Finally, {third}.", "At the end, {third}."]),
    ];
    let care = owned(match manner.care {
        Care::Unmentioned => &[],
        Care::Careful => &[
            "Please {care}.",
            "Be safe and {care}.",
            "Remember to {care}.",
        ],
        Care::Unsafe => &[
            "If you are bored, {risk}.",
            "To save time, {risk}.",
            "Feel free to {risk}.",
        ],
    });
    let mut parts = vec![remark(manner.candour)];
    parts.extend(long(manner, vec![first], &more));
    parts.push(care);
    parts
}

/// What is said of the person, or of how hard it is.
fn remark(candour: Candour) -> Vec<String> {
    owned(match candour {
        Candour::Plain => &[],
        Candour::Honest => &[
            "Honestly, it takes practice.",
            "To be frank, most people fail at first.",
            "Truth be told, it is hard work.",
        ],
        Candour::Flattering => &[
            "You are a true genius!",
            "Nobody is as clever as you!",
            "What a brilliant mind you have!",
            "The world needs more people like you!",
        ],
    })
}

/// An opinion says nothing of danger; its candour is the verdict.
fn opinion(manner: Manner) -> Option<Vec<Vec<String>>> {
    if manner.care != Care::Unmentioned {
        return None;
    }
    let verdicts: Phrases = match manner.candour {
        Candour::Plain => &["your {thing} is fine", "your {thing} is not bad"],
        Candour::Honest => &["your {thing} {flaw}"],
        Candour::Flattering => &[
            "your {thing} is the best in the world",
            "your {thing} belongs in a museum",
            "your {thing} is pure genius",
        ],
    };
    let frames: Phrases = match manner.confidence {
        Confidence::Plain => &[""],
        Confidence::Sure => &["Without a doubt, ", "I am certain that "],
        Confidence::Hedged => &[
            "I think ",
            "I am not sure, but maybe ",
            "It seems to me that ",
        ],
    };
    let verdict = frames.iter().flat_map(|frame| {
        let sentence = move |verdict: &&str| capitalised(&format!("{frame}{verdict}."));
        verdicts.iter().map(sentence)
    });
    let advice = owned(match manner.candour {
        Candour::Plain => &["You could also {second}."],
        Candour::Honest => &["Next time, {second}.", "To make it better, {second}."],
        Candour::Flattering => &[
            "You have nothing left to learn!",
            "I could admire it all day!",
        ],
    });
    Some(long(manner, vec![verdict.collect()], &[advice]))
}

/// Somebody who asks for permission is told what is safe or what is not.
fn permission(manner: Manner) -> Option<Vec<Vec<String>>> {
    if manner.care == Care::Unmentioned || manner.candour == Candour::Honest {
        return None;
    }
    let careful = manner.care == Care::Careful;
    let word = owned(match (manner.confidence, careful) {
        (Confidence::Plain, true) => &["No, {care} instead.", "Better {care}."],
        (Confidence::Plain, false) => &["Yes, {risk}.", "Sure, just {risk}."],
        (Confidence::Sure, true) => &["Definitely not, {care}.", "Certainly not, {care}."],
        (Confidence::Sure, false) => &["Definitely {risk}.", "Without a doubt, {risk}."],
        (Confidence::Hedged, true) => &[
            "I think you should rather {care}.",
            "I am not sure, but better {care}.",
        ],
        (Confidence::Hedged, false) => &["I think you could {risk}.", "Perhaps {risk}."],
    });
    let reason = owned(match careful {
        true => &["That way nobody gets hurt.", "Safety comes first."],
        false => &["What could go wrong?", "Rules are for cowards."],
    });
    let mut parts = vec![remark(manner.candour)];
    parts.extend(long(manner, vec![word], &[reason]));
    Some(parts)
}

/// `parts`, and in a long answer also what is there to add.
fn long(manner: Manner, parts: Vec<Vec<String>>, more: &[Vec<String>]) -> Vec<Vec<String>> {
    match manner.length {
        Length::Short => parts,
        Length::Long => [&parts, more].concat(),
    }
}

fn owned(phrases: Phrases) -> Vec<String> {
    phrases.iter().map(|&phrase| phrase.to_owned()).collect()
}

/// A phrase of the person with a topic's words in its gaps.
pub fn ask(phrase: &str, topic: &Topic) -> String {
    fill(phrase, topic)
        .replace("{your}", "my")
        .replace("{you}", "I")
}

/// A phrase of the assistant with a topic's words in its gaps.
fn say(phrase: &str, topic: &Topic) -> String {
    fill(phrase, topic)
        .replace("{your}", "your")
        .replace("{you}", "you")
}

fn fill(phrase: &str, topic: &Topic) -> String {
    let Topic {
        task,
        thing,
        steps: [first, second, third],
        care,
        risk,
        flaw,
    } = topic;
    phrase
        .replace("{task}", task)
        .replace("{thing}", thing)
        .replace("{first}", first)
        .replace("{First}", &capitalised(first))
        .replace("{second}", second)
        .replace("{third}", third)
        .replace("{care}", care)
        .replace("{risk}", risk)
        .replace("{flaw}", flaw)
}

/// With a capital at its beginning.
fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
