//! The network: what noise was added to a sample, told from the sample, the timestep and the class.

use super::config::Config;
use super::schedule::Schedule;
use crate::graph::{Expr, Shape};
use crate::policy::{Initial, Parameter, Weights};

/// A residual network whose blocks are modulated by timestep and class: the adaptive normalisation of a diffusion
/// transformer (Peebles and Xie 2023, §3.2, adaLN-Zero's scale and shift) without its attention, since a point
/// or an image of 8 × 8 is one token. A transformer of patches and a U-Net of its size draw digits a little nearer
/// to real ones, but a prediction takes nine times as long (`tests/oracles/denoiser_architectures.py`; the README
/// has the figures).
#[derive(Clone, Debug)]
pub struct Denoiser {
    config: Config,
    schedule: Schedule,
}

/// Noised samples as nodes, N of them.
#[derive(Clone, Copy)]
pub struct Noised<'g> {
    /// The samples under noise, `[N, dimensions]`.
    pub values: Expr<'g>,
    /// Their timesteps as [`Denoiser::time_features`], `[N, time_features]`.
    pub times: Expr<'g>,
    /// Their classes, `[N]`, u32; [`Denoiser::no_class`] for none.
    pub classes: Expr<'g>,
}

/// What the normalisations add to the variance.
const EPSILON: f32 = 1e-5;
/// The longest wavelength of the time features, in timesteps (Vaswani et al. 2017, §3.5).
const LONGEST: f32 = 10_000.0;

impl Denoiser {
    /// The denoiser of a configuration.
    pub fn new(config: Config) -> Self {
        let schedule = Schedule::new(config.beta_schedule, config.num_train_timesteps);
        Denoiser { config, schedule }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The noise at each timestep.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The class that stands for none: guidance compares with it (Ho and Salimans 2022).
    pub fn no_class(&self) -> u32 {
        self.config.classes as u32
    }

    /// Sines, then cosines, of a timestep over wavelengths that grow by factors, `[time_features]`.
    pub fn time_features(&self, timestep: usize) -> impl Iterator<Item = f32> {
        let count = self.config.time_features;
        let half = count / 2;
        (0..count).map(move |index| {
            let place = (index % half.max(1)) as f32 / half as f32;
            let angle = timestep as f32 * (-LONGEST.ln() * place).exp();
            if index < half {
                angle.sin()
            } else {
                angle.cos()
            }
        })
    }

    /// The weights, in the order of the optimiser's state.
    pub fn parameters(&self) -> Vec<Parameter> {
        let Config {
            dimensions,
            classes,
            width,
            hidden,
            blocks,
            time_features,
            ..
        } = self.config;
        let parameter = |name: String, shape: Shape, initial, decays| Parameter {
            name,
            shape,
            initial,
            decays,
        };
        let linear = |name: &str, from: usize, to: usize, initial| {
            let bias = format!("{name}.bias");
            [
                parameter(
                    format!("{name}.weight"),
                    Shape::from([from, to]),
                    initial,
                    true,
                ),
                parameter(bias, Shape::from([to]), Initial::Zeros, false),
            ]
        };
        // As wide as keeps the scale of what goes through (Glorot and Bengio 2010).
        let keeping = |from: usize| Initial::Normal((from as f32).sqrt().recip());
        let mut all = Vec::new();
        all.extend(linear("input", dimensions, width, keeping(dimensions)));
        all.extend(linear("time", time_features, width, keeping(time_features)));
        let classes = Shape::from([classes + 1, width]);
        all.push(parameter(
            "class.weight".to_owned(),
            classes,
            Initial::Normal(1.0),
            false,
        ));
        for block in 0..blocks {
            let name = |part: &str| format!("blocks.{block}.{part}");
            all.extend(linear(
                &name("modulation"),
                width,
                2 * width,
                Initial::Zeros,
            ));
            all.extend(linear(&name("up"), width, hidden, keeping(width)));
            all.extend(linear(&name("down"), hidden, width, Initial::Zeros));
        }
        all.extend(linear(
            "output.modulation",
            width,
            2 * width,
            Initial::Zeros,
        ));
        all.extend(linear("output", width, dimensions, Initial::Zeros));
        all
    }

    /// What the network tells of the samples, `[N, dimensions]`, under `weights`.
    pub fn predictions<'g>(&self, weights: &Weights<'g>, noised: Noised<'g>) -> Expr<'g> {
        let Config {
            dimensions,
            classes,
            width,
            hidden,
            blocks,
            time_features,
            ..
        } = self.config;
        let linear = |x: Expr<'g>, name: &str, from: usize, to: usize| {
            let weight = weights.get(&format!("{name}.weight"), [from, to]);
            x.matmul(weight) + weights.get(&format!("{name}.bias"), [to])
        };
        let class = weights.get("class.weight", [classes + 1, width]);
        let time = linear(noised.times, "time", time_features, width);
        let condition = (time + class.rows(noised.classes)).silu();
        let modulated = |x: Expr<'g>, name: &str| {
            let both = linear(condition, name, width, 2 * width);
            let [scale, shift] = [0, width].map(|start| both.slice(1, start..start + width));
            x.layer_norm(EPSILON) * (1.0 + scale) + shift
        };
        let mut stream = linear(noised.values, "input", dimensions, width);
        for block in 0..blocks {
            let name = |part: &str| format!("blocks.{block}.{part}");
            let inner = modulated(stream, &name("modulation"));
            let inner = linear(inner, &name("up"), width, hidden).gelu();
            stream = stream + linear(inner, &name("down"), hidden, width);
        }
        let last = modulated(stream, "output.modulation");
        linear(last, "output", width, dimensions)
    }
}
