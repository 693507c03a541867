//! Draws samples: from noise, step by step, to what the denoiser takes for clean.

use super::denoiser::{Denoiser, Noised};
use super::schedule::{Level, Step};
use super::{Draw, TIMES};
use crate::engine::{Engine, Feeds, HostTensor, Plan};
use crate::graph::{Builder, DType, Expr, Graph, GraphError};
use crate::policy::{DrawError, Source, Weights, mixture};
use crate::rng::{self, Purpose};

/// Makes the samplers that are asked for, each once.
#[derive(Default)]
pub struct Samplers {
    ready: Vec<(SamplerKind, Sampler)>,
}

/// What makes one sampler another.
#[derive(Clone, Copy, PartialEq)]
struct SamplerKind {
    /// The scope of the weights; none for the mixture of policy and reference.
    scope: Option<&'static str>,
    rows: usize,
    guided: bool,
}

/// One step of drawing, made ready for a number of samples.
pub struct Sampler {
    plan: Box<dyn Plan>,
    kind: SamplerKind,
}

const CLASSES: &str = "sampler/classes";
const FRESH: &str = "sampler/fresh";
const GUIDANCE: &str = "sampler/guidance";
const GUESS: &str = "sampler/guess";
const NEXT: &str = "sampler/next";
const MIX: &str = "sampler/mix";

impl SamplerKind {
    fn new(source: Source, rows: usize, draw: Draw) -> Self {
        SamplerKind {
            scope: match source {
                Source::Weights(scope) => Some(scope),
                Source::Mixture { .. } => None,
            },
            rows,
            guided: draw.guidance != 1.0,
        }
    }

    /// The state that holds the samples on their way: of one shape, so there is one for each number of them.
    fn state(&self) -> String {
        format!("sampler/{}", self.rows)
    }
}

impl Samplers {
    /// The sampler of `rows` samples at once from `source`.
    pub async fn get(
        &mut self,
        engine: &dyn Engine,
        denoiser: &Denoiser,
        source: Source,
        rows: usize,
        draw: Draw,
    ) -> Result<&mut Sampler, DrawError> {
        let kind = SamplerKind::new(source, rows, draw);
        let index = match self.ready.iter().position(|(known, _)| *known == kind) {
            Some(index) => index,
            None => {
                let plan = engine.compile(&Sampler::graph(denoiser, kind)?).await?;
                self.ready.push((kind, Sampler { plan, kind }));
                self.ready.len() - 1
            }
        };
        Ok(&mut self.ready[index].1)
    }
}

/// What draws `rows` samples from `source`: the graph of one step.
pub fn step_graph(
    denoiser: &Denoiser,
    source: Source,
    rows: usize,
    draw: Draw,
) -> Result<Graph, GraphError> {
    Sampler::graph(denoiser, SamplerKind::new(source, rows, draw))
}

impl Sampler {
    fn graph(denoiser: &Denoiser, kind: SamplerKind) -> Result<Graph, GraphError> {
        let (builder, config, rows) = (Builder::new(), denoiser.config(), kind.rows);
        let shape = [rows, config.dimensions];
        let x = builder.state(&kind.state(), DType::F32, shape);
        // With guidance, everything is asked twice: of the class, and of none.
        let copies = if kind.guided { 2 } else { 1 };
        let asked = Noised {
            values: builder.concat(0, &vec![x; copies]),
            times: builder.input(TIMES, DType::F32, [copies * rows, config.time_features]),
            classes: builder.input(CLASSES, DType::U32, [copies * rows]),
        };
        let of = |scope| denoiser.predictions(&Weights::new(&builder, scope), asked);
        let told = match kind.scope {
            Some(scope) => of(scope),
            None => {
                let mix = builder.scalar_input(MIX);
                mixture(of(Weights::POLICY), of(Weights::REFERENCE), mix)
            }
        };
        let told = match kind.guided {
            false => told,
            true => {
                let [class, none] = [0, rows].map(|start| told.slice(0, start..start + rows));
                none + builder.scalar_input(GUIDANCE) * (class - none)
            }
        };
        let factors = |name: &str, count: usize| {
            let all = builder.input(name, DType::F32, [count]);
            move |index: usize| all.slice(0, index..index + 1).reshape([])
        };
        let (guess, next) = (factors(GUESS, 2), factors(NEXT, 3));
        let clean = guess(0) * x + guess(1) * told;
        let clean = match config.clip_sample_range {
            Some(range) => within(clean, range),
            None => clean,
        };
        let fresh = builder.input(FRESH, DType::F32, shape);
        builder.update(x, next(0) * x + next(1) * clean + next(2) * fresh);
        builder.finish()
    }

