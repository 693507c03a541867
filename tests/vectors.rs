//! The objectives against numbers that other software computed: every `*.json` in
//! `tests/vectors/`, every figure in it. What is not built yet, or is checked elsewhere, is listed here
//! by name; anything else that is not recognised fails.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, Feeds, HostTensor};
use alignment_playground::graph::{Builder, DType};
use alignment_playground::objective::{self, Hyper, Objective, Scores, custom};
use alignment_playground::policy::{Policy, Weights, mixture, state_name};
use alignment_playground::session::{Pair, Session};
use pollster::block_on;
use serde_json::Value;
use support::token_table::TokenTable;
use support::{assert_close, run};

/// Single precision against figures of 12 digits.
const TOLERANCE: f32 = 2e-6;

/// Figures found, by name; or what is wrong.
type Found = Result<Vec<(String, Vec<f32>)>, String>;

/// What computes a vector's figures.
type Compute = fn(&Value) -> Found;

/// How a vector of each method is computed.
const BUILT: [(&str, Compute); 22] = [
    ("Nash-MD (TRL)", nash_md),
    ("XPO (TRL)", xpo),
    (
        "Per-token geometric mixture sampler (Nash-MD / IPO-MD)",
        geometric_mixture,
    ),
    ("Online IPO / IPO-MD pair loss (soft label)", online_ipo),
    ("Online IPO all-pairs batch loss", online_ipo_all_pairs),
    ("D2O", d2o),
    ("NPO (D2O without self samples)", npo),
    ("INPO", inpo),
    ("CREAM consistency-weighted DPO", cream),
    ("CREAM consistency rate", cream_consistency),
    ("RSO", rso),
    ("CDR / Dr.SoW reward", density_ratio),
    ("ORPO", orpo),
    ("ASFT", asft),
    ("SimPO", simpo),
    ("SLiC-HF rank loss (paper) ", slic),
    ("HyPO", hypo),
    ("REINFORCE + KL-in-reward, RLOO k=2 baseline", rloo),
    ("PPO clipped surrogate", ppo),
    ("Direct Advantage PO (2412.18279)", direct_advantage),
    ("Diffusion-DPO", diffusion_dpo),
    ("SePPO (AAF)", seppo),
];

/// TRL's losses whose names are not ours.
const RENAMED: [(&str, &str); 3] = [
    ("sigmoid", "dpo"),
    ("sigmoid+sft", "rpo"),
    ("aot_pair", "aot_unpaired"),
];

/// Steps on the way to a loss, and other forms of it, that vectors give beside it.
const ON_THE_WAY: [&str; 13] = [
    "kl",
    "h",
    "z",
    "R",
    "advantage",
    "A",
    "log_or",
    "L_OR",
    "kl_estimate",
    "surrogate",
    "loss_expanded_form",
    "loss_squared_soft",
    "optimum_h",
];

/// Checked in `theory.rs`.
const CHECKED_AS_THEORY: [&str; 4] = [
    "Offline IPO optimum pi* ∝ pi_ref exp(E_mu[p]/tau)",
    "IPO-MD(beta) stationary point, 3-action game",
    "online/offline IPO two-action",
    "Nash-MD tabular step",
];

/// Checked in `judges.rs`.
const CHECKED_AS_JUDGES: [&str; 1] = ["Reward model BT loss"];

/// Checked in `consistency.rs`.
const CHECKED_AS_CONSISTENCY: [&str; 2] = ["Improved consistency training", "iCT pseudo-Huber"];

/// Checked in `distillation.rs`.
const CHECKED_AS_DISTILLATION: [&str; 1] = ["Score Forgetting Distillation generator loss"];

/// Of a network that is none of ours: v-prediction meets the boundary by itself.
const OF_OTHER_NETWORKS: [&str; 1] = ["iCT c_skip/c_out"];

/// Methods that later work brings.
const NOT_YET_BUILT: &[&str] = &[
    "Gradient entanglement",
    "3D-properties gradient ratio",
    "Negative-gradient squeezing",
    "Idealized ranking accuracy",
    "Theorem 4.1 flip threshold",
    "Likelihood over-optimisation indicators",
    "STARC (VAL canonicalisation, L2 norm, L2 distance/2)",
    "Logic view (2412.17696): semantic loss -log sigma(log WMC(P)/WMC(notP))",
];

