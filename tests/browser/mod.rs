//! What the tests in a browser share.

// Each test is a crate of its own and uses a part of this.
#![allow(dead_code)]

use alignment_playground::standard_task::Size;
use alignment_playground::web::{PreparedEngine, WebSession};
use js_sys::{Array, Float32Array, Function, Reflect, Uint32Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

pub const CONFIG: &str = include_str!("../../www/assets/policies/names/config.json");
pub const WEIGHTS: &[u8] = include_bytes!("../../www/assets/policies/names/model.safetensors");

pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).unwrap();
    }
    object.into()
}

pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

pub fn pair(id: u32, prompt: &[u32], chosen: &[u32], rejected: &[u32]) -> JsValue {
    let ids = |ids: &[u32]| JsValue::from(Uint32Array::from(ids));
    object(&[
        ("id", id.into()),
        ("prompt", ids(prompt)),
        ("chosen", ids(chosen)),
        ("rejected", ids(rejected)),
    ])
}

pub async fn open(seed: u32) -> WebSession {
    open_method("dpo", seed, &[("learning_rate", 1e-3)]).await
}

/// A run by another method. The vocabulary of its judge is a letter for each token.
pub async fn open_method(method: &str, seed: u32, values: &[(&str, f64)]) -> WebSession {
    let values: Vec<(&str, JsValue)> = values
        .iter()
        .map(|&(name, value)| (name, value.into()))
        .collect();
    let options = object(&[
        ("method", method.into()),
        ("seed", seed.into()),
        ("loss", "".into()),
        ("values", object(&values)),
    ]);
    let session = WebSession::open(CONFIG.to_owned(), WEIGHTS.to_vec(), options);
    let mut session = session.ok().expect("the shipped policy opens");
    let pairs: Array = (0..8)
        .map(|id| pair(id, &[10 + id], &[20, 30, 21 + id], &[22, 31]))
        .collect();
    let set = session.set_training_pairs(pairs.into()).await;
    assert!(set.is_ok());
    let vocabulary = vec!["a".to_owned(); 128];
    assert!(session.set_rule("shorter", vocabulary).is_ok());
    session
}

/// The values of one column of a metrics table.
pub fn column(table: &JsValue, name: &str) -> Vec<f32> {
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

pub async fn losses(session: &mut WebSession, updates: usize) -> Vec<f32> {
    for _ in 0..updates {
        assert!(session.update().await.is_ok());
    }
    column(&session.metrics().await.ok().unwrap(), "loss")
}

/// Has an engine made ready and take over; what was told of its kernels.
pub async fn switch_engine(
    session: &mut WebSession,
    choice: &str,
    samples: usize,
) -> Vec<[u32; 2]> {
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

pub const TINY: Size = Size {
    name: "tiny",
    width: 8,
    layers: 1,
    heads: 2,
    vocabulary: 12,
    length: 8,
    sequences: 4,
};
