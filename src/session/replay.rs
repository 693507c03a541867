//! Judged answers of the policy's own that updates learn from again.

use std::collections::VecDeque;

use super::Session;
use super::batch::Gathered;
use crate::engine::{Feeds, HostTensor};
use crate::objective::{Scores, online};
use crate::policy::Policy;
use crate::rng::{self, Purpose};

/// The judged groups that were drawn last, oldest first.
#[derive(Clone)]
pub(super) struct Replay<S> {
    groups: VecDeque<Group<S>>,
}

/// The answers of one group, and p(y ≻ y′) for every two of them.
#[derive(Clone)]
struct Group<S> {
    answers: Vec<S>,
    preferences: Vec<f32>,
    /// What it counts for.
    weight: f32,
}

impl<S> Replay<S> {
    /// Nothing was drawn yet.
    pub(super) fn new() -> Self {
        Replay {
            groups: VecDeque::new(),
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.groups.clear();
    }
}

impl<P: Policy> Session<P> {
    /// Takes the judged groups of a batch into the buffer and gives as many of those in it, drawn with equal chances; what
    /// was drawn stays as it is where the method keeps no buffer.
    pub(super) fn replayed(&mut self, fresh: Gathered<P::Sample>) -> Gathered<P::Sample> {
        let most = self.values.get(online::REPLAY) as usize;
        if most == 0 || self.takes_expectations() {
            self.replay.clear();
            return fresh;
        }
        let count = fresh.pairs;
        let preferences = fresh.judged.get(Scores::PREFERENCES);
        let preferences = preferences.map_or(&[][..], HostTensor::as_f32);
        let width = fresh.samples.len() / count.max(1);
        let buffer = &mut self.replay.groups;
        // Groups of another size have no place in the batch.
        buffer.retain(|group| group.answers.len() == width);
        buffer.extend((0..count).map(|group| Group {
            answers: of_group(&fresh.samples, group, count),
            preferences: of_group(preferences, group, count),
            weight: fresh.weights.as_ref().map_or(1.0, |weights| weights[group]),
        }));
        let surplus = buffer.len().saturating_sub(most.max(count));
        buffer.drain(..surplus);
        let key = rng::key(self.seed);
        let places = rng::permutation(key, Purpose::Replay, self.step, buffer.len());
        let picked = places.iter().take(count).map(|&place| &buffer[place]);
        let picked: Vec<&Group<P::Sample>> = picked.collect();
        let column = |place: usize| picked.iter().map(move |group| group.answers[place].clone());
        let said = |place: usize| picked.iter().map(move |group| group.preferences[place]);
        let rows = preferences.len() / count.max(1);
        let judged: Vec<f32> = (0..rows).flat_map(said).collect();
        let judged = HostTensor::f32([rows, count], judged);
        let mut known = fresh.known;
        known.push(("replay/groups", buffer.len() as f32));
        let weights = picked.iter().map(|group| group.weight).collect();
        Gathered {
            samples: (0..width).flat_map(column).collect(),
            judged: Feeds::from([(Scores::PREFERENCES.to_owned(), judged)]),
            weights: fresh.weights.as_ref().map(|_| weights),
            known,
            ..fresh
        }
    }
}

/// What column after column holds of one group of `count`.
fn of_group<T: Clone>(values: &[T], group: usize, count: usize) -> Vec<T> {
    values.iter().skip(group).step_by(count).cloned().collect()
}
