//! The core in a browser: run by `wasm-pack test` in headless Chromium, in a
//! dedicated Worker, as the page runs it.

#![cfg(target_arch = "wasm32")]

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::gpu::{GpuEngine, Software, bytes_in_use};
use alignment_playground::graph::{Builder, DType};
use alignment_playground::objective;
use alignment_playground::policy::language::{self, Config, LanguagePolicy, TokenPair};
use alignment_playground::policy::{Policy, Weights, state_name};
use alignment_playground::sampling::Law;
use alignment_playground::session::{LanguageSession, SampleRequest};
use alignment_playground::standard_task::{Size, StandardTask, Task};
use alignment_playground::web::{self, PreparedEngine, WebSession, WebStandardTask};
use alignment_playground::{engine::Engine, engine::Feeds, engine::HostTensor};
use js_sys::{Array, Float32Array, Function, Reflect, Uint32Array};
use safetensors::SafeTensors;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const CONFIG: &str = include_str!("../www/assets/policies/names/config.json");
const WEIGHTS: &[u8] = include_bytes!("../www/assets/policies/names/model.safetensors");

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).unwrap();
    }
    object.into()
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn pair(id: u32, prompt: &[u32], chosen: &[u32], rejected: &[u32]) -> JsValue {
    let ids = |ids: &[u32]| JsValue::from(Uint32Array::from(ids));
    object(&[
        ("id", id.into()),
        ("prompt", ids(prompt)),
        ("chosen", ids(chosen)),
        ("rejected", ids(rejected)),
    ])
}

async fn open(seed: u32) -> WebSession {
    let options = object(&[
        ("method", "dpo".into()),
        ("seed", seed.into()),
        ("values", object(&[("learning_rate", 1e-3.into())])),
    ]);
    let session = WebSession::open(CONFIG.to_owned(), WEIGHTS.to_vec(), options);
    let mut session = session.ok().expect("the shipped policy opens");
    let pairs: Array = (0..8)
        .map(|id| pair(id, &[10 + id], &[20, 30, 21 + id], &[22, 31]))
        .collect();
    let set = session.set_training_pairs(pairs.into()).await;
    assert!(set.is_ok());
    session
}

/// The values of one column of a metrics table.
fn column(table: &JsValue, name: &str) -> Vec<f32> {
    let columns: Array = get(table, "columns").into();
    let column = columns.index_of(&name.into(), 0);
    assert!(column >= 0, "there is a column {name}");
    let values: Float32Array = get(table, "values").into();
    let width = columns.length() as usize;
    values
        .to_vec()
        .chunks_exact(width)
        .map(|row| row[column as usize])
        .collect()
}

async fn losses(session: &mut WebSession, updates: usize) -> Vec<f32> {
    for _ in 0..updates {
        assert!(session.update().await.is_ok());
    }
    column(&session.metrics().await.ok().unwrap(), "loss")
}

#[wasm_bindgen_test]
async fn training_starts_at_ln_2_and_learns() {
    let mut session = open(1).await;
    let before = session.evaluate().await.ok().unwrap();
    assert!((column(&before, "loss")[0] - 2f32.ln()).abs() < 1e-6);
    assert_eq!(column(&before, "rewards/margins"), [0.0]);

    let losses = losses(&mut session, 40).await;
    assert_eq!(losses.len(), 40);
    assert!((losses[0] - 2f32.ln()).abs() < 1e-6);
    assert!(losses[39] < 0.3, "{}", losses[39]);

    let numbers: Array = session.score_pairs(vec![3]).await.ok().unwrap().into();
    assert_eq!(numbers.length(), 1);
    let margin = get(&numbers.get(0), "margin").as_f64().unwrap();
    assert!(margin > 1.0, "{margin}");
}

#[wasm_bindgen_test]
async fn a_seed_gives_the_same_curve_and_reset_starts_it_again() {
    let mut session = open(5).await;
    let first = losses(&mut session, 5).await;
    session.reset(5.0).await.ok().unwrap();
    assert_eq!(session.step(), 0);
    assert_eq!(losses(&mut session, 5).await, first);
    assert_eq!(losses(&mut open(5).await, 5).await, first);
}

