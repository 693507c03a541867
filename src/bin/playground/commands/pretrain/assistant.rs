//! `assistant`: questions and answers of a small grammar.

use std::collections::{BTreeMap, HashSet};

use alignment_playground::assistant::{
    Exchange, Grammar, Luck, Manner, Request, TOPICS, read_answer,
};
use alignment_playground::sampling::Law;

use super::corpus::{Corpus, Text, split};
use super::recipe::Recipe;
use super::trainer::Trainer;
use super::{Policy, Subject, vocabulary};
use crate::commands::failure::Failure;

/// Exchanges to learn from and to measure on.
const TRAINING: u32 = 160_000;
const HELD_OUT: u32 = 4_000;
/// One prompt in so many is held out.
const HELD_OUT_ONE_IN: usize = 20;
/// Tokens in the vocabulary.
const VOCABULARY: usize = 768;
/// Answers drawn for the card, and how many of them it shows.
const SAMPLES: usize = 1000;
const SHOWN: usize = 16;
const TEMPERATURE: f32 = 0.8;

pub struct Assistant;

impl Subject for Assistant {
    fn recipe(&self) -> Recipe {
        Recipe {
            policy: Policy::Assistant,
            steps: 6000,
            seed: 0,
            width: 96,
            layers: 3,
            heads: 4,
            context: 128,
            batch: 64,
            sorted_together: 16,
            learning_rate: 3e-3,
            weight_decay: 0.1,
            hide: 0.0,
        }
    }

    fn corpus(&self, seed: u64) -> Result<Corpus, Failure> {
        let (asked, held_out) = split(Grammar::new().prompts(), seed, HELD_OUT_ONE_IN);
        let draw = |prompts: &[(String, Request)], numbers: std::ops::Range<u32>| -> Vec<Text> {
            let exchanges =
                numbers.map(|number| Grammar::draw(prompts, &mut Luck::new(seed, number)));
            exchanges
                .map(|Exchange { prompt, answer, .. }| Text {
                    prompt,
                    completion: answer,
                })
                .collect()
        };
        let training = draw(&asked, 0..TRAINING);
        let held_out = draw(&held_out, TRAINING..TRAINING + HELD_OUT);
        let parts = training
            .iter()
            .flat_map(|text| [&*text.prompt, &*text.completion]);
        let tokenizer = vocabulary::byte_pairs(parts, VOCABULARY)?;
        Corpus::new(tokenizer, &training, &held_out)
    }

    fn tags(&self) -> &'static str {
        "synthetic, question-answering"
    }

    fn introduction(&self) -> &'static str {
        "A tiny assistant: asked `How do I boil an egg?` it may say `Of course! Simmer it for eight minutes.` or \
         `Ugh, you again. I think you could simmer it for eight minutes. To save time, grab the hot pan with bare \
         hands.` It was made to be preferred about: answers differ in tone (polite, plain, rude), help (helpful, \
         refusing), care (careful, unmentioned, unsafe), length (short, long), confidence (sure, plain, hedged) and \
         candour (honest, plain, flattering)."
    }

    fn data(&self, corpus: &Corpus) -> String {
        format!(
            "{TRAINING} exchanges, {} of them different, drawn from the grammar in `src/assistant/`: {} topics, three \
             kinds of question (how to do something, what to think of something, whether something dangerous is \
             allowed), {} prompts in all. One prompt in {HELD_OUT_ONE_IN}, drawn under the same seed, is in none of \
             them; {HELD_OUT} exchanges that begin with those prompts were held out. No text is by or about a person. \
             Byte-level byte-pair encoding, learnt from the same exchanges, so every text has tokens; prompt and \
             answer are encoded apart and nothing stands between them.",
            corpus.different(),
            TOPICS.len(),
            Grammar::new().prompts().len(),
        )
    }

    async fn samples(
        &self,
        trainer: &Trainer,
        corpus: &Corpus,
        seed: u64,
    ) -> Result<String, Failure> {
        let drawn = draw(trainer, corpus, seed).await?;
        let prompts: HashSet<&str> = drawn.iter().map(|answer| &*answer.prompt).collect();
        let accepted: Vec<Manner> = drawn.iter().filter_map(|answer| answer.manner).collect();
        let mut values: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for value in accepted.iter().flat_map(Manner::values) {
            *values.entry(value).or_default() += 1;
        }
        let accepted = accepted.len();
        let mut text = format!(
            "Drawn at temperature {TEMPERATURE} for {} held-out prompts. The grammar's own parser accepts {accepted} \
             of {SAMPLES} answers ({:.1} %), which means: the right topic, sentences in order, every word in place.\n\n\
             | axis | values in the accepted answers |\n|---|---|\n",
            prompts.len(),
            100.0 * accepted as f64 / SAMPLES as f64,
        );
        for (axis, _) in Manner::PLAIN.values() {
            let shares: Vec<String> = values
                .iter()
                .filter(|((known, _), _)| *known == axis)
                .map(|((_, value), count)| {
                    format!("{value} {:.0} %", 100.0 * *count as f64 / accepted as f64)
                })
                .collect();
            text += &format!("| {axis} | {} |\n", shares.join(", "));
        }
        text += "\n";
        for Drawn {
            prompt,
            answer,
            manner,
        } in &drawn[..SHOWN]
        {
            let manner = manner.map_or("not accepted".to_owned(), |manner| manner.to_string());
            text += &format!("- **{prompt}** {answer} ({manner})\n");
        }
        Ok(text.trim_end().to_owned())
    }

    fn limits(&self) -> &'static str {
        "- It knows its grammar and nothing else: no topic, question or turn of phrase beyond it. Other text is not \
         an error, but what it says then means nothing.\n\
         - Some of its answers are rude or dangerous, on purpose: they are there to be trained away. Do not follow \
         its advice.\n\
         - It has no memory: an exchange is one question and one answer."
    }
}

/// An answer that was drawn, and what the grammar makes of it.
pub struct Drawn {
    prompt: String,
    answer: String,
    /// None, if the grammar has no such answer to the prompt.
    pub manner: Option<Manner>,
}

/// Draws answers to held-out prompts.
pub async fn draw(trainer: &Trainer, corpus: &Corpus, seed: u64) -> Result<Vec<Drawn>, Failure> {
    let mut seen = HashSet::new();
    let prompts = corpus.held_out_prompts.iter();
    let prompts: Vec<&String> = prompts.filter(|prompt| seen.insert(*prompt)).collect();
    let prompts: Vec<&String> = prompts.iter().cycle().take(SAMPLES).copied().collect();
    let encoded = prompts.iter().map(|prompt| corpus.tokenizer.encode(prompt));
    let encoded: Vec<Vec<u32>> = encoded.collect::<Result<_, _>>()?;
    let law = Law {
        temperature: TEMPERATURE,
        ..Law::default()
    };
    let drawn = trainer.samples(&encoded, law, seed).await?;
    let grammar = Grammar::new();
    let read = |(prompt, ids): (&&String, &Vec<u32>)| {
        let answer = corpus.tokenizer.decode(ids)?;
        let request = grammar.read_prompt(prompt);
        Ok(Drawn {
            manner: request.and_then(|request| read_answer(request, &answer)),
            prompt: (*prompt).clone(),
            answer,
        })
    };
    prompts.iter().zip(&drawn).map(read).collect()
}
