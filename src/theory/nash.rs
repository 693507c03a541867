//! Where online methods end when preferences need not come from rewards: equilibria of the game in
//! which two policies answer the same prompt and each wants its answer preferred.
//!
//! The game is symmetric, and what one side wins the other loses: p(y ≻ y') − 1/2 and its negative.

use super::distribution::{normalised, tilted};
use super::error::{check_distribution, check_positive, check_share};
use super::linear::{greatest_sum, solve};
use super::{PreferenceMatrix, TheoryError, tempered_mixture};

/// The Nash equilibrium of the game in which each side also pays `tau · KL(π ‖ π_ref)`:
/// `π ∝ π_ref exp(p(y ≻ π) / tau)`. There is exactly one (Munos et al. 2023, arXiv 2312.00886). Online
/// IPO ends there (Calandriello et al. 2024, arXiv 2403.08635, Proposition 4.1), and so does
/// [`nash_md_step`] when its step size goes to 0.
///
/// # Errors
///
/// As [`ipo_md_stationary_point`].
pub fn regularised_nash_equilibrium(
    reference: &[f64],
    preferences: &PreferenceMatrix,
    tau: f64,
) -> Result<Vec<f64>, TheoryError> {
    ipo_md_stationary_point(reference, preferences, tau, 0.0)
}

/// Where the two sides of a stationary point's equation count as equal, as a difference of
/// preferences: in nats it is this over tau.
const STATIONARY: f64 = 2e-15;
/// Newton steps: of up to 12 responses, some 20 suffice at tau 0.01, some 150 at tau 0.001.
const NEWTON_STEPS: usize = 1000;
/// The shortest part of a Newton step tried, as a power of 1/2: shorter ones change nothing but roundings.
const HALVINGS: i32 = 30;

/// The stationary point of IPO-MD and of Nash-MD-PG, `π ∝ π_ref exp(p(y ≻ π') / tau)` with the
/// opponent `π' ∝ π^(1−mix) π_ref^mix` (Calandriello et al. 2024, arXiv 2403.08635, eq. 13). Its two
/// sides agree within `2e-15 / tau` nats.
///
/// The unknown is the advantage `a(y) = p(y ≻ π') − 1/2`. It gives `π ∝ π_ref exp(a / tau)`, and π' in
/// the same way at the temperature `tau / (1−mix)`. Newton's method finds it from anywhere. For the
/// derivative of `a − p(y ≻ π'(a))` is the identity less an antisymmetric matrix times a covariance,
/// whose eigenvalues are imaginary: it is never singular, so a Newton step always shortens the
/// residual if it is itself short enough. And the residual grows with `a`, as preferences are bounded,
/// so it has no way to shrink for ever but towards the one solution.
///
/// # Errors
///
/// When `reference` is not a distribution over the responses, `tau` is not positive, or `mix` lies outside
/// [0, 1]; or when tau is so small (below 0.001) that Newton's method takes too many steps.
pub fn ipo_md_stationary_point(
    reference: &[f64],
    preferences: &PreferenceMatrix,
    tau: f64,
    mix: f64,
) -> Result<Vec<f64>, TheoryError> {
    check_distribution("reference", reference, preferences.responses())?;
    check_positive("tau", tau)?;
    check_share("mix", mix)?;
    let equation = Equation {
        reference,
        preferences,
        temperature: tau / (1.0 - mix),
    };
    let mut guess = equation.at(vec![0.0; reference.len()]);
    for _ in 0..NEWTON_STEPS {
        if guess.largest_residual() <= STATIONARY {
            return Ok(tilted(reference, &guess.advantage, tau));
        }
        match equation.improve(&guess) {
            Some(better) => guess = better,
            None => break,
        }
    }
    Err(TheoryError::NotStationary {
        tau,
        mix,
        residual: guess.largest_residual() / tau,
    })
}

/// `a(y) = p(y ≻ π') − 1/2` where `π' ∝ π_ref exp(a / temperature)`.
struct Equation<'a> {
    reference: &'a [f64],
    preferences: &'a PreferenceMatrix,
    temperature: f64,
}

/// A guess at the advantage, and what follows from it.
struct Guess {
    advantage: Vec<f64>,
    /// π'.
    opponent: Vec<f64>,
    /// `p(y ≻ π')`.
    against: Vec<f64>,
    /// The left side less the right.
    residual: Vec<f64>,
}

impl Guess {
    fn largest_residual(&self) -> f64 {
        self.residual
            .iter()
            .fold(0.0, |largest, r| r.abs().max(largest))
    }

