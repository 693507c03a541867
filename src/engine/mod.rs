//! Engines run graphs. Nothing outside this module knows which one does.
//!
//! An engine owns named states (weights, moments, caches) and compiles graphs to
//! plans over them. Running a plan never waits for its results: outputs queue up
//! until they are drained, so that a GPU need not be read back step by step.

mod choice;
pub mod cpu;
pub mod gpu;
mod profile;

pub use choice::Choice;
pub use profile::{Part, Profile, Work, matmul_ceiling};

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use crate::graph::{DType, Graph, Shape};

/// A result that an engine may still be computing.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + 'a>>;

/// Is told how many parts of a task are done, and of how many.
pub type Progress<'a> = &'a dyn Fn(usize, usize);

/// Runs graphs over states that it owns.
pub trait Engine {
    /// What runs, in words for the person at the screen.
    fn description(&self) -> String;

    /// Whether what the engine holds may be gone from one moment to the next.
    fn can_be_lost(&self) -> bool {
        false
    }

    /// A sentence, if the engine has lost what it held and cannot go on.
    fn check(&self) -> Result<(), EngineError> {
        Ok(())
    }

    /// How many runs may be on their way at once, at most.
    fn queue_capacity(&self) -> usize;

    /// Sets a state, making it if need be.
    fn write(&self, state: &str, value: HostTensor) -> Result<(), EngineError>;

    /// Sets the state `to` to the present value of `from`.
    fn copy(&self, from: &str, to: &str) -> Result<(), EngineError>;

    /// The present value of a state.
    fn read<'a>(&'a self, state: &'a str) -> Pending<'a, HostTensor>;

    /// Makes ready to run `graph` over this engine's states.
    fn compile<'a>(&'a self, graph: &'a Graph) -> Pending<'a, Box<dyn Plan>>;

    /// Does beforehand, and at once, what compiling the first of `graphs` and its like would take long for, and begins
    /// with the others, if they can go on by themselves.
    fn prepare<'a>(&'a self, _graphs: &'a [Graph], _progress: Progress<'a>) -> Pending<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A graph made ready to run.
pub trait Plan {
    /// Runs once: reads `feeds` and the states, updates the states, queues the outputs.
    fn run(&mut self, feeds: &Feeds) -> Result<(), EngineError>;

    /// Runs once, as [`Plan::run`] does, and tells where the time goes: slower, since nothing overlaps.
    ///
    /// # Errors
    /// [`EngineError::NoTimestamps`] where a GPU does not tell.
    fn profile<'a>(&'a mut self, feeds: &'a Feeds) -> Pending<'a, Profile>;

    /// The outputs that have arrived since they were last asked for, oldest first; waits for none.
    ///
    /// # Errors
    /// The engine lost what it held.
    fn arrived(&mut self) -> Result<Vec<Outputs>, EngineError>;

    /// As [`Plan::arrived`], but waits for the next that arrives; none, if no run is on its way.
    fn next(&mut self) -> Pending<'_, Vec<Outputs>>;

    /// The outputs of all runs that have not been asked for, oldest first.
    fn drain(&mut self) -> Pending<'_, Vec<Outputs>> {
        Box::pin(async move {
            let mut all = Vec::new();
            loop {
                let next = self.next().await?;
                if next.is_empty() {
                    return Ok(all);
                }
                all.extend(next);
            }
        })
    }
}

/// What the host gives to a run, by the names of the graph's inputs.
pub type Feeds = BTreeMap<String, HostTensor>;

/// What a run gives to the host, by the names of the graph's outputs.
pub type Outputs = BTreeMap<String, HostTensor>;

/// A tensor in the host's memory, innermost axis contiguous.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    shape: Shape,
    data: HostData,
}

/// The elements of a [`HostTensor`].
#[derive(Clone, Debug, PartialEq)]
pub enum HostData {
    /// 32-bit floating point.
    F32(Vec<f32>),
    /// 32-bit unsigned.
    U32(Vec<u32>),
}

impl HostTensor {
    /// A tensor of floats.
    ///
    /// # Panics
    /// If `data` does not fill `shape`: a mistake in the calling code.
    pub fn f32(shape: impl Into<Shape>, data: Vec<f32>) -> Self {
        let shape = shape.into();
        assert_eq!(shape.elements(), data.len(), "data must fill {shape}");
        HostTensor {
            shape,
            data: HostData::F32(data),
        }
    }

