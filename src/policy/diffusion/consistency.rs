//! Improved consistency training (Song and Dhariwal 2023): the denoiser learns to tell the same sample at every
//! level of one noise, so that it draws in one step.
//!
//! A consistency function must give back a sample that bears no noise. The paper builds that into its network
//! (c_skip, c_out); a denoiser that predicts v has it already, since x̂₀ = signal · x − noise · v.

use super::config::Config;
use super::schedule::{Level, Schedule};
use crate::graph::Expr;
use crate::rng::{self, Purpose};

/// Noise over signal at the cleanest and at the noisiest level, and how the levels between are spread (Karras et al.
/// 2022, eq. 5).
const SIGMA: [f64; 2] = [0.002, 80.0];
const RHO: f64 = 7.0;
/// Mean and standard deviation of the logarithm of the noise that is looked at.
const LOG_MEAN: f64 = -1.1;
const LOG_DEVIATION: f64 = 2.0;

/// How many levels there are at an update, counted from 0, of so many: from `first` they double until there are
/// `last`, and one more (Song and Dhariwal 2023, eq. 10).
pub fn levels(update: usize, updates: usize, first: usize, last: usize) -> usize {
    let (first, last) = (first.max(1), last.max(first).max(1));
    let doublings = (last / first).ilog2() as usize;
    let stage = (updates / (doublings + 1)).max(1);
    let doubled = (update / stage).min(doublings + 1);
    (first << doubled).min(last) + 1
}

/// Noise over signal at each of `count` levels, ascending.
pub fn sigmas(count: usize) -> Vec<f64> {
    let [least, most] = SIGMA.map(|sigma| sigma.powf(RHO.recip()));
    let share = |level: usize| level as f64 / (count.max(2) - 1) as f64;
    let sigma = |level| (least + share(level) * (most - least)).powf(RHO);
    (0..count.max(2)).map(sigma).collect()
}

/// What each pair of neighbouring levels counts for: the nearer they are the more.
pub fn weights(sigmas: &[f64]) -> Vec<f64> {
    let pairs = sigmas.windows(2);
    pairs.map(|pair| (pair[1] - pair[0]).recip()).collect()
}

/// How often each pair of neighbouring levels is looked at: a discretised log-normal distribution.
pub fn probabilities(sigmas: &[f64]) -> Vec<f64> {
    let below = |sigma: f64| {
        let place = (sigma.ln() - LOG_MEAN) / (std::f64::consts::SQRT_2 * LOG_DEVIATION);
        libm::erf(place)
    };
    let pairs = sigmas.windows(2);
    let masses: Vec<f64> = pairs.map(|pair| below(pair[1]) - below(pair[0])).collect();
    let total: f64 = masses.iter().sum();
    masses.iter().map(|mass| mass / total).collect()
}

/// The pseudo-Huber distance √(‖a − b‖² + c²) − c of each row of `difference`, `[N, d]`, as `[N, 1]`: c = 0.00054 √d.
pub fn pseudo_huber(difference: Expr<'_>, dimensions: usize) -> Expr<'_> {
    let c = 0.00054 * (dimensions as f32).sqrt();
    (difference.square().sum(&[1]) + c * c).sqrt() - c
}

/// How far apart a denoiser's guesses of each sample are at the two levels of its noise, by what they count for: at the
/// rows of the noisier ones, `[N]`; 0 at the others, which come after them and are constants to the derivative. `noised`
/// and `told` are `[N, dimensions]`, `factors` `[N, 3]`.
pub(super) fn distances<'g>(
    noised: Expr<'g>,
    told: Expr<'g>,
    factors: Expr<'g>,
    config: &Config,
) -> Expr<'g> {
    let [rows, width] = [factors.shape().dims()[0], config.dimensions];
    let factor = |index: usize| factors.slice(1, index..index + 1);
    let guesses = factor(0) * noised + factor(1) * told;
    let guesses = guesses.reshape([rows / 2, 2 * width]);
    let noisier = guesses.slice(1, 0..width);
    let cleaner = guesses.slice(1, width..2 * width).stop_gradient();
    let distance = pseudo_huber(noisier - cleaner, width);
    let both = distance.builder().concat(1, &[distance, distance * 0.0]);
    both.reshape([rows]) * factor(2).reshape([rows])
}

/// Two neighbouring levels of the noise on a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbours {
    /// The timesteps of the noisier and of the cleaner level.
    pub(super) timesteps: [usize; 2],
    /// What their difference counts for.
    pub(super) weight: f64,
}

impl Neighbours {
    /// Those that `seed` gives, of `count` levels that are spread over the timesteps of a schedule; the noisiest is its
    /// last timestep, from which samples are drawn.
    pub(super) fn drawn(schedule: &Schedule, count: usize, seed: u64) -> Self {
        let sigmas = sigmas(count);
        let luck = f64::from(rng::uniform(rng::key(seed), Purpose::Timestep, 0, 0));
        let mut passed = 0.0;
        let place = probabilities(&sigmas).iter().position(|probability| {
            passed += probability;
            luck < passed
        });
        let cleaner = place.unwrap_or(sigmas.len() - 2);
        let timestep = |level: usize| match level + 1 == sigmas.len() {
            true => schedule.timesteps().saturating_sub(1),
            false => nearest(schedule, sigmas[level]),
        };
        Neighbours {
            timesteps: [timestep(cleaner + 1), timestep(cleaner)],
            weight: weights(&sigmas)[cleaner],
        }
    }
}

