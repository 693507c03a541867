//! Noise schedules and sampling steps against what Hugging Face diffusers computes: every case of
//! `tests/fixtures/diffusers.json`, which says where it comes from.

#![cfg(not(target_arch = "wasm32"))]

use alignment_playground::policy::diffusion::{BetaSchedule, Level, Prediction, Schedule, Step};
use serde::Deserialize;

/// Timesteps of the noise.
const TRAINED: usize = 1000;

#[derive(Deserialize)]
struct Fixture {
    inputs: Inputs,
    schedules: Vec<Products>,
    noising: Vec<Noising>,
    ddpm: Vec<Stepped>,
    ddim: Vec<Stepped>,
    timesteps: Vec<Visited>,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Inputs {
    sample: Vec<f32>,
    output: Vec<f32>,
    noise: Vec<f32>,
}

#[derive(Deserialize)]
struct Products {
    schedule: BetaSchedule,
    timesteps: Vec<usize>,
    alphas_cumprod: Vec<f64>,
}

#[derive(Deserialize)]
struct Noising {
    schedule: BetaSchedule,
    timestep: usize,
    x_t: Vec<f64>,
    targets: Told<Vec<f64>>,
    losses: Told<f64>,
}

/// One of each prediction type.
#[derive(Deserialize)]
struct Told<T> {
    epsilon: T,
    sample: T,
    v_prediction: T,
}

#[derive(Deserialize)]
struct Stepped {
    schedule: BetaSchedule,
    prediction: Prediction,
    timestep: usize,
    previous: i64,
    /// DDPM's is 1.
    #[serde(default = "ancestral")]
    eta: f64,
    clip: Option<f32>,
    prev_sample: Vec<f64>,
    pred_original_sample: Vec<f64>,
}

#[derive(Deserialize)]
struct Visited {
    steps: usize,
    spacing: String,
    timesteps: Vec<usize>,
}

#[derive(Deserialize)]
struct Run {
    schedule: BetaSchedule,
    prediction: Prediction,
    spacing: String,
    states: Vec<Vec<f64>>,
}

fn ancestral() -> f64 {
    1.0
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/diffusers.json")).unwrap()
}

/// Relative to the larger of 1 and the expected. diffusers' last β of the cosine is in single precision, of which
/// 1 − β has few digits.
fn tolerance(schedule: BetaSchedule, timestep: usize) -> f64 {
    match (schedule, timestep) {
        (BetaSchedule::Cosine, 999) => 2e-5,
        _ => 1e-6,
    }
}

#[track_caller]
fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (&a, &b) in found.iter().zip(expected) {
        let near = (f64::from(a) - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(near, "{what}: {found:?}, not {expected:?}");
    }
}

fn level(schedule: &Schedule, timestep: i64) -> Level {
    usize::try_from(timestep).map_or(Level::CLEAN, |timestep| schedule.level(timestep))
}

/// What `step` makes of x_t: what it takes for x₀, and the next sample.
fn taken(step: &Step, clip: Option<f32>, [x, output, noise]: [&[f32]; 3]) -> (Vec<f32>, Vec<f32>) {
    let numbers = x.iter().zip(output).zip(noise);
    let both = numbers.map(|((x, output), noise)| {
        let guess = step.guess[0] * x + step.guess[1] * output;
        let guess = clip.map_or(guess, |clip| guess.clamp(-clip, clip));
        (
            guess,
            step.next[0] * x + step.next[1] * guess + step.next[2] * noise,
        )
    });
    both.unzip()
}

#[test]
fn as_much_is_left_of_a_sample() {
    for products in fixture().schedules {
        let schedule = Schedule::new(products.schedule, TRAINED);
        for (&timestep, wanted) in products.timesteps.iter().zip(products.alphas_cumprod) {
            let Level { signal, noise } = schedule.level(timestep);
            let found = signal * signal;
            let near = (found / wanted - 1.0).abs() < tolerance(products.schedule, timestep);
            assert!(
                near,
                "{:?} {timestep}: {found}, {wanted}",
                products.schedule
            );
            assert!((found + noise * noise - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn noise_targets_and_losses_agree() {
    let Fixture {
        inputs, noising, ..
    } = fixture();
    for case in noising {
        let level = Schedule::new(case.schedule, TRAINED).level(case.timestep);
        let what = format!("{:?} {}", case.schedule, case.timestep);
        let of = |each: &dyn Fn(f32, f32) -> f32| -> Vec<f32> {
            let pairs = inputs.sample.iter().zip(&inputs.noise);
            pairs.map(|(&sample, &noise)| each(sample, noise)).collect()
        };
        let noised = of(&|sample, noise| level.noised(sample, noise));
        assert_close(&what, &noised, &case.x_t, 1e-6);
        for (prediction, target, loss) in [
            (
                Prediction::Noise,
                &case.targets.epsilon,
                case.losses.epsilon,
            ),
            (Prediction::Sample, &case.targets.sample, case.losses.sample),
            (
                Prediction::Velocity,
                &case.targets.v_prediction,
                case.losses.v_prediction,
            ),
        ] {
            let found = of(&|sample, noise| level.target(prediction, sample, noise));
            let what = format!("{what} {prediction:?}");
            assert_close(&what, &found, target, 1e-6);
            let errors = found.iter().zip(&inputs.output);
            let squares: f32 = errors
                .map(|(target, output)| (output - target).powi(2))
                .sum();
            assert_close(&what, &[squares / found.len() as f32], &[loss], 1e-6);
        }
    }
}

#[test]
fn steps_agree_with_ddpm_and_ddim() {
    let Fixture {
        inputs, ddpm, ddim, ..
    } = fixture();
    assert!(!ddpm.is_empty() && !ddim.is_empty());
    let numbers = [&inputs.sample, &inputs.output, &inputs.noise].map(Vec::as_slice);
    for case in ddpm.iter().chain(&ddim) {
        let schedule = Schedule::new(case.schedule, TRAINED);
        let (from, to) = (
            schedule.level(case.timestep),
            level(&schedule, case.previous),
        );
        let step = Step::new(case.prediction, from, to, case.eta);
        let (guess, next) = taken(&step, case.clip, numbers);
        let what = format!(
            "{:?} {:?} {} to {}, eta {}, clip {:?}",
            case.schedule, case.prediction, case.timestep, case.previous, case.eta, case.clip
        );
        let tolerance = tolerance(case.schedule, case.timestep);
        assert_close(&what, &guess, &case.pred_original_sample, tolerance);
        assert_close(&what, &next, &case.prev_sample, tolerance);
    }
}

#[test]
fn the_same_timesteps_are_visited() {
    let schedule = Schedule::new(BetaSchedule::Linear, TRAINED);
    for Visited {
        steps,
        spacing,
        timesteps,
    } in fixture().timesteps
    {
        if spacing == "trailing" {
            assert_eq!(schedule.visited(steps), timesteps);
        }
    }
}

#[test]
fn whole_runs_agree() {
    for run in fixture()
        .runs
        .iter()
        .filter(|run| run.spacing == "trailing")
    {
        let schedule = Schedule::new(run.schedule, TRAINED);
        let visited = schedule.visited(run.states.len() - 1);
        let mut x: Vec<f32> = run.states[0].iter().map(|x| *x as f32).collect();
        for (place, &timestep) in visited.iter().enumerate() {
            let previous = visited.get(place + 1).map_or(-1, |&next| next as i64);
            let (from, to) = (schedule.level(timestep), level(&schedule, previous));
            let step = Step::new(run.prediction, from, to, 0.0);
            let told = |x: &f32| 0.5 * x + 0.1 - 0.3 * timestep as f32 / TRAINED as f32;
            let output: Vec<f32> = x.iter().map(told).collect();
            x = taken(&step, None, [&x, &output, &vec![0.0; x.len()]]).1;
            let what = format!("{:?} {:?} after {timestep}", run.schedule, run.prediction);
            // Errors of the first step are carried along.
            assert_close(
                &what,
                &x,
                &run.states[place + 1],
                tolerance(run.schedule, 999),
            );
        }
    }
}
