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
    let mut prologues = of_reductions(graph);
    if target == Target::Hardware {
        prologues.extend(of_products(graph));
    }
    prologues
}

/// Unary functions that only products read, whole, of what others read as well and is in memory for these. A processor
/// would take longer over them than to load them.
fn of_products(graph: &Graph) -> impl Iterator<Item = NodeId> {
    let users = graph.users();
    let readers = move |id: NodeId| -> Vec<NodeId> {
        let mut open = users[id.0].clone();
        let mut readers = Vec::new();
        while let Some(user) = open.pop() {
            match behind(graph, user).0 == user {
                true => readers.push(user),
                false => open.extend(&users[user.0]),
            }
        }
        readers
    };
    let is_product = |id: &NodeId| matches!(graph.node(*id).op, Op::MatMul { .. });
    (0..graph.nodes().len()).map(NodeId).filter(move |id| {
        let node = graph.node(*id);
        let reads_whole = |user: &NodeId| {
            let mut inputs = graph.node(*user).inputs.iter();
            inputs.all(|input| {
                let (base, whole) = behind(graph, *input);
                base != *id || whole
            })
        };
        let of_product = || {
            let products = readers(*id);
            !products.is_empty()
                && products
                    .iter()
                    .all(|user| is_product(user) && reads_whole(user))
        };
        let kept = || {
            let (operand, whole) = behind(graph, node.inputs[0]);
            whole && is_product(&operand) && readers(operand).iter().any(|user| user != id)
        };
        let handed_on = || {
            let mut kept = graph.outputs().iter().chain(graph.updates());
            kept.any(|(_, kept)| behind(graph, *kept).0 == *id)
        };
        matches!(node.op, Op::Unary(_)) && of_product() && kept() && !handed_on()
    })
}

/// Functions of one element that only sums and norms' derivatives read, whole, and whose operands are in memory anyway,
/// or all but one of them, which takes the place of the result.
fn of_reductions(graph: &Graph) -> HashSet<NodeId> {
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
    let mut fit: HashSet<NodeId> = nodes()
        .filter(|(node, _)| is_arithmetic(&node.op) && !is_number(node))
        .map(|(_, id)| id)
        .collect();
    let mut in_memory: HashSet<NodeId> = nodes()
        .filter(|(node, _)| is_leaf(&node.op))
        .map(|(_, id)| id)
        .collect();
    for (id, users) in graph.users().into_iter().enumerate() {
        let (base, whole) = behind(graph, NodeId(id));
        for user in users
            .into_iter()
            .filter(|user| behind(graph, *user).0 == *user)
        {
            let reader = &graph.node(user).op;
            if !(whole && reduces(reader)) {
                fit.remove(&base);
            }
            if !in_run(reader) {
                in_memory.insert(base);
            }
        }
    }
    for (_, id) in graph.outputs().iter().chain(graph.updates()) {
        let (base, _) = behind(graph, *id);
        fit.remove(&base);
        in_memory.insert(base);
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
