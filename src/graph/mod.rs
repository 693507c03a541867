//! A computation as data: typed nodes with static shapes.
//!
//! A [`Builder`] makes nodes through [`Expr`], which reads like the formula it
//! stands for; [`Builder::gradients`] adds the nodes of the derivative;
//! [`Builder::finish`] gives a [`Graph`] that any engine can compile. Nothing
//! in here computes a number, and nothing knows of policies or losses.

mod builder;
mod error;
mod expr;
mod gradient;
mod op;
mod shape;

pub use builder::Builder;
pub use error::GraphError;
pub use expr::{Expr, SamplingLaw};
pub use op::{Binary, Heads, Mask, Op, Unary};
pub use shape::{DType, Shape};

/// The place of a node in its graph; operands come before their users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// One operation and what it gives.
#[derive(Clone, Debug)]
pub struct Node {
    /// What is done.
    pub op: Op,
    /// To what.
    pub inputs: Vec<NodeId>,
    /// The shape of the result.
    pub shape: Shape,
    /// The element type of the result.
    pub dtype: DType,
}

/// A finished computation.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    outputs: Vec<(String, NodeId)>,
    updates: Vec<(String, NodeId)>,
}

impl Graph {
    /// All nodes, operands before their users.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node at `id`.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// What a run gives back to the host, by name.
    pub fn outputs(&self) -> &[(String, NodeId)] {
        &self.outputs
    }

    /// States that take a new value when a run ends; until then every node
    /// sees the old one.
    pub fn updates(&self) -> &[(String, NodeId)] {
        &self.updates
    }

    /// For each node, the live nodes that read it, once for each operand that it is.
    pub fn users(&self) -> Vec<Vec<NodeId>> {
        let mut users = vec![Vec::new(); self.nodes.len()];
        for (index, live) in self.live().into_iter().enumerate() {
            if live {
                for input in &self.nodes[index].inputs {
                    users[input.0].push(NodeId(index));
                }
            }
        }
        users
    }

    /// For each node, whether an output or an update depends on it.
    pub fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        for (_, id) in self.outputs.iter().chain(&self.updates) {
            live[id.0] = true;
        }
        for index in (0..self.nodes.len()).rev() {
            if live[index] {
                for input in &self.nodes[index].inputs {
                    live[input.0] = true;
                }
            }
        }
        live
    }
}
