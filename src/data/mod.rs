//! Preference files: the forms that people have them in, read; TRL's, written.

mod conversation;
mod example;
mod preferences;

pub use example::{Example, Judgement, LineError, Preference, read_examples};
pub use preferences::{pair_up, read_preferences, write_preferences};

/// What a line of a file holds, or why it holds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<T> {
    /// Counted from 1, empty lines included.
    pub number: usize,
    /// The content.
    pub content: Result<T, LineError>,
}
