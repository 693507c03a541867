//! `names`: first names, letter by letter.

use std::collections::BTreeSet;

use alignment_playground::policy::language::Tokenizer;
use alignment_playground::sampling::Law;

use super::corpus::{Corpus, Text, split};
use super::recipe::Recipe;
use super::trainer::Trainer;
use super::{Policy, Subject, vocabulary};
use crate::commands::failure::Failure;

const NAMES: &str = include_str!("../../corpora/first-names.txt");
/// One name in so many is held out.
const HELD_OUT_ONE_IN: usize = 10;
/// Names drawn for the card, and how many of them it shows.
const SAMPLES: usize = 500;
const SHOWN: usize = 40;

pub struct Names;

impl Subject for Names {
    fn recipe(&self) -> Recipe {
        Recipe {
            policy: Policy::Names,
            steps: 5000,
            seed: 0,
            width: 64,
            layers: 2,
            heads: 4,
            // The longest name has 15 characters, and a prompt may be longer than a name.
            context: 32,
            batch: 64,
            sorted_together: 1,
            learning_rate: 3e-3,
            weight_decay: 0.1,
            hide: 0.1,
        }
    }

    fn corpus(&self, seed: u64) -> Result<Corpus, Failure> {
        let name = |name: &str| Text {
            prompt: String::new(),
            completion: name.to_owned(),
        };
        let names: Vec<Text> = NAMES.lines().map(name).collect();
        let (training, held_out) = split(&names, seed, HELD_OUT_ONE_IN);
        Corpus::new(vocabulary::characters(NAMES.lines())?, &training, &held_out)
    }

    fn tags(&self) -> &'static str {
        "character-level, first-names"
    }

    fn introduction(&self) -> &'static str {
        "A character-level language policy that continues a beginning to a first name: `Mar` becomes `Maria` or \
         `Marvin`. It is the smallest policy of the playground, whose whole distribution can be looked at."
    }

    fn data(&self, corpus: &Corpus) -> String {
        format!(
            "The {} first names of `src/bin/playground/corpora/first-names.txt` (its README gives source and \
             licence: CC0-1.0 and PDDL-1.0). {} of them, drawn under the same seed, were held out; {} were learnt \
             from. One token a character, in the corpus's order.",
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
        let prompts = vec![Vec::new(); SAMPLES];
        let drawn = trainer.samples(&prompts, Law::default(), seed).await?;
        let decode = |tokenizer: &Tokenizer, ids: &Vec<u32>| tokenizer.decode(ids);
        let drawn = drawn.iter().map(|ids| decode(&corpus.tokenizer, ids));
        let drawn: Vec<String> = drawn.collect::<Result<_, _>>()?;
        let known: BTreeSet<&str> = NAMES.lines().collect();
        let different: BTreeSet<&String> = drawn.iter().collect();
        let found = drawn.iter().filter(|name| known.contains(name.as_str()));
        let found = found.count();
        let shown = drawn[..SHOWN].iter().map(|name| {
            if known.contains(name.as_str()) {
                name.clone()
            } else {
                format!("*{name}*")
            }
        });
        Ok(format!(
            "Drawn without a prompt at temperature 1; those that the corpus lacks in italics.\n\n{}\n\n\
             Of {SAMPLES} such samples {} are different, and {found} stand in the corpus.",
            shown.collect::<Vec<_>>().join(", "),
            different.len(),
        ))
    }

    fn limits(&self) -> &'static str {
        "- The names are those of one list: common in English-speaking countries about the year 2000, in English \
         spelling, letters A–Z and the hyphen only. It says nothing of how often a name is borne, and names from \
         elsewhere are few.\n\
         - It continues beginnings of names. A character that the corpus lacks has no token.\n\
         - It invents names; some will belong to somebody."
    }
}
