//! Advantages of single choices: what a return makes of each, beyond what a critic expected.

/// Added to a variance before it divides (TRL's `whiten`).
const LEAST_VARIANCE: f64 = 1e-8;

/// What each choice of a sample earns: −`beta` (log π − log π_ref), both in nats and under the policy that
/// drew the sample, and the last one the sample's `reward` besides (Stiennon et al. 2020, Learning to
/// summarize from human feedback, §3.4: the penalty is paid where it arises).
pub fn dense_rewards(reward: f32, policy: &[f32], reference: &[f32], beta: f32) -> Vec<f32> {
    let paid = policy.iter().zip(reference);
    let mut rewards: Vec<f32> = paid.map(|(own, held)| -beta * (own - held)).collect();
    if let Some(last) = rewards.last_mut() {
        *last += reward;
    }
    rewards
}

/// Generalised advantage estimation (Schulman et al. 2016, eq. 16, without discount):
/// A_t = δ_t + λ A_{t+1} with δ_t = r_t + V(s_{t+1}) − V(s_t), for the `rewards` r_t of a sample's choices
/// and the `values` V(s_t) before each of them. After the last, nothing is to come: V is 0 there.
pub fn generalised(rewards: &[f32], values: &[f32], lambda: f32) -> Vec<f32> {
    let (mut advantage, mut next) = (0.0, 0.0);
    let choices = rewards.iter().zip(values).rev();
    let mut advantages: Vec<f32> = choices
        .map(|(reward, value)| {
            advantage = reward + next - value + lambda * advantage;
            next = *value;
            advantage
        })
        .collect();
    advantages.reverse();
    advantages
}

/// `advantages` shifted and scaled to mean 0 and variance 1, where each counts by its share; the shares are 1
/// together. Those that are all alike become 0.
pub fn whiten(advantages: &mut [f32], shares: &[f32]) {
    let mean_of = |of: &dyn Fn(f64) -> f64| -> f64 {
        let terms = advantages.iter().zip(shares);
        terms
            .map(|(value, share)| f64::from(*share) * of(f64::from(*value)))
            .sum()
    };
    let mean = mean_of(&|value| value);
    let variance = mean_of(&|value| (value - mean).powi(2));
    let scale = (variance + LEAST_VARIANCE).sqrt().recip();
    for value in advantages {
        *value = ((f64::from(*value) - mean) * scale) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REWARDS: [f32; 3] = [-0.5, 0.25, 2.0];
    const VALUES: [f32; 3] = [1.0, 0.5, 3.0];

    #[test]
    fn a_penalty_is_paid_where_it_arises_and_the_reward_at_the_end() {
        let rewards = dense_rewards(3.0, &[-1.0, -2.0], &[-2.0, -1.5], 0.1);
        assert_eq!(rewards, [-0.1, 3.05]);
    }

    #[test]
    fn with_lambda_1_an_advantage_is_what_is_still_to_come_less_its_value() {
        let returns = [-0.5 + 0.25 + 2.0, 0.25 + 2.0, 2.0];
        let expected: Vec<f32> = returns.iter().zip(VALUES).map(|(r, v)| r - v).collect();
        assert_eq!(generalised(&REWARDS, &VALUES, 1.0), expected);
    }

    #[test]
    fn with_lambda_0_an_advantage_looks_one_choice_ahead() {
        let expected = [-0.5 + 0.5 - 1.0, 0.25 + 3.0 - 0.5, 2.0 - 3.0];
        assert_eq!(generalised(&REWARDS, &VALUES, 0.0), expected);
    }

    /// The sum of λˡ δ_{t+l}, written out.
    #[test]
    fn in_between_what_is_further_ahead_counts_less() {
        let lambda = 0.95_f32;
        let deltas = generalised(&REWARDS, &VALUES, 0.0);
        let expected = deltas[0] + lambda * deltas[1] + lambda.powi(2) * deltas[2];
        assert!((generalised(&REWARDS, &VALUES, lambda)[0] - expected).abs() < 1e-6);
    }

    #[test]
    fn whitened_advantages_have_mean_0_and_variance_1_by_their_shares() {
        let (mut values, shares) = ([4.0, 1.0, -2.0], [0.5, 0.25, 0.25]);
        whiten(&mut values, &shares);
        let mean = |of: fn(f32) -> f32| -> f32 {
            values
                .iter()
                .zip(shares)
                .map(|(v, share)| share * of(*v))
                .sum()
        };
        assert!(mean(|v| v).abs() < 1e-6);
        assert!((mean(|v| v * v) - 1.0).abs() < 1e-6);
        assert!(values[0] > 0.0 && values[1] < 0.0 && values[2] < values[1]);
        let mut alike = [3.0; 4];
        whiten(&mut alike, &[0.25; 4]);
        assert_eq!(alike, [0.0; 4]);
    }
}
