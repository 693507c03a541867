//! Pairs of which only one side was given: what is learnt from them, and measured on them.

use serde::Deserialize;

use super::Session;
use crate::objective::Column;
use crate::policy::Policy;

/// A side of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The preferred answer.
    Chosen,
    /// The other one.
    Rejected,
}

/// Which sides of a pair were given: the chosen one, the rejected one.
pub(super) type Given = [bool; 2];

/// Both sides.
pub(super) const BOTH: Given = [true; 2];

/// For each sample of a batch of pairs, column after column: 1 if its side was given, 0 if not.
pub(super) fn presence(columns: &[Column], given: &[Given]) -> Vec<f32> {
    let side = |column: &Column, pair: usize| match column {
        Column::Chosen => given[pair][0],
        Column::Rejected => given[pair][1],
        Column::MismatchedChosen => given[(pair + 1) % given.len()][0],
        Column::MismatchedRejected => given[(pair + 1) % given.len()][1],
        Column::Drawn(_) | Column::Kept => true,
    };
    let samples = columns
        .iter()
        .flat_map(|column| (0..given.len()).map(move |pair| side(column, pair)));
    samples.map(|is| f32::from(u8::from(is))).collect()
}

impl<P: Policy> Session<P> {
    /// Says which training pairs have one side alone, by id. Methods whose loss is a sum over the sides
    /// ([`Objective::apart`](crate::objective::Objective::apart)) learn from it by itself; what is measured of the
    /// other side leaves the pair out.
    pub fn set_one_sided(&mut self, alone: &[(u32, Side)]) {
        self.alone = alone.iter().copied().collect();
    }

    /// Which sides of a training pair were given.
    pub(super) fn given(&self, id: u32) -> Given {
        match self.alone.get(&id) {
            None => BOTH,
            Some(Side::Chosen) => [true, false],
            Some(Side::Rejected) => [false, true],
        }
    }

    /// Which sides of the training pairs were given.
    pub(super) fn training_given(&self) -> Vec<Given> {
        let ids = self.training.iter().map(|(id, _)| *id);
        ids.map(|id| self.given(id)).collect()
    }

    /// Which sides of the pairs that are measured while training were given.
    pub(super) fn evaluated_given(&self) -> Vec<Given> {
        match self.held_out.is_empty() {
            true => self.training_given(),
            false => vec![BOTH; self.held_out.len()],
        }
    }

    /// Whether updates learn from pairs with one side alone.
    pub(super) fn learns_from_one_side(&self) -> bool {
        self.objective.apart && !self.alone.is_empty()
    }
}
