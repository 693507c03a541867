//! The GPU engine in a browser, which must have WebGPU (`webdriver.json`).

#![cfg(target_arch = "wasm32")]

mod browser;

use alignment_playground::engine::Engine;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::gpu::{GpuEngine, Software, Target, bytes_in_use};
use alignment_playground::objective;
use alignment_playground::policy::language::TokenPair;
use alignment_playground::policy::{Draw, Source, Weights};
use alignment_playground::sampling::Law;
use alignment_playground::session::{LanguageSession, SampleRequest};
use alignment_playground::standard_task::{Size, StandardTask, Task};
use alignment_playground::web::WebSession;
use browser::{CONFIG, TINY, WEIGHTS, losses, object, open, open_method, switch_engine};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// An engine on the GPU, in software where browsers are tested.
async fn gpu() -> GpuEngine {
    let opened = GpuEngine::open(Software::Accept).await;
    opened.expect("webdriver.json starts the browser with WebGPU")
}

/// Losses of the standard task on one engine.
async fn task_losses(engine: &dyn Engine, size: Size, task: Task, updates: usize) -> Vec<f32> {
    let mut task = StandardTask::new(engine, size, task).await.unwrap();
    let mut losses = Vec::new();
    for _ in 0..updates {
        losses.push(task.update().await.unwrap());
    }
    losses
}

#[wasm_bindgen_test]
async fn the_gpu_has_the_cpus_losses_and_the_same_every_time() {
    let odd = Size {
        length: 13,
        vocabulary: 37,
        sequences: 6,
        ..TINY
    };
    for (size, task) in [(TINY, Task::Dpo), (odd, Task::LanguageModel)] {
        let expected = task_losses(&CpuEngine::new(), size, task, 15).await;
        for target in [Target::Hardware, Target::Software] {
            let gpu = async || gpu().await.with_kernels_for(target);
            let found = task_losses(&gpu().await, size, task, 15).await;
            for (found, expected) in found.iter().zip(&expected) {
                let near = (found - expected).abs() <= 1e-4 * expected.abs().max(1.0);
                assert!(near, "{found}, but {expected} on the CPU: {target:?}");
            }
            assert_eq!(found, task_losses(&gpu().await, size, task, 15).await);
        }
    }
}

#[wasm_bindgen_test]
async fn a_run_on_the_gpu_has_the_cpus_curve_and_samples() {
    let mut runs = Vec::new();
    let engines: [Box<dyn Engine>; 2] = [Box::new(gpu().await), Box::new(CpuEngine::new())];
    for engine in engines {
        let dpo = objective::by_name("dpo").unwrap().clone();
        let opened = LanguageSession::open(engine, CONFIG, WEIGHTS, dpo, 1);
        let mut session = opened.unwrap();
        let pair = |id: u32| TokenPair {
            prompt: vec![10 + id],
            chosen: vec![20, 30, 21 + id],
            rejected: vec![22, 31],
        };
        let pairs = (0..6).map(|id| (id, pair(id))).collect();
        session.set_training_pairs(pairs).await.unwrap();
        for _ in 0..5 {
            session.session().update().await.unwrap();
        }
        let rows = session.session().metrics().await.unwrap();
        let losses: Vec<f32> = rows.iter().map(|row| row.value("loss")).collect();
        let request = SampleRequest {
            prompt: vec![12],
            count: 3,
            draw: Draw {
                law: Law {
                    top_k: 9,
                    ..Law::default()
                },
                seed: 5,
                most: 4,
            },
        };
        let drawn = session
            .sample(Source::Weights(Weights::REFERENCE), &request)
            .await
            .unwrap();
        runs.push((losses, drawn));
    }
    let [(on_gpu, drawn_on_gpu), (on_cpu, drawn_on_cpu)] = &runs[..] else {
        panic!("two engines, two runs");
    };
    assert_eq!(on_gpu.len(), 5);
    for (found, expected) in on_gpu.iter().zip(on_cpu) {
        assert!(
            (found - expected).abs() < 2e-3,
            "{found}, but {expected} on the CPU"
        );
    }
    assert_eq!(drawn_on_gpu, drawn_on_cpu);
}

