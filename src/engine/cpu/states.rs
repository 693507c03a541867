//! The engine's states by their names.

use std::collections::HashMap;
use std::rc::Rc;

use candle_core::Tensor;

use super::pool::Pool;
use super::values::Value;
use crate::engine::EngineError;

/// Tensors that stay from run to run: each in memory of its own, or side by side in one buffer.
#[derive(Default)]
pub struct States(HashMap<String, State>);

struct State {
    tensor: Tensor,
    /// The buffer that the tensor is a view of.
    flat: Option<Rc<Flat>>,
}

/// States that stand one after the other.
struct Flat {
    names: Vec<String>,
    memory: Tensor,
}

impl States {
    /// The present value.
    ///
    /// # Errors
    /// There is no such state.
    pub fn get(&self, name: &str) -> Result<&Tensor, EngineError> {
        match self.0.get(name) {
            Some(state) => Ok(&state.tensor),
            None => Err(EngineError::UnknownState(name.to_owned())),
        }
    }

    /// Sets a state, making it if need be; `tensor` is nobody else's.
    pub fn set(&mut self, name: &str, tensor: Tensor) {
        let flat = None;
        self.0.insert(name.to_owned(), State { tensor, flat });
    }

    /// Sets a state to what a run gave, and gives `pool` one buffer for another, or it would grow
    /// from run to run.
    pub fn replace(
        &mut self,
        name: &str,
        value: Value,
        pool: &mut Pool,
    ) -> Result<(), EngineError> {
        let new = State {
            tensor: value.tensor,
            flat: None,
        };
        match self.0.insert(name.to_owned(), new) {
            Some(State { tensor, flat: None }) if value.pooled => Ok(pool.give_tensor(&tensor)?),
            _ => Ok(()),
        }
    }

    /// The one buffer in which the states `names`, all of floats, stand in this order. They are
    /// brought together if they do not: the first time, or after one was set.
    ///
    /// # Errors
    /// There is no such state, or candle refuses.
    pub fn flat(&mut self, names: &[String]) -> Result<Tensor, EngineError> {
        let first = names.first().and_then(|name| self.0.get(name));
        let flat = first.and_then(|first| first.flat.as_ref());
        if let Some(flat) = flat
            && flat.names == names
            && names.iter().all(|name| self.stands_in(flat, name))
        {
            return Ok(flat.memory.clone());
        }
        let tensors = names.iter().map(|name| Ok(self.get(name)?.flatten_all()?));
        let tensors = tensors.collect::<Result<Vec<Tensor>, EngineError>>()?;
        let memory = Tensor::cat(&tensors, 0)?;
        let flat = Rc::new(Flat {
            names: names.to_vec(),
            memory: memory.clone(),
        });
        let mut start = 0;
        for name in names {
            let shape = self.get(name)?.shape().clone();
            let count = shape.elem_count();
            let tensor = memory.narrow(0, start, count)?.reshape(shape)?;
            start += count;
            let flat = Some(flat.clone());
            self.0.insert(name.clone(), State { tensor, flat });
        }
        Ok(memory)
    }

    fn stands_in(&self, flat: &Rc<Flat>, name: &str) -> bool {
        let own = self.0.get(name).and_then(|state| state.flat.as_ref());
        own.is_some_and(|own| Rc::ptr_eq(own, flat))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor::from_slice(values, values.len(), &Device::Cpu).unwrap()
    }

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn states_are_brought_together_once_and_again_after_one_was_set() {
        let mut states = States::default();
        let names = ["b".to_owned(), "a".to_owned()];
        states.set("a", tensor(&[1.0]));
        assert!(states.flat(&names).is_err(), "b is missing");
        states.set("b", tensor(&[2.0, 3.0]));
        let flat = states.flat(&names).unwrap();
        assert_eq!(numbers(&flat), [2.0, 3.0, 1.0]);
        assert_eq!(numbers(states.get("a").unwrap()), [1.0]);
        let same = |other: &Tensor| other.id() == flat.id();
        assert!(same(&states.flat(&names).unwrap()));

        // A buffer of its own goes to the pool, but never one that others stand in.
        let mut pool = Pool::default();
        let pooled = true;
        let value = Value {
            tensor: tensor(&[4.0]),
            pooled,
        };
        states.replace("a", value, &mut pool).unwrap();
        assert_eq!(numbers(states.get("b").unwrap()), [2.0, 3.0]);
        let again = states.flat(&names).unwrap();
        assert!(!same(&again));
        assert_eq!(numbers(&again), [2.0, 3.0, 4.0]);
    }
}
