//! Lowers the negative log-likelihood of texts.

use std::collections::HashMap;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, Feeds, HostTensor, Plan};
use alignment_playground::graph::Builder;
use alignment_playground::optimizer::AdamW;
use alignment_playground::policy::language::{
    Config, Generator, LanguagePolicy, Scorer, TokenLayout, TokenSample,
};
use alignment_playground::policy::{Draw, Parameter, Policy, Source, Weights, state_name};
use alignment_playground::rng::{self, Purpose};
use alignment_playground::sampling::Law;

use super::corpus::Corpus;
use super::recipe::Recipe;
use super::resume::Store;
use super::schedule::schedule;
use super::vocabulary::{END, UNKNOWN};
use crate::commands::failure::Failure;
use crate::commands::progress;

/// Squared gradients are averaged over about 100 updates: there are few thousand in all.
const OPTIMIZER: AdamW = AdamW {
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
};
/// Looks at the held-out loss while training.
const REPORTS: u32 = 10;
/// Texts that such a look reads.
const LOOKED_AT: usize = 1000;
/// Updates between two states that an interrupted run can go on from.
const SAVE_EVERY: u32 = 100;

/// A policy in training.
pub struct Trainer {
    engine: CpuEngine,
    policy: LanguagePolicy,
    parameters: Vec<Parameter>,
    updates: HashMap<TokenLayout, Box<dyn Plan>>,
    /// The epoch in progress, and the texts of its batches.
    epoch: Option<(u32, Vec<Vec<usize>>)>,
}

