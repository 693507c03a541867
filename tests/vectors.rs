//! The objectives against numbers that other software computed: every `*.json` in
//! `tests/vectors/`, every figure in it. What is not built yet is listed here by name;
//! anything else that is not recognised fails.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Feeds, HostTensor};
use alignment_playground::graph::{Builder, DType, Expr};
use alignment_playground::objective::{self, Hyper, Objective, PairScores, Score};
use alignment_playground::policy::{Initial, Parameter, Policy, PolicyScores, Weights, state_name};
use alignment_playground::session::Session;
use pollster::block_on;
use serde_json::{Map, Value};
use support::{assert_close, run};

/// Single precision against figures of 12 digits.
const TOLERANCE: f32 = 2e-6;

/// The objective that a vector's method names, and what TRL calls its loss.
const BUILT: [(&str, &str, &str); 3] = [
    ("TRL DPOTrainer sigmoid", "dpo", "sigmoid"),
    ("TRL v0.24.0 DPOTrainer.dpo_loss", "dpo", "sigmoid"),
    ("cDPO (conservative DPO)", "dpo", "sigmoid"),
];

/// Parameters that turn a method into one that later work brings.
const VARIANTS_NOT_YET_BUILT: [&str; 2] = ["fdiv", "ld_alpha"];

/// Losses beside DPO's in vectors that hold several.
const LOSSES_NOT_YET_BUILT: &[&str] = &[
    "aot",
    "aot_pair",
    "apo_down",
    "apo_zero",
    "bco_pair",
    "discopop",
    "exo_pair",
    "hinge",
    "ipo",
    "nca_pair",
    "robust",
    "sppo_hard",
];

/// Methods that later work brings.
const NOT_YET_BUILT: &[&str] = &[
    "TRL DPOTrainer hinge",
    "TRL DPOTrainer ipo",
    "TRL DPOTrainer exo_pair",
    "TRL DPOTrainer nca_pair",
    "TRL DPOTrainer robust",
    "TRL DPOTrainer bco_pair",
    "TRL DPOTrainer sppo_hard",
    "TRL DPOTrainer aot",
    "TRL DPOTrainer apo_zero",
    "TRL DPOTrainer discopop",
    "TRL DPOTrainer sft",
    "TRL DPOTrainer sigmoid_norm",
    "TRL DPOTrainer sigmoid+sft",
    "Nash-MD (TRL)",
    "XPO (TRL)",
    "Per-token geometric mixture sampler (Nash-MD / IPO-MD)",
    "Diffusion-DPO",
    "SePPO (AAF)",
    "Online IPO / IPO-MD pair loss (soft label)",
    "Online IPO all-pairs batch loss",
    "Offline IPO optimum pi* ∝ pi_ref exp(E_mu[p]/tau)",
    "IPO-MD(beta) stationary point, 3-action game",
    "online/offline IPO two-action",
    "Nash-MD tabular step",
    "D2O",
    "NPO (D2O without self samples)",
    "INPO",
    "CREAM consistency-weighted DPO",
    "CREAM consistency rate",
    "ORPO",
    "ASFT",
    "SimPO",
    "SLiC-HF rank loss (paper) ",
    "HyPO",
    "RSO",
    "Reward model BT loss",
    "REINFORCE + KL-in-reward, RLOO k=2 baseline",
    "PPO clipped surrogate",
    "Direct Advantage PO (2412.18279)",
    "CDR / Dr.SoW reward",
    "Score Forgetting Distillation generator loss",
    "Improved consistency training",
    "iCT pseudo-Huber",
    "iCT c_skip/c_out",
    "Gradient entanglement",
    "3D-properties gradient ratio",
    "Negative-gradient squeezing",
    "Idealized ranking accuracy",
    "Theorem 4.1 flip threshold",
    "Likelihood over-optimisation indicators",
    "STARC (VAL canonicalisation, L2 norm, L2 distance/2)",
    "Logic view (2412.17696): semantic loss -log sigma(log WMC(P)/WMC(notP))",
];

