//! Pipelines that a browser compiles beside everything else.
//!
//! wgpu knows only the call that has a browser compile at once, one pipeline after the other, which
//! holds up whatever else it draws. So they are first asked for through `createComputePipelineAsync`:
//! a browser that knows equal pipelines has them at hand when wgpu asks for the same.

use std::cell::RefCell;
use std::collections::HashMap;

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::engine::Progress;

#[wasm_bindgen]
extern "C" {
    type GpuDevice;

    #[wasm_bindgen(method, catch, js_name = createBindGroupLayout)]
    fn bind_group_layout(this: &GpuDevice, descriptor: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = createPipelineLayout)]
    fn pipeline_layout(this: &GpuDevice, descriptor: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = createShaderModule)]
    fn shader_module(this: &GpuDevice, descriptor: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = createComputePipelineAsync)]
    fn compute_pipeline(this: &GpuDevice, descriptor: &JsValue) -> Result<Promise, JsValue>;
}

/// What a browser was asked to compile, by sources. It may forget pipelines that nobody holds.
#[derive(Default)]
pub struct Asked(RefCell<HashMap<String, Promise>>);

impl Asked {
    /// Has the browser compile what is new among `sources`, all at once, while others go on.
    pub fn ask(&self, device: &wgpu::Device, sources: &[String]) {
        let Some(device) = device.as_webgpu() else {
            return;
        };
        let device: &JsValue = device.as_ref();
        let mut asked = self.0.borrow_mut();
        let new = sources.iter().filter(|source| !asked.contains_key(*source));
        let new: Vec<&String> = new.collect();
        // What cannot be compiled is left out: wgpu will be told why.
        let begun = begin(device.unchecked_ref(), &new).unwrap_or_default();
        for (source, promise) in new.into_iter().zip(begun) {
            asked.insert(source.clone(), promise.clone());
            spawn_local(async move {
                let _ = JsFuture::from(promise).await;
            });
        }
    }

    /// Waits until `sources`, which the browser was asked for, are compiled or cannot be.
    pub async fn wait(&self, sources: &[String], progress: Progress<'_>) {
        for (done, source) in sources.iter().enumerate() {
            let promise = self.0.borrow().get(source).cloned();
            if let Some(promise) = promise {
                let _ = JsFuture::from(promise).await;
            }
            progress(done + 1, sources.len());
        }
    }
}

fn begin(device: &GpuDevice, sources: &[&String]) -> Result<Vec<Promise>, JsValue> {
    // The layout of `Device::bindings`.
    let buffer = |binding: u32, ty: &str, dynamic: bool| {
        let buffer = object(&[("type", ty.into()), ("hasDynamicOffset", dynamic.into())])?;
        let compute = 4.into();
        object(&[
            ("binding", binding.into()),
            ("visibility", compute),
            ("buffer", buffer),
        ])
    };
    let entries = Array::of3(
        &buffer(0, "storage", false)?,
        &buffer(1, "read-only-storage", false)?,
        &buffer(2, "uniform", true)?,
    );
    let bindings = device.bind_group_layout(&object(&[("entries", entries.into())])?)?;
    let layouts = ("bindGroupLayouts", Array::of1(&bindings).into());
    let layout = device.pipeline_layout(&object(&[layouts])?)?;
    let promises = sources.iter().map(|source| {
        let module = device.shader_module(&object(&[("code", source.as_str().into())])?)?;
        let compute = object(&[("module", module), ("entryPoint", "main".into())])?;
        device.compute_pipeline(&object(&[
            ("layout", layout.clone()),
            ("compute", compute),
        ])?)
    });
    promises.collect()
}

fn object(fields: &[(&str, JsValue)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object.into())
}
