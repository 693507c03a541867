//! What only a run of a diffusion policy can do: grids of samples, their way from noise, the field that draws
//! them, errors by timestep.

use super::{Anchor, Pair, Session, SessionError, Snapshot};
use crate::engine::{Engine, Feeds, HostTensor};
use crate::graph::{Builder, DType, Graph, GraphError};
use crate::judge::{Judge, PictureJudge, PictureRule};
use crate::objective::Objective;
use crate::policy::diffusion::{
    Config, DiffusionPolicy, DiffusionSample, Draw, Noised, Prediction, step_graph,
};
use crate::policy::{self, Policy, Precision, Source, Weights};
use crate::rng::{self, Purpose};

/// A run of a diffusion policy.
pub struct DiffusionSession {
    session: Session<DiffusionPolicy>,
}

/// The way of samples from noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// The timestep before each step; that of the last state is "clean".
    pub timesteps: Vec<usize>,
    /// All samples in each state, the noise first, `[samples · dimensions]`.
    pub states: Vec<Vec<f32>>,
}

/// A sample's denoising errors at each measured timestep, mean squares.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    /// Under the policy.
    pub policy: Vec<f32>,
    /// Under the reference.
    pub reference: Vec<f32>,
}

/// The place of a pair's sample that does not fit the policy.
const INPUT: &str = "field/values";
const TIMES: &str = "field/times";
const CLASSES: &str = "field/classes";

impl DiffusionSession {
    /// A run that starts from a checkpoint: the text of `config.json`, the bytes of `model.safetensors`.
    pub fn open(
        engine: Box<dyn Engine>,
        config: &str,
        weights: &[u8],
        objective: Objective,
        seed: u64,
    ) -> Result<Self, SessionError> {
        let policy = DiffusionPolicy::new(Config::from_json(config)?);
        let weights = policy::load(weights, &policy.parameters())?;
        Ok(DiffusionSession {
            session: Session::new(engine, policy, weights, objective, seed)?,
        })
    }

    /// Another run that goes on from a snapshot of this one: see [`Session::branch`].
    pub async fn branch(
        &self,
        engine: Box<dyn Engine>,
        snapshot: &Snapshot<DiffusionSample>,
        objective: Objective,
        anchor: Anchor,
    ) -> Result<Self, SessionError> {
        let branched = self.session.branch(engine, snapshot, objective, anchor);
        Ok(DiffusionSession {
            session: branched.await?,
        })
    }

    /// The run itself.
    pub fn session(&mut self) -> &mut Session<DiffusionPolicy> {
        &mut self.session
    }

    /// Has `rule` judge the policy's own samples.
    pub fn set_rule(&mut self, rule: &str) -> Result<(), SessionError> {
        let judge = PictureJudge(rule.parse()?);
        self.session.set_judge(Box::new(judge));
        Ok(())
    }

    /// Replaces the training pairs after checking that the policy can score them.
    pub async fn set_training_pairs(
        &mut self,
        pairs: Vec<(u32, Pair<DiffusionSample>)>,
    ) -> Result<(), SessionError> {
        for (id, pair) in &pairs {
            self.check(*id, pair)?;
        }
        self.session.set_training_pairs(pairs).await
    }

    /// Replaces the held-out pairs after checking that the policy can score them.
    pub fn set_held_out_pairs(
        &mut self,
        pairs: Vec<(u32, Pair<DiffusionSample>)>,
    ) -> Result<(), SessionError> {
        for (id, pair) in &pairs {
            self.check(*id, pair)?;
        }
        let pairs = pairs.into_iter().map(|(_, pair)| pair);
        self.session.set_held_out_pairs(pairs.collect());
        Ok(())
    }

    fn check(&self, id: u32, pair: &Pair<DiffusionSample>) -> Result<(), SessionError> {
        let policy = &self.session.policy;
        match policy.fits(&pair.chosen) && policy.fits(&pair.rejected) {
            true => Ok(()),
            false => Err(SessionError::Sample {
                id,
                dimensions: policy.config().dimensions,
                classes: policy.config().classes,
            }),
        }
    }

