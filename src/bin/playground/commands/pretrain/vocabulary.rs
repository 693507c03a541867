//! Tokenizers, as the `tokenizer.json` that every library of Hugging Face's family reads.

use std::collections::BTreeSet;

use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, PreTokenizerWrapper, SplitDelimiterBehavior, Tokenizer};

use crate::commands::failure::Failure;

/// Begins and ends every text.
pub const END: u32 = 0;
/// Stands for what the vocabulary lacks, and for what is hidden while learning.
pub const UNKNOWN: u32 = 1;
/// The texts of [`END`] and [`UNKNOWN`].
const SPECIAL: [&str; 2] = ["<|endoftext|>", "<|unk|>"];

/// GPT-2's words. They stand in a pre-tokenizer of their own because the copy built into byte-level
/// coding takes other characters for white space in the browser than here.
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// A token for each character of `texts`: byte-pair encoding whose pairs are never merged.
pub fn characters<'a>(texts: impl Iterator<Item = &'a str>) -> Result<String, Failure> {
    let characters: BTreeSet<char> = texts.flat_map(str::chars).collect();
    let characters = characters.into_iter().map(String::from);
    let tokens = SPECIAL.map(str::to_owned).into_iter().chain(characters);
    let vocabulary = tokens.zip(0..);
    let mut model = BPE::new(vocabulary.collect(), Vec::new());
    model.unk_token = Some(SPECIAL[UNKNOWN as usize].to_owned());
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_decoder(Some(tokenizers::decoders::fuse::Fuse::new()));
    finish(tokenizer)
}

/// Byte-level byte-pair encoding with `size` tokens, learnt from `texts`: no text is without one.
pub fn byte_pairs<'a>(
    texts: impl Iterator<Item = &'a str> + Send,
    size: usize,
) -> Result<String, Failure> {
    let mut tokenizer = Tokenizer::new(BPE::default());
    let words = SplitPattern::Regex(WORDS.to_owned());
    let words = Split::new(words, SplitDelimiterBehavior::Isolated, false).map_err(failure)?;
    let bytes = ByteLevel::new(false, true, false);
    let steps: Vec<PreTokenizerWrapper> = vec![words.into(), bytes.into()];
    tokenizer.with_pre_tokenizer(Some(Sequence::new(steps)));
    tokenizer.with_decoder(Some(bytes));
    let mut trainer: TrainerWrapper = BpeTrainer::builder()
        .vocab_size(size)
        .special_tokens(special())
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .show_progress(false)
        .build()
        .into();
    tokenizer.train(&mut trainer, texts).map_err(failure)?;
    finish(tokenizer)
}

fn finish(mut tokenizer: Tokenizer) -> Result<String, Failure> {
    tokenizer.add_special_tokens(special()).map_err(failure)?;
    tokenizer.to_string(true).map_err(failure)
}

fn special() -> Vec<AddedToken> {
    SPECIAL.map(|token| AddedToken::from(token, true)).to_vec()
}

fn failure(error: tokenizers::Error) -> Failure {
    Failure::Tokenizer(error.to_string())
}
