//! Runs of the shipped diffusion policies, and how far what they draw lies from data.

use alignment_playground::engine::Engine;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::objective;
use alignment_playground::points::Point;
use alignment_playground::policy::diffusion::{DiffusionSample, Draw};
use alignment_playground::policy::{Source, Weights};
use alignment_playground::quality::sliced_wasserstein;
use alignment_playground::session::DiffusionSession;
use pollster::block_on;

use super::Checkpoint;

/// A run of `method` on the shipped policy called `policy`, with these numbers, on `engine`.
pub fn open_on(
    engine: Box<dyn Engine>,
    policy: &str,
    method: &str,
    values: &[(&str, f64)],
) -> DiffusionSession {
    let folder = format!(
        "{}/www/assets/policies/{policy}",
        env!("CARGO_MANIFEST_DIR")
    );
    let Checkpoint {
        config, weights, ..
    } = Checkpoint::read(folder);
    let objective = objective::by_name(method).unwrap().clone();
    let mut run = DiffusionSession::open(engine, &config, &weights, objective, 7).unwrap();
    for (name, value) in values {
        run.session().set_value(name, *value).unwrap();
    }
    run
}

/// The same on the processor.
pub fn open(policy: &str, method: &str, values: &[(&str, f64)]) -> DiffusionSession {
    open_on(Box::new(CpuEngine::new()), policy, method, values)
}

/// The sliced Wasserstein distance of what the policy draws, one sample for each of `classes`, from `points`.
pub fn distance(run: &mut DiffusionSession, classes: &[u32], draw: Draw, points: &[Point]) -> f64 {
    let source = Source::Weights(Weights::POLICY);
    let drawn: Vec<DiffusionSample> = block_on(run.sample(source, classes, draw)).unwrap();
    let drawn: Vec<&[f32]> = drawn
        .iter()
        .map(|sample| sample.values.as_slice())
        .collect();
    let points: Vec<&[f32]> = points.iter().map(|point| &point[..]).collect();
    sliced_wasserstein(&drawn, &points, 0).unwrap()
}
