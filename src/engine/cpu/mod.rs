//! The CPU engine: candle tensors, natively and in WebAssembly.
//!
//! [`evaluate`] runs one node; operations that candle lacks, or would need many passes for, have
//! kernels over flat slices in [`kernels`], [`matmul`] and [`attention`]. [`elementwise`] runs element-wise nodes,
//! many in one pass. Derivatives are nodes of the graph, so candle's own autograd is never used
//! here; it serves the tests as an independent oracle.

mod attention;
mod elementwise;
mod evaluate;
mod in_place;
mod kernels;
mod matmul;
mod pool;
mod states;
mod values;

use std::cell::RefCell;
use std::future::ready;
use std::rc::Rc;

use candle_core::{DType as CandleType, Device, Tensor};
use web_time::Instant;

use self::elementwise::{Run, is_elementwise};
use self::in_place::InPlace;
use self::pool::Pool;
use self::states::States;
use self::values::{Value, Values};
use super::profile::{self, Part, Profile, Work};
use super::{Engine, EngineError, Feeds, HostData, HostTensor, Outputs, Pending, Plan};
use crate::graph::{DType, Graph, Node, NodeId, Op};

/// Runs graphs on the processor.
#[derive(Default)]
pub struct CpuEngine {
    states: Rc<RefCell<States>>,
    pool: Rc<RefCell<Pool>>,
}

impl CpuEngine {
    /// An engine without states.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Engine for CpuEngine {
    fn description(&self) -> String {
        let simd = match (
            cfg!(target_arch = "wasm32"),
            cfg!(target_feature = "relaxed-simd"),
        ) {
            (true, true) => "WebAssembly relaxed SIMD",
            (true, false) => "WebAssembly SIMD",
            (false, _) => "native",
        };
        format!("CPU (candle, {simd})")
    }

    fn queue_capacity(&self) -> usize {
        // Results are at hand as soon as a run returns.
        1
    }

    fn write(&self, state: &str, value: HostTensor) -> Result<(), EngineError> {
        let tensor = to_tensor(&value)?;
        self.states.borrow_mut().set(state, tensor);
        Ok(())
    }

    fn copy(&self, from: &str, to: &str) -> Result<(), EngineError> {
        let mut states = self.states.borrow_mut();
        let copy = states.get(from)?.force_contiguous()?;
        states.set(to, copy);
        Ok(())
    }

    fn read<'a>(&'a self, state: &'a str) -> Pending<'a, HostTensor> {
        Box::pin(ready(self.states.borrow().get(state).and_then(to_host)))
    }

    fn compile<'a>(&'a self, graph: &'a Graph) -> Pending<'a, Box<dyn Plan>> {
        let plan = CpuPlan::new(graph.clone(), self.states.clone(), self.pool.clone());
        Box::pin(ready(plan.map(|plan| Box::new(plan) as Box<dyn Plan>)))
    }
}

struct CpuPlan {
    graph: Graph,
    states: Rc<RefCell<States>>,
    pool: Rc<RefCell<Pool>>,
    schedule: Vec<Unit>,
    /// The states that take a node's value when all is done.
    updates: Vec<(String, NodeId)>,
    /// For each unit, the values that nothing after it reads, nor any view of them.
    released: Vec<Vec<NodeId>>,
    /// The values that no run changes: constants and ranges.
    fixed: Values,
    queue: Vec<Outputs>,
}

/// What is done at once.
enum Unit {
    Node(NodeId),
    Run(Run),
    /// At the end, if there is any.
    InPlace(InPlace),
}