#[wasm_bindgen_test]
async fn samples_of_both_share_their_luck() {
    let mut session = open(1).await;
    let options = |seed: u32| {
        object(&[
            ("count", 4.into()),
            ("temperature", 1.into()),
            ("topK", 0.into()),
            ("topP", 1.into()),
            ("maxTokens", 12.into()),
            ("seed", seed.into()),
        ])
    };
    let text = |samples: &JsValue, side: &str| {
        let lists: Array = get(samples, side).into();
        assert_eq!(lists.length(), 4);
        lists
            .iter()
            .map(|ids| Uint32Array::from(ids).to_vec())
            .collect::<Vec<_>>()
    };
    let drawn = session.sample(vec![10], options(1)).await.ok().unwrap();
    // Before the first update the policy is its reference.
    assert_eq!(text(&drawn, "policy"), text(&drawn, "reference"));
    let other = session.sample(vec![10], options(2)).await.ok().unwrap();
    assert_ne!(text(&drawn, "policy"), text(&other, "policy"));
}

#[wasm_bindgen_test]
async fn token_scores_add_up_to_the_pair_s() {
    let mut session = open(1).await;
    let scores = session
        .score_tokens(pair(0, &[10], &[20, 30, 21], &[22, 31]))
        .await;
    let scores = scores.ok().unwrap();
    let sum = |side: &str| {
        let values = get(&get(&scores, side), "policy");
        let values = Float32Array::from(values).to_vec();
        (values.len(), values.iter().sum::<f32>())
    };
    let numbers: Array = session.score_pairs(vec![0]).await.ok().unwrap().into();
    let number = |name: &str| get(&numbers.get(0), name).as_f64().unwrap() as f32;
    for (side, tokens) in [("chosen", 4), ("rejected", 3)] {
        let (count, total) = sum(side);
        assert_eq!(count, tokens, "end-of-text counts");
        assert!((total - number(side)).abs() < 1e-4);
    }
}

#[wasm_bindgen_test]
async fn bad_input_is_refused_with_a_sentence() {
    let message = |error: wasm_bindgen::JsError| {
        let error: JsValue = error.into();
        get(&error, "message").as_string().unwrap()
    };
    let options = object(&[
        ("method", "alchemy".into()),
        ("seed", 0.into()),
        ("values", object(&[])),
    ]);
    let unknown = WebSession::open(CONFIG.to_owned(), WEIGHTS.to_vec(), options.clone());
    assert!(message(unknown.err().unwrap()).contains("alchemy"));

    let mut session = open(1).await;
    let long = vec![10; 100];
    let pairs = Array::of1(&pair(7, &[10], &long, &[11]));
    let refused = session.set_training_pairs(pairs.into()).await;
    assert!(message(refused.err().unwrap()).starts_with("Pair 7"));
    let refused = session.set_value("beta", -1.0);
    assert!(message(refused.err().unwrap()).contains("between"));
    // The session is as it was.
    assert_eq!(losses(&mut session, 1).await.len(), 1);
}

#[wasm_bindgen_test]
fn preference_files_are_read_line_by_line() {
    let text = "{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}\nnonsense\n";
    let parsed = web::parse_preferences(text).ok().unwrap();
    let pairs: Array = get(&parsed, "pairs").into();
    let problems: Array = get(&parsed, "problems").into();
    assert_eq!((pairs.length(), problems.length()), (1, 1));
    assert_eq!(get(&problems.get(0), "line").as_f64(), Some(2.0));
    let written = web::format_preferences(pairs.into()).ok().unwrap();
    assert_eq!(written.lines().count(), 1);
    assert!(written.contains("\"rejected\""));
}

/// The losses of the standard task are PyTorch's.
#[wasm_bindgen_test]
async fn the_standard_task_agrees_with_pytorch() {
    let mut task = WebStandardTask::open("S".to_owned(), "dpo".to_owned(), "cpu".to_owned())
        .await
        .ok()
        .unwrap();
    let mut losses = Vec::new();
    for _ in 0..5 {
        losses.push(task.update().await.ok().unwrap());
    }
    assert!((losses[0] - 0.693147).abs() < 1e-4, "{}", losses[0]);
    assert!((losses[4] - 0.0450628).abs() < 1e-4, "{}", losses[4]);
}

