//! The GPU: found, opened, and asked for pipelines and numbers.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::lower::Kernel;
use super::target::Target;
use super::text::{self, Instances};
use crate::engine::{EngineError, Progress};

/// What is used where there is such. wgpu knows of no browser's subgroups.
const WISHES: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::SUBGROUP);
/// Bytes of a dispatch's uniform, as `kernel.wgsl` has it; dynamic offsets may choose multiples of it.
pub const UNIFORM_STRIDE: usize = 1024;

/// Whether a GPU that is none, but software on the processor, will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    /// It is slower than the CPU engine.
    Refuse,
    /// For tests, where nothing else is at hand.
    Accept,
}

/// How often the host asked something of the GPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Buffers made.
    pub buffers: u64,
    /// Bind groups made.
    pub bind_groups: u64,
    /// Pipelines compiled.
    pub pipelines: u64,
    /// Command buffers submitted.
    pub submits: u64,
    /// Dispatches in them.
    pub dispatches: u64,
    /// Buffers mapped to be read.
    pub readbacks: u64,
}

/// Bytes in the buffers of all devices.
static BYTES_IN_USE: AtomicU64 = AtomicU64::new(0);

/// Bytes in the buffers of all GPU engines that there are.
pub fn bytes_in_use() -> u64 {
    BYTES_IN_USE.load(Ordering::Relaxed)
}

/// A buffer whose memory goes back as soon as nobody has it: in a browser it would wait for the garbage
/// collector.
pub struct Buffer(wgpu::Buffer);

impl Deref for Buffer {
    type Target = wgpu::Buffer;

    fn deref(&self) -> &wgpu::Buffer {
        &self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        BYTES_IN_USE.fetch_sub(self.0.size(), Ordering::Relaxed);
        self.0.destroy();
    }
}

/// An open device.
pub struct Device {
    /// The device itself.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// The layout of every bind group.
    pub bindings: wgpu::BindGroupLayout,
    layout: wgpu::PipelineLayout,
    name: String,
    software: bool,
    pipelines: RefCell<HashMap<(String, Instances), wgpu::ComputePipeline>>,
    /// The texts that some dispatch holds several kernels of.
    shared: RefCell<HashSet<String>>,
    #[cfg(target_arch = "wasm32")]
    asked: super::browser::Asked,
    counters: Cell<Counters>,
    /// Why the device is lost, once it is.
    lost: Arc<Mutex<Option<String>>>,
}

