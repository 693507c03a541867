//! Pre-trains a diffusion policy: on points of a named distribution, or on handwritten digits.

mod card;
mod quality;
mod trainer;

use std::fmt;
use std::path::PathBuf;

use alignment_playground::digits;
use alignment_playground::points::{self, Distribution, Named};
use alignment_playground::policy::diffusion::{BetaSchedule, Config, DiffusionSample, Prediction};
use alignment_playground::policy::{self, Precision};

use self::card::Card;
use self::trainer::Trainer;
use super::Arguments;
use crate::commands::failure::{Failure, read_text, write};

/// The images that the policy `digits` learns from.
const DIGITS: &str = "www/assets/digits/digits.csv";
/// Points that a policy learns from, and that it is measured by.
const POINTS: u32 = 20_000;
const HELD_OUT_POINTS: u32 = 4096;

/// What a policy learns to draw.
#[derive(Clone, Copy)]
pub enum Subject {
    /// Handwritten digits of 8 × 8 pixels.
    Digits,
    /// Points of a distribution over the plane.
    Points(&'static Named),
}

/// Everything that decides what pre-training gives.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub subject: Subject,
    pub steps: u32,
    pub seed: u64,
    pub width: usize,
    pub blocks: usize,
    pub batch: u32,
    pub learning_rate: f32,
    pub weight_decay: f32,
    /// The share of the samples whose class is not told while learning.
    pub hide: f32,
}

/// What is learnt from, and what it is measured by.
pub struct Data {
    pub training: Vec<DiffusionSample>,
    pub held_out: Vec<DiffusionSample>,
}

impl Subject {
    /// The subject of this name.
    pub fn named(name: &str) -> Result<Self, Failure> {
        match name {
            "digits" => Ok(Subject::Digits),
            name => Ok(Subject::Points(points::by_name(name)?)),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Subject::Digits => "digits",
            Subject::Points(named) => named.name,
        }
    }

    /// How many kinds of samples there are.
    pub fn classes(self) -> usize {
        match self {
            Subject::Digits => digits::CLASSES,
            Subject::Points(named) => named.classes(),
        }
    }

    fn recipe(self) -> Recipe {
        let digits = matches!(self, Subject::Digits);
        Recipe {
            subject: self,
            steps: if digits { 4_000 } else { 6_000 },
            seed: 0,
            width: if digits { 160 } else { 64 },
            blocks: if digits { 4 } else { 3 },
            batch: if digits { 128 } else { 256 },
            learning_rate: if digits { 1e-3 } else { 2e-3 },
            weight_decay: if digits { 0.01 } else { 0.0 },
            hide: 0.1,
        }
    }

    fn data(self, seed: u64) -> Result<Data, Failure> {
        match self {
            Subject::Digits => {
                let path = PathBuf::from(DIGITS);
                let digits = digits::read_digits(&read_text(&path)?)
                    .map_err(|source| Failure::Digits { path, source })?;
                let split = digits::split(&digits, digits::SPLIT_SEED);
                let samples = |part: &[digits::Digit]| {
                    let samples = part.iter();
                    samples
                        .map(|digit| {
                            DiffusionSample::new(digit.label.into(), digit.scaled().to_vec())
                        })
                        .collect()
                };
                Ok(Data {
                    training: samples(&split.training),
                    held_out: samples(&split.held_out),
                })
            }
            Subject::Points(named) => {
                let sample = |index| {
                    let (point, class) = named.labelled(seed, index);
                    DiffusionSample::new(class as u32, point.to_vec())
                };
                Ok(Data {
                    training: (0..POINTS).map(sample).collect(),
                    held_out: (POINTS..POINTS + HELD_OUT_POINTS).map(sample).collect(),
                })
            }
        }
    }
}

impl Recipe {
    /// With what the command line says otherwise.
    fn with(self, arguments: &Arguments) -> Self {
        Recipe {
            subject: self.subject,
            steps: arguments.steps.unwrap_or(self.steps),
            seed: arguments.seed,
            width: arguments.width.unwrap_or(self.width),
            blocks: arguments.layers.unwrap_or(self.blocks),
            batch: arguments.batch.unwrap_or(self.batch),
            learning_rate: arguments.learning_rate.unwrap_or(self.learning_rate),
            weight_decay: arguments.weight_decay.unwrap_or(self.weight_decay),
            hide: arguments.hide.unwrap_or(self.hide),
        }
    }

    fn config(&self) -> Config {
        let digits = matches!(self.subject, Subject::Digits);
        Config {
            model_type: Config::MODEL_TYPE.to_owned(),
            dimensions: if digits { digits::PIXELS } else { 2 },
            classes: self.subject.classes(),
            width: self.width,
            hidden: 2 * self.width,
            blocks: self.blocks,
            time_features: 64,
            num_train_timesteps: 1000,
            beta_schedule: BetaSchedule::Cosine,
            prediction_type: Prediction::Velocity,
            clip_sample_range: digits.then_some(1.0),
        }
    }
}

/// The command line that gives this recipe.
impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recipe {
            subject,
            steps,
            seed,
            width,
            blocks,
            batch,
            learning_rate,
            weight_decay,
            hide,
        } = self;
        write!(
            f,
            "pretrain {} --steps {steps} --seed {seed} --width {width} --layers {blocks} --batch {batch} \
             --learning-rate {learning_rate} --weight-decay {weight_decay} --hide {hide}",
            subject.name()
        )
    }
}

/// Pre-trains, measures and writes.
pub async fn pretrain(subject: Subject, arguments: &Arguments) -> Result<(), Failure> {
    let recipe = subject.recipe().with(arguments);
    let data = subject.data(recipe.seed)?;
    let config = recipe.config();
    let mut trainer = Trainer::new(config.clone(), recipe.seed)?;
    trainer.train(&recipe, &data).await?;

    // From here on the policy is the one that the file holds: rounded to 16 bits.
    let parameters = trainer.parameters();
    let weights = policy::save(parameters, &trainer.weights().await?, Precision::F16)?;
    trainer.set_weights(policy::load(&weights, parameters)?)?;
    let figures = quality::measure(&mut trainer, &recipe, &data, weights.len()).await?;
    let card = Card {
        recipe: &recipe,
        data: &data,
        figures: &figures,
    };
    let default = PathBuf::from("www/assets/policies").join(subject.name());
    let directory = arguments.out.as_ref().unwrap_or(&default);
    let config = format!("{:#}\n", serde_json::to_value(&config)?);
    for (name, contents) in [
        ("config.json", config.as_bytes()),
        ("model.safetensors", &weights),
        ("README.md", card.to_string().as_bytes()),
    ] {
        write(&directory.join(name), contents)?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "{:.4} held out; written to {}",
            figures.held_out,
            directory.display()
        );
    }
    Ok(())
}
