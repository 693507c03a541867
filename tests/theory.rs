//! Optima, equilibria and stationary points against numbers that other software computed: every vector of
//! these methods in `tests/vectors/`, every figure in it.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;

use alignment_playground::theory::{
    PreferenceMatrix, ipo_md_stationary_point, nash_md_step, offline_ipo_optimum,
    regularised_nash_equilibrium, tempered_mixture,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Figures of 12 digits.
const TOLERANCE: f64 = 1e-6;

/// Figures by name, or what is wrong.
type Figures = Result<Vec<(&'static str, Figure)>, String>;

/// Computes the figures of a vector.
type Compute = fn(&mut Given) -> Figures;

const METHODS: [(&str, Compute); 4] = [
    (
        "Offline IPO optimum pi* ∝ pi_ref exp(E_mu[p]/tau)",
        offline_ipo,
    ),
    ("IPO-MD(beta) stationary point, 3-action game", ipo_md),
    ("online/offline IPO two-action", two_responses),
    ("Nash-MD tabular step", nash_md),
];

/// A figure found.
enum Figure {
    /// To be compared with the one expected.
    Values(Vec<f64>),
    /// A rounding error: to be as small, not to be the same.
    Vanishing(f64),
}

/// The inputs and parameters of a vector that have not been read yet.
struct Given(BTreeMap<String, Value>);

impl Given {
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, String> {
        let value = self
            .0
            .remove(name)
            .ok_or_else(|| format!("there is no {name:?}"))?;
        serde_json::from_value(value).map_err(|error| format!("{name}: {error}"))
    }

    fn preferences(&mut self) -> Result<PreferenceMatrix, String> {
        PreferenceMatrix::new(self.take("P")?).map_err(sentence)
    }
}

fn sentence(error: impl ToString) -> String {
    error.to_string()
}

fn offline_ipo(given: &mut Given) -> Figures {
    let (reference, behaviour): (Vec<f64>, Vec<f64>) = (given.take("ref")?, given.take("mu")?);
    let (preferences, tau) = (given.preferences()?, given.take("tau")?);
    let policy =
        offline_ipo_optimum(&reference, &behaviour, &preferences, tau).map_err(sentence)?;
    Ok(vec![("pi", Figure::Values(policy))])
}

fn ipo_md(given: &mut Given) -> Figures {
    let (reference, preferences) = (given.take::<Vec<f64>>("ref")?, given.preferences()?);
    let (tau, mix) = (given.take("tau")?, given.take("beta")?);
    let policy = ipo_md_stationary_point(&reference, &preferences, tau, mix).map_err(sentence)?;
    let opponent = tempered_mixture(&policy, &reference, mix).map_err(sentence)?;
    let again = offline_ipo_optimum(&reference, &opponent, &preferences, tau).map_err(sentence)?;
    let difference = policy.iter().zip(&again).map(|(a, b)| a - b);
    let gradient = ipo_gradient(&policy, &reference, &opponent, &preferences, tau);
    Ok(vec![
        (
            "fixed_point_residual",
            Figure::Vanishing(largest(difference)),
        ),
        ("max_abs_grad", Figure::Vanishing(largest(gradient))),
        ("pi", Figure::Values(policy)),
    ])
}

/// The gradient of `E (h(y, y') − (p(y ≻ y') − 1/2) / tau)²` by the policy's logits, where h is the
/// difference of log-ratios and both responses are drawn from `sampled`, whose own gradient is stopped.
fn ipo_gradient(
    policy: &[f64],
    reference: &[f64],
    sampled: &[f64],
    preferences: &PreferenceMatrix,
    tau: f64,
) -> impl Iterator<Item = f64> {
    let log_ratio = |y: usize| (policy[y] / reference[y]).ln();
    let by_log_probability: Vec<f64> = (0..policy.len())
        .map(|y| {
            let error = |other: usize| {
                let target = (preferences.rows()[y][other] - 0.5) / tau;
                log_ratio(y) - log_ratio(other) - target
            };
            // A response stands on either side of a pair.
            (0..policy.len())
                .map(|other| 4.0 * sampled[y] * sampled[other] * error(other))
                .sum()
        })
        .collect();
    let total: f64 = by_log_probability.iter().sum();
    let pairs = by_log_probability.into_iter().zip(policy);
    pairs.map(move |(derivative, probability)| derivative - probability * total)
}

fn two_responses(given: &mut Given) -> Figures {
    let (reference, p): (Vec<f64>, f64) = (given.take("ref")?, given.take("p")?);
    let tau = given.take("tau")?;
    let preferences =
        PreferenceMatrix::new(vec![vec![0.5, p], vec![1.0 - p, 0.5]]).map_err(sentence)?;
    // Whoever the opponent is, the policy is the same.
    let mut figures = Vec::new();
    for policy in [
        offline_ipo_optimum(&reference, &[0.9, 0.1], &preferences, tau),
        regularised_nash_equilibrium(&reference, &preferences, tau),
        ipo_md_stationary_point(&reference, &preferences, tau, 0.5),
    ] {
        let policy = policy.map_err(sentence)?;
        let mixed = tempered_mixture(&policy, &reference, 0.5).map_err(sentence)?;
        figures.push(("pi1", Figure::Values(vec![policy[0]])));
        figures.push(("mixed_with_ref_beta0p5", Figure::Values(vec![mixed[0]])));
    }
    Ok(figures)
}

fn nash_md(given: &mut Given) -> Figures {
    let (policy, reference): (Vec<f64>, Vec<f64>) = (given.take("pi")?, given.take("mu")?);
    let (preferences, eta, tau) = (given.preferences()?, given.take("eta")?, given.take("tau")?);
    let mixture = tempered_mixture(&policy, &reference, eta * tau).map_err(sentence)?;
    let next = nash_md_step(&policy, &reference, &preferences, eta, tau).map_err(sentence)?;
    Ok(vec![
        ("mixture", Figure::Values(mixture)),
        ("pi_next", Figure::Values(next)),
    ])
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |largest, value| value.abs().max(largest))
}

/// Checks one vector; whether its method belongs here, or what is wrong.
fn check(vector: &Value) -> Result<bool, String> {
    let method = vector["method"].as_str().ok_or("there is no method")?;
    let Some((_, figures)) = METHODS.iter().find(|(name, _)| *name == method) else {
        return Ok(false);
    };
    let object = |part: &str| {
        let object = vector[part].as_object().cloned();
        object.ok_or_else(|| format!("there are no {part}"))
    };
    let mut given = Given(
        object("inputs")?
            .into_iter()
            .chain(object("params")?)
            .collect(),
    );
    let found = figures(&mut given)?;
    if let Some(name) = given.0.keys().next() {
        return Err(format!("{name:?} is not recognised"));
    }
    let expected = object("expected")?;
    if let Some(name) = expected
        .keys()
        .find(|name| found.iter().all(|(known, _)| known != name))
    {
        return Err(format!("the figure {name:?} is not recognised"));
    }
    for (name, figure) in found {
        // A vector need not hold every figure.
        let Some(expected) = expected.get(name) else {
            continue;
        };
        compare(figure, expected).map_err(|problem| format!("{name}: {problem}"))?;
    }
    Ok(true)
}

fn compare(found: Figure, expected: &Value) -> Result<(), String> {
    let near = match &found {
        // Both are rounding errors.
        Figure::Vanishing(found) => {
            let expected = expected.as_f64().ok_or("not a number")?;
            found.max(expected) < 1e-10
        }
        Figure::Values(found) => {
            let list = match expected {
                Value::Array(list) => list.clone(),
                one => vec![one.clone()],
            };
            let expected: Vec<f64> = serde_json::from_value(list.into()).map_err(sentence)?;
            let differences = found.iter().zip(&expected).map(|(a, b)| a - b);
            found.len() == expected.len() && largest(differences) < TOLERANCE
        }
    };
    let found = match found {
        Figure::Values(found) => found,
        Figure::Vanishing(found) => vec![found],
    };
    if near {
        Ok(())
    } else {
        Err(format!("{found:?} is not {expected}"))
    }
}

#[test]
fn every_vector_agrees() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for vector in support::vectors() {
        match check(&vector) {
            Ok(ours) => checked += usize::from(ours),
            Err(problem) => wrong.push(format!("{}: {problem}", vector["id"])),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked >= 5, "only {checked} vectors were checked");
}

#[test]
fn what_is_not_recognised_fails() {
    let problem = |change: fn(&mut Value)| {
        let mut vector = serde_json::json!({
            "id": "test",
            "method": "online/offline IPO two-action",
            "params": { "tau": 0.5 },
            "inputs": { "p": 0.5, "ref": [0.5, 0.5] },
            "expected": { "pi1": 0.5 },
        });
        assert_eq!(check(&vector), Ok(true));
        change(&mut vector);
        check(&vector).unwrap_err()
    };
    assert!(problem(|v| v["params"]["gamma"] = 1.into()).contains("gamma"));
    assert!(problem(|v| v["inputs"]["q"] = 1.into()).contains("q"));
    assert!(problem(|v| v["expected"]["gold"] = 1.into()).contains("gold"));
    assert!(problem(|v| v["expected"]["pi1"] = 0.6.into()).contains("not 0.6"));
    assert!(problem(|v| v["inputs"]["p"] = 2.into()).contains("p(1 ≻ 2)"));
}
