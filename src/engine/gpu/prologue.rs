//! Prologues: arithmetic that the kernels which read its results do for themselves, first.
//!
//! The square of a gradient, say, is read by a sum alone, and the gradient is in memory anyway: to square it
//! there costs less than to write the squares down and read them. So it is on GPUs with a hidden layer after its
//! nonlinearity: products read it, and its derivative reads it as it was before.

use std::collections::HashSet;

use super::lower::{is_indexed, is_leaf, is_number, is_pointwise};
use super::target::Target;
use crate::graph::{Binary, Graph, NodeId, Op, Unary};

/// The prologues of a graph.
pub fn prologues(graph: &Graph, target: Target) -> HashSet<NodeId> {
    let readers = readers(graph);
    let handed_on = graph.outputs().iter().chain(graph.updates());
    let handed_on: HashSet<NodeId> = handed_on.map(|(_, id)| behind(graph, *id).0).collect();
    let mut prologues = of_reductions(graph, &readers, &handed_on);
    if target == Target::Hardware {
        prologues.extend(of_products(graph, &readers, &handed_on));
    }
    prologues
}

/// For each node those that read it, or a view of it, and whether all of it in order.
fn readers(graph: &Graph) -> Vec<Vec<(NodeId, bool)>> {
    let mut readers = vec![Vec::new(); graph.nodes().len()];
    for (id, users) in graph.users().into_iter().enumerate() {
        let (base, whole) = behind(graph, NodeId(id));
        let users = users.into_iter();
        let users = users.filter(|user| behind(graph, *user).0 == *user);
        readers[base.0].extend(users.map(|user| (user, whole)));
    }
    readers
}

/// Unary functions that only products read, whole, of what others read as well and is in memory for these. A processor
/// would take longer over them than to load them.
fn of_products<'a>(
    graph: &'a Graph,
    readers: &'a [Vec<(NodeId, bool)>],
    handed_on: &'a HashSet<NodeId>,
) -> impl Iterator<Item = NodeId> + 'a {
    let is_product = |id: &NodeId| matches!(graph.node(*id).op, Op::MatMul { .. });
    (0..readers.len()).map(NodeId).filter(move |id| {
        let (node, own) = (graph.node(*id), &readers[id.0]);
        if !matches!(node.op, Op::Unary(_)) || is_number(node) || handed_on.contains(id) {
            return false;
        }
        let (operand, whole) = behind(graph, node.inputs[0]);
        let kept = readers[operand.0].iter().any(|(reader, _)| reader != id);
        let mut products = own
            .iter()
            .map(|(reader, whole)| is_product(reader) && *whole);
        whole && kept && !own.is_empty() && products.all(|fit| fit)
    })
}

/// Functions of one element that only sums and norms' derivatives read, whole, and whose operands are in memory anyway,
/// or all but one of them, which takes the place of the result.
fn of_reductions(
    graph: &Graph,
    readers: &[Vec<(NodeId, bool)>],
    handed_on: &HashSet<NodeId>,
) -> HashSet<NodeId> {
    use Op::{LayerNormGradient, RmsNormGradient, Sum};
    let reduces = |op: &Op| {
        matches!(
            op,
            Sum { .. } | LayerNormGradient { .. } | RmsNormGradient { .. }
        )
    };
    let is_arithmetic = |op: &Op| match op {
        Op::Unary(function) => matches!(function, Unary::Neg | Unary::Square),
        Op::Binary(function) => matches!(function, Binary::Add | Binary::Sub | Binary::Mul),
        _ => false,
    };
    let in_run = |op: &Op| is_pointwise(op) || is_indexed(op);

    let nodes = || graph.nodes().iter().zip((0..).map(NodeId));
    let mut fit: HashSet<NodeId> = HashSet::new();
    let mut in_memory = handed_on.clone();
    for (node, id) in nodes() {
        let readers = || {
            readers[id.0]
                .iter()
                .map(|(reader, whole)| (&graph.node(*reader).op, *whole))
        };
        if is_leaf(&node.op) || readers().any(|(reader, _)| !in_run(reader)) {
            in_memory.insert(id);
        }
        let reduced = readers().all(|(reader, whole)| whole && reduces(reader));
        if reduced && is_arithmetic(&node.op) && !is_number(node) && !handed_on.contains(&id) {
            fit.insert(id);
        }
    }

    let mut prologues = HashSet::new();
    // What one of them reads is in memory for others.
    loop {
        let before = prologues.len();
        for (node, id) in nodes().filter(|(_, id)| fit.contains(id)) {
            let operands = node.inputs.iter().map(|input| behind(graph, *input).0);
            let large =
                |operand: &NodeId| graph.node(*operand).shape.elements() == node.shape.elements();
            let operands: HashSet<NodeId> = operands.filter(large).collect();
            if operands.difference(&in_memory).count() <= 1 && prologues.insert(id) {
                in_memory.extend(operands);
            }
        }
        if prologues.len() == before {
            return prologues;
        }
    }
}

/// The node whose elements a view shows, and whether all of them in their order.
pub fn behind(graph: &Graph, mut id: NodeId) -> (NodeId, bool) {
    let mut whole = true;
    loop {
        match graph.node(id).op {
            Op::Reshape | Op::StopGradient => {}
            Op::Permute(_) | Op::Broadcast | Op::Slice { .. } => whole = false,
            _ => return (id, whole),
        }
        id = graph.node(id).inputs[0];
    }
}