    /// A sample of each of `classes` from `source`: the same draw, the same luck for all sources.
    pub async fn sample(
        &mut self,
        source: Source,
        classes: &[u32],
        draw: Draw,
    ) -> Result<Vec<DiffusionSample>, SessionError> {
        let asked: Vec<DiffusionSample> = classes
            .iter()
            .map(|&class| DiffusionSample::new(class, Vec::new()))
            .collect();
        let asked: Vec<&DiffusionSample> = asked.iter().collect();
        let (engine, policy, generators) = self.session.parts();
        Ok(policy
            .draw(engine, generators, &asked, source, draw)
            .await?)
    }

    /// The way of a sample of each of `classes` from noise, as [`DiffusionSession::sample`] draws them.
    pub async fn trajectory(
        &mut self,
        source: Source,
        classes: &[u32],
        draw: Draw,
    ) -> Result<Trajectory, SessionError> {
        let (engine, policy, samplers) = self.session.parts();
        let denoiser = policy.denoiser();
        let mut states = Vec::new();
        let sampler = samplers.get(engine, denoiser, source, classes.len(), draw);
        let drawn = sampler
            .await?
            .draw(engine, denoiser, classes, source, draw, Some(&mut states));
        drawn.await?;
        Ok(Trajectory {
            timesteps: denoiser.schedule().visited(draw.steps),
            states,
        })
    }

    /// Draws two samples of each of `classes` from `source` and makes a pair of each two that `rule` does not find
    /// alike, the better one chosen; ids count from `first_id`.
    pub async fn propose_pairs(
        &mut self,
        source: Source,
        classes: &[u32],
        draw: Draw,
        rule: &PictureRule,
        first_id: u32,
    ) -> Result<Vec<(u32, Pair<DiffusionSample>)>, SessionError> {
        let twice = classes.repeat(2);
        let drawn = self.sample(source, &twice, draw).await?;
        let (firsts, seconds) = drawn.split_at(classes.len());
        let both: Vec<[&DiffusionSample; 2]> =
            firsts.iter().zip(seconds).map(|(a, b)| [a, b]).collect();
        let said = PictureJudge(rule.clone()).preferences(&both).await?;
        let decided = both.into_iter().zip(said).filter(|(_, said)| *said != 0.5);
        let pairs = (first_id..)
            .zip(decided)
            .map(|(id, ([first, second], said))| {
                let (chosen, rejected) = if said > 0.5 {
                    (first, second)
                } else {
                    (second, first)
                };
                let pair = Pair {
                    chosen: chosen.clone(),
                    rejected: rejected.clone(),
                };
                (id, pair)
            });
        Ok(pairs.collect())
    }

    /// The denoising errors of both sides of a pair at the timesteps of
    /// [`DiffusionPolicy::measured_timesteps`].
    pub async fn errors(
        &mut self,
        pair: &Pair<DiffusionSample>,
    ) -> Result<[Errors; 2], SessionError> {
        self.check(0, pair)?;
        let mut sides = [Vec::new(), Vec::new()];
        let samples = [&pair.chosen, &pair.rejected];
        for scope in [Weights::POLICY, Weights::REFERENCE] {
            let scores = self.session.score(scope, &samples).await?;
            for (side, shares) in sides.iter_mut().zip(scores) {
                // Each look's share of log π is minus half its error, over the number of looks.
                let looks = shares.len() as f32;
                side.push(
                    shares
                        .into_iter()
                        .map(|share| -2.0 * looks * share)
                        .collect(),
                );
            }
        }
        Ok(sides.map(|mut both: Vec<Vec<f32>>| {
            let reference = both.pop().unwrap_or_default();
            let policy = both.pop().unwrap_or_default();
            Errors { policy, reference }
        }))
    }

