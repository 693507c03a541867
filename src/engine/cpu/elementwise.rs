//! Element-wise nodes, many in one pass.
//!
//! Formulas are written as one node an operation, and run one by one each of them would read and
//! write the whole memory. A [`Run`] is a set of such nodes of one shape that can be done
//! together: block by block, so that what is between them stays in the nearest cache.

use std::ops::Range;

use candle_core::{Device, Tensor};

use super::evaluate::elements;
use super::kernels;
use super::pool::Pool;
use super::values::{Value, Values};
use crate::engine::EngineError;
use crate::graph::{Binary, DType, Graph, Node, NodeId, Op, Shape, Unary};

/// Elements done at once, where rows do not ask for another number.
const BLOCK: usize = 1024;

/// Nodes of one shape that are done together.
pub struct Run {
    shape: Shape,
    members: Vec<NodeId>,
    operands: Vec<Operand>,
    steps: Vec<Step>,
    /// Blocks of intermediate values that exist at once.
    slots: usize,
    /// The nodes whose values are wanted outside.
    results: Vec<NodeId>,
}

/// A value from outside.
struct Operand {
    node: NodeId,
    spread: Spread,
}

/// How an operand lies over the run's shape.
#[derive(Clone, Copy, PartialEq)]
enum Spread {
    /// Element for element.
    Whole,
    /// So many elements, again and again.
    Rows(usize),
    /// One number.
    Number,
    /// In another way: it must be laid out anew.
    Other,
}

struct Step {
    function: Function,
    sources: Vec<Source>,
    target: Target,
}

/// Where a step's values stand.
#[derive(Clone, Copy)]
enum Target {
    /// In a block, until the last step that reads them.
    Slot(usize),
    /// In the whole of a result that is wanted outside.
    Result(usize),
}

#[derive(Clone, Copy)]
enum Function {
    Unary(Unary),
    Binary(Binary),
    Select,
    RunningMean { decay: f32 },
    RunningSquare { decay: f32 },
    AdamStep { epsilon: f32 },
}

#[derive(Clone, Copy)]
enum Source {
    Operand(usize),
    Step(Target),
}

/// Whether a run may hold `node`: an element-wise function of floats.
pub fn is_elementwise(graph: &Graph, node: &Node) -> bool {
    let floats = || {
        let mut inputs = node.inputs.iter();
        inputs.all(|input| graph.node(*input).dtype == DType::F32)
    };
    function(&node.op).is_some() && node.dtype == DType::F32 && floats()
}

fn function(op: &Op) -> Option<Function> {
    match op {
        Op::Unary(function) => Some(Function::Unary(*function)),
        Op::Binary(function) => Some(Function::Binary(*function)),
        Op::Select => Some(Function::Select),
        Op::RunningMean { decay } => Some(Function::RunningMean { decay: *decay }),
        Op::RunningSquare { decay } => Some(Function::RunningSquare { decay: *decay }),
        Op::AdamStep { epsilon } => Some(Function::AdamStep { epsilon: *epsilon }),
        _ => None,
    }
}

