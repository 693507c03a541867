//! `playground bench`: the standard task, timed and checked.

use std::time::Instant;

use alignment_playground::engine::gpu::{GpuEngine, Software, Target};
use alignment_playground::engine::{Choice, Engine, matmul_ceiling};
use alignment_playground::standard_task::{Size, StandardTask, Task};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::failure::Failure;

/// Time the standard task of the benchmark and compare its losses with PyTorch's
///
/// Prints a line of JSON for each size and task. Fails when a loss lies further than 1e-4 from
/// PyTorch's.
#[derive(Args)]
#[command(after_help = "Examples:
  playground bench
  playground bench --configs S --tasks dpo --steps 200 --threads 2
  playground bench --engine gpu --configs S,M,L
  playground bench --engine gpu --configs M --tasks dpo --profile
  playground bench --hardware-kernels --configs M --tasks dpo --profile")]
pub struct Arguments {
    /// Sizes: S, M, L
    #[arg(long, value_delimiter = ',', default_value = "S,M")]
    configs: Vec<String>,
    /// Tasks: lm, dpo
    #[arg(long, value_delimiter = ',', default_value = "lm,dpo")]
    tasks: Vec<String>,
    /// Updates to time, after those of the warm-up
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(15..))]
    steps: u32,
    /// What runs it: cpu, gpu or automatic
    #[arg(long, default_value = "cpu", value_parser = Choice::by_name)]
    engine: Choice,
    /// Threads of the CPU engine
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Then tell where the time of an update goes, as a table
    #[arg(long)]
    profile: bool,
    /// Run the kernels that are for GPUs in hardware on any GPU: to see what they move, where there is none
    #[arg(long)]
    hardware_kernels: bool,
}

impl Arguments {
    async fn engine(&self) -> Result<Box<dyn Engine>, Failure> {
        Ok(match self.hardware_kernels {
            false => self.engine.open().await?,
            true => {
                let engine = GpuEngine::open(Software::Accept).await?;
                Box::new(engine.with_kernels_for(Target::Hardware))
            }
        })
    }
}

/// Updates before the clock starts.
const WARM_UP: u32 = 5;
/// The updates, counted from 1, whose losses are compared.
const COMPARED: [usize; 3] = [1, 5, 20];
/// How far a loss may lie from PyTorch's.
const TOLERANCE: f32 = 1e-4;
/// PyTorch's losses, as `tests/bench/torch_task.py` prints them.
const EXPECTED: &str = include_str!("../../../../tests/bench/expected.json");

/// One line of results, under the names that the other systems' benchmarks use.
#[derive(Serialize)]
struct Line<'a> {
    lib: &'static str,
    backend: String,
    cfg: &'a str,
    task: &'a str,
    threads: usize,
    steps: u32,
    ms_median: f64,
    ms_p10: f64,
    ms_min: f64,
    steps_s: f64,
    gflops_p10: f64,
    loss: [f32; 3],
    /// The machine's load average over a minute: how much to trust the times.
    #[serde(skip_serializing_if = "Option::is_none")]
    load1: Option<f64>,
}

/// PyTorch's losses for one size and task.
#[derive(Deserialize)]
struct Expected {
    cfg: String,
    task: String,
    loss: [f32; 3],
}

/// Times each task at each size.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    // SAFETY: nothing has been computed yet, so there is no other thread.
    unsafe { std::env::set_var("RAYON_NUM_THREADS", arguments.threads.to_string()) };
    let mut wrong = Vec::new();
    for cfg in &arguments.configs {
        for task in &arguments.tasks {
            let line = time(arguments, cfg, task).await?;
            println!("{}", serde_json::to_string(&line)?);
            if arguments.profile {
                print!("{}", profile(arguments, cfg, task).await?);
            }
            wrong.extend(compare(&line)?);
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Failure::WrongLosses(wrong.join("; "))),
    }
}

