//! Reverse mode, graph to graph: the derivative is more nodes.

use std::collections::HashMap;

use super::{Binary, Builder, Expr, GraphError, Node, NodeId, Op, Shape, Unary};

impl Builder {
    /// The derivative of the scalar `loss` by each of `parameters`, in their order.
    ///
    /// A parameter that the loss does not depend on has derivative 0. A mistake
    /// (a loss that is no scalar, an operation without derivative on the way) is
    /// reported by [`Builder::finish`].
    pub fn gradients<'g>(&'g self, loss: Expr<'g>, parameters: &[Expr<'g>]) -> Vec<Expr<'g>> {
        if loss.shape() != Shape::scalar() {
            self.fail(GraphError::LossNotScalar {
                shape: loss.shape(),
            });
            return parameters.to_vec();
        }
        let depends = self.dependents(loss, parameters);
        let mut gradients = HashMap::from([(loss.id(), self.constant(1.0))]);
        for index in (0..=loss.id().0).rev() {
            let id = NodeId(index);
            if !depends[index] {
                continue;
            }
            let Some(&gradient) = gradients.get(&id) else {
                continue;
            };
            let node = self.node(id);
            for (operand, adjoint) in self.adjoints(&node, self.expr(id), gradient, &depends) {
                gradients
                    .entry(operand)
                    .and_modify(|sum| *sum = *sum + adjoint)
                    .or_insert(adjoint);
            }
        }
        parameters
            .iter()
            .map(|parameter| match gradients.get(&parameter.id()) {
                Some(gradient) => *gradient,
                None => self.constant(0.0).broadcast_to(parameter.shape()),
            })
            .collect()
    }

    /// For each node up to `loss`, whether a derivative flows through it to a parameter.
    fn dependents(&self, loss: Expr<'_>, parameters: &[Expr<'_>]) -> Vec<bool> {
        let mut depends = vec![false; loss.id().0 + 1];
        for parameter in parameters {
            if let Some(slot) = depends.get_mut(parameter.id().0) {
                *slot = true;
            }
        }
        for index in 0..depends.len() {
            let node = self.node(NodeId(index));
            if node.op != Op::StopGradient && node.inputs.iter().any(|input| depends[input.0]) {
                depends[index] = true;
            }
        }
        depends
    }

    /// What each operand of `node` (whose value is `y`) gets when y's derivative is `dy`.
    fn adjoints<'g>(
        &'g self,
        node: &Node,
        y: Expr<'g>,
        dy: Expr<'g>,
        depends: &[bool],
    ) -> Vec<(NodeId, Expr<'g>)> {
        let operand = |index: usize| self.expr(node.inputs[index]);
        let wanted = |index: usize| depends[node.inputs[index].0];
        let mut adjoints = Vec::new();
        let mut give = |index: usize, adjoint: &dyn Fn() -> Expr<'g>| {
            if wanted(index) {
                adjoints.push((node.inputs[index], adjoint()));
            }
        };
        match &node.op {
            Op::Input(_) | Op::State(_) | Op::Constant(_) | Op::Range | Op::StopGradient => {}
            Op::Unary(function) => give(0, &|| unary_adjoint(*function, operand(0), y, dy)),
            Op::Binary(function) => {
                for index in 0..2 {
                    give(index, &|| {
                        binary_adjoint(*function, index, operand(0), operand(1), dy)
                            .sum_to(operand(index).shape())
                    });
                }
            }
            Op::Select => {
                let zero = self.constant(0.0);
                give(1, &|| {
                    operand(0).select(dy, zero).sum_to(operand(1).shape())
                });
                give(2, &|| {
                    operand(0).select(zero, dy).sum_to(operand(2).shape())
                });
            }
            Op::Reshape => give(0, &|| dy.reshape(operand(0).shape())),
            Op::Permute(permutation) => {
                let mut inverse = vec![0; permutation.len()];
                for (to, &from) in permutation.iter().enumerate() {
                    inverse[from] = to;
                }
                give(0, &|| dy.permute(&inverse));
            }
            Op::Broadcast => give(0, &|| dy.sum_to(operand(0).shape())),
            Op::Slice { axis, start } => give(0, &|| {
                dy.pad(*axis, *start, operand(0).shape().dims()[*axis])
            }),
            Op::Pad { axis, before } => give(0, &|| {
                dy.slice(*axis, *before..before + operand(0).shape().dims()[*axis])
            }),
            Op::Concat { axis } => {
                let mut start = 0;
                for index in 0..node.inputs.len() {
                    let end = start + operand(index).shape().dims()[*axis];
                    give(index, &|| dy.slice(*axis, start..end));
                    start = end;
                }
            }
            Op::Sum { .. } => give(0, &|| dy.broadcast_to(operand(0).shape())),
            Op::MatMul {
                transpose_left,
                transpose_right,
            } => {
                let (left, right) = (*transpose_left, *transpose_right);
                give(0, &|| match left {
                    false => dy.matmul_with(false, operand(1), !right),
                    true => operand(1).matmul_with(right, dy, true),
                });
                give(1, &|| match right {
                    false => operand(0).matmul_with(!left, dy, false),
                    true => dy.matmul_with(true, operand(0), left),
                });
            }
            Op::Rows => give(0, &|| {
                dy.scatter_rows(operand(1), operand(0).shape().dims()[0])
            }),
            Op::ScatterRows => give(0, &|| dy.rows(operand(1)).reshape(operand(0).shape())),
            Op::Softmax(_) => give(0, &|| y.keep_shape(Op::SoftmaxGradient, &[y, dy])),
            Op::LogSoftmax => give(0, &|| {
                let innermost = y.shape().rank() - 1;
                dy - y.exp() * dy.sum(&[innermost])
            }),
            Op::LayerNorm { epsilon } => {
                let op = Op::LayerNormGradient { epsilon: *epsilon };
                give(0, &|| y.keep_shape(op.clone(), &[operand(0), dy]));
            }
            Op::RmsNorm { epsilon } => {
                let op = Op::RmsNormGradient { epsilon: *epsilon };
                give(0, &|| y.keep_shape(op.clone(), &[operand(0), dy]));
            }
            Op::Attention(heads) => give(0, &|| {
                let mixed = dy.slice(1, 0..heads.query_width());
                let operands = [operand(0), operand(1), y, mixed];
                operand(0).keep_shape(Op::AttentionGradient(*heads), &operands)
            }),
            Op::Rotary { theta, inverse } => {
                let op = Op::Rotary {
                    theta: *theta,
                    inverse: !inverse,
                };
                give(0, &|| y.keep_shape(op.clone(), &[dy, operand(1)]));
            }
            Op::TokenLogProb => give(0, &|| {
                operand(0).keep_shape(Op::TokenLogProbGradient, &[operand(0), operand(1), dy])
            }),
            Op::RunningMean { .. }
            | Op::RunningSquare { .. }
            | Op::AdamStep { .. }
            | Op::ReadAt { .. }
            | Op::WriteAt { .. }
            | Op::SoftmaxGradient
            | Op::AttentionGradient(_)
            | Op::LayerNormGradient { .. }
            | Op::RmsNormGradient { .. }
            | Op::TokenLogProbGradient
            | Op::Sample => self.fail(GraphError::NotDifferentiable {
                op: format!("{:?}", node.op),
            }),
        }
        adjoints
    }
}

