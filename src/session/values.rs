//! The numbers of a run that a person may change at any time.

use std::collections::BTreeMap;

use crate::engine::{Feeds, HostTensor};
use crate::objective::{Hyper, Hyperparameter, Objective, Scale};
use crate::optimizer::Schedule;

/// What every objective is trained with.
pub const TRAINING: [Hyperparameter; 5] = [
    Hyperparameter {
        name: "learning_rate",
        label: "Learning rate",
        help: "The size of AdamW's step.",
        default: 1e-4,
        min: 1e-6,
        max: 0.1,
        step: 1e-4,
        scale: Scale::Logarithmic,
    },
    Hyperparameter {
        name: "batch_size",
        label: "Batch",
        help: "Pairs in an update.",
        default: 8.0,
        min: 1.0,
        max: 64.0,
        step: 1.0,
        scale: Scale::Integer,
    },
    Hyperparameter {
        name: "warmup_steps",
        label: "Warm-up steps",
        help: "The learning rate grows from 0 to its value over so many updates.",
        default: 10.0,
        min: 0.0,
        max: 1000.0,
        step: 1.0,
        scale: Scale::Integer,
    },
    Hyperparameter {
        name: "max_grad_norm",
        label: "Gradient clipping",
        help: "A longer gradient is cut to this norm; 0 leaves it as it is.",
        default: 1.0,
        min: 0.0,
        max: 1000.0,
        step: 0.1,
        scale: Scale::Linear,
    },
    Hyperparameter {
        name: "weight_decay",
        label: "Weight decay",
        help: "Pulls the weight matrices towards 0, decoupled from the gradient.",
        default: 0.0,
        min: 0.0,
        max: 1.0,
        step: 0.01,
        scale: Scale::Linear,
    },
];

/// Why a number was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ValueError {
    /// The method has no number of that name.
    #[error("there is no hyper-parameter {0:?} for this method")]
    Unknown(String),
    /// It lies outside its range.
    #[error("{label} must lie between {min} and {max}, not {value}: the old value stays")]
    Range {
        /// What it is called.
        label: &'static str,
        /// What was asked for.
        value: f64,
        /// The least it may be.
        min: f64,
        /// The most it may be.
        max: f64,
    },
}

/// The current numbers of a run.
#[derive(Clone, Debug)]
pub struct Values {
    known: Vec<Hyperparameter>,
    values: BTreeMap<&'static str, f64>,
    objective: &'static [Hyperparameter],
}

impl Values {
    /// The defaults of `objective` and of [`TRAINING`].
    pub fn new(objective: &dyn Objective) -> Self {
        let objective = objective.hyperparameters();
        let known: Vec<Hyperparameter> = objective.iter().chain(&TRAINING).copied().collect();
        Values {
            values: known
                .iter()
                .map(|hyper| (hyper.name, hyper.default))
                .collect(),
            known,
            objective,
        }
    }

    /// Sets a number; whole numbers are rounded.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), ValueError> {
        let hyper = self.known.iter().find(|hyper| hyper.name == name);
        let hyper = hyper.ok_or_else(|| ValueError::Unknown(name.to_owned()))?;
        if !(hyper.min..=hyper.max).contains(&value) {
            return Err(ValueError::Range {
                label: hyper.label,
                value,
                min: hyper.min,
                max: hyper.max,
            });
        }
        let value = match hyper.scale {
            Scale::Integer => value.round(),
            Scale::Linear | Scale::Logarithmic => value,
        };
        self.values.insert(hyper.name, value);
        Ok(())
    }

    /// The number `name`; NaN if there is none.
    pub fn get(&self, name: &str) -> f64 {
        self.values.get(name).copied().unwrap_or(f64::NAN)
    }

    /// Pairs in an update.
    pub(super) fn batch_size(&self) -> usize {
        self.get("batch_size") as usize
    }

    /// What the optimiser is fed at update number `step`, counted from 1: the learning
    /// rate grows linearly while warm-up lasts.
    pub(super) fn schedule(&self, step: u32) -> Schedule {
        let warm = match self.get("warmup_steps") {
            0.0 => 1.0,
            steps => (f64::from(step) / steps).min(1.0),
        };
        Schedule {
            learning_rate: (self.get("learning_rate") * warm) as f32,
            weight_decay: self.get("weight_decay") as f32,
            max_grad_norm: self.get("max_grad_norm") as f32,
        }
    }

    /// Feeds the objective's hyper-parameters.
    pub(super) fn feed(&self, feeds: &mut Feeds) {
        for hyper in self.objective {
            let value = HostTensor::scalar(self.get(hyper.name) as f32);
            feeds.insert(Hyper::input(hyper.name), value);
        }
    }
}
