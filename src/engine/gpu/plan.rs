//! A graph made ready: pipelines, parameters, and one submit a run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::clock::Clock;
use super::code::Parameter;
use super::device::{Buffer, Device, UNIFORM_STRIDE};
use super::heap::Heap;
use super::lower::{self, Kernel};
use super::ring::{PlanId, Ring};
use super::schedule::{self, Storage};
use super::target::Target;
use super::text::Instances;
use crate::engine::profile::{Part, Profile, Work};
use crate::engine::{EngineError, Feeds, HostData, HostTensor, Outputs, Pending, Plan};
use crate::graph::{DType, Graph, NodeId, Op, Shape};

/// Workgroups along one axis of a dispatch.
const MOST_GROUPS: usize = 65_535;

/// A graph on the GPU.
pub struct GpuPlan {
    device: Rc<Device>,
    heap: Rc<RefCell<Heap>>,
    dispatches: Vec<Dispatch>,
    layout: Layout,
    bound: Option<Bound>,
    parameters: Buffer,
    uniforms: Buffer,
    ring: Rc<RefCell<Ring>>,
    id: PlanId,
    /// Runs whose outputs have not been asked for.
    in_flight: usize,
}

/// Where everything stands that a run reads and gives.
struct Layout {
    storage: HashMap<NodeId, Storage>,
    scratch: usize,
    inputs: Vec<Input>,
    states: Vec<(String, Shape, DType)>,
    /// The words of the inputs and of what never changes, as they stand from the scratch memory's first
    /// word on.
    fed: Vec<u32>,
    outputs: Vec<Output>,
    /// Where the outputs begin in the scratch memory, and their words.
    output_part: (usize, usize),
}

struct Input {
    name: String,
    shape: Shape,
    dtype: DType,
    first: usize,
    /// The most that an element may be, where it is an index.
    below: Option<(&'static str, usize)>,
}

struct Output {
    name: String,
    shape: Shape,
    dtype: DType,
    first: usize,
}

/// Kernels of one text.
struct Dispatch {
    name: String,
    work: Work,
    pipeline: wgpu::ComputePipeline,
    instances: Instances,
    kernels: Vec<Instance>,
    groups: usize,
}

struct Instance {
    parameters: Vec<Parameter>,
    groups: usize,
}

/// The parameters as they are when everything stands where it stands.
struct Bound {
    generation: u64,
    group: wgpu::BindGroup,
}

/// What a graph becomes before anything is asked of the GPU.
pub struct Draft {
    /// For each dispatch its kernels, which have one text.
    dispatches: Vec<Vec<Kernel>>,
    layout: Layout,
}

impl Draft {
    /// What `graph` becomes, for what is to run it.
    pub fn new(graph: &Graph, target: Target) -> Self {
        let lowered = lower::lower(graph, target);
        let (mut storage, mut inputs, mut fed) = (HashMap::new(), Vec::new(), Vec::new());
        let below = indices(graph);
        for (index, node) in graph.nodes().iter().enumerate() {
            let first = fed.len();
            match &node.op {
                Op::Input(name) => {
                    inputs.push(Input {
                        name: name.clone(),
                        shape: node.shape.clone(),
                        dtype: node.dtype,
                        first,
                        below: below.get(&NodeId(index)).copied(),
                    });
                    fed.resize(first + node.shape.elements(), 0);
                }
                Op::Range => fed.extend(0..node.shape.elements() as u32),
                Op::Constant(number) => fed.push(number.to_bits()),
                _ => continue,
            }
            storage.insert(NodeId(index), Storage::Scratch(first));
        }
        let mut end = fed.len();
        let mut outputs = Vec::new();
        for ((name, _), &id) in graph.outputs().iter().zip(&lowered.outputs) {
            let (shape, dtype) = lowered.described(graph, id);
            let place = storage.entry(id).or_insert_with(|| {
                end += shape.elements();
                Storage::Scratch(end - shape.elements())
            });
            let Storage::Scratch(first) = *place else {
                unreachable!("only inputs and outputs are placed so far")
            };
            outputs.push(Output {
                name: name.clone(),
                shape: shape.clone(),
                dtype,
                first: first - fed.len(),
            });
        }
        for (output, (_, id)) in outputs.iter_mut().zip(graph.outputs()) {
            // The memory may be that of the same elements under another shape.
            output.shape = graph.node(*id).shape.clone();
        }
        let output_part = (fed.len(), end - fed.len());
        let schedule = schedule::schedule(graph, &lowered, storage, end);

        let copies = schedule.copies.iter();
        let copies = copies.map(|(from, to)| {
            lower::copy(*from, *to, lowered.described(graph, *from).0.elements())
        });
        let copies: Vec<Kernel> = copies.collect();
        let mut kernels: Vec<Option<Kernel>> = lowered.kernels.into_iter().map(Some).collect();
        let dispatches = schedule.dispatches.iter();
        let mut dispatches: Vec<Vec<Kernel>> = dispatches
            .map(|places| places.iter().filter_map(|&k| kernels[k].take()).collect())
            .collect();
        if !copies.is_empty() {
            dispatches.push(copies);
        }
        let states = graph.nodes().iter().filter_map(|node| match &node.op {
            Op::State(name) => Some((name.clone(), node.shape.clone(), node.dtype)),
            _ => None,
        });
        let layout = Layout {
            storage: schedule.storage,
            scratch: schedule.scratch,
            inputs,
            states: states.collect(),
            fed,
            outputs,
            output_part,
        };
        Draft { dispatches, layout }
    }