/// Checks one vector; whether there was anything to check, or what is wrong.
fn check(vector: &Value) -> Result<bool, String> {
    let method = vector["method"].as_str().ok_or("there is no method")?;
    let elsewhere = [
        &CHECKED_AS_THEORY[..],
        &CHECKED_AS_JUDGES,
        &CHECKED_AS_CONSISTENCY,
        &CHECKED_AS_DISTILLATION,
        &OF_OTHER_NETWORKS,
    ];
    if NOT_YET_BUILT.contains(&method) || elsewhere.concat().contains(&method) {
        return Ok(false);
    }
    let found = match BUILT.iter().find(|(name, _)| *name == method) {
        Some((_, compute)) => compute(vector)?,
        None if method.contains("DPOTrainer") || method.starts_with("cDPO") => trl(vector)?,
        None => return Err(format!("the method {method:?} is not recognised")),
    };
    let expected = vector["expected"]
        .as_object()
        .ok_or("nothing is expected")?;
    for (figure, expected) in expected {
        if ON_THE_WAY.contains(&figure.as_str()) {
            continue;
        }
        for (figure, expected) in flattened(figure, expected) {
            let found = found.iter().find(|(name, _)| *name == figure);
            let (_, found) =
                found.ok_or_else(|| format!("the figure {figure:?} is not recognised"))?;
            assert_close(
                &format!("{}: {figure}", vector["id"]),
                found,
                &expected,
                TOLERANCE,
            );
        }
    }
    Ok(true)
}

/// The numbers of a figure; those of an object by the names of its fields.
fn flattened(name: &str, value: &Value) -> Vec<(String, Vec<f32>)> {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .filter(|(field, _)| !(name == "per_pair_loss" && *field == "bco_pair"));
            fields
                .flat_map(|(field, value)| flattened(&format!("{name}/{field}"), value))
                .collect()
        }
        _ => vec![(name.to_owned(), numbers(value))],
    }
}

/// All numbers in `value`, in order.
fn numbers(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::Bool(yes) => vec![f32::from(u8::from(*yes))],
        _ => vec![value.as_f64().unwrap_or(f64::NAN) as f32],
    }
}

/// The numbers of an input.
fn input(vector: &Value, name: &str) -> Vec<f32> {
    numbers(&vector["inputs"][name])
}

/// The number of a parameter.
fn parameter(vector: &Value, name: &str) -> f32 {
    numbers(&vector["params"][name])[0]
}

/// A batch by the log-probabilities of its samples' tokens.
struct Case {
    objective: Objective,
    values: Vec<(String, f32)>,
    groups: usize,
    /// Column after column.
    policy: Vec<Vec<f32>>,
    reference: Vec<Vec<f32>>,
    /// Under the last iterate; and what a judge says.
    more: Feeds,
}

impl Case {
    /// Samples of one token each, in one group.
    fn of_one_group(name: &str, values: &[(&str, f32)], policy: &[f32], reference: &[f32]) -> Self {
        let tokens = |list: &[f32]| list.iter().map(|&log_prob| vec![log_prob]).collect();
        Case {
            objective: objective::by_name(name).unwrap().clone(),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect(),
            groups: 1,
            policy: tokens(policy),
            reference: tokens(reference),
            more: Feeds::new(),
        }
    }

    fn with(mut self, input: &str, shape: &[usize], values: Vec<f32>) -> Self {
        self.more
            .insert(input.to_owned(), HostTensor::f32(shape, values));
        self
    }

    /// The place of the token that each token's step ends with.
    fn with_steps(mut self, ends: Vec<u32>) -> Self {
        let ends = HostTensor::u32([ends.len()], ends);
        self.more.insert(Scores::STEPS.to_owned(), ends);
        self
    }

    fn table(&self) -> TokenTable {
        TokenTable::new(self.policy.iter().map(Vec::len).collect())
    }

    /// The loss of each group, and the mean loss's derivative by each token of each sample.
    fn losses(&self) -> (Vec<f32>, Vec<Vec<f32>>) {
        let table = self.table();
        let samples: Vec<u32> = (0..self.policy.len() as u32).collect();
        let samples: Vec<&u32> = samples.iter().collect();
        let layout = table.layout(&samples);
        let builder = Builder::new();
        let weights = Weights::new(&builder, Weights::POLICY);
        let tokens = weights.parameter(&table.parameters()[0]);
        let reference = builder.input("reference", DType::F32, [layout.1]);
        let columns = (0..samples.len() / self.groups).collect();
        let scores = Scores::new(
            table.scores(&weights, layout),
            reference,
            self.groups,
            columns,
        );
        let losses = self.objective.losses(&scores, &Hyper::new(&builder));
        builder.output("losses", losses);
        builder.output("gradient", builder.gradients(losses.mean(), &[tokens])[0]);

        let mut feeds = table.feeds(&samples, layout);
        feeds.extend(self.more.clone());
        feeds.insert(
            "reference".to_owned(),
            HostTensor::f32([layout.1], self.reference.concat()),
        );
        for hyper in &self.objective.hyperparameters {
            let given = self.values.iter().find(|(name, _)| *name == hyper.name);
            let value = given.map_or(hyper.default as f32, |(_, value)| *value);
            feeds.insert(Hyper::input(&hyper.name), HostTensor::scalar(value));
        }
        feeds.insert(Hyper::UPDATE.to_owned(), HostTensor::scalar(1.0));
        let engine = CpuEngine::new();
        let name = state_name(Weights::POLICY, TokenTable::TOKENS);
        engine
            .write(&name, HostTensor::f32([layout.1, 1], self.policy.concat()))
            .unwrap();
        let outputs = run(&engine, builder, &feeds).unwrap();
        let mut rest = outputs["gradient"].as_f32();
        let gradients = self.policy.iter().map(|tokens| {
            let (own, others) = rest.split_at(tokens.len());
            rest = others;
            own.to_vec()
        });
        (outputs["losses"].as_f32().to_vec(), gradients.collect())
    }

