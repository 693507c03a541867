//! Distributions over responses.

use super::TheoryError;
use super::error::{check_distribution, check_share};

/// The Kullback-Leibler divergence `KL(policy ‖ reference) = Σ π ln(π / π_ref)`, nats: infinite where
/// a response is possible under the policy alone.
///
/// # Errors
///
/// When the two are not distributions over the same responses.
pub fn kl(policy: &[f64], reference: &[f64]) -> Result<f64, TheoryError> {
    check_distribution("policy", policy, policy.len())?;
    check_distribution("reference", reference, policy.len())?;
    let pairs = policy.iter().zip(reference);
    let possible = pairs.filter(|(p, _)| **p > 0.0);
    Ok(possible.map(|(p, q)| p * (p / q).ln()).sum())
}

/// The entropy `−Σ π ln π`, nats.
///
/// # Errors
///
/// When `policy` is not a distribution.
pub fn entropy(policy: &[f64]) -> Result<f64, TheoryError> {
    check_distribution("policy", policy, policy.len())?;
    let possible = policy.iter().filter(|p| **p > 0.0);
    Ok(possible.map(|p| -p * p.ln()).sum())
}

/// The total variation `½ Σ |one − other|`: the most by which the two differ on any set of responses, 0 to 1.
///
/// # Errors
///
/// When the two are not distributions over the same responses.
pub fn total_variation(one: &[f64], other: &[f64]) -> Result<f64, TheoryError> {
    check_distribution("policy", one, one.len())?;
    check_distribution("other policy", other, one.len())?;
    let pairs = one.iter().zip(other);
    Ok(pairs.map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0)
}

/// The geometric mixture `π^(1−mix) π_ref^mix`, normalised: `mix` weighs the *reference*
/// (Munos et al. 2023, arXiv 2312.00886, for Nash-MD; the same in IPO-MD).
///
/// # Errors
///
/// When the two are not distributions over the same responses or share no possible response, or when
/// `mix` lies outside [0, 1].
pub fn tempered_mixture(
    policy: &[f64],
    reference: &[f64],
    mix: f64,
) -> Result<Vec<f64>, TheoryError> {
    check_distribution("policy", policy, policy.len())?;
    check_distribution("reference", reference, policy.len())?;
    check_share("mix", mix)?;
    // Each weight lies between the two probabilities, so none underflows; 0^0 is 1.
    let pairs = policy.iter().zip(reference);
    let weights: Vec<f64> = pairs
        .map(|(p, q)| p.powf(1.0 - mix) * q.powf(mix))
        .collect();
    if weights.iter().all(|weight| *weight == 0.0) {
        return Err(TheoryError::Disjoint);
    }
    Ok(normalised(weights))
}

/// The exponential tilting `reference · exp(score / temperature)`, normalised.
pub(super) fn tilted(reference: &[f64], scores: &[f64], temperature: f64) -> Vec<f64> {
    let possible = reference.iter().zip(scores).filter(|(q, _)| **q > 0.0);
    let highest = possible.map(|(_, s)| *s).fold(f64::NEG_INFINITY, f64::max);
    // Relative to the highest score no weight overflows, however small the temperature.
    let weight = |(&q, &s): (&f64, &f64)| {
        if q > 0.0 {
            q * ((s - highest) / temperature).exp()
        } else {
            0.0
        }
    };
    normalised(reference.iter().zip(scores).map(weight).collect())
}

/// Divides by the sum, which must be positive.
pub(super) fn normalised(mut weights: Vec<f64>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_divergence_is_zero_on_itself_and_infinite_off_the_reference() {
        assert_eq!(kl(&[0.5, 0.5, 0.0], &[0.5, 0.5, 0.0]), Ok(0.0));
        assert_eq!(kl(&[0.5, 0.5], &[1.0, 0.0]), Ok(f64::INFINITY));
        let ln_2 = std::f64::consts::LN_2;
        assert_eq!(kl(&[1.0, 0.0], &[0.5, 0.5]), Ok(ln_2));
        assert_eq!(entropy(&[0.5, 0.0, 0.5]), Ok(ln_2));
        assert_eq!(entropy(&[0.0, 1.0]), Ok(0.0));
    }

    #[test]
    fn the_total_variation_is_what_must_move_from_one_to_the_other() {
        assert_eq!(total_variation(&[0.5, 0.5], &[0.5, 0.5]), Ok(0.0));
        assert_eq!(total_variation(&[1.0, 0.0], &[0.0, 1.0]), Ok(1.0));
        assert_eq!(
            total_variation(&[0.5, 0.25, 0.25], &[0.25, 0.5, 0.25]),
            Ok(0.25)
        );
        assert!(total_variation(&[1.0], &[0.5, 0.5]).is_err());
    }

    #[test]
    fn the_mixture_leads_from_the_policy_to_the_reference() {
        let (policy, reference) = ([0.9, 0.1, 0.0], [0.1, 0.1, 0.8]);
        let mixture = |mix| tempered_mixture(&policy, &reference, mix).unwrap();
        assert_eq!(mixture(0.0), policy);
        assert_eq!(mixture(1.0), reference);
        // sqrt(0.09) to sqrt(0.01): what the policy excludes stays excluded.
        let half = mixture(0.5);
        assert!((half[0] - 0.75).abs() < 1e-15 && half[2] == 0.0, "{half:?}");
    }

    #[test]
    fn tilting_survives_any_temperature_and_keeps_zeros() {
        let reference = [0.25, 0.75, 0.0];
        let scores = [1.0, 0.0, 1e300];
        assert_eq!(tilted(&reference, &scores, 1e-310), [1.0, 0.0, 0.0]);
        assert_eq!(tilted(&reference, &scores, f64::INFINITY), reference);
    }

    #[test]
    fn what_is_no_distribution_is_named() {
        let problem = |policy: &[f64], reference: &[f64], mix| {
            let error = tempered_mixture(policy, reference, mix).unwrap_err();
            error.to_string()
        };
        let half = [0.5, 0.5];
        assert_eq!(
            problem(&[1.5, -0.5], &half, 0.5),
            "the policy gives response 1 the probability 1.5, not one from 0 to 1"
        );
        assert!(problem(&half, &[0.5, f64::NAN], 0.5).contains("response 2"));
        assert_eq!(
            problem(&half, &[0.5, 0.4], 0.5),
            "the probabilities of the reference add up to 0.9, not to 1"
        );
        assert_eq!(
            problem(&half, &[1.0], 0.5),
            "the reference has 1 entries where there are 2 responses"
        );
        assert_eq!(
            problem(&half, &half, f64::NAN),
            "mix must lie between 0 and 1, not NaN"
        );
        assert!(problem(&[1.0, 0.0], &[0.0, 1.0], 0.5).contains("no mixture"));
        assert_eq!(problem(&[], &[], 0.5), "there are no responses");
    }
}
