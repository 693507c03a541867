//! What is made of the rewards of several answers to one prompt: how far two rankings agree, which answers
//! are kept, which make a pair.

/// Kendall's τ of two rankings of the same answers, by their rewards `now` and `before`, in [−1, 1]: the
/// share of the pairs of answers that both rank alike, less the share that they rank otherwise (Kendall
/// 1938; τ-a: a pair that either ranking ties counts for neither). 1 for fewer than two answers.
pub fn kendall_tau(now: &[f32], before: &[f32]) -> f32 {
    let both: Vec<(f32, f32)> = now.iter().copied().zip(before.iter().copied()).collect();
    let pairs = both
        .iter()
        .enumerate()
        .flat_map(|(index, one)| both[index + 1..].iter().map(move |other| (one, other)));
    let (mut agreement, mut count) = (0, 0);
    for ((now, before), (other_now, other_before)) in pairs {
        let order = |one: &f32, other: &f32| one.partial_cmp(other).map_or(0, |order| order as i32);
        agreement += order(now, other_now) * order(before, other_before);
        count += 1;
    }
    match count {
        0 => 1.0,
        _ => agreement as f32 / count as f32,
    }
}

/// CREAM's consistency C = (τ + 1) / 2 of the rewards that a policy and its last iterate give the same
/// answers, in [0, 1]: 1 where they rank alike (Wang et al. 2024, CREAM: Consistency regularized
/// self-rewarding language models).
pub fn consistency(now: &[f32], before: &[f32]) -> f32 {
    (kendall_tau(now, before) + 1.0) / 2.0
}

/// How probably rejection sampling keeps each answer, exp((r − r_max) / beta), in (0, 1]: the best one
/// for certain, the others less the smaller `beta` is (Liu et al. 2023, Statistical rejection sampling
/// improves preference optimization, algorithm 1).
pub fn rso_acceptance(rewards: &[f32], beta: f32) -> Vec<f32> {
    let most = rewards.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let acceptance = |reward: &f32| ((reward - most) / beta).exp();
    rewards.iter().map(acceptance).collect()
}

/// The density-ratio reward of each answer, log π_strong − log π_weak, nats, from its log-probabilities
/// under a strong and under a weak policy (Xu et al. 2024, CDR, later Dr. SoW: Density ratio of strong over weak
/// LLMs, arXiv 2411.02481).
pub fn density_ratios(strong: &[f32], weak: &[f32]) -> Vec<f32> {
    let both = strong.iter().zip(weak);
    both.map(|(strong, weak)| strong - weak).collect()
}

/// The places of the largest and of the smallest of `rewards`, the first of equal ones: the chosen and
/// the rejected answer of a pair made of several. None unless one is larger than another.
pub fn best_and_worst(rewards: &[f32]) -> Option<[usize; 2]> {
    let first = |better: fn(&f32, &f32) -> bool| {
        (0..rewards.len()).reduce(
            |best, place| match better(&rewards[place], &rewards[best]) {
                true => place,
                false => best,
            },
        )
    };
    let [best, worst] = [first(f32::gt)?, first(f32::lt)?];
    (rewards[best] > rewards[worst]).then_some([best, worst])
}
