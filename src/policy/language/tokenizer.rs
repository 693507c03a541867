//! `tokenizer.json`, natively; in the browser its JavaScript sibling reads the same file.

use std::collections::HashSet;
use std::path::Path;

/// Turns text into token ids and back.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    unknown: Option<u32>,
}

/// Why a text cannot become tokens, or tokens text.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The tokenizer's file cannot be read.
    #[error("tokenizer.json cannot be read: {0}")]
    File(String),
    /// The text holds something that the vocabulary lacks.
    #[error("{text:?} holds {missing}, which this policy has no token for")]
    Unknown {
        /// The text.
        text: String,
        /// The characters, listed.
        missing: String,
    },
    /// The library failed.
    #[error("the tokenizer failed on {text:?}: {reason}")]
    Failed {
        /// The text.
        text: String,
        /// What the library says.
        reason: String,
    },
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    pub fn from_file(path: &Path) -> Result<Self, TextError> {
        let inner = tokenizers::Tokenizer::from_file(path)
            .map_err(|error| TextError::File(format!("{}: {error}", path.display())))?;
        Ok(Self::new(inner))
    }

    /// Reads the text of a `tokenizer.json`.
    pub fn from_json(text: &str) -> Result<Self, TextError> {
        let inner = text
            .parse()
            .map_err(|error| TextError::File(format!("{error}")))?;
        Ok(Self::new(inner))
    }

    fn new(inner: tokenizers::Tokenizer) -> Self {
        let unknown = match inner.get_model() {
            tokenizers::ModelWrapper::BPE(model) => {
                let token = model.unk_token.as_deref();
                token.and_then(|token| inner.token_to_id(token))
            }
            _ => None,
        };
        Tokenizer { inner, unknown }
    }

    /// Tokens in the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The ids of `text`, without begin and end tokens.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let ids = self.encode_lossy(text)?;
        if self.unknown.is_some_and(|unknown| ids.contains(&unknown)) {
            let mut seen = HashSet::new();
            let missing: Vec<String> = text
                .chars()
                .filter(|character| seen.insert(*character))
                .filter(|character| self.lacks(*character))
                .map(|character| format!("{character:?}"))
                .collect();
            return Err(TextError::Unknown {
                text: text.to_owned(),
                missing: missing.join(", "),
            });
        }
        Ok(ids)
    }

    /// The ids of `text`, the unknown token standing for what the vocabulary lacks.
    pub fn encode_lossy(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let encoding = self.inner.encode(text, false);
        let encoding = encoding.map_err(|error| failed(text, &error))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of each token by itself, by id; that of a special token is empty.
    pub fn token_texts(&self) -> Result<Vec<String>, TextError> {
        let ids = 0..self.vocabulary() as u32;
        ids.map(|id| self.decode(&[id])).collect()
    }

    /// The text of `ids`, special tokens left out.
    pub fn decode(&self, ids: &[u32]) -> Result<String, TextError> {
        let text = self.inner.decode(ids, true);
        text.map_err(|error| failed(&format!("{ids:?}"), &error))
    }

    fn lacks(&self, character: char) -> bool {
        match self.encode_lossy(&character.to_string()) {
            Ok(ids) => self.unknown.is_some_and(|unknown| ids.contains(&unknown)),
            Err(_) => true,
        }
    }
}

fn failed(text: &str, error: &tokenizers::Error) -> TextError {
    TextError::Failed {
        text: text.to_owned(),
        reason: error.to_string(),
    }
}
