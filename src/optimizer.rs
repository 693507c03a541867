//! The optimiser as graph nodes.

use crate::engine::{Engine, EngineError, Feeds, HostTensor};
use crate::graph::{Builder, DType, Expr};
use crate::policy::{Initial, Parameter, Weights, state_name};

/// AdamW (Loshchilov and Hutter 2019) after clipping the gradient's global norm
/// (Pascanu et al. 2013), with PyTorch's arithmetic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// The decay of the gradient's running mean.
    pub beta1: f32,
    /// The decay of the squared gradient's running mean.
    pub beta2: f32,
    /// Added to the root of the running square.
    pub epsilon: f32,
}

impl Default for AdamW {
    /// PyTorch's defaults.
    fn default() -> Self {
        AdamW {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

/// What may change from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The size of the step.
    pub learning_rate: f32,
    /// Decoupled weight decay, for the parameters that decay.
    pub weight_decay: f32,
    /// The gradient's norm is cut to this; 0 leaves it as it is.
    pub max_grad_norm: f32,
}

/// What the update says about its gradient.
pub struct GradientReport<'g> {
    /// The global norm before clipping, a scalar.
    pub norm: Expr<'g>,
    /// The squared norm of each parameter's gradient, in their order: tells which one broke.
    pub squares: Expr<'g>,
}

const MEAN: &str = "adamw/mean";
const SQUARE: &str = "adamw/square";

impl AdamW {
    /// Adds the nodes that lower `loss` by one step and update the policy's weights.
    ///
    /// When the loss or a gradient is not finite, every state keeps its value.
    pub fn minimise<'g>(
        &self,
        builder: &'g Builder,
        loss: Expr<'g>,
        parameters: &[Parameter],
    ) -> GradientReport<'g> {
        let policy = Weights::new(builder, Weights::POLICY);
        let weights: Vec<Expr<'g>> = parameters.iter().map(|p| policy.parameter(p)).collect();
        let gradients = builder.gradients(loss, &weights);
        let squares: Vec<Expr<'g>> = gradients
            .iter()
            .map(|gradient| gradient.square().sum_all().reshape([1]))
            .collect();
        let squares = builder.concat(0, &squares);
        let norm = squares.sum_all().sqrt();
        let finite = (loss + norm).is_finite();

        let learning_rate = builder.scalar_input("optimizer/learning_rate");
        let decay = learning_rate * builder.scalar_input("optimizer/weight_decay");
        let most = builder.scalar_input("optimizer/max_grad_norm");
        let clip = (most / (norm + 1e-6)).min(builder.constant(1.0));
        let mean_correction = builder.scalar_input("optimizer/mean_correction");
        let rate = learning_rate * mean_correction;
        let square_correction = builder.scalar_input("optimizer/square_correction");

        for ((parameter, &weight), &gradient) in parameters.iter().zip(&weights).zip(&gradients) {
            let moment = |scope: &str| {
                let name = state_name(scope, &parameter.name);
                builder.state(&name, DType::F32, parameter.shape.clone())
            };
            let (mean, square) = (moment(MEAN), moment(SQUARE));
            let new_mean = mean.running_mean(gradient, clip, self.beta1);
            let new_square = square.running_square(gradient, clip, self.beta2);
            // The same nodes for every weight, so that engines can update all of them at once.
            let share = builder.constant(if parameter.decays { 1.0 } else { 0.0 });
            let numbers = [1.0 - decay * share, rate, square_correction];
            let new_weight = weight.adam_step([new_mean, new_square], numbers, self.epsilon);
            for (state, value) in [(weight, new_weight), (mean, new_mean), (square, new_square)] {
                builder.update(state, finite.select(value, state));
            }
        }
        GradientReport { norm, squares }
    }

    /// Feeds the nodes of [`AdamW::minimise`] for update number `step`, counted from 1.
    pub fn feed(&self, schedule: &Schedule, step: u32, feeds: &mut Feeds) {
        let max_grad_norm = match schedule.max_grad_norm {
            0.0 => f32::INFINITY,
            norm => norm,
        };
        // 1 / (1 − βᵗ), in f64 because 1 − β₂ loses digits in f32.
        let correction = |beta: f32| {
            let power = f64::from(beta).powf(f64::from(step));
            (1.0 / (1.0 - power)) as f32
        };
        for (name, value) in [
            ("optimizer/learning_rate", schedule.learning_rate),
            ("optimizer/weight_decay", schedule.weight_decay),
            ("optimizer/max_grad_norm", max_grad_norm),
            ("optimizer/mean_correction", correction(self.beta1)),
            ("optimizer/square_correction", correction(self.beta2)),
        ] {
            feeds.insert(name.to_owned(), HostTensor::scalar(value));
        }
    }

    /// The running means of each parameter, as states that start at 0.
    pub fn states(parameters: &[Parameter]) -> impl Iterator<Item = Parameter> {
        let states = |scope: &'static str| {
            parameters.iter().map(move |parameter| Parameter {
                name: state_name(scope, &parameter.name),
                shape: parameter.shape.clone(),
                initial: Initial::Zeros,
                decays: false,
            })
        };
        states(MEAN).chain(states(SQUARE))
    }

    /// Sets the running means to 0.
    pub fn reset(&self, engine: &dyn Engine, parameters: &[Parameter]) -> Result<(), EngineError> {
        for state in Self::states(parameters) {
            engine.write(&state.name, HostTensor::zeros(state.shape))?;
        }
        Ok(())
    }
}
