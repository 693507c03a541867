//! Updates of states where they stand: those of an optimiser, in one sweep over one flat buffer.
//!
//! A run of element-wise nodes that reads a state and gives it its next value needs no memory
//! but the state's own. A plan does all such runs at its end, when nothing else reads
//! those states any more, and in a buffer in which they stand one after the other.

use std::cell::Cell;

use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor};

use super::elementwise::{Argument, Run};
use super::evaluate::{elements, may_share};
use super::pool::Pool;
use super::states::States;
use super::values::Values;
use crate::engine::EngineError;
use crate::graph::{Graph, NodeId, Op};

/// Runs whose results take the place of states that they read.
#[derive(Default)]
pub struct InPlace {
    updates: Vec<Update>,
    /// The states as they stand in the flat buffer: for each update, those of its results.
    names: Vec<String>,
}

struct Update {
    run: Run,
    /// For each result, whose place it takes.
    targets: Vec<Target>,
}

struct Target {
    /// The state, among the run's operands.
    operand: usize,
    /// A number: if it is 0, the state keeps its value.
    condition: Option<NodeId>,
}

impl InPlace {
    /// Takes in the run of `members`, if all that is `wanted` of it are the next values of states that
    /// it reads, and it can wait until nothing else reads them; says whether it does. `users` are
    /// those of each of the graph's nodes.
    pub fn take(
        &mut self,
        graph: &Graph,
        users: &[Vec<NodeId>],
        members: &[NodeId],
        wanted: impl Fn(NodeId) -> bool,
    ) -> bool {
        let results = members.iter().filter(|id| wanted(**id));
        let states = results.map(|id| NextState::of(graph, users, members, *id));
        let Some(states) = states.collect::<Option<Vec<NextState>>>() else {
            return false;
        };
        // A selection that is no more than a condition need not be done element by element.
        let chosen = |id: &NodeId| states.iter().all(|state| state.chosen_by != Some(*id));
        let members: Vec<NodeId> = members.iter().copied().filter(chosen).collect();
        let next = |id: NodeId| states.iter().find(|state| state.value == id);
        let run = Run::new(graph, &members, |id| next(id).is_some());
        let targets = run.results().filter_map(next).map(|state| {
            let operand = run.operands().position(|id| id == state.present)?;
            let condition = state.chosen_by.map(|id| graph.node(id).inputs[0]);
            Some(Target { operand, condition })
        });
        let Some(targets) = targets.collect::<Option<Vec<Target>>>() else {
            return false;
        };
        // What else it reads must not lie in the buffer that it writes.
        let own = |place: usize| targets.iter().any(|target| target.operand == place);
        let foreign = |(place, id)| !own(place) && views(graph, id, &|_| true);
        if run.operands().enumerate().any(foreign) {
            return false;
        }
        let names = run.results().filter_map(next);
        self.names.extend(names.map(|state| state.name.clone()));
        self.updates.push(Update { run, targets });
        true
    }

    /// The runs.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.updates.iter().map(|update| &update.run)
    }

    /// The nodes whose values are read.
    pub fn operands(&self) -> impl Iterator<Item = NodeId> {
        self.updates.iter().flat_map(|update| {
            let conditions = update.targets.iter().filter_map(|target| target.condition);
            update.run.operands().chain(conditions)
        })
    }

    /// Whether the state `name` takes its next value here.
    pub fn updates(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// Gives all states their next values.
    pub fn run(
        &self,
        values: &Values,
        states: &mut States,
        pool: &mut Pool,
    ) -> Result<(), EngineError> {
        let flat = states.flat(&self.names)?;
        let mut start = 0;
        for update in &self.updates {
            let count = update.targets.len() * update.run.shape().elements();
            update.run(values, &flat.narrow(0, start, count)?, pool)?;
            start += count;
        }
        Ok(())
    }
}

/// A state's present and its next value.
struct NextState {
    name: String,
    present: NodeId,
    value: NodeId,
    /// The selection that takes either, by a number.
    chosen_by: Option<NodeId>,
}

