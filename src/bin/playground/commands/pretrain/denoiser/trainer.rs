//! Lowers the denoising error of samples.

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, HostTensor, Plan};
use alignment_playground::graph::{Builder, GraphError};
use alignment_playground::optimizer::AdamW;
use alignment_playground::policy::diffusion::{
    Config, DiffusionPolicy, DiffusionSample, Draw, LooksAt, NoisedLayout, Samplers,
};
use alignment_playground::policy::{Glance, Parameter, Policy, Source, Weights, state_name};
use alignment_playground::rng::{self, Purpose};

use super::super::schedule::schedule;
use super::{Data, Recipe};
use crate::commands::failure::Failure;
use crate::commands::progress;

/// Squared gradients are averaged over about 100 updates.
const OPTIMIZER: AdamW = AdamW {
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
};
/// Looks at the held-out error while training.
const REPORTS: u32 = 10;
/// Samples that such a look reads, and that are scored at once.
const LOOKED_AT: usize = 256;

/// A policy in training.
pub struct Trainer {
    engine: CpuEngine,
    policy: DiffusionPolicy,
    parameters: Vec<Parameter>,
    samplers: Samplers,
}

impl Trainer {
    /// The policy of a configuration with the starting weights of `seed`.
    pub fn new(config: Config, seed: u64) -> Result<Self, Failure> {
        let policy = DiffusionPolicy::new(config);
        let trainer = Trainer {
            engine: CpuEngine::new(),
            parameters: policy.parameters(),
            policy,
            samplers: Samplers::default(),
        };
        let parameters = trainer.parameters.iter().enumerate();
        let start = parameters.map(|(index, parameter)| parameter.start(seed, index));
        trainer.set_weights(start.collect())?;
        OPTIMIZER.reset(&trainer.engine, &trainer.parameters)?;
        Ok(trainer)
    }

    /// The weights' names and shapes.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The present weights.
    pub async fn weights(&self) -> Result<Vec<HostTensor>, Failure> {
        let mut weights = Vec::with_capacity(self.parameters.len());
        for parameter in &self.parameters {
            let name = state_name(Weights::POLICY, &parameter.name);
            weights.push(self.engine.read(&name).await?);
        }
        Ok(weights)
    }

    /// Replaces the weights.
    pub fn set_weights(&self, weights: Vec<HostTensor>) -> Result<(), Failure> {
        for (parameter, weight) in self.parameters.iter().zip(weights) {
            let name = state_name(Weights::POLICY, &parameter.name);
            self.engine.write(&name, weight)?;
        }
        Ok(())
    }

    /// Learns the training samples: a batch of each update, every sample once an epoch.
    pub async fn train(&mut self, recipe: &Recipe, data: &Data) -> Result<(), Failure> {
        let bar = progress::bar(u64::from(recipe.steps), "updates");
        let size = (recipe.batch as usize).min(data.training.len());
        let mut plan = self.update_plan(size).await?;
        let key = rng::key(recipe.seed);
        for step in 1..=recipe.steps {
            let drawn = u64::from(step - 1) * size as u64;
            let indices = rng::batch(key, Purpose::Shuffle, drawn, size, data.training.len());
            let samples = (0..).zip(indices).map(|(place, index)| {
                let sample = data.training[index].clone();
                let hidden = rng::uniform(key, Purpose::Data, step, place) < recipe.hide;
                let class = match hidden {
                    true => self.policy.denoiser().no_class(),
                    false => sample.class,
                };
                let seed = rng::seed(key, Purpose::Noise, step, place);
                self.policy
                    .looked_at(sample.of_class(class), Glance::Once(seed))
            });
            let samples: Vec<DiffusionSample> = samples.collect();
            let samples: Vec<&DiffusionSample> = samples.iter().collect();
            let layout = self.policy.layout(&samples);
            let mut feeds = self.policy.feeds(&samples, layout);
            let schedule = schedule(
                recipe.learning_rate,
                recipe.weight_decay,
                step,
                recipe.steps,
            );
            OPTIMIZER.feed(&schedule, step, &mut feeds);
            plan.run(&feeds)?;
            let outputs = plan.drain().await?.pop().unwrap_or_default();
            let number = |name| outputs.get(name).map_or(f32::NAN, HostTensor::first);
            if !(number("loss") + number("grad_norm")).is_finite() {
                return Err(Failure::Diverged(step));
            }
            bar.inc(1);
            if step % recipe.steps.div_ceil(REPORTS) == 0 {
                let some =
                    |samples: &[DiffusionSample]| samples[..LOOKED_AT.min(samples.len())].to_vec();
                let own = self.error(&some(&data.training)).await?;
                let held_out = self.error(&some(&data.held_out)).await?;
                bar.suspend(|| {
                    eprintln!("update {step}: training {own:.4}, held out {held_out:.4}")
                });
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    async fn update_plan(&self, size: usize) -> Result<Box<dyn Plan>, Failure> {
        let layout = NoisedLayout {
            samples: size,
            looks: 1,
            looks_at: LooksAt::Noise,
        };
        let builder = Builder::new();
        let weights = Weights::new(&builder, Weights::POLICY);
        // Twice minus log π, so that the loss is the mean squared error.
        let loss = self.policy.scores(&weights, layout).log_probs.mean() * -2.0;
        let report = OPTIMIZER.minimise(&builder, loss, &self.parameters);
        builder.output("loss", loss);
        builder.output("grad_norm", report.norm);
        Ok(self.engine.compile(&builder.finish()?).await?)
    }

    /// The mean squared denoising error of `samples` over the measured timesteps.
    pub async fn error(&mut self, samples: &[DiffusionSample]) -> Result<f64, Failure> {
        let mut total = 0.0;
        for chunk in samples.chunks(LOOKED_AT) {
            let chunk: Vec<&DiffusionSample> = chunk.iter().collect();
            let layout = self.policy.layout(&chunk);
            let graph = || -> Result<_, GraphError> {
                let builder = Builder::new();
                let weights = Weights::new(&builder, Weights::POLICY);
                let error = self.policy.scores(&weights, layout).log_probs.mean() * -2.0;
                builder.output("error", error);
                builder.finish()
            };
            let mut plan = self.engine.compile(&graph()?).await?;
            plan.run(&self.policy.feeds(&chunk, layout))?;
            let outputs = plan.drain().await?.pop().unwrap_or_default();
            let error = outputs.get("error").map_or(f32::NAN, HostTensor::first);
            total += f64::from(error) * chunk.len() as f64;
        }
        Ok(total / samples.len().max(1) as f64)
    }

    /// A sample of each of `classes`.
    pub async fn samples(
        &mut self,
        classes: &[u32],
        draw: Draw,
    ) -> Result<Vec<DiffusionSample>, Failure> {
        let asked = classes.iter();
        let asked: Vec<DiffusionSample> = asked
            .map(|&class| DiffusionSample::new(class, Vec::new()))
            .collect();
        let asked: Vec<&DiffusionSample> = asked.iter().collect();
        let source = Source::Weights(Weights::POLICY);
        let drawn = self
            .policy
            .draw(&self.engine, &mut self.samplers, &asked, source, draw);
        Ok(drawn.await?)
    }
}