impl Trainer {
    /// The policy of a `config.json` with the starting weights of `seed`.
    pub fn new(config: &str, seed: u64) -> Result<Self, Failure> {
        let policy = LanguagePolicy::new(Config::from_json(config)?);
        let trainer = Trainer {
            engine: CpuEngine::new(),
            parameters: policy.parameters(),
            policy,
            updates: HashMap::new(),
            epoch: None,
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

    /// How many numbers the weights are.
    pub fn parameter_count(&self) -> usize {
        let elements = |parameter: &Parameter| parameter.shape.elements();
        self.parameters.iter().map(elements).sum()
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

    /// Learns the corpus' training texts, from where an interrupted run of the same recipe
    /// left off.
    pub async fn train(
        &mut self,
        recipe: &Recipe,
        corpus: &Corpus,
        store: &Store,
    ) -> Result<(), Failure> {
        let bar = progress::bar(u64::from(recipe.steps), "updates");
        let states = self.states();
        let mut done = 0;
        if let Some((step, values)) = store.load(recipe, &states)? {
            for (state, value) in states.iter().zip(values) {
                self.engine.write(&state.name, value)?;
            }
            done = step;
            bar.suspend(|| eprintln!("going on after update {done}"));
            bar.set_position(u64::from(done));
        }
        let looked_at = |texts: &[Vec<u32>]| texts[..LOOKED_AT.min(texts.len())].to_vec();
        let (own, held_out) = (looked_at(corpus.learnt()), looked_at(&corpus.held_out));
        for step in done + 1..=recipe.steps {
            let texts = self.batch_of(&corpus.training, recipe, step);
            let loss = self.update(&texts, recipe, step).await?;
            bar.set_message(format!("loss {loss:.3}"));
            bar.inc(1);
            if step % recipe.steps.div_ceil(REPORTS) == 0 {
                let (own, held_out) = (self.loss(&own).await?, self.loss(&held_out).await?);
                bar.suspend(|| {
                    eprintln!("update {step}: training {own:.4}, held out {held_out:.4}");
                });
            }
            if step % SAVE_EVERY == 0 {
                let mut values = Vec::with_capacity(states.len());
                for state in &states {
                    values.push(self.engine.read(&state.name).await?);
                }
                store.save(recipe, step, &states, &values)?;
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Everything that an update changes.
    fn states(&self) -> Vec<Parameter> {
        let weight = |parameter: &Parameter| Parameter {
            name: state_name(Weights::POLICY, &parameter.name),
            ..parameter.clone()
        };
        let weights = self.parameters.iter().map(weight);
        weights.chain(AdamW::states(&self.parameters)).collect()
    }

    /// The texts of update number `step`: each once an epoch, those of a batch alike in length,
    /// in an order of the epoch's own.
    fn batch_of<'a>(
        &mut self,
        texts: &'a [Vec<u32>],
        recipe: &Recipe,
        step: u32,
    ) -> Vec<&'a [u32]> {
        let rows = recipe.batch as usize / 2 * 2;
        let per_epoch = (texts.len() / rows).max(1) as u32;
        let (epoch, batch) = ((step - 1) / per_epoch, (step - 1) % per_epoch);
        if self.epoch.as_ref().is_none_or(|(known, _)| *known != epoch) {
            self.epoch = Some((epoch, batches(texts, rows, recipe, epoch)));
        }
        let batches = self.epoch.as_ref().map_or(&[][..], |(_, batches)| batches);
        let batch = &batches[batch as usize];
        batch.iter().map(|&index| texts[index].as_slice()).collect()
    }

    /// One update; gives the loss before it.
    async fn update(
        &mut self,
        texts: &[&[u32]],
        recipe: &Recipe,
        step: u32,
    ) -> Result<f32, Failure> {
        let (layout, mut feeds) = self.batch(texts);
        hide(&mut feeds, recipe, step);
        let schedule = schedule(
            recipe.learning_rate,
            recipe.weight_decay,
            step,
            recipe.steps,
        );
        OPTIMIZER.feed(&schedule, step, &mut feeds);
        if !self.updates.contains_key(&layout) {
            let builder = Builder::new();
            let weights = Weights::new(&builder, Weights::POLICY);
            let loss = self.policy.negative_log_likelihood(&weights, layout);
            let report = OPTIMIZER.minimise(&builder, loss, &self.parameters);
            builder.output("loss", loss);
            builder.output("grad_norm", report.norm);
            let graph = builder.finish()?;
            self.updates
                .insert(layout, self.engine.compile(&graph).await?);
        }
        let plan = self.updates.get_mut(&layout).expect("it was just made");
        plan.run(&feeds)?;
        let outputs = plan.drain().await?.pop().unwrap_or_default();
        let number = |name| outputs.get(name).map_or(f32::NAN, HostTensor::first);
        let loss = number("loss");
        match (loss + number("grad_norm")).is_finite() {
            true => Ok(loss),
            false => Err(Failure::Diverged(step)),
        }
    }

    /// Minus the mean log-probability of a token of `texts`, end-of-text included, nats.
    pub async fn loss(&self, texts: &[Vec<u32>]) -> Result<f64, Failure> {
        let samples: Vec<TokenSample> = texts.iter().map(|text| alone(text)).collect();
        let mut scorer = Scorer::new(self.policy.clone(), Weights::POLICY);
        let scores = scorer.score(&self.engine, &samples, |_| ()).await?;
        let total: f64 = scores.iter().sum();
        let tokens: usize = texts.iter().map(|text| text.len() + 1).sum();
        Ok(-total / tokens as f64)
    }

    /// A continuation of each of `prompts`.
    pub async fn samples(
        &self,
        prompts: &[Vec<u32>],
        law: Law,
        seed: u64,
    ) -> Result<Vec<Vec<u32>>, Failure> {
        let transformer = self.policy.transformer();
        let rows = prompts.len();
        let source = Source::Weights(Weights::POLICY);
        let mut generator = Generator::new(&self.engine, transformer, source, rows).await?;
        let prompts: Vec<&[u32]> = prompts.iter().map(Vec::as_slice).collect();
        let most = self.policy.config().context;
        let draw = Draw { law, seed, most };
        let drawn = generator.generate(&self.engine, &prompts, source, draw);
        Ok(drawn.await?)
    }

    /// A row for each of `texts`, in order.
    fn batch(&self, texts: &[&[u32]]) -> (TokenLayout, Feeds) {
        let samples: Vec<TokenSample> = texts.iter().map(|text| alone(text)).collect();
        let samples: Vec<&TokenSample> = samples.iter().collect();
        let layout = self.policy.layout(&samples);
        (layout, self.policy.feeds(&samples, layout))
    }
}

/// A text without a prompt.
fn alone(text: &[u32]) -> TokenSample {
    TokenSample {
        prompt: Vec::new(),
        completion: text.to_vec(),
    }
}

/// Replaces a share of the tokens read, but none of those to be predicted, by the unknown
/// token (word dropout, Bowman et al. 2016): the policy must not lean on single characters.
fn hide(feeds: &mut Feeds, recipe: &Recipe, step: u32) {
    let key = rng::key(recipe.seed);
    let hidden = |place: u32| rng::uniform(key, Purpose::Data, step, place) < recipe.hide;
    TokenLayout::change_tokens(feeds, |place, token| match token != END && hidden(place) {
        true => UNKNOWN,
        false => token,
    });
}

/// The batches of an epoch, as indices into `texts`.
fn batches(texts: &[Vec<u32>], rows: usize, recipe: &Recipe, epoch: u32) -> Vec<Vec<usize>> {
    let key = rng::key(recipe.seed);
    let mut order = rng::permutation(key, Purpose::Shuffle, 2 * epoch, texts.len());
    for part in order.chunks_mut(rows * recipe.sorted_together) {
        part.sort_by_key(|&index| texts[index].len());
    }
    let batches: Vec<&[usize]> = match texts.len() < rows {
        true => vec![&order],
        false => order.chunks_exact(rows).collect(),
    };
    let turns = rng::permutation(key, Purpose::Shuffle, 2 * epoch + 1, batches.len());
    turns.iter().map(|&turn| batches[turn].to_vec()).collect()
}
