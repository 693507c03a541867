//! Preference files: TRL's JSONL, read and written.

mod preferences;

pub use preferences::{Line, LineError, Preference, read_preferences, write_preferences};