impl Run {
    /// The run of `members`, in the graph's order; `wanted` says whose values are used outside.
    pub fn new(graph: &Graph, members: &[NodeId], wanted: impl Fn(NodeId) -> bool) -> Self {
        let mut run = Run {
            shape: graph.node(members[0]).shape.clone(),
            members: members.to_vec(),
            operands: Vec::new(),
            steps: Vec::new(),
            slots: 0,
            results: Vec::new(),
        };
        // The last member that reads each member; itself, if none does.
        let mut last_use: Vec<usize> = (0..members.len()).collect();
        for (index, &member) in members.iter().enumerate() {
            for input in &graph.node(member).inputs {
                if let Ok(place) = members.binary_search(input) {
                    last_use[place] = index;
                }
            }
        }
        let mut free = Vec::new();
        // Where each member's values stand while they are needed.
        let mut targets = vec![None; members.len()];
        for (index, &member) in members.iter().enumerate() {
            let node = graph.node(member);
            let source = |run: &mut Run, input: &NodeId| {
                let inside = members[..index].binary_search(input).ok();
                match inside.and_then(|place| targets[place]) {
                    Some(target) => Source::Step(target),
                    None => Source::Operand(run.operand(graph, *input)),
                }
            };
            let sources = node.inputs.iter().map(|input| source(&mut run, input));
            let sources: Vec<Source> = sources.collect();
            let target = match wanted(member) {
                true => {
                    run.results.push(member);
                    Target::Result(run.results.len() - 1)
                }
                // A step never writes where it reads.
                false => Target::Slot(free.pop().unwrap_or_else(|| {
                    run.slots += 1;
                    run.slots - 1
                })),
            };
            targets[index] = Some(target);
            for (held, last) in targets.iter_mut().zip(&last_use) {
                if *last <= index
                    && let Some(Target::Slot(slot)) = held.take()
                {
                    free.push(slot);
                }
            }
            let function = function(&node.op).expect("members are element-wise");
            run.steps.push(Step {
                function,
                sources,
                target,
            });
        }
        run
    }

    /// The shape of all its nodes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The nodes whose values the run reads.
    pub fn operands(&self) -> impl Iterator<Item = NodeId> {
        self.operands.iter().map(|operand| operand.node)
    }

    /// What is done together.
    pub fn members(&self) -> impl Iterator<Item = NodeId> {
        self.members.iter().copied()
    }

    /// The nodes whose values are wanted outside.
    pub fn results(&self) -> impl Iterator<Item = NodeId> {
        self.results.iter().copied()
    }

    /// Does the run: each wanted node with its value, in a buffer of `pool`.
    pub fn run(
        &self,
        values: &Values,
        pool: &mut Pool,
    ) -> Result<Vec<(NodeId, Value)>, EngineError> {
        let tensors = self.lay_out(values)?;
        let operands = tensors.iter().map(elements::<f32>);
        let operands = operands.collect::<Result<Vec<_>, EngineError>>()?;

        let wanted = self.results.iter();
        let mut results: Vec<Vec<f32>> = wanted.map(|_| pool.take(self.shape.elements())).collect();
        let mut slots = self.slots(pool);
        for range in self.blocks() {
            let operands = operands.iter().enumerate();
            let arguments: Vec<Argument> = operands
                .map(|(place, elements)| self.argument(place, elements, range.clone()))
                .collect();
            let results = results.iter_mut();
            let mut results: Vec<&mut [f32]> =
                results.map(|result| &mut result[range.clone()]).collect();
            self.run_block(&arguments, &mut slots, &mut results);
        }
        for slot in slots {
            pool.give(slot);
        }
        let tensor = |(&node, values)| {
            let tensor = Tensor::from_vec(values, self.shape.dims(), &Device::Cpu)?;
            let pooled = true;
            Ok((node, Value { tensor, pooled }))
        };
        self.results.iter().zip(results).map(tensor).collect()
    }

    /// The operands' tensors, those that lie in another way laid out anew.
    pub fn lay_out(&self, values: &Values) -> Result<Vec<Tensor>, EngineError> {
        let laid_out = self.operands.iter().map(|operand| {
            let tensor = values.tensor(operand.node);
            Ok(match operand.spread {
                Spread::Other => tensor.broadcast_as(self.shape.dims())?.contiguous()?,
                _ => tensor.clone(),
            })
        });
        laid_out.collect()
    }

    /// Room for what is between the steps of a block.
    pub fn slots(&self, pool: &mut Pool) -> Vec<Vec<f32>> {
        let block = self.block();
        (0..self.slots).map(|_| pool.take(block)).collect()
    }

