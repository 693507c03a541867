//! The values of a run's nodes.

use candle_core::Tensor;

use super::pool::Pool;
use crate::engine::EngineError;
use crate::graph::NodeId;

/// What a node gave.
#[derive(Clone)]
pub struct Value {
    /// The numbers.
    pub tensor: Tensor,
    /// Whether their memory is this value's own, from the pool.
    pub pooled: bool,
}

impl Value {
    /// A value whose memory the pool never sees.
    pub fn kept(tensor: Tensor) -> Self {
        let pooled = false;
        Value { tensor, pooled }
    }
}

/// The values that are still wanted, by their nodes.
#[derive(Clone)]
pub struct Values(Vec<Option<Value>>);

impl Values {
    /// None yet, of so many nodes.
    pub fn new(nodes: usize) -> Self {
        Values(vec![None; nodes])
    }

    /// What the node gave.
    pub fn tensor(&self, id: NodeId) -> &Tensor {
        let value = self.0[id.0].as_ref();
        &value
            .expect("operands are evaluated first and released last")
            .tensor
    }

    /// Keeps what the node gave.
    pub fn set(&mut self, id: NodeId, value: Value) {
        self.0[id.0] = Some(value);
    }

    /// Takes the value for good, as one whose memory is nobody else's; it can still be read here.
    pub fn own(&mut self, id: NodeId) -> Result<Value, EngineError> {
        match self.0[id.0].take_if(|value| value.pooled) {
            Some(own) => {
                self.set(id, Value::kept(own.tensor.clone()));
                Ok(own)
            }
            None => Ok(Value::kept(self.tensor(id).force_contiguous()?)),
        }
    }

    /// Lets go of a value that nothing reads any more, nor any view of it.
    pub fn release(&mut self, id: NodeId, pool: &mut Pool) -> Result<(), EngineError> {
        match self.0[id.0].take() {
            Some(Value {
                tensor,
                pooled: true,
            }) => Ok(pool.give_tensor(&tensor)?),
            _ => Ok(()),
        }
    }
}
