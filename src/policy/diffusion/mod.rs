//! Diffusion policies: denoisers, scored by how well they tell the noise in a sample.
//!
//! log π of a sample is what the evidence bound makes of it: minus half the mean squared error of the
//! denoiser, up to a constant that no comparison with a reference sees. With that, the formulas over
//! log-ratios are those of Diffusion-DPO (Wallace et al. 2023, eq. 14, in the scale of its code: the mean over
//! dimensions, and ½ β for β T ω).

mod config;
pub mod consistency;
mod denoiser;
mod distillation;
mod path;
mod sampler;
mod schedule;

use self::consistency::Neighbours;
use self::distillation::Lesson;
pub use config::{Config, ConfigError};
pub use denoiser::{Denoiser, Noised};
pub use path::Path;
pub use sampler::{Sampler, Samplers, step_graph};
pub use schedule::{BetaSchedule, Level, Prediction, Schedule, Step};

use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::LazyLock;

use serde::Serialize;

use super::{
    Alternatives, Choices, DrawError, Glance, Parameter, Policy, PolicyKind, PolicyScores, Source,
    Weights,
};
use crate::engine::{Engine, Feeds, HostTensor};
use crate::graph::{DType, Expr};
use crate::hyperparameter::Hyperparameter;
use crate::rng::{self, Purpose};

/// A denoiser as a policy over samples of classes.
#[derive(Clone, Debug)]
pub struct DiffusionPolicy {
    denoiser: Denoiser,
}

/// A sample under its class, and how it is looked at when it is scored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DiffusionSample {
    /// The class it is drawn under.
    pub class: u32,
    /// Its numbers.
    pub values: Numbers,
    look: Look,
}

/// The numbers of a sample, shared by its copies; they are the same if their bits are.
#[derive(Clone, Debug)]
pub struct Numbers(Rc<[f32]>);

/// At which noise a sample is scored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Look {
    /// At [`LOOKS`] timesteps spread evenly, with noise that is always the same.
    Measured,
    /// At one timestep and one noise, both the luck of this seed.
    Once(u64),
    /// At two neighbours of so many levels of one noise, the luck of this seed.
    Neighbours { seed: u64, levels: usize },
    /// At what is drawn in its place.
    Distilled(Lesson),
    /// At each step of the way that it was drawn.
    Drawn(Path),
}

/// How many timesteps a sample is measured at.
pub const LOOKS: usize = 8;

/// How samples are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Draw {
    /// Steps from noise to sample.
    pub steps: usize,
    /// How much the class counts: 1 as it is, more exaggerates it (Ho and Salimans 2022, where it is w + 1).
    pub guidance: f32,
    /// Fresh noise at each step: 0 for DDIM, 1 for DDPM's ancestral sampler.
    pub eta: f32,
    /// The luck.
    pub seed: u64,
    /// Whether samples keep the way that they were drawn, to be scored by its steps; only where noise is added.
    pub kept: bool,
}

/// What [`Draw`] is set by.
pub static SAMPLING: LazyLock<[Hyperparameter; 3]> = LazyLock::new(|| {
    [
        Hyperparameter::linear(
            "sampling_steps",
            "Sampling steps",
            "Steps from noise to a sample that is drawn to learn from.",
        )
        .over(20.0, 1.0, 1000.0)
        .whole(),
        Hyperparameter {
            step: 0.1,
            ..Hyperparameter::linear(
                "guidance",
                "Guidance",
                "How much the class counts in drawing: 1 as it was learnt, more exaggerates it.",
            )
            .over(1.0, 0.0, 10.0)
        },
        Hyperparameter::linear(
            "eta",
            "Fresh noise (eta)",
            "Noise added at each sampling step: 0 is DDIM, 1 is DDPM's ancestral sampler.",
        ),
    ]
});

/// The shape of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoisedLayout {
    /// Samples.
    pub samples: usize,
    /// How often each is looked at.
    pub looks: usize,
    /// What is looked at.
    pub looks_at: LooksAt,
}

/// What a batch of samples is scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LooksAt {
    /// How well the noise in them is told.
    Noise,
    /// The steps of the way that they were drawn.
    Steps,
    /// How far apart the guesses at neighbouring levels of noise are.
    Neighbours,
    /// What a teacher and a follower make of what the policy draws in one step.
    Distilled,
}

const VALUES: &str = "batch/noised";
const TARGETS: &str = "batch/targets";
pub(crate) const TIMES: &str = "batch/times";
const CLASSES: &str = "batch/classes";
const OWNERS: &str = "batch/owners";
const ORDER: &str = "batch/order";
const FACTORS: &str = "batch/factors";
/// Numbers of a step of a path.
const FACTORS_OF_STEP: usize = 5;
/// Of one of two neighbours: what a guess of the sample is made of, and what their difference counts for.
const FACTORS_OF_NEIGHBOUR: usize = 3;