    fn loss(&self) -> f32 {
        let losses = self.losses().0;
        losses.iter().sum::<f32>() / losses.len() as f32
    }

    /// What a session over the same pairs reports.
    fn metrics(&self, names: &[&str]) -> Vec<(String, Vec<f32>)> {
        let table = self.table();
        let tokens = |rows: &[Vec<f32>]| {
            let shape = [rows.iter().map(Vec::len).sum(), 1];
            HostTensor::f32(shape, rows.concat())
        };
        let engine = Box::new(CpuEngine::new());
        let weights = vec![tokens(&self.reference)];
        let mut session = Session::new(engine, table, weights, self.objective.clone(), 0).unwrap();
        for (name, value) in &self.values {
            session.set_value(name, f64::from(*value)).unwrap();
        }
        let name = state_name(Weights::POLICY, TokenTable::TOKENS);
        session.engine().write(&name, tokens(&self.policy)).unwrap();
        let count = self.groups as u32;
        let pair = |chosen| {
            (
                chosen,
                Pair {
                    chosen,
                    rejected: count + chosen,
                },
            )
        };
        block_on(session.set_training_pairs((0..count).map(pair).collect())).unwrap();
        let row = block_on(session.evaluate()).unwrap();
        names
            .iter()
            .map(|name| (format!("metrics/{name}"), vec![row.value(name)]))
            .collect()
    }
}

/// A batch of pairs for one or several losses of TRL's `DPOTrainer`.
fn trl(vector: &Value) -> Found {
    let names = [
        "policy_chosen",
        "policy_rejected",
        "ref_chosen",
        "ref_rejected",
    ];
    let rows = |name: &str| -> Result<Vec<Vec<f32>>, String> {
        let rows = vector["inputs"][format!("{name}_token_logps")].clone();
        serde_json::from_value(rows).map_err(|error| format!("{name}: {error}"))
    };
    let [chosen, rejected, ref_chosen, ref_rejected] = names.map(rows);
    let groups = chosen.clone()?.len();
    let (policy, reference) = (
        [chosen?, rejected?].concat(),
        [ref_chosen?, ref_rejected?].concat(),
    );
    let case = |loss: &str| -> Result<Case, String> {
        let empty = serde_json::Map::new();
        let parameters = vector["params"].as_object().unwrap_or(&empty);
        let (mut name, mut values) = (loss, Vec::new());
        if let Some((_, ours)) = RENAMED.iter().find(|(theirs, _)| *theirs == loss) {
            name = ours;
        }
        for (parameter, value) in parameters {
            let number = || numbers(value);
            match (parameter.as_str(), value) {
                ("loss_type", _) => {}
                ("beta", _) if name == "sft" => {}
                ("beta", _) => values.push(("beta".to_owned(), number()[0])),
                ("ls", _) => values.push(("label_smoothing".to_owned(), number()[0])),
                ("label_smoothing", Value::Number(_)) => {
                    values.push((parameter.clone(), number()[0]))
                }
                ("label_smoothing", Value::Object(by_loss)) => {
                    let own = by_loss
                        .get(name)
                        .map(|value| (parameter.clone(), numbers(value)[0]));
                    values.extend(own);
                }
                ("discopop_tau", _) if name != "discopop" => {}
                ("discopop_tau", _) => values.push(("tau".to_owned(), number()[0])),
                ("weights", _) if name == "rpo" && number()[0] == 1.0 => {
                    values.push(("sft_weight".to_owned(), number()[1]));
                }
                ("ld_alpha", _) => {
                    name = "ld_dpo";
                    values.push((parameter.clone(), number()[0]));
                }
                ("fdiv", Value::String(divergence)) => name = divergence,
                _ => return Err(format!("the parameter {parameter:?} is not recognised")),
            }
        }
        Ok(Case {
            objective: objective::by_name(name)
                .map_err(|error| error.to_string())?
                .clone(),
            values,
            groups,
            policy: policy.clone(),
            reference: reference.clone(),
            more: Feeds::new(),
        })
    };
    // Several losses, by name.
    if let Value::Object(losses) = &vector["expected"]["per_pair_loss"] {
        let known = losses.keys().filter(|name| *name != "bco_pair");
        let losses =
            known.map(|name| Ok((format!("per_pair_loss/{name}"), case(name)?.losses().0)));
        return losses.collect();
    }
    let losses = vector["params"]["loss_type"].as_array();
    let losses = losses.map(|names| names.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    let case = case(&losses.map_or("sigmoid".to_owned(), |names| names.join("+")))?;
    let (losses, gradients) = case.losses();
    let first: Vec<f32> = gradients.iter().map(|tokens| tokens[0]).collect();
    let metrics = vector["expected"]["metrics"].as_object();
    let metrics: Vec<&str> = metrics.map_or(Vec::new(), |metrics| {
        metrics.keys().map(String::as_str).collect()
    });
    let mut found = case.metrics(&metrics);
    found.push(("batch_mean_loss".to_owned(), vec![case.loss()]));
    found.push(("per_pair_loss".to_owned(), losses));
    found.push((
        "dloss_d_first_token_logp_chosen".to_owned(),
        first[..groups].to_vec(),
    ));
    found.push((
        "dloss_d_first_token_logp_rejected".to_owned(),
        first[groups..].to_vec(),
    ));
    Ok(found)
}

fn figures<const N: usize>(figures: [(&str, Vec<f32>); N]) -> Found {
    let figures = figures
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values));
    Ok(figures.collect())
}