    /// ∇ log p of the noised samples at `timestep` as the weights in `scope` have it, at each of `places` (values
    /// side by side, of samples of `class`; none for no class): −ε̂ / √(1 − ᾱ), laid out like the places.
    pub async fn field(
        &mut self,
        scope: &'static str,
        places: &[f32],
        class: Option<u32>,
        timestep: usize,
    ) -> Result<Vec<f32>, SessionError> {
        let (engine, policy, _) = self.session.parts();
        let (denoiser, config) = (policy.denoiser(), policy.config());
        let rows = places.len() / config.dimensions;
        let shape = [rows, config.dimensions];
        let builder = Builder::new();
        let noised = Noised {
            values: builder.input(INPUT, DType::F32, shape),
            times: builder.input(TIMES, DType::F32, [rows, config.time_features]),
            classes: builder.input(CLASSES, DType::U32, [rows]),
        };
        let told = denoiser.predictions(&Weights::new(&builder, scope), noised);
        let level = denoiser.schedule().level(timestep);
        let [signal, noise] = [level.signal, level.noise].map(|share| share as f32);
        let x = noised.values;
        let noise_told = match config.prediction_type {
            Prediction::Noise => told,
            Prediction::Sample => (x - signal * told) / noise,
            Prediction::Velocity => signal * told + noise * x,
        };
        builder.output(INPUT, noise_told / -noise);
        let times: Vec<f32> = denoiser.time_features(timestep).collect();
        let class = class.unwrap_or(denoiser.no_class());
        let feeds = Feeds::from([
            (
                INPUT.to_owned(),
                HostTensor::f32(shape, places[..rows * config.dimensions].to_vec()),
            ),
            (
                TIMES.to_owned(),
                HostTensor::f32([rows, times.len()], times.repeat(rows)),
            ),
            (
                CLASSES.to_owned(),
                HostTensor::u32([rows], vec![class; rows]),
            ),
        ]);
        let mut plan = engine.compile(&builder.finish()?).await?;
        plan.run(&feeds)?;
        let outputs = plan.drain().await?.pop().unwrap_or_default();
        let field = outputs.get(INPUT).map_or(&[][..], HostTensor::as_f32);
        Ok(field.to_vec())
    }

    /// One graph of each kind that this run asks of its engine when `rows` samples are drawn at once as `draw`
    /// says.
    pub fn graphs(&self, rows: usize, draw: Draw) -> Result<Vec<Graph>, SessionError> {
        let session = &self.session;
        let mut graphs = session.graphs()?;
        let shown =
            [Weights::POLICY, Weights::REFERENCE].map(|scope| (Source::Weights(scope), rows, draw));
        let own = session.drawing(0);
        let drawn = session
            .drawn()
            .into_iter()
            .map(|(source, rows)| (source, rows, own));
        let drawn = shown
            .into_iter()
            .chain(drawn)
            .filter(|(_, rows, _)| *rows > 0);
        let denoiser = session.policy.denoiser();
        let steps: Result<Vec<Graph>, GraphError> = drawn
            .map(|(source, rows, draw)| step_graph(denoiser, source, rows, draw))
            .collect();
        graphs.extend(steps?);
        Ok(graphs)
    }

    /// The policy as it stands, as a `model.safetensors`.
    pub async fn checkpoint(&self) -> Result<Vec<u8>, SessionError> {
        let weights = self.session.weights().await?;
        Ok(policy::save(
            &self.session.parameters,
            &weights,
            Precision::F32,
        )?)
    }
}

/// `count` classes, each equally often in an order of the seed's.
pub fn spread_classes(classes: usize, count: usize, seed: u64) -> Vec<u32> {
    let order = rng::permutation(rng::key(seed), Purpose::Data, 0, count);
    let classes = classes.max(1);
    order
        .into_iter()
        .map(|place| (place % classes) as u32)
        .collect()
}
