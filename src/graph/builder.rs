//! Collecting the nodes of a graph.

use std::cell::RefCell;

use super::{DType, Expr, Graph, GraphError, Node, NodeId, Op, Shape};

/// Collects the nodes of a graph.
///
/// The first mistake (two shapes that do not fit, say) is kept and reported by
/// [`Builder::finish`], so that formulas need no error handling of their own.
#[derive(Default)]
pub struct Builder {
    pub(super) graph: RefCell<Graph>,
    error: RefCell<Option<GraphError>>,
}

impl Builder {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tensor that the host feeds at each run. Asking twice gives the same node.
    pub fn input(&self, name: &str, dtype: DType, shape: impl Into<Shape>) -> Expr<'_> {
        self.leaf(Op::Input(name.to_owned()), dtype, shape.into())
    }

    /// A scalar f32 that the host feeds at each run.
    pub fn scalar_input(&self, name: &str) -> Expr<'_> {
        self.input(name, DType::F32, [])
    }

    /// A tensor that stays in the engine from run to run. Asking twice gives the same node.
    pub fn state(&self, name: &str, dtype: DType, shape: impl Into<Shape>) -> Expr<'_> {
        self.leaf(Op::State(name.to_owned()), dtype, shape.into())
    }

    /// One number.
    pub fn constant(&self, value: f32) -> Expr<'_> {
        self.push(Op::Constant(value), &[], Shape::scalar(), DType::F32)
    }

    /// The integers from 0 up to `count`, as u32.
    pub fn range(&self, count: usize) -> Expr<'_> {
        self.push(Op::Range, &[], [count].into(), DType::U32)
    }

    /// All `parts` one after the other along `axis`; at least one.
    #[track_caller]
    pub fn concat<'g>(&'g self, axis: usize, parts: &[Expr<'g>]) -> Expr<'g> {
        let first = parts[0];
        let mut extent = 0;
        for part in parts {
            let same = part.shape().rank() > axis
                && part.shape().with(axis, 0) == first.shape().with(axis, 0)
                && part.dtype() == first.dtype();
            if !same {
                return first.misfit(
                    "concat",
                    part.shape(),
                    "all but the joined axis must be equal",
                );
            }
            extent += part.shape().dims()[axis];
        }
        self.push(
            Op::Concat { axis },
            parts,
            first.shape().with(axis, extent),
            first.dtype(),
        )
    }

    /// Gives `value` back to the host at each run, under `name`.
    pub fn output(&self, name: &str, value: Expr<'_>) {
        let mut graph = self.graph.borrow_mut();
        graph.outputs.push((name.to_owned(), value.id));
    }

    /// At the end of each run the state `state` takes `value`.
    #[track_caller]
    pub fn update(&self, state: Expr<'_>, value: Expr<'_>) {
        let Op::State(name) = state.op() else {
            panic!("only a state can be updated");
        };
        if state.shape() != value.shape() {
            state.misfit("update", value.shape(), "a state keeps its shape");
        }
        self.graph.borrow_mut().updates.push((name, value.id));
    }

    /// The finished graph, or the first mistake made while it was built.
    pub fn finish(self) -> Result<Graph, GraphError> {
        match self.error.into_inner() {
            Some(error) => Err(error),
            None => Ok(self.graph.into_inner()),
        }
    }

    // Inlined, the hundreds of nodes that formulas and policies have would be a part of the download.
    #[inline(never)]
    pub(super) fn push(&self, op: Op, inputs: &[Expr<'_>], shape: Shape, dtype: DType) -> Expr<'_> {
        let nodes = &mut self.graph.borrow_mut().nodes;
        nodes.push(Node {
            op,
            inputs: inputs.iter().map(|input| input.id).collect(),
            shape,
            dtype,
        });
        Expr {
            builder: self,
            id: NodeId(nodes.len() - 1),
        }
    }

    #[inline(never)]
    pub(super) fn node(&self, id: NodeId) -> Node {
        self.graph.borrow().nodes[id.0].clone()
    }

    pub(super) fn expr(&self, id: NodeId) -> Expr<'_> {
        Expr { builder: self, id }
    }

    pub(super) fn fail(&self, error: GraphError) {
        self.error.borrow_mut().get_or_insert(error);
    }

    #[track_caller]
    fn leaf(&self, op: Op, dtype: DType, shape: Shape) -> Expr<'_> {
        let known = self
            .graph
            .borrow()
            .nodes
            .iter()
            .position(|node| node.op == op);
        let Some(index) = known else {
            return self.push(op, &[], shape, dtype);
        };
        let leaf = self.expr(NodeId(index));
        if leaf.shape() != shape {
            leaf.misfit("input or state", shape, "one name, one shape");
        }
        leaf
    }
}
