//! Texts to learn from and texts to measure on.

use std::collections::HashSet;

use alignment_playground::policy::language::Tokenizer;
use alignment_playground::rng::{self, Purpose};

use crate::commands::failure::Failure;

/// A text in two parts, which are encoded apart as a preference pair's are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// What is continued; may be empty.
    pub prompt: String,
    /// How.
    pub completion: String,
}

/// Texts as token ids, without begin and end tokens.
pub struct Corpus {
    /// Gives the ids.
    pub tokenizer: Tokenizer,
    /// The file that it was read from.
    pub tokenizer_json: String,
    /// To learn from.
    pub training: Vec<Vec<u32>>,
    /// To measure on.
    pub held_out: Vec<Vec<u32>>,
    /// The prompts of the texts held out.
    pub held_out_prompts: Vec<String>,
    /// Bytes of all texts held out.
    pub held_out_bytes: usize,
}

impl Corpus {
    /// Encodes texts with the tokenizer of a `tokenizer.json`.
    pub fn new(
        tokenizer_json: String,
        training: &[Text],
        held_out: &[Text],
    ) -> Result<Self, Failure> {
        let tokenizer = Tokenizer::from_json(&tokenizer_json)?;
        let encode = |text: &Text| -> Result<Vec<u32>, Failure> {
            let [prompt, completion] = [&text.prompt, &text.completion];
            Ok([tokenizer.encode(prompt)?, tokenizer.encode(completion)?].concat())
        };
        let bytes = |text: &Text| text.prompt.len() + text.completion.len();
        Ok(Corpus {
            training: training.iter().map(encode).collect::<Result<_, _>>()?,
            held_out: held_out.iter().map(encode).collect::<Result<_, _>>()?,
            held_out_prompts: held_out.iter().map(|text| text.prompt.clone()).collect(),
            held_out_bytes: held_out.iter().map(bytes).sum(),
            tokenizer,
            tokenizer_json,
        })
    }

    /// Tokens in the longest text, its end included.
    pub fn longest(&self) -> usize {
        let texts = self.training.iter().chain(&self.held_out);
        texts.map(|text| text.len() + 1).max().unwrap_or(0)
    }

    /// As many texts learnt from as are held out.
    pub fn learnt(&self) -> &[Vec<u32>] {
        &self.training[..self.held_out.len().min(self.training.len())]
    }

    /// Tokens in the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.vocabulary()
    }

    /// Different texts learnt from.
    pub fn different(&self) -> usize {
        self.training.iter().collect::<HashSet<_>>().len()
    }
}

/// One of `items` in `one_in` is held out, drawn under `seed`: (to learn from, held out).
pub fn split<T: Clone>(items: &[T], seed: u64, one_in: usize) -> (Vec<T>, Vec<T>) {
    let order = rng::permutation(rng::key(seed), Purpose::Data, 0, items.len());
    let (held_out, training) = order.split_at(items.len() / one_in);
    let those = |indices: &[usize]| indices.iter().map(|&index| items[index].clone()).collect();
    (those(training), those(held_out))
}
