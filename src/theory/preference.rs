//! Preferences between named responses.

use super::TheoryError;
use super::error::{check_distribution, check_rewards, check_share};

/// How far `p(i ≻ j) + p(j ≻ i)` may lie from 1.
const ROUNDING: f64 = 1e-9;

/// How often each response is preferred to each other one.
#[derive(Clone, Debug, PartialEq)]
pub struct PreferenceMatrix {
    /// `rows[i][j]` is p(i ≻ j); `rows[i][j] + rows[j][i]` is 1 but for the last bit.
    rows: Vec<Vec<f64>>,
}

impl PreferenceMatrix {
    /// Preferences by their probabilities: `rows[i][j]` is p(i ≻ j). Deviations of up to 1e-9 from
    /// `p(i ≻ j) + p(j ≻ i) = 1` are taken as rounding, and halved between the two.
    ///
    /// # Errors
    ///
    /// When the matrix is empty or not square, or an entry is not from 0 to 1, not 1/2 on the diagonal, or
    /// contradicts its mirror image.
    pub fn new(rows: Vec<Vec<f64>>) -> Result<Self, TheoryError> {
        let responses = rows.len();
        if responses == 0 {
            return Err(TheoryError::NoResponses);
        }
        for (i, row) in rows.iter().enumerate() {
            if row.len() != responses {
                return Err(TheoryError::NotSquare {
                    row: i + 1,
                    found: row.len(),
                    responses,
                });
            }
            let outside = |preference: &f64| !(0.0..=1.0).contains(preference);
            if let Some(j) = row.iter().position(outside) {
                return Err(TheoryError::Preference {
                    row: i + 1,
                    column: j + 1,
                    preference: row[j],
                });
            }
        }
        for (i, row) in rows.iter().enumerate() {
            for (j, &preference) in row.iter().enumerate().skip(i) {
                let total = preference + rows[j][i];
                if (total - 1.0).abs() <= ROUNDING {
                    continue;
                }
                return Err(if i == j {
                    TheoryError::Diagonal {
                        response: i + 1,
                        preference,
                    }
                } else {
                    TheoryError::Complement {
                        row: i + 1,
                        column: j + 1,
                        total,
                    }
                });
            }
        }
        let evened = |i: usize, j: usize| 0.5 + (rows[i][j] - rows[j][i]) / 2.0;
        let row = |i| (0..responses).map(|j| evened(i, j)).collect();
        Ok(PreferenceMatrix {
            rows: (0..responses).map(row).collect(),
        })
    }

    /// The preferences of a Bradley-Terry model: `p(i ≻ j) = σ(reward_i − reward_j)`
    /// (Bradley and Terry 1952).
    ///
    /// # Errors
    ///
    /// When there are no rewards, or one is not finite.
    pub fn bradley_terry(rewards: &[f64]) -> Result<Self, TheoryError> {
        check_rewards(rewards)?;
        let row = |own: &f64| {
            let preference = |other: &f64| 1.0 / (1.0 + (other - own).exp());
            rewards.iter().map(preference).collect()
        };
        PreferenceMatrix::new(rewards.iter().map(row).collect())
    }

    /// These preferences as noisy labels show them, each label flipped with probability `flip_rate`:
    /// `p' = (1−ε) p + ε (1−p)`.
    ///
    /// # Errors
    ///
    /// When `flip_rate` lies outside [0, 1].
    pub fn mixed_with_noise(&self, flip_rate: f64) -> Result<Self, TheoryError> {
        check_share("the flip rate", flip_rate)?;
        // Written around 1/2, so that ties stay ties.
        let flipped = |p: &f64| 0.5 + (1.0 - 2.0 * flip_rate) * (p - 0.5);
        let row = |row: &Vec<f64>| row.iter().map(flipped).collect();
        PreferenceMatrix::new(self.rows.iter().map(row).collect())
    }

    /// How many responses there are.
    pub fn responses(&self) -> usize {
        self.rows.len()
    }

    /// The probabilities: row i, column j holds p(i ≻ j).
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// How often each response is preferred to one drawn from `policy`: `p(y ≻ π)` for every y.
    ///
    /// # Errors
    ///
    /// When `policy` is not a distribution over the responses.
    pub fn against(&self, policy: &[f64]) -> Result<Vec<f64>, TheoryError> {
        check_distribution("policy", policy, self.responses())?;
        Ok(self.expected_against(policy))
    }

    /// How often a response of `policy` is preferred to one of `opponent`: `p(π ≻ π')`.
    ///
    /// # Errors
    ///
    /// When one of them is not a distribution over the responses.
    pub fn win_rate(&self, policy: &[f64], opponent: &[f64]) -> Result<f64, TheoryError> {
        check_distribution("policy", policy, self.responses())?;
        check_distribution("opponent", opponent, self.responses())?;
        Ok(dot(policy, &self.expected_against(opponent)))
    }