impl CpuPlan {
    fn new(
        graph: Graph,
        states: Rc<RefCell<States>>,
        pool: Rc<RefCell<Pool>>,
    ) -> Result<Self, EngineError> {
        let live = graph.live();
        let mut fixed = Values::new(live.len());
        for (index, node) in graph.nodes().iter().enumerate() {
            if live[index] && matches!(node.op, Op::Constant(_) | Op::Range) {
                let value = evaluate::evaluate(node, &fixed, &mut pool.borrow_mut())?;
                fixed.set(NodeId(index), value);
            }
        }
        let schedule = schedule(&graph, &live);
        let released = released(&graph, &schedule);
        let in_place = |name: &str| match schedule.last() {
            Some(Unit::InPlace(in_place)) => in_place.updates(name),
            _ => false,
        };
        let updates = graph.updates().iter();
        let updates = updates.filter(|(name, _)| !in_place(name)).cloned();
        let updates = updates.collect();
        Ok(CpuPlan {
            graph,
            states,
            pool,
            schedule,
            updates,
            released,
            fixed,
            queue: Vec::new(),
        })
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
                (name, states.get(name)?.clone())
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

/// For each unit, the values that can go after it: neither they nor their views are read any more.
fn released(graph: &Graph, schedule: &[Unit]) -> Vec<Vec<NodeId>> {
    let mut last_use = vec![None; graph.nodes().len()];
    for (place, unit) in schedule.iter().enumerate() {
        let mut used = |id: NodeId| last_use[id.0] = Some(place);
        match unit {
            Unit::Node(id) => graph.node(*id).inputs.iter().copied().for_each(&mut used),
            Unit::Run(run) => run.operands().for_each(&mut used),
            Unit::InPlace(in_place) => in_place.operands().for_each(&mut used),
        }
    }
    for (_, id) in graph.outputs().iter().chain(graph.updates()) {
        last_use[id.0] = Some(schedule.len());
    }
    for (index, node) in graph.nodes().iter().enumerate().rev() {
        if evaluate::may_share(&node.op) {
            for input in &node.inputs {
                last_use[input.0] = last_use[input.0].max(last_use[index]);
            }
        }
    }
    // What outputs and updates hold is read after the last unit.
    let mut released = vec![Vec::new(); schedule.len() + 1];
    for (index, place) in last_use.into_iter().enumerate() {
        if let Some(place) = place {
            released[place].push(NodeId(index));
        }
    }
    released
}

/// The live nodes in an order that can be run, element-wise ones gathered to runs. A run is open
/// for nodes of its shape until its result is wanted; what does not depend on it goes before it.
fn schedule(graph: &Graph, live: &[bool]) -> Vec<Unit> {
    let users = graph.users();
    let handed_on = |id: NodeId| {
        let mut named = graph.outputs().iter().chain(graph.updates());
        named.any(|(_, other)| *other == id)
    };
    let mut in_place = InPlace::default();
    let mut close = |members: &mut Vec<NodeId>, units: &mut Vec<Unit>| {
        let members = std::mem::take(members);
        if !members.is_empty() {
            let inside = |id: &NodeId| members.binary_search(id).is_ok();
            let wanted = |id: NodeId| handed_on(id) || !users[id.0].iter().all(inside);
            if !in_place.take(graph, &users, &members, wanted) {
                units.push(Unit::Run(Run::new(graph, &members, wanted)));
            }
        }
    };
    let mut units = Vec::new();
    let mut open: Vec<NodeId> = Vec::new();
    for (index, node) in graph.nodes().iter().enumerate() {
        if !live[index] || matches!(node.op, Op::Constant(_) | Op::Range) {
            continue;
        }
        let id = NodeId(index);
        let depends = node
            .inputs
            .iter()
            .any(|input| open.binary_search(input).is_ok());
        let first = open.first().map(|first| graph.node(*first));
        match first {
            Some(first) if is_elementwise(graph, node) && first.shape == node.shape => {
                open.push(id);
            }
            // A number on its own is done at once: whole tensors wait for it, not it for them.
            Some(_) if is_elementwise(graph, node) && (depends || node.shape.elements() > 1) => {
                close(&mut open, &mut units);
                open.push(id);
            }
            None if is_elementwise(graph, node) => open.push(id),
            _ if is_elementwise(graph, node) => close(&mut vec![id], &mut units),
            _ => {
                if depends {
                    close(&mut open, &mut units);
                }
                units.push(Unit::Node(id));
            }
        }
    }
    close(&mut open, &mut units);
    if in_place.runs().next().is_some() {
        units.push(Unit::InPlace(in_place));
    }
    units
}

impl CpuPlan {
    /// Runs once; `done` is told of each unit as soon as it is.
    fn run_units(
        &mut self,
        feeds: &Feeds,
        mut done: impl FnMut(&Graph, &Unit),
    ) -> Result<(), EngineError> {
        let mut values = self.fixed.clone();
        let pool = &mut *self.pool.borrow_mut();
        for (unit, released) in self.schedule.iter().zip(&self.released) {
            match unit {
                Unit::Node(id) => {
                    let node = self.graph.node(*id);
                    let value = match self.leaf(node, feeds)? {
                        Some(leaf) => Value::kept(leaf),
                        None => evaluate::evaluate(node, &values, pool)?,
                    };
                    values.set(*id, value);
                }
                Unit::Run(run) => {
                    for (id, value) in run.run(&values, pool)? {
                        values.set(id, value);
                    }
                }
                Unit::InPlace(in_place) => {
                    in_place.run(&values, &mut self.states.borrow_mut(), pool)?;
                }
            }
            for id in released {
                values.release(*id, pool)?;
            }
            done(&self.graph, unit);
        }
        let mut outputs = Outputs::new();
        for (name, id) in self.graph.outputs() {
            outputs.insert(name.clone(), to_host(values.tensor(*id))?);
        }
        let mut updates = Vec::new();
        for (name, id) in &self.updates {
            updates.push((name, values.own(*id)?));
        }
        let mut states = self.states.borrow_mut();
        for (name, value) in updates {
            states.replace(name, value, pool)?;
        }
        for id in &self.released[self.schedule.len()] {
            values.release(*id, pool)?;
        }
        self.queue.push(outputs);
        Ok(())
    }
}

impl Unit {
    /// The runs that it consists of.
    fn runs(&self) -> Vec<&Run> {
        match self {
            Unit::Node(_) => Vec::new(),
            Unit::Run(run) => vec![run],
            Unit::InPlace(in_place) => in_place.runs().collect(),
        }
    }

    fn part(&self, graph: &Graph, milliseconds: f64) -> Part {
        let bytes = |ids: &mut dyn Iterator<Item = NodeId>| {
            ids.map(|id| 4 * graph.node(id).shape.elements() as u64)
                .sum::<u64>()
        };
        let (name, work) = match self {
            Unit::Node(id) => {
                let node = graph.node(*id);
                // What is but looked at in another way moves nothing.
                let moved = match evaluate::may_share(&node.op) {
                    true => 0,
                    false => bytes(&mut node.inputs.iter().copied().chain([*id])),
                };
                let work = Work {
                    bytes: moved,
                    operations: profile::operations(graph, node),
                };
                (profile::label(&node.op), work)
            }
            Unit::Run(_) | Unit::InPlace(_) => {
                let runs = self.runs();
                let all = || runs.iter().copied();
                let members = || all().flat_map(Run::members);
                let operations = members().map(|id| graph.node(id).shape.elements());
                let (read, written) = (all().flat_map(Run::operands), all().flat_map(Run::results));
                let work = Work {
                    bytes: bytes(&mut read.chain(written)),
                    operations: Some(operations.sum::<usize>() as u64),
                };
                let ops = members().map(|id| &graph.node(id).op);
                (profile::labels(ops), work)
            }
        };
        Part {
            name,
            milliseconds,
            work,
        }
    }
}

impl Plan for CpuPlan {
    fn run(&mut self, feeds: &Feeds) -> Result<(), EngineError> {
        self.run_units(feeds, |_, _| {})
    }

    fn profile<'a>(&'a mut self, feeds: &'a Feeds) -> Pending<'a, Profile> {
        let (mut parts, mut before) = (Vec::new(), Instant::now());
        let result = self.run_units(feeds, |graph, unit| {
            let now = Instant::now();
            let milliseconds = 1e3 * now.duration_since(before).as_secs_f64();
            parts.push(unit.part(graph, milliseconds));
            before = Instant::now();
        });
        Box::pin(ready(result.map(|()| Profile { parts })))
    }

    fn arrived(&mut self) -> Result<Vec<Outputs>, EngineError> {
        Ok(std::mem::take(&mut self.queue))
    }

    fn next(&mut self) -> Pending<'_, Vec<Outputs>> {
        Box::pin(ready(self.arrived()))
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
