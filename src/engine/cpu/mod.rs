//! The CPU engine: candle tensors, natively and in WebAssembly.
//!
//! [`evaluate`] runs one node, mostly through candle; operations that candle
//! lacks, or would need many passes for, have kernels over flat slices in
//! [`kernels`]. Derivatives are nodes of the graph, so candle's own autograd is
//! never used here; it serves the tests as an independent oracle.

mod evaluate;
mod kernels;

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::ready;
use std::rc::Rc;

use candle_core::{DType as CandleType, Device, Tensor};

use super::{Engine, EngineError, Feeds, HostData, HostTensor, Outputs, Pending, Plan};
use crate::graph::{DType, Graph, Node, Op};

type States = Rc<RefCell<HashMap<String, Tensor>>>;

/// Runs graphs on the processor.
#[derive(Default)]
pub struct CpuEngine {
    states: States,
}

impl CpuEngine {
    /// An engine without states.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self, name: &str) -> Result<Tensor, EngineError> {
        let states = self.states.borrow();
        let tensor = states.get(name).cloned();
        tensor.ok_or_else(|| EngineError::UnknownState(name.to_owned()))
    }
}

impl Engine for CpuEngine {
    fn description(&self) -> String {
        let simd = if cfg!(target_arch = "wasm32") {
            "WebAssembly SIMD"
        } else {
            "native"
        };
        format!("CPU (candle, {simd})")
    }

    fn queue_capacity(&self) -> usize {
        // Results are at hand as soon as a run returns.
        1
    }

    fn write(&self, state: &str, value: HostTensor) -> Result<(), EngineError> {
        let tensor = to_tensor(&value)?;
        self.states.borrow_mut().insert(state.to_owned(), tensor);
        Ok(())
    }

    fn copy(&self, from: &str, to: &str) -> Result<(), EngineError> {
        // candle's tensors are immutable, so both names may share one.
        let tensor = self.state(from)?;
        self.states.borrow_mut().insert(to.to_owned(), tensor);
        Ok(())
    }

    fn read<'a>(&'a self, state: &'a str) -> Pending<'a, HostTensor> {
        Box::pin(ready(self.state(state).and_then(|tensor| to_host(&tensor))))
    }

    fn compile<'a>(&'a self, graph: &'a Graph) -> Pending<'a, Box<dyn Plan>> {
        let plan = CpuPlan::new(graph.clone(), self.states.clone());
        Box::pin(ready(Ok(Box::new(plan) as Box<dyn Plan>)))
    }
}

struct CpuPlan {
    graph: Graph,
    states: States,
    live: Vec<bool>,
    /// For each node, the operands that nothing after it reads.
    released: Vec<Vec<usize>>,
    queue: Vec<Outputs>,
}

impl CpuPlan {
    fn new(graph: Graph, states: States) -> Self {
        let live = graph.live();
        let mut last_use = vec![usize::MAX; live.len()];
        for (index, node) in graph.nodes().iter().enumerate() {
            if live[index] {
                for input in &node.inputs {
                    last_use[input.0] = index;
                }
            }
        }
        for (_, id) in graph.outputs().iter().chain(graph.updates()) {
            last_use[id.0] = usize::MAX;
        }
        let mut released = vec![Vec::new(); live.len()];
        for (operand, &user) in last_use.iter().enumerate() {
            if let Some(list) = released.get_mut(user) {
                list.push(operand);
            }
        }
        CpuPlan {
            graph,
            states,
            live,
            released,
            queue: Vec::new(),
        }
    }

    fn leaf(&self, node: &Node, feeds: &Feeds) -> Result<Option<Tensor>, EngineError> {
        let (name, tensor) = match &node.op {
            Op::Input(name) => {
                let fed = feeds
                    .get(name)
                    .ok_or_else(|| EngineError::MissingInput(name.clone()))?;
                (name, to_tensor(fed)?)
            }
            Op::State(name) => {
                let states = self.states.borrow();
                let tensor = states
                    .get(name)
                    .ok_or_else(|| EngineError::UnknownState(name.clone()))?;
                (name, tensor.clone())
            }
            _ => return Ok(None),
        };
        if tensor.dims() != node.shape.dims() || tensor.dtype() != candle_type(node.dtype) {
            return Err(EngineError::Mismatch {
                name: name.clone(),
                found: tensor.dims().into(),
                found_dtype: graph_type(&tensor),
                wanted: node.shape.clone(),
                wanted_dtype: node.dtype,
            });
        }
        Ok(Some(tensor))
    }
}

impl Plan for CpuPlan {
    fn run(&mut self, feeds: &Feeds) -> Result<(), EngineError> {
        let mut values: Vec<Option<Tensor>> = vec![None; self.live.len()];
        for (index, node) in self.graph.nodes().iter().enumerate() {
            if !self.live[index] {
                continue;
            }
            let value = match self.leaf(node, feeds)? {
                Some(leaf) => leaf,
                None => evaluate::evaluate(&self.graph, node, &values)?,
            };
            values[index] = Some(value);
            for &operand in &self.released[index] {
                values[operand] = None;
            }
        }
        let value = |index: usize| {
            let tensor = values[index].as_ref();
            tensor.expect("outputs and updates are never released")
        };
        let mut outputs = Outputs::new();
        for (name, id) in self.graph.outputs() {
            outputs.insert(name.clone(), to_host(value(id.0))?);
        }
        let mut states = self.states.borrow_mut();
        for (name, id) in self.graph.updates() {
            states.insert(name.clone(), value(id.0).contiguous()?);
        }
        self.queue.push(outputs);
        Ok(())
    }

    fn drain(&mut self) -> Pending<'_, Vec<Outputs>> {
        Box::pin(ready(Ok(std::mem::take(&mut self.queue))))
    }
}

fn candle_type(dtype: DType) -> CandleType {
    match dtype {
        DType::F32 => CandleType::F32,
        DType::U32 => CandleType::U32,
    }
}

fn graph_type(tensor: &Tensor) -> DType {
    match tensor.dtype() {
        CandleType::U32 => DType::U32,
        _ => DType::F32,
    }
}

fn to_tensor(value: &HostTensor) -> Result<Tensor, EngineError> {
    let dims = value.shape().dims();
    Ok(match value.data() {
        HostData::F32(data) => Tensor::from_slice(data, dims, &Device::Cpu)?,
        HostData::U32(data) => Tensor::from_slice(data, dims, &Device::Cpu)?,
    })
}

fn to_host(tensor: &Tensor) -> Result<HostTensor, EngineError> {
    let flat = tensor.flatten_all()?;
    let dims = tensor.dims();
    Ok(match graph_type(tensor) {
        DType::F32 => HostTensor::f32(dims, flat.to_vec1()?),
        DType::U32 => HostTensor::u32(dims, flat.to_vec1()?),
    })
}
