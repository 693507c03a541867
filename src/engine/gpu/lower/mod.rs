//! From the nodes of a graph to kernels.
//!
//! Views cost nothing ([`View`]). Functions of one element are gathered to runs, as many nodes of one
//! size as can be done together; a run goes into the kernel of the matrix product, sum or row-wise
//! operation whose result it starts from, if there is one, and what is not wanted outside never
//! reaches memory. A function of single numbers is done again wherever its result is needed, and some
//! arithmetic by those who read it ([`prologue`]). Sums of what a norm's derivative reads are begun by its
//! kernel ([`tally`]), those of a product's squares by the product's ([`squares`]); what is done with rows is
//! done by what makes them ([`rows`]). Here nodes become units of work; [`write`] makes each a kernel.

mod rows;
mod write;

use std::collections::{HashMap, HashSet};

use super::code::{Code, Finish, Parameter, Read};
use super::kernels;
use super::prologue;
use super::squares::{self, Squares};
use super::tally::{self, Tally};
use super::target::Target;
use super::view::View;
use crate::engine::profile::Work;
use crate::graph::{DType, Graph, Node, NodeId, Op, Shape};

/// Work for the GPU.
pub struct Kernel {
    /// What to call it.
    pub name: String,
    /// The text after the common beginning; equal for kernels that may share a dispatch.
    pub text: String,
    /// How it hands its results on.
    pub finish: Option<Finish>,
    /// What stands in its block.
    pub parameters: Vec<Parameter>,
    /// Whose memory it reads.
    pub reads: Vec<Read>,
    /// Whose memory it writes.
    pub writes: Vec<NodeId>,
    /// Workgroups.
    pub groups: usize,
    /// What there is to do.
    pub work: Work,
}

/// A graph as kernels, each after those whose results it reads.
pub struct Lowered {
    /// The kernels.
    pub kernels: Vec<Kernel>,
    /// The memory that each output of the graph stands in.
    pub outputs: Vec<NodeId>,
    /// The memory that holds the value of each update of the graph.
    pub updates: Vec<NodeId>,
    extras: Vec<Extra>,
}

/// Memory beyond that of the graph's nodes.
struct Extra {
    shape: Shape,
    dtype: DType,
    /// What it is a copy of, if it is one.
    copied: Option<Place>,
}

/// Work that is done together.
enum Unit {
    /// One operation on rows or matrices.
    Heavy(NodeId),
    /// Functions of one element, in the graph's order.
    Run(Vec<NodeId>),
    /// What has become a part of another unit.
    Hosted,
}

/// Whose memory a node's elements stand in, and how.
type Place = (NodeId, View);

struct Lowering<'a> {
    graph: &'a Graph,
    target: Target,
    places: Vec<Option<Place>>,
    /// Single numbers that need memory: something other than a run reads them.
    stored_numbers: HashSet<NodeId>,
    /// What the units that read it do first, element by element.
    prologues: HashSet<NodeId>,
    open: Vec<NodeId>,
    units: Vec<Unit>,
    /// The nodes that read each node.
    users: Vec<Vec<NodeId>>,
    extras: Vec<Extra>,
    /// What norms' derivatives add up meanwhile.
    tallies: Vec<Tally>,
    /// What products add up.
    squares: Vec<Squares>,
    /// Where the sums of these find it.
    tallied: Vec<Option<Place>>,
}

impl Lowered {
    /// The shape and type of a node's memory, of that beyond the graph's nodes as well.
    pub fn described<'a>(&'a self, graph: &'a Graph, id: NodeId) -> (&'a Shape, DType) {
        described(graph, &self.extras, id)
    }
}

fn described<'a>(graph: &'a Graph, extras: &'a [Extra], id: NodeId) -> (&'a Shape, DType) {
    match id.0.checked_sub(graph.nodes().len()) {
        None => (&graph.node(id).shape, graph.node(id).dtype),
        Some(extra) => (&extras[extra].shape, extras[extra].dtype),
    }
}

/// The kernel that copies so many words from one node's memory to another's.
pub fn copy(from: NodeId, to: NodeId, words: usize) -> Kernel {
    let mut code = Code::default();
    let view = View::whole(&[words].into());
    let groups = kernels::map(&mut code, words, |code| {
        let word = code.load(from, &view, DType::U32, "i");
        code.store(to, DType::U32, "i", &word);
    });
    let (text, parameters, reads, finish) = code.written();
    Kernel {
        name: "copy".to_owned(),
        text,
        finish,
        parameters,
        reads,
        writes: vec![to],
        groups,
        work: Work {
            bytes: 8 * words as u64,
            operations: Some(0),
        },
    }
}

