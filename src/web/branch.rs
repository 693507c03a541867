//! Runs that branch off from others, for the Worker.

use std::collections::BTreeMap;

use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::session::WebSession;
use super::{from_js, sentence};
use crate::engine::cpu::CpuEngine;
use crate::objective;
use crate::policy::language::TokenSample;
use crate::session::{Anchor, Snapshot};

/// The policy of a run at one of its steps.
#[wasm_bindgen(js_name = Snapshot)]
pub struct WebSnapshot(Snapshot<TokenSample>);

#[wasm_bindgen(js_class = Snapshot)]
impl WebSnapshot {
    /// Updates made before it.
    #[wasm_bindgen(getter)]
    pub fn step(&self) -> u32 {
        self.0.step()
    }
}

#[derive(Deserialize)]
struct Options {
    method: String,
    /// The loss of the method "custom".
    loss: String,
    values: BTreeMap<String, f64>,
    reference: Reference,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reference {
    Same,
    Snapshot,
}

#[wasm_bindgen(js_class = LanguageSession)]
impl WebSession {
    /// What other runs can branch off from: the policy as it stands.
    pub async fn snapshot(&mut self) -> Result<WebSnapshot, JsError> {
        let snapshot = self.inner.session().snapshot().await;
        Ok(WebSnapshot(snapshot.map_err(sentence)?.of_policy_alone()))
    }

    /// What this run can be rewound to: all that it needs to go on from where it stands, three times the memory of
    /// the policy alone.
    pub async fn record(&mut self) -> Result<WebSnapshot, JsError> {
        let snapshot = self.inner.session().snapshot().await;
        Ok(WebSnapshot(snapshot.map_err(sentence)?.without_reference()))
    }

    /// Back to a snapshot of this run, or on to a later one. From what `record` gave, training goes on as it did
    /// before, bit for bit; from the policy alone, with a fresh optimiser.
    pub async fn rewind(&mut self, snapshot: &WebSnapshot) -> Result<(), JsError> {
        let rewound = self.inner.session().rewind(&snapshot.0).await;
        rewound.map_err(sentence)?;
        self.keep().await
    }

    /// Another run that goes on from a snapshot of this one, on the same batches: on the processor, with a
    /// fresh optimiser and no judge.
    pub async fn branch(
        &mut self,
        snapshot: &WebSnapshot,
        #[wasm_bindgen(unchecked_param_type = "BranchOptions")] options: JsValue,
    ) -> Result<WebSession, JsError> {
        let options: Options = from_js(options)?;
        let objective = objective::open(&options.method, &options.loss).map_err(sentence)?;
        let anchor = match options.reference {
            Reference::Same => Anchor::Reference,
            Reference::Snapshot => Anchor::Snapshot,
        };
        let engine = Box::new(CpuEngine::new());
        let branched = self.inner.branch(engine, &snapshot.0, objective, anchor);
        let mut session = WebSession::on_processor(branched.await.map_err(sentence)?);
        for (name, value) in &options.values {
            session.set_value(name, *value)?;
        }
        Ok(session)
    }
}
