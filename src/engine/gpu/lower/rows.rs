//! What is done with rows in the kernels that make them.
//!
//! A workgroup that makes whole rows of a product, or of a run, has at hand what a norm, or the derivative of one, has to
//! read otherwise. To do both saves a dispatch, and the derivative by a norm's result is never written. So with the sums
//! of rows that are made one by one.

use std::collections::HashMap;

use super::super::norm::ROWS;
use super::super::target::Target;
use super::{Lowering, Unit};
use crate::graph::{NodeId, Op};

/// The widest rows: wider ones take too much of a workgroup's memory, and products of them are made of less reading by
/// several workgroups of many rows each.
const WIDEST: usize = 128;

/// What a kernel does with its rows.
pub(super) struct RowWork {
    /// The norm, its derivative, or the sum.
    pub(super) id: NodeId,
    /// The run that starts from its result.
    pub(super) run: Vec<NodeId>,
    /// Which of the kernel's values it takes.
    pub(super) taken: NodeId,
}

impl Lowering<'_> {
    /// Moves what takes rows into the units that make them: for such a unit's place what it does with them. `hosts` are
    /// the runs that units do.
    pub(super) fn host_rows(
        &mut self,
        hosts: &mut HashMap<usize, Vec<NodeId>>,
    ) -> HashMap<usize, RowWork> {
        let mut rows = HashMap::new();
        let mut written = self.written(hosts);
        for place in 0..self.units.len() {
            let Some((host, id, taken)) = self.row_host(place, hosts, &written) else {
                continue;
            };
            if rows.contains_key(&host) {
                continue;
            }
            let run = hosts.remove(&place).unwrap_or_default();
            for written in written.values_mut().filter(|other| **other == place) {
                *written = host;
            }
            rows.insert(host, RowWork { id, run, taken });
            self.units[place] = Unit::Hosted;
        }
        rows
    }

    /// The unit that gives each node.
    fn written(&self, hosts: &HashMap<usize, Vec<NodeId>>) -> HashMap<NodeId, usize> {
        let mut written = HashMap::new();
        for (place, unit) in self.units.iter().enumerate() {
            match unit {
                Unit::Heavy(id) => written.extend([(*id, place)]),
                Unit::Run(members) => written.extend(members.iter().map(|id| (*id, place))),
                Unit::Hosted => {}
            }
            let run = hosts.get(&place).into_iter().flatten();
            written.extend(run.map(|id| (*id, place)));
        }
        written
    }

    /// Where the unit stands that can do another, the other's node, and which of the one's values that takes.
    fn row_host(
        &self,
        place: usize,
        hosts: &HashMap<usize, Vec<NodeId>>,
        written: &HashMap<NodeId, usize>,
    ) -> Option<(usize, NodeId, NodeId)> {
        let Unit::Heavy(id) = self.units[place] else {
            return None;
        };
        let op = &self.graph.node(id).op;
        if !is_norm(op) && !matches!(op, Op::Sum { .. }) {
            return None;
        }
        let own = self.bases(&[id]);
        let run = hosts.get(&place).map_or(&[][..], Vec::as_slice);
        let of_run = match run {
            [] => Vec::new(),
            run => self.bases(run),
        };
        let of_run = || of_run.iter().filter(|(base, _)| *base != id);
        // Everything that it reads must be there when its host runs.
        let read = own.iter().chain(of_run());
        let host = *read.filter_map(|(base, _)| written.get(base)).max()?;
        let given = |base: NodeId| written.get(&base) == Some(&host);
        if of_run().any(|(base, _)| given(*base)) {
            return None;
        }
        let taken = match op {
            Op::Sum { axes } => self.taken_by_sum(id, axes, host),
            _ if self.target == Target::Hardware => {
                let mut taken = own.iter().filter(|(base, _)| given(*base));
                let first = taken.next().filter(|_| self.makes_rows(host, id));
                // The tile holds but one.
                let one = first.filter(|first| taken.all(|other| other == *first));
                one.and_then(|&(base, whole)| whole.then_some(base))
            }
            _ => None,
        };
        Some((host, id, taken.filter(|taken| given(*taken))?))
    }

    /// What a sum adds up, if that is whole rows that a unit makes one by one.
    fn taken_by_sum(&self, sum: NodeId, axes: &[usize], host: usize) -> Option<NodeId> {
        use Op::{LogSoftmax, Softmax, SoftmaxGradient};
        let Unit::Heavy(rows) = self.units[host] else {
            return None;
        };
        let (taken, view) = self.place(self.graph.node(sum).inputs[0]);
        let (made, rank) = (self.graph.node(rows), view.dims.len());
        let by_rows = matches!(made.op, LogSoftmax | Softmax(_) | SoftmaxGradient)
            && self.place(rows).1.is_whole()
            && self.tallied[sum.0].is_none();
        let fit = view.is_whole() && view.dims == made.shape.dims() && *axes == [rank - 1];
        (by_rows && fit).then_some(*taken)
    }

    /// Whether a unit can make whole rows for a norm, or for the derivative of one.
    fn makes_rows(&self, host: usize, norm: NodeId) -> bool {
        let (first, fit) = match &self.units[host] {
            Unit::Heavy(id) => (*id, self.is_product_of_rows(*id)),
            Unit::Run(members) => (members[0], true),
            Unit::Hosted => return false,
        };
        let columns = self.graph.node(norm).shape.last();
        let same = self.element_count(first) == self.element_count(norm);
        fit && same && columns.is_multiple_of(4) && columns <= WIDEST
    }

    /// Whether an operation is a product of which workgroups can make whole rows.
    fn is_product_of_rows(&self, id: NodeId) -> bool {
        let node = self.graph.node(id);
        let [.., rows, columns] = *node.shape.dims() else {
            return false;
        };
        matches!(node.op, Op::MatMul { .. })
            && columns.is_multiple_of(32)
            // Rows that are looked at together are those of one matrix.
            && (rows.is_multiple_of(ROWS) || node.shape.elements() == rows * columns)
            && self.place(id).1.is_whole()
            && self.squares.iter().all(|squares| squares.product != id)
    }
}

fn is_norm(op: &Op) -> bool {
    use Op::{LayerNorm, LayerNormGradient, RmsNorm, RmsNormGradient};
    matches!(
        op,
        LayerNorm { .. } | LayerNormGradient { .. } | RmsNorm { .. } | RmsNormGradient { .. }
    )
}
