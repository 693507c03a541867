//! A run of a diffusion policy, for the Worker.

use js_sys::{Array, Float32Array, Uint32Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::prepared_engine::{Graphs, PreparedEngine};
use super::session::{Options, metrics_table, object};
use super::{from_js, sentence, to_js};
use crate::engine::cpu::CpuEngine;
use crate::judge::PictureRule;
use crate::objective;
use crate::policy::diffusion::{DiffusionSample, Draw};
use crate::policy::{Source, Weights};
use crate::session::{
    DiffusionSession, Errors, Pair, Preferred, Question, Rollout, Snapshot, spread_classes,
};

/// A run of a diffusion policy.
#[wasm_bindgen(js_name = DiffusionSession)]
pub struct WebDiffusionSession {
    inner: DiffusionSession,
    /// Why the GPU that was asked for is not used.
    remark: Option<String>,
    /// What the run goes on from, if the GPU is lost.
    kept: Option<Snapshot<DiffusionSample>>,
}

#[derive(Deserialize)]
struct SamplePair {
    id: u32,
    class: u32,
    chosen: Vec<f32>,
    rejected: Vec<f32>,
}

#[derive(Clone, Copy, Deserialize)]
struct DrawOptions {
    steps: usize,
    guidance: f32,
    eta: f32,
    seed: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PairNumbers {
    id: u32,
    chosen: f32,
    rejected: f32,
    reference_chosen: f32,
    reference_rejected: f32,
    margin: f32,
}

#[wasm_bindgen(js_class = DiffusionSession)]
impl WebDiffusionSession {
    /// Starts a run from the text of `config.json` and the bytes of `model.safetensors`, on the processor: it is
    /// ready at once.
    pub fn open(
        config: String,
        weights: Vec<u8>,
        #[wasm_bindgen(unchecked_param_type = "SessionOptions")] options: JsValue,
    ) -> Result<WebDiffusionSession, JsError> {
        let options: Options = from_js(options)?;
        let objective = objective::open(&options.method, &options.loss).map_err(sentence)?;
        let engine = Box::new(CpuEngine::new());
        let seed = options.seed as u64;
        let inner = DiffusionSession::open(engine, &config, &weights, objective, seed);
        let mut session = WebDiffusionSession {
            inner: inner.map_err(sentence)?,
            remark: None,
            kept: None,
        };
        for (name, value) in &options.values {
            session.set_value(name, *value)?;
        }
        Ok(session)
    }

    /// Updates made.
    #[wasm_bindgen(getter)]
    pub fn step(&mut self) -> u32 {
        self.inner.session().step()
    }

    /// What runs the graphs, in words, and why it is not the GPU that was asked for.
    #[wasm_bindgen(getter)]
    pub fn engine(&mut self) -> String {
        let description = self.inner.session().engine().description();
        match &self.remark {
            Some(reason) => format!("{description}: {reason}"),
            None => description,
        }
    }

    /// What an engine must be ready for to take over this run, when so many samples are drawn at once.
    pub fn graphs(
        &self,
        samples: usize,
        #[wasm_bindgen(unchecked_param_type = "DrawOptions")] options: JsValue,
    ) -> Result<Graphs, JsError> {
        let graphs = self.inner.graphs(samples, draw(options)?);
        Ok(Graphs(graphs.map_err(sentence)?))
    }

    /// Goes on with another engine: weights and moments move over.
    #[wasm_bindgen(js_name = switchEngine)]
    pub async fn switch_engine(&mut self, prepared: PreparedEngine) -> Result<(), JsError> {
        let PreparedEngine { engine, remark } = prepared;
        let session = self.inner.session();
        session.switch_engine(engine).await.map_err(sentence)?;
        self.remark = remark;
        self.keep().await
    }

    /// Keeps what the run would go on from, if the engine can be lost.
    pub async fn keep(&mut self) -> Result<(), JsError> {
        let session = self.inner.session();
        self.kept = match session.engine().can_be_lost() {
            true => Some(session.snapshot().await.map_err(sentence)?),
            false => None,
        };
        Ok(())
    }

    /// If the engine is lost, the run goes on with the processor from what was kept; says so then.
    pub fn recover(&mut self) -> Result<Option<String>, JsError> {
        let Err(reason) = self.inner.session().engine().check() else {
            return Ok(None);
        };
        let Some(snapshot) = self.kept.take() else {
            return Ok(None);
        };
        let engine = Box::new(CpuEngine::new());
        let session = self.inner.session();
        session.restore(engine, &snapshot).map_err(sentence)?;
        self.remark = Some(reason.to_string());
        let step = snapshot.step();
        let told = format!("{reason}, so the run goes on with the CPU engine from step {step}.");
        Ok(Some(told))
    }

    /// Replaces the training pairs, from the next update on.
    #[wasm_bindgen(js_name = setTrainingPairs)]
    pub async fn set_training_pairs(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "SamplePair[]")] pairs: JsValue,
    ) -> Result<(), JsError> {
        let set = self.inner.set_training_pairs(sample_pairs(pairs)?).await;
        set.map_err(sentence)
    }

    /// Replaces the held-out pairs.
    #[wasm_bindgen(js_name = setHeldOutPairs)]
    pub fn set_held_out_pairs(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "SamplePair[]")] pairs: JsValue,
    ) -> Result<(), JsError> {
        let set = self.inner.set_held_out_pairs(sample_pairs(pairs)?);
        set.map_err(sentence)
    }

    /// Draws two samples of each of `classes` from the policy and makes a pair of each two that `rule` does not
    /// find alike; ids count from `first_id`.
    #[wasm_bindgen(js_name = proposePairs, unchecked_return_type = "SamplePair[]")]
    pub async fn propose_pairs(
        &mut self,
        classes: Vec<u32>,
        rule: &str,
        #[wasm_bindgen(unchecked_param_type = "DrawOptions")] options: JsValue,
        first_id: u32,
    ) -> Result<JsValue, JsError> {
        let rule: PictureRule = rule.parse().map_err(sentence)?;
        let (source, draw) = (Source::Weights(Weights::POLICY), draw(options)?);
        let pairs = self
            .inner
            .propose_pairs(source, &classes, draw, &rule, first_id);
        let pairs = pairs.await.map_err(sentence)?;
        let pairs = pairs.iter().map(|(id, pair)| pair_to_js(*id, pair));
        Ok(pairs.collect::<Result<Array, _>>()?.into())
    }

    /// Has a rule such as "thicker" or "inside: 0 0, 1 0, 0 1" judge the policy's own samples, from the next
    /// update on.
    #[wasm_bindgen(js_name = setRule)]
    pub fn set_rule(&mut self, rule: &str) -> Result<(), JsError> {
        self.inner.set_rule(rule).map_err(sentence)
    }

    /// Has the person at the screen judge the policy's own samples, from the next update on.
    #[wasm_bindgen(js_name = askPerson)]
    pub fn ask_person(&mut self) {
        self.inner.session().ask_person();
    }

    /// Whether an update would have nothing to learn from until the person has answered.
    #[wasm_bindgen(getter, js_name = awaitsPerson)]
    pub fn awaits_person(&mut self) -> bool {
        self.inner.session().awaits_person()
    }

    /// The samples that wait to be compared, oldest first; fresh ones are drawn when few are left.
    #[wasm_bindgen(unchecked_return_type = "SampleQuestion[]")]
    pub async fn questions(&mut self) -> Result<JsValue, JsError> {
        let questions = self.inner.session().questions().await.map_err(sentence)?;
        let questions = questions.iter().map(|Question { id, answers }| {
            let [first, second] = answers;
            object(&[
                ("id", (*id).into()),
                ("class", first.class.into()),
                ("first", numbers(first)),
                ("second", numbers(second)),
            ])
        });
        Ok(questions.collect::<Result<Array, _>>()?.into())
    }

    /// What the person says of the question `id`: "first" or "second" is better, or "neither".
    pub fn answer(
        &mut self,
        id: u32,
        #[wasm_bindgen(unchecked_param_type = "Preferred")] preferred: &str,
    ) -> Result<(), JsError> {
        let preferred: Preferred = preferred.parse().map_err(sentence)?;
        self.inner.session().answer(id, preferred);
        Ok(())
    }

    /// How many samples the person has compared.
    #[wasm_bindgen(getter)]
    pub fn compared(&mut self) -> usize {
        self.inner.session().compared().len()
    }

    /// The policy's own samples that the last update learnt from, and what was said of them.
    #[wasm_bindgen(unchecked_return_type = "SampleRollout[]")]
    pub fn rollouts(&mut self) -> Result<JsValue, JsError> {
        let rollouts = self.inner.session().rollouts().iter().map(rollout);
        Ok(rollouts.collect::<Result<Array, _>>()?.into())
    }

    /// Changes a hyper-parameter, from the next update on.
    #[wasm_bindgen(js_name = setValue)]
    pub fn set_value(&mut self, name: &str, value: f64) -> Result<(), JsError> {
        let session = self.inner.session();
        session.set_value(name, value).map_err(sentence)
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

    /// The metrics of those updates since the last call whose metrics are here; waits for none.
    #[wasm_bindgen(js_name = arrivedMetrics, unchecked_return_type = "MetricsTable")]
    pub async fn arrived_metrics(&mut self) -> Result<JsValue, JsError> {
        let rows = self.inner.session().arrived_metrics().await;
        metrics_table(&rows.map_err(sentence)?)
    }

    /// All metrics as the policy stands, without an update: one row.
    #[wasm_bindgen(unchecked_return_type = "MetricsTable")]
    pub async fn evaluate(&mut self) -> Result<JsValue, JsError> {
        let row = self.inner.session().evaluate().await;
        metrics_table(&[row.map_err(sentence)?])
    }

    /// The present numbers of the training pairs called `ids`; of all, if there are none. Scores are minus halves
    /// of denoising errors, averaged over the measured timesteps.
    #[wasm_bindgen(js_name = scorePairs, unchecked_return_type = "PairNumbers[]")]
    pub async fn score_pairs(&mut self, ids: Vec<u32>) -> Result<JsValue, JsError> {
        let pairs = self.inner.session().pair_numbers(&ids).await;
        let pairs = pairs.map_err(sentence)?.into_iter();
        let pairs: Vec<PairNumbers> = pairs
            .map(|pair| PairNumbers {
                id: pair.id,
                chosen: pair.chosen,
                rejected: pair.rejected,
                reference_chosen: pair.reference_chosen,
                reference_rejected: pair.reference_rejected,
                margin: pair.margin,
            })
            .collect();
        to_js(&pairs)
    }

    /// The denoising errors of both sides of a pair at the measured timesteps.
    #[wasm_bindgen(unchecked_return_type = "PairErrors")]
    pub async fn errors(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "SamplePair")] pair: JsValue,
    ) -> Result<JsValue, JsError> {
        let (_, pair) = from_js::<SamplePair>(pair)?.into();
        let [chosen, rejected] = self.inner.errors(&pair).await.map_err(sentence)?;
        let timesteps = self.inner.session().policy().measured_timesteps();
        let timesteps = timesteps.map(|timestep| timestep as u32);
        object(&[
            ("timesteps", Uint32Array::from(&timesteps[..]).into()),
            ("chosen", errors(&chosen)?),
            ("rejected", errors(&rejected)?),
        ])
    }

    /// `count` classes, each about equally often.
    #[wasm_bindgen(js_name = spreadClasses)]
    pub fn spread_classes(&mut self, count: usize, seed: f64) -> Vec<u32> {
        let classes = self.inner.session().policy().config().classes;
        spread_classes(classes, count, seed as u64)
    }

    /// A sample of each of `classes` from the policy or from its reference: their numbers side by side. The same
    /// seed is the same luck for both.
    pub async fn sample(
        &mut self,
        of_reference: bool,
        classes: Vec<u32>,
        #[wasm_bindgen(unchecked_param_type = "DrawOptions")] options: JsValue,
    ) -> Result<Vec<f32>, JsError> {
        let source = Source::Weights(scope(of_reference));
        let drawn = self.inner.sample(source, &classes, draw(options)?).await;
        let drawn = drawn.map_err(sentence)?;
        let values = drawn.iter().flat_map(|sample| sample.values.as_slice());
        Ok(values.copied().collect())
    }

    /// The way of a sample of each of `classes` from noise, as `sample` draws them from the policy or from its
    /// reference.
    #[wasm_bindgen(unchecked_return_type = "Trajectory")]
    pub async fn trajectory(
        &mut self,
        of_reference: bool,
        classes: Vec<u32>,
        #[wasm_bindgen(unchecked_param_type = "DrawOptions")] options: JsValue,
    ) -> Result<JsValue, JsError> {
        let source = Source::Weights(scope(of_reference));
        let way = self
            .inner
            .trajectory(source, &classes, draw(options)?)
            .await;
        let way = way.map_err(sentence)?;
        let timesteps: Vec<u32> = way.timesteps.iter().map(|&at| at as u32).collect();
        let states = way.states.iter();
        let states = states.map(|state| JsValue::from(Float32Array::from(state.as_slice())));
        object(&[
            ("timesteps", Uint32Array::from(timesteps.as_slice()).into()),
            ("states", states.collect::<Array>().into()),
        ])
    }

    /// The score ∇ log p of what is noised up to `timestep`, at each of `places` (numbers side by side); of
    /// `class`, if one is given.
    pub async fn field(
        &mut self,
        of_reference: bool,
        places: Vec<f32>,
        class: Option<u32>,
        timestep: usize,
    ) -> Result<Vec<f32>, JsError> {
        let field = self
            .inner
            .field(scope(of_reference), &places, class, timestep);
        field.await.map_err(sentence)
    }

    /// Back to the reference: step 0, a fresh optimiser; pairs, what the person has said and numbers stay.
    pub async fn reset(&mut self, seed: f64) -> Result<(), JsError> {
        let reset = self.inner.session().reset(seed as u64).await;
        reset.map_err(sentence)
    }

    /// The policy as it stands, as a `model.safetensors`.
    pub async fn weights(&mut self) -> Result<Vec<u8>, JsError> {
        self.inner.checkpoint().await.map_err(sentence)
    }
}

