//! The engines in a browser without WebGPU (`tests/webdriver-without-gpu.json`).

#![cfg(target_arch = "wasm32")]

mod browser;

use browser::{losses, open, switch_engine};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn the_processor_stands_in_for_the_gpu_and_says_why() {
    let mut session = open(3).await;
    let mut found = losses(&mut session, 2).await;
    for choice in ["gpu", "automatic"] {
        assert!(switch_engine(&mut session, choice, 4).await.is_empty());
        let engine = session.engine();
        let reason = "no GPU can be used here: this browser offers none";
        assert!(
            engine.starts_with("CPU") && engine.ends_with(reason),
            "{engine}"
        );
        found.extend(losses(&mut session, 2).await);
    }
    assert!(switch_engine(&mut session, "cpu", 4).await.is_empty());
    assert!(session.engine().ends_with(')'), "{}", session.engine());
    // As if nothing had been switched.
    assert_eq!(found, losses(&mut open(3).await, 6).await);
}