/// The mixture's sample, which is not learnt from, is a token of probability 1.
fn nash_md(vector: &Value) -> Found {
    let rows = |name: &str| -> Vec<Vec<f32>> {
        let rows = vector["inputs"][name]
            .as_array()
            .into_iter()
            .flatten()
            .map(numbers);
        // Zeros are padding.
        rows.map(|row| {
            row.into_iter()
                .filter(|&log_prob| log_prob != 0.0)
                .collect()
        })
        .collect()
    };
    let (policy, reference) = (rows("model_token_logps"), rows("ref_token_logps"));
    let groups = policy.len();
    let case = |beta: f32| {
        let other = vec![vec![0.0]; groups];
        let mut case = Case::of_one_group("nash_md", &[("beta", beta)], &[], &[]);
        (case.groups, case.policy) = (groups, [policy.clone(), other.clone()].concat());
        case.reference = [reference.clone(), other].concat();
        case.with(
            Scores::PREFERENCES,
            &[1, groups],
            input(vector, "prob_model_beats_mixture"),
        )
    };
    let held = case(parameter(vector, "beta"));
    let length = policy.iter().map(Vec::len).max().unwrap_or(0);
    let gradient = held
        .losses()
        .1
        .into_iter()
        .take(groups)
        .flat_map(|mut tokens| {
            // What TRL gives for its padding is no derivative of ours.
            tokens.resize(
                length,
                numbers(&vector["expected"]["dloss_dtokenlogp"])
                    .pop()
                    .unwrap_or(0.0),
            );
            tokens
        });
    figures([
        ("loss", vec![held.loss()]),
        (
            "score",
            case(0.0).losses().0.iter().map(|loss| -loss).collect(),
        ),
        ("dloss_dtokenlogp", gradient.collect()),
    ])
}

fn xpo(vector: &Value) -> Found {
    let both = |whose: &str| {
        let column = |of: &str| input(vector, &format!("{whose}_logp_of_{of}_sample"));
        [column("model"), column("ref")].concat()
    };
    let chosen = input(vector, "model_sample_is_chosen");
    let case = |name: &str, values: &[(&str, f32)]| {
        let case = Case::of_one_group(name, values, &both("model"), &both("ref"));
        let case = Case {
            groups: chosen.len(),
            ..case
        };
        case.with(Scores::PREFERENCES, &[1, chosen.len()], chosen.clone())
    };
    let [beta, alpha] = ["beta", "alpha"].map(|name| parameter(vector, name));
    let whole = case("xpo", &[("beta", beta), ("alpha", alpha)]);
    let dpo = case("online_dpo", &[("beta", beta)]).losses().0;
    let bonus = whole
        .losses()
        .0
        .iter()
        .zip(&dpo)
        .map(|(whole, dpo)| whole - dpo)
        .collect();
    figures([
        ("loss", vec![whole.loss()]),
        ("dpo", dpo),
        ("xpo_bonus", bonus),
    ])
}

