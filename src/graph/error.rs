//! What can be wrong with a graph, found while it is built.

use super::{DType, Shape};

/// A mistake in a graph. It names the operation, where in the source it stands,
/// and what did not fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GraphError {
    /// Two operands do not fit together.
    #[error("`{op}` at {location}: the shapes {left} and {right} do not fit together ({rule})")]
    Shapes {
        /// The operation.
        op: &'static str,
        /// Source file and line.
        location: String,
        /// The first operand's shape.
        left: Shape,
        /// The second operand's shape, or the shape asked for.
        right: Shape,
        /// What the operation asks of them.
        rule: &'static str,
    },
    /// An operand has the wrong element type.
    #[error("`{op}` at {location}: an operand of {found} stands where {wanted} is needed")]
    Type {
        /// The operation.
        op: &'static str,
        /// Source file and line.
        location: String,
        /// What stands there.
        found: DType,
        /// What is needed.
        wanted: DType,
    },
    /// The derivative of this operation is not known.
    #[error("`{op}` has no derivative: put `stop_gradient` before it, or give it one")]
    NotDifferentiable {
        /// The operation.
        op: String,
    },
    /// Only a scalar can be differentiated.
    #[error(
        "the loss has the shape {shape}, but only a scalar can be differentiated: sum or average it"
    )]
    LossNotScalar {
        /// The loss's shape.
        shape: Shape,
    },
}
