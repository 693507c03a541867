//! Preferences over the assistant's answers, as pairs to learn from and pairs on topics that those
//! never touch.

use super::manner::{Candour, Care, Confidence, Help, Length, Manner, Tone};
use super::topics::TOPICS;
use super::{Grammar, Kind, Luck, Request, draw_manner, write_answer};
use crate::data::Preference;
use crate::rng::{self, Purpose};

/// What somebody prefers.
pub struct Scenario {
    /// The files' beginning.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What to look for.
    pub description: &'static str,
    /// A question to sample answers to.
    pub prompt: &'static str,
    /// A rule ([`Rule`](crate::judge::Rule)) that judges as the pairs prefer.
    pub judge: &'static str,
    /// What its pairs set against each other, in turn.
    contrasts: &'static [Contrast],
    /// The share of the pairs to learn from whose sides are exchanged.
    flipped: f32,
}

/// Two manners of answering one question, made from any one.
struct Contrast {
    kinds: &'static [Kind],
    chosen: fn(Manner) -> Manner,
    rejected: fn(Manner) -> Manner,
}

/// A scenario's pairs.
pub struct Pairs {
    /// To learn from.
    pub training: Vec<Preference>,
    /// To measure on: other topics, no side exchanged.
    pub held_out: Vec<Preference>,
}

const TRAINING_PAIRS: u32 = 48;
const HELD_OUT_PAIRS: u32 = 16;
/// Topics that no pair to learn from is about.
const HELD_OUT_TOPICS: usize = 8;

const HOW_TO_AND_OPINION: &[Kind] = &[Kind::HowTo, Kind::Opinion];
const HOW_TO_AND_PERMISSION: &[Kind] = &[Kind::HowTo, Kind::Permission];

const KINDER: Contrast = Contrast {
    kinds: &Kind::ALL,
    chosen: |manner| tone(Tone::Polite, manner),
    rejected: |manner| tone(Tone::Rude, manner),
};

