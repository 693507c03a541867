//! A language policy looked at closely, for the Worker.

use js_sys::{Array, Float32Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::session::{WebSession, ids_to_js, object};
use super::{from_js, sentence};
use crate::session::{Probabilities, Reach};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnumerationOptions {
    expansions: usize,
    max_tokens: usize,
}

#[wasm_bindgen(js_class = LanguageSession)]
impl WebSession {
    /// log π of every token, by id, as the one that follows `prompt` and the beginning `completion` of an answer.
    #[wasm_bindgen(js_name = nextTokens, unchecked_return_type = "NextTokens")]
    pub async fn next_tokens(
        &mut self,
        prompt: Vec<u32>,
        completion: Vec<u32>,
    ) -> Result<JsValue, JsError> {
        let next = self.inner.next_tokens(&prompt, &completion).await;
        let next = next.map_err(sentence)?;
        object(&[
            ("policy", Float32Array::from(&next.policy[..]).into()),
            ("reference", Float32Array::from(&next.reference[..]).into()),
        ])
    }

    /// The answers to `prompt` with their exact probabilities, as far as the options reach.
    #[wasm_bindgen(unchecked_return_type = "Enumeration")]
    pub async fn enumerate(
        &mut self,
        prompt: Vec<u32>,
        #[wasm_bindgen(unchecked_param_type = "EnumerationOptions")] options: JsValue,
    ) -> Result<JsValue, JsError> {
        let EnumerationOptions {
            expansions,
            max_tokens,
        } = from_js(options)?;
        let reach = Reach {
            expansions,
            tokens: max_tokens,
        };
        let found = self
            .inner
            .enumerate(&prompt, reach)
            .await
            .map_err(sentence)?;
        let answers = found.answers.iter();
        let completions = answers
            .clone()
            .map(|answer| JsValue::from(ids_to_js(&answer.completion)));
        let probabilities = |of: fn(&Probabilities) -> f64| {
            let all = answers
                .clone()
                .map(|answer| of(&answer.probabilities) as f32);
            JsValue::from(Float32Array::from(&all.collect::<Vec<f32>>()[..]))
        };
        let open = object(&[
            ("policy", found.open.policy.into()),
            ("reference", found.open.reference.into()),
        ])?;
        object(&[
            ("completions", completions.collect::<Array>().into()),
            ("policy", probabilities(|of| of.policy)),
            ("reference", probabilities(|of| of.reference)),
            ("open", open),
            ("kl", found.kl.into()),
        ])
    }
}
