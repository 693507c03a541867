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

#[cfg(test)]
mod tests {
    use super::super::prologue::prologues;
    use super::*;
    use crate::graph::{Builder, DType, Expr};

    /// Of a sum of what `function` makes of a product of so many rows and columns: whether the product adds up its
    /// squares, and whether they would have been added up row by row first.
    fn found(
        rows: usize,
        columns: usize,
        function: for<'g> fn(Expr<'g>) -> Expr<'g>,
    ) -> Option<bool> {
        let builder = Builder::new();
        let x = builder.input("x", DType::F32, [rows, 7]);
        let y = builder.input("y", DType::F32, [7, columns]);
        let product = x.matmul(y);
        builder.output("product", product);
        builder.output("sum", function(product));
        let graph = builder.finish().unwrap();
        let found = |target| squares(&graph, target, &prologues(&graph, target));
        assert!(found(Target::Software).is_empty());
        let found = found(Target::Hardware);
        assert!(found.iter().all(|one| one.shape(&graph).elements() == {
            rows.div_ceil(32) * columns.div_ceil(32)
        }));
        found.first().map(|one| one.rows.is_some())
    }

    #[test]
    fn products_add_up_their_squares_where_these_are_all_summed() {
        assert_eq!(found(3, 5, |x| x.square().sum_all()), Some(false));
        assert_eq!(found(70, 90, |x| x.square().sum_all()), Some(true));
    }

    #[test]
    fn other_sums_are_not_theirs() {
        assert_eq!(found(70, 90, |x| x.sum_all()), None);
        assert_eq!(found(70, 90, |x| x.square().sum(&[0])), None);
        assert_eq!(found(70, 90, |x| (x * 2.0).square().sum_all()), None);
        assert_eq!(
            found(70, 90, |x| x.permute(&[1, 0]).square().sum_all()),
            None
        );
    }
}
