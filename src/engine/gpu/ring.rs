//! Outputs on their way to the host.
//!
//! Reading from a GPU takes long, however little is read, so no run waits for it: each leaves its outputs
//! in a batch, behind those of the runs before it, and whole batches are read, one while the next
//! is filled.

use std::collections::{HashMap, VecDeque};

use super::device::{Buffer, Device, Reading};
use crate::engine::EngineError;

/// Words that a batch has room for, unless one run alone leaves more.
const ROOM: usize = 16 * 1024;

/// The batches of all plans of an engine.
#[derive(Default)]
pub struct Ring {
    filling: Option<Batch>,
    reading: VecDeque<Batch>,
    idle: Vec<Buffer>,
    /// What has arrived of each plan's runs, oldest first.
    arrived: HashMap<PlanId, VecDeque<Vec<u32>>>,
    plans: u64,
}

/// A plan, for as long as its engine lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlanId(u64);

/// The outputs of some runs.
pub struct Batch {
    buffer: Buffer,
    room: usize,
    used: usize,
    /// Whose they are, and how many words.
    runs: Vec<(PlanId, usize)>,
    reading: Option<Reading>,
}

impl Ring {
    /// A name for a plan.
    pub fn enter(&mut self) -> PlanId {
        self.plans += 1;
        let plan = PlanId(self.plans);
        self.arrived.insert(plan, VecDeque::new());
        plan
    }

    /// Forgets a plan: what still arrives of it is let go.
    pub fn leave(&mut self, plan: PlanId) {
        self.arrived.remove(&plan);
    }

    /// Where a run leaves its outputs: a buffer, and the first word in it.
    pub fn place(&mut self, device: &Device, plan: PlanId, words: usize) -> (&Buffer, usize) {
        let fits = |batch: &Batch| batch.used + words <= batch.room;
        if !self.filling.as_ref().is_some_and(fits) {
            self.begin_reading(device);
        }
        let batch = self.filling.get_or_insert_with(|| {
            let room = ROOM.max(words);
            let idle = self.idle.pop().filter(|_| room == ROOM);
            let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
            Batch {
                buffer: idle.unwrap_or_else(|| device.buffer(room, usage)),
                room,
                used: 0,
                runs: Vec::new(),
                reading: None,
            }
        });
        let first = batch.used;
        batch.used += words;
        batch.runs.push((plan, words));
        (&batch.buffer, first)
    }

    /// Has the batch read that is being filled; those before it come first.
    pub fn begin_reading(&mut self, device: &Device) {
        if let Some(mut batch) = self.filling.take() {
            batch.reading = Some(device.begin_reading(&batch.buffer, batch.used));
            self.reading.push_back(batch);
        }
    }

    /// Takes in what has arrived, and has more read if nothing is on its way.
    pub fn look(&mut self, device: &Device) -> Result<(), EngineError> {
        while let Some(mut batch) = self.reading.pop_front() {
            if let Some(reading) = &mut batch.reading
                && !device.is_read(reading)?
            {
                self.reading.push_front(batch);
                break;
            }
            let words = device.words(&batch.buffer, batch.used)?;
            self.take_in(batch, &words);
        }
        if self.reading.is_empty() {
            self.begin_reading(device);
        }
        Ok(())
    }

    /// The batch to wait for, if any run is on its way.
    pub fn next(&mut self, device: &Device) -> Option<Batch> {
        if self.reading.is_empty() {
            self.begin_reading(device);
        }
        self.reading.pop_front()
    }

    /// Takes in a batch's words.
    pub fn take_in(&mut self, batch: Batch, words: &[u32]) {
        let mut first = 0;
        for (plan, count) in &batch.runs {
            if let Some(arrived) = self.arrived.get_mut(plan) {
                arrived.push_back(words[first..first + count].to_vec());
            }
            first += count;
        }
        if batch.room == ROOM {
            self.idle.push(batch.buffer);
        }
    }

    /// What has arrived of a plan's runs since the last call, oldest first.
    pub fn arrived(&mut self, plan: PlanId) -> Vec<Vec<u32>> {
        let arrived = self.arrived.get_mut(&plan);
        arrived.map_or_else(Vec::new, |arrived| arrived.drain(..).collect())
    }
}

impl Batch {
    /// Waits until the batch is read.
    pub async fn read(&mut self, device: &Device) -> Result<Vec<u32>, EngineError> {
        if let Some(reading) = self.reading.take() {
            device.wait(reading).await?;
        }
        device.words(&self.buffer, self.used)
    }
}
