//! How good a diffusion policy's samples are.

use std::path::Path;

use alignment_playground::policy::diffusion::{DiffusionSample, Draw};
use alignment_playground::quality::{
    DigitClassifier, accuracy, frechet, mean_entropy, sliced_wasserstein,
};
use alignment_playground::session::spread_classes;
use serde::Serialize;

use super::trainer::Trainer;
use super::{Data, Recipe, Subject};
use crate::commands::failure::{Failure, read};

/// What was measured, on the weights as they are stored.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Numbers in the weights.
    pub parameters: usize,
    /// Bytes of the weights' file.
    pub bytes: usize,
    /// Mean squared denoising error of the samples learnt from.
    pub training: f64,
    /// Of those held out.
    pub held_out: f64,
    /// Samples, by how they are drawn.
    pub drawn: Vec<(Draw, Quality)>,
    /// Real data in their place that the policy learnt from: about what a perfect policy would have.
    pub real: Quality,
}

/// How good a set of samples is.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Quality {
    /// Of points: the sliced Wasserstein distance from the data held out.
    Points { distance: f64 },
    /// Of digits: what a classifier that has seen the same training images makes of them.
    Digits {
        /// The share taken for the digit that was asked for.
        accuracy: f64,
        /// How unsure it is of one, nats.
        entropy: f64,
        /// The squared Fréchet distance of its features from those of the images held out.
        frechet: f64,
    },
}

/// Samples in a measurement of points, and of digits.
const POINTS: usize = 4096;
const DIGITS: usize = 1000;
/// Samples drawn at once.
const AT_ONCE: usize = 500;
/// The independent classifier.
const CLASSIFIER: &str = "www/assets/digits/classifier.safetensors";

/// Measures samples against the data held out.
pub struct Meter<'a> {
    held_out: &'a [DiffusionSample],
    /// For digits.
    classifier: Option<DigitClassifier>,
}

impl<'a> Meter<'a> {
    /// What measures samples of `subject`.
    pub async fn new(subject: Subject, data: &'a Data) -> Result<Self, Failure> {
        let classifier = match subject {
            Subject::Digits => Some(DigitClassifier::load(&read(Path::new(CLASSIFIER))?).await?),
            Subject::Points(_) => None,
        };
        Ok(Meter {
            held_out: &data.held_out,
            classifier,
        })
    }

    /// How good `samples` are.
    pub async fn measure(&mut self, samples: &[DiffusionSample]) -> Result<Quality, Failure> {
        let values =
            |samples: &'a [DiffusionSample]| samples.iter().map(|sample| sample.values.as_slice());
        let own: Vec<&[f32]> = samples
            .iter()
            .map(|sample| sample.values.as_slice())
            .collect();
        let held_out: Vec<&[f32]> = values(self.held_out).collect();
        let Some(classifier) = &mut self.classifier else {
            let distance = sliced_wasserstein(&own, &held_out, 0)?;
            return Ok(Quality::Points { distance });
        };
        let (own, held_out) = (
            classifier.read(&own).await?,
            classifier.read(&held_out).await?,
        );
        let intended: Vec<u32> = samples.iter().map(|sample| sample.class).collect();
        let features = |readings: &[_]| -> Vec<Vec<f32>> {
            let readings: &[alignment_playground::quality::Reading] = readings;
            readings
                .iter()
                .map(|reading| reading.features.clone())
                .collect()
        };
        Ok(Quality::Digits {
            accuracy: accuracy(&own, &intended),
            entropy: mean_entropy(&own),
            frechet: frechet(&features(&own), &features(&held_out))?,
        })
    }
}

/// The ways of drawing that the card tells of: DDIM in the page's steps and in more, DDPM's ancestral sampler, and
/// guidance.
fn ways(seed: u64) -> [Draw; 4] {
    let way = |steps, guidance, eta| Draw {
        guidance,
        eta,
        ..Draw::ddim(steps, seed)
    };
    [
        way(20, 1.0, 0.0),
        way(100, 1.0, 0.0),
        way(100, 1.0, 1.0),
        way(20, 2.0, 0.0),
    ]
}

/// Measures the policy as it stands.
pub async fn measure(
    trainer: &mut Trainer,
    recipe: &Recipe,
    data: &Data,
    bytes: usize,
) -> Result<Figures, Failure> {
    let parameters = trainer.parameters().iter();
    let parameters = parameters.map(|parameter| parameter.shape.elements()).sum();
    let mut meter = Meter::new(recipe.subject, data).await?;
    let count = match recipe.subject {
        Subject::Digits => DIGITS,
        Subject::Points(_) => POINTS,
    };
    let classes = spread_classes(recipe.subject.classes(), count, recipe.seed);
    let mut drawn = Vec::new();
    for way in ways(recipe.seed) {
        let mut samples = Vec::with_capacity(count);
        for (lot, classes) in (0..).zip(classes.chunks(AT_ONCE)) {
            let seed = way.seed + lot;
            samples.extend(trainer.samples(classes, Draw { seed, ..way }).await?);
        }
        drawn.push((way, meter.measure(&samples).await?));
    }
    let real = &data.training[..count.min(data.training.len())];
    Ok(Figures {
        parameters,
        bytes,
        training: trainer.error(real).await?,
        held_out: trainer.error(&data.held_out).await?,
        drawn,
        real: meter.measure(real).await?,
    })
}