fn geometric_mixture(vector: &Value) -> Found {
    let builder = Builder::new();
    let [policy, reference] = ["policy_logits", "ref_logits"].map(|name| input(vector, name));
    let mix = parameter(vector, "mixture_coef_on_ref");
    let classes = policy.len();
    let logits = |name| builder.input(name, DType::F32, [1, classes]);
    let mixed = mixture(logits("policy"), logits("reference"), builder.constant(mix));
    builder.output("log_probs", mixed.log_softmax());
    builder.output("probs", mixed.softmax());
    let feeds = support::feeds([
        ("policy", HostTensor::f32([1, classes], policy)),
        ("reference", HostTensor::f32([1, classes], reference)),
    ]);
    let outputs = run(&CpuEngine::new(), builder, &feeds).unwrap();
    let list = |name: &str| outputs[name].as_f32().to_vec();
    figures([("log_probs", list("log_probs")), ("probs", list("probs"))])
}

/// Ours is the form of a regression; the paper's has tau times its gradient.
fn online_ipo(vector: &Value) -> Found {
    let tau = parameter(vector, "tau");
    let case = Case::of_one_group(
        "online_ipo",
        &[("tau", tau)],
        &input(vector, "logp"),
        &input(vector, "ref_logp"),
    );
    let case = case.with(
        Scores::PREFERENCES,
        &[1, 1],
        vec![parameter(vector, "p_y_beats_yprime")],
    );
    let gradient = case.losses().1.concat();
    figures([
        ("loss_target_form", vec![case.loss()]),
        ("grad_target", gradient.clone()),
        ("grad_squared", gradient.clone()),
        (
            "grad_expanded",
            gradient.iter().map(|slope| tau * slope).collect(),
        ),
    ])
}

fn online_ipo_all_pairs(vector: &Value) -> Found {
    let log_ratios = input(vector, "log_ratios_d");
    let (width, all) = (log_ratios.len(), input(vector, "P"));
    let places = (0..width).flat_map(|first| (first + 1..width).map(move |second| (first, second)));
    let preferences: Vec<f32> = places
        .map(|(first, second)| all[first * width + second])
        .collect();
    let values = [("tau", parameter(vector, "tau"))];
    let case = Case::of_one_group("ipo_md", &values, &log_ratios, &vec![0.0; width]);
    let case = case.with(Scores::PREFERENCES, &[preferences.len(), 1], preferences);
    figures([
        ("loss", vec![case.loss()]),
        ("dloss_dd", case.losses().1.concat()),
    ])
}

fn d2o(vector: &Value) -> Found {
    let column = |avoided: &str, own: &str| [input(vector, avoided), input(vector, own)].concat();
    let policy = column("logp_dispreferred", "logp_self");
    let reference = column("ref_plus_logp_dispreferred", "ref_minus_logp_self");
    let values = ["alpha", "beta"].map(|name| (name, parameter(vector, name)));
    let case = Case::of_one_group("d2o", &values, &policy, &reference);
    let gradient = case.losses().1.concat();
    figures([
        ("loss", vec![case.loss()]),
        ("dloss_dlogp_dispreferred", gradient[..1].to_vec()),
        ("dloss_dlogp_self", gradient[1..].to_vec()),
    ])
}

fn npo(vector: &Value) -> Found {
    let values = [("beta", parameter(vector, "beta"))];
    let case = Case::of_one_group(
        "npo",
        &values,
        &input(vector, "logp"),
        &input(vector, "ref"),
    );
    figures([("loss", vec![case.loss()])])
}

fn inpo(vector: &Value) -> Found {
    let [policy, reference, iterate] = ["logp", "ref", "t"]
        .map(|whose| ["c", "r"].map(|side| input(vector, &format!("{whose}_{side}"))[0]));
    let values = ["eta", "tau"].map(|name| (name, parameter(vector, name)));
    let case = Case::of_one_group("inpo", &values, &policy, &reference);
    let case = case.with(Scores::ITERATE, &[2], iterate.to_vec());
    let case = case.with(Scores::PREFERENCES, &[1, 1], vec![1.0]);
    figures([
        ("loss", vec![case.loss()]),
        ("dloss_dlogp_c", case.losses().1[0].clone()),
    ])
}

/// The consistency is a soft label.
fn cream(vector: &Value) -> Found {
    let margin = input(vector, "dpo_logit_beta_margin");
    let case = Case::of_one_group(
        "online_dpo",
        &[("beta", 1.0)],
        &[margin[0], 0.0],
        &[0.0, 0.0],
    );
    let case = case.with(
        Scores::PREFERENCES,
        &[1, 1],
        vec![parameter(vector, "consistency")],
    );
    figures([("loss", vec![case.loss()])])
}

