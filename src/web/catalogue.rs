//! The registries of the core, for the page.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::to_js;
use crate::formula::mathml;
use crate::objective::{self, Column, Judgement, Objective, Scale};
use crate::session;

#[derive(Serialize)]
struct Catalogue {
    methods: Vec<Method>,
    sampling: Vec<Hyperparameter>,
    training: Vec<Hyperparameter>,
    metrics: Vec<Metric>,
}

#[derive(Serialize)]
struct Method {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    source: &'static str,
    /// MathML.
    formula: String,
    needs: Needs,
    hyperparameters: Vec<Hyperparameter>,
    #[serde(rename = "lossAtReference")]
    loss_at_reference: Option<f64>,
}

/// What a method reads.
#[derive(Serialize)]
struct Needs {
    chosen: bool,
    rejected: bool,
    /// Answers of the policy's own.
    draws: bool,
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
}

#[derive(Serialize)]
struct Metric {
    name: &'static str,
    title: &'static str,
    help: &'static str,
}

/// What can be chosen, set and measured.
#[wasm_bindgen(unchecked_return_type = "Catalogue")]
pub fn catalogue() -> Result<JsValue, JsError> {
    to_js(&Catalogue {
        methods: objective::REGISTRY.iter().map(method).collect(),
        sampling: session::SAMPLING.iter().map(hyperparameter).collect(),
        training: session::TRAINING.iter().map(hyperparameter).collect(),
        metrics: session::metrics()
            .map(|metric| Metric {
                name: metric.name,
                title: metric.title,
                help: metric.help,
            })
            .collect(),
    })
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
        formula: mathml(objective.formula),
        needs: Needs {
            chosen: objective.reads(Column::Chosen),
            rejected: objective.reads(Column::Rejected),
            draws: objective.draws(),
            judge,
        },
        hyperparameters: objective
            .hyperparameters
            .iter()
            .map(hyperparameter)
            .collect(),
        loss_at_reference: objective.at_reference,
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
        },
    }
}