    /// A kernel of each dispatch, and how many there are.
    pub fn kernels(&self) -> impl Iterator<Item = (&Kernel, Instances)> {
        let dispatches = self.dispatches.iter();
        dispatches.filter_map(|kernels| Some((kernels.first()?, Instances::of(kernels))))
    }
}

impl GpuPlan {
    /// Makes ready to run what `draft` was made of.
    pub async fn new(
        device: Rc<Device>,
        heap: Rc<RefCell<Heap>>,
        ring: Rc<RefCell<Ring>>,
        draft: Draft,
    ) -> Result<Self, EngineError> {
        let kernels = draft.kernels();
        device
            .compile(kernels, std::iter::empty(), &|_, _| ())
            .await?;
        let mut dispatches = Vec::new();
        for kernels in draft.dispatches {
            dispatches.push(Dispatch::new(&device, kernels)?);
        }
        let several = dispatches.iter();
        let several = several.filter(|dispatch| dispatch.instances == Instances::Several);
        let words = several.flat_map(|dispatch| &dispatch.kernels);
        let words = words.map(|kernel| kernel.parameters.len() + 2 * kernel.groups);
        let copied = wgpu::BufferUsages::COPY_DST;
        let parameters = device.buffer(words.sum(), wgpu::BufferUsages::STORAGE | copied);
        let uniforms = dispatches.len() * UNIFORM_STRIDE / 4;
        let uniforms = device.buffer(uniforms, wgpu::BufferUsages::UNIFORM | copied);
        heap.borrow_mut()
            .reserve_scratch(&device, draft.layout.scratch)?;
        let id = ring.borrow_mut().enter();
        Ok(GpuPlan {
            device,
            heap,
            ring,
            id,
            in_flight: 0,
            dispatches,
            layout: draft.layout,
            bound: None,
            parameters,
            uniforms,
        })
    }

    /// Takes in what is fed.
    fn take_in(&mut self, feeds: &Feeds) -> Result<(), EngineError> {
        for input in &self.layout.inputs {
            let fed = feeds.get(&input.name);
            let fed = fed.ok_or_else(|| EngineError::MissingInput(input.name.clone()))?;
            if *fed.shape() != input.shape || fed.dtype() != input.dtype {
                return Err(EngineError::Mismatch {
                    name: input.name.clone(),
                    found: fed.shape().clone(),
                    found_dtype: fed.dtype(),
                    wanted: input.shape.clone(),
                    wanted_dtype: input.dtype,
                });
            }
            let words = &mut self.layout.fed[input.first..input.first + input.shape.elements()];
            match fed.data() {
                HostData::F32(numbers) => {
                    for (word, number) in words.iter_mut().zip(numbers) {
                        *word = number.to_bits();
                    }
                }
                HostData::U32(numbers) => {
                    if let Some((op, extent)) = input.below
                        && let Some(&index) = numbers.iter().find(|&&n| n as usize >= extent)
                    {
                        let index = index as usize;
                        return Err(EngineError::IndexOutOfRange { op, index, extent });
                    }
                    words.copy_from_slice(numbers);
                }
            }
        }
        Ok(())
    }