/// The pair of the best and the worst answer is known, so its loss tells C.
fn cream_consistency(vector: &Value) -> Found {
    let [now, before] = ["reward_now", "reward_prev"].map(|name| input(vector, name));
    let place = |better: fn(f32, f32) -> bool| {
        let places = 0..now.len();
        places.reduce(|best, place| {
            if better(now[place], now[best]) {
                place
            } else {
                best
            }
        })
    };
    let (best, worst) = (place(|a, b| a > b).unwrap(), place(|a, b| a < b).unwrap());
    let margin = (now[best] - before[best]) - (now[worst] - before[worst]);
    let case = Case::of_one_group("cream", &[("beta", 1.0)], &now, &vec![0.0; now.len()]);
    let case = case.with(Scores::ITERATE, &[now.len()], before);
    let consistency = (margin.exp().ln_1p() - case.loss()) / margin;
    figures([
        ("C", vec![consistency]),
        ("tau", vec![2.0 * consistency - 1.0]),
    ])
}

fn rso(vector: &Value) -> Found {
    let rewards = input(vector, "rewards");
    let best = rewards.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let beta = parameter(vector, "beta");
    let accepted = rewards.iter();
    let accepted = accepted.map(|&reward| objective::acceptance(reward, best, beta));
    figures([("p", accepted.collect())])
}

/// The reward is a log-ratio; the method prefers the answer that has more of it.
fn density_ratio(vector: &Value) -> Found {
    let [strong, weak] = ["strong", "weak"].map(|name| input(vector, name));
    let ratios = strong.iter().zip(&weak).map(|(strong, weak)| strong - weak);
    let ratios: Vec<f32> = ratios.collect();
    let case = Case::of_one_group("cdr", &[], &strong, &weak);
    let case = case.with(Scores::REWARDS, &[ratios.len(), 1], ratios.clone());
    let slopes = case.losses().1.concat();
    let chosen = slopes.iter().position(|slope| *slope < 0.0);
    let chosen = chosen.map_or(f32::NAN, |place| place as f32);
    figures([("reward", ratios), ("chosen", vec![chosen])])
}

/// A loss of means per token, which a single token is.
fn of_means(vector: &Value, name: &str, values: &[(&str, f32)]) -> Found {
    let policy = ["mean_logp_w", "mean_logp_l"].map(|name| input(vector, name)[0]);
    figures([(
        "loss",
        vec![Case::of_one_group(name, values, &policy, &[0.0, 0.0]).loss()],
    )])
}

fn orpo(vector: &Value) -> Found {
    of_means(vector, "orpo", &[("lambda", parameter(vector, "lam"))])
}

fn asft(vector: &Value) -> Found {
    of_means(vector, "asft", &[("lambda", parameter(vector, "lam"))])
}

fn simpo(vector: &Value) -> Found {
    let values = ["beta", "gamma"].map(|name| (name, parameter(vector, name)));
    of_means(vector, "simpo", &values)
}

/// The vector imitates a third answer where we imitate the chosen one: the difference is known.
fn slic(vector: &Value) -> Found {
    let [chosen, rejected, target] =
        ["logp_w", "logp_l", "logp_target"].map(|name| input(vector, name)[0]);
    let lambda = parameter(vector, "lam");
    let values = [("delta", parameter(vector, "delta")), ("lambda", lambda)];
    let case = Case::of_one_group("slic", &values, &[chosen, rejected], &[0.0, 0.0]);
    figures([("loss", vec![case.loss() + lambda * (chosen - target)])])
}

fn hypo(vector: &Value) -> Found {
    let margin = input(vector, "dpo_margin_h");
    let policy = [&[margin[0], 0.0], &input(vector, "online_logp")[..]].concat();
    let reference = [&[0.0, 0.0], &input(vector, "online_ref_logp")[..]].concat();
    let beta = ("beta", parameter(vector, "beta"));
    let values = [beta, ("lambda", parameter(vector, "lam"))];
    let case = Case::of_one_group("hypo", &values, &policy, &reference);
    let dpo = Case::of_one_group("dpo", &[beta], &policy[..2], &reference[..2]);
    figures([
        ("loss", vec![case.loss()]),
        ("dpo", vec![dpo.loss()]),
        ("dloss_donline_logp", case.losses().1[2..].concat()),
    ])
}