    fn squared_residual(&self) -> f64 {
        self.residual.iter().map(|r| r * r).sum()
    }
}

impl Equation<'_> {
    fn at(&self, advantage: Vec<f64>) -> Guess {
        let opponent = tilted(self.reference, &advantage, self.temperature);
        let against = self.preferences.expected_against(&opponent);
        let sides = advantage.iter().zip(&against);
        let residual = sides.map(|(a, p)| a - (p - 0.5)).collect();
        Guess {
            advantage,
            opponent,
            against,
            residual,
        }
    }

    /// A guess with a shorter residual: along the Newton direction, as far as that helps (Armijo's rule).
    fn improve(&self, guess: &Guess) -> Option<Guess> {
        let direction = solve(self.jacobian(guess), guess.residual.clone())?;
        let squared = guess.squared_residual();
        (0..HALVINGS).find_map(|halvings| {
            let length = 0.5_f64.powi(halvings);
            let pairs = guess.advantage.iter().zip(&direction);
            let next = self.at(pairs.map(|(a, d)| a - length * d).collect());
            (next.squared_residual() <= (1.0 - 1e-4 * length) * squared).then_some(next)
        })
    }

    /// The residual's derivative by the advantage, a row for each component of the residual.
    fn jacobian(&self, guess: &Guess) -> Vec<Vec<f64>> {
        let rows = self.preferences.rows().iter().zip(&guess.against);
        let mut jacobian = Vec::with_capacity(rows.len());
        for (i, (preferences, against)) in rows.enumerate() {
            let pairs = preferences.iter().zip(&guess.opponent);
            let slopes = pairs.map(|(p, share)| -share * (p - against) / self.temperature);
            let mut row: Vec<f64> = slopes.collect();
            row[i] += 1.0;
            jacobian.push(row);
        }
        jacobian
    }
}

/// What rounding may leave of an equilibrium's exploitability.
const EXPLOITABLE: f64 = 1e-9;

/// A Nash equilibrium of the game without regularisation: a policy that no response beats,
/// `p(y ≻ π) ≤ 1/2` for all y. Where there are several it is a corner of their set, whichever comes
/// first; as tau goes to 0, [`regularised_nash_equilibrium`] goes to that of least divergence from the
/// reference.
///
/// The linear program of a game with positive value (Dantzig 1951): `w` of greatest sum with
/// `p(y ≻ w) ≤ 1`, normalised. The value here is 1/2.
///
/// # Errors
///
/// When rounding keeps the simplex method from an equilibrium.
pub fn nash_equilibrium(preferences: &PreferenceMatrix) -> Result<Vec<f64>, TheoryError> {
    let policy = normalised(greatest_sum(preferences.rows()));
    let exploitability = advantage_of_best(&policy, preferences);
    if exploitability <= EXPLOITABLE {
        Ok(policy)
    } else {
        Err(TheoryError::NotAnEquilibrium { exploitability })
    }
}

/// By how much the best single response to `policy` wins: `max_y p(y ≻ π) − 1/2`, from 0, in a Nash
/// equilibrium, to 1/2. The duality gap of both sides playing `policy` is twice that.
///
/// # Errors
///
/// When `policy` is not a distribution over the responses.
pub fn exploitability(policy: &[f64], preferences: &PreferenceMatrix) -> Result<f64, TheoryError> {
    check_distribution("policy", policy, preferences.responses())?;
    Ok(advantage_of_best(policy, preferences))
}

fn advantage_of_best(policy: &[f64], preferences: &PreferenceMatrix) -> f64 {
    let against = preferences.expected_against(policy);
    against.into_iter().fold(f64::NEG_INFINITY, f64::max) - 0.5
}

