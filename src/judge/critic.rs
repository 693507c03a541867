//! A critic: what is still to come of an answer at each of its choices, learnt from what came of others.

use std::collections::HashMap;
use std::hash::Hash;

use super::JudgeError;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Feeds, HostTensor, Outputs, Plan};
use crate::graph::{Builder, DType, Graph, GraphError};
use crate::optimizer::{AdamW, Schedule};
use crate::policy::{Policy, Weights, state_name};

/// AdamW's steps.
const SCHEDULE: Schedule = Schedule {
    learning_rate: 1e-3,
    weight_decay: 0.01,
    max_grad_norm: 1.0,
};
/// How much the returns seen so far count when more are seen.
const MEMORY: f64 = 0.9;

/// Expects returns: [`Policy::values`] say how far each will lie from the usual, in standard deviations. They
/// learn by squared errors, from a copy of the policy on; at first they are 0, and the usual is expected
/// everywhere: before anything was seen, 0.
///
/// It computes on a CPU engine of its own, as judges that learn do.
pub struct Critic<L> {
    engine: CpuEngine,
    optimizer: AdamW,
    updates: u32,
    usual: Usual,
    plans: HashMap<PlanKey<L>, Box<dyn Plan>>,
}

/// All that a critic goes on from.
#[derive(Clone)]
pub struct CriticMemory {
    /// The engine's states by their names.
    states: Vec<(String, HostTensor)>,
    updates: u32,
    usual: Usual,
}

/// The returns seen so far, older ones counting less.
#[derive(Clone, Copy, Default)]
struct Usual {
    count: f64,
    sum: f64,
    squares: f64,
}

/// What a plan is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum PlanKey<L> {
    Values(L),
    Update(L),
}

const VALUES: &str = "values";
/// The inputs of an update, `[T]`: what followed each choice, as far from the usual as [`VALUES`] are, and how
/// much it counts, 1 together.
const RETURNS: &str = "returns";
const SHARES: &str = "shares";

impl<L: Copy + Eq + Hash> Critic<L> {
    /// One that begins at a policy with these weights, one tensor for each of its parameters, and has seen
    /// nothing.
    pub fn new<P: Policy<Layout = L>>(
        policy: &P,
        weights: Vec<HostTensor>,
    ) -> Result<Self, JudgeError> {
        let (engine, optimizer) = (CpuEngine::new(), AdamW::default());
        let own = policy.critic();
        let copied = policy.parameters().into_iter().zip(weights);
        let copied: HashMap<String, HostTensor> = copied
            .map(|(parameter, weight)| (parameter.name, weight))
            .collect();
        for (index, parameter) in own.iter().enumerate() {
            let start = || parameter.start(0, index);
            let weight = copied.get(&parameter.name).cloned().unwrap_or_else(start);
            engine.write(&state_name(Weights::POLICY, &parameter.name), weight)?;
        }
        optimizer.reset(&engine, &own)?;
        Ok(Critic {
            engine,
            optimizer,
            updates: 0,
            usual: Usual::default(),
            plans: HashMap::new(),
        })
    }

    /// One that goes on from `memory`.
    pub fn remembering(memory: &CriticMemory) -> Result<Self, JudgeError> {
        let engine = CpuEngine::new();
        for (name, value) in &memory.states {
            engine.write(name, value.clone())?;
        }
        Ok(Critic {
            engine,
            optimizer: AdamW::default(),
            updates: memory.updates,
            usual: memory.usual,
            plans: HashMap::new(),
        })
    }

    /// All that it goes on from; `policy` is the one that it began at.
    pub async fn memory<P: Policy>(&self, policy: &P) -> Result<CriticMemory, JudgeError> {
        let own = policy.critic();
        let weights = own.iter().map(|p| state_name(Weights::POLICY, &p.name));
        let moments = AdamW::states(&own).map(|state| state.name);
        let mut states = Vec::new();
        for name in weights.chain(moments) {
            let value = self.engine.read(&name).await?;
            states.push((name, value));
        }
        Ok(CriticMemory {
            states,
            updates: self.updates,
            usual: self.usual,
        })
    }

    /// The return that it expects before each choice of `samples`, one sample after the other.
    pub async fn values<P: Policy<Layout = L>>(
        &mut self,
        policy: &P,
        samples: &[&P::Sample],
    ) -> Result<Vec<f32>, JudgeError> {
        let layout = policy.layout(samples);
        let feeds = policy.feeds(samples, layout);
        let outputs = self.run(policy, PlanKey::Values(layout), &feeds).await?;
        let read = outputs.get(VALUES).map_or(&[][..], HostTensor::as_f32);
        let choices = samples.iter().map(|sample| policy.choices(sample)).sum();
        let (mean, deviation) = self.usual.moments();
        let values = read.iter().take(choices);
        Ok(values.map(|value| mean + deviation * value).collect())
    }

