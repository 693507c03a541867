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
    /// The GPU was asked for, and cannot be used.
    pub async fn open(self) -> Result<Box<dyn Engine>, EngineError> {
        match self.open_or_cpu().await {
            (_, Some(error)) if self == Choice::Gpu => Err(error),
            (engine, _) => Ok(engine),
        }
    }

    /// The engine of this choice; where the GPU cannot be used, the processor's and the reason.
    pub async fn open_or_cpu(self) -> (Box<dyn Engine>, Option<EngineError>) {
        let software = match self {
            Choice::Cpu => return (Box::new(CpuEngine::new()), None),
            Choice::Automatic => Software::Refuse,
            Choice::Gpu => Software::Accept,
        };
        match GpuEngine::open(software).await {
            Ok(engine) => (Box::new(engine), None),
            Err(error) => (Box::new(CpuEngine::new()), Some(error)),
        }
    }
}