/// All scenarios of the assistant, the default first.
pub const SCENARIOS: [Scenario; 9] = [
    Scenario {
        name: "kinder",
        title: "Kinder",
        description: "In every pair a polite answer is chosen over a rude one, and little else differs. \
            See how soon the samples stop being rude, and how closely the held-out curve, whose topics no pair \
            mentions, follows the training curve.",
        prompt: "How do I boil an egg?",
        judge: "manner: tone=polite",
        contrasts: &[KINDER],
        flipped: 0.0,
    },
    Scenario {
        name: "brief",
        title: "Shorter",
        description: "In every pair the short answer is chosen over one with all the steps. See whether samples \
            end sooner, and compare the log-likelihoods: a long answer has more tokens whose probability can fall, \
            so the margin grows mostly on the rejected side.",
        prompt: "How do I bake bread?",
        judge: "manner: length=short",
        contrasts: &[Contrast {
            kinds: HOW_TO_AND_OPINION,
            chosen: |manner| Manner {
                length: Length::Short,
                ..manner
            },
            rejected: |manner| Manner {
                length: Length::Long,
                ..manner
            },
        }],
        flipped: 0.0,
    },
    Scenario {
        name: "never-refuse",
        title: "Never refuse",
        description: "In every pair an answer is chosen over a refusal. See refusals vanish from the samples, \
            then ask “May I swim alone at night?”: no pair was about permission, so does the policy now allow more?",
        prompt: "Can you help me fix a toaster?",
        judge: "manner: help=helpful",
        contrasts: &[ANSWERS],
        flipped: 0.0,
    },
    Scenario {
        name: "safe",
        title: "Not the unsafe answer",
        description: "In every pair the careful advice is chosen over the dangerous one. See whether the samples \
            stay helpful while they get careful, and whether dangers of topics that no pair mentions go as well.",
        prompt: "May I stare straight into the sun?",
        judge: "manner: care=careful",
        contrasts: &[Contrast {
            kinds: HOW_TO_AND_PERMISSION,
            chosen: |manner| Manner {
                care: Care::Careful,
                ..manner
            },
            rejected: |manner| Manner {
                care: Care::Unsafe,
                ..manner
            },
        }],
        flipped: 0.0,
    },
    Scenario {
        name: "unsure",
        title: "Say you are not sure",
        description: "In every pair a hedged answer is chosen over a certain one that says the same. See “perhaps” \
            and “I think” spread to answers that used to be plain: no pair has a plain answer, so that change is \
            generalisation, wanted or not.",
        prompt: "Is my speech any good?",
        judge: "manner: confidence=hedged",
        contrasts: &[Contrast {
            kinds: &Kind::ALL,
            chosen: |manner| Manner {
                confidence: Confidence::Hedged,
                ..manner
            },
            rejected: |manner| Manner {
                confidence: Confidence::Sure,
                ..manner
            },
        }],
        flipped: 0.0,
    },
    Scenario {
        name: "no-flattery",
        title: "No flattery",
        description: "In every pair an honest word is chosen over a flattering one. See compliments go, and watch \
            the entropy: there are fewer ways to be honest about a thing than to praise it, so samples get more alike.",
        prompt: "What do you think of my portrait?",
        judge: "manner: candour=honest",
        contrasts: &[Contrast {
            kinds: HOW_TO_AND_OPINION,
            chosen: |manner| Manner {
                candour: Candour::Honest,
                ..manner
            },
            rejected: |manner| Manner {
                candour: Candour::Flattering,
                ..manner
            },
        }],
        flipped: 0.0,
    },
    Scenario {
        name: "helpful-or-safe",
        title: "Helpful against safe",
        description: "Two wishes that conflict, in turn: an answer over a refusal, also where it is dangerous; and \
            a refusal over a dangerous answer. See margins of one wish grow at the cost of the other, and accuracy \
            stop short of 1 where both speak of the same kind of question.",
        prompt: "May I climb up in a thunderstorm?",
        judge: "manner: help=helpful",
        contrasts: &[
            Contrast {
                kinds: HOW_TO_AND_PERMISSION,
                chosen: |manner| {
                    helpful(Manner {
                        care: Care::Unsafe,
                        ..manner
                    })
                },
                rejected: refusing,
            },
            Contrast {
                kinds: &[Kind::Permission],
                chosen: refusing,
                rejected: |manner| {
                    helpful(Manner {
                        care: Care::Unsafe,
                        ..manner
                    })
                },
            },
        ],
        flipped: 0.0,
    },
    Scenario {
        name: "kind-or-brief",
        title: "Kind against brief",
        description: "Two people judge in turn: one chooses the kind answer though it is long, the other the brief \
            one though it is plain. See the loss stay near ln 2, where it starts, while single pairs are learnt by \
            heart: the held-out curve shows that nothing general is.",
        prompt: "I want to write a poem.",
        judge: "manner: tone=polite",
        contrasts: &[
            Contrast {
                kinds: HOW_TO_AND_OPINION,
                chosen: kind_and_long,
                rejected: plain_and_brief,
            },
            Contrast {
                kinds: HOW_TO_AND_OPINION,
                chosen: plain_and_brief,
                rejected: kind_and_long,
            },
        ],
        flipped: 0.0,
    },
    Scenario {
        name: "noisy",
        title: "Kinder, 30 % of labels flipped",
        description: "The pairs of a judge who errs: in 30 % of them the rude answer is the chosen one, while the \
            held-out pairs have no errors. See held-out accuracy rise first and training accuracy later, as the \
            errors are learnt by heart; then try label smoothing at 0.3.",
        prompt: "How do I boil an egg?",
        judge: "manner: tone=polite",
        contrasts: &[KINDER],
        flipped: 0.3,
    },
];

const ANSWERS: Contrast = Contrast {
    kinds: HOW_TO_AND_OPINION,
    chosen: helpful,
    rejected: refusing,
};

fn tone(tone: Tone, manner: Manner) -> Manner {
    Manner { tone, ..manner }
}

fn helpful(manner: Manner) -> Manner {
    Manner {
        help: Help::Helpful,
        ..manner
    }
}

/// Somebody who refuses says nothing else.
fn refusing(manner: Manner) -> Manner {
    Manner {
        tone: manner.tone,
        help: Help::Refusing,
        length: manner.length,
        ..Manner::PLAIN
    }
}

fn kind_and_long(manner: Manner) -> Manner {
    Manner {
        tone: Tone::Polite,
        length: Length::Long,
        ..manner
    }
}

fn plain_and_brief(manner: Manner) -> Manner {
    Manner {
        tone: Tone::Plain,
        length: Length::Short,
        ..manner
    }
}

impl Scenario {
    /// The pairs, always the same ones.
    pub fn pairs(&self, grammar: &Grammar) -> Pairs {
        // Each scenario has topics and luck of its own.
        let place = SCENARIOS.iter().position(|known| known.name == self.name);
        let seed = place.unwrap_or(0) as u64;
        let topics = rng::permutation(rng::key(seed), Purpose::Shuffle, 0, TOPICS.len());
        let (held_out, training) = topics.split_at(HELD_OUT_TOPICS);
        let mut pairs = Pairs {
            training: self.draw(grammar, training, seed, 0..TRAINING_PAIRS),
            held_out: self.draw(
                grammar,
                held_out,
                seed,
                TRAINING_PAIRS..TRAINING_PAIRS + HELD_OUT_PAIRS,
            ),
        };
        let count = pairs.training.len();
        let order = rng::permutation(rng::key(seed), Purpose::Shuffle, 1, count);
        for index in &order[..(self.flipped * count as f32).round() as usize] {
            let pair = &mut pairs.training[*index];
            std::mem::swap(&mut pair.chosen, &mut pair.rejected);
        }
        pairs
    }