/// Whether an element of the result follows from the operands' elements at the same place.
pub fn is_pointwise(op: &Op) -> bool {
    matches!(
        op,
        Op::Unary(_)
            | Op::Binary(_)
            | Op::Select
            | Op::RunningMean { .. }
            | Op::RunningSquare { .. }
            | Op::AdamStep { .. }
    )
}

/// Whether an element of the result is a function of some elements of the operands.
pub fn is_indexed(op: &Op) -> bool {
    matches!(
        op,
        Op::Pad { .. }
            | Op::Concat { .. }
            | Op::Rows
            | Op::ReadAt { .. }
            | Op::WriteAt { .. }
            | Op::Rotary { .. }
    )
}

/// Whether a node's elements are some of another's.
pub fn is_view(op: &Op) -> bool {
    matches!(
        op,
        Op::StopGradient | Op::Permute(_) | Op::Broadcast | Op::Slice { .. } | Op::Reshape
    )
}

pub fn is_leaf(op: &Op) -> bool {
    matches!(
        op,
        Op::Input(_) | Op::State(_) | Op::Constant(_) | Op::Range
    )
}

/// Whether a node is a single number that is done again wherever it is needed.
pub fn is_number(node: &Node) -> bool {
    node.shape.elements() == 1 && (is_pointwise(&node.op) || matches!(node.op, Op::Constant(_)))
}

/// The kernels of `graph`, for what is to run them.
pub fn lower(graph: &Graph, target: Target) -> Lowered {
    let live = graph.live();
    let prologues = prologue::prologues(graph, target);
    let mut lowering = Lowering {
        graph,
        target,
        places: vec![None; graph.nodes().len()],
        stored_numbers: stored_numbers(graph, &live),
        tallies: tally::tallies(graph, &prologues),
        squares: squares::squares(graph, target, &prologues),
        tallied: vec![None; graph.nodes().len()],
        prologues,
        open: Vec::new(),
        units: Vec::new(),
        users: graph.users(),
        extras: Vec::new(),
    };
    lowering.place_tallies();
    for (index, live) in live.iter().enumerate() {
        if *live || matches!(graph.nodes()[index].op, Op::State(_)) {
            lowering.visit(NodeId(index));
        }
    }
    lowering.close();
    let outputs: Vec<NodeId> = graph
        .outputs()
        .iter()
        .map(|(_, id)| lowering.memory(*id))
        .collect();
    let updates: Vec<NodeId> = graph
        .updates()
        .iter()
        .map(|(_, id)| lowering.memory(*id))
        .collect();
    let mut hosts = lowering.host_runs();
    let rows = lowering.host_rows(&mut hosts);
    let kernels = lowering.kernels(hosts, rows, &outputs, &updates);
    Lowered {
        kernels,
        outputs,
        updates,
        extras: lowering.extras,
    }
}

/// The single numbers that something other than a pointwise function reads.
fn stored_numbers(graph: &Graph, live: &[bool]) -> HashSet<NodeId> {
    // The number behind reshaped and stretched ones.
    let number = |mut id: NodeId| {
        while matches!(
            graph.node(id).op,
            Op::Reshape | Op::Broadcast | Op::StopGradient
        ) {
            id = graph.node(id).inputs[0];
        }
        is_number(graph.node(id)).then_some(id)
    };
    let mut stored = HashSet::new();
    for (node, _) in graph.nodes().iter().zip(live).filter(|(_, live)| **live) {
        let passes_on = matches!(node.op, Op::Reshape | Op::Broadcast | Op::StopGradient);
        if !is_pointwise(&node.op) && !passes_on {
            stored.extend(node.inputs.iter().filter_map(|input| number(*input)));
        }
    }
    stored
}