impl DiffusionSample {
    /// A sample of `class`.
    pub fn new(class: u32, values: Vec<f32>) -> Self {
        DiffusionSample {
            class,
            values: Numbers(values.into()),
            look: Look::Measured,
        }
    }

    /// The same sample under another class.
    pub fn of_class(self, class: u32) -> Self {
        DiffusionSample { class, ..self }
    }
}

impl Numbers {
    /// As a slice.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        let bits = |numbers: &Numbers| numbers.0.iter().map(|number| number.to_bits()).collect();
        let (own, others): (Vec<u32>, Vec<u32>) = (bits(self), bits(other));
        own == others
    }
}

impl Eq for Numbers {}

impl Hash for Numbers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for number in self.0.iter() {
            number.to_bits().hash(state);
        }
    }
}

impl Draw {
    /// DDIM's in so many steps, without guidance.
    pub fn ddim(steps: usize, seed: u64) -> Self {
        Draw {
            steps,
            guidance: 1.0,
            eta: 0.0,
            seed,
            kept: false,
        }
    }

    /// By the numbers of [`SAMPLING`].
    pub fn by(number: &dyn Fn(&str) -> f64, seed: u64) -> Self {
        Draw {
            guidance: number("guidance") as f32,
            eta: number("eta") as f32,
            ..Draw::ddim(number("sampling_steps") as usize, seed)
        }
    }
}

impl DiffusionPolicy {
    /// The policy of a configuration.
    pub fn new(config: Config) -> Self {
        DiffusionPolicy {
            denoiser: Denoiser::new(config),
        }
    }

    /// The network inside.
    pub fn denoiser(&self) -> &Denoiser {
        &self.denoiser
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        self.denoiser.config()
    }

    /// Whether the policy knows the class of `sample` and its numbers are as many as it draws.
    pub fn fits(&self, sample: &DiffusionSample) -> bool {
        let Config {
            dimensions,
            classes,
            ..
        } = *self.config();
        let known = (sample.class as usize) < classes.max(1);
        known && sample.values.as_slice().len() == dimensions
    }

    /// The timesteps that samples are measured at.
    pub fn measured_timesteps(&self) -> [usize; LOOKS] {
        let all = self.denoiser.schedule().timesteps();
        std::array::from_fn(|look| (2 * look + 1) * all / (2 * LOOKS))
    }

    /// The timestep and the seed of the noise of each look at `sample`.
    fn looks(&self, sample: &DiffusionSample) -> Vec<(usize, u64)> {
        match &sample.look {
            Look::Drawn(_) | Look::Distilled(_) => Vec::new(),
            Look::Neighbours { seed, levels } => {
                let neighbours = Neighbours::drawn(self.denoiser.schedule(), *levels, *seed);
                neighbours
                    .timesteps
                    .map(|timestep| (timestep, *seed))
                    .into()
            }
            Look::Measured => self.measured_timesteps().into_iter().zip(0..).collect(),
            Look::Once(seed) => {
                let all = self.denoiser.schedule().timesteps();
                let share = rng::uniform(rng::key(*seed), Purpose::Timestep, 0, 0);
                vec![((share * all as f32) as usize, *seed)]
            }
        }
    }
}

impl DiffusionPolicy {
    /// As [`consistency::distances`] reads them.
    fn factors_of_neighbours(&self, seed: u64, levels: usize) -> impl Iterator<Item = f32> {
        let schedule = self.denoiser.schedule();
        let neighbours = Neighbours::drawn(schedule, levels, seed);
        let prediction = self.config().prediction_type;
        let weights = [neighbours.weight as f32, 0.0];
        let rows = neighbours.timesteps.into_iter().zip(weights);
        rows.flat_map(move |(timestep, weight)| {
            let [of_sample, of_told] = schedule.level(timestep).guess(prediction);
            [of_sample as f32, of_told as f32, weight]
        })
    }
}

impl NoisedLayout {
    /// How many factors a row is fed, if any.
    fn factors(self) -> Option<usize> {
        match self.looks_at {
            LooksAt::Noise | LooksAt::Distilled => None,
            LooksAt::Steps => Some(FACTORS_OF_STEP),
            LooksAt::Neighbours => Some(FACTORS_OF_NEIGHBOUR),
        }
    }
}

impl Policy for DiffusionPolicy {
    type Sample = DiffusionSample;
    type Layout = NoisedLayout;
    type Draw = Draw;
    type Generators = Samplers;

    const KIND: PolicyKind = PolicyKind::Denoiser;

