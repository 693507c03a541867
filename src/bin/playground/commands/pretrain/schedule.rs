//! How large the steps of pre-training are.

use alignment_playground::optimizer::Schedule;

const MAX_GRAD_NORM: f32 = 1.0;

/// Update number `step` of `steps`: warm-up over 5 % of them, then a cosine down to 0.
pub fn schedule(learning_rate: f32, weight_decay: f32, step: u32, steps: u32) -> Schedule {
    let (step, steps) = (f64::from(step), f64::from(steps));
    let warm_up = (0.05 * steps).max(1.0);
    let share = match step < warm_up {
        true => step / warm_up,
        false => {
            let gone = (step - warm_up) / (steps - warm_up).max(1.0);
            0.5 + 0.5 * (std::f64::consts::PI * gone).cos()
        }
    };
    Schedule {
        learning_rate: (f64::from(learning_rate) * share) as f32,
        weight_decay,
        max_grad_norm: MAX_GRAD_NORM,
    }
}