    /// Tells the kernels where everything stands, unless they know.
    fn bind(&mut self) -> Result<(), EngineError> {
        let heap = self.heap.borrow();
        for (name, shape, dtype) in &self.layout.states {
            let state = heap.state(name)?;
            if state.shape != *shape || state.dtype != *dtype {
                return Err(EngineError::Mismatch {
                    name: name.clone(),
                    found: state.shape.clone(),
                    found_dtype: state.dtype,
                    wanted: shape.clone(),
                    wanted_dtype: *dtype,
                });
            }
        }
        if self
            .bound
            .as_ref()
            .is_some_and(|bound| bound.generation == heap.generation)
        {
            return Ok(());
        }
        let word = |parameter: &Parameter| -> Result<u32, EngineError> {
            Ok(match parameter {
                Parameter::Number(number) => *number,
                Parameter::Place(node, offset) => {
                    let first = match &self.layout.storage[node] {
                        Storage::Scratch(first) => heap.scratch() + first,
                        Storage::State(name) => heap.state(name)?.first,
                    };
                    (first + offset) as u32
                }
            })
        };
        let mut words = Vec::new();
        let mut uniforms = Vec::new();
        for dispatch in &self.dispatches {
            let mut alone = Vec::new();
            let mut table = Vec::new();
            for kernel in &dispatch.kernels {
                let parameters = kernel.parameters.iter().map(word);
                let mut parameters = parameters.collect::<Result<Vec<u32>, EngineError>>()?;
                match dispatch.instances {
                    Instances::One => alone = parameters,
                    Instances::Several => {
                        let block = words.len() as u32;
                        table.extend((0..kernel.groups as u32).flat_map(|group| [block, group]));
                        words.append(&mut parameters);
                    }
                }
            }
            // As `Dispatch` in kernel.wgsl has them.
            uniforms.extend([words.len() as u32, dispatch.groups as u32, 0, 0]);
            uniforms.append(&mut alone);
            uniforms.resize(uniforms.len().next_multiple_of(UNIFORM_STRIDE / 4), 0);
            words.append(&mut table);
        }
        let (queue, device) = (&self.device.queue, &self.device.device);
        queue.write_buffer(&self.parameters, 0, &bytes(&words));
        queue.write_buffer(&self.uniforms, 0, &bytes(&uniforms));
        let whole = |binding, buffer: &'_ wgpu::Buffer, size: Option<u64>| {
            let size = size.and_then(std::num::NonZeroU64::new);
            let offset = 0;
            (binding, buffer.clone(), offset, size)
        };
        let parts = [
            whole(0, &heap.buffer, None),
            whole(1, &self.parameters, None),
            whole(2, &self.uniforms, Some(UNIFORM_STRIDE as u64)),
        ];
        let entries = parts
            .iter()
            .map(|(binding, buffer, offset, size)| wgpu::BindGroupEntry {
                binding: *binding,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer,
                    offset: *offset,
                    size: *size,
                }),
            });
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.device.bindings,
            entries: &entries.collect::<Vec<_>>(),
        });
        self.device.count(|counters| counters.bind_groups += 1);
        self.bound = Some(Bound {
            generation: heap.generation,
            group,
        });
        Ok(())
    }
}

/// The inputs whose elements are indices: what for, and how many there are.
fn indices(graph: &Graph) -> HashMap<NodeId, (&'static str, usize)> {
    let mut indices = HashMap::new();
    for node in graph.nodes() {
        let extent =
            |operand: usize, axis: usize| graph.node(node.inputs[operand]).shape.dims()[axis];
        let (op, operand, most) = match &node.op {
            Op::Rows => ("rows", 1, extent(0, 0)),
            Op::ScatterRows => ("scatter_rows", 1, node.shape.dims()[0]),
            Op::ReadAt { axis } => ("read_at", 1, extent(0, *axis)),
            Op::WriteAt { axis } => ("write_at", 2, extent(0, *axis)),
            Op::Softmax(crate::graph::Mask::UpTo) => ("softmax_up_to", 1, node.shape.last()),
            Op::Attention(_) => ("attention", 1, extent(0, 0)),
            Op::TokenLogProb | Op::TokenLogProbGradient => ("token_log_prob", 1, extent(0, 1)),
            _ => continue,
        };
        let mut id = node.inputs[operand];
        while graph.node(id).op == Op::Reshape {
            id = graph.node(id).inputs[0];
        }
        let known = indices.entry(id).or_insert((op, most));
        known.1 = known.1.min(most);
    }
    indices
}

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

impl Dispatch {
    fn new(device: &Device, kernels: Vec<Kernel>) -> Result<Self, EngineError> {
        let works = kernels.iter().map(|kernel| kernel.work);
        let work = works.reduce(Work::plus).unwrap_or_default();
        let name = kernels[0].name.clone();
        let (pipeline, instances) = device.pipeline(&kernels)?;
        let kernels = kernels.into_iter().map(|kernel| Instance {
            parameters: kernel.parameters,
            groups: kernel.groups,
        });
        let kernels: Vec<Instance> = kernels.collect();
        Ok(Dispatch {
            name,
            work,
            pipeline,
            instances,
            groups: kernels.iter().map(|kernel| kernel.groups).sum(),
            kernels,
        })
    }
}

