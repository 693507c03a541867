//! The registries of the core, for the page.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use std::collections::BTreeMap;

use super::{from_js, sentence, to_js};
use crate::engine::cpu::CpuEngine;
use crate::objective::{
    self, Against, Column, Credit, Judgement, Objective, PolicyKind, Scale, Scoring, custom,
    expression, sum,
};
use crate::policy::{self, diffusion};
use crate::session;

#[derive(Serialize)]
struct Catalogue {
    methods: Vec<Method>,
    sampling: Vec<Hyperparameter>,
    training: Vec<Hyperparameter>,
    language: Language,
    metrics: Vec<Metric>,
}

#[derive(Serialize)]
struct Method {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    source: &'static str,
    needs: Needs,
    /// Whether it compares the policy with earlier checkpoints of the run.
    saves: bool,
    /// Whether it makes a denoiser draw in one step.
    #[serde(rename = "oneStep")]
    one_step: bool,
    /// How a person would write it, where that is possible.
    written: Option<&'static str>,
    hyperparameters: Vec<Hyperparameter>,
    #[serde(rename = "lossAtReference")]
    loss_at_reference: Option<f64>,
}

/// What a method reads.
#[derive(Serialize)]
struct Needs {
    chosen: bool,
    rejected: bool,
    /// Whether it learns from one side of a pair as well.
    apart: bool,
    /// Answers of the policy's own.
    draws: bool,
    /// Answers of the policy's own that stand against the pair's until they are drawn anew.
    keeps: bool,
    /// Advantages by a critic.
    critic: bool,
    /// "preferences", "rewards" or nothing.
    judge: Option<&'static str>,
}

#[derive(Serialize)]
struct Hyperparameter {
    name: String,
    label: String,
    help: String,
    default: f64,
    min: f64,
    max: f64,
    step: f64,
    scale: &'static str,
    /// What a choice is made of.
    choices: &'static [&'static str],
}

#[derive(Serialize)]
struct Metric {
    name: &'static str,
    title: &'static str,
    help: &'static str,
}

/// What can be chosen, set and measured of policies of a kind.
#[wasm_bindgen(unchecked_return_type = "Catalogue")]
pub fn catalogue(
    #[wasm_bindgen(unchecked_param_type = "PolicyKind")] kind: &str,
) -> Result<JsValue, JsError> {
    let kind = match kind {
        "answers" => PolicyKind::Answers,
        "denoiser" => PolicyKind::Denoiser,
        other => return Err(sentence(format!("there is no kind of policy {other:?}"))),
    };
    let sampling: &[objective::Hyperparameter] = match kind {
        PolicyKind::Answers => &*policy::SAMPLING,
        PolicyKind::Denoiser => &*diffusion::SAMPLING,
    };
    let served = objective::REGISTRY.iter();
    let served = served.filter(|objective| objective.serves(kind));
    to_js(&Catalogue {
        methods: served.map(method).collect(),
        sampling: sampling.iter().map(hyperparameter).collect(),
        training: session::TRAINING.iter().map(hyperparameter).collect(),
        language: language(),
        metrics: session::metrics()
            .map(|metric| Metric {
                name: metric.name,
                title: metric.title,
                help: metric.help,
            })
            .collect(),
    })
}

/// What a loss written as text may be made of, and where it may start.
#[derive(Serialize)]
struct Language {
    examples: Examples,
    measured: Vec<Named>,
    functions: Vec<Named>,
}

/// By the names of the methods that a person writes.
#[derive(Serialize)]
struct Examples {
    custom: &'static str,
    sum: &'static str,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    help: &'static str,
}

fn language() -> Language {
    let measured = custom::MEASURED.iter();
    let functions = expression::FUNCTIONS.iter();
    Language {
        examples: Examples {
            custom: custom::EXAMPLE,
            sum: sum::EXAMPLE,
        },
        measured: measured.map(|&(name, help)| Named { name, help }).collect(),
        functions: functions
            .map(|function| Named {
                name: function.name,
                help: function.help,
            })
            .collect(),
    }
}

/// The numbers of `objective` that may be set.
pub(super) fn hyperparameters(objective: &Objective) -> Result<JsValue, JsError> {
    let own = objective.hyperparameters.iter().map(hyperparameter);
    to_js(&own.collect::<Vec<_>>())
}

/// The method called `name`, "custom" or "sum", whose loss a person has written.
#[wasm_bindgen(js_name = writtenMethod, unchecked_return_type = "Method")]
pub fn written_method(name: &str, loss: &str) -> Result<JsValue, JsError> {
    to_js(&method(&objective::open(name, loss).map_err(sentence)?))
}

/// The loss of a method and its slope at each of `margins`, nats: losses, then slopes; nothing for a method
/// that is not about single pairs.
#[wasm_bindgen(js_name = lossCurve)]
pub async fn loss_curve(
    method: String,
    loss: String,
    #[wasm_bindgen(unchecked_param_type = "Record<string, number>")] values: JsValue,
    margins: Vec<f32>,
) -> Result<Option<Vec<f32>>, JsError> {
    let values: BTreeMap<String, f64> = from_js(values)?;
    let objective = objective::open(&method, &loss).map_err(sentence)?;
    let value = |name: &str| {
        let own = objective
            .hyperparameters
            .iter()
            .find(|hyper| hyper.name == name);
        let default = own.map_or(f64::NAN, |hyper| hyper.default);
        values.get(name).copied().unwrap_or(default)
    };
    let points = objective::curve(&CpuEngine::new(), &objective, value, &margins).await;
    let points = points.map_err(sentence)?;
    Ok(points.map(|points| {
        let column = |index: usize| points.iter().map(move |point| point[index]);
        column(0).chain(column(1)).collect()
    }))
}

fn method(objective: &Objective) -> Method {
    let judge = match objective.judgement {
        Judgement::None => None,
        Judgement::Preferences => Some("preferences"),
        Judgement::Rewards => Some("rewards"),
    };
    Method {
        name: objective.name,
        title: objective.title,
        summary: objective.summary,
        source: objective.source,
        needs: Needs {
            chosen: objective.reads(Column::Chosen),
            rejected: objective.reads(Column::Rejected),
            apart: objective.apart,
            draws: objective.draws(),
            keeps: objective.reads(Column::Kept),
            critic: objective.credit == Credit::Critic,
            judge,
        },
        saves: objective.against != Against::Reference,
        one_step: matches!(
            objective.scoring,
            Scoring::Consistency | Scoring::Distillation
        ),
        written: custom::form(objective.name),
        hyperparameters: objective
            .hyperparameters
            .iter()
            .map(hyperparameter)
            .collect(),
        // Only of a loss that an evaluation measures: it is measured on pairs.
        loss_at_reference: objective
            .at_reference
            .filter(|_| objective.columns_of_a_pair().is_some()),
    }
}

fn hyperparameter(hyper: &objective::Hyperparameter) -> Hyperparameter {
    Hyperparameter {
        name: hyper.name.to_string(),
        label: hyper.label.to_string(),
        help: hyper.help.to_string(),
        default: hyper.default,
        min: hyper.min,
        max: hyper.max,
        step: hyper.step,
        scale: match hyper.scale {
            Scale::Linear => "linear",
            Scale::Logarithmic => "log",
            Scale::Integer => "integer",
            Scale::Choice(_) => "choice",
        },
        choices: match hyper.scale {
            Scale::Choice(names) => names,
            _ => &[],
        },
    }
}
