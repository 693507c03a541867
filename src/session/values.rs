//! The numbers of a run that a person may change at any time.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::engine::{Feeds, HostTensor};
use crate::objective::{Hyper, Hyperparameter, Objective, Scale};
use crate::optimizer::Schedule;

/// What every objective is trained with.
pub static TRAINING: LazyLock<[Hyperparameter; 5]> = LazyLock::new(|| {
    [
        Hyperparameter {
            name: "learning_rate".into(),
            label: "Learning rate".into(),
            help: "The size of AdamW's step.".into(),
            default: 1e-4,
            min: 1e-6,
            max: 0.1,
            step: 1e-4,
            scale: Scale::Logarithmic,
        },
        Hyperparameter {
            name: "batch_size".into(),
            label: "Batch".into(),
            help: "Pairs in an update.".into(),
            default: 8.0,
            min: 1.0,
            max: 64.0,
            step: 1.0,
            scale: Scale::Integer,
        },
        Hyperparameter {
            name: "warmup_steps".into(),
            label: "Warm-up steps".into(),
            help: "The learning rate grows from 0 to its value over so many updates.".into(),
            default: 10.0,
            min: 0.0,
            max: 1000.0,
            step: 1.0,
            scale: Scale::Integer,
        },
        Hyperparameter {
            name: "max_grad_norm".into(),
            label: "Gradient clipping".into(),
            help: "A longer gradient is cut to this norm; 0 leaves it as it is.".into(),
            default: 1.0,
            min: 0.0,
            max: 1000.0,
            step: 0.1,
            scale: Scale::Logarithmic,
        },
        Hyperparameter {
            name: "weight_decay".into(),
            label: "Weight decay".into(),
            help: "Pulls the weight matrices towards 0, decoupled from the gradient.".into(),
            default: 0.0,
            min: 0.0,
            max: 1.0,
            step: 0.01,
            scale: Scale::Linear,
        },
    ]
});

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
        label: String,
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
    values: BTreeMap<String, f64>,
    /// How many of those known, from the first, are inputs of the objective.
    objective: usize,
    /// What the policy's draws are set by.
    sampling: &'static [Hyperparameter],
}

impl Values {
    /// The defaults of `objective`, of what the policy's draws are set by if it draws ([`Policy::sampling`]),
    /// and of [`TRAINING`].
    pub fn new(objective: &Objective, sampling: &'static [Hyperparameter]) -> Self {
        let own = &objective.hyperparameters;
        let drawn = sampling.iter().filter(|_| objective.draws());
        let known = own.iter().chain(drawn).chain(TRAINING.iter());
        let known: Vec<Hyperparameter> = known.cloned().collect();
        let default = |hyper: &Hyperparameter| (hyper.name.to_string(), hyper.default);
        Values {
            values: known.iter().map(default).collect(),
            known,
            objective: own.len(),
            sampling,
        }
    }

    /// What a run of another objective branches off with: the numbers that every objective is trained with
    /// stay, its own have their defaults.
    pub(super) fn of_branch(&self, objective: &Objective) -> Self {
        let mut values = Values::new(objective, self.sampling);
        for hyper in self.sampling.iter().chain(TRAINING.iter()) {
            if let (Some(value), Some(own)) = (
                self.values.get(&*hyper.name),
                values.values.get_mut(&*hyper.name),
            ) {
                *own = *value;
            }
        }
        values
    }

    /// Sets a number; whole numbers are rounded.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), ValueError> {
        let hyper = self.known.iter().find(|hyper| hyper.name == name);
        let hyper = hyper.ok_or_else(|| ValueError::Unknown(name.to_owned()))?;
        if !(hyper.min..=hyper.max).contains(&value) {
            return Err(ValueError::Range {
                label: hyper.label.to_string(),
                value,
                min: hyper.min,
                max: hyper.max,
            });
        }
        let value = match hyper.scale {
            Scale::Integer | Scale::Choice(_) => value.round(),
            Scale::Linear | Scale::Logarithmic => value,
        };
        self.values.insert(name.to_owned(), value);
        Ok(())
    }

    /// The number `name`; NaN if there is none.
    pub fn get(&self, name: &str) -> f64 {
        self.values.get(name).copied().unwrap_or(f64::NAN)
    }

    /// What a nat of log-ratio is worth as a reward of `objective`.
    pub(super) fn reward_scale(&self, objective: &Objective) -> f32 {
        let name = objective.reward_scale();
        name.map_or(1.0, |name| self.get(name) as f32)
    }

    /// Samples that the objective repeats in each group.
    pub(super) fn samples(&self) -> usize {
        self.values
            .get("samples")
            .map_or(0, |&samples| samples as usize)
    }

    /// Updates in an iteration.
    pub(super) fn iteration(&self) -> u32 {
        self.get("iteration") as u32
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

    /// Feeds the objective's hyper-parameters and the number of the update about to be made.
    pub(super) fn feed(&self, update: u32, feeds: &mut Feeds) {
        feeds.insert(Hyper::UPDATE.to_owned(), HostTensor::scalar(update as f32));
        for hyper in &self.known[..self.objective] {
            let value = HostTensor::scalar(self.get(&hyper.name) as f32);
            feeds.insert(Hyper::input(&hyper.name), value);
        }
    }
}