/// One step of tabular Nash-MD with step size `eta`: with the opponent `π' ∝ π^(1−ητ) π_ref^ητ`,
/// `π_next ∝ π' exp(eta · p(y ≻ π'))` (Munos et al. 2023, arXiv 2312.00886). At a constant step size it
/// stands still at the [`ipo_md_stationary_point`] whose `mix` is `eta · tau`.
///
/// # Errors
///
/// When `policy` or `reference` is not a distribution over the responses or they share none, `eta` is not
/// positive, or `eta · tau` lies outside [0, 1].
pub fn nash_md_step(
    policy: &[f64],
    reference: &[f64],
    preferences: &PreferenceMatrix,
    eta: f64,
    tau: f64,
) -> Result<Vec<f64>, TheoryError> {
    check_positive("eta", eta)?;
    check_share("eta · tau", eta * tau)?;
    let opponent = tempered_mixture(policy, reference, eta * tau)?;
    let against = preferences.against(&opponent)?;
    Ok(tilted(&opponent, &against, 1.0 / eta))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{kl, random};

    /// By how many nats the two sides of the stationary point's equation differ at most.
    fn residual(
        policy: &[f64],
        reference: &[f64],
        preferences: &PreferenceMatrix,
        tau: f64,
        mix: f64,
    ) -> f64 {
        let opponent = tempered_mixture(policy, reference, mix).unwrap();
        let against = preferences.against(&opponent).unwrap();
        let sides = policy.iter().zip(reference).zip(against);
        // Each is the same constant, that of normalisation.
        let constants = sides.map(|((p, q), a)| (p / q).ln() - (a - 0.5) / tau);
        let (least, most) = constants
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), c| {
                (c.min(least), c.max(most))
            });
        most - least
    }

    fn largest_difference(left: &[f64], right: &[f64]) -> f64 {
        let pairs = left.iter().zip(right);
        pairs.fold(0.0, |largest, (a, b)| (a - b).abs().max(largest))
    }

    #[test]
    fn the_stationary_point_solves_its_equation() {
        for seed in 0..20 {
            let responses = 2 + seed as usize % 11;
            let reference = random::distribution(seed, responses);
            for preferences in [random::preferences, random::coarse_preferences] {
                let preferences = preferences(seed, responses);
                for tau in [0.01, 0.03, 0.1, 1.0, 10.0] {
                    for mix in [0.0, 0.125, 0.5, 0.9, 1.0] {
                        let point = ipo_md_stationary_point(&reference, &preferences, tau, mix);
                        let off = residual(&point.unwrap(), &reference, &preferences, tau, mix);
                        assert!(off < 1e-12, "seed {seed}, tau {tau}, mix {mix}: {off}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_mixed_policy_is_the_equilibrium_at_a_higher_temperature() {
        // Proposition 5.2 of arXiv 2403.08635.
        let (reference, preferences) = (random::distribution(1, 7), random::preferences(1, 7));
        for (tau, mix) in [(0.05, 0.125), (0.2, 0.5), (1.0, 0.75)] {
            let point = ipo_md_stationary_point(&reference, &preferences, tau, mix).unwrap();
            let mixed = tempered_mixture(&point, &reference, mix).unwrap();
            let temperature = tau / (1.0 - mix);
            let equilibrium =
                regularised_nash_equilibrium(&reference, &preferences, temperature).unwrap();
            assert!(largest_difference(&mixed, &equilibrium) < 1e-12);
        }
    }

    #[test]
    fn of_two_responses_the_mixture_is_no_matter() {
        let preferences = PreferenceMatrix::new(vec![vec![0.5, 0.8], vec![0.2, 0.5]]).unwrap();
        let reference = [0.3, 0.7];
        for (tau, mix) in [(0.01, 0.0), (0.1, 0.5), (2.0, 0.9)] {
            let point = ipo_md_stationary_point(&reference, &preferences, tau, mix).unwrap();
            let odds = 0.3 / 0.7 * ((2.0_f64 * 0.8 - 1.0) / (2.0 * tau)).exp();
            assert!(
                (point[0] / point[1] / odds - 1.0).abs() < 1e-12,
                "{point:?}"
            );
        }
    }

    #[test]
    fn what_the_reference_excludes_stays_excluded() {
        let cycle = random::biased_rock_paper_scissors([0.1, 0.2, 0.3]);
        let point = ipo_md_stationary_point(&[0.5, 0.5, 0.0], &cycle, 0.01, 0.0).unwrap();
        assert_eq!(point[2], 0.0);
        assert!(point[0] > 0.99);
    }

    #[test]
    fn the_regularised_equilibrium_tends_to_the_unregularised() {
        let cycle = random::biased_rock_paper_scissors([0.1, 0.2, 0.3]);
        let limit = nash_equilibrium(&cycle).unwrap();
        let expected = [0.2 / 0.6, 0.3 / 0.6, 0.1 / 0.6];
        assert!(largest_difference(&limit, &expected) < 1e-15, "{limit:?}");
        let distance = |tau| {
            let at = regularised_nash_equilibrium(&[0.8, 0.15, 0.05], &cycle, tau).unwrap();
            largest_difference(&at, &limit)
        };
        let distances = [1.0, 0.1, 0.01, 0.001].map(distance);
        assert!(
            distances.is_sorted_by(|near, far| near > far),
            "{distances:?}"
        );
        assert!(distances[3] < 0.02, "{distances:?}");
    }

    #[test]
    fn nothing_beats_the_equilibrium() {
        for seed in 0..200 {
            for preferences in [random::preferences, random::coarse_preferences] {
                let preferences = preferences(seed, 1 + seed as usize % 12);
                let policy = nash_equilibrium(&preferences).unwrap();
                let found = exploitability(&policy, &preferences).unwrap();
                assert!(found.abs() < 1e-12, "seed {seed}: {found}");
            }
        }
        let uniform = exploitability(&[0.25; 4], &random::preferences(1, 4)).unwrap();
        assert!(uniform > 0.01, "{uniform}");
    }

    #[test]
    fn ties_and_dominance_have_equilibria_too() {
        let tied = PreferenceMatrix::bradley_terry(&[0.0; 12]).unwrap();
        assert!(exploitability(&nash_equilibrium(&tied).unwrap(), &tied).unwrap() <= 0.0);
        let ranked = PreferenceMatrix::bradley_terry(&[-1.0, 2.0, 0.5]).unwrap();
        assert_eq!(nash_equilibrium(&ranked), Ok(vec![0.0, 1.0, 0.0]));
        // Certain preferences in a circle of 11, each beating the next five.
        let beats = |i: usize, j: usize| match (j + 11 - i) % 11 {
            0 => 0.5,
            1..=5 => 1.0,
            _ => 0.0,
        };
        let rows = (0..11).map(|i| (0..11).map(|j| beats(i, j)).collect());
        let circle = PreferenceMatrix::new(rows.collect()).unwrap();
        let policy = nash_equilibrium(&circle).unwrap();
        assert!(
            largest_difference(&policy, &[1.0 / 11.0; 11]) < 1e-14,
            "{policy:?}"
        );
    }

    #[test]
    fn nash_md_converges_to_the_regularised_equilibrium() {
        let (reference, preferences) = (random::distribution(5, 6), random::preferences(5, 6));
        let tau = 0.5;
        let equilibrium = regularised_nash_equilibrium(&reference, &preferences, tau).unwrap();
        let mut policy = reference.clone();
        for step in 0..200 {
            // The step sizes of arXiv 2312.00886, and its bound on what is left.
            let eta = 2.0 / (tau * (f64::from(step) + 2.0));
            policy = nash_md_step(&policy, &reference, &preferences, eta, tau).unwrap();
            let left = kl(&equilibrium, &policy).unwrap();
            assert!(
                left <= 8.0 / (tau * tau * (f64::from(step) + 2.0)),
                "{step}: {left}"
            );
        }
        assert!(kl(&equilibrium, &policy).unwrap() < 1e-4);
    }

    #[test]
    fn at_a_constant_step_size_nash_md_stands_still_where_ipo_md_does() {
        let (reference, preferences) = (random::distribution(5, 6), random::preferences(5, 6));
        let (eta, tau) = (0.6, 0.5);
        let point = ipo_md_stationary_point(&reference, &preferences, tau, eta * tau).unwrap();
        let next = nash_md_step(&point, &reference, &preferences, eta, tau).unwrap();
        assert!(largest_difference(&next, &point) < 1e-14);
    }

    #[test]
    fn what_cannot_be_solved_is_said() {
        let cycle = random::biased_rock_paper_scissors([0.1, 0.2, 0.3]);
        let third = [1.0 / 3.0; 3];
        let problem = |tau, mix| {
            let error = ipo_md_stationary_point(&third, &cycle, tau, mix).unwrap_err();
            error.to_string()
        };
        assert_eq!(
            problem(-1.0, 0.5),
            "tau must be positive and finite, not -1"
        );
        assert_eq!(problem(0.1, 2.0), "mix must lie between 0 and 1, not 2");
        let (reference, preferences) = (random::distribution(5, 12), random::preferences(5, 12));
        for tau in [1e-6, 1e-300] {
            let error = regularised_nash_equilibrium(&reference, &preferences, tau).unwrap_err();
            assert!(
                matches!(error, TheoryError::NotStationary { .. }),
                "{error}"
            );
        }
        let step = nash_md_step(&third, &third, &cycle, 5.0, 1.0).unwrap_err();
        assert_eq!(
            step.to_string(),
            "eta · tau must lie between 0 and 1, not 5"
        );
    }
}