    /// Which elements are done at once, one block after the other.
    pub fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (count, block) = (self.shape.elements(), self.block());
        let starts = (0..count).step_by(block.max(1));
        starts.map(move |start| start..(start + block).min(count))
    }

    /// What a block reads of operand number `place`, whose elements these are.
    pub fn argument<'a>(
        &self,
        place: usize,
        elements: &'a [f32],
        block: Range<usize>,
    ) -> Argument<'a> {
        match self.operands[place].spread {
            Spread::Whole | Spread::Other => Argument::Elements(&elements[block]),
            Spread::Rows(columns) => Argument::Elements(&elements[..columns]),
            Spread::Number => Argument::Number(elements[0]),
        }
    }

    /// Does one block: from what it reads of the operands to the results' elements.
    pub fn run_block(
        &self,
        operands: &[Argument<'_>],
        slots: &mut [Vec<f32>],
        results: &mut [&mut [f32]],
    ) {
        let count = results.first().map_or(0, |result| result.len());
        for step in &self.steps {
            // What is written is taken out, so that the others can be read.
            let (mut slot, mut result) = (Vec::new(), &mut [][..]);
            let out = match step.target {
                Target::Slot(place) => {
                    slot = std::mem::take(&mut slots[place]);
                    &mut slot[..count]
                }
                Target::Result(place) => {
                    result = std::mem::take(&mut results[place]);
                    &mut *result
                }
            };
            let argument = |index: usize| match step.sources[index] {
                Source::Step(Target::Slot(place)) => Argument::Elements(&slots[place][..count]),
                Source::Step(Target::Result(place)) => Argument::Elements(&*results[place]),
                Source::Operand(place) => operands[place],
            };
            step.function.apply(argument, out);
            match step.target {
                Target::Slot(place) => slots[place] = slot,
                Target::Result(place) => results[place] = result,
            }
        }
    }

    /// Elements done at once: whole rows, where an operand is one row.
    fn block(&self) -> usize {
        let row = self
            .operands
            .iter()
            .find_map(|operand| match operand.spread {
                Spread::Rows(columns) => Some(columns),
                _ => None,
            });
        row.unwrap_or(BLOCK).min(self.shape.elements())
    }

    fn operand(&mut self, graph: &Graph, node: NodeId) -> usize {
        if let Some(known) = self.operands.iter().position(|known| known.node == node) {
            return known;
        }
        let shape = &graph.node(node).shape;
        let spread = if *shape == self.shape {
            Spread::Whole
        } else if shape.elements() == 1 {
            Spread::Number
        } else if shape.dims() == [self.shape.last()] {
            Spread::Rows(self.shape.last())
        } else {
            Spread::Other
        };
        self.operands.push(Operand { node, spread });
        self.operands.len() - 1
    }
}

/// What a step reads of one block.
#[derive(Clone, Copy)]
pub enum Argument<'a> {
    /// Element for element, or one row again and again.
    Elements(&'a [f32]),
    /// One number.
    Number(f32),
}

impl<'a> Argument<'a> {
    /// The only number, or the first.
    fn number(self) -> f32 {
        match self {
            Argument::Number(number) => number,
            Argument::Elements(elements) => elements.first().copied().unwrap_or(f32::NAN),
        }
    }

    /// The elements of what has the run's shape.
    fn elements(self) -> &'a [f32] {
        match self {
            Argument::Elements(elements) => elements,
            Argument::Number(_) => unreachable!("a number is of another shape"),
        }
    }
}

