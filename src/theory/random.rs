//! Random policies and preferences to test with.

use std::cmp::Ordering;

use super::PreferenceMatrix;
use super::distribution::normalised;
use crate::rng::{Purpose, key, uniform};

/// A distribution with every response possible, some of them hardly.
pub fn distribution(seed: u64, responses: usize) -> Vec<f64> {
    let draw = |i: usize| f64::from(uniform(key(seed), Purpose::Data, 0, i as u32));
    normalised((0..responses).map(|i| (-6.0 * draw(i)).exp()).collect())
}

/// Preferences drawn evenly from [0, 1), independently of each other: cycles abound.
pub fn preferences(seed: u64, responses: usize) -> PreferenceMatrix {
    drawn(seed, responses, |preference| preference)
}

/// The same with every preference rounded to 0, 1/2 or 1: ties abound, too.
pub fn coarse_preferences(seed: u64, responses: usize) -> PreferenceMatrix {
    drawn(seed, responses, |preference| {
        (2.0 * preference).round() / 2.0
    })
}

fn drawn(seed: u64, responses: usize, shaped: fn(f64) -> f64) -> PreferenceMatrix {
    let draw = |i: usize, j: usize| {
        let number = uniform(key(seed), Purpose::Data, i as u32, j as u32);
        shaped(f64::from(number))
    };
    let entry = |i: usize, j: usize| match i.cmp(&j) {
        Ordering::Less => draw(i, j),
        Ordering::Equal => 0.5,
        Ordering::Greater => 1.0 - draw(j, i),
    };
    let row = |i| (0..responses).map(|j| entry(i, j)).collect();
    PreferenceMatrix::new((0..responses).map(row).collect()).unwrap()
}

/// Response 1 beats 2, 2 beats 3 and 3 beats 1, by these edges over 1/2. Its Nash equilibrium is
/// proportional to the edge between the two *other* responses.
pub fn biased_rock_paper_scissors([one, two, three]: [f64; 3]) -> PreferenceMatrix {
    PreferenceMatrix::new(vec![
        vec![0.5, 0.5 + one, 0.5 - three],
        vec![0.5 - one, 0.5, 0.5 + two],
        vec![0.5 + three, 0.5 - two, 0.5],
    ])
    .unwrap()
}
