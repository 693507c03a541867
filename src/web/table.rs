//! A run of a table, for the Worker.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use super::session::{Options, metrics_table};
use super::{from_js, sentence, to_js};
use crate::engine::cpu::CpuEngine;
use crate::judge::Labels;
use crate::objective::{self, Column};
use crate::session::{PromptReport, TableSession};
use crate::table_scenarios::{TablePair, TableScenario};
use crate::theory::{TheoryError, total_variation};

/// Prompts that are asked when answers are drawn, so that an update may average over as many.
const ASKED: u32 = 64;

/// All scenarios for a table, the default first.
#[wasm_bindgen(js_name = tableScenarios, unchecked_return_type = "TableScenario[]")]
pub fn table_scenarios() -> Result<JsValue, JsError> {
    to_js(&crate::table_scenarios::table_scenarios())
}

/// A run of a table.
#[wasm_bindgen(js_name = TableSession)]
pub struct WebTableSession {
    inner: TableSession,
    options: Options,
    exact: bool,
    labels: Labels,
}

/// A prompt's report, and how far its policy is from each place that theory names: total variation.
#[derive(Serialize)]
struct Standing {
    #[serde(flatten)]
    report: PromptReport,
    distances: Distances,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Distances {
    optimum: Option<f64>,
    equilibrium: f64,
    stationary_point: Option<f64>,
}

/// What is thought of the responses to a prompt.
#[derive(Serialize)]
struct Thought {
    /// What is truly thought: row i, column j holds p(i ≻ j).
    preferences: Vec<Vec<f64>>,
    /// What labels show of it.
    labelled: Vec<Vec<f64>>,
    rewards: Vec<f64>,
}

#[wasm_bindgen(js_class = TableSession)]
impl WebTableSession {
    /// Starts a run on the processor, its expectations and its judge's word exact. Where what is thought of the
    /// responses is not what the scenario of that name came with, the pairs are labelled by what is thought now.
    pub async fn open(
        #[wasm_bindgen(unchecked_param_type = "TableScenario")] scenario: JsValue,
        #[wasm_bindgen(unchecked_param_type = "SessionOptions")] options: JsValue,
    ) -> Result<WebTableSession, JsError> {
        let options: Options = from_js(options)?;
        let inner = open(relabelled(scenario)?, &options).await?;
        let (exact, labels) = (true, Labels::Exact);
        let mut session = WebTableSession {
            inner,
            options,
            exact,
            labels,
        };
        session.set_exact(exact).await?;
        Ok(session)
    }

