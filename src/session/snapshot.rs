//! A run as data: what it goes on from, and what other runs branch off from.

use std::collections::HashMap;
use std::hash::Hash;

use super::checkpoints::Checkpoints;
use super::follower;
use super::in_flight::InFlight;
use super::person::Person;
use super::replay::Replay;
use super::{Session, SessionError};
use crate::diagnostics::DisplacementMonitor;
use crate::engine::{Engine, HostTensor};
use crate::judge::{Critic, CriticMemory, JudgeError};
use crate::objective::Objective;
use crate::optimizer::AdamW;
use crate::policy::{Parameter, Policy, Weights, copy_weights, state_name};

/// All that a run needs to go on, in the host's memory.
#[derive(Clone)]
pub struct Snapshot<S> {
    /// The engine's states by their names.
    states: Vec<(String, HostTensor)>,
    step: u32,
    drawn: u64,
    /// The update after which the optimiser began.
    begun: u32,
    iterated: u32,
    checkpoints: Checkpoints,
    kept: HashMap<S, (u32, Vec<S>)>,
    critic: Option<CriticMemory>,
    replay: Replay<S>,
}

impl<S> Snapshot<S> {
    /// Updates made before it.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// The policy alone, without what the optimiser and the method remember: a quarter of the memory.
    /// What branches off from it begins with a fresh optimiser.
    pub fn of_policy_alone(mut self) -> Self {
        let policy = state_name(Weights::POLICY, "");
        self.states.retain(|(name, _)| name.starts_with(&policy));
        self.kept.clear();
        self.checkpoints = Checkpoints::default();
        self.critic = None;
        self.replay.clear();
        self
    }

    /// The critic that goes on from it.
    fn critic<L: Copy + Eq + Hash>(&self) -> Result<Option<Critic<L>>, JudgeError> {
        self.critic.as_ref().map(Critic::remembering).transpose()
    }

    /// The same without the reference, which no update changes: what a run is rewound to.
    pub fn without_reference(mut self) -> Self {
        let reference = state_name(Weights::REFERENCE, "");
        self.states
            .retain(|(name, _)| !name.starts_with(&reference));
        self
    }

    fn remembers_the_optimiser(&self, parameters: &[Parameter]) -> bool {
        let has = |name: &str| self.states.iter().any(|(state, _)| state == name);
        let moments = AdamW::states(parameters);
        moments.into_iter().all(|state| has(&state.name))
    }
}

/// What a branch measures itself by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The reference of the run that it branches off from.
    Reference,
    /// The policy as it was where it branches off.
    Snapshot,
}