    fn sampling(&self) -> &'static [Hyperparameter] {
        &*SAMPLING
    }

    fn drawing(&self, number: &dyn Fn(&str) -> f64, seed: u64) -> Draw {
        Draw::by(number, seed)
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.denoiser.parameters()
    }

    fn layout(&self, samples: &[&DiffusionSample]) -> NoisedLayout {
        NoisedLayout {
            samples: samples.len(),
            looks: samples.first().map_or(1, |sample| self.choices(sample)),
            looks_at: match samples.first().map(|sample| &sample.look) {
                Some(Look::Drawn(_)) => LooksAt::Steps,
                Some(Look::Neighbours { .. }) => LooksAt::Neighbours,
                Some(Look::Distilled(_)) => LooksAt::Distilled,
                _ => LooksAt::Noise,
            },
        }
    }

    fn feeds(&self, samples: &[&DiffusionSample], layout: NoisedLayout) -> Feeds {
        let config = self.config();
        let (mut values, mut targets) = (Vec::new(), Vec::new());
        let (mut times, mut classes, mut factors) = (Vec::new(), Vec::new(), Vec::new());
        for sample in samples {
            for (timestep, seed) in self.looks(sample) {
                let (key, level) = (rng::key(seed), self.denoiser.schedule().level(timestep));
                for (element, &value) in (0..).zip(sample.values.as_slice()) {
                    let noise = rng::normal(key, Purpose::Noise, 0, element);
                    values.push(level.noised(value, noise));
                    targets.push(level.target(config.prediction_type, value, noise));
                }
                times.extend(self.denoiser.time_features(timestep));
                classes.push(sample.class);
            }
        }
        let NoisedLayout {
            samples: count,
            looks,
            ..
        } = layout;
        let paths = samples.iter().filter_map(|sample| match &sample.look {
            Look::Drawn(path) => Some((sample.class, path)),
            _ => None,
        });
        for (class, path) in paths {
            values.extend(path.before());
            targets.extend(path.after());
            for timestep in path.timesteps() {
                times.extend(self.denoiser.time_features(timestep));
                classes.push(class);
            }
            factors.extend(path.factors());
        }
        for sample in samples {
            if let Look::Neighbours { seed, levels } = sample.look {
                factors.extend(self.factors_of_neighbours(seed, levels));
            }
        }
        let rows = count * looks;
        let owners = (0..count as u32).flat_map(|sample| std::iter::repeat_n(sample, looks));
        let order = (0..count).flat_map(|_| (0..looks).map(|look| look as f32));
        let feed = |name: &str, tensor| (name.to_owned(), tensor);
        let factors = layout
            .factors()
            .map(|width| feed(FACTORS, HostTensor::f32([rows, width], factors)));
        if layout.looks_at == LooksAt::Distilled {
            let mut feeds = distillation::feeds(&self.denoiser, samples);
            feeds.extend([
                feed(OWNERS, HostTensor::u32([rows], owners.collect())),
                feed(ORDER, HostTensor::f32([rows], order.collect())),
            ]);
            return feeds;
        }
        let feeds = Feeds::from([
            feed(VALUES, HostTensor::f32([rows, config.dimensions], values)),
            feed(TARGETS, HostTensor::f32([rows, config.dimensions], targets)),
            feed(TIMES, HostTensor::f32([rows, config.time_features], times)),
            feed(CLASSES, HostTensor::u32([rows], classes)),
            feed(OWNERS, HostTensor::u32([rows], owners.collect())),
            feed(ORDER, HostTensor::f32([rows], order.collect())),
        ]);
        feeds.into_iter().chain(factors).collect()
    }

    /// One for each look.
    fn choices(&self, sample: &DiffusionSample) -> usize {
        match &sample.look {
            Look::Measured => LOOKS,
            Look::Once(_) | Look::Distilled(_) => 1,
            Look::Neighbours { .. } => 2,
            Look::Drawn(path) => path.steps(),
        }
    }

    fn places(&self, layout: NoisedLayout) -> usize {
        layout.samples * layout.looks
    }

    /// Steps that add no noise have no likelihood: DDPM's sampler draws in place of DDIM, and in two steps at least,
    /// since the last one adds none.
    fn by_steps(&self, draw: Draw) -> Draw {
        Draw {
            kept: true,
            eta: if draw.eta > 0.0 { draw.eta } else { 1.0 },
            steps: draw.steps.max(2),
            ..draw
        }
    }

    /// A sample that has kept its way is looked at all along it.
    fn looked_at(&self, sample: DiffusionSample, glance: Glance) -> DiffusionSample {
        let look = match (sample.look, glance) {
            (Look::Drawn(path), _) => Look::Drawn(path),
            (_, Glance::Once(seed)) => Look::Once(seed),
            (_, Glance::Neighbours { seed, levels }) => Look::Neighbours { seed, levels },
            (
                _,
                Glance::Distilled {
                    seed,
                    forget,
                    instead,
                },
            ) => {
                let classes = self.config().classes as u32;
                let instead = instead.filter(|class| *class < classes);
                Look::Distilled(Lesson::new(seed, sample.class, forget, instead, classes))
            }
        };
        DiffusionSample { look, ..sample }
    }

    fn class(&self, sample: &DiffusionSample) -> Option<u32> {
        Some(sample.class)
    }

    fn in_one_step(&self, draw: Draw) -> Draw {
        Draw {
            kept: false,
            ..Draw::ddim(1, draw.seed)
        }
    }

    fn answered(&self, asked: &DiffusionSample, answer: &DiffusionSample) -> DiffusionSample {
        DiffusionSample {
            class: asked.class,
            ..answer.clone()
        }
    }

    fn scores<'g>(&self, weights: &Weights<'g>, layout: NoisedLayout) -> PolicyScores<'g> {
        let (builder, config) = (weights.builder(), self.config());
        let NoisedLayout {
            samples,
            looks,
            looks_at,
        } = layout;
        let rows = samples * looks;
        let choices = |weight: f32| Choices {
            samples,
            owners: builder.input(OWNERS, DType::U32, [rows]),
            order: builder.input(ORDER, DType::F32, [rows]),
            weights: builder.constant(weight).broadcast_to([rows]),
        };
        if looks_at == LooksAt::Distilled {
            let distilled = distillation::distilled(&self.denoiser, weights, rows);
            let gap = distilled.teacher - distilled.follower;
            let gap = gap.square().sum(&[1]).reshape([rows]);
            return PolicyScores {
                choices: choices(1.0),
                log_probs: gap / (-2.0 * config.dimensions as f32),
                alternatives: Alternatives::Normal(distilled.sample),
                distilled: Some(distilled),
            };
        }
        let table = |name, width| builder.input(name, DType::F32, [rows, width]);
        let noised = Noised {
            values: table(VALUES, config.dimensions),
            times: table(TIMES, config.time_features),
            classes: builder.input(CLASSES, DType::U32, [rows]),
        };
        let told = self.denoiser.predictions(weights, noised);
        let targets = || table(TARGETS, config.dimensions);
        let mean_squares = |errors: Expr<'g>| {
            let squares = errors.square().sum(&[1]).reshape([rows]);
            squares / (-2.0 * config.dimensions as f32)
        };
        let (log_probs, weight) = match looks_at {
            LooksAt::Noise | LooksAt::Distilled => {
                (mean_squares(told - targets()), 1.0 / looks as f32)
            }
            LooksAt::Steps => {
                let factors = table(FACTORS, FACTORS_OF_STEP);
                let errors = path::errors(noised.values, told, targets(), factors, config);
                (mean_squares(errors), 1.0 / looks as f32)
            }
            LooksAt::Neighbours => {
                let factors = table(FACTORS, FACTORS_OF_NEIGHBOUR);
                let distances = consistency::distances(noised.values, told, factors, config);
                (-distances, 1.0)
            }
        };
        PolicyScores {
            choices: choices(weight),
            log_probs,
            distilled: None,
            alternatives: Alternatives::Normal(told),
        }
    }

    async fn draw(
        &self,
        engine: &dyn Engine,
        samplers: &mut Samplers,
        prompts: &[&DiffusionSample],
        source: Source,
        draw: Draw,
    ) -> Result<Vec<DiffusionSample>, DrawError> {
        let classes: Vec<u32> = prompts.iter().map(|prompt| prompt.class).collect();
        let rows = classes.len();
        if rows == 0 {
            return Ok(Vec::new());
        }
        let denoiser = &self.denoiser;
        let sampler = samplers.get(engine, denoiser, source, rows, draw).await?;
        let mut states = Vec::new();
        let watch = draw.kept.then_some(&mut states);
        let drawn = sampler
            .draw(engine, denoiser, &classes, source, draw, watch)
            .await?;
        let width = self.config().dimensions;
        let samples = classes.iter().zip(drawn.chunks_exact(width)).enumerate();
        Ok(samples
            .map(|(place, (&class, values))| {
                let sample = DiffusionSample::new(class, values.to_vec());
                let own = place * width..(place + 1) * width;
                match draw.kept {
                    false => sample,
                    true => DiffusionSample {
                        look: Look::Drawn(Path::new(denoiser, draw, &states, own)),
                        ..sample
                    },
                }
            })
            .collect())
    }
}
