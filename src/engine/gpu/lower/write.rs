//! From units of work to kernels: what each does, in WGSL.

use std::collections::{HashMap, HashSet};

use super::super::code::{Code, Read};
use super::super::kernels::{self, Heavy, ReadElement, Tallied};
use super::super::tally::Tally;
use super::super::target::Target;
use super::super::variants;
use super::rows::RowWork;
use super::{Kernel, Lowering, Place, Unit, described, is_indexed};
use crate::engine::profile::{self, Work};
use crate::graph::{DType, Node, NodeId, Op, Shape};

impl Lowering<'_> {
    /// Writes the kernels, the last first: by then it is known what is read of each.
    pub(super) fn kernels(
        &self,
        mut hosts: HashMap<usize, Vec<NodeId>>,
        rows: HashMap<usize, RowWork>,
        outputs: &[NodeId],
        updates: &[NodeId],
    ) -> Vec<Kernel> {
        let mut wanted: HashSet<NodeId> = outputs.iter().chain(updates).copied().collect();
        let mut kernels = Vec::new();
        for (place, unit) in self.units.iter().enumerate().rev() {
            let run = hosts.remove(&place).unwrap_or_default();
            let kernel = match unit {
                Unit::Heavy(id) => self.heavy(*id, &run, rows.get(&place), &wanted),
                Unit::Run(members) => self.map(members, rows.get(&place), &wanted),
                Unit::Hosted => continue,
            };
            wanted.extend(kernel.reads.iter().map(|read| read.node));
            kernels.push(kernel);
        }
        kernels.reverse();
        if self.target == Target::Software {
            variants::share_texts(&mut kernels);
        }
        kernels
    }

    fn map(&self, members: &[NodeId], rows: Option<&RowWork>, wanted: &HashSet<NodeId>) -> Kernel {
        let mut code = Code::default();
        let mut writes = Vec::new();
        let groups = match rows {
            None => kernels::map(&mut code, self.element_count(members[0]), |code| {
                writes = self.run(code, members, &mut HashMap::new(), wanted);
            }),
            Some(rows) => self.with_rows(rows, |row_work| {
                let groups = row_work.after_run(&mut code);
                code.function("fn finish(b: u32, i: u32) -> f32 {", |code| {
                    let mut values = HashMap::new();
                    writes = self.run(code, members, &mut values, wanted);
                    code.line(format_args!("return {};", values[&rows.taken]));
                });
                writes.extend(self.finish_rows(&mut code, rows, row_work, wanted));
                groups
            }),
        };
        self.kernel(code, members.to_vec(), rows, writes, groups)
    }

    fn heavy(
        &self,
        id: NodeId,
        run: &[NodeId],
        rows: Option<&RowWork>,
        wanted: &HashSet<NodeId>,
    ) -> Kernel {
        let read = |code: &mut Code, place: &Place, dtype: DType, index: &str| {
            self.read(code, None, place, dtype, index)
        };
        let operands = self.operands(id);
        let heavy = self.operation(id, &operands, &read);
        let mut code = Code::default();
        let tally = heavy.tally.as_ref().map(|tally| tally.memory);
        let mut writes: Vec<NodeId> = tally.into_iter().chain(heavy.squares).collect();
        let groups = match rows {
            None => {
                let groups = heavy.main(&mut code);
                code.finish_by(heavy.node.dtype, |code| {
                    self.hand_on(code, id, run, wanted, &mut writes);
                });
                groups
            }
            Some(rows) => self.with_rows(rows, |row_work| {
                let heavy = Heavy {
                    rows: Some(row_work),
                    ..heavy
                };
                let groups = heavy.main(&mut code);
                code.function("fn finish(b: u32, i: u32, value: f32) -> f32 {", |code| {
                    let values = self.hand_on(code, id, run, wanted, &mut writes);
                    code.line(format_args!("return {};", values[&rows.taken]));
                });
                writes.extend(self.finish_rows(&mut code, rows, row_work, wanted));
                groups
            }),
        };
        let mut members = self.prologues_of(&operands);
        members.push(id);
        members.extend(run);
        self.kernel(code, members, rows, writes, groups)
    }

    /// Something with what a kernel does with its rows.
    fn with_rows<T>(&self, rows: &RowWork, write: impl FnOnce(&Heavy<'_>) -> T) -> T {
        let operands = self.operands(rows.id);
        let read = |code: &mut Code, place: &Place, dtype: DType, index: &str| {
            self.read(code, Some(rows.taken), place, dtype, index)
        };
        write(&Heavy {
            in_rows: true,
            ..self.operation(rows.id, &operands, &read)
        })
    }

    /// Writes what is done with what comes of rows; gives what is written.
    fn finish_rows(
        &self,
        code: &mut Code,
        rows: &RowWork,
        row_work: &Heavy<'_>,
        wanted: &HashSet<NodeId>,
    ) -> Vec<NodeId> {
        let mut writes = Vec::new();
        code.function("fn finish_row(b: u32, i: u32, value: f32) {", |code| {
            self.hand_on(code, rows.id, &rows.run, wanted, &mut writes);
        });
        writes.extend(row_work.tally.as_ref().map(|tally| tally.memory));
        writes
    }

    /// What an operation makes of its operands first.
    fn prologues_of(&self, operands: &[Place]) -> Vec<NodeId> {
        let bases = operands.iter().map(|(base, _)| *base);
        bases.filter(|base| self.prologues.contains(base)).collect()
    }

    /// A kernel that does what some nodes say, and something with its rows.
    fn kernel(
        &self,
        code: Code,
        mut members: Vec<NodeId>,
        rows: Option<&RowWork>,
        writes: Vec<NodeId>,
        groups: usize,
    ) -> Kernel {
        if let Some(rows) = rows {
            members.extend(self.prologues_of(&self.operands(rows.id)));
            members.push(rows.id);
            members.extend(&rows.run);
        }
        let (text, parameters, mut reads, finish) = code.written();
        // What the unit itself gives is at hand, not read.
        reads.retain(|read| !members.contains(&read.node));
        Kernel {
            name: self.name(&members),
            text,
            finish,
            parameters,
            work: self.work(&members, &reads, &writes),
            reads,
            writes,
            groups,
        }
    }

    /// The operands of an operation on rows or matrices.
    fn operands(&self, id: NodeId) -> Vec<Place> {
        match &self.tallied[id.0] {
            Some(tally) => vec![tally.clone()],
            None => {
                let inputs = self.graph.node(id).inputs.iter();
                inputs.map(|input| self.place(*input).clone()).collect()
            }
        }
    }

    fn operation<'a>(
        &'a self,
        id: NodeId,
        operands: &'a [Place],
        read: &'a ReadElement<'a>,
    ) -> Heavy<'a> {
        let tally = self.tallies.iter().find(|tally| tally.derivative == id);
        Heavy {
            graph: self.graph,
            node: self.graph.node(id),
            operands,
            target: self.target,
            read,
            made: &self.prologues,
            tally: tally.and_then(|tally| self.tallied(tally)),
            squares: self.squares_of(id),
            rows: None,
            in_rows: false,
        }
    }

    /// Element `index` of what stands in a place: loaded, or made anew of others; or taken from the tile of a product,
    /// which has all of the rows that are looked at.
    fn read(
        &self,
        code: &mut Code,
        taken: Option<NodeId>,
        (base, view): &Place,
        dtype: DType,
        index: &str,
    ) -> String {
        let of_tile = |index: &str| {
            let at = format!("({index} - first * columns)");
            format!("part[{at} / 4u][{at} % 4u]")
        };
        if taken == Some(*base) {
            return of_tile(index);
        }
        if !self.prologues.contains(base) {
            return code.load(*base, view, dtype, index);
        }
        let element = code.name(index);
        let values = taken.map(|taken| (taken, of_tile(&element)));
        let node = self.graph.node(*base);
        self.value(code, &mut HashMap::from_iter(values), node, &element)
    }

    /// Writes what is done with `value`, element `i` of a result: the run that starts from it; and notes what is written.
    fn hand_on(
        &self,
        code: &mut Code,
        id: NodeId,
        run: &[NodeId],
        wanted: &HashSet<NodeId>,
        writes: &mut Vec<NodeId>,
    ) -> HashMap<NodeId, String> {
        let mut values = HashMap::from([(id, "value".to_owned())]);
        writes.extend(self.run(code, run, &mut values, wanted));
        if wanted.contains(&id) {
            let (_, view) = self.place(id);
            code.store_at(id, view, self.graph.node(id).dtype, "i", "value");
            writes.push(id);
        }
        values
    }

    fn tallied<'a>(&'a self, tally: &Tally) -> Option<Tallied<'a>> {
        let (memory, _) = self.tallied[tally.sums[0].0.0].as_ref()?;
        Some(Tallied {
            upstream: self.place(tally.upstream),
            terms: tally.sums.iter().map(|(_, term)| *term).collect(),
            memory: *memory,
        })
    }

    /// The memory for the squares that a product adds up.
    fn squares_of(&self, id: NodeId) -> Option<NodeId> {
        let squares = self.squares.iter().find(|squares| squares.product == id)?;
        let (memory, _) = self.tallied[squares.sum.0].as_ref()?;
        Some(*memory)
    }

    fn name(&self, members: &[NodeId]) -> String {
        let inside = |id: &&NodeId| id.0 < self.graph.nodes().len();
        match members.iter().all(|id| !inside(&id)) {
            true => "copy".to_owned(),
            false => profile::labels(
                members
                    .iter()
                    .filter(inside)
                    .map(|id| &self.graph.node(*id).op),
            ),
        }
    }

    fn work(&self, members: &[NodeId], reads: &[Read], writes: &[NodeId]) -> Work {
        let count = |id: &NodeId| self.element_count(*id);
        let read = reads.iter().map(|read| read.words(count(&read.node)));
        let moved = read.chain(writes.iter().map(count)).sum::<usize>();
        let operations = members
            .iter()
            .map(|id| match id.0 < self.graph.nodes().len() {
                true => profile::operations(self.graph, self.graph.node(*id)),
                false => Some(0),
            });
        Work {
            bytes: 4 * moved as u64,
            operations: operations.sum(),
        }
    }

    /// Writes a run's statements for element `i`; gives the members that it stores.
    fn run(
        &self,
        code: &mut Code,
        members: &[NodeId],
        values: &mut HashMap<NodeId, String>,
        wanted: &HashSet<NodeId>,
    ) -> Vec<NodeId> {
        let mut stored = Vec::new();
        for &member in members {
            let value = match self.copied(member) {
                Some(place) => {
                    let (shape, dtype) = described(self.graph, &self.extras, member);
                    self.element(code, values, place, dtype, shape, "i")
                }
                None => self.value(code, values, self.graph.node(member), "i"),
            };
            let value = code.name(value);
            if wanted.contains(&member) {
                stored.push((member, value.clone()));
            }
            values.insert(member, value);
        }
        // At the end: what is stored may take the place of a state that other members read.
        for (member, value) in &stored {
            let (_, dtype) = described(self.graph, &self.extras, *member);
            code.store(*member, dtype, "i", value);
        }
        stored.into_iter().map(|(member, _)| member).collect()
    }

    /// Element `index` of a node as an expression. The index of one that picks among its operands' is `i`.
    fn value(
        &self,
        code: &mut Code,
        values: &mut HashMap<NodeId, String>,
        node: &Node,
        index: &str,
    ) -> String {
        if is_indexed(&node.op) {
            let operands: Vec<Place> = node
                .inputs
                .iter()
                .map(|input| self.place(*input).clone())
                .collect();
            return kernels::indexed(code, self.graph, node, &operands);
        }
        let mut operand = |place: usize| {
            let id = node.inputs[place];
            let dtype = self.graph.node(id).dtype;
            self.element(code, values, self.place(id), dtype, &node.shape, index)
        };
        match &node.op {
            Op::Unary(function) => kernels::unary(*function, &operand(0)),
            Op::Binary(function) => kernels::binary(*function, &operand(0), &operand(1)),
            Op::Select => {
                let (condition, then, otherwise) = (operand(0), operand(1), operand(2));
                format!("select({otherwise}, {then}, {condition} != 0.0)")
            }
            Op::RunningMean { decay } | Op::RunningSquare { decay } => {
                let (old, x, scale) = (operand(0), operand(1), operand(2));
                let function = match node.op {
                    Op::RunningMean { .. } => "running_mean",
                    _ => "running_square",
                };
                let decay = code.float(*decay);
                format!("{function}({old}, ({x}) * ({scale}), {decay})")
            }
            Op::AdamStep { epsilon } => {
                let operands: Vec<String> = (0..6).map(operand).collect();
                let epsilon = code.float(*epsilon);
                format!("adam_step({}, {epsilon})", operands.join(", "))
            }
            other => unreachable!("{other:?} is no function of one element"),
        }
    }

    /// Element `index` of what stands in a place, stretched to `shape`.
    fn element(
        &self,
        code: &mut Code,
        values: &mut HashMap<NodeId, String>,
        (base, view): &Place,
        dtype: DType,
        shape: &Shape,
        index: &str,
    ) -> String {
        let whole = view.is_whole() && self.element_count(*base) == shape.elements();
        if let Some(value) = values.get(base)
            && (whole || self.is_inline(*base))
        {
            return value.clone();
        }
        if !self.is_inline(*base) {
            // A reshaped operand has the shape's elements already; others are stretched.
            let view = match view.elements() == shape.elements() {
                true => view.clone(),
                false => view.broadcast(shape),
            };
            return code.load(*base, &view, dtype, index);
        }
        let node = self.graph.node(*base);
        let value = match node.op {
            Op::Constant(number) => code.float(number),
            _ => self.value(code, values, node, index),
        };
        let value = code.name(value);
        values.insert(*base, value.clone());
        value
    }
}
