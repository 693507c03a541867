//! Memory that goes from value to value and from run to run: asking for it anew, and having it
//! filled with zeros, would cost a tenth of an update.

use std::collections::BTreeMap;

use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor};

/// Buffers that nobody uses any more.
#[derive(Default)]
pub struct Pool {
    /// By how many numbers they have room for.
    free: BTreeMap<usize, Vec<Vec<f32>>>,
}

impl Pool {
    /// A buffer of `count` numbers, whatever they are.
    pub fn take(&mut self, count: usize) -> Vec<f32> {
        // One that is much too large would be missed elsewhere.
        let mut fitting = self.free.range_mut(count..=2 * count);
        let Some((&room, buffers)) = fitting.next() else {
            return vec![0.0; count];
        };
        let mut buffer = buffers.pop().unwrap_or_default();
        if buffers.is_empty() {
            self.free.remove(&room);
        }
        buffer.resize(count, 0.0);
        buffer
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Vec<f32>) {
        let room = buffer.capacity();
        self.free.entry(room).or_default().push(buffer);
    }

    /// Takes the buffer of a tensor that nothing reads any more, nor any view of it.
    pub fn give_tensor(&mut self, tensor: &Tensor) -> Result<(), candle_core::Error> {
        let emptied = Emptied(std::cell::Cell::default());
        tensor.inplace_op1(&emptied)?;
        self.give(emptied.0.take());
        Ok(())
    }
}

/// Takes a tensor's memory and leaves it with none.
struct Emptied(std::cell::Cell<Vec<f32>>);

impl InplaceOp1 for Emptied {
    fn name(&self) -> &'static str {
        "emptied"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &Layout) -> Result<(), candle_core::Error> {
        if let CpuStorage::F32(numbers) = storage {
            self.0.set(std::mem::take(numbers));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn memory_comes_back_where_it_fits() {
        let mut pool = Pool::default();
        let tensor = Tensor::from_vec(pool.take(100), 100, &Device::Cpu).unwrap();
        pool.give_tensor(&tensor).unwrap();
        let buffer = pool.take(60);
        assert_eq!((buffer.len(), buffer.capacity()), (60, 100));
        assert_eq!(pool.take(100).len(), 100, "there is but one");
        pool.give(buffer);
        assert_eq!(pool.take(30).capacity(), 30, "100 would be a waste");
        assert_eq!(pool.take(0).len(), 0);
    }
}
