//! When passes began and ended, by the GPU's own clock.

use super::device::{Buffer, Device};
use crate::engine::EngineError;

/// Two times for each of several passes.
pub struct Clock {
    times: wgpu::QuerySet,
    passes: u32,
    resolved: Buffer,
    readable: Buffer,
}

impl Clock {
    /// A clock for so many passes.
    ///
    /// # Errors
    /// [`EngineError::NoTimestamps`] where the GPU has none.
    pub fn new(device: &Device, passes: usize) -> Result<Self, EngineError> {
        let has_clock = device
            .device
            .features()
            .contains(wgpu::Features::TIMESTAMP_QUERY);
        if !has_clock || 2 * passes > wgpu::QUERY_SET_MAX_QUERIES as usize {
            return Err(EngineError::NoTimestamps);
        }
        let passes = passes as u32;
        let times = device.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: None,
            ty: wgpu::QueryType::Timestamp,
            count: 2 * passes.max(1),
        });
        use wgpu::BufferUsages as Usage;
        Ok(Clock {
            times,
            passes,
            resolved: device.buffer(4 * passes as usize, Usage::QUERY_RESOLVE | Usage::COPY_SRC),
            readable: device.buffer(4 * passes as usize, Usage::MAP_READ | Usage::COPY_DST),
        })
    }

    /// Begins the pass numbered `place`.
    pub fn pass<'a>(
        &self,
        encoder: &'a mut wgpu::CommandEncoder,
        place: usize,
    ) -> wgpu::ComputePass<'a> {
        let first = 2 * place as u32;
        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: None,
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &self.times,
                beginning_of_pass_write_index: Some(first),
                end_of_pass_write_index: Some(first + 1),
            }),
        })
    }

    /// Has the times brought to where they can be read.
    pub fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.times, 0..2 * self.passes, &self.resolved, 0);
        let size = 16 * u64::from(self.passes);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.readable, 0, size);
    }

    /// How long each pass took.
    pub async fn milliseconds(&self, device: &Device) -> Result<Vec<f64>, EngineError> {
        let words = device
            .read(&self.readable, 4 * self.passes as usize)
            .await?;
        let nanoseconds = f64::from(device.queue.get_timestamp_period());
        let time = |pair: &[u32]| u64::from(pair[0]) | u64::from(pair[1]) << 32;
        let pass = |words: &[u32]| {
            let ticks = time(&words[2..]).saturating_sub(time(&words[..2]));
            ticks as f64 * nanoseconds / 1e6
        };
        Ok(words.chunks_exact(4).map(pass).collect())
    }
}