/// Checks one vector; whether there was anything to check yet, or what is wrong.
fn check(vector: &Value) -> Result<bool, String> {
    let method = vector["method"].as_str().ok_or("there is no method")?;
    let empty = Map::new();
    let parameters = vector["params"].as_object().unwrap_or(&empty);
    if NOT_YET_BUILT.contains(&method) {
        return Ok(false);
    }
    let known = BUILT.iter().find(|(name, ..)| *name == method);
    let Some((_, name, loss)) = known else {
        return Err(format!("the method {method:?} is not recognised"));
    };
    if parameters
        .keys()
        .any(|key| VARIANTS_NOT_YET_BUILT.contains(&key.as_str()))
    {
        return Ok(false);
    }
    let objective = objective::by_name(name).map_err(|error| error.to_string())?;
    let case = Case::read(vector, objective, parameters)?;
    let expected = vector["expected"]
        .as_object()
        .ok_or("nothing is expected")?;
    for (figure, expected) in expected {
        let expected = match (figure.as_str(), expected) {
            // Several losses, by name.
            ("per_pair_loss", Value::Object(losses)) => {
                let others = losses.keys().filter(|key| key != loss);
                let mut unknown =
                    others.filter(|key| !LOSSES_NOT_YET_BUILT.contains(&key.as_str()));
                if let Some(other) = unknown.next() {
                    return Err(format!("the loss {other:?} is not recognised"));
                }
                &losses[*loss]
            }
            _ => expected,
        };
        case.compare(figure, expected)?;
    }
    Ok(true)
}

/// A batch of pairs by the log-probabilities of their tokens, with 0 where a completion is over.
struct Case {
    objective: &'static dyn Objective,
    /// Objective hyper-parameters given by the vector.
    values: Vec<(String, f64)>,
    table: TokenTable,
    /// Chosen and rejected under the policy, then under the reference.
    policy: [Vec<f32>; 2],
    reference: [Vec<f32>; 2],
}

impl Case {
    fn read(
        vector: &Value,
        objective: &'static dyn Objective,
        parameters: &Map<String, Value>,
    ) -> Result<Self, String> {
        let rows = |name: &str| -> Result<Vec<Vec<f32>>, String> {
            let rows = vector["inputs"][name].clone();
            serde_json::from_value(rows).map_err(|error| format!("{name}: {error}"))
        };
        let names = [
            "policy_chosen",
            "policy_rejected",
            "ref_chosen",
            "ref_rejected",
        ];
        let [a, b, c, d] = names.map(|name| rows(&format!("{name}_token_logps")));
        let sides = [a?, b?, c?, d?];
        let length = sides.iter().flatten().map(Vec::len).max().unwrap_or(0);
        let pairs = sides[0].len();
        let padded = |rows: &Vec<Vec<f32>>| {
            let pad = |row: &Vec<f32>| [&row[..], &vec![0.0; length - row.len()]].concat();
            rows.iter().flat_map(pad).collect::<Vec<f32>>()
        };
        let [policy_chosen, policy_rejected, ref_chosen, ref_rejected] =
            sides.each_ref().map(padded);

        let mut values = Vec::new();
        for (name, value) in parameters {
            let hyper = objective
                .hyperparameters()
                .iter()
                .any(|hyper| hyper.name == name);
            match (name.as_str(), value.as_f64()) {
                (_, Some(value)) if hyper => values.push((name.clone(), value)),
                // The name of the loss; and other losses' parameters in a vector of several.
                ("loss_type" | "discopop_tau", _) | ("label_smoothing", None) => {}
                _ => return Err(format!("the parameter {name:?} is not recognised")),
            }
        }
        Ok(Case {
            objective,
            values,
            table: TokenTable { pairs, length },
            policy: [policy_chosen, policy_rejected],
            reference: [ref_chosen, ref_rejected],
        })
    }