    /// A tensor of unsigned integers.
    ///
    /// # Panics
    /// If `data` does not fill `shape`: a mistake in the calling code.
    pub fn u32(shape: impl Into<Shape>, data: Vec<u32>) -> Self {
        let shape = shape.into();
        assert_eq!(shape.elements(), data.len(), "data must fill {shape}");
        HostTensor {
            shape,
            data: HostData::U32(data),
        }
    }

    /// One float.
    pub fn scalar(value: f32) -> Self {
        Self::f32([], vec![value])
    }

    /// One unsigned integer.
    pub fn index(value: u32) -> Self {
        Self::u32([], vec![value])
    }

    /// Floats that are all 0.
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        let data = vec![0.0; shape.elements()];
        Self::f32(shape, data)
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        match self.data {
            HostData::F32(_) => DType::F32,
            HostData::U32(_) => DType::U32,
        }
    }

    /// The elements, typed.
    pub fn data(&self) -> &HostData {
        &self.data
    }

    /// The floats; empty when the elements are integers.
    pub fn as_f32(&self) -> &[f32] {
        match &self.data {
            HostData::F32(values) => values,
            HostData::U32(_) => &[],
        }
    }

    /// The integers; empty when the elements are floats.
    pub fn as_u32(&self) -> &[u32] {
        match &self.data {
            HostData::U32(values) => values,
            HostData::F32(_) => &[],
        }
    }

    /// The first float; NaN when there is none.
    pub fn first(&self) -> f32 {
        self.as_f32().first().copied().unwrap_or(f32::NAN)
    }
}

/// Why a graph could not be compiled or run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A graph or a caller names a state that was never written.
    #[error("the engine holds no state `{0}`: write it before running a plan that reads it")]
    UnknownState(String),
    /// A run lacks an input.
    #[error("the input `{0}` was not fed")]
    MissingInput(String),
    /// A fed or stored tensor differs from what the graph declares.
    #[error(
        "`{name}` has the shape {found} of {found_dtype}, but the graph declares {wanted} of {wanted_dtype}"
    )]
    Mismatch {
        /// The input's or state's name.
        name: String,
        /// The shape it has.
        found: Shape,
        /// The element type it has.
        found_dtype: DType,
        /// The shape it should have.
        wanted: Shape,
        /// The element type it should have.
        wanted_dtype: DType,
    },
    /// An index points outside its tensor.
    #[error("index {index} lies outside the extent {extent} in `{op}`")]
    IndexOutOfRange {
        /// The operation.
        op: &'static str,
        /// The index.
        index: usize,
        /// How many there are.
        extent: usize,
    },
    /// There is no such engine.
    #[error("there is no engine {0:?}: choose automatic, gpu or cpu")]
    UnknownChoice(String),
    /// There is no GPU, or it cannot be opened.
    #[error("no GPU can be used here: {0}")]
    NoGpu(String),
    /// The only GPU is none.
    #[error("the GPU “{0}” is software, which is slower than the CPU engine")]
    SoftwareGpu(String),
    /// The GPU is gone: its driver was reset, or it was unplugged.
    #[error("the GPU was lost ({0})")]
    GpuLost(String),
    /// The GPU does not say when a kernel began and ended.
    #[error("this GPU does not tell how long its kernels take (it lacks `timestamp-query`)")]
    NoTimestamps,
    /// More memory is needed than the GPU gives to one buffer.
    #[error("the GPU gives at most {most} bytes, but {wanted} are needed: make the batch smaller")]
    GpuMemory {
        /// Bytes needed.
        wanted: u64,
        /// Bytes to be had.
        most: u64,
    },
    /// A kernel's text, which is in the log, is refused: a mistake in this program.
    #[error("the GPU kernel `{name}` could not be compiled: {problem}")]
    Kernel {
        /// The kernel.
        name: String,
        /// What the compiler says.
        problem: String,
    },
    /// candle refused an operation.
    #[error("the CPU engine failed: {0}")]
    Candle(#[from] candle_core::Error),
}
