//! The squares of what a product gives.
//!
//! The norm of a gradient is a sum of squares. A workgroup that makes a tile of it adds up their squares as well; the sum
//! then reads a number for each tile instead of the gradient.

use std::collections::HashSet;

use super::matmul;
use super::prologue::behind;
use super::target::Target;
use super::view::View;
use crate::graph::{Graph, NodeId, Op, Shape, Unary};

/// A product whose squares are added up, and the sum of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Squares {
    /// The product.
    pub product: NodeId,
    /// The sum of each of its rows, where these are added up first.
    pub rows: Option<NodeId>,
    /// The sum.
    pub sum: NodeId,
}

impl Squares {
    /// The shape of what is added up: a number for each tile.
    pub fn shape(&self, graph: &Graph) -> Shape {
        [matmul::tiles(graph.node(self.product).shape.dims())].into()
    }

    /// The same as the operand of the sum.
    pub fn part(&self, graph: &Graph) -> View {
        let tiles = self.shape(graph);
        let mut dims = vec![1; graph.node(self.sum).shape.rank()];
        dims[0] = tiles.elements();
        View::whole(&tiles).reshape(&dims.into())
    }
}

/// What products of a graph add up on such a target. `prologues` are what kernels do for themselves.
pub fn squares(graph: &Graph, target: Target, prologues: &HashSet<NodeId>) -> Vec<Squares> {
    if target == Target::Software {
        // A workgroup's threads would have to wait for each other.
        return Vec::new();
    }
    let (live, users) = (graph.live(), graph.users());
    let sums = (0..graph.nodes().len()).map(NodeId).filter(|id| live[id.0]);
    let squares = sums.filter_map(|sum| {
        let of_rows = summed(graph, sum, 0..)?;
        let rank = graph.node(of_rows).shape.rank();
        // Those of many rows are added up row by row first.
        let (rows, square) = match summed(graph, of_rows, rank - 1..) {
            Some(square) if users[of_rows.0][..] == [sum] => (Some(of_rows), square),
            _ => (None, of_rows),
        };
        let squared = graph.node(square);
        if squared.op != Op::Unary(Unary::Square) || !prologues.contains(&square) {
            return None;
        }
        let (product, whole) = behind(graph, squared.inputs[0]);
        let is_product = matches!(graph.node(product).op, Op::MatMul { .. });
        (whole && is_product).then_some(Squares { product, rows, sum })
    });
    squares.collect()
}

/// What a node is the sum of, over its axes from the first of these on.
fn summed(graph: &Graph, sum: NodeId, axes: std::ops::RangeFrom<usize>) -> Option<NodeId> {
    let node = graph.node(sum);
    let Op::Sum { axes: own } = &node.op else {
        return None;
    };
    let summed = node.inputs[0];
    let all = axes.take(own.len()).eq(own.iter().copied());
    let last = own.last().map_or(0, |last| last + 1) == graph.node(summed).shape.rank();
    (all && last).then_some(summed)
}
