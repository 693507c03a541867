//! What a norm's derivative adds up meanwhile.
//!
//! The derivatives by a norm's gain and bias are sums, over all rows, of what the derivative by the norm's operand reads
//! anyway. Its kernel tallies these for some rows at a time; the sums then read the few tallies instead of all rows, and
//! what the norm gave need not be kept for them.

use std::collections::HashSet;

use super::lower::is_view;
use super::norm;
use super::prologue::behind;
use super::view::View;
use crate::graph::{Binary, Graph, NodeId, Op, Shape};

/// What is added up for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// The derivative by the norm's result, times its gain and with its bias: of the bias.
    Upstream,
    /// The same times what the norm gives: of the gain.
    UpstreamTimesNorm,
}

/// What a norm's derivative adds up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The norm's derivative.
    pub derivative: NodeId,
    /// The node that holds the derivative by the norm's result, times its gain.
    pub upstream: NodeId,
    /// The sums that are made of it.
    pub sums: Vec<(NodeId, Term)>,
}

impl Tally {
    /// The shape of its memory: of some rows at a time, for each sum, the columns.
    pub fn shape(&self, graph: &Graph) -> Shape {
        let shape = &graph.node(self.derivative).shape;
        let rows = shape.elements() / shape.last().max(1);
        [rows.div_ceil(norm::ROWS), self.sums.len(), shape.last()].into()
    }

    /// Its memory, of that `shape`, as the operand of its sum of this number.
    pub fn part(&self, graph: &Graph, shape: &Shape, number: usize) -> View {
        let [groups, _, columns] = *shape.dims() else {
            unreachable!("a tally has three axes")
        };
        let sum = graph.node(self.sums[number].0);
        let mut dims = vec![1; sum.shape.rank()];
        if let Op::Sum { axes } = &sum.op {
            dims[axes[0]] = groups;
        }
        dims[sum.shape.rank() - 1] = columns;
        let part = View::whole(shape).slice(1, number, 1);
        part.reshape(&dims.into())
    }
}

/// The tallies of a graph. `prologues` are what kernels do for themselves.
pub fn tallies(graph: &Graph, prologues: &HashSet<NodeId>) -> Vec<Tally> {
    let live = graph.live();
    let users = graph.users();
    let ids = || (0..graph.nodes().len()).map(NodeId).filter(|id| live[id.0]);
    let mut tallies = Vec::new();
    for derivative in ids() {
        let node = graph.node(derivative);
        let Some(norm) = norm_of(&node.op) else {
            continue;
        };
        let (x, columns) = (behind(graph, node.inputs[0]).0, node.shape.last());
        let Some(upstream) = upstream(graph, prologues, node.inputs[1]) else {
            continue;
        };
        let is_norm = |id: NodeId| {
            let node = graph.node(id);
            node.op == norm && behind(graph, node.inputs[0]).0 == x
        };
        let term = |summed: NodeId| match &graph.node(summed).op {
            _ if summed == upstream => Some(Term::Upstream),
            Op::Binary(Binary::Mul) if prologues.contains(&summed) => {
                let [one, other] = factors(graph, summed);
                let fit = |own, (norm, whole)| own == (upstream, true) && whole && is_norm(norm);
                (fit(one, other) || fit(other, one)).then_some(Term::UpstreamTimesNorm)
            }
            _ => None,
        };
        let sums = ids().filter_map(|sum| {
            let own = graph.node(sum);
            let by_columns = matches!(&own.op, Op::Sum { axes } if !axes.is_empty())
                && own.shape.last() == columns
                && own.shape.elements() == columns;
            let (summed, whole) = behind(graph, *own.inputs.first()?);
            let fit = by_columns && whole && is_read_after(graph, &users, sum, derivative);
            Some((sum, term(summed).filter(|_| fit)?))
        });
        let sums: Vec<(NodeId, Term)> = sums.collect();
        if !sums.is_empty() {
            tallies.push(Tally {
                derivative,
                upstream,
                sums,
            });
        }
    }
    tallies
}

/// Whether all that reads a node, or a view of it, comes after some other node.
fn is_read_after(graph: &Graph, users: &[Vec<NodeId>], id: NodeId, other: NodeId) -> bool {
    users[id.0]
        .iter()
        .all(|user| match is_view(&graph.node(*user).op) {
            true => is_read_after(graph, users, *user, other),
            false => *user > other,
        })
}