    fn compare(&self, figure: &str, expected: &Value) -> Result<(), String> {
        let list = |value: &Value| -> Result<Vec<f32>, String> {
            serde_json::from_value(value.clone()).map_err(|error| format!("{figure}: {error}"))
        };
        let one = || list(&vec![expected.clone()].into());
        let (found, expected) = match figure {
            "per_pair_loss" => (self.losses().0, list(expected)?),
            "batch_mean_loss" => (self.metrics(&["loss"]), one()?),
            "dloss_d_first_token_logp_chosen" => (self.losses().1[0].clone(), list(expected)?),
            "dloss_d_first_token_logp_rejected" => (self.losses().1[1].clone(), list(expected)?),
            "metrics" => {
                let metrics = expected.as_object().ok_or("metrics have no names")?;
                let names: Vec<&str> = metrics.keys().map(String::as_str).collect();
                let values = metrics
                    .values()
                    .map(|value| value.as_f64().unwrap_or(f64::NAN) as f32);
                (self.metrics(&names), values.collect())
            }
            _ => return Err(format!("the figure {figure:?} is not recognised")),
        };
        assert_close(figure, &found, &expected, TOLERANCE);
        Ok(())
    }

    /// The loss of each pair, and the mean loss's derivatives by the first token of each side.
    fn losses(&self) -> (Vec<f32>, [Vec<f32>; 2]) {
        let builder = Builder::new();
        let inputs = |scope: &str| {
            ["chosen", "rejected"].map(|side| {
                let shape = [self.table.pairs, self.table.length];
                builder.input(&format!("{scope}/{side}"), DType::F32, shape)
            })
        };
        let (policy, reference) = (inputs("policy"), inputs("reference"));
        let score = |side: usize| Score {
            policy: self.table.total(policy[side]),
            reference: self.table.total(reference[side]),
        };
        let pairs = PairScores {
            chosen: score(0),
            rejected: score(1),
        };
        let losses = self.objective.losses(&pairs, &Hyper::new(&builder));
        builder.output("losses", losses);
        let gradients = builder.gradients(losses.mean(), &policy);
        for (name, gradient) in ["chosen", "rejected"].iter().zip(gradients) {
            builder.output(name, gradient);
        }

        let mut feeds = Feeds::new();
        for (scope, sides) in [("policy", &self.policy), ("reference", &self.reference)] {
            for (name, values) in ["chosen", "rejected"].iter().zip(sides) {
                let tensor = HostTensor::f32([self.table.pairs, self.table.length], values.clone());
                feeds.insert(format!("{scope}/{name}"), tensor);
            }
        }
        for hyper in self.objective.hyperparameters() {
            let given = self.values.iter().find(|(name, _)| name == hyper.name);
            let value = given.map_or(hyper.default, |(_, value)| *value);
            feeds.insert(Hyper::input(hyper.name), HostTensor::scalar(value as f32));
        }
        let outputs = run(&CpuEngine::new(), builder, &feeds).unwrap();
        let first = |name: &str| {
            let rows = outputs[name].as_f32().chunks_exact(self.table.length);
            rows.map(|row| row[0]).collect()
        };
        (
            outputs["losses"].as_f32().to_vec(),
            [first("chosen"), first("rejected")],
        )
    }

