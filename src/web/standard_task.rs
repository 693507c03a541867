//! The standard task in the browser: what `build.sh bench` times.

use wasm_bindgen::prelude::*;

use super::profile::to_web;
use super::sentence;
use crate::engine::{Choice, Engine, matmul_ceiling};
use crate::standard_task::{Size, StandardTask, Task};

/// The standard task of the benchmark.
#[wasm_bindgen(js_name = StandardTask)]
pub struct WebStandardTask {
    engine: Box<dyn Engine>,
    inner: StandardTask,
}

#[wasm_bindgen(js_class = StandardTask)]
impl WebStandardTask {
    /// Makes ready to run: size "S", "M" or "L", task "lm" or "dpo", engine "cpu", "gpu" or "automatic".
    pub async fn open(
        size: String,
        task: String,
        engine: String,
    ) -> Result<WebStandardTask, JsError> {
        let size = Size::by_name(&size).map_err(sentence)?;
        let task = Task::by_name(&task).map_err(sentence)?;
        let engine = Choice::by_name(&engine).map_err(sentence)?;
        let engine = engine.open().await.map_err(sentence)?;
        let inner = StandardTask::new(engine.as_ref(), size, task).await;
        let inner = inner.map_err(sentence)?;
        Ok(WebStandardTask { engine, inner })
    }

    /// The multiplications and additions in the matrix products of one update.
    #[wasm_bindgen(getter)]
    pub fn flops(&self) -> f64 {
        self.inner.size().flops()
    }

    /// One update, and where its time goes.
    #[wasm_bindgen(unchecked_return_type = "Profile")]
    pub async fn profile(&mut self) -> Result<JsValue, JsError> {
        let profile = self.inner.profile().await.map_err(sentence)?;
        let ceiling = matmul_ceiling(self.engine.as_ref())
            .await
            .map_err(sentence)?;
        to_web(&profile, ceiling)
    }

    /// One update; the loss before it.
    pub async fn update(&mut self) -> Result<f32, JsError> {
        self.inner.update().await.map_err(sentence)
    }
}