impl GpuPlan {
    /// Submits one run. With `clock`, each dispatch is a pass of its own, which notes there when it began and
    /// ended.
    fn submit(&mut self, feeds: &Feeds, clock: Option<&Clock>) -> Result<(), EngineError> {
        self.device.check()?;
        self.take_in(feeds)?;
        self.heap
            .borrow_mut()
            .reserve_scratch(&self.device, self.layout.scratch)?;
        self.bind()?;
        let heap = self.heap.borrow();
        let scratch = 4 * heap.scratch() as u64;
        let (device, queue) = (&self.device.device, &self.device.queue);
        queue.write_buffer(&heap.buffer, scratch, &bytes(&self.layout.fed));
        let mut encoder = device.create_command_encoder(&Default::default());
        let mut shared = match clock {
            None => Some(
                encoder
                    .begin_compute_pass(&Default::default())
                    .forget_lifetime(),
            ),
            Some(_) => None,
        };
        let bound = self.bound.as_ref();
        for (place, dispatch) in self.dispatches.iter().enumerate() {
            let mut own = clock.map(|clock| clock.pass(&mut encoder, place).forget_lifetime());
            if let (Some(pass), Some(bound)) = (own.as_mut().or(shared.as_mut()), bound) {
                pass.set_pipeline(&dispatch.pipeline);
                pass.set_bind_group(0, &bound.group, &[(place * UNIFORM_STRIDE) as u32]);
                let rows = dispatch.groups.div_ceil(MOST_GROUPS);
                let columns = dispatch.groups.div_ceil(rows.max(1));
                pass.dispatch_workgroups(columns as u32, rows as u32, 1);
            }
        }
        drop(shared);
        let (first, words) = self.layout.output_part;
        let mut ring = self.ring.borrow_mut();
        let (readable, place) = ring.place(&self.device, self.id, words);
        if words > 0 {
            let (start, size) = (scratch + 4 * first as u64, 4 * words as u64);
            encoder.copy_buffer_to_buffer(&heap.buffer, start, readable, 4 * place as u64, size);
        }
        if let Some(clock) = clock {
            clock.resolve(&mut encoder);
        }
        queue.submit([encoder.finish()]);
        self.in_flight += 1;
        let dispatched = self.dispatches.len() as u64;
        self.device.count(|counters| {
            counters.submits += 1;
            counters.dispatches += dispatched;
        });
        Ok(())
    }
}

impl Plan for GpuPlan {
    fn run(&mut self, feeds: &Feeds) -> Result<(), EngineError> {
        self.submit(feeds, None)
    }

    fn profile<'a>(&'a mut self, feeds: &'a Feeds) -> Pending<'a, Profile> {
        Box::pin(async move {
            let clock = Clock::new(&self.device, self.dispatches.len())?;
            self.submit(feeds, Some(&clock))?;
            let times = clock.milliseconds(&self.device).await?;
            let part = |(dispatch, milliseconds): (&Dispatch, f64)| Part {
                name: dispatch.name.clone(),
                milliseconds,
                work: dispatch.work,
            };
            let parts = self.dispatches.iter().zip(times).map(part).collect();
            Ok(Profile { parts })
        })
    }

    fn arrived(&mut self) -> Result<Vec<Outputs>, EngineError> {
        self.ring.borrow_mut().look(&self.device)?;
        Ok(self.take_arrived())
    }

    fn next(&mut self) -> Pending<'_, Vec<Outputs>> {
        Box::pin(async move {
            loop {
                let arrived = self.take_arrived();
                if !arrived.is_empty() || self.in_flight == 0 {
                    return Ok(arrived);
                }
                let next = self.ring.borrow_mut().next(&self.device);
                let Some(mut batch) = next else {
                    return Ok(arrived);
                };
                let words = batch.read(&self.device).await?;
                self.ring.borrow_mut().take_in(batch, &words);
            }
        })
    }
}

impl GpuPlan {
    fn take_arrived(&mut self) -> Vec<Outputs> {
        let arrived = self.ring.borrow_mut().arrived(self.id);
        self.in_flight -= arrived.len();
        let outputs = arrived.iter().map(|words| {
            let named = self.layout.outputs.iter().map(|output| {
                let words = &words[output.first..output.first + output.shape.elements()];
                let tensor = tensor(output.shape.clone(), output.dtype, words);
                (output.name.clone(), tensor)
            });
            named.collect()
        });
        outputs.collect()
    }
}

impl Drop for GpuPlan {
    fn drop(&mut self) {
        self.ring.borrow_mut().leave(self.id);
    }
}

/// Words as a tensor.
pub fn tensor(shape: Shape, dtype: DType, words: &[u32]) -> HostTensor {
    match dtype {
        DType::F32 => {
            let numbers = words.iter().map(|word| f32::from_bits(*word));
            HostTensor::f32(shape, numbers.collect())
        }
        DType::U32 => HostTensor::u32(shape, words.to_vec()),
    }
}