    /// Whether the preferences agree with an order of the responses (weak stochastic transitivity):
    /// `p(i ≻ j) ≥ 1/2` and `p(j ≻ k) ≥ 1/2` imply `p(i ≻ k) ≥ 1/2`.
    pub fn is_transitive(&self) -> bool {
        let all = || 0..self.responses();
        let prefers = |i: usize, j: usize| self.rows[i][j] >= 0.5;
        let holds = |i, j, k| !(prefers(i, j) && prefers(j, k)) || prefers(i, k);
        all().all(|i| all().all(|j| all().all(|k| holds(i, j, k))))
    }

    /// `p(y ≻ π)` for every y, for a `policy` known to be a distribution over the responses.
    pub(super) fn expected_against(&self, policy: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| dot(row, policy)).collect()
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::random;

    fn problem<const N: usize>(rows: [&[f64]; N]) -> String {
        let rows = rows.map(<[f64]>::to_vec).to_vec();
        PreferenceMatrix::new(rows).unwrap_err().to_string()
    }

    #[test]
    fn bad_entries_are_named() {
        assert_eq!(problem([]), "there are no responses");
        assert_eq!(
            problem([&[0.5, 0.5], &[0.5]]),
            "row 2 of the preferences has 1 entries where there are 2 rows"
        );
        assert_eq!(
            problem([&[0.5, 1.25], &[-0.25, 0.5]]),
            "p(1 ≻ 2) is 1.25, but must lie between 0 and 1"
        );
        assert!(problem([&[0.5, 0.5], &[f64::NAN, 0.5]]).contains("p(2 ≻ 1) is NaN"));
        assert_eq!(
            problem([&[0.5, 0.5], &[0.5, 0.75]]),
            "p(2 ≻ 2) is 0.75, but must be 1/2"
        );
        assert_eq!(
            problem([&[0.5, 0.75], &[0.5, 0.5]]),
            "p(1 ≻ 2) and p(2 ≻ 1) add up to 1.25, not to 1"
        );
    }

    #[test]
    fn rounding_is_evened_out() {
        let rows = vec![vec![0.5 + 1e-12, 0.7 + 4e-10], vec![0.3, 0.5]];
        let preferences = PreferenceMatrix::new(rows).unwrap();
        let rows = preferences.rows();
        assert!((rows[0][1] - 0.7 - 2e-10).abs() < 1e-15, "{rows:?}");
        assert_eq!(rows[0][1] + rows[1][0], 1.0);
        assert_eq!(rows[0][0], 0.5);
    }

    #[test]
    fn a_policy_wins_half_the_time_against_itself() {
        let (policy, opponent) = (random::distribution(1, 6), random::distribution(2, 6));
        let preferences = random::preferences(3, 6);
        let win_rate = |a, b| preferences.win_rate(a, b).unwrap();
        assert!((win_rate(&policy, &policy) - 0.5).abs() < 1e-15);
        let both_ways = win_rate(&policy, &opponent) + win_rate(&opponent, &policy);
        assert!((both_ways - 1.0).abs() < 1e-15);
        let error = preferences.against(&[1.0]).unwrap_err();
        assert!(error.to_string().contains("6 responses"), "{error}");
    }

    #[test]
    fn rewards_give_transitive_preferences_and_cycles_are_not() {
        let preferences = PreferenceMatrix::bradley_terry(&[0.5, -1.0, 0.5, 800.0]).unwrap();
        assert!(preferences.is_transitive());
        let rows = preferences.rows();
        assert_eq!((rows[0][2], rows[3][1], rows[1][3]), (0.5, 1.0, 0.0));
        assert!((rows[0][1] - 0.817_574_476_193_643_7).abs() < 1e-15);
        let error = PreferenceMatrix::bradley_terry(&[0.0, f64::NAN]).unwrap_err();
        assert!(error.to_string().contains("response 2"), "{error}");

        let cycle = random::biased_rock_paper_scissors([0.1, 0.2, 0.3]);
        assert!(!cycle.is_transitive());
    }

    #[test]
    fn flipped_labels_shrink_every_preference_towards_a_tie() {
        let preferences = PreferenceMatrix::bradley_terry(&[1.0, 1.0, -1.0]).unwrap();
        let noisy = preferences.mixed_with_noise(0.1).unwrap();
        let (clean, seen) = (preferences.rows()[0][2], noisy.rows()[0][2]);
        assert!((seen - (0.9 * clean + 0.1 * (1.0 - clean))).abs() < 1e-15);
        assert_eq!(noisy.rows()[0][1], 0.5);
        let ties = preferences.mixed_with_noise(0.5).unwrap();
        assert!(ties.rows().iter().flatten().all(|p| *p == 0.5));
        assert!(preferences.mixed_with_noise(1.5).is_err());
    }
}
