//! The GPU engine: a compiler from graphs to WebGPU, by way of wgpu; natively through Vulkan or Metal.
//!
//! ```text
//! Graph ─► lower: views, runs, kernels ─► schedule: dispatches, memory ─► plan: one submit a run
//! ```
//!
//! Everything stands in one buffer ([`heap`]): states where they stay, and the scratch memory that all
//! plans use in turn. A kernel's text holds neither shapes nor places ([`code`]), so that kernels which
//! do the same share a pipeline and, where none needs the other's result, a dispatch; for a GPU in software
//! so do those that differ only in what they do with their results ([`variants`]). A run writes the inputs,
//! submits one command buffer and waits for nothing; one that is profiled has each dispatch timed by the
//! GPU's own [`clock`].

mod attention;
#[cfg(target_arch = "wasm32")]
mod browser;
mod clock;
mod code;
mod device;
mod heap;
mod kernels;
mod lower;
mod matmul;
mod norm;
mod plan;
mod prologue;
mod ring;
mod schedule;
mod squares;
mod tally;
mod target;
mod text;
mod variants;
mod view;

use std::cell::RefCell;
use std::rc::Rc;

pub use self::device::{Counters, Software, bytes_in_use};
pub use self::target::Target;

use self::device::Device;
use self::heap::Heap;
use self::plan::{Draft, GpuPlan};
use self::ring::Ring;
use super::{Engine, EngineError, HostData, HostTensor, Pending, Plan, Progress};
use crate::graph::Graph;

/// Runs graphs on a GPU; what is cloned is the handle.
#[derive(Clone)]
pub struct GpuEngine {
    device: Rc<Device>,
    heap: Rc<RefCell<Heap>>,
    ring: Rc<RefCell<Ring>>,
    target: Target,
}

impl GpuEngine {
    /// Opens the GPU that the system prefers.
    ///
    /// # Errors
    /// [`EngineError::NoGpu`] where there is none, [`EngineError::SoftwareGpu`] where it is refused.
    pub async fn open(software: Software) -> Result<Self, EngineError> {
        let device = Rc::new(Device::open(software).await?);
        let heap = Rc::new(RefCell::new(Heap::new(&device)));
        let target = device.target();
        Ok(GpuEngine {
            device,
            heap,
            ring: Rc::default(),
            target,
        })
    }

    /// With kernels for something else than what was opened: for tests, where nothing else is at hand.
    pub fn with_kernels_for(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// How often the host has asked something of the GPU so far.
    pub fn counters(&self) -> Counters {
        self.device.counters()
    }
}

impl Engine for GpuEngine {
    fn description(&self) -> String {
        format!("GPU ({})", self.device.name())
    }

    fn can_be_lost(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), EngineError> {
        self.device.check()
    }

    fn queue_capacity(&self) -> usize {
        // Enough to keep a fast GPU busy while a read is on its way, which takes 100 ms in some browsers.
        64
    }

    fn write(&self, state: &str, value: HostTensor) -> Result<(), EngineError> {
        self.device.check()?;
        let mut heap = self.heap.borrow_mut();
        let first = heap.place_state(&self.device, state, value.shape(), value.dtype())?;
        let bytes: Vec<u8> = match value.data() {
            HostData::F32(numbers) => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
            HostData::U32(numbers) => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
        };
        self.device
            .queue
            .write_buffer(&heap.buffer, 4 * first as u64, &bytes);
        Ok(())
    }

    fn copy(&self, from: &str, to: &str) -> Result<(), EngineError> {
        self.device.check()?;
        let mut heap = self.heap.borrow_mut();
        let source = heap.state(from)?.clone();
        let words = source.shape.elements();
        let first = heap.place_state(&self.device, to, &source.shape, source.dtype)?;
        // A buffer cannot be copied to itself.
        let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let between = self.device.buffer(words, usage);
        let size = 4 * words as u64;
        let mut encoder = self
            .device
            .device
            .create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&heap.buffer, 4 * source.first as u64, &between, 0, size);
        encoder.copy_buffer_to_buffer(&between, 0, &heap.buffer, 4 * first as u64, size);
        self.device.queue.submit([encoder.finish()]);
        self.device.count(|counters| counters.submits += 1);
        Ok(())
    }

    fn read<'a>(&'a self, state: &'a str) -> Pending<'a, HostTensor> {
        Box::pin(async move {
            self.device.check()?;
            let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
            let (buffer, state) = {
                let heap = self.heap.borrow();
                let state = heap.state(state)?.clone();
                let words = state.shape.elements();
                let buffer = self.device.buffer(words, usage);
                let mut encoder = self
                    .device
                    .device
                    .create_command_encoder(&Default::default());
                let (first, size) = (4 * state.first as u64, 4 * words as u64);
                encoder.copy_buffer_to_buffer(&heap.buffer, first, &buffer, 0, size);
                self.device.queue.submit([encoder.finish()]);
                self.device.count(|counters| counters.submits += 1);
                (buffer, state)
            };
            let words = self.device.read(&buffer, state.shape.elements()).await?;
            Ok(plan::tensor(state.shape, state.dtype, &words))
        })
    }

    fn compile<'a>(&'a self, graph: &'a Graph) -> Pending<'a, Box<dyn Plan>> {
        Box::pin(async move {
            self.device.check()?;
            let draft = Draft::new(graph, self.target);
            let (device, heap) = (self.device.clone(), self.heap.clone());
            let plan = GpuPlan::new(device, heap, self.ring.clone(), draft).await?;
            Ok(Box::new(plan) as Box<dyn Plan>)
        })
    }

    fn prepare<'a>(&'a self, graphs: &'a [Graph], progress: Progress<'a>) -> Pending<'a, ()> {
        Box::pin(async move {
            self.device.check()?;
            let drafts: Vec<Draft> = graphs
                .iter()
                .map(|graph| Draft::new(graph, self.target))
                .collect();
            let mut drafts = drafts.iter();
            let first = drafts.next().into_iter().flat_map(Draft::kernels);
            let others = drafts.flat_map(Draft::kernels);
            self.device.compile(first, others, progress).await
        })
    }
}
