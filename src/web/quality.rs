//! How good samples are, for the Worker.

use js_sys::Uint32Array;
use wasm_bindgen::prelude::*;

use super::sentence;
use super::session::object;
use crate::quality::{self, Reading, accuracy, frechet, mean_entropy};

/// The sliced Wasserstein distance between two sets of samples of so many numbers each.
#[wasm_bindgen(js_name = slicedWasserstein)]
pub fn sliced_wasserstein(
    one: Vec<f32>,
    other: Vec<f32>,
    dimensions: usize,
    seed: f64,
) -> Result<f64, JsError> {
    let [one, other] = [&one, &other].map(|values| rows(values, dimensions));
    quality::sliced_wasserstein(&one, &other, seed as u64).map_err(sentence)
}

/// What tells digits apart, and measures drawn ones by it.
#[wasm_bindgen(js_name = DigitClassifier)]
pub struct WebDigitClassifier {
    classifier: quality::DigitClassifier,
    /// What it reads in real images that it has not learnt from.
    held_out: Vec<Reading>,
}

#[wasm_bindgen(js_class = DigitClassifier)]
impl WebDigitClassifier {
    /// That of a `classifier.safetensors`, which compares with the images `heldOut`.
    pub async fn load(
        weights: Vec<u8>,
        held_out: Vec<f32>,
        dimensions: usize,
    ) -> Result<WebDigitClassifier, JsError> {
        let opened = quality::DigitClassifier::load(&weights).await;
        let mut classifier = opened.map_err(sentence)?;
        let held_out = classifier.read(&rows(&held_out, dimensions)).await;
        Ok(WebDigitClassifier {
            held_out: held_out.map_err(sentence)?,
            classifier,
        })
    }

    /// How good drawn images are, each meant as the digit of its class.
    #[wasm_bindgen(unchecked_return_type = "DigitQuality")]
    pub async fn measure(
        &mut self,
        samples: Vec<f32>,
        dimensions: usize,
        classes: Uint32Array,
    ) -> Result<JsValue, JsError> {
        let own = self.classifier.read(&rows(&samples, dimensions)).await;
        let own = own.map_err(sentence)?;
        let distance = frechet(&features(&own), &features(&self.held_out));
        object(&[
            ("recognised", accuracy(&own, &classes.to_vec()).into()),
            ("entropy", mean_entropy(&own).into()),
            ("frechet", distance.map_err(sentence)?.into()),
        ])
    }
}

fn features(readings: &[Reading]) -> Vec<&[f32]> {
    readings
        .iter()
        .map(|reading| &reading.features[..])
        .collect()
}

fn rows(values: &[f32], dimensions: usize) -> Vec<&[f32]> {
    values.chunks_exact(dimensions.max(1)).collect()
}