impl From<SamplePair> for (u32, Pair<DiffusionSample>) {
    fn from(pair: SamplePair) -> Self {
        let both = Pair {
            chosen: DiffusionSample::new(pair.class, pair.chosen),
            rejected: DiffusionSample::new(pair.class, pair.rejected),
        };
        (pair.id, both)
    }
}

fn sample_pairs(pairs: JsValue) -> Result<Vec<(u32, Pair<DiffusionSample>)>, JsError> {
    let pairs: Vec<SamplePair> = from_js(pairs)?;
    Ok(pairs.into_iter().map(SamplePair::into).collect())
}

fn scope(of_reference: bool) -> &'static str {
    match of_reference {
        true => Weights::REFERENCE,
        false => Weights::POLICY,
    }
}

fn draw(options: JsValue) -> Result<Draw, JsError> {
    let DrawOptions {
        steps,
        guidance,
        eta,
        seed,
    } = from_js(options)?;
    Ok(Draw {
        guidance,
        eta,
        ..Draw::ddim(steps, seed as u64)
    })
}

fn numbers(sample: &DiffusionSample) -> JsValue {
    Float32Array::from(sample.values.as_slice()).into()
}

fn pair_to_js(id: u32, pair: &Pair<DiffusionSample>) -> Result<JsValue, JsError> {
    object(&[
        ("id", id.into()),
        ("class", pair.chosen.class.into()),
        ("chosen", numbers(&pair.chosen)),
        ("rejected", numbers(&pair.rejected)),
    ])
}

fn errors(errors: &Errors) -> Result<JsValue, JsError> {
    let floats = |values: &[f32]| JsValue::from(Float32Array::from(values));
    object(&[
        ("policy", floats(&errors.policy)),
        ("reference", floats(&errors.reference)),
    ])
}

fn rollout(rollout: &Rollout<DiffusionSample>) -> Result<JsValue, JsError> {
    let floats = |values: &[f32]| JsValue::from(Float32Array::from(values));
    let class = rollout.answers.first().map_or(0, |sample| sample.class);
    object(&[
        ("step", rollout.step.into()),
        ("class", class.into()),
        (
            "answers",
            rollout
                .answers
                .iter()
                .map(numbers)
                .collect::<Array>()
                .into(),
        ),
        (
            "winner",
            rollout.given.first().map_or(JsValue::UNDEFINED, numbers),
        ),
        ("preferences", floats(&rollout.preferences)),
        ("rewards", floats(&rollout.rewards)),
        ("ratios", floats(&rollout.log_ratios)),
    ])
}
