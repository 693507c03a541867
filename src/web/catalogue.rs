//! The registries of the core, for the page.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::to_js;
use crate::objective::{self, Objective, Scale};
use crate::session;

#[derive(Serialize)]
struct Catalogue {
    methods: Vec<Method>,
    training: Vec<Hyperparameter>,
    metrics: Vec<Metric>,
}

#[derive(Serialize)]
struct Method {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    source: &'static str,
    formula: &'static str,
    hyperparameters: Vec<Hyperparameter>,
    #[serde(rename = "lossAtReference")]
    loss_at_reference: Option<f64>,
}

#[derive(Serialize)]
struct Hyperparameter {
    name: &'static str,
    label: &'static str,
    help: &'static str,
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
    let metrics = session::PAIR_METRICS.iter().chain(&session::UPDATE_METRICS);
    to_js(&Catalogue {
        methods: objective::REGISTRY.iter().map(|&o| method(o)).collect(),
        training: session::TRAINING.iter().map(hyperparameter).collect(),
        metrics: metrics
            .chain([&session::DIVERGENCE])
            .map(|metric| Metric {
                name: metric.name,
                title: metric.title,
                help: metric.help,
            })
            .collect(),
    })
}

fn method(objective: &dyn Objective) -> Method {
    let hyperparameters = objective.hyperparameters();
    Method {
        name: objective.name(),
        title: objective.title(),
        summary: objective.summary(),
        source: objective.source(),
        formula: objective.formula(),
        hyperparameters: hyperparameters.iter().map(hyperparameter).collect(),
        loss_at_reference: objective.loss_at_reference(),
    }
}

fn hyperparameter(hyper: &objective::Hyperparameter) -> Hyperparameter {
    Hyperparameter {
        name: hyper.name,
        label: hyper.label,
        help: hyper.help,
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