impl<P: Policy> Session<P> {
    /// All that a run needs to go on from where it stands.
    pub async fn snapshot(&self) -> Result<Snapshot<P::Sample>, SessionError> {
        let weights = |scope: &'static str| {
            let names = self.parameters.iter();
            names.map(move |parameter| state_name(scope, &parameter.name))
        };
        let followers = match self.is_followed() {
            true => follower::parameters(&self.parameters),
            false => Vec::new(),
        };
        let learning = self.parameters.iter().chain(&followers).cloned();
        let learning: Vec<Parameter> = learning.collect();
        let moments = AdamW::states(&learning).map(|state| state.name);
        let followers = followers.iter();
        let followers = followers.map(|own| state_name(Weights::POLICY, &own.name));
        let scopes = [Weights::REFERENCE, Weights::POLICY].into_iter();
        let iterate = self.objective.iterates().then_some(Weights::ITERATE);
        let saved = self.checkpoints.scopes();
        let names = scopes.chain(iterate).chain(saved).flat_map(weights);
        let mut states = Vec::new();
        for name in names.chain(followers).chain(moments) {
            let value = self.engine.read(&name).await?;
            states.push((name, value));
        }
        let critic = match &self.critic {
            Some(critic) => Some(critic.memory(&self.policy).await?),
            None => None,
        };
        Ok(Snapshot {
            states,
            step: self.step,
            drawn: self.drawn,
            begun: self.begun,
            iterated: self.iterated,
            checkpoints: self.checkpoints.to_carry(),
            kept: self.kept.clone(),
            critic,
            replay: self.replay.clone(),
        })
    }

    /// Goes on from a snapshot of this run, with another engine; what the present one was doing is let
    /// go.
    pub fn restore(
        &mut self,
        engine: Box<dyn Engine>,
        snapshot: &Snapshot<P::Sample>,
    ) -> Result<(), SessionError> {
        for (name, value) in &snapshot.states {
            engine.write(name, value.clone())?;
        }
        self.engine = engine;
        self.plans.clear();
        self.generators = P::Generators::default();
        self.in_flight.clear();
        self.recall_from(snapshot)
    }

    /// Back to a snapshot of this run, or on to a later one: training goes on from there as it did before, bit for
    /// bit, if nothing else was changed; a judge that learns keeps what it has learnt. From a snapshot of the policy
    /// alone it goes on with a fresh optimiser.
    ///
    /// # Errors
    /// The engine refuses the weights.
    pub async fn rewind(&mut self, snapshot: &Snapshot<P::Sample>) -> Result<(), SessionError> {
        // What is in flight still writes to the weights: let it land first.
        match self.land_all().await {
            Err(SessionError::NotFinite { .. }) | Ok(()) => {}
            Err(error) => return Err(error),
        }
        let engine = self.engine.as_ref();
        for (name, value) in &snapshot.states {
            engine.write(name, value.clone())?;
        }
        if !snapshot.remembers_the_optimiser(&self.parameters) {
            self.optimizer.reset(engine, &self.parameters)?;
        }
        self.rollouts.clear();
        self.person.withdraw();
        self.monitor = DisplacementMonitor::default();
        self.recall_from(snapshot)?;
        if !snapshot.remembers_the_optimiser(&self.parameters) {
            self.begun = self.step;
            self.begin_iteration()?;
            self.begin_to_follow()?;
        }
        Ok(())
    }

    /// Where the run stood at `snapshot`, beside what its engine holds.
    fn recall_from(&mut self, snapshot: &Snapshot<P::Sample>) -> Result<(), SessionError> {
        self.rows.retain(|row| row.step <= snapshot.step);
        (self.step, self.drawn) = (snapshot.step, snapshot.drawn);
        (self.begun, self.iterated) = (snapshot.begun, snapshot.iterated);
        self.checkpoints = snapshot.checkpoints.clone();
        self.kept.clone_from(&snapshot.kept);
        self.replay.clone_from(&snapshot.replay);
        self.critic = snapshot.critic()?;
        Ok(())
    }

    /// Another run, of `objective`, that goes on from a snapshot of this one: with the same weights, pairs
    /// and seed, so that its batches are those of this run. By the same objective and a snapshot that holds
    /// what the optimiser remembers it is this run, bit for bit; otherwise it begins with a fresh optimiser,
    /// which warms up anew. It has no judge yet.
    pub async fn branch(
        &self,
        engine: Box<dyn Engine>,
        snapshot: &Snapshot<P::Sample>,
        objective: Objective,
        anchor: Anchor,
    ) -> Result<Self, SessionError>
    where
        P: Clone,
    {
        let same = objective.name == self.objective.name;
        for parameter in &self.parameters {
            let name = state_name(Weights::REFERENCE, &parameter.name);
            engine.write(&name, self.engine.read(&name).await?)?;
        }
        let optimizer = AdamW::default();
        optimizer.reset(engine.as_ref(), &self.parameters)?;
        let carried = same && snapshot.remembers_the_optimiser(&self.parameters);
        let policy = state_name(Weights::POLICY, "");
        for (name, value) in &snapshot.states {
            if carried || name.starts_with(&policy) {
                engine.write(name, value.clone())?;
            }
        }
        let mut branch = Session {
            engine,
            policy: self.policy.clone(),
            parameters: self.parameters.clone(),
            values: match same {
                true => self.values.clone(),
                false => self.values.of_branch(&objective),
            },
            objective,
            judge: None,
            critic: None,
            person: Person::new(),
            replay: Replay::new(),
            exact: self.exact,
            optimizer,
            seed: self.seed,
            step: snapshot.step,
            drawn: snapshot.drawn,
            begun: if carried {
                snapshot.begun
            } else {
                snapshot.step
            },
            training: self.training.clone(),
            pair_weights: self.pair_weights.clone(),
            alone: self.alone.clone(),
            held_out: self.held_out.clone(),
            evaluated_reference: Vec::new(),
            reference: HashMap::new(),
            kept: HashMap::new(),
            rollouts: Vec::new(),
            iterated: snapshot.iterated,
            checkpoints: Checkpoints::default(),
            generators: P::Generators::default(),
            plans: HashMap::new(),
            in_flight: InFlight::new(),
            rows: Vec::new(),
            monitor: DisplacementMonitor::default(),
        };
        if carried {
            branch.kept.clone_from(&snapshot.kept);
            branch.replay.clone_from(&snapshot.replay);
            branch.checkpoints = snapshot.checkpoints.clone();
        } else {
            branch.begin_iteration()?;
            branch.begin_to_follow()?;
        }
        match anchor {
            Anchor::Reference => {
                branch.reference.clone_from(&self.reference);
                if carried {
                    branch.critic = snapshot.critic()?;
                }
            }
            Anchor::Snapshot => {
                let (engine, parameters) = (branch.engine.as_ref(), &branch.parameters);
                copy_weights(engine, parameters, Weights::POLICY, Weights::REFERENCE)?;
                branch.set_training_pairs(self.training.clone()).await?;
            }
        }
        Ok(branch)
    }
}