fn rloo(vector: &Value) -> Found {
    let (policy, rewards) = (input(vector, "seq_logp"), input(vector, "reward"));
    let ratios = input(vector, "seq_log_ratio");
    let reference: Vec<f32> = policy
        .iter()
        .zip(ratios)
        .map(|(policy, ratio)| policy - ratio)
        .collect();
    let values = [("beta", parameter(vector, "beta"))];
    let case = Case::of_one_group("rloo", &values, &policy, &reference);
    let case = case.with(Scores::REWARDS, &[rewards.len(), 1], rewards);
    figures([
        ("loss", vec![case.loss()]),
        ("dloss_dlogp", case.losses().1.concat()),
    ])
}

fn ppo(vector: &Value) -> Found {
    let cases = input(vector, "ratio").into_iter().zip(input(vector, "adv"));
    let terms = cases.map(|(ratio, advantage)| {
        let values = [("clip", parameter(vector, "eps"))];
        let case = Case::of_one_group("ppo", &values, &[ratio.ln()], &[0.0]);
        let case = case.with(Scores::ITERATE, &[1], vec![0.0]);
        case.with(Scores::ADVANTAGES, &[1], vec![advantage]).loss()
    });
    figures([("per_token", terms.collect())])
}

fn direct_advantage(vector: &Value) -> Found {
    let [value, next, log_prob, reference] =
        ["V_s", "V_s_next", "logp_step", "ref_logp_step"].map(|name| input(vector, name)[0]);
    let (beta, advantage) = (parameter(vector, "beta"), next - value);
    let case = Case::of_one_group(
        "direct_advantage",
        &[("beta", beta)],
        &[log_prob],
        &[reference],
    );
    let case = case.with(Scores::ADVANTAGES, &[1], vec![advantage]);
    let case = case.with_steps(vec![0]);
    figures([
        ("loss", vec![case.loss()]),
        ("dloss_dlogp", case.losses().1.concat()),
    ])
}

/// Two steps of one answer and a single one of another: each by its own log-ratio, the mean over an answer's
/// steps, then over the answers.
#[test]
fn each_step_of_an_answer_is_regressed_to_its_own_advantage() {
    let case = Case {
        policy: vec![vec![-0.5, -1.0, -0.25], vec![-2.0, -0.5]],
        reference: vec![vec![-0.75, -0.5, -1.0], vec![-1.0, -1.0]],
        ..Case::of_one_group("direct_advantage", &[("beta", 0.5)], &[], &[])
    };
    let case = case.with(Scores::ADVANTAGES, &[5], vec![0.0, 0.3, -0.2, 0.0, 0.4]);
    let case = case.with_steps(vec![1, 1, 2, 4, 4]);
    // A / beta − log-ratio of each step.
    let [first, second, other] = [0.6 + 0.25, -0.4 - 0.75, 0.8 + 0.5_f32];
    let halves = [first, second, other].map(|gap| 0.5 * gap * gap);
    let expected = 0.5 * (0.5 * (halves[0] + halves[1]) + halves[2]);
    let (losses, slopes) = case.losses();
    assert_close("loss", &losses, &[expected], TOLERANCE);
    let slopes_expected = [
        -first / 4.0,
        -first / 4.0,
        -second / 4.0,
        -other / 2.0,
        -other / 2.0,
    ];
    assert_close("slopes", &slopes.concat(), &slopes_expected, TOLERANCE);
}

/// Minus half the mean squared error of `told`: log π of a sample whose noise is `noise`.
fn denoised(told: &[f32], noise: &[f32]) -> f32 {
    let squares = told
        .iter()
        .zip(noise)
        .map(|(told, noise)| (told - noise).powi(2));
    -0.5 * squares.sum::<f32>() / noise.len() as f32
}

/// The derivative of a loss by what the policy told, from that by log π: −(told − noise) / d times it.
fn by_told(by_log_prob: f32, told: &[f32], noise: &[f32]) -> Vec<f32> {
    let differences = told.iter().zip(noise).map(|(told, noise)| told - noise);
    differences
        .map(|difference| -by_log_prob * difference / noise.len() as f32)
        .collect()
}