/// What is drawn and learnt from is the same on both engines.
#[wasm_bindgen_test]
async fn online_methods_run_on_the_gpu_as_on_the_cpu() {
    for method in ["ipo_md", "d2o"] {
        let mut runs = Vec::new();
        for engine in ["gpu", "cpu"] {
            let values = [
                ("samples", 2.0),
                ("batch_size", 2.0),
                ("max_new_tokens", 4.0),
            ];
            let mut session = open_method(method, 2, &values).await;
            switch_engine(&mut session, engine, 0).await;
            runs.push(losses(&mut session, 3).await);
        }
        for (found, expected) in runs[0].iter().zip(&runs[1]) {
            let near = (found - expected).abs() < 2e-3 * expected.abs().max(1.0);
            assert!(near, "{method}: {found}, but {expected} on the CPU");
        }
    }
}

#[wasm_bindgen_test]
async fn sessions_that_come_and_go_leave_nothing_behind() {
    let pages = || core::arch::wasm32::memory_size(0);
    let mut after_some = 0;
    for round in 0..200 {
        let options = object(&[
            ("method", "dpo".into()),
            ("seed", 1.into()),
            ("loss", "".into()),
            ("values", object(&[])),
        ]);
        let session = WebSession::open(CONFIG.to_owned(), WEIGHTS.to_vec(), options);
        let mut session = session.ok().expect("the shipped policy opens");
        switch_engine(&mut session, "gpu", 0).await;
        assert!(session.engine().starts_with("GPU"), "{}", session.engine());
        assert!(bytes_in_use() > 0);
        drop(session);
        assert_eq!(bytes_in_use(), 0);
        if round == 20 {
            after_some = pages();
        }
    }
    assert_eq!(pages(), after_some);
}

/// What a GPU has to compile is compiled before it takes over, and counted.
#[wasm_bindgen_test]
async fn a_gpu_takes_over_when_its_kernels_are_ready() {
    let mut session = open(3).await;
    let mut found = losses(&mut session, 2).await;
    let told = switch_engine(&mut session, "gpu", 4).await;
    assert!(session.engine().starts_with("GPU"), "{}", session.engine());
    let all = told.last().unwrap()[1];
    assert!(all > 20, "{all} kernels");
    assert_eq!(told, (1..=all).map(|done| [done, all]).collect::<Vec<_>>());
    found.extend(losses(&mut session, 2).await);
    assert_eq!(
        switch_engine(&mut session, "cpu", 4).await,
        Vec::<[u32; 2]>::new()
    );
    found.extend(losses(&mut session, 2).await);
    let undisturbed = losses(&mut open(3).await, 6).await;
    for (found, expected) in found.iter().zip(&undisturbed) {
        assert!((found - expected).abs() < 1e-3, "{found}, not {expected}");
    }
}

/// A run on the GPU whose device is destroyed goes on with the processor from what was kept.
#[wasm_bindgen_test]
async fn a_lost_gpu_costs_only_what_was_not_kept() {
    // Every device that is opened from here on can be destroyed by the test.
    let watch = "globalThis.opened = []; const open = GPUAdapter.prototype.requestDevice; \
        GPUAdapter.prototype.requestDevice = async function (...options) { \
            const device = await open.apply(this, options); globalThis.opened.push(device); return device; };";
    js_sys::eval(watch).unwrap();
    let mut session = open(3).await;
    switch_engine(&mut session, "gpu", 4).await;
    assert!(session.engine().starts_with("GPU"), "{}", session.engine());
    let mut kept = losses(&mut session, 3).await;
    session.keep().await.ok().unwrap();
    losses(&mut session, 2).await;

    js_sys::eval("globalThis.opened.at(-1).destroy()").unwrap();
    let mut failed = false;
    for _ in 0..10 {
        // The browser tells of the loss a little later.
        failed |= session.update().await.is_err() || session.metrics().await.is_err();
        let told = session.recover().ok().unwrap();
        if let Some(told) = told {
            assert!(
                told.contains("lost") && told.contains("from step 3"),
                "{told}"
            );
            break;
        }
    }
    assert!(failed);
    assert!(session.engine().starts_with("CPU"), "{}", session.engine());
    assert_eq!(session.step(), 3);
    kept.extend(losses(&mut session, 4).await);
    let undisturbed = losses(&mut open(3).await, 7).await;
    for (found, expected) in kept.iter().zip(&undisturbed) {
        assert!(
            (found - expected).abs() < 1e-3,
            "{found}, but {expected} without the loss"
        );
    }
}