impl Lowering<'_> {
    fn place(&self, id: NodeId) -> &Place {
        self.places[id.0]
            .as_ref()
            .expect("operands are placed before their users")
    }

    /// Whether a node's value is a number that is done again rather than loaded.
    fn is_inline(&self, base: NodeId) -> bool {
        let within = base.0 < self.graph.nodes().len();
        within && is_number(self.graph.node(base)) && !self.stored_numbers.contains(&base)
    }

    fn visit(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        let view = |f: &dyn Fn(&View) -> View| {
            let (base, view) = self.place(node.inputs[0]);
            (*base, f(view))
        };
        let place = match &node.op {
            Op::StopGradient => Some(view(&View::clone)),
            Op::Permute(permutation) => Some(view(&|view| view.permute(permutation))),
            Op::Broadcast => Some(view(&|view| view.broadcast(&node.shape))),
            Op::Slice { axis, start } => {
                let extent = node.shape.dims()[*axis];
                Some(view(&|view| view.slice(*axis, *start, extent)))
            }
            Op::Reshape => Some(view(&|view| view.reshape(&node.shape))),
            _ => None,
        };
        if let Some(place) = place {
            self.places[id.0] = Some(place);
            return;
        }
        self.places[id.0] = Some((id, View::whole(&node.shape)));
        // What is tallied is added up as soon as the tally is there.
        let tallied = |tally: &Tally| tally.sums.iter().any(|(sum, _)| *sum == id);
        let skipped = |squares: &Squares| squares.rows == Some(id);
        if is_leaf(&node.op)
            || self.prologues.contains(&id)
            || self.tallies.iter().any(tallied)
            || self.squares.iter().any(skipped)
        {
            return;
        }
        if is_number(node) {
            if self.depends_on_open(id) {
                self.close();
            }
            if self.stored_numbers.contains(&id) {
                self.units.push(Unit::Run(vec![id]));
            }
            return;
        }
        if is_pointwise(&node.op) || is_indexed(&node.op) {
            return self.gather(id);
        }
        if self.depends_on_open(id) {
            self.close();
        }
        if matches!(node.op, Op::MatMul { .. } | Op::Sum { .. }) {
            // These step through memory by strides.
            for input in &node.inputs {
                let (base, view) = self.place(*input).clone();
                if view.of.is_some() {
                    let copy = self.copy(*input, (base, view));
                    self.places[input.0] =
                        Some((copy, View::whole(&self.graph.node(*input).shape)));
                }
            }
        }
        let mut handed_on = self.graph.outputs().iter().chain(self.graph.updates());
        if let (Op::MatMul { .. }, [user]) = (&node.op, self.users[id.0].as_slice())
            && let Op::Permute(permutation) = &self.graph.node(*user).op
            && handed_on.all(|(_, other)| *other != id)
        {
            // Written as its only user wants it.
            let view = View::whole_if_permuted(&node.shape, permutation);
            self.places[id.0] = Some((id, view));
        }
        self.units.push(Unit::Heavy(id));
        let tally = self.tallies.iter().find(|tally| tally.derivative == id);
        for (sum, _) in tally.map_or(&[][..], |tally| &tally.sums) {
            self.units.push(Unit::Heavy(*sum));
        }
    }

    /// Memory for what norms' derivatives and products add up, where their sums find it.
    fn place_tallies(&mut self) {
        for squares in self.squares.clone() {
            let shape = squares.shape(self.graph);
            let memory = self.extra(shape, DType::F32, None);
            self.tallied[squares.sum.0] = Some((memory, squares.part(self.graph)));
        }
        for tally in self.tallies.clone() {
            let shape = tally.shape(self.graph);
            let memory = self.extra(shape.clone(), DType::F32, None);
            for (number, (sum, _)) in tally.sums.iter().enumerate() {
                let part = tally.part(self.graph, &shape, number);
                self.tallied[sum.0] = Some((memory, part));
            }
        }
    }

    /// Memory of its own for a node's elements.
    fn copy(&mut self, node: NodeId, place: Place) -> NodeId {
        let node = self.graph.node(node);
        let copy = self.extra(node.shape.clone(), node.dtype, Some(place));
        self.units.push(Unit::Run(vec![copy]));
        copy
    }

    fn extra(&mut self, shape: Shape, dtype: DType, copied: Option<Place>) -> NodeId {
        self.extras.push(Extra {
            shape,
            dtype,
            copied,
        });
        NodeId(self.graph.nodes().len() + self.extras.len() - 1)
    }

    /// What a memory beyond the graph's nodes is a copy of.
    fn copied(&self, id: NodeId) -> Option<&Place> {
        let extra = id.0.checked_sub(self.graph.nodes().len())?;
        self.extras[extra].copied.as_ref()
    }

    /// Adds a node to the open run, or opens one for it.
    fn gather(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        let count = node.shape.elements();
        let at_hand = |input: &NodeId| {
            let (base, view) = self.place(*input);
            let open = self.open.contains(base);
            !open || (is_pointwise(&node.op) && view.is_whole() && view.elements() == count)
        };
        let first = self
            .open
            .first()
            .map(|first| self.graph.node(*first).shape.elements());
        if first != Some(count) || !node.inputs.iter().all(at_hand) {
            self.close();
        }
        self.open.push(id);
    }

    fn depends_on_open(&self, id: NodeId) -> bool {
        let bases = self.bases(&[id]);
        bases.iter().any(|(base, _)| self.open.contains(base))
    }

    fn close(&mut self) {
        // Only what has something in common is done together: the updates of two weights, say, have not,
        // and are to have one text.
        let mut parts: Vec<(Vec<NodeId>, HashSet<NodeId>)> = Vec::new();
        for member in std::mem::take(&mut self.open) {
            let bases = self.bases(&[member]).into_iter().map(|(base, _)| base);
            let large = bases.filter(|base| self.element_count(*base) > 1);
            let (mut members, mut common) = (Vec::new(), HashSet::from([member]));
            common.extend(large);
            parts.retain_mut(|(others, bases)| {
                let apart = bases.is_disjoint(&common);
                if !apart {
                    members.append(others);
                    common.extend(bases.drain());
                }
                apart
            });
            members.push(member);
            members.sort_unstable();
            parts.push((members, common));
        }
        self.units
            .extend(parts.into_iter().map(|(members, _)| Unit::Run(members)));
    }

    /// The memory that holds a node's elements and nothing else, in order; a copy's, if need be.
    fn memory(&mut self, id: NodeId) -> NodeId {
        let (base, view) = self.place(id).clone();
        let node = self.graph.node(base);
        let whole =
            view.is_whole() && node.shape.elements() == self.graph.node(id).shape.elements();
        if whole && !is_leaf(&node.op) && (!is_number(node) || self.stored_numbers.contains(&base))
        {
            return base;
        }
        self.copy(id, (base, view))
    }

    /// The memory that a run reads, that of the numbers it does again included; and whether of each only
    /// the element that stands where the result's does.
    fn bases(&self, members: &[NodeId]) -> Vec<(NodeId, bool)> {
        let mut bases = Vec::new();
        let mut open: Vec<(&Place, bool)> = Vec::new();
        for member in members {
            match self.copied(*member) {
                None => {
                    let node = self.graph.node(*member);
                    let own_element = !is_indexed(&node.op);
                    let inputs = node.inputs.iter();
                    open.extend(inputs.map(|input| (self.place(*input), own_element)));
                }
                Some(place) => open.push((place, true)),
            }
        }
        let count = self.element_count(members[0]);
        while let Some(((base, view), own_element)) = open.pop() {
            if self.is_inline(*base) || self.prologues.contains(base) {
                let inputs = self.graph.node(*base).inputs.iter();
                open.extend(inputs.map(|input| (self.place(*input), own_element)));
            } else if !members.contains(base) {
                let whole = view.is_whole() && view.elements() == count;
                bases.push((*base, own_element && whole));
            }
        }
        bases
    }

    /// Moves runs into the units whose results they start from: for such a unit's place the run.
    fn host_runs(&mut self) -> HashMap<usize, Vec<NodeId>> {
        let mut hosts: HashMap<usize, Vec<NodeId>> = HashMap::new();
        // The unit that gives each base.
        let mut written: HashMap<NodeId, usize> = HashMap::new();
        for place in 0..self.units.len() {
            let members = match &self.units[place] {
                Unit::Heavy(id) => {
                    written.insert(*id, place);
                    continue;
                }
                Unit::Run(members) => members.clone(),
                Unit::Hosted => continue,
            };
            let count = self.element_count(members[0]);
            let bases = self.bases(&members);
            // Everything else the run reads must be there when its host runs.
            let latest = bases
                .iter()
                .filter_map(|(base, _)| written.get(base))
                .max()
                .copied();
            let host = latest.filter(|latest| {
                let (first, fit) = match &self.units[*latest] {
                    // One that is written in another order makes its elements in another order.
                    Unit::Heavy(id) => {
                        let in_order = self.place(*id).1.is_whole();
                        (*id, in_order && self.graph.node(*id).dtype == DType::F32)
                    }
                    Unit::Run(members) => (members[0], true),
                    Unit::Hosted => unreachable!("what is hosted is written by its host"),
                };
                let mut there = bases
                    .iter()
                    .filter(|(base, _)| written.get(base) == Some(latest));
                let own = there.all(|(_, own_element)| *own_element);
                fit && own && self.element_count(first) == count
            });
            // So few elements are not worth a dispatch: others of their number take them along.
            let host = host.or_else(|| {
                let mut between = latest.map_or(0, |latest| latest + 1)..place;
                between.find(|&unit| match &self.units[unit] {
                    Unit::Run(others) => {
                        count < kernels::THREADS && self.element_count(others[0]) == count
                    }
                    _ => false,
                })
            });
            for member in &members {
                written.insert(*member, host.unwrap_or(place));
            }
            let Some(host) = host else { continue };
            self.units[place] = Unit::Hosted;
            match &mut self.units[host] {
                Unit::Run(others) => others.extend(members),
                _ => hosts.entry(host).or_default().extend(members),
            }
        }
        hosts
    }

    fn element_count(&self, id: NodeId) -> usize {
        described(self.graph, &self.extras, id).0.elements()
    }
}
