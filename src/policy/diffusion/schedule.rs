//! How much of a sample is left at each timestep, and what becomes of it from one to an earlier one.

use serde::{Deserialize, Serialize};

/// How noise grows over the timesteps, by diffusers' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BetaSchedule {
    /// β from 1e-4 to 0.02 over the timesteps (Ho et al. 2020, §4).
    #[serde(rename = "linear")]
    Linear,
    /// ᾱ falls as a squared cosine (Nichol and Dhariwal 2021, eq. 17).
    #[serde(rename = "squaredcos_cap_v2")]
    Cosine,
}

/// What a denoiser tells of a noised sample, by diffusers' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prediction {
    /// ε, the noise (Ho et al. 2020).
    #[serde(rename = "epsilon")]
    Noise,
    /// x₀, the sample.
    #[serde(rename = "sample")]
    Sample,
    /// v = √ᾱ ε − √(1−ᾱ) x₀ (Salimans and Ho 2022, §4).
    #[serde(rename = "v_prediction")]
    Velocity,
}

/// What is left of a sample x₀ and of noise ε in `signal · x₀ + noise · ε`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// √ᾱ.
    pub signal: f64,
    /// √(1 − ᾱ).
    pub noise: f64,
}

impl Level {
    /// Nothing but the sample.
    pub const CLEAN: Level = Level {
        signal: 1.0,
        noise: 0.0,
    };

    /// A sample's value under noise.
    pub fn noised(self, sample: f32, noise: f32) -> f32 {
        (self.signal * f64::from(sample) + self.noise * f64::from(noise)) as f32
    }

    /// What a guess of the sample is made of: the factors of its noised value and of what a denoiser says.
    pub fn guess(self, prediction: Prediction) -> [f64; 2] {
        match prediction {
            Prediction::Noise => [1.0 / self.signal, -self.noise / self.signal],
            Prediction::Sample => [0.0, 1.0],
            Prediction::Velocity => [self.signal, -self.noise],
        }
    }

    /// What a denoiser should say of it.
    pub fn target(self, prediction: Prediction, sample: f32, noise: f32) -> f32 {
        match prediction {
            Prediction::Noise => noise,
            Prediction::Sample => sample,
            Prediction::Velocity => {
                (self.signal * f64::from(noise) - self.noise * f64::from(sample)) as f32
            }
        }
    }
}

/// The levels of all timesteps.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    levels: Vec<Level>,
}

impl Schedule {
    /// That of `timesteps` steps.
    pub fn new(kind: BetaSchedule, timesteps: usize) -> Self {
        let count = timesteps as f64;
        // Nichol and Dhariwal's f, and the most that a β may be.
        let left = |time: f64| {
            let angle = (time + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2;
            angle.cos().powi(2)
        };
        let beta = |step: usize| match kind {
            BetaSchedule::Linear => {
                let share = step as f64 / (count - 1.0).max(1.0);
                1e-4 + (0.02 - 1e-4) * share
            }
            BetaSchedule::Cosine => {
                let now = left(step as f64 / count);
                (1.0 - left((step + 1) as f64 / count) / now).min(0.999)
            }
        };
        let mut rest = 1.0;
        let levels = (0..timesteps).map(|step| {
            rest *= 1.0 - beta(step);
            Level {
                signal: f64::sqrt(rest),
                noise: f64::sqrt(1.0 - rest),
            }
        });
        Schedule {
            levels: levels.collect(),
        }
    }

    /// How many timesteps there are.
    pub fn timesteps(&self) -> usize {
        self.levels.len()
    }

    /// The level of a timestep, the last one's beyond it.
    pub fn level(&self, timestep: usize) -> Level {
        let last = self.levels.len().saturating_sub(1);
        self.levels
            .get(timestep.min(last))
            .copied()
            .unwrap_or(Level::CLEAN)
    }

    /// The timesteps at which a sampler of `steps` steps asks the denoiser, from the noisiest down: evenly
    /// spaced, the last timestep among them (diffusers' "trailing"; Lin et al. 2023, §3.3).
    pub fn visited(&self, steps: usize) -> Vec<usize> {
        let (all, steps) = (self.timesteps() as f64, steps.clamp(1, self.timesteps()));
        let stride = all / steps as f64;
        let timestep = |index: usize| (all - index as f64 * stride).round() as usize;
        (0..steps)
            .map(|index| timestep(index).saturating_sub(1))
            .collect()
    }
}

/// One step of a sampler from a noisier to a cleaner level, as what is multiplied with what:
///
/// x̂₀ = `guess[0]` · x + `guess[1]` · prediction, cut to the range of samples if they have one;
/// x′ = `next[0]` · x + `next[1]` · x̂₀ + `next[2]` · fresh noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Of x and of the prediction.
    pub guess: [f32; 2],
    /// Of x, of x̂₀ and of fresh noise.
    pub next: [f32; 3],
}

impl Step {
    /// DDIM's step (Song et al. 2021, eq. 12 and 16): `eta` 0 draws no fresh noise, 1 is the ancestral step of
    /// DDPM with the smaller of its two variances (Ho et al. 2020, §3.2).
    pub fn new(prediction: Prediction, from: Level, to: Level, eta: f64) -> Self {
        let guess = from.guess(prediction);
        let kept = from.signal / to.signal;
        let variance = (to.noise / from.noise).powi(2) * (1.0 - kept * kept);
        let fresh = eta * variance.max(0.0).sqrt();
        // What is left of the old noise, which is (x − signal · x̂₀) / noise.
        let old = (to.noise * to.noise - fresh * fresh).max(0.0).sqrt() / from.noise;
        let next = [old, to.signal - old * from.signal, fresh];
        Step {
            guess: guess.map(|factor| factor as f32),
            next: next.map(|factor| factor as f32),
        }
    }
}