/// The mean squared errors of both sides stand on the way; the loss's gradient goes through them.
fn diffusion_dpo(vector: &Value) -> Found {
    let noise = input(vector, "eps_target_shared");
    let told = |name: &str| input(vector, name);
    let [w, l] = ["eps_theta_w", "eps_theta_l"].map(told);
    let [ref_w, ref_l] = ["eps_ref_w", "eps_ref_l"].map(told);
    let scores = |one: &[f32], other: &[f32]| [denoised(one, &noise), denoised(other, &noise)];
    let (policy, reference) = (scores(&w, &l), scores(&ref_w, &ref_l));
    let beta = parameter(vector, "beta_dpo");
    let case = Case::of_one_group("diffusion_dpo", &[("beta", beta)], &policy, &reference);
    let (losses, gradients) = case.losses();
    let margin = (policy[0] - reference[0]) - (policy[1] - reference[1]);
    figures([
        ("loss", losses),
        ("inside_term", vec![beta * margin]),
        ("mse_theta_w", vec![-2.0 * policy[0]]),
        ("mse_theta_l", vec![-2.0 * policy[1]]),
        ("mse_ref_w", vec![-2.0 * reference[0]]),
        ("mse_ref_l", vec![-2.0 * reference[1]]),
        ("dloss_d_eps_theta_w", by_told(gradients[0][0], &w, &noise)),
        ("dloss_d_eps_theta_l", by_told(gradients[1][0], &l, &noise)),
    ])
}

fn seppo(vector: &Value) -> Found {
    let [noise_w, noise_ref] = ["eps_w", "eps_refsample"].map(|name| input(vector, name));
    let [w, drawn] = ["eps_theta_xw", "eps_theta_xref"].map(|name| input(vector, name));
    let [ref_w, ref_drawn] = ["eps_ref_xw", "eps_ref_xref"].map(|name| input(vector, name));
    let policy = [denoised(&w, &noise_w), denoised(&drawn, &noise_ref)];
    let reference = [denoised(&ref_w, &noise_w), denoised(&ref_drawn, &noise_ref)];
    let flip = match vector["params"]["mode"].as_str() {
        Some("sign") => 0.0,
        Some("indicator") => 1.0,
        _ => 2.0,
    };
    let values = [("beta", parameter(vector, "beta_dpo")), ("flip", flip)];
    let case = Case::of_one_group("seppo", &values, &policy, &reference);
    let (losses, gradients) = case.losses();
    let [d_w, d_ref] = [0, 1].map(|place: usize| -2.0 * (policy[place] - reference[place]));
    let flipped = f32::from(u8::from(d_w > 0.0));
    let sign = match flip {
        0.0 => 1.0 - 2.0 * flipped,
        1.0 => 1.0 - flipped,
        _ => 1.0,
    };
    figures([
        ("loss", losses),
        ("s", vec![sign]),
        ("d_w", vec![d_w]),
        ("d_ref", vec![d_ref]),
        (
            "dloss_d_eps_theta_xw",
            by_told(gradients[0][0], &w, &noise_w),
        ),
        (
            "dloss_d_eps_theta_xref",
            by_told(gradients[1][0], &drawn, &noise_ref),
        ),
    ])
}

/// What one's own loss may start from is what the method computes.
#[test]
fn written_forms_are_the_methods_that_they_write() {
    for (name, text) in custom::FORMS {
        let known = objective::by_name(name).unwrap();
        let written = custom::custom(text).unwrap();
        let names = |objective: &Objective| {
            let names = objective
                .hyperparameters
                .iter()
                .map(|hyper| hyper.name.to_string());
            names.collect::<std::collections::BTreeSet<String>>()
        };
        assert_eq!(names(&written), names(known), "{name}");
        let values = known.hyperparameters.iter();
        let values = values
            .map(|hyper| (hyper.name.to_string(), hyper.default as f32))
            .collect();
        let case = |objective: &Objective| Case {
            objective: objective.clone(),
            values: Vec::clone(&values),
            groups: 2,
            policy: vec![
                vec![-0.5, -1.0],
                vec![-2.0],
                vec![-1.2, -0.9],
                vec![-0.2, -3.0, -1.0],
            ],
            reference: vec![
                vec![-0.7, -1.1],
                vec![-1.5],
                vec![-0.8, -0.6],
                vec![-0.3, -1.0, -1.5],
            ],
            more: Feeds::new(),
        };
        // One side alone is the whole group.
        let columns = known.columns_of_a_pair().unwrap();
        let own = |case: Case| match &columns[..] {
            [0, 1] => case,
            _ => Case {
                policy: case.policy[2..].to_vec(),
                reference: case.reference[2..].to_vec(),
                ..case
            },
        };
        let (losses, slopes) = own(case(known)).losses();
        let (own_losses, own_slopes) = case(&written).losses();
        assert_close(name, &own_losses, &losses, 1e-5);
        let skipped = own_slopes.len() - slopes.len();
        assert_close(
            name,
            &own_slopes[skipped..].concat(),
            &slopes.concat(),
            1e-5,
        );
    }
}

#[test]
fn every_vector_agrees() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for vector in support::vectors() {
        match check(&vector) {
            Ok(built) => checked += usize::from(built),
            Err(problem) => wrong.push(format!("{}: {problem}", vector["id"])),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked >= 36, "only {checked} vectors were checked");
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
