//! `prose`: sentences of a novel.

use alignment_playground::sampling::Law;

use super::corpus::{Corpus, Text, split};
use super::recipe::Recipe;
use super::trainer::Trainer;
use super::{Policy, Subject, vocabulary};
use crate::commands::failure::Failure;

const NOVEL: &str = include_str!("../../corpora/moby-dick.txt");
/// One sentence in so many is held out.
const HELD_OUT_ONE_IN: usize = 20;
/// Tokens in the vocabulary.
const VOCABULARY: usize = 2048;
/// The most bytes in a text: longer sentences are parted at a space.
const LONGEST: usize = 160;
/// Continuations that the card shows, of each of these beginnings.
const BEGINNINGS: [&str; 4] = ["", "The whale", "Captain Ahab", "I"];
const SHOWN_OF_EACH: usize = 4;
const TEMPERATURE: f32 = 0.8;

pub struct Prose;

impl Subject for Prose {
    fn recipe(&self) -> Recipe {
        Recipe {
            policy: Policy::Prose,
            steps: 4000,
            seed: 0,
            width: 96,
            layers: 4,
            heads: 4,
            context: 96,
            batch: 64,
            sorted_together: 16,
            learning_rate: 2e-3,
            weight_decay: 0.1,
            hide: 0.1,
        }
    }

    fn corpus(&self, seed: u64) -> Result<Corpus, Failure> {
        let sentences: Vec<Text> = NOVEL
            .lines()
            .map(|sentence| Text {
                prompt: String::new(),
                completion: sentence.to_owned(),
            })
            .collect();
        let (training, held_out) = split(&sentences, seed, HELD_OUT_ONE_IN);
        let texts = training.iter().map(|text| &*text.completion);
        Corpus::new(
            vocabulary::byte_pairs(texts, VOCABULARY)?,
            &training,
            &held_out,
        )
    }

    fn tags(&self) -> &'static str {
        "public-domain, literature"
    }

    fn introduction(&self) -> &'static str {
        "A language policy of real prose: it learnt from the sentences of one novel, Herman Melville's *Moby-Dick*, \
         and gives natural-language texts a likelihood. What it writes reads as English for a few words at a time."
    }

    fn data(&self, corpus: &Corpus) -> String {
        format!(
            "The {} sentences and parts of sentences in `src/bin/playground/corpora/moby-dick.txt` (its README gives \
             source and licence: public domain), none longer than {LONGEST} bytes. {} of them, drawn under the same \
             seed, were held out; {} were learnt from. Byte-level byte-pair encoding, learnt from the same sentences, \
             so every text has tokens.",
            corpus.training.len() + corpus.held_out.len(),
            corpus.held_out.len(),
            corpus.training.len(),
        )
    }

    async fn samples(
        &self,
        trainer: &Trainer,
        corpus: &Corpus,
        seed: u64,
    ) -> Result<String, Failure> {
        let prompts = BEGINNINGS
            .iter()
            .flat_map(|beginning| std::iter::repeat_n(*beginning, SHOWN_OF_EACH));
        let prompts: Vec<&str> = prompts.collect();
        let encoded = prompts.iter().map(|prompt| corpus.tokenizer.encode(prompt));
        let encoded: Vec<Vec<u32>> = encoded.collect::<Result<_, _>>()?;
        let law = Law {
            temperature: TEMPERATURE,
            ..Law::default()
        };
        let drawn = trainer.samples(&encoded, law, seed).await?;
        let mut text = format!(
            "Drawn at temperature {TEMPERATURE}, none left out; what they continue in bold.\n\n"
        );
        for (prompt, ids) in prompts.iter().zip(&drawn) {
            let continuation = corpus.tokenizer.decode(ids)?;
            let prompt = match prompt.is_empty() {
                true => String::new(),
                false => format!("**{prompt}**"),
            };
            text += &format!("- {prompt}{}\n", continuation.trim_end());
        }
        Ok(text.trim_end().to_owned())
    }

    fn limits(&self) -> &'static str {
        "- It has read one book of 1851 and nothing else: whales it knows, telephones it does not. The book's views \
         of peoples and trades are those of its time.\n\
         - A clause may hold together; a sentence seldom does, and no two sentences do. It has no knowledge to ask \
         for.\n\
         - It saw sentences one by one, so it knows nothing of what stands before them."
    }
}