impl Function {
    fn apply<'a>(self, argument: impl Fn(usize) -> Argument<'a>, out: &mut [f32]) {
        match self {
            Function::Unary(function) => unary(function, argument(0), out),
            Function::Binary(function) => binary(function, argument(0), argument(1), out),
            Function::Select => select([argument(0), argument(1), argument(2)], out),
            Function::RunningMean { decay } => {
                let scale = argument(2).number() * (1.0 - decay);
                zip(argument(0), argument(1), out, |mean, x| {
                    mean * decay + x * scale
                });
            }
            Function::RunningSquare { decay } => {
                let (scale, share) = (argument(2).number(), 1.0 - decay);
                zip(argument(0), argument(1), out, |square, x| {
                    square * decay + (x * scale) * (x * scale) * share
                });
            }
            Function::AdamStep { epsilon } => {
                let tensors = [argument(0), argument(1), argument(2)].map(Argument::elements);
                let numbers = [argument(3), argument(4), argument(5)].map(Argument::number);
                adam_step(tensors, numbers, epsilon, out);
            }
        }
    }
}

fn unary(function: Unary, x: Argument<'_>, out: &mut [f32]) {
    match function {
        Unary::Neg => map(x, out, |x| -x),
        Unary::Exp => map(x, out, kernels::exp),
        Unary::Log => map(x, out, f32::ln),
        Unary::Sqrt => map(x, out, f32::sqrt),
        Unary::Square => map(x, out, |x| x * x),
        Unary::Tanh => map(x, out, kernels::tanh),
        Unary::Sigmoid => map(x, out, kernels::sigmoid),
        Unary::Softplus => map(x, out, kernels::softplus),
        Unary::Gelu => map(x, out, kernels::gelu),
        Unary::GeluDerivative => map(x, out, kernels::gelu_derivative),
        Unary::IsFinite => map(x, out, |x| f32::from(x.is_finite())),
    }
}

fn binary(function: Binary, x: Argument<'_>, y: Argument<'_>, out: &mut [f32]) {
    match function {
        Binary::Add => zip(x, y, out, |x, y| x + y),
        Binary::Sub => zip(x, y, out, |x, y| x - y),
        Binary::Mul => zip(x, y, out, |x, y| x * y),
        Binary::Div => zip(x, y, out, |x, y| x / y),
        Binary::Max => zip(x, y, out, |x, y| if x >= y || x.is_nan() { x } else { y }),
        Binary::Min => zip(x, y, out, |x, y| if x <= y || x.is_nan() { x } else { y }),
        Binary::Greater => zip(x, y, out, |x, y| f32::from(x > y)),
    }
}

/// A function of its own for each `f`, so that the loop is vectorised.
fn map(x: Argument<'_>, out: &mut [f32], f: impl Fn(f32) -> f32) {
    match x {
        Argument::Number(x) => out.fill(f(x)),
        Argument::Elements(x) => {
            for (out, &x) in out.iter_mut().zip(x) {
                *out = f(x);
            }
        }
    }
}

fn zip(x: Argument<'_>, y: Argument<'_>, out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    match (x, y) {
        (Argument::Number(x), y) => map(y, out, |y| f(x, y)),
        (x, Argument::Number(y)) => map(x, out, |x| f(x, y)),
        (Argument::Elements(x), Argument::Elements(y)) => {
            for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
                *out = f(x, y);
            }
        }
    }
}

fn adam_step(
    [weight, mean, square]: [&[f32]; 3],
    [keep, rate, correction]: [f32; 3],
    epsilon: f32,
    out: &mut [f32],
) {
    for (((out, &weight), &mean), &square) in out.iter_mut().zip(weight).zip(mean).zip(square) {
        *out = weight * keep - rate * mean / ((square * correction).sqrt() + epsilon);
    }
}

fn select([condition, then, otherwise]: [Argument<'_>; 3], out: &mut [f32]) {
    match condition {
        Argument::Number(condition) => {
            map(if condition != 0.0 { then } else { otherwise }, out, |x| x);
        }
        Argument::Elements(condition) => {
            map(otherwise, out, |x| x);
            for (index, (out, &condition)) in out.iter_mut().zip(condition).enumerate() {
                if condition != 0.0 {
                    *out = match then {
                        Argument::Number(then) => then,
                        Argument::Elements(then) => then[index],
                    };
                }
            }
        }
    }
}
