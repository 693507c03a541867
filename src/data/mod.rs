//! Preference files.
use serde::{Deserialize, Serialize};

/// A preference pair as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference { pub prompt: String, pub chosen: String, pub rejected: String }
/// A line that could not be read.
pub struct Problem { pub line: usize, pub message: String }
/// What a file holds.
pub struct Parsed { pub preferences: Vec<Preference>, pub problems: Vec<Problem> }
/// Reads a file.
pub fn read_preferences(text: &str) -> Parsed {
    let mut parsed = Parsed { preferences: vec![], problems: vec![] };
    for (i, line) in text.lines().enumerate() {
        if line.trim().is_empty() { continue; }
        match serde_json::from_str(line) { Ok(p) => parsed.preferences.push(p), Err(e) => parsed.problems.push(Problem { line: i + 1, message: e.to_string() }) }
    }
    parsed
}
/// Writes a file.
pub fn write_preferences(pairs: &[Preference]) -> String {
    pairs.iter().filter_map(|p| serde_json::to_string(p).ok()).map(|l| l + "\n").collect()
}
