//! An engine that is made ready while another still runs the graphs.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::sentence;
use crate::engine::{Choice, Engine};
use crate::graph::Graph;

/// What an engine must be ready for.
#[wasm_bindgen]
pub struct Graphs(pub(super) Vec<Graph>);

/// An engine that can take over a run at once.
#[wasm_bindgen]
pub struct PreparedEngine {
    pub(super) engine: Box<dyn Engine>,
    /// Why it is not the GPU that was asked for.
    pub(super) remark: Option<String>,
}

#[wasm_bindgen]
impl PreparedEngine {
    /// Opens the engine of a choice ("automatic", "gpu" or "cpu") and makes it ready for `graphs`; meanwhile
    /// others can go on. `progress` is told how many kernels are compiled, and of how many.
    pub async fn open(
        choice: String,
        graphs: Graphs,
        #[wasm_bindgen(unchecked_param_type = "(done: number, all: number) => void")]
        progress: Function,
    ) -> Result<PreparedEngine, JsError> {
        let choice = Choice::by_name(&choice).map_err(sentence)?;
        let (engine, reason) = choice.open_or_cpu().await;
        let tell = |done: usize, all: usize| {
            let (done, all) = (JsValue::from(done as u32), JsValue::from(all as u32));
            // Who does not want to know can still have the engine.
            let _ = progress.call2(&JsValue::NULL, &done, &all);
        };
        engine.prepare(&graphs.0, &tell).await.map_err(sentence)?;
        Ok(PreparedEngine {
            engine,
            remark: reason.map(|reason| reason.to_string()),
        })
    }
}
