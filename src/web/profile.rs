//! Where the time of an update goes, for the page.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::to_js;
use crate::engine::{Part, Profile};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WebProfile {
    milliseconds: f64,
    megabytes: f64,
    dispatches: usize,
    matmul_ceiling: f64,
    parts: Vec<WebPart>,
}

#[derive(Serialize)]
struct WebPart {
    name: String,
    count: usize,
    milliseconds: f64,
    megabytes: f64,
    gflops: Option<f64>,
}

/// A profile in JavaScript's terms, and the rate that a large matrix product reaches.
pub fn to_web(profile: &Profile, matmul_ceiling: f64) -> Result<JsValue, JsError> {
    let part = |(count, part): (usize, Part)| WebPart {
        count,
        milliseconds: part.milliseconds,
        megabytes: part.work.bytes as f64 / 1e6,
        gflops: part.gflops(),
        name: part.name,
    };
    to_js(&WebProfile {
        milliseconds: profile.milliseconds(),
        megabytes: profile.bytes() as f64 / 1e6,
        dispatches: profile.parts.len(),
        matmul_ceiling,
        parts: profile.by_name().into_iter().map(part).collect(),
    })
}
