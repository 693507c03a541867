//! The way that a sample was drawn, and how likely each of its steps is.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::rc::Rc;

use super::config::Config;
use super::denoiser::Denoiser;
use super::schedule::{Level, Step};
use super::{Draw, sampler};
use crate::graph::Expr;

/// The steps of a sampler that added noise: the last, which adds none, is left out. Two are the same if they are
/// of one draw.
#[derive(Clone, Debug)]
pub struct Path(Rc<Steps>);

#[derive(Debug)]
struct Steps {
    /// One more than steps.
    states: Vec<Vec<f32>>,
    steps: Vec<(usize, Step)>,
}

impl Path {
    /// The way of the sample whose numbers stand at `own` in each of the `states` of a draw.
    pub(super) fn new(
        denoiser: &Denoiser,
        draw: Draw,
        states: &[Vec<f32>],
        own: Range<usize>,
    ) -> Self {
        let schedule = denoiser.schedule();
        let visited = schedule.visited(draw.steps);
        let levels = visited.iter().map(|&timestep| schedule.level(timestep));
        let levels: Vec<Level> = levels.chain([Level::CLEAN]).collect();
        let steps = visited
            .iter()
            .zip(levels.windows(2))
            .map(|(&timestep, pair)| {
                let prediction = denoiser.config().prediction_type;
                let step = Step::new(prediction, pair[0], pair[1], f64::from(draw.eta));
                (timestep, step)
            });
        let steps: Vec<(usize, Step)> = steps.filter(|(_, step)| step.next[2] > 0.0).collect();
        let states = states.iter().take(steps.len() + 1);
        Path(Rc::new(Steps {
            states: states.map(|state| state[own.clone()].to_vec()).collect(),
            steps,
        }))
    }

    /// How many steps it has.
    pub fn steps(&self) -> usize {
        self.0.steps.len()
    }

    /// The timestep before each step.
    pub(super) fn timesteps(&self) -> impl Iterator<Item = usize> {
        self.0.steps.iter().map(|(timestep, _)| *timestep)
    }

    /// The states before each step, one after the other.
    pub(super) fn before(&self) -> impl Iterator<Item = f32> {
        self.0.states.iter().take(self.steps()).flatten().copied()
    }

    /// The states after each step.
    pub(super) fn after(&self) -> impl Iterator<Item = f32> {
        self.0.states.iter().skip(1).flatten().copied()
    }

    /// What each step multiplies: as [`errors`] reads it.
    pub(super) fn factors(&self) -> impl Iterator<Item = f32> {
        let steps = self.0.steps.iter();
        steps.flat_map(|(_, step)| step.guess.into_iter().chain(step.next))
    }
}

/// By how many of its standard deviations each step went beside its mean: from `before` to `after`, both
/// `[N, dimensions]`, with what the denoiser `told` of the state before and the `factors` of the steps, `[N, 5]`.
pub(super) fn errors<'g>(
    before: Expr<'g>,
    told: Expr<'g>,
    after: Expr<'g>,
    factors: Expr<'g>,
    config: &Config,
) -> Expr<'g> {
    let factor = |index: usize| factors.slice(1, index..index + 1);
    let clean = factor(0) * before + factor(1) * told;
    let clean = match config.clip_sample_range {
        Some(range) => sampler::within(clean, range),
        None => clean,
    };
    (after - factor(2) * before - factor(3) * clean) / factor(4)
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Path {}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Rc::as_ptr(&self.0).hash(state);
    }
}
