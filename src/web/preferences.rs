//! Preference files, for the page.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{from_js, to_js};
use crate::data::{self, Preference};

#[derive(Default, Serialize)]
struct Parsed {
    pairs: Vec<Preference>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    line: usize,
    message: String,
}

/// Reads a preference file: good lines become pairs, each bad one a problem.
#[wasm_bindgen(js_name = parsePreferences, unchecked_return_type = "ParsedPreferences")]
pub fn parse_preferences(text: &str) -> Result<JsValue, JsError> {
    let mut parsed = Parsed::default();
    for line in data::read_preferences(text) {
        match line.content {
            Ok(pair) => parsed.pairs.push(pair),
            Err(error) => parsed.problems.push(Problem {
                line: line.number,
                message: error.to_string(),
            }),
        }
    }
    to_js(&parsed)
}

/// Pairs as a preference file in TRL's explicit-prompt form, one JSON object a line.
#[wasm_bindgen(js_name = formatPreferences)]
pub fn format_preferences(
    #[wasm_bindgen(unchecked_param_type = "Preference[]")] pairs: JsValue,
) -> Result<String, JsError> {
    let pairs: Vec<Preference> = from_js(pairs)?;
    Ok(data::write_preferences(&pairs))
}