    /// One sample of each of `classes` (as many as the sampler has rows), `[rows · dimensions]`; `watch` is told
    /// every state on the way, the noise at the start included, if there is one.
    ///
    /// The same seed gives the same luck to every source.
    pub async fn draw(
        &mut self,
        engine: &dyn Engine,
        denoiser: &Denoiser,
        classes: &[u32],
        source: Source,
        draw: Draw,
        mut watch: Option<&mut Vec<Vec<f32>>>,
    ) -> Result<Vec<f32>, DrawError> {
        let (config, schedule) = (denoiser.config(), denoiser.schedule());
        let shape = [self.kind.rows, config.dimensions];
        let noise = |step: u32| {
            let key = rng::key(draw.seed);
            let count = (shape[0] * shape[1]) as u32;
            let values = (0..count).map(|element| rng::normal(key, Purpose::Noise, step, element));
            HostTensor::f32(shape, values.collect())
        };
        let state = self.kind.state();
        let start = noise(0);
        if let Some(states) = &mut watch {
            states.push(start.as_f32().to_vec());
        }
        engine.write(&state, start)?;
        let copies = if self.kind.guided { 2 } else { 1 };
        let none = std::iter::repeat_n(denoiser.no_class(), (copies - 1) * classes.len());
        let asked: Vec<u32> = classes.iter().copied().chain(none).collect();
        let asked = HostTensor::u32([asked.len()], asked);
        let mut feeds = Feeds::from([
            (CLASSES.to_owned(), asked),
            (FRESH.to_owned(), HostTensor::zeros(shape)),
        ]);
        if self.kind.guided {
            feeds.insert(GUIDANCE.to_owned(), HostTensor::scalar(draw.guidance));
        }
        if let Source::Mixture { mix } = source {
            feeds.insert(MIX.to_owned(), HostTensor::scalar(mix));
        }
        let visited = schedule.visited(draw.steps);
        for (index, &timestep) in visited.iter().enumerate() {
            let to = match visited.get(index + 1) {
                Some(&next) => schedule.level(next),
                None => Level::CLEAN,
            };
            let from = schedule.level(timestep);
            let step = Step::new(config.prediction_type, from, to, f64::from(draw.eta));
            let times: Vec<f32> = denoiser.time_features(timestep).collect();
            let rows = copies * shape[0];
            let times = HostTensor::f32([rows, times.len()], times.repeat(rows));
            feeds.insert(TIMES.to_owned(), times);
            let factors = |values: &[f32]| HostTensor::f32([values.len()], values.to_vec());
            feeds.insert(GUESS.to_owned(), factors(&step.guess));
            feeds.insert(NEXT.to_owned(), factors(&step.next));
            if step.next[2] != 0.0 {
                feeds.insert(FRESH.to_owned(), noise(index as u32 + 1));
            }
            self.plan.run(&feeds)?;
            if let Some(states) = &mut watch {
                states.push(engine.read(&state).await?.as_f32().to_vec());
            }
        }
        Ok(engine.read(&state).await?.as_f32().to_vec())
    }
}

/// `x` cut to what lies between minus and plus `range`.
pub(super) fn within(x: Expr<'_>, range: f32) -> Expr<'_> {
    let builder = x.builder();
    x.max(builder.constant(-range)).min(builder.constant(range))
}