    /// Goes on with another taste, from the policy as it stands; if it is refused, with the present one.
    #[wasm_bindgen(js_name = setScenario)]
    pub async fn set_scenario(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "TableScenario")] scenario: JsValue,
    ) -> Result<(), JsError> {
        let mut next = open(relabelled(scenario)?, &self.options).await?;
        let snapshot = self.inner.session().snapshot().await.map_err(sentence)?;
        let restored = next
            .session()
            .restore(Box::new(CpuEngine::new()), &snapshot);
        restored.map_err(sentence)?;
        next.set_labels(self.labels);
        self.inner = next;
        self.set_exact(self.exact).await
    }

    /// Updates made.
    #[wasm_bindgen(getter)]
    pub fn step(&mut self) -> u32 {
        self.inner.session().step()
    }

    /// Changes a hyper-parameter, from the next update on.
    #[wasm_bindgen(js_name = setValue)]
    pub fn set_value(&mut self, name: &str, value: f64) -> Result<(), JsError> {
        let session = self.inner.session();
        session.set_value(name, value).map_err(sentence)?;
        self.options.values.insert(name.to_owned(), value);
        Ok(())
    }

    /// Whether the next updates add up over all answers of the policy's own instead of drawing some. A method that
    /// learns from nothing else then asks every prompt once; when it draws, it asks them again and again.
    #[wasm_bindgen(js_name = setExact)]
    pub async fn set_exact(&mut self, exact: bool) -> Result<(), JsError> {
        self.exact = exact;
        self.inner.session().set_exact(exact);
        let drawn = |column| matches!(column, Column::Drawn(_));
        if !self.inner.session().objective().kinds().all(drawn) {
            return Ok(());
        }
        let prompts = self.inner.scenario().prompts.len() as u32;
        let asked = if exact { prompts } else { ASKED.max(prompts) };
        let ask = |id: u32| {
            let pair = TablePair {
                prompt: id % prompts,
                chosen: 0,
                rejected: 0,
            };
            (id, pair)
        };
        let pairs = (0..asked).map(ask).collect();
        let set = self.inner.set_training_pairs(pairs).await;
        set.map_err(sentence)
    }

    /// Whether the judge draws a winner of each comparison, by this seed, instead of telling its probability.
    #[wasm_bindgen(js_name = setLabels)]
    pub fn set_labels(&mut self, drawn: bool, seed: f64) {
        let seed = seed as u64;
        self.labels = match drawn {
            true => Labels::Drawn { seed },
            false => Labels::Exact,
        };
        self.inner.set_labels(self.labels);
    }

    /// Makes one update.
    pub async fn update(&mut self) -> Result<(), JsError> {
        self.inner.session().update().await.map_err(sentence)
    }

    /// The metrics of all updates since the last call.
    #[wasm_bindgen(unchecked_return_type = "MetricsTable")]
    pub async fn metrics(&mut self) -> Result<JsValue, JsError> {
        let rows = self.inner.session().metrics().await;
        metrics_table(&rows.map_err(sentence)?)
    }

    /// Each prompt as the policy stands.
    #[wasm_bindgen(unchecked_return_type = "TableReport[]")]
    pub async fn report(&mut self) -> Result<JsValue, JsError> {
        let reports = self.inner.report().await.map_err(sentence)?;
        let standings: Result<Vec<Standing>, TheoryError> =
            reports.into_iter().map(Standing::of).collect();
        let standings = standings.map_err(sentence)?;
        let serialized = standings.serialize(&Serializer::json_compatible());
        serialized.map_err(sentence)
    }

    /// What is thought of the responses to each prompt.
    #[wasm_bindgen(unchecked_return_type = "TableGame[]")]
    pub fn games(&self) -> Result<JsValue, JsError> {
        let scenario = self.inner.scenario();
        let games = scenario.games().map_err(sentence)?;
        let labelled = scenario.labelled_games().map_err(sentence)?;
        let thought: Vec<Thought> = games
            .iter()
            .zip(&labelled)
            .map(|(game, labelled)| Thought {
                preferences: game.preferences().rows().to_vec(),
                labelled: labelled.preferences().rows().to_vec(),
                rewards: game.rewards().to_vec(),
            })
            .collect();
        to_js(&thought)
    }

    /// Back to the reference: step 0, a fresh optimiser; numbers stay.
    pub async fn reset(&mut self, seed: f64) -> Result<(), JsError> {
        self.options.seed = seed;
        self.inner.reset(seed as u64).await.map_err(sentence)
    }
}

/// The scenario in `value`, its pairs labelled by what it says is thought of the responses.
fn relabelled(value: JsValue) -> Result<TableScenario, JsError> {
    let scenario: TableScenario = from_js(value)?;
    let originals = crate::table_scenarios::table_scenarios();
    match originals.iter().find(|one| one.name == scenario.name) {
        Some(original) => scenario.relabelled(original).map_err(sentence),
        None => Ok(scenario),
    }
}

async fn open(scenario: TableScenario, options: &Options) -> Result<TableSession, JsError> {
    let objective = objective::open(&options.method, &options.loss).map_err(sentence)?;
    let engine = Box::new(CpuEngine::new());
    let run = TableSession::open(engine, scenario, objective, options.seed as u64).await;
    let mut run = run.map_err(sentence)?;
    for (name, value) in &options.values {
        let session = run.session();
        session.set_value(name, *value).map_err(sentence)?;
    }
    Ok(run)
}

impl Standing {
    fn of(report: PromptReport) -> Result<Self, TheoryError> {
        let from = |place: &[f64]| total_variation(&report.policy, place);
        let distances = Distances {
            optimum: report.optimum.as_deref().map(from).transpose()?,
            equilibrium: from(&report.equilibrium)?,
            stationary_point: report.stationary_point.as_deref().map(from).transpose()?,
        };
        Ok(Standing { report, distances })
    }
}
