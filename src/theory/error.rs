//! What cannot be answered.

/// Why a question about policies over named responses has no answer. Responses are counted from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TheoryError {
    /// A list has not one entry for each response.
    #[error("the {subject} has {found} entries where there are {responses} responses")]
    Length {
        /// Whose entries these are.
        subject: &'static str,
        /// How many it has.
        found: usize,
        /// How many it should have.
        responses: usize,
    },
    /// An entry of a distribution is no probability.
    #[error(
        "the {subject} gives response {response} the probability {probability}, not one from 0 to 1"
    )]
    Probability {
        /// The distribution.
        subject: &'static str,
        /// The response.
        response: usize,
        /// What stands there.
        probability: f64,
    },
    /// The probabilities of a distribution do not add up to 1.
    #[error("the probabilities of the {subject} add up to {total}, not to 1")]
    Total {
        /// The distribution.
        subject: &'static str,
        /// Their sum.
        total: f64,
    },
    /// A reward is no finite number.
    #[error("response {response} has the reward {reward}, but rewards are finite")]
    Reward {
        /// The response.
        response: usize,
        /// What stands there.
        reward: f64,
    },
    /// A weight or a step is not positive.
    #[error("{name} must be positive and finite, not {value}")]
    NotPositive {
        /// What it is called.
        name: &'static str,
        /// What was asked for.
        value: f64,
    },
    /// A share lies outside its range.
    #[error("{name} must lie between 0 and 1, not {value}")]
    NotAShare {
        /// What it is called.
        name: &'static str,
        /// What was asked for.
        value: f64,
    },
    /// Two policies have no geometric mixture.
    #[error("policy and reference have no mixture: no response is possible under both")]
    Disjoint,
    /// A distribution or preferences over nothing.
    #[error("there are no responses")]
    NoResponses,
    /// A row of preferences has not one entry for each response.
    #[error("row {row} of the preferences has {found} entries where there are {responses} rows")]
    NotSquare {
        /// The row.
        row: usize,
        /// How many entries it has.
        found: usize,
        /// How many rows there are.
        responses: usize,
    },
    /// A preference is no probability.
    #[error("p({row} ≻ {column}) is {preference}, but must lie between 0 and 1")]
    Preference {
        /// The response that may be preferred.
        row: usize,
        /// The response it is compared with.
        column: usize,
        /// What stands there.
        preference: f64,
    },
    /// A response is not tied with itself.
    #[error("p({response} ≻ {response}) is {preference}, but must be 1/2")]
    Diagonal {
        /// The response.
        response: usize,
        /// What stands there.
        preference: f64,
    },
    /// Two preferences contradict each other.
    #[error("p({row} ≻ {column}) and p({column} ≻ {row}) add up to {total}, not to 1")]
    Complement {
        /// The one response.
        row: usize,
        /// The other.
        column: usize,
        /// Their sum.
        total: f64,
    },
    /// Newton's method did not reach the stationary point.
    #[error(
        "the stationary point at tau {tau} and mix {mix} was not found: \
         its equation is still off by {residual} nats"
    )]
    NotStationary {
        /// The weight of the divergence from the reference.
        tau: f64,
        /// The reference's share in the mixture.
        mix: f64,
        /// The largest difference between the two sides, nats.
        residual: f64,
    },
    /// The simplex method did not reach an equilibrium.
    #[error("the equilibrium was not found: what came out can still be beaten by {exploitability}")]
    NotAnEquilibrium {
        /// By how much the best response's win rate exceeds 1/2.
        exploitability: f64,
    },
}

/// Refuses a `value` that is not positive and finite.
pub(super) fn check_positive(name: &'static str, value: f64) -> Result<(), TheoryError> {
    if value > 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(TheoryError::NotPositive { name, value })
    }
}

/// Refuses a `value` outside [0, 1].
pub(super) fn check_share(name: &'static str, value: f64) -> Result<(), TheoryError> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(TheoryError::NotAShare { name, value })
    }
}

/// Refuses a list that has not one entry for each of `responses`.
pub(super) fn check_length(
    subject: &'static str,
    found: usize,
    responses: usize,
) -> Result<(), TheoryError> {
    if found == responses {
        Ok(())
    } else {
        Err(TheoryError::Length {
            subject,
            found,
            responses,
        })
    }
}

/// Refuses rewards that are not finite.
pub(super) fn check_rewards(rewards: &[f64]) -> Result<(), TheoryError> {
    match rewards.iter().position(|reward| !reward.is_finite()) {
        None => Ok(()),
        Some(place) => Err(TheoryError::Reward {
            response: place + 1,
            reward: rewards[place],
        }),
    }
}

/// How far the probabilities of a distribution may add up to something else than 1: policies
/// come from single precision.
const ROUNDING: f64 = 1e-6;

/// Refuses what is not a distribution over `responses`.
pub(super) fn check_distribution(
    subject: &'static str,
    distribution: &[f64],
    responses: usize,
) -> Result<(), TheoryError> {
    check_length(subject, distribution.len(), responses)?;
    if responses == 0 {
        return Err(TheoryError::NoResponses);
    }
    let outside = |probability: &f64| !(0.0..=1.0).contains(probability);
    if let Some(place) = distribution.iter().position(outside) {
        return Err(TheoryError::Probability {
            subject,
            response: place + 1,
            probability: distribution[place],
        });
    }
    let total: f64 = distribution.iter().sum();
    if (total - 1.0).abs() > ROUNDING {
        return Err(TheoryError::Total { subject, total });
    }
    Ok(())
}
