//! A run of a language policy, for the Worker.

use std::collections::BTreeMap;

use js_sys::{Array, Float32Array, Object, Reflect, Uint32Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::catalogue::hyperparameters;
use super::prepared_engine::{Graphs, PreparedEngine};
use super::profile::to_web;
use super::{from_js, sentence, to_js};
use crate::engine::cpu::CpuEngine;
use crate::engine::matmul_ceiling;
use crate::objective;
use crate::policy::language::{TokenPair, TokenSample};
use crate::policy::{Draw, Source, Weights};
use crate::sampling::Law;
use crate::session::{
    self, JudgeReport, LanguageSession, Preferred, Question, Rollout, Row, SampleRequest, Side,
    Snapshot, TokenScores,
};

/// A run of a language policy.
#[wasm_bindgen(js_name = LanguageSession)]
pub struct WebSession {
    pub(super) inner: LanguageSession,
    /// Why the GPU that was asked for is not used.
    remark: Option<String>,
    /// What the run goes on from, if the GPU is lost.
    kept: Option<Snapshot<TokenSample>>,
}

#[derive(Deserialize)]
pub(super) struct Options {
    pub(super) method: String,
    /// The loss of the method "custom".
    pub(super) loss: String,
    pub(super) seed: f64,
    pub(super) values: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Pair {
    id: u32,
    prompt: Vec<u32>,
    chosen: Vec<u32>,
    rejected: Vec<u32>,
    /// 1, if it is not given.
    weight: Option<f32>,
    /// The side that it has alone, if it has but one.
    only: Option<Side>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SampleOptions {
    count: usize,
    temperature: f32,
    top_k: u32,
    top_p: f32,
    max_tokens: usize,
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

#[wasm_bindgen(js_class = LanguageSession)]
impl WebSession {
    /// Starts a run from the text of `config.json` and the bytes of `model.safetensors`, on the processor:
    /// it is ready at once.
    pub fn open(
        config: String,
        weights: Vec<u8>,
        #[wasm_bindgen(unchecked_param_type = "SessionOptions")] options: JsValue,
    ) -> Result<WebSession, JsError> {
        let options: Options = from_js(options)?;
        let objective = objective::open(&options.method, &options.loss).map_err(sentence)?;
        let engine = Box::new(CpuEngine::new());
        let seed = options.seed as u64;
        let inner = LanguageSession::open(engine, &config, &weights, objective, seed);
        let mut session = WebSession::on_processor(inner.map_err(sentence)?);
        for (name, value) in &options.values {
            session.set_value(name, *value)?;
        }
        Ok(session)
    }

    /// The objective's own numbers that may be set.
    #[wasm_bindgen(unchecked_return_type = "Hyperparameter[]")]
    pub fn hyperparameters(&mut self) -> Result<JsValue, JsError> {
        hyperparameters(self.inner.session().objective())
    }

    /// The policy's own answers that the last update learnt from, and what the judge said of them.
    #[wasm_bindgen(unchecked_return_type = "Rollout[]")]
    pub fn rollouts(&mut self) -> Result<JsValue, JsError> {
        let rollouts = self.inner.session().rollouts().iter().map(rollout);
        Ok(JsValue::from(rollouts.collect::<Result<Array, _>>()?))
    }

    /// The answers of the policy's own that stand against the rejected side of `pair`.
    #[wasm_bindgen(js_name = keptAnswers)]
    pub fn kept_answers(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "TokenPair")] pair: JsValue,
    ) -> Result<Vec<Uint32Array>, JsError> {
        let (_, pair) = from_js::<Pair>(pair)?.into();
        let [_, rejected] = TokenPair::samples(&pair);
        let kept = self.inner.session().kept_answers(&rejected).iter();
        Ok(kept.map(|sample| ids_to_js(&sample.completion)).collect())
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
    pub fn graphs(&self, samples: usize) -> Result<Graphs, JsError> {
        Ok(Graphs(self.inner.graphs(samples).map_err(sentence)?))
    }

    /// The pairs that the next update learns from, by id.
    #[wasm_bindgen(js_name = nextBatch)]
    pub fn next_batch(&mut self) -> Vec<u32> {
        self.inner.session().next_pairs()
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

    /// One update, and where its time goes.
    #[wasm_bindgen(unchecked_return_type = "Profile")]
    pub async fn profile(&mut self) -> Result<JsValue, JsError> {
        let session = self.inner.session();
        let profile = session.profile().await.map_err(sentence)?;
        let ceiling = matmul_ceiling(session.engine()).await.map_err(sentence)?;
        to_web(&profile, ceiling)
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
        #[wasm_bindgen(unchecked_param_type = "TokenPair[]")] pairs: JsValue,
    ) -> Result<(), JsError> {
        let pairs: Vec<Pair> = from_js(pairs)?;
        let weights = pairs
            .iter()
            .filter_map(|pair| Some((pair.id, pair.weight?)));
        let weights: Vec<(u32, f32)> = weights.collect();
        let alone = pairs.iter().filter_map(|pair| Some((pair.id, pair.only?)));
        let alone: Vec<(u32, Side)> = alone.collect();
        let pairs = pairs.into_iter().map(Pair::into).collect();
        self.inner
            .set_training_pairs(pairs)
            .await
            .map_err(sentence)?;
        self.inner.session().set_one_sided(&alone);
        let weighed = self.inner.session().set_pair_weights(&weights);
        weighed.map_err(sentence)
    }

    /// Replaces the held-out pairs.
    #[wasm_bindgen(js_name = setHeldOutPairs)]
    pub async fn set_held_out_pairs(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "TokenPair[]")] pairs: JsValue,
    ) -> Result<(), JsError> {
        let pairs = token_pairs(pairs)?;
        self.inner.set_held_out_pairs(pairs).await.map_err(sentence)
    }

    /// Has a rule such as "shorter" or "manner: tone=polite" judge the policy's own answers, from the next
    /// update on; `vocabulary` is the text of each token, by id.
    #[wasm_bindgen(js_name = setRule)]
    pub fn set_rule(&mut self, rule: &str, vocabulary: Vec<String>) -> Result<(), JsError> {
        self.inner.set_rule(rule, vocabulary).map_err(sentence)
    }

    /// Has a judge that learns from the pairs judge the policy's own answers: "learned reward" or "learned
    /// preference". `gold` is a rule that is measured beside it, for `vocabulary` as in `setRule`.
    #[wasm_bindgen(js_name = setLearnedJudge)]
    pub async fn set_learned_judge(
        &mut self,
        kind: &str,
        gold: String,
        vocabulary: Vec<String>,
    ) -> Result<(), JsError> {
        let kind = kind.parse().map_err(sentence)?;
        let gold = Some((&gold[..], vocabulary));
        let set = self.inner.set_learned_judge(kind, gold).await;
        set.map_err(sentence)
    }

    /// Has the density ratio of a stronger policy over the reference judge the policy's own answers: `weights` are the
    /// bytes of the `model.safetensors` of one of the same shape.
    #[wasm_bindgen(js_name = setDensityJudge)]
    pub async fn set_density_judge(&mut self, weights: Vec<u8>) -> Result<(), JsError> {
        let set = self.inner.set_density_judge(&weights).await;
        set.map_err(sentence)
    }

    /// Has nobody judge the policy's own answers.
    #[wasm_bindgen(js_name = dismissJudge)]
    pub fn dismiss_judge(&mut self) {
        self.inner.dismiss_judge();
    }

    /// Where the judge stands, if it is one that learns.
    #[wasm_bindgen(unchecked_return_type = "JudgeReport | undefined")]
    pub fn judge(&mut self) -> Result<JsValue, JsError> {
        let report = self.inner.judge().map_err(sentence)?;
        report.map_or(Ok(JsValue::UNDEFINED), |report| judge_report(&report))
    }

    /// Makes one update of the judge that learns.
    #[wasm_bindgen(js_name = updateJudge)]
    pub async fn update_judge(&mut self) -> Result<(), JsError> {
        self.inner.update_judge().await.map_err(sentence)
    }

    /// Has the person at the screen judge the policy's own answers, from the next update on.
    #[wasm_bindgen(js_name = askPerson)]
    pub fn ask_person(&mut self) {
        self.inner.ask_person();
    }

    /// Whether an update would have nothing to learn from until the person has answered.
    #[wasm_bindgen(getter, js_name = awaitsPerson)]
    pub fn awaits_person(&mut self) -> bool {
        self.inner.session().awaits_person()
    }

    /// The answers that wait to be compared, oldest first; fresh ones are drawn when few are left.
    #[wasm_bindgen(unchecked_return_type = "Question[]")]
    pub async fn questions(&mut self) -> Result<JsValue, JsError> {
        let questions = self.inner.session().questions().await.map_err(sentence)?;
        let questions = questions.iter().map(|Question { id, answers }| {
            let [first, second] = answers;
            object(&[
                ("id", (*id).into()),
                ("prompt", ids_to_js(&first.prompt).into()),
                ("first", ids_to_js(&first.completion).into()),
                ("second", ids_to_js(&second.completion).into()),
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

    /// Adds what the person said of two answers to a prompt before this run began.
    pub fn recall(
        &mut self,
        prompt: Vec<u32>,
        first: Vec<u32>,
        second: Vec<u32>,
        #[wasm_bindgen(unchecked_param_type = "Preferred")] preferred: &str,
    ) -> Result<(), JsError> {
        let pair = TokenPair {
            prompt,
            chosen: first,
            rejected: second,
        };
        let preferred = preferred.parse().map_err(sentence)?;
        let recalled = self.inner.recall(&pair, preferred);
        recalled.map_err(sentence)
    }

    /// Forgets all that the person has said.
    pub fn forget(&mut self) {
        self.inner.session().forget();
    }

    /// Has the answers that methods keep be drawn with one of `guides` (token ids) before the prompt, in turn.
    #[wasm_bindgen(js_name = setGuides)]
    pub fn set_guides(&mut self, guides: Vec<Uint32Array>) {
        let guides = guides.iter().map(Uint32Array::to_vec);
        self.inner.set_guides(guides.collect());
    }

    /// Changes a hyper-parameter, from the next update on.
    #[wasm_bindgen(js_name = setValue)]
    pub fn set_value(&mut self, name: &str, value: f64) -> Result<(), JsError> {
        let session = self.inner.session();
        session.set_value(name, value).map_err(sentence)
    }

    /// Makes one update: of the judge first, as long as it has something to learn, then of the policy. Gives
    /// what broke the judge's, if anything did.
    pub async fn update(&mut self) -> Result<Option<String>, JsError> {
        let broken = self.inner.update().await.map_err(sentence)?;
        Ok(broken.map(|broken| broken.to_string()))
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

    /// The present numbers of the training pairs called `ids`; of all, if there are none.
    #[wasm_bindgen(js_name = scorePairs, unchecked_return_type = "PairNumbers[]")]
    pub async fn score_pairs(&mut self, ids: Vec<u32>) -> Result<JsValue, JsError> {
        let numbers = self.inner.session().pair_numbers(&ids).await;
        let numbers = numbers.map_err(sentence)?;
        let numbers: Vec<PairNumbers> = numbers
            .into_iter()
            .map(|numbers| PairNumbers {
                id: numbers.id,
                chosen: numbers.chosen,
                rejected: numbers.rejected,
                reference_chosen: numbers.reference_chosen,
                reference_rejected: numbers.reference_rejected,
                margin: numbers.margin,
            })
            .collect();
        to_js(&numbers)
    }

    /// Both completions of a pair, token by token.
    #[wasm_bindgen(
        js_name = scoreTokens,
        unchecked_return_type = "{ chosen: TokenScores; rejected: TokenScores }"
    )]
    pub async fn score_tokens(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "TokenPair")] pair: JsValue,
    ) -> Result<JsValue, JsError> {
        let (_, pair) = from_js::<Pair>(pair)?.into();
        let scores = self.inner.token_scores(&pair).await;
        let [chosen, rejected] = scores.map_err(sentence)?;
        object(&[
            ("chosen", token_scores(&chosen)?),
            ("rejected", token_scores(&rejected)?),
        ])
    }

    /// Completions of one prompt from the policy and from its reference, with the same
    /// random numbers.
    #[wasm_bindgen(unchecked_return_type = "Samples")]
    pub async fn sample(
        &mut self,
        prompt: Vec<u32>,
        #[wasm_bindgen(unchecked_param_type = "SampleOptions")] options: JsValue,
    ) -> Result<JsValue, JsError> {
        let options: SampleOptions = from_js(options)?;
        let request = SampleRequest {
            prompt,
            count: options.count,
            draw: Draw {
                law: Law {
                    temperature: options.temperature,
                    top_k: options.top_k,
                    top_p: options.top_p,
                },
                seed: options.seed as u64,
                most: options.max_tokens,
            },
        };
        let mut drawn = Vec::new();
        for scope in [Weights::POLICY, Weights::REFERENCE] {
            let completions = self.inner.sample(Source::Weights(scope), &request).await;
            let completions = completions.map_err(sentence)?;
            let array = completions.iter().map(|ids| JsValue::from(ids_to_js(ids)));
            drawn.push((scope, JsValue::from(array.collect::<Array>())));
        }
        object(&drawn)
    }

    /// Whether the chosen answers become less likely while the margin grows, in words.
    pub fn alarm(&mut self) -> Option<String> {
        let displacement = self.inner.session().displacement();
        displacement.map(|displacement| displacement.to_string())
    }

    /// Back to the reference: step 0, a fresh optimiser, a judge that has learnt nothing; pairs, what the
    /// person has said and numbers stay.
    pub async fn reset(&mut self, seed: f64) -> Result<(), JsError> {
        let reset = self.inner.reset(seed as u64).await;
        reset.map_err(sentence)
    }

    /// The policy as it stands, as a `model.safetensors`.
    pub async fn weights(&mut self) -> Result<Vec<u8>, JsError> {
        self.inner.checkpoint().await.map_err(sentence)
    }
}

impl WebSession {
    pub(super) fn on_processor(inner: LanguageSession) -> Self {
        WebSession {
            inner,
            remark: None,
            kept: None,
        }
    }
}

impl From<Pair> for (u32, TokenPair) {
    fn from(pair: Pair) -> Self {
        let tokens = TokenPair {
            prompt: pair.prompt,
            chosen: pair.chosen,
            rejected: pair.rejected,
        };
        (pair.id, tokens)
    }
}

fn rollout(rollout: &Rollout<TokenSample>) -> Result<JsValue, JsError> {
    let prompt = rollout
        .answers
        .first()
        .map_or(&[][..], |sample| &sample.prompt);
    let answers = rollout
        .answers
        .iter()
        .map(|sample| JsValue::from(ids_to_js(&sample.completion)));
    let floats = |values: &[f32]| JsValue::from(Float32Array::from(values));
    object(&[
        ("step", rollout.step.into()),
        ("prompt", ids_to_js(prompt).into()),
        ("answers", answers.collect::<Array>().into()),
        ("preferences", floats(&rollout.preferences)),
        ("rewards", floats(&rollout.rewards)),
    ])
}

fn judge_report(report: &JudgeReport) -> Result<JsValue, JsError> {
    let steps: Vec<u32> = report.curve.iter().map(|row| row.step).collect();
    let values = report.curve.iter().flat_map(|row| {
        let held_out = row.held_out_accuracy.unwrap_or(f32::NAN);
        [row.loss, row.accuracy, held_out]
    });
    let values: Vec<f32> = values.collect();
    object(&[
        ("updates", report.status.updates.into()),
        ("learns", report.learns.into()),
        (
            "columns",
            to_js(&["judge/loss", "judge/accuracy", "judge/eval_accuracy"])?,
        ),
        ("steps", ids_to_js(&steps).into()),
        ("values", Float32Array::from(values.as_slice()).into()),
    ])
}

fn token_pairs(pairs: JsValue) -> Result<Vec<(u32, TokenPair)>, JsError> {
    let pairs: Vec<Pair> = from_js(pairs)?;
    Ok(pairs.into_iter().map(Pair::into).collect())
}

pub(super) fn metrics_table(rows: &[Row]) -> Result<JsValue, JsError> {
    let steps: Vec<u32> = rows.iter().map(|row| row.step).collect();
    let values: Vec<f32> = rows.iter().flat_map(|row| row.values.clone()).collect();
    object(&[
        ("columns", to_js(&session::columns())?),
        ("steps", ids_to_js(&steps).into()),
        ("values", Float32Array::from(values.as_slice()).into()),
    ])
}

fn token_scores(scores: &TokenScores) -> Result<JsValue, JsError> {
    let floats = |values: &[f32]| JsValue::from(Float32Array::from(values));
    object(&[
        ("ids", ids_to_js(&scores.ids).into()),
        ("policy", floats(&scores.policy)),
        ("reference", floats(&scores.reference)),
    ])
}

pub(super) fn ids_to_js(ids: &[u32]) -> Uint32Array {
    Uint32Array::from(ids)
}

/// A plain object whose typed arrays a Worker can transfer.
pub(super) fn object(fields: &[(&str, JsValue)]) -> Result<JsValue, JsError> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value)
            .map_err(|_| JsError::new("a plain object refused a field"))?;
    }
    Ok(object.into())
}