impl NextState {
    /// The state that `result` is for, if nothing else wants `result`, and nothing that is handed on
    /// may be a view of that state.
    fn of(
        graph: &Graph,
        users: &[Vec<NodeId>],
        members: &[NodeId],
        result: NodeId,
    ) -> Option<Self> {
        let handed_on = || graph.outputs().iter().chain(graph.updates());
        let wanted = handed_on().filter(|(_, id)| *id == result).count();
        let (name, _) = graph.updates().iter().find(|(_, id)| *id == result)?;
        let state = |id: &NodeId| matches!(&graph.node(*id).op, Op::State(own) if own == name);
        let present = (0..graph.nodes().len()).map(NodeId).find(|id| state(id))?;
        let viewed = handed_on().any(|(_, id)| views(graph, *id, &|state| state == name));
        if wanted > 1 || viewed || !users[result.0].is_empty() {
            return None;
        }
        let node = graph.node(result);
        let by_number = node.op == Op::Select
            && graph.node(node.inputs[0]).shape.elements() == 1
            && !members.contains(&node.inputs[0])
            && members.contains(&node.inputs[1])
            && node.inputs[2] == present;
        let (value, chosen_by) = match by_number {
            true => (node.inputs[1], Some(result)),
            false => (result, None),
        };
        Some(NextState {
            name: name.clone(),
            present,
            value,
            chosen_by,
        })
    }
}

impl Update {
    /// Does the run over its states, which stand in `states` in the order of its results.
    fn run(&self, values: &Values, states: &Tensor, pool: &mut Pool) -> Result<(), EngineError> {
        let taken = self.targets.iter().map(|target| match target.condition {
            Some(id) => Ok(elements::<f32>(values.tensor(id))?[0] != 0.0),
            None => Ok(true),
        });
        let taken = taken.collect::<Result<Vec<bool>, EngineError>>()?;
        let tensors = self.run.lay_out(values)?;
        let others = tensors.iter().enumerate().map(|(place, tensor)| {
            let own = self.targets.iter().any(|target| target.operand == place);
            (!own).then(|| elements::<f32>(tensor)).transpose()
        });
        let others = others.collect::<Result<Vec<_>, EngineError>>()?;
        let mut slots = self.run.slots(pool);
        let mut next: Vec<Vec<f32>> = vec![Vec::new(); self.targets.len()];
        states.inplace_op1(&InMemory::of(|states: &mut [f32]| {
            let count = self.run.shape().elements();
            for block in self.run.blocks() {
                let arguments = others.iter().enumerate().map(|(place, other)| {
                    let own = |target: &Target| target.operand == place;
                    let elements = match (other, self.targets.iter().position(own)) {
                        (Some(elements), _) => elements,
                        (None, index) => &states[index.unwrap_or_default() * count..],
                    };
                    self.run.argument(place, elements, block.clone())
                });
                let arguments: Vec<Argument> = arguments.collect();
                let results = next.iter_mut().map(|next| {
                    next.resize(block.len(), 0.0);
                    next.as_mut_slice()
                });
                let mut results: Vec<&mut [f32]> = results.collect();
                self.run.run_block(&arguments, &mut slots, &mut results);
                let own = states.chunks_exact_mut(count).zip(&next).zip(&taken);
                for ((state, next), _) in own.filter(|(_, taken)| **taken) {
                    state[block.clone()].copy_from_slice(next);
                }
            }
        }))?;
        for slot in slots {
            pool.give(slot);
        }
        Ok(())
    }
}

/// Whether the value of `id` may be, or share memory with, a state that `which` names.
fn views(graph: &Graph, id: NodeId, which: &dyn Fn(&str) -> bool) -> bool {
    let node = graph.node(id);
    match &node.op {
        Op::State(name) => which(name),
        op if may_share(op) => node.inputs.iter().any(|input| views(graph, *input, which)),
        _ => false,
    }
}

/// A function over a tensor's memory.
struct InMemory<F>(Cell<Option<F>>);

impl<F: FnOnce(&mut [f32])> InMemory<F> {
    fn of(function: F) -> Self {
        InMemory(Cell::new(Some(function)))
    }
}

impl<F: FnOnce(&mut [f32])> InplaceOp1 for InMemory<F> {
    fn name(&self) -> &'static str {
        "in memory"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<(), candle_core::Error> {
        if let (CpuStorage::F32(numbers), Some((start, end)), Some(function)) =
            (storage, layout.contiguous_offsets(), self.0.take())
        {
            function(&mut numbers[start..end]);
        }
        Ok(())
    }
}