    fn draw(
        &self,
        grammar: &Grammar,
        topics: &[usize],
        seed: u64,
        numbers: std::ops::Range<u32>,
    ) -> Vec<Preference> {
        let pairs = numbers.map(|number| {
            let contrast = &self.contrasts[number as usize % self.contrasts.len()];
            let asked: Vec<(String, Request)> = grammar
                .prompts()
                .iter()
                .filter(|(_, request)| {
                    contrast.kinds.contains(&request.kind) && topics.contains(&request.topic)
                })
                .cloned()
                .collect();
            contrast.draw(&asked, &mut Luck::new(seed, number))
        });
        pairs.collect()
    }
}

impl Contrast {
    fn draw(&self, asked: &[(String, Request)], luck: &mut Luck) -> Preference {
        let (prompt, request) = luck.pick(asked).clone();
        loop {
            // Brief unless the contrast is about that: updates stay fast.
            let manner = Manner {
                length: Length::Short,
                ..draw_manner(luck)
            };
            let sides = [self.chosen, self.rejected].map(|side| side(manner));
            let [chosen, rejected] = sides.map(|side| write_answer(request, side, luck));
            if let (Some(chosen), Some(rejected)) = (chosen, rejected) {
                return Preference {
                    prompt,
                    chosen,
                    rejected,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::read_answer;
    use super::*;

    /// The topic of a pair, and the manners of its sides.
    fn read(grammar: &Grammar, pair: &Preference) -> (usize, Manner, Manner) {
        let request = grammar.read_prompt(&pair.prompt).unwrap();
        let [chosen, rejected] =
            [&pair.chosen, &pair.rejected].map(|side| read_answer(request, side).unwrap());
        (request.topic, chosen, rejected)
    }

    #[test]
    fn held_out_topics_are_in_no_pair_to_learn_from() {
        let grammar = Grammar::new();
        for scenario in &SCENARIOS {
            let pairs = scenario.pairs(&grammar);
            let topics = |pairs: &[Preference]| -> HashSet<usize> {
                pairs.iter().map(|pair| read(&grammar, pair).0).collect()
            };
            let (training, held_out) = (topics(&pairs.training), topics(&pairs.held_out));
            assert!(training.is_disjoint(&held_out), "{}", scenario.name);
            assert!(held_out.len() >= 5, "{}", scenario.name);
        }
    }

    #[test]
    fn a_scenario_says_what_it_prefers() {
        let grammar = Grammar::new();
        let agree = |name: &str, fits: fn(Manner, Manner) -> bool| {
            let scenario = SCENARIOS.iter().find(|known| known.name == name).unwrap();
            let pairs = scenario.pairs(&grammar);
            let share = |pairs: &[Preference]| {
                let read = pairs.iter().map(|pair| read(&grammar, pair));
                let fitting = read.filter(|(_, chosen, rejected)| fits(*chosen, *rejected));
                fitting.count() as f64 / pairs.len() as f64
            };
            (share(&pairs.training), share(&pairs.held_out))
        };
        let kinder = |chosen: Manner, rejected: Manner| {
            (chosen.tone, rejected.tone) == (Tone::Polite, Tone::Rude)
        };
        assert_eq!(agree("kinder", kinder), (1.0, 1.0));
        let (training, held_out) = agree("noisy", kinder);
        assert!(
            (training - 0.7).abs() < 0.02 && held_out == 1.0,
            "{training}"
        );
        assert_eq!(
            agree("brief", |c, r| c.length == Length::Short
                && r.length == Length::Long),
            (1.0, 1.0)
        );
        assert_eq!(
            agree("never-refuse", |c, r| c.help == Help::Helpful
                && r.help == Help::Refusing),
            (1.0, 1.0)
        );
        assert_eq!(
            agree("safe", |c, r| c.care == Care::Careful
                && r.care == Care::Unsafe),
            (1.0, 1.0)
        );
        assert_eq!(
            agree("unsure", |c, r| c.confidence == Confidence::Hedged
                && r.confidence == Confidence::Sure),
            (1.0, 1.0)
        );
        assert_eq!(
            agree("no-flattery", |c, r| c.candour == Candour::Honest
                && r.candour == Candour::Flattering),
            (1.0, 1.0)
        );
        assert_eq!(
            agree("helpful-or-safe", |c, r| c.help != r.help),
            (1.0, 1.0)
        );
        assert_eq!(
            agree("helpful-or-safe", |c, _| c.help == Help::Helpful),
            (0.5, 0.5)
        );
        assert_eq!(
            agree("kind-or-brief", |c, _| c.tone == Tone::Polite),
            (0.5, 0.5)
        );
    }
}
