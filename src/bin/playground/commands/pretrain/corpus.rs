//! A corpus of short texts, character by character.

use std::collections::BTreeSet;

use alignment_playground::rng::{self, Purpose};
use tokenizers::models::bpe::BPE;
use tokenizers::{AddedToken, Tokenizer};

/// Begins and ends every text.
pub const END: u32 = 0;
/// Stands for a character that the corpus lacks.
pub const UNKNOWN: u32 = 1;
/// The texts of [`END`] and [`UNKNOWN`].
const SPECIAL: [&str; 2] = ["<|endoftext|>", "<|unk|>"];
const FIRST_CHARACTER: u32 = 2;

/// Texts as token ids, without begin and end tokens.
pub struct Corpus {
    characters: Vec<char>,
    texts: Vec<Vec<u32>>,
}

/// A corpus in two: what is learnt from, and what is not.
pub struct Split<'a> {
    /// To learn from.
    pub training: Vec<&'a [u32]>,
    /// To measure on.
    pub held_out: Vec<&'a [u32]>,
}

impl Corpus {
    /// The corpus of one text a line.
    pub fn new(lines: &str) -> Self {
        let characters: BTreeSet<char> = lines.lines().flat_map(str::chars).collect();
        let characters: Vec<char> = characters.into_iter().collect();
        let id = |character| {
            let index = characters.partition_point(|&known| known < character);
            FIRST_CHARACTER + index as u32
        };
        let texts = lines.lines().map(|line| line.chars().map(id).collect());
        Corpus {
            texts: texts.collect(),
            characters,
        }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// All texts.
    pub fn texts(&self) -> &[Vec<u32>] {
        &self.texts
    }

    /// Tokens in the vocabulary.
    pub fn vocabulary(&self) -> usize {
        FIRST_CHARACTER as usize + self.characters.len()
    }

    /// What may follow a beginning: a character, or the end.
    pub fn alternatives(&self) -> usize {
        self.characters.len() + 1
    }

    /// Whether the corpus has this text.
    pub fn contains(&self, text: &[u32]) -> bool {
        self.texts.iter().any(|known| known == text)
    }

    /// The text of `ids`.
    pub fn text(&self, ids: &[u32]) -> String {
        let character = |id: &u32| {
            let index = id.checked_sub(FIRST_CHARACTER)? as usize;
            self.characters.get(index)
        };
        ids.iter().filter_map(character).collect()
    }

    /// Holds out one text in `one_in`, drawn under `seed`.
    pub fn split(&self, seed: u64, one_in: usize) -> Split<'_> {
        let order = rng::permutation(rng::key(seed), Purpose::Data, 0, self.texts.len());
        let (held_out, training) = order.split_at(self.texts.len() / one_in);
        let texts = |indices: &[usize]| indices.iter().map(|&i| self.texts[i].as_slice()).collect();
        Split {
            training: texts(training),
            held_out: texts(held_out),
        }
    }

    /// The `tokenizer.json` that gives these ids, written by the library that reads it:
    /// byte-pair encoding whose pairs are never merged.
    pub fn tokenizer_json(&self) -> tokenizers::Result<String> {
        let characters = self.characters.iter().map(char::to_string);
        let tokens = SPECIAL.map(str::to_owned).into_iter().chain(characters);
        let vocabulary = tokens.zip(0..);
        let mut model = BPE::new(vocabulary.collect(), Vec::new());
        model.unk_token = Some(SPECIAL[UNKNOWN as usize].to_owned());
        let mut tokenizer = Tokenizer::new(model);
        tokenizer.with_decoder(Some(tokenizers::decoders::fuse::Fuse::new()));
        tokenizer.add_special_tokens(SPECIAL.map(|token| AddedToken::from(token, true)))?;
        tokenizer.to_string(true)
    }
}