impl<'g> Expr<'g> {
    /// Summed over whatever was stretched to get here from `shape`.
    fn sum_to(self, shape: Shape) -> Expr<'g> {
        let stretched = self.shape();
        let added = stretched.rank() - shape.rank();
        let axes: Vec<usize> = (0..stretched.rank())
            .filter(|&axis| {
                axis < added || (shape.dims()[axis - added] == 1 && stretched.dims()[axis] != 1)
            })
            .collect();
        self.sum(&axes).reshape(shape)
    }
}

fn unary_adjoint<'g>(function: Unary, x: Expr<'g>, y: Expr<'g>, dy: Expr<'g>) -> Expr<'g> {
    match function {
        Unary::Neg => -dy,
        Unary::Exp => dy * y,
        Unary::Log => dy / x,
        Unary::Sqrt => dy * 0.5 / y,
        Unary::Square => dy * x * 2.0,
        Unary::Tanh => dy * (1.0 - y.square()),
        Unary::Sigmoid => dy * (y * (1.0 - y)),
        Unary::Softplus => dy * x.sigmoid(),
        Unary::Gelu => dy * x.unary(Unary::GeluDerivative),
        Unary::GeluDerivative => {
            x.builder().fail(GraphError::NotDifferentiable {
                op: format!("{function:?}"),
            });
            dy
        }
        // Piecewise constant.
        Unary::IsFinite => dy * 0.0,
    }
}

/// The adjoint of operand `index`, before it is summed to the operand's shape.
fn binary_adjoint<'g>(
    function: Binary,
    index: usize,
    x: Expr<'g>,
    y: Expr<'g>,
    dy: Expr<'g>,
) -> Expr<'g> {
    match (function, index) {
        (Binary::Add, _) | (Binary::Sub, 0) => dy,
        (Binary::Sub, _) => -dy,
        (Binary::Mul, 0) => dy * y,
        (Binary::Mul, _) => dy * x,
        (Binary::Div, 0) => dy / y,
        (Binary::Div, _) => -(dy * x) / y.square(),
        // At a tie the first operand takes the derivative, so that it is counted once.
        (Binary::Max, 0) => dy * (1.0 - y.greater(x)),
        (Binary::Max, _) => dy * y.greater(x),
        (Binary::Min, 0) => dy * (1.0 - x.greater(y)),
        (Binary::Min, _) => dy * x.greater(y),
        // Piecewise constant.
        (Binary::Greater, _) => dy * 0.0,
    }
}
