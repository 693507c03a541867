//! Distillation by scores: the policy draws in one step, its samples are noised again, and a teacher and a follower of
//! the policy guess what they were (Zhou et al. 2024, Score identity Distillation; Chen et al. 2024, Score Forgetting
//! Distillation, where the teacher of a class to forget is asked for another one).

use super::denoiser::{Denoiser, Noised};
use super::schedule::Level;
use super::{CLASSES, DiffusionSample, Look, TARGETS, TIMES, VALUES};
use crate::engine::{Feeds, HostTensor};
use crate::graph::{Builder, DType, Expr};
use crate::policy::{Distilled, Weights};
use crate::rng::{self, Purpose};

/// The timesteps at which samples are noised again, as shares of all (tqch/score-forgetting-distillation, its CIFAR-10
/// settings: 38 to 711 of 1000).
const NOISED: [f64; 2] = [0.038, 0.712];

const NOISED_TIMES: &str = "batch/noised_times";
const TAUGHT: &str = "batch/taught_classes";
const FACTORS: &str = "batch/distillation";
/// Numbers of a row: what the policy's sample and what a guess of it are made of, signal and noise, and whether its
/// class is to be forgotten.
const WIDTH: usize = 7;

/// One sample to be drawn and noised again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lesson {
    /// The noise that it is drawn from, and the noise on it.
    pub(super) seed: u64,
    /// The class that the teacher is asked for.
    pub(super) taught: u32,
    /// Whether the sample's own class is to be forgotten.
    pub(super) forgets: bool,
}

impl Lesson {
    /// That of a sample of `class`, where `forget` is to become `instead`, or any other of all `classes`.
    pub(super) fn new(
        seed: u64,
        class: u32,
        forget: u32,
        instead: Option<u32>,
        classes: u32,
    ) -> Self {
        let forgets = class == forget;
        let other = || {
            let luck = rng::uniform(rng::key(seed), Purpose::Data, 0, 0);
            let others = classes.saturating_sub(1).max(1);
            let skipped = (luck * others as f32) as u32;
            (forget + 1 + skipped.min(others - 1)) % classes.max(1)
        };
        Lesson {
            seed,
            taught: match forgets {
                true => instead.unwrap_or_else(other),
                false => class,
            },
            forgets,
        }
    }
}

/// What is fed for samples that all have a lesson.
pub(super) fn feeds(denoiser: &Denoiser, samples: &[&DiffusionSample]) -> Feeds {
    let (config, schedule) = (denoiser.config(), denoiser.schedule());
    let (width, all) = (config.dimensions, schedule.timesteps());
    let last = all.saturating_sub(1);
    let (mut noise, mut again) = (Vec::new(), Vec::new());
    let (mut times, mut noised_times) = (Vec::new(), Vec::new());
    let (mut classes, mut taught, mut factors) = (Vec::new(), Vec::new(), Vec::new());
    for sample in samples {
        let Look::Distilled(lesson) = sample.look else {
            continue;
        };
        let key = rng::key(lesson.seed);
        let normal = |round: u32| {
            (0..width as u32).map(move |element| rng::normal(key, Purpose::Noise, round, element))
        };
        noise.extend(normal(0));
        again.extend(normal(1));
        let luck = f64::from(rng::uniform(key, Purpose::Timestep, 0, 0));
        let timestep = ((NOISED[0] + luck * (NOISED[1] - NOISED[0])) * all as f64) as usize;
        times.extend(denoiser.time_features(last));
        noised_times.extend(denoiser.time_features(timestep));
        classes.push(sample.class);
        taught.push(lesson.taught);
        let level @ Level { signal, noise } = schedule.level(timestep);
        let drawn = schedule.level(last).guess(config.prediction_type);
        let guess = level.guess(config.prediction_type);
        let row = drawn.into_iter().chain(guess).chain([signal, noise]);
        factors.extend(row.map(|factor| factor as f32));
        factors.push(f32::from(u8::from(lesson.forgets)));
    }
    let rows = classes.len();
    let feed = |name: &str, tensor| (name.to_owned(), tensor);
    Feeds::from([
        feed(VALUES, HostTensor::f32([rows, width], noise)),
        feed(TARGETS, HostTensor::f32([rows, width], again)),
        feed(TIMES, HostTensor::f32([rows, config.time_features], times)),
        feed(
            NOISED_TIMES,
            HostTensor::f32([rows, config.time_features], noised_times),
        ),
        feed(CLASSES, HostTensor::u32([rows], classes)),
        feed(TAUGHT, HostTensor::u32([rows], taught)),
        feed(FACTORS, HostTensor::f32([rows, WIDTH], factors)),
    ])
}

/// What the policy under `weights` draws in each of `rows` lessons, and what the reference as the teacher and the
/// follower guess it to have been.
pub(super) fn distilled<'g>(
    denoiser: &Denoiser,
    weights: &Weights<'g>,
    rows: usize,
) -> Distilled<'g> {
    let (builder, config): (&'g Builder, _) = (weights.builder(), denoiser.config());
    let table = |name, width| builder.input(name, DType::F32, [rows, width]);
    let labels = |name| builder.input(name, DType::U32, [rows]);
    let factors = table(FACTORS, WIDTH);
    let factor = |index: usize| factors.slice(1, index..index + 1);
    let start = Noised {
        values: table(VALUES, config.dimensions),
        times: table(TIMES, config.time_features),
        classes: labels(CLASSES),
    };
    let told = denoiser.predictions(weights, start);
    let sample = factor(0) * start.values + factor(1) * told;
    let values = factor(4) * sample + factor(5) * table(TARGETS, config.dimensions);
    let guess = |scope: &'static str, classes: Expr<'g>| {
        let noised = Noised {
            values,
            times: table(NOISED_TIMES, config.time_features),
            classes,
        };
        let told = denoiser.predictions(&Weights::new(builder, scope), noised);
        factor(2) * values + factor(3) * told
    };
    Distilled {
        sample,
        teacher: guess(Weights::REFERENCE, labels(TAUGHT)),
        follower: guess(Weights::FOLLOWER, labels(CLASSES)),
        forgets: factor(6).reshape([rows]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_class_to_forget_is_taught_another_one() {
        for seed in 0..100 {
            let other = Lesson::new(seed, 3, 3, None, 10);
            assert!(other.forgets && other.taught != 3 && other.taught < 10);
            let fixed = Lesson::new(seed, 3, 3, Some(7), 10);
            assert_eq!(fixed.taught, 7);
            let kept = Lesson::new(seed, 4, 3, Some(7), 10);
            assert!(!kept.forgets && kept.taught == 4);
        }
        let all = (0..200).map(|seed| Lesson::new(seed, 3, 3, None, 10).taught);
        let all: std::collections::BTreeSet<u32> = all.collect();
        assert_eq!(all.len(), 9, "each of the others is taught");
    }
}
