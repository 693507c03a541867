//! Samples that no policy drew: real digits, points of the named distributions; and what a rule gives samples.

use js_sys::{Float32Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::sentence;
use super::session::object;
use crate::digits;
use crate::judge::PictureRule;
use crate::points::{self, Distribution};

/// The digits of a file such as `www/assets/digits/digits.csv`, of those that policies may learn from.
#[wasm_bindgen(js_name = readDigits, unchecked_return_type = "DataSamples")]
pub fn read_digits(text: &str) -> Result<JsValue, JsError> {
    let all = digits::read_digits(text).map_err(sentence)?;
    digit_samples(&digits::split(&all, digits::SPLIT_SEED).training)
}

/// The other digits of such a file, which nothing has learnt from.
#[wasm_bindgen(js_name = heldOutDigits, unchecked_return_type = "DataSamples")]
pub fn held_out_digits(text: &str) -> Result<JsValue, JsError> {
    let all = digits::read_digits(text).map_err(sentence)?;
    digit_samples(&digits::split(&all, digits::SPLIT_SEED).held_out)
}

fn digit_samples(digits: &[digits::Digit]) -> Result<JsValue, JsError> {
    let values: Vec<f32> = digits.iter().flat_map(digits::Digit::scaled).collect();
    let classes: Vec<u32> = digits.iter().map(|digit| u32::from(digit.label)).collect();
    data_samples(&values, &classes)
}

/// `count` points of the distribution called `name`.
#[wasm_bindgen(js_name = dataPoints, unchecked_return_type = "DataSamples")]
pub fn data_points(name: &str, count: u32, seed: f64) -> Result<JsValue, JsError> {
    let distribution = points::by_name(name).map_err(sentence)?;
    points_of(distribution, count, seed)
}

/// `count` points of a shape that a person drew: `drawing` is its points on any scale, two numbers each.
#[wasm_bindgen(js_name = drawnPoints, unchecked_return_type = "DataSamples")]
pub fn drawn_points(drawing: Vec<f32>, count: u32, seed: f64) -> Result<JsValue, JsError> {
    let (drawing, _) = drawing.as_chunks::<2>();
    points_of(&points::Drawn::new(drawing).map_err(sentence)?, count, seed)
}

fn points_of(distribution: &impl Distribution, count: u32, seed: f64) -> Result<JsValue, JsError> {
    let drawn = (0..count).map(|index| distribution.labelled(seed as u64, index));
    let (drawn, classes): (Vec<points::Point>, Vec<usize>) = drawn.unzip();
    let classes: Vec<u32> = classes.into_iter().map(|class| class as u32).collect();
    data_samples(&drawn.concat(), &classes)
}

/// What a rule such as "thicker" or "inside: 0 0, 1 0, 0 1" gives each sample of so many numbers: the one with more
/// is preferred.
#[wasm_bindgen(js_name = rulePoints)]
pub fn rule_points(rule: &str, samples: Vec<f32>, dimensions: usize) -> Result<Vec<f32>, JsError> {
    let rule: PictureRule = rule.parse().map_err(sentence)?;
    let samples = samples.chunks_exact(dimensions.max(1));
    Ok(samples.map(|values| rule.points(values)).collect())
}

fn data_samples(values: &[f32], classes: &[u32]) -> Result<JsValue, JsError> {
    object(&[
        ("values", Float32Array::from(values).into()),
        ("classes", Uint32Array::from(classes).into()),
    ])
}
