//! What only a run of a table can do: tell how far it is from what theory says of it.

use serde::Serialize;

use super::{Pair, Session, SessionError};
use crate::engine::Engine;
use crate::graph::Graph;
use crate::judge::{Game, Labels, MatrixJudge};
use crate::objective::{Column, Objective};
use crate::policy::table::{TablePolicy, TableSample};
use crate::policy::{Policy, Source, Weights};
use crate::table_scenarios::{ScenarioError, TablePair, TableScenario, Taste};
use crate::theory::{
    exploitability, ipo_md_stationary_point, kl, kl_regularised_optimum, nash_equilibrium,
    regularised_nash_equilibrium,
};

/// A run of a table.
pub struct TableSession {
    session: Session<TablePolicy>,
    scenario: TableScenario,
    /// What is truly thought of the responses to each prompt.
    games: Vec<Game>,
    /// What the judge's labels show of it.
    labelled: Vec<Game>,
    labels: Labels,
}

/// The policy on one prompt as it stands, beside where theory says that methods end. Distributions are over
/// the responses.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PromptReport {
    /// π.
    pub policy: Vec<f64>,
    /// π_ref.
    pub reference: Vec<f64>,
    /// What is best by the true rewards, where there are any, when a nat of divergence from the reference
    /// costs the objective's beta or tau: where DPO ends and reinforcement learning.
    pub optimum: Option<Vec<f64>>,
    /// The Nash equilibrium under the labels when a nat costs that much: where online IPO ends. For an objective
    /// without beta or tau, the one in which it costs nothing.
    pub equilibrium: Vec<f64>,
    /// Where IPO-MD and Nash-MD-PG end, for objectives with a `mix`.
    pub stationary_point: Option<Vec<f64>>,
    /// KL(π ‖ π_ref), nats.
    pub kl: f64,
    /// How often a response of the policy truly beats one of the reference.
    pub win_rate: f64,
    /// By how much the best response to the policy truly wins: 0 to ½.
    pub exploitability: f64,
}

impl TableSession {
    /// A run of `scenario` from its reference, on its pairs, its judge's word exact. An objective that reads no
    /// answer of the pairs gets every prompt once in their place. Expectations are estimated from samples
    /// until [`Session::set_exact`] has them exact.
    ///
    /// # Errors
    /// The scenario contradicts itself, or the engine fails.
    pub async fn open(
        engine: Box<dyn Engine>,
        scenario: TableScenario,
        objective: Objective,
        seed: u64,
    ) -> Result<Self, SessionError> {
        let policy = scenario.policy()?;
        let parameters = policy.parameters().into_iter().enumerate();
        let weights = parameters.map(|(index, parameter)| parameter.start(seed, index));
        let weights = weights.collect();
        let drawn = |column| matches!(column, Column::Drawn(_));
        let pairs: Vec<TablePair> = match objective.kinds().all(drawn) {
            true => (0..policy.prompts() as u32).map(asking).collect(),
            false => scenario.pairs.clone(),
        };
        let mut run = TableSession {
            games: scenario.games()?,
            labelled: scenario.labelled_games()?,
            scenario,
            labels: Labels::Exact,
            session: Session::new(engine, policy, weights, objective, seed)?,
        };
        run.set_labels(Labels::Exact);
        run.set_training_pairs((0..).zip(pairs).collect()).await?;
        Ok(run)
    }

    /// The run itself.
    pub fn session(&mut self) -> &mut Session<TablePolicy> {
        &mut self.session
    }

    /// What it runs on.
    pub fn scenario(&self) -> &TableScenario {
        &self.scenario
    }

    /// What the judge's comparisons come to, from the next update on.
    pub fn set_labels(&mut self, labels: Labels) {
        self.labels = labels;
        let judge = MatrixJudge::new(self.labelled.clone(), labels);
        self.session.set_judge(Box::new(judge));
    }

    /// Replaces the training pairs after checking that the table has their responses.
    pub async fn set_training_pairs(
        &mut self,
        pairs: Vec<(u32, TablePair)>,
    ) -> Result<(), SessionError> {
        let mut both = Vec::with_capacity(pairs.len());
        for (id, pair) in pairs {
            let TablePair {
                prompt,
                chosen,
                rejected,
            } = pair;
            let [chosen, rejected] =
                [chosen, rejected].map(|response| TableSample { prompt, response });
            let policy = self.session.policy();
            if !(policy.has(&chosen) && policy.has(&rejected)) {
                return Err(ScenarioError::Pair { id }.into());
            }
            both.push((id, Pair { chosen, rejected }));
        }
        self.session.set_training_pairs(both).await
    }

    /// Back to the reference, as [`Session::reset`]; labels are drawn from the first again.
    pub async fn reset(&mut self, seed: u64) -> Result<(), SessionError> {
        self.set_labels(self.labels);
        self.session.reset(seed).await
    }

    /// Each prompt as the policy stands.
    ///
    /// # Errors
    /// The engine fails, or an equilibrium cannot be found.
    pub async fn report(&mut self) -> Result<Vec<PromptReport>, SessionError> {
        let policies = self.distributions(Weights::POLICY).await?;
        let references = self.distributions(Weights::REFERENCE).await?;
        let objective = &self.session.objective;
        let value = |name| self.session.values.get(name);
        let strength = objective.reward_scale().map(value);
        let mixes = objective.hyperparameters.iter().any(|h| h.name == "mix");
        let mut reports = Vec::with_capacity(policies.len());
        let prompts = self.scenario.prompts.iter().zip(&self.games);
        let prompts = prompts.zip(&self.labelled);
        for (((prompt, game), labelled), (policy, reference)) in
            prompts.zip(policies.into_iter().zip(references))
        {
            let (truth, shown) = (game.preferences(), labelled.preferences());
            let has_rewards = matches!(prompt.taste, Taste::Rewards(_));
            let optimum = strength.filter(|_| has_rewards);
            let optimum = optimum.map(|b| kl_regularised_optimum(&reference, game.rewards(), b));
            let stationary_point = strength.filter(|_| mixes);
            let stationary_point = stationary_point
                .map(|tau| ipo_md_stationary_point(&reference, shown, tau, value("mix")));
            reports.push(PromptReport {
                optimum: optimum.transpose()?,
                equilibrium: match strength {
                    Some(tau) => regularised_nash_equilibrium(&reference, shown, tau)?,
                    None => nash_equilibrium(shown)?,
                },
                stationary_point: stationary_point.transpose()?,
                kl: kl(&policy, &reference)?,
                win_rate: truth.win_rate(&policy, &reference)?,
                exploitability: exploitability(&policy, truth)?,
                policy,
                reference,
            });
        }
        Ok(reports)
    }

    async fn distributions(&mut self, scope: &'static str) -> Result<Vec<Vec<f64>>, SessionError> {
        let Session {
            engine,
            policy,
            generators,
            ..
        } = &mut self.session;
        let source = Source::Weights(scope);
        Ok(policy
            .distributions(engine.as_ref(), generators, source)
            .await?)
    }

    /// One graph of each kind that this run asks of its engine: what another engine must be ready for to
    /// take over.
    pub fn graphs(&self) -> Result<Vec<Graph>, SessionError> {
        let mut graphs = self.session.graphs()?;
        for scope in [Weights::POLICY, Weights::REFERENCE] {
            graphs.push(self.session.policy.graph(Source::Weights(scope))?);
        }
        Ok(graphs)
    }
}

/// A pair that stands for its prompt alone.
fn asking(prompt: u32) -> TablePair {
    TablePair {
        prompt,
        chosen: 0,
        rejected: 0,
    }
}
