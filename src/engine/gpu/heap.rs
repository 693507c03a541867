//! The one buffer that holds every tensor.

use std::collections::HashMap;

use super::device::{Buffer, Device};
use crate::engine::EngineError;
use crate::graph::{DType, Shape};

const USAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE
    .union(wgpu::BufferUsages::COPY_SRC)
    .union(wgpu::BufferUsages::COPY_DST);

/// Words of a heap that has just been made.
const FIRST_WORDS: usize = 1 << 18;

/// States, and the scratch memory that all plans use in turn.
pub struct Heap {
    /// The buffer.
    pub buffer: Buffer,
    words: usize,
    /// The first word that has never been given away.
    top: usize,
    /// Parts that were given back: first word, words.
    free: Vec<(usize, usize)>,
    states: HashMap<String, State>,
    scratch: (usize, usize),
    /// Changes whenever something stands elsewhere than before.
    pub generation: u64,
}

/// A state's place and kind.
#[derive(Clone, Debug)]
pub struct State {
    /// Its first word.
    pub first: usize,
    /// Its shape.
    pub shape: Shape,
    /// Its element type.
    pub dtype: DType,
}

impl Heap {
    /// An empty heap.
    pub fn new(device: &Device) -> Self {
        Heap {
            buffer: device.buffer(FIRST_WORDS, USAGE),
            words: FIRST_WORDS,
            top: 0,
            free: Vec::new(),
            states: HashMap::new(),
            scratch: (0, 0),
            generation: 0,
        }
    }

    /// The state called `name`.
    pub fn state(&self, name: &str) -> Result<&State, EngineError> {
        let state = self.states.get(name);
        state.ok_or_else(|| EngineError::UnknownState(name.to_owned()))
    }

    /// The first word of the scratch memory.
    pub fn scratch(&self) -> usize {
        self.scratch.0
    }

    /// Makes room for a state, where it has none of that size already; gives its first word.
    pub fn place_state(
        &mut self,
        device: &Device,
        name: &str,
        shape: &Shape,
        dtype: DType,
    ) -> Result<usize, EngineError> {
        let words = shape.elements();
        let old = self.states.remove(name);
        let first = match old {
            Some(old) if old.shape.elements() == words => old.first,
            old => {
                if let Some(old) = old {
                    self.free.push((old.first, old.shape.elements()));
                }
                self.generation += 1;
                self.take(device, words)?
            }
        };
        let state = State {
            first,
            shape: shape.clone(),
            dtype,
        };
        self.states.insert(name.to_owned(), state);
        Ok(first)
    }

    /// Makes the scratch memory at least so large.
    pub fn reserve_scratch(&mut self, device: &Device, words: usize) -> Result<(), EngineError> {
        if words > self.scratch.1 {
            let first = self.take(device, words)?;
            if self.scratch.1 > 0 {
                self.free.push(self.scratch);
            }
            self.scratch = (first, words);
            self.generation += 1;
        }
        Ok(())
    }

    fn take(&mut self, device: &Device, words: usize) -> Result<usize, EngineError> {
        let fits = |(_, (_, room)): &(usize, &(usize, usize))| *room >= words;
        if let Some((index, &(first, room))) = self.free.iter().enumerate().find(fits) {
            self.free.swap_remove(index);
            if room > words {
                self.free.push((first + words, room - words));
            }
            return Ok(first);
        }
        let first = self.top;
        if first + words > self.words {
            self.grow(device, first + words)?;
        }
        self.top += words;
        Ok(first)
    }

    fn grow(&mut self, device: &Device, wanted: usize) -> Result<(), EngineError> {
        let most = device.most_words();
        if wanted > most {
            return Err(EngineError::GpuMemory {
                wanted: 4 * wanted as u64,
                most: 4 * most as u64,
            });
        }
        let words = (2 * self.words).max(wanted).min(most);
        let buffer = device.buffer(words, USAGE);
        let mut encoder = device.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&self.buffer, 0, &buffer, 0, 4 * self.words as u64);
        device.queue.submit([encoder.finish()]);
        device.count(|counters| counters.submits += 1);
        self.buffer = buffer;
        self.words = words;
        self.generation += 1;
        Ok(())
    }
}
