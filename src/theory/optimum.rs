//! Where offline methods end: optima in closed form.

use super::distribution::tilted;
use super::error::{check_distribution, check_length, check_positive, check_rewards};
use super::{PreferenceMatrix, TheoryError};

/// The policy that maximises `E r − beta · KL(π ‖ π_ref)`: `π ∝ π_ref exp(r / beta)`
/// (Rafailov et al. 2023, arXiv 2305.18290, eq. 4). DPO ends there, too, on enough pairs whose
/// labels are a Bradley-Terry model's with these rewards.
///
/// `rewards` holds one finite number for each response.
///
/// # Errors
///
/// When `reference` is not a distribution, the rewards do not fit it or are not finite, or `beta` is not
/// positive.
pub fn kl_regularised_optimum(
    reference: &[f64],
    rewards: &[f64],
    beta: f64,
) -> Result<Vec<f64>, TheoryError> {
    check_distribution("reference", reference, reference.len())?;
    check_length("list of rewards", rewards.len(), reference.len())?;
    check_rewards(rewards)?;
    check_positive("beta", beta)?;
    Ok(tilted(reference, rewards, beta))
}

/// The optimum of offline IPO: `π ∝ π_ref exp(E_{y'~μ} p(y ≻ y') / tau)`, where μ is the `behaviour`
/// that the labelled responses were drawn from (Azar et al. 2023, arXiv 2310.12036).
/// With three responses or more it depends on μ.
///
/// # Errors
///
/// When `reference` or `behaviour` is not a distribution over the responses, or `tau` is not positive.
pub fn offline_ipo_optimum(
    reference: &[f64],
    behaviour: &[f64],
    preferences: &PreferenceMatrix,
    tau: f64,
) -> Result<Vec<f64>, TheoryError> {
    check_distribution("reference", reference, preferences.responses())?;
    check_distribution("behaviour", behaviour, preferences.responses())?;
    check_positive("tau", tau)?;
    Ok(tilted(
        reference,
        &preferences.expected_against(behaviour),
        tau,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{kl, random, tempered_mixture};

    #[test]
    fn nothing_does_better_than_the_optimum() {
        let reference = random::distribution(1, 5);
        let rewards = [0.3, -1.0, 2.0, 0.0, 1.9];
        for beta in [0.05, 0.5, 5.0] {
            let value = |policy: &[f64]| {
                let terms = policy.iter().zip(&rewards);
                let reward: f64 = terms.map(|(p, r)| p * r).sum();
                reward - beta * kl(policy, &reference).unwrap()
            };
            let optimum = kl_regularised_optimum(&reference, &rewards, beta).unwrap();
            let best = value(&optimum);
            for seed in 0..50 {
                let other = random::distribution(seed, 5);
                for nearness in [0.0, 0.9, 0.999] {
                    let other = tempered_mixture(&other, &optimum, nearness).unwrap();
                    assert!(value(&other) < best, "beta {beta}: {other:?}");
                }
            }
        }
    }

    #[test]
    fn a_small_beta_takes_the_best_possible_response() {
        let optimum = kl_regularised_optimum(&[0.5, 0.5, 0.0], &[1.0, 2.0, 3.0], 1e-300);
        assert_eq!(optimum, Ok(vec![0.0, 1.0, 0.0]));
    }

    #[test]
    fn offline_ipo_depends_on_the_behaviour_from_three_responses_on() {
        let optimum = |preferences: &PreferenceMatrix, seed| {
            let responses = preferences.responses();
            let reference = random::distribution(1, responses);
            let behaviour = random::distribution(seed, responses);
            offline_ipo_optimum(&reference, &behaviour, preferences, 0.2).unwrap()
        };
        let three = random::preferences(1, 3);
        assert!((optimum(&three, 2)[0] - optimum(&three, 3)[0]).abs() > 1e-3);
        let two = random::preferences(1, 2);
        assert!((optimum(&two, 2)[0] - optimum(&two, 3)[0]).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let problem = |rewards: &[f64], beta| {
            let error = kl_regularised_optimum(&[0.5, 0.5], rewards, beta).unwrap_err();
            error.to_string()
        };
        assert_eq!(
            problem(&[1.0], 0.1),
            "the list of rewards has 1 entries where there are 2 responses"
        );
        assert!(problem(&[0.0, f64::INFINITY], 0.1).contains("response 2"));
        assert_eq!(
            problem(&[0.0, 1.0], 0.0),
            "beta must be positive and finite, not 0"
        );
        let preferences = random::preferences(1, 2);
        let error = offline_ipo_optimum(&[0.5, 0.5], &[1.0], &preferences, 0.1).unwrap_err();
        assert!(error.to_string().contains("behaviour"), "{error}");
    }
}