impl Device {
    /// Opens the GPU that the system prefers.
    pub async fn open(software: Software) -> Result<Self, EngineError> {
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance().request_adapter(&options).await;
        let adapter = adapter.map_err(|error| match cfg!(target_arch = "wasm32") {
            true => EngineError::NoGpu("this browser offers none".to_owned()),
            false => EngineError::NoGpu(error.to_string()),
        })?;
        let info = adapter.get_info();
        let most = adapter.limits();
        let limits = wgpu::Limits {
            max_storage_buffer_binding_size: most.max_storage_buffer_binding_size,
            max_buffer_size: most.max_buffer_size,
            ..wgpu::Limits::defaults()
        };
        let request = wgpu::DeviceDescriptor {
            required_features: adapter.features() & WISHES,
            required_limits: limits,
            ..Default::default()
        };
        let opened = adapter.request_device(&request).await;
        let (device, queue) = opened.map_err(|error| EngineError::NoGpu(error.to_string()))?;

        let name = name(&info, &device);
        if software == Software::Refuse && info.device_type == wgpu::DeviceType::Cpu {
            return Err(EngineError::SoftwareGpu(name));
        }
        let lost = Arc::new(Mutex::new(None));
        let note = lost.clone();
        device.set_device_lost_callback(move |_, reason| {
            if let Ok(mut lost) = note.lock() {
                *lost = Some(reason);
            }
        });
        let entry = |binding, ty, has_dynamic_offset| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty,
                has_dynamic_offset,
                min_binding_size: None,
            },
            count: None,
        };
        let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
        let bindings = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: None,
            entries: &[
                entry(0, storage(false), false),
                entry(1, storage(true), false),
                entry(2, wgpu::BufferBindingType::Uniform, true),
            ],
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        Ok(Device {
            device,
            queue,
            bindings,
            layout,
            name,
            software: info.device_type == wgpu::DeviceType::Cpu,
            pipelines: RefCell::default(),
            shared: RefCell::default(),
            #[cfg(target_arch = "wasm32")]
            asked: Default::default(),
            counters: Cell::default(),
            lost,
        })
    }

    /// What the GPU is called.
    pub fn name(&self) -> String {
        let software = if self.software { ", software" } else { "" };
        format!("{}{software}", self.name)
    }

    /// What its kernels are to be written for.
    pub fn target(&self) -> Target {
        match self.software {
            true => Target::Software,
            false => Target::Hardware,
        }
    }

    /// How often the host has asked something so far.
    pub fn counters(&self) -> Counters {
        self.counters.get()
    }

    /// Counts something that was asked.
    pub fn count(&self, add: impl FnOnce(&mut Counters)) {
        let mut counters = self.counters.get();
        add(&mut counters);
        self.counters.set(counters);
    }

    /// The words that the largest buffer may hold.
    pub fn most_words(&self) -> usize {
        let limits = self.device.limits();
        let bytes = limits
            .max_buffer_size
            .min(limits.max_storage_buffer_binding_size);
        usize::try_from(bytes / 4).unwrap_or(usize::MAX)
    }

    /// A buffer of so many words.
    pub fn buffer(&self, words: usize, usage: wgpu::BufferUsages) -> Buffer {
        self.count(|counters| counters.buffers += 1);
        let size = 4 * words.max(4) as u64;
        BYTES_IN_USE.fetch_add(size, Ordering::Relaxed);
        Buffer(self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage,
            mapped_at_creation: false,
        }))
    }

    /// A sentence, if the device is lost.
    pub fn check(&self) -> Result<(), EngineError> {
        match self.lost.lock().ok().and_then(|lost| lost.clone()) {
            Some(reason) => Err(EngineError::GpuLost(reason)),
            None => Ok(()),
        }
    }

    /// The device is lost, as can be told before it says so itself.
    fn lost(&self, reason: String) -> EngineError {
        if let Ok(mut lost) = self.lost.lock() {
            lost.get_or_insert_with(|| reason.clone());
        }
        EngineError::GpuLost(reason)
    }

    /// Compiles what is new among the texts of `kernels`, all at once where that can be; a browser then goes on
    /// with those of `later`, whoever waits for it.
    pub async fn compile<'a>(
        &self,
        kernels: impl Iterator<Item = (&'a Kernel, Instances)>,
        later: impl Iterator<Item = (&'a Kernel, Instances)>,
        progress: Progress<'_>,
    ) -> Result<(), EngineError> {
        let (kernels, later): (Vec<_>, Vec<_>) = (kernels.collect(), later.collect());
        let both = kernels.iter().chain(&later);
        let several = both.filter(|(_, instances)| *instances == Instances::Several);
        let texts = several.map(|(kernel, _)| kernel.text.clone());
        self.shared.borrow_mut().extend(texts);
        let new = self.new_among(&kernels);
        let sources = self.sources(&new);
        #[cfg(target_arch = "wasm32")]
        {
            self.asked.ask(&self.device, &sources);
            self.asked.wait(&sources, progress).await;
            let later = self.sources(&self.new_among(&later));
            self.asked.ask(&self.device, &later);
        }
        let (mut pipelines, mut problems) = (Vec::new(), Vec::new());
        for (done, ((kernel, _), source)) in new.iter().zip(&sources).enumerate() {
            let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
            pipelines.push(self.create(&kernel.name, source));
            problems.push(scope.pop());
            if cfg!(not(target_arch = "wasm32")) {
                progress(done + 1, new.len());
            }
        }
        for (problem, ((kernel, _), source)) in problems.into_iter().zip(new.iter().zip(&sources)) {
            if let Some(error) = problem.await {
                log(&format!("GPU kernel `{}`: {error}\n{source}", kernel.name));
                return Err(EngineError::Kernel {
                    name: kernel.name.clone(),
                    problem: error.to_string(),
                });
            }
        }
        self.count(|counters| counters.pipelines += new.len() as u64);
        let keys = new.into_iter();
        let keys = keys.map(|(kernel, instances)| (kernel.text.clone(), instances));
        self.pipelines.borrow_mut().extend(keys.zip(pipelines));
        Ok(())
    }

    /// The kernels whose texts are not compiled, each text once; and for how many instances it is to be.
    fn new_among<'a>(&self, kernels: &[(&'a Kernel, Instances)]) -> Vec<(&'a Kernel, Instances)> {
        let pipelines = self.pipelines.borrow();
        let mut seen = HashSet::new();
        let new = kernels.iter().map(|(kernel, instances)| {
            let instances = self.instances(&kernel.text, *instances);
            (*kernel, instances)
        });
        new.filter(|(kernel, instances)| {
            let key = (kernel.text.clone(), *instances);
            !pipelines.contains_key(&key) && seen.insert(key)
        })
        .collect()
    }

    /// What a text is compiled for: several, if any dispatch has several, which serves one as well.
    fn instances(&self, text: &str, own: Instances) -> Instances {
        match self.shared.borrow().contains(text) {
            true => Instances::Several,
            false => own,
        }
    }

    /// The whole texts of kernels.
    fn sources(&self, kernels: &[(&Kernel, Instances)]) -> Vec<String> {
        let subgroups = self.device.features().contains(wgpu::Features::SUBGROUP);
        let kernels = kernels.iter();
        kernels
            .map(|(kernel, instances)| text::whole(&kernel.text, *instances, subgroups))
            .collect()
    }

    fn create(&self, name: &str, source: &str) -> wgpu::ComputePipeline {
        let descriptor = wgpu::ShaderModuleDescriptor {
            label: Some(name),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        };
        let checks = wgpu::ShaderRuntimeChecks {
            force_loop_bounding: false,
            ..wgpu::ShaderRuntimeChecks::checked()
        };
        // SAFETY: every loop of this engine's kernels ends: it counts up to an extent, halves a range or clears the
        // bits of a word. So none needs a second counter that stops it. All other checks stay.
        let module = unsafe { self.device.create_shader_module_trusted(descriptor, checks) };
        self.device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(name),
                layout: Some(&self.layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    // Kernels write what they share before they read it.
                    zero_initialize_workgroup_memory: false,
                    ..Default::default()
                },
                cache: None,
            })
    }

    /// The pipeline that does a dispatch's kernels, and how many at once it is for.
    ///
    /// # Errors
    /// It has not been compiled.
    pub fn pipeline(
        &self,
        kernels: &[Kernel],
    ) -> Result<(wgpu::ComputePipeline, Instances), EngineError> {
        let kernel = &kernels[0];
        let own = Instances::of(kernels);
        let pipelines = self.pipelines.borrow();
        let compiled = |instances| {
            let pipeline = pipelines.get(&(kernel.text.clone(), instances))?;
            Some((pipeline.clone(), instances))
        };
        let fit = compiled(self.instances(&kernel.text, own)).or_else(|| compiled(own));
        fit.ok_or_else(|| EngineError::Kernel {
            name: kernel.name.clone(),
            problem: "it was not compiled".to_owned(),
        })
    }

    /// The words of a buffer that was made to be read; what was submitted comes first.
    pub async fn read(&self, buffer: &wgpu::Buffer, words: usize) -> Result<Vec<u32>, EngineError> {
        self.wait(self.begin_reading(buffer, words)).await?;
        self.words(buffer, words)
    }

    /// Has a buffer read, after what was submitted.
    pub fn begin_reading(&self, buffer: &wgpu::Buffer, words: usize) -> Reading {
        let (sender, receiver) = futures_channel::oneshot::channel();
        if words > 0 {
            buffer.map_async(wgpu::MapMode::Read, 0..4 * words as u64, move |mapped| {
                // Nobody waits any more, if it cannot be sent.
                let _ = sender.send(mapped);
            });
            self.count(|counters| counters.readbacks += 1);
        } else {
            let _ = sender.send(Ok(()));
        }
        Reading(receiver)
    }

    /// Whether it is read; it is not asked for again then.
    pub fn is_read(&self, reading: &mut Reading) -> Result<bool, EngineError> {
        // In a browser this does nothing: the page's event loop calls back.
        let polled = self.device.poll(wgpu::PollType::Poll);
        polled.map_err(|error| self.lost(error.to_string()))?;
        match reading.0.try_recv() {
            Ok(None) => Ok(false),
            Ok(Some(mapped)) => {
                mapped.map_err(|error| self.lost(error.to_string()))?;
                Ok(true)
            }
            Err(error) => Err(self.lost(error.to_string())),
        }
    }

    /// Waits until it is read.
    pub async fn wait(&self, reading: Reading) -> Result<(), EngineError> {
        let polled = self.device.poll(wgpu::PollType::wait_indefinitely());
        polled.map_err(|error| self.lost(error.to_string()))?;
        let mapped = reading.0.await;
        let mapped = mapped.map_err(|error| self.lost(error.to_string()))?;
        mapped.map_err(|error| self.lost(error.to_string()))
    }

    /// The words of a buffer that is read, which can then be written again.
    pub fn words(&self, buffer: &wgpu::Buffer, words: usize) -> Result<Vec<u32>, EngineError> {
        if words == 0 {
            return Ok(Vec::new());
        }
        let view = buffer.get_mapped_range(0..4 * words as u64);
        let view = view.map_err(|error| self.lost(error.to_string()))?;
        let word = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let values = view.chunks_exact(4).map(word).collect();
        drop(view);
        buffer.unmap();
        Ok(values)
    }
}

