//! Which engine is to run graphs.

use super::cpu::CpuEngine;
use super::gpu::{GpuEngine, Software};
use super::{Engine, EngineError};

/// An engine to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The GPU where there is one, else the processor.
    Automatic,
    /// The GPU, even where it is software.
    Gpu,
    /// The processor.
    Cpu,
}

impl Choice {
    /// The choice called "automatic", "gpu" or "cpu".
    pub fn by_name(name: &str) -> Result<Self, EngineError> {
        match name {
            "automatic" => Ok(Choice::Automatic),
            "gpu" => Ok(Choice::Gpu),
            "cpu" => Ok(Choice::Cpu),
            other => Err(EngineError::UnknownChoice(other.to_owned())),
        }
    }

    /// The engine of this choice.
    ///
    /// # Errors
    /// The GPU was asked for, and cannot be used. Where it was not asked for, the processor's engine
    /// stands in.
    pub async fn open(self) -> Result<Box<dyn Engine>, EngineError> {
        let software = match self {
            Choice::Cpu => return Ok(Box::new(CpuEngine::new())),
            Choice::Automatic => Software::Refuse,
            Choice::Gpu => Software::Accept,
        };
        match GpuEngine::open(software).await {
            Ok(engine) => Ok(Box::new(engine)),
            Err(_) if self == Choice::Automatic => Ok(Box::new(CpuEngine::new())),
            Err(error) => Err(error),
        }
    }
}
