//! What several tests need: running a graph once, and checkpoints with what other software
//! computes on them.

// Each test is a crate of its own and uses a part of this.
#![allow(dead_code)]

pub mod attention;
pub mod cases;
pub mod denoisers;
pub mod distant;
pub mod formula;
pub mod fused;
pub mod plain_candle;
pub mod token_table;

use std::path::{Path, PathBuf};

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::gpu::{GpuEngine, Software, Target};
use alignment_playground::engine::{Engine, EngineError, Feeds, HostTensor, Outputs};
use alignment_playground::graph::Builder;
use alignment_playground::policy::language::{self, Config, LanguagePolicy};
use alignment_playground::policy::{Policy, state_name};
use pollster::block_on;
use safetensors::SafeTensors;

/// Runs a graph once.
pub fn run(engine: &dyn Engine, builder: Builder, feeds: &Feeds) -> Result<Outputs, EngineError> {
    let graph = builder.finish().expect("the graph is well formed");
    let mut plan = block_on(engine.compile(&graph))?;
    plan.run(feeds)?;
    let mut outputs = block_on(plan.drain())?;
    Ok(outputs.pop().expect("one run, one set of outputs"))
}

/// A GPU, in software if need be.
pub fn gpu() -> GpuEngine {
    let opened = block_on(GpuEngine::open(Software::Accept));
    opened.expect("Vulkan or Metal (on Debian: mesa-vulkan-drivers)")
}

/// A GPU with the kernels for hardware and one with those for software, whichever it is.
pub fn gpus() -> [GpuEngine; 2] {
    [Target::Hardware, Target::Software].map(|target| gpu().with_kernels_for(target))
}

/// One engine of each kind.
pub fn engines() -> [Box<dyn Engine>; 2] {
    [Box::new(CpuEngine::new()), Box::new(gpu())]
}

/// Feeds by name.
pub fn feeds<const N: usize>(feeds: [(&str, HostTensor); N]) -> Feeds {
    Feeds::from(feeds.map(|(name, value)| (name.to_owned(), value)))
}

/// Asserts that two lists agree within `tolerance`, relative to the larger of 1 and the expected.
#[track_caller]
pub fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (place, (&a, &b)) in found.iter().zip(expected).enumerate() {
        let near = (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(near, "{what}[{place}] is {a}, not {b}");
    }
}

/// The folder of the policy that the page opens with.
pub const NAMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/assets/policies/names");

/// A checkpoint folder.
pub struct Checkpoint {
    /// Where it lies.
    pub folder: PathBuf,
    /// The text of `config.json`.
    pub config: String,
    /// The bytes of `model.safetensors`.
    pub weights: Vec<u8>,
}

impl Checkpoint {
    /// Reads the checkpoint in `folder`.
    pub fn read(folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref().to_owned();
        Checkpoint {
            config: std::fs::read_to_string(folder.join("config.json")).unwrap(),
            weights: std::fs::read(folder.join("model.safetensors")).unwrap(),
            folder,
        }
    }

    /// One of those that `tests/oracles/transformers_fixtures.py` made.
    pub fn fixture(name: &str) -> Self {
        Self::read(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/fixtures")
                .join(name),
        )
    }

    /// The policy that it configures.
    pub fn policy(&self) -> LanguagePolicy {
        LanguagePolicy::new(Config::from_json(&self.config).unwrap())
    }

    /// An engine that holds its weights under each of `scopes`.
    pub fn engine(&self, scopes: &[&str]) -> CpuEngine {
        let engine = CpuEngine::new();
        let parameters = self.policy().parameters();
        let weights = language::load(&self.weights, &parameters).unwrap();
        for (parameter, value) in parameters.iter().zip(weights) {
            for scope in scopes {
                let name = state_name(scope, &parameter.name);
                engine.write(&name, value.clone()).unwrap();
            }
        }
        engine
    }

    /// What transformers computes on it.
    pub fn oracle(&self) -> Oracle {
        Oracle(std::fs::read(self.folder.join("oracle.safetensors")).unwrap())
    }
}

/// Tensors by name.
pub struct Oracle(Vec<u8>);

impl Oracle {
    /// The floats called `name`.
    pub fn f32(&self, name: &str) -> Vec<f32> {
        self.read(name, |bytes: [u8; 4]| f32::from_le_bytes(bytes))
            .1
    }

    /// The integers called `name`, with their shape.
    pub fn u32(&self, name: &str) -> HostTensor {
        let (shape, data) = self.read(name, |bytes: [u8; 8]| u64::from_le_bytes(bytes) as u32);
        HostTensor::u32(shape, data)
    }

    fn read<const N: usize, T>(&self, name: &str, f: fn([u8; N]) -> T) -> (Vec<usize>, Vec<T>) {
        let tensors = SafeTensors::deserialize(&self.0).unwrap();
        let tensor = tensors.tensor(name).unwrap();
        let chunks = tensor.data().chunks_exact(N);
        let data = chunks.map(|bytes| f(bytes.try_into().unwrap())).collect();
        (tensor.shape().to_vec(), data)
    }
}

/// Every vector of the `*.json` in `tests/vectors/`: numbers that other software computed.
pub fn vectors() -> Vec<serde_json::Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    files
        .flat_map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let file: serde_json::Value = serde_json::from_str(&text).unwrap();
            file["vectors"]
                .as_array()
                .expect("a list of vectors")
                .clone()
        })
        .collect()
}