/// The norm whose derivative an operation is.
fn norm_of(op: &Op) -> Option<Op> {
    match *op {
        Op::LayerNormGradient { epsilon } => Some(Op::LayerNorm { epsilon }),
        Op::RmsNormGradient { epsilon } => Some(Op::RmsNorm { epsilon }),
        _ => None,
    }
}

/// The factors of a product of elements, and whether all of each is there, in order.
fn factors(graph: &Graph, product: NodeId) -> [(NodeId, bool); 2] {
    let inputs = &graph.node(product).inputs;
    [inputs[0], inputs[1]].map(|input| behind(graph, input))
}

/// What the derivative by a norm's own result is the product of, with a gain.
fn upstream(graph: &Graph, prologues: &HashSet<NodeId>, dy: NodeId) -> Option<NodeId> {
    let (product, whole) = behind(graph, dy);
    let node = graph.node(product);
    if !whole || node.op != Op::Binary(Binary::Mul) || !prologues.contains(&product) {
        return None;
    }
    let large = |id: &NodeId| graph.node(*id).shape.elements() == node.shape.elements();
    let factors = factors(graph, product);
    let mut of_all = factors.iter().filter(|(id, whole)| *whole && large(id));
    match (of_all.next(), of_all.next()) {
        (Some((upstream, _)), None) if !prologues.contains(upstream) => Some(*upstream),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::prologue::prologues;
    use super::super::target::Target;
    use super::*;
    use crate::graph::{Builder, DType, Expr};

    /// What is added up for the gradients by some operands of a sum of `function`.
    fn terms(shapes: &[&[usize]], function: for<'g> fn(&[Expr<'g>]) -> Expr<'g>) -> Vec<Vec<Term>> {
        let builder = Builder::new();
        let inputs = (0..).zip(shapes);
        let inputs = inputs.map(|(i, shape)| builder.input(&format!("{i}"), DType::F32, *shape));
        let inputs: Vec<Expr> = inputs.collect();
        let loss = function(&inputs).gelu().sum_all();
        for (i, gradient) in (0..).zip(builder.gradients(loss, &inputs)) {
            builder.output(&format!("d{i}"), gradient);
        }
        let graph = builder.finish().unwrap();
        let tallies = tallies(&graph, &prologues(&graph, Target::Software)).into_iter();
        let terms = |tally: Tally| tally.sums.into_iter().map(|(_, term)| term).collect();
        tallies.map(terms).collect()
    }

    #[test]
    fn the_sums_by_gains_and_biases_are_tallied() {
        let (rows, columns): (&[usize], &[usize]) = (&[2, 5, 3], &[3]);
        let of_layer_norm = terms(&[rows, columns, columns], |x| {
            x[0].layer_norm(1e-5) * x[1] + x[2]
        });
        assert_eq!(of_layer_norm, [[Term::Upstream, Term::UpstreamTimesNorm]]);
        let of_rms_norm = terms(&[rows, columns], |x| x[0].rms_norm(1e-5) * x[1]);
        assert_eq!(of_rms_norm, [[Term::UpstreamTimesNorm]]);
        let of_both = terms(&[rows, columns, columns], |x| {
            (x[0].rms_norm(1e-5) * x[1]).layer_norm(1e-5) * x[2]
        });
        assert_eq!(of_both, [[Term::UpstreamTimesNorm]; 2]);
    }

    #[test]
    fn sums_of_something_else_are_not() {
        let (rows, columns): (&[usize], &[usize]) = (&[4, 5, 3], &[3]);
        assert!(terms(&[rows], |x| x[0].layer_norm(1e-5)).is_empty());
        // A gain for each place of a text, not for each column.
        let places: &[usize] = &[5, 3];
        assert!(terms(&[rows, places], |x| x[0].layer_norm(1e-5) * x[1]).is_empty());
        // The norm of something else.
        let other = terms(&[rows, rows, columns], |x| {
            x[0].layer_norm(1e-5) + x[1].layer_norm(1e-3) * x[2]
        });
        assert_eq!(other, [[Term::UpstreamTimesNorm]]);
    }
}