/// The way to the system's GPUs.
#[cfg(target_arch = "wasm32")]
fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle())
}

/// The way to the system's GPUs, one for the whole process: drivers that are loaded again and again fail after a
/// hundred times or so.
#[cfg(not(target_arch = "wasm32"))]
fn instance() -> wgpu::Instance {
    use std::sync::LazyLock;

    static INSTANCE: LazyLock<wgpu::Instance> = LazyLock::new(|| {
        wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle())
    });
    INSTANCE.clone()
}

/// A buffer on its way to the host.
pub struct Reading(futures_channel::oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>);

/// Tells a developer what is of no use to others.
fn log(text: &str) {
    #[cfg(target_arch = "wasm32")]
    web_sys::console::error_1(&text.into());
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{text}");
}

/// What the system calls a GPU.
#[cfg(not(target_arch = "wasm32"))]
fn name(info: &wgpu::AdapterInfo, _: &wgpu::Device) -> String {
    info.name.clone()
}

/// What the browser tells of a GPU: its vendor and architecture, as a rule.
#[cfg(target_arch = "wasm32")]
fn name(info: &wgpu::AdapterInfo, device: &wgpu::Device) -> String {
    use wasm_bindgen::JsValue;

    let get = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into()).ok();
    let told = device.as_webgpu();
    let told = told.and_then(|device| get(device.as_ref(), "adapterInfo"));
    let words = ["vendor", "architecture"].map(|name| {
        let word = told.as_ref().and_then(|told| get(told, name)?.as_string());
        word.unwrap_or_default()
    });
    match (info.name.as_str(), words.join(" ").trim()) {
        ("", "") => "unnamed".to_owned(),
        ("", words) => words.to_owned(),
        (name, _) => name.to_owned(),
    }
}