    /// What a session over the same numbers reports.
    fn metrics(&self, names: &[&str]) -> Vec<f32> {
        let shape = [self.table.pairs, self.table.length];
        let tensors = |sides: &[Vec<f32>; 2]| {
            sides
                .each_ref()
                .map(|values| HostTensor::f32(shape, values.clone()))
        };
        let mut session = Session::new(
            Box::new(CpuEngine::new()),
            self.table.clone(),
            tensors(&self.reference).to_vec(),
            self.objective,
            0,
        )
        .unwrap();
        for (name, value) in &self.values {
            session.set_value(name, *value).unwrap();
        }
        for (parameter, value) in self.table.parameters().iter().zip(tensors(&self.policy)) {
            let name = state_name(Weights::POLICY, &parameter.name);
            session.engine().write(&name, value).unwrap();
        }
        let pairs = (0..self.table.pairs as u32)
            .map(|pair| (pair, pair))
            .collect();
        block_on(session.set_training_pairs(pairs)).unwrap();
        let row = block_on(session.evaluate()).unwrap();
        names.iter().map(|name| row.value(name)).collect()
    }
}

/// A policy whose weights are the log-probabilities of its pairs' tokens; a pair is a row.
#[derive(Clone)]
struct TokenTable {
    pairs: usize,
    length: usize,
}

impl TokenTable {
    fn total<'g>(&self, tokens: Expr<'g>) -> Expr<'g> {
        tokens.sum(&[1]).reshape([self.pairs])
    }
}

impl Policy for TokenTable {
    type Pair = u32;
    type Layout = usize;

    fn parameters(&self) -> Vec<Parameter> {
        let parameter = |name: &str| Parameter {
            name: name.to_owned(),
            shape: [self.pairs, self.length].into(),
            initial: Initial::Zeros,
            decays: false,
        };
        vec![parameter("chosen"), parameter("rejected")]
    }

    fn layout(&self, _pairs: &[&u32], count: usize) -> usize {
        count
    }

    fn feeds(&self, pairs: &[&u32], layout: usize) -> Feeds {
        let rows = pairs.iter().map(|pair| **pair).collect();
        Feeds::from([("batch/rows".to_owned(), HostTensor::u32([layout], rows))])
    }

    fn scores<'g>(&self, weights: &Weights<'g>, layout: usize) -> PolicyScores<'g> {
        let rows = weights.builder().input("batch/rows", DType::U32, [layout]);
        let side = |name: &str| {
            let table = weights.get(name, [self.pairs, self.length]);
            table.rows(rows).sum(&[1]).reshape([layout])
        };
        let chosen = side("chosen");
        PolicyScores {
            chosen,
            rejected: side("rejected"),
            entropy: chosen * 0.0,
            choices: chosen,
        }
    }

    fn divergence<'g>(&self, policy: Expr<'g>, reference: Expr<'g>, _layout: usize) -> Expr<'g> {
        (policy - reference) * 0.0
    }
}

#[test]
fn every_vector_agrees() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut checked = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for vector in file["vectors"].as_array().expect("a list of vectors") {
            match check(vector) {
                Ok(built) => checked += usize::from(built),
                Err(problem) => wrong.push(format!("{}: {problem}", vector["id"])),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked >= 3, "only {checked} vectors were checked");
}

#[test]
fn what_is_not_recognised_fails() {
    let problem = |change: fn(&mut Value)| {
        let mut vector = serde_json::json!({
            "id": "test",
            "method": "TRL DPOTrainer sigmoid",
            "params": { "beta": 0.1 },
            "inputs": {
                "policy_chosen_token_logps": [[-1.0]], "policy_rejected_token_logps": [[-1.0]],
                "ref_chosen_token_logps": [[-1.0]], "ref_rejected_token_logps": [[-1.0]],
            },
            "expected": { "per_pair_loss": [std::f64::consts::LN_2] },
        });
        assert_eq!(check(&vector), Ok(true));
        change(&mut vector);
        check(&vector).unwrap_err()
    };
    assert!(problem(|v| v["method"] = "alchemy".into()).contains("alchemy"));
    assert!(problem(|v| v["params"]["gamma"] = 1.into()).contains("gamma"));
    assert!(problem(|v| v["expected"]["gold"] = 1.into()).contains("gold"));
    assert!(
        problem(|v| v["expected"]["per_pair_loss"] = serde_json::json!({"gold": [1]}))
            .contains("gold")
    );
}
