//! The squares of what a product gives, row by row.
//!
//! The norm of a gradient is a sum of squares. A workgroup that makes some columns of it adds up their squares as well,
//! row by row; the sum then reads these few numbers instead of the gradient.

use std::collections::HashSet;

use super::matmul;
use super::prologue::behind;
use super::target::Target;
use crate::graph::{Graph, NodeId, Op, Shape, Unary};

/// A product whose squares are added up, and the sum of each row of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Squares {
    /// The product.
    pub product: NodeId,
    /// The sum over the innermost axis.
    pub sum: NodeId,
}

impl Squares {
    /// The shape of what is added up: for each row a number for each workgroup that makes some of it.
    pub fn shape(&self, graph: &Graph) -> Shape {
        let mut dims = graph.node(self.product).shape.dims().to_vec();
        let across = matmul::tiles_across(&dims);
        if let Some(columns) = dims.last_mut() {
            *columns = across;
        }
        dims.into()
    }
}

/// What products of a graph add up on such a target. `prologues` are what kernels do for themselves.
pub fn squares(graph: &Graph, target: Target, prologues: &HashSet<NodeId>) -> Vec<Squares> {
    if target == Target::Software {
        // A workgroup's threads would have to wait for each other.
        return Vec::new();
    }
    let live = graph.live();
    let sums = (0..graph.nodes().len()).map(NodeId).filter(|id| live[id.0]);
    let squares = sums.filter_map(|sum| {
        let node = graph.node(sum);
        let Op::Sum { axes } = &node.op else {
            return None;
        };
        let (square, whole) = behind(graph, node.inputs[0]);
        let squared = graph.node(square);
        if !whole || squared.op != Op::Unary(Unary::Square) || !prologues.contains(&square) {
            return None;
        }
        let (product, whole) = behind(graph, squared.inputs[0]);
        let shape = &graph.node(product).shape;
        let by_rows = graph.node(node.inputs[0]).shape == *shape && axes[..] == [shape.rank() - 1];
        let is_product = matches!(graph.node(product).op, Op::MatMul { .. });
        (whole && by_rows && is_product).then_some(Squares { product, sum })
    });
    squares.collect()
}
