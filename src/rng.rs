//! Counter-based random numbers: the same numbers on every engine, in any order.
//!
//! Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
//! easy as 1, 2, 3", SC 2011). The key is the seed; the counter says what the
//! number is for, so no state is carried and nothing depends on the order of
//! drawing.

/// What a random number is drawn for: the last word of the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// The order of the training pairs in an epoch.
    Shuffle = 1,
    /// A token in a completion.
    Token = 2,
    /// A weight at initialisation.
    Weight = 3,
    /// A choice in making data (corpora, splits).
    Data = 4,
    /// The seed of a draw of a policy's own answers.
    Draw = 5,
    /// The order of the pairs that a judge learns from in an epoch.
    JudgeShuffle = 6,
    /// The seed of a draw of answers that a person is asked to compare.
    Question = 7,
    /// The noise on a sample, and the noise that sampling begins with and adds.
    Noise = 8,
    /// The timestep at which a noised sample is scored.
    Timestep = 9,
    /// Which earlier checkpoint is the reference of an update.
    Checkpoint = 10,
    /// A direction along which samples are compared.
    Projection = 11,
    /// Whether a candidate is accepted.
    Acceptance = 12,
    /// Which of the judged groups that were kept an update learns from.
    Replay = 13,
    /// The noise on what a follower learns from.
    Follower = 14,
}

/// The 64-bit seed as Philox' key, low word first.
pub fn key(seed: u64) -> [u32; 2] {
    [seed as u32, (seed >> 32) as u32]
}

/// A seed of its own for element `(major, minor)` of a purpose.
pub fn seed(key: [u32; 2], purpose: Purpose, major: u32, minor: u32) -> u64 {
    let [low, high, ..] = philox([major, minor, 0, purpose as u32], key);
    u64::from(low) | u64::from(high) << 32
}

/// One block of Philox4x32-10: four independent, uniformly distributed words.
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    const ROUNDS: usize = 10;
    let wide = |a: u32, b: u32| {
        let product = u64::from(a) * u64::from(b);
        ((product >> 32) as u32, product as u32)
    };
    let (mut x, mut k) = (counter, key);
    for _ in 0..ROUNDS {
        let (high0, low0) = wide(MULTIPLIERS[0], x[0]);
        let (high1, low1) = wide(MULTIPLIERS[1], x[2]);
        x = [high1 ^ x[1] ^ k[0], low1, high0 ^ x[3] ^ k[1], low0];
        k = [k[0].wrapping_add(WEYL[0]), k[1].wrapping_add(WEYL[1])];
    }
    x
}

/// A word as a number in [0, 1), from its upper 24 bits: exact in f32.
pub fn unit(word: u32) -> f32 {
    (word >> 8) as f32 / (1 << 24) as f32
}

/// A number in [0, 1) for element `(major, minor)` of a purpose.
pub fn uniform(key: [u32; 2], purpose: Purpose, major: u32, minor: u32) -> f32 {
    unit(philox([major, minor, 0, purpose as u32], key)[0])
}

/// A standard normal number for element `(major, minor)` of a purpose.
pub fn normal(key: [u32; 2], purpose: Purpose, major: u32, minor: u32) -> f32 {
    let [a, b, ..] = philox([major, minor, 0, purpose as u32], key);
    normals([a, b])[0]
}

/// Two independent standard normal numbers of two words (Box and Muller 1958).
pub fn normals([a, b]: [u32; 2]) -> [f32; 2] {
    let radius = (-2.0 * (1.0 - unit(a)).ln()).sqrt();
    let angle = std::f32::consts::TAU * unit(b);
    [radius * angle.cos(), radius * angle.sin()]
}

/// A permutation of `0..length` that depends on the seed, the purpose and `round`
/// (Fisher and Yates, Durstenfeld's form).
pub fn permutation(key: [u32; 2], purpose: Purpose, round: u32, length: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    for last in (1..length).rev() {
        let word = philox([round, last as u32, 0, purpose as u32], key)[0];
        // Multiply-shift: a bias of at most length / 2^32.
        let chosen = (u64::from(word) * (last as u64 + 1)) >> 32;
        order.swap(last, chosen as usize);
    }
    order
}

/// Which `size` of `count` items come after the first `drawn` of a walk that takes every item once an
/// epoch, in an order that depends on the seed, the purpose and the epoch alone.
pub fn batch(key: [u32; 2], purpose: Purpose, drawn: u64, size: usize, count: usize) -> Vec<usize> {
    let mut order = (u64::MAX, Vec::new());
    (drawn..drawn + size as u64)
        .map(|draw| {
            let epoch = draw / count as u64;
            if order.0 != epoch {
                order = (epoch, permutation(key, purpose, epoch as u32, count));
            }
            order.1[(draw % count as u64) as usize]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known-answer vectors published with Random123 (`kat_vectors`, philox 4x32 10).
    #[test]
    fn philox_gives_the_published_answers() {
        let cases = [
            (
                [0; 4],
                [0; 2],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [u32::MAX; 4],
                [u32::MAX; 2],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, answer) in cases {
            assert_eq!(philox(counter, key), answer);
        }
    }

    #[test]
    fn uniform_numbers_lie_in_the_half_open_unit_interval() {
        assert_eq!(unit(0), 0.0);
        assert!(unit(u32::MAX) < 1.0);
    }

    #[test]
    fn normal_numbers_have_mean_0_and_variance_1() {
        let draws: Vec<f32> = (0..20_000)
            .map(|i| normal(key(7), Purpose::Weight, 0, i))
            .collect();
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / draws.len() as f32;
        // Three standard errors.
        assert!(mean.abs() < 0.022, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn a_permutation_holds_every_index_once_and_changes_with_the_round() {
        let first = permutation(key(1), Purpose::Shuffle, 0, 50);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
        assert_eq!(first, permutation(key(1), Purpose::Shuffle, 0, 50));
        assert_ne!(first, permutation(key(1), Purpose::Shuffle, 1, 50));
        assert_ne!(first, permutation(key(2), Purpose::Shuffle, 0, 50));
    }
}