/// Logits of a small Llama as Hugging Face's `transformers` computes them.
#[wasm_bindgen_test]
async fn logits_agree_with_transformers() {
    let config = include_str!("fixtures/llama-gqa/config.json");
    let weights = include_bytes!("fixtures/llama-gqa/model.safetensors");
    let oracle = include_bytes!("fixtures/llama-gqa/oracle.safetensors");
    let oracle = SafeTensors::deserialize(oracle).unwrap();
    let policy = LanguagePolicy::new(Config::from_json(config).unwrap());
    let engine = CpuEngine::new();
    let parameters = policy.parameters();
    let values = language::load(weights, &parameters).unwrap();
    for (parameter, value) in parameters.iter().zip(values) {
        let name = state_name(Weights::POLICY, &parameter.name);
        engine.write(&name, value).unwrap();
    }
    let ids = oracle.tensor("input_ids").unwrap();
    let tokens = ids
        .data()
        .chunks_exact(8)
        .map(|bytes| u32::from_le_bytes(bytes[..4].try_into().unwrap()))
        .collect();
    let shape = ids.shape().to_vec();
    let builder = Builder::new();
    let input = builder.input("tokens", DType::U32, shape.as_slice());
    let logits = policy
        .transformer()
        .logits(&Weights::new(&builder, Weights::POLICY), input);
    builder.output("logits", logits);
    let graph = builder.finish().unwrap();
    let mut plan = engine.compile(&graph).await.unwrap();
    let feeds = Feeds::from([("tokens".to_owned(), HostTensor::u32(shape, tokens))]);
    plan.run(&feeds).unwrap();
    let outputs = plan.drain().await.unwrap();
    let expected = oracle.tensor("logits").unwrap();
    let expected = expected.data().chunks_exact(4);
    let mut compared = 0;
    for (logit, bytes) in outputs[0]["logits"].as_f32().iter().zip(expected) {
        let expected = f32::from_le_bytes(bytes.try_into().unwrap());
        assert!((logit - expected).abs() < 1e-4, "{logit} {expected}");
        compared += 1;
    }
    assert!(compared > 100);
}

const TINY: Size = Size {
    name: "tiny",
    width: 8,
    layers: 1,
    heads: 2,
    vocabulary: 12,
    length: 8,
    sequences: 4,
};

/// Has an engine made ready and take over; what was told of its kernels.
async fn switch_engine(session: &mut WebSession, choice: &str, samples: usize) -> Vec<[u32; 2]> {
    let told = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let note = told.clone();
    let progress =
        Closure::<dyn FnMut(u32, u32)>::new(move |done, all| note.borrow_mut().push([done, all]));
    let function = progress.as_ref().unchecked_ref::<Function>().clone();
    let graphs = session.graphs(samples).ok().unwrap();
    let prepared = PreparedEngine::open(choice.to_owned(), graphs, function).await;
    let switched = session.switch_engine(prepared.ok().unwrap()).await;
    assert!(switched.is_ok());
    told.take()
}

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
        let found = task_losses(&gpu().await, size, task, 15).await;
        let expected = task_losses(&CpuEngine::new(), size, task, 15).await;
        for (found, expected) in found.iter().zip(&expected) {
            let near = (found - expected).abs() <= 1e-4 * expected.abs().max(1.0);
            assert!(near, "{found}, but {expected} on the CPU");
        }
        assert_eq!(found, task_losses(&gpu().await, size, task, 15).await);
    }
}

#[wasm_bindgen_test]
async fn a_run_on_the_gpu_has_the_cpus_curve_and_samples() {
    let mut runs = Vec::new();
    let engines: [Box<dyn Engine>; 2] = [Box::new(gpu().await), Box::new(CpuEngine::new())];
    for engine in engines {
        let dpo = objective::by_name("dpo").unwrap();
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
            most: 4,
            law: Law {
                top_k: 9,
                ..Law::default()
            },
            seed: 5,
        };
        let drawn = session.sample(Weights::REFERENCE, &request).await.unwrap();
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

#[wasm_bindgen_test]
async fn sessions_that_come_and_go_leave_nothing_behind() {
    let pages = || core::arch::wasm32::memory_size(0);
    let mut after_some = 0;
    for round in 0..200 {
        let options = object(&[
            ("method", "dpo".into()),
            ("seed", 1.into()),
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

/// The module's memory never shrinks, so a leak of whatever size would show in time.
#[wasm_bindgen_test]
async fn ten_thousand_updates_take_no_memory() {
    let task = StandardTask::new(&CpuEngine::new(), TINY, Task::Dpo).await;
    let mut task = task.ok().unwrap();
    let mut pages = Vec::new();
    for update in 0..10_500 {
        assert!(task.update().await.ok().unwrap().is_finite());
        if update == 500 {
            pages.push(core::arch::wasm32::memory_size(0));
        }
    }
    pages.push(core::arch::wasm32::memory_size(0));
    assert_eq!(pages[0], pages[1], "pages of 64 KiB before and after");
}
