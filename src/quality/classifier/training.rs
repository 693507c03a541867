//! How the classifier learns.

use serde::Serialize;

use super::network::{Network, PIXELS_IN};
use super::{ClassifierError, DigitClassifier};
use crate::digits::{Digit, PIXELS};
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Feeds, HostTensor};
use crate::graph::{Builder, DType, Graph, GraphError};
use crate::optimizer::{AdamW, Schedule};
use crate::policy::{Weights, state_name};
use crate::rng::{self, Purpose};

/// The numbers that make a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Training {
    /// Updates of AdamW.
    pub updates: u32,
    /// Digits in an update.
    pub batch: usize,
    /// The step of the first update; it falls to 0 evenly.
    pub learning_rate: f32,
    /// Decoupled weight decay of matrices.
    pub weight_decay: f32,
    /// The standard deviation of the noise on each pixel while learning, where 2 is from paper to ink:
    /// generated digits are not clean.
    pub noise: f32,
    /// Decides the first weights, the order of the digits and the noise.
    pub seed: u64,
}

impl Default for Training {
    /// What the shipped classifier was made with.
    fn default() -> Self {
        Training {
            updates: 2000,
            batch: 64,
            learning_rate: 3e-3,
            weight_decay: 0.01,
            noise: 0.2,
            seed: 0,
        }
    }
}

const TARGETS: &str = "classifier/digits";
const LOSS: &str = "loss";
const GRADIENT_NORM: &str = "grad_norm";

impl DigitClassifier {
    /// A classifier that has learnt `digits`, by minimising −log p(digit | image).
    ///
    /// # Errors
    /// There are no digits, or the loss is no longer a number.
    pub async fn train(digits: &[Digit], training: &Training) -> Result<Self, ClassifierError> {
        if digits.is_empty() {
            return Err(ClassifierError::NoDigits);
        }
        let (engine, optimizer) = (CpuEngine::new(), AdamW::default());
        let parameters = Network::parameters();
        for (index, parameter) in parameters.iter().enumerate() {
            let name = state_name(Weights::POLICY, &parameter.name);
            engine.write(&name, parameter.start(training.seed, index))?;
        }
        optimizer.reset(&engine, &parameters)?;
        let mut plan = engine.compile(&training.graph(&optimizer)?).await?;
        for update in 1..=training.updates {
            let mut feeds = training.feeds(digits, update);
            optimizer.feed(&training.schedule(update), update, &mut feeds);
            plan.run(&feeds)?;
            let outputs = plan.drain().await?.pop().unwrap_or_default();
            let number = |name| outputs.get(name).map_or(f32::NAN, HostTensor::first);
            if !(number(LOSS) + number(GRADIENT_NORM)).is_finite() {
                return Err(ClassifierError::Diverged { update });
            }
        }
        drop(plan);
        Self::of(engine).await
    }
}

impl Training {
    fn graph(&self, optimizer: &AdamW) -> Result<Graph, GraphError> {
        let builder = Builder::new();
        let pixels = Network::pixels(&builder, self.batch);
        let read = Network::read(&Weights::new(&builder, Weights::POLICY), pixels);
        let targets = builder.input(TARGETS, DType::U32, [self.batch]);
        let loss = -read.logits.token_log_prob(targets).mean();
        let report = optimizer.minimise(&builder, loss, &Network::parameters());
        builder.output(LOSS, loss);
        builder.output(GRADIENT_NORM, report.norm);
        builder.finish()
    }

    /// The digits of an update, with fresh noise; each comes once an epoch.
    fn feeds(&self, digits: &[Digit], update: u32) -> Feeds {
        let (key, size) = (rng::key(self.seed), self.batch);
        let drawn = u64::from(update - 1) * size as u64;
        let chosen = rng::batch(key, Purpose::Shuffle, drawn, size, digits.len());
        let chosen: Vec<&Digit> = chosen.into_iter().map(|place| &digits[place]).collect();
        let pixels = (0..).zip(chosen.iter().flat_map(|digit| digit.scaled()));
        let pixels = pixels.map(|(place, pixel)| {
            pixel + self.noise * rng::normal(key, Purpose::Noise, update, place)
        });
        let labels = chosen.iter().map(|digit| u32::from(digit.label));
        Feeds::from([
            (
                PIXELS_IN.to_owned(),
                HostTensor::f32([size, PIXELS], pixels.collect()),
            ),
            (
                TARGETS.to_owned(),
                HostTensor::u32([size], labels.collect()),
            ),
        ])
    }

    fn schedule(&self, update: u32) -> Schedule {
        let left = (self.updates - update + 1) as f32 / self.updates as f32;
        Schedule {
            learning_rate: self.learning_rate * left,
            weight_decay: self.weight_decay,
            max_grad_norm: 0.0,
        }
    }
}