/// The timestep whose level has about so much noise over signal.
fn nearest(schedule: &Schedule, sigma: f64) -> usize {
    let noisier = |Level { signal, noise }: Level| noise / signal > sigma;
    let (mut low, mut high) = (0, schedule.timesteps().saturating_sub(1));
    while low < high {
        let middle = (low + high) / 2;
        match noisier(schedule.level(middle)) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    low
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::engine::cpu::CpuEngine;
    use crate::engine::{Engine, Feeds, HostTensor};
    use crate::graph::{Builder, DType};
    use crate::policy::diffusion::{BetaSchedule, Prediction};

    #[test]
    fn neighbours_are_next_to_each_other_and_the_noisiest_is_where_draws_begin() {
        let schedule = Schedule::new(BetaSchedule::Cosine, 1000);
        let all = (0..400).map(|seed| Neighbours::drawn(&schedule, 11, seed));
        let all: Vec<Neighbours> = all.collect();
        assert!(all.iter().all(|pair| pair.timesteps[0] > pair.timesteps[1]));
        assert!(all.iter().any(|pair| pair.timesteps[0] == 999));
        let ratio = |timestep| {
            let Level { signal, noise } = schedule.level(timestep);
            noise / signal
        };
        for pair in all.iter().filter(|pair| pair.timesteps[0] < 999) {
            let [noisier, cleaner] = pair.timesteps.map(ratio);
            let weight = (noisier - cleaner).recip();
            // As near as timesteps come.
            assert!((weight / pair.weight).ln().abs() < 0.5, "{pair:?} {weight}");
        }
    }

    #[test]
    fn only_the_guess_at_the_noisier_level_learns() {
        let builder = Builder::new();
        let rows = |name| builder.input(name, DType::F32, [4, 2]);
        let told = builder.state("told", DType::F32, [4, 2]);
        let factors = builder.input("factors", DType::F32, [4, 3]);
        let config = include_str!("../../../www/assets/policies/moons/config.json");
        let config = Config::from_json(config).unwrap();
        let distances = distances(rows("noised"), told, factors, &config);
        builder.output("distances", distances);
        builder.output(
            "gradient",
            builder.gradients(distances.sum_all(), &[told])[0],
        );
        let noised = [1.0, 0.5, 0.9, 0.4, -0.2, 0.1, -0.1, 0.3];
        let said = [0.5, -0.5, 0.2, 0.1, 0.0, 1.0, 0.4, 0.7];
        let [signal, noise] = Level {
            signal: 0.6,
            noise: 0.8,
        }
        .guess(Prediction::Velocity);
        let (signal, noise) = (signal as f32, noise as f32);
        let factors = [
            [signal, noise, 2.0],
            [1.0, 0.0, 0.0],
            [signal, noise, 0.5],
            [1.0, 0.0, 0.0],
        ];
        let engine = CpuEngine::new();
        engine
            .write("told", HostTensor::f32([4, 2], said.to_vec()))
            .unwrap();
        let feed = |name: &str, tensor| (name.to_owned(), tensor);
        let feeds = Feeds::from([
            feed("noised", HostTensor::f32([4, 2], noised.to_vec())),
            feed("factors", HostTensor::f32([4, 3], factors.concat())),
        ]);
        let mut plan = pollster::block_on(engine.compile(&builder.finish().unwrap())).unwrap();
        plan.run(&feeds).unwrap();
        let outputs = pollster::block_on(plan.drain()).unwrap().pop().unwrap();
        let c = 0.00054 * 2f32.sqrt();
        let (mut expected, mut gradient) = (Vec::new(), Vec::new());
        for pair in 0..2 {
            let at = |values: &[f32], row: usize, axis: usize| values[(2 * pair + row) * 2 + axis];
            let weight = factors[2 * pair][2];
            let gap = [0, 1].map(|axis| {
                let guess = signal * at(&noised, 0, axis) + noise * at(&said, 0, axis);
                guess - at(&noised, 1, axis)
            });
            let root = (gap[0] * gap[0] + gap[1] * gap[1] + c * c).sqrt();
            expected.extend([weight * (root - c), 0.0]);
            gradient.extend(gap.map(|gap| weight * gap / root * noise));
            gradient.extend([0.0, 0.0]);
        }
        let close = |name: &str, expected: &[f32]| {
            let found = outputs[name].as_f32();
            let near = found
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-5);
            assert!(near, "{name}: {found:?}, not {expected:?}");
        };
        close("distances", &expected);
        close("gradient", &gradient);
    }
}
