//! Norms, and their derivatives, in the kernels of the products or runs whose rows they take.
//!
//! A workgroup that makes whole rows has at hand what a norm has to read otherwise. To do both saves a dispatch, and the
//! derivative by a norm's result is never written.

use std::collections::{HashMap, HashSet};

use super::super::norm::ROWS;
use super::super::target::Target;
use super::{Lowering, Unit};
use crate::graph::{NodeId, Op};

/// The widest rows: wider ones take too much of a workgroup's memory, and products of them are made of less reading by
/// several workgroups of many rows each.
const WIDEST: usize = 128;

/// What a kernel does with its rows.
pub(super) struct RowWork {
    /// The norm, or its derivative.
    pub(super) id: NodeId,
    /// The run that starts from its result.
    pub(super) run: Vec<NodeId>,
    /// Which of the kernel's values it takes.
    pub(super) taken: NodeId,
}

impl Lowering<'_> {
    /// Moves norms and their derivatives into the units whose rows they take: for such a unit's place what it does
    /// with them. `hosts` are the runs that units do.
    pub(super) fn host_rows(
        &mut self,
        hosts: &mut HashMap<usize, Vec<NodeId>>,
    ) -> HashMap<usize, RowWork> {
        let mut rows = HashMap::new();
        if self.target == Target::Software {
            return rows;
        }
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
        use Op::{LayerNorm, LayerNormGradient, RmsNorm, RmsNormGradient};
        let node = self.graph.node(id);
        if !matches!(
            node.op,
            LayerNorm { .. } | LayerNormGradient { .. } | RmsNorm { .. } | RmsNormGradient { .. }
        ) {
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
        let (given_first, makes_rows) = match &self.units[host] {
            Unit::Heavy(product) => (*product, self.makes_rows(*product)),
            Unit::Run(members) => (members[0], true),
            Unit::Hosted => return None,
        };
        let given = |base: &NodeId| written.get(base) == Some(&host);
        let taken: HashSet<(NodeId, bool)> =
            own.iter().filter(|(base, _)| given(base)).copied().collect();
        let columns = node.shape.last();
        let fit = makes_rows
            && columns.is_multiple_of(4)
            && columns <= WIDEST
            && self.element_count(given_first) == self.element_count(id)
            && !of_run().any(|(base, _)| given(base));
        match taken.into_iter().collect::<Vec<_>>()[..] {
            [(taken, true)] if fit => Some((host, id, taken)),
            _ => None,
        }
    }

    /// Whether an operation is a product of which workgroups can make whole rows.
    fn makes_rows(&self, id: NodeId) -> bool {
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