    /// Learns what followed each choice of `samples`; each counts by its share, and the shares are 1 together.
    /// An update that is not finite is not made.
    pub async fn learn<P: Policy<Layout = L>>(
        &mut self,
        policy: &P,
        samples: &[&P::Sample],
        returns: &[f32],
        shares: &[f32],
    ) -> Result<(), JudgeError> {
        self.usual.see(returns, shares);
        if policy.critic().is_empty() {
            return Ok(());
        }
        let layout = policy.layout(samples);
        let mut feeds = policy.feeds(samples, layout);
        let (mean, deviation) = self.usual.moments();
        let returns = returns.iter().map(|value| (value - mean) / deviation);
        let places = policy.places(layout);
        for (name, mut list) in [
            (RETURNS, returns.collect::<Vec<f32>>()),
            (SHARES, shares.to_vec()),
        ] {
            list.resize(places, 0.0);
            feeds.insert(name.to_owned(), HostTensor::f32([places], list));
        }
        self.updates += 1;
        self.optimizer.feed(&SCHEDULE, self.updates, &mut feeds);
        self.run(policy, PlanKey::Update(layout), &feeds).await?;
        Ok(())
    }

    /// Runs the plan for `key`, compiled if it is the first time, and waits for what it gives.
    async fn run<P: Policy<Layout = L>>(
        &mut self,
        policy: &P,
        key: PlanKey<L>,
        feeds: &Feeds,
    ) -> Result<Outputs, JudgeError> {
        let plan = match self.plans.remove(&key) {
            Some(plan) => plan,
            None => self.engine.compile(&self.graph(policy, key)?).await?,
        };
        let plan = self.plans.entry(key).or_insert(plan);
        plan.run(feeds)?;
        Ok(plan.drain().await?.pop().unwrap_or_default())
    }

    fn graph<P: Policy<Layout = L>>(
        &self,
        policy: &P,
        key: PlanKey<L>,
    ) -> Result<Graph, GraphError> {
        let builder = Builder::new();
        let weights = Weights::new(&builder, Weights::POLICY);
        match key {
            PlanKey::Values(layout) => builder.output(VALUES, policy.values(&weights, layout)),
            PlanKey::Update(layout) => {
                let list = |name| builder.input(name, DType::F32, [policy.places(layout)]);
                let gap = policy.values(&weights, layout) - list(RETURNS);
                let loss = (list(SHARES) * gap.square()).sum_all();
                self.optimizer.minimise(&builder, loss, &policy.critic());
            }
        }
        builder.finish()
    }
}

impl Usual {
    fn see(&mut self, returns: &[f32], shares: &[f32]) {
        let sums = [
            (&mut self.count, 1.0),
            (&mut self.sum, mean(returns, shares, |value| value)),
            (
                &mut self.squares,
                mean(returns, shares, |value| value * value),
            ),
        ];
        for (sum, new) in sums {
            *sum = MEMORY * *sum + new;
        }
    }

    /// Mean and standard deviation; 0 before anything was seen, and 1 where nothing differs.
    fn moments(&self) -> (f32, f32) {
        if self.count == 0.0 {
            return (0.0, 1.0);
        }
        let mean = self.sum / self.count;
        let variance = self.squares / self.count - mean * mean;
        match variance > f64::from(f32::EPSILON) * mean * mean {
            true => (mean as f32, variance.sqrt() as f32),
            false => (mean as f32, 1.0),
        }
    }
}

/// The mean of `of` each value, where each counts by its share.
fn mean(values: &[f32], shares: &[f32], of: impl Fn(f64) -> f64) -> f64 {
    let terms = values.iter().zip(shares);
    terms
        .map(|(value, share)| f64::from(*share) * of(f64::from(*value)))
        .sum()
}

/// How well `values` foretold `returns`: the root mean squares of what they missed, and of what the mean return
/// misses. Each counts by its share; the shares are 1 together.
pub fn error_and_spread(values: &[f32], returns: &[f32], shares: &[f32]) -> [f32; 2] {
    let usual = mean(returns, shares, |value| value);
    let variance = mean(returns, shares, |value| (value - usual).powi(2));
    let gaps = returns.iter().zip(values).map(|(one, other)| one - other);
    let error = mean(&gaps.collect::<Vec<f32>>(), shares, |gap| gap * gap);
    [error, variance].map(|square| square.sqrt() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_is_what_came_of_late() {
        let mut usual = Usual::default();
        assert_eq!(usual.moments(), (0.0, 1.0));
        usual.see(&[2.0, 2.0], &[0.5, 0.5]);
        assert_eq!(usual.moments(), (2.0, 1.0));
        usual.see(&[4.0, 8.0], &[0.75, 0.25]);
        // 2 counts 0.9, 4 counts 0.75, 8 counts 0.25, of 1.9.
        let mean = (0.9 * 2.0 + 5.0) / 1.9;
        let variance = (0.9 * 4.0 + 0.75 * 16.0 + 0.25 * 64.0) / 1.9 - mean * mean;
        let (found, deviation) = usual.moments();
        assert!((f64::from(found) - mean).abs() < 1e-6);
        assert!((f64::from(deviation) - variance.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn a_constant_misses_the_spread() {
        let (returns, shares) = ([1.0, 2.0, 5.0], [0.25, 0.5, 0.25]);
        let [error, spread] = error_and_spread(&returns, &returns, &shares);
        assert_eq!((error, spread), (0.0, 2.25_f32.sqrt()));
        let [error, spread] = error_and_spread(&[2.5; 3], &returns, &shares);
        assert_eq!(error, spread);
        let [error, spread] = error_and_spread(&[0.0; 3], &returns, &shares);
        assert!(error > spread);
    }
}