async fn time<'a>(arguments: &Arguments, cfg: &'a str, task: &'a str) -> Result<Line<'a>, Failure> {
    let (size, kind) = (Size::by_name(cfg)?, Task::by_name(task)?);
    let engine = arguments.engine().await?;
    let mut standard = StandardTask::new(engine.as_ref(), size, kind).await?;
    let (mut losses, mut times) = (Vec::new(), Vec::new());
    for _ in 0..WARM_UP + arguments.steps {
        let start = Instant::now();
        losses.push(standard.update().await?);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let mut times = times.split_off(WARM_UP as usize);
    times.sort_by(f64::total_cmp);
    let quantile = |share: f64| times[(times.len() as f64 * share) as usize];
    let rounded = |value: f64, digits: i32| {
        let unit = 10f64.powi(digits);
        (value * unit).round() / unit
    };
    Ok(Line {
        lib: "alignment-playground",
        backend: engine.description(),
        cfg,
        task,
        threads: arguments.threads,
        steps: arguments.steps,
        ms_median: rounded(quantile(0.5), 3),
        ms_p10: rounded(quantile(0.1), 3),
        ms_min: rounded(quantile(0.0), 3),
        steps_s: rounded(1e3 / quantile(0.5), 2),
        gflops_p10: rounded(size.flops() / quantile(0.1) / 1e6, 2),
        loss: COMPARED.map(|step| losses[step - 1]),
        load1: load(),
    })
}

/// Where the time of an update goes: the parts that do the same in a line, the longest first.
async fn profile(arguments: &Arguments, cfg: &str, task: &str) -> Result<String, Failure> {
    let (size, kind) = (Size::by_name(cfg)?, Task::by_name(task)?);
    let engine = arguments.engine().await?;
    let mut standard = StandardTask::new(engine.as_ref(), size, kind).await?;
    let mut best = standard.profile().await?;
    for _ in 0..WARM_UP {
        let again = standard.profile().await?;
        if again.milliseconds() < best.milliseconds() {
            best = again;
        }
    }
    let ceiling = matmul_ceiling(engine.as_ref()).await?;
    let total = best.milliseconds();
    let mut table = format!(
        "{:>8} {:>6} {:>6} {:>8} {:>8} {:>8}  operations\n",
        "ms", "share", "times", "MB", "GB/s", "GFLOP/s"
    );
    for (count, part) in best.by_name() {
        let bytes = part.work.bytes as f64;
        let gflops = part.gflops();
        let gflops = gflops.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.2}"));
        table += &format!(
            "{:>8.3} {:>5.1}% {count:>6} {:>8.2} {:>8.2} {gflops:>8}  {}\n",
            part.milliseconds,
            100.0 * part.milliseconds / total,
            bytes / 1e6,
            bytes / part.milliseconds / 1e6,
            part.name
        );
    }
    let rate = size.flops() / total / 1e6;
    let (bytes, least) = (best.bytes() as f64, standard.least_bytes() as f64);
    table += &format!(
        "{total:.3} ms in {} parts; {:.2} MB moved, {:.2} times the least; {rate:.2} GFLOP/s, {:.0} % of the {ceiling:.2} that a large matrix product reaches here\n",
        best.parts.len(),
        bytes / 1e6,
        bytes / least,
        100.0 * rate / ceiling
    );
    Ok(table)
}

/// What is wrong with a line's losses, if PyTorch's are known for its size and task.
fn compare(line: &Line) -> Result<Option<String>, Failure> {
    let expected: Vec<Expected> = serde_json::from_str(EXPECTED)?;
    let same = |expected: &&Expected| (&*expected.cfg, &*expected.task) == (line.cfg, line.task);
    let Some(expected) = expected.iter().find(same) else {
        return Ok(None);
    };
    let far = |(found, wanted): (&f32, &f32)| (found - wanted).abs() > TOLERANCE || found.is_nan();
    let differs = line.loss.iter().zip(&expected.loss).any(far);
    Ok(differs.then(|| {
        format!(
            "the losses of {}/{} at updates {COMPARED:?} are {:?}, but PyTorch's are {:?}",
            line.cfg, line.task, line.loss, expected.loss
        )
    }))
}

/// The machine's load average over a minute, where it tells.
fn load() -> Option<f64> {
    let averages = std::fs::read_to_string("/proc/loadavg").ok()?;
    averages.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::f32::consts::LN_2;

    use super::*;

    #[test]
    fn only_losses_near_pytorchs_pass() {
        let line = |loss| Line {
            lib: "",
            backend: String::new(),
            cfg: "S",
            task: "dpo",
            threads: 1,
            steps: 1,
            ms_median: 1.0,
            ms_p10: 1.0,
            ms_min: 1.0,
            steps_s: 1.0,
            gflops_p10: 1.0,
            loss,
            load1: None,
        };
        let wrong = |loss| compare(&line(loss)).unwrap();
        assert_eq!(wrong([LN_2, 0.04506, 0.00366]), None);
        assert!(wrong([LN_2, 0.04506, 0.0039]).is_some_and(|text| text.contains("S/dpo")));
        assert!(wrong([LN_2, f32::NAN, 0.00366]).is_some());
    }
}
