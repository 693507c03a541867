//! A small classifier of handwritten digits: what it takes generated digits for.

mod network;
mod reading;
mod training;

pub use reading::{Reading, accuracy, mean_entropy};
pub use training::Training;

use self::network::{FEATURES, LOGITS, Network, PIXELS_IN};
use crate::digits::{CLASSES, PIXELS};
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, EngineError, Feeds, HostTensor, Plan};
use crate::graph::{Builder, GraphError};
use crate::policy::{self, CheckpointError, Precision, Weights, state_name};

/// Images that are read at once.
const AT_ONCE: usize = 64;

/// Tells digits apart, on a CPU engine of its own.
pub struct DigitClassifier {
    engine: CpuEngine,
    plan: Box<dyn Plan>,
}

/// Why a classifier cannot be had, or says nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// An image has not as many pixels as a digit.
    #[error("image {image} has {found} pixels, but a digit has {PIXELS}")]
    Width {
        /// Which, counted from 1.
        image: usize,
        /// How many it has.
        found: usize,
    },
    /// An image holds NaN or infinity.
    #[error("image {image} is not finite")]
    NotFinite {
        /// Which, counted from 1.
        image: usize,
    },
    /// There is nothing to learn from.
    #[error("there are no digits to learn from")]
    NoDigits,
    /// A loss or a gradient is no longer a number.
    #[error("update {update}: the loss is no longer a number; lower the learning rate")]
    Diverged {
        /// Which, counted from 1.
        update: u32,
    },
    /// The weights cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The engine failed.
    #[error("the classifier cannot go on: {0}")]
    Engine(#[from] EngineError),
    /// A graph is wrong: a mistake in this program.
    #[error("this is a mistake in the playground, please report it: {0}")]
    Graph(#[from] GraphError),
}

impl DigitClassifier {
    /// The classifier of a safetensors file that [`DigitClassifier::save`] wrote.
    pub async fn load(bytes: &[u8]) -> Result<Self, ClassifierError> {
        let engine = CpuEngine::new();
        let parameters = Network::parameters();
        for (parameter, weight) in parameters.iter().zip(policy::load(bytes, &parameters)?) {
            engine.write(&state_name(Weights::POLICY, &parameter.name), weight)?;
        }
        Self::of(engine).await
    }

    /// Its weights as a safetensors file, in single precision.
    pub async fn save(&self) -> Result<Vec<u8>, ClassifierError> {
        let parameters = Network::parameters();
        let mut weights = Vec::with_capacity(parameters.len());
        for parameter in &parameters {
            let name = state_name(Weights::POLICY, &parameter.name);
            weights.push(self.engine.read(&name).await?);
        }
        Ok(policy::save(&parameters, &weights, Precision::F32)?)
    }

    /// Reads images: 64 numbers each, on the scale of [`Digit::scaled`](crate::digits::Digit::scaled).
    ///
    /// # Errors
    /// An image has another size or is not finite, or the engine fails.
    pub async fn read<P: AsRef<[f32]>>(
        &mut self,
        images: &[P],
    ) -> Result<Vec<Reading>, ClassifierError> {
        for (image, pixels) in (1..).zip(images.iter().map(P::as_ref)) {
            let found = pixels.len();
            if found != PIXELS {
                return Err(ClassifierError::Width { image, found });
            }
            if !pixels.iter().all(|pixel| pixel.is_finite()) {
                return Err(ClassifierError::NotFinite { image });
            }
        }
        let mut readings = Vec::with_capacity(images.len());
        for chunk in images.chunks(AT_ONCE) {
            let mut pixels: Vec<f32> = chunk.iter().flat_map(P::as_ref).copied().collect();
            pixels.resize(AT_ONCE * PIXELS, 0.0);
            let pixels = HostTensor::f32([AT_ONCE, PIXELS], pixels);
            self.plan
                .run(&Feeds::from([(PIXELS_IN.to_owned(), pixels)]))?;
            let outputs = self.plan.drain().await?.pop().unwrap_or_default();
            let rows = |name: &str, width: usize| {
                let values = outputs.get(name).map_or(&[][..], HostTensor::as_f32);
                values.chunks(width).take(chunk.len())
            };
            let logits = rows(LOGITS, CLASSES);
            let features = rows(FEATURES, Network::HIDDEN);
            readings.extend(logits.zip(features).map(|(l, f)| Reading::new(l, f)));
        }
        Ok(readings)
    }

    /// The classifier whose weights `engine` holds.
    async fn of(engine: CpuEngine) -> Result<Self, ClassifierError> {
        let builder = Builder::new();
        let pixels = Network::pixels(&builder, AT_ONCE);
        let read = Network::read(&Weights::new(&builder, Weights::POLICY), pixels);
        builder.output(LOGITS, read.logits);
        builder.output(FEATURES, read.features);
        let plan = engine.compile(&builder.finish()?).await?;
        Ok(DigitClassifier { engine, plan })
    }
}
