//! The checkpoints that a run saves of itself on its way, for methods that compare the policy with an earlier one.

use super::{Session, SessionError};
use crate::objective::diffusion::{CHECKPOINTS, REFERENCE, SAVE_EVERY};
use crate::objective::{Against, Earlier};
use crate::policy::{Policy, Weights, copy_weights};
use crate::rng::{self, Purpose};

/// The scopes of the checkpoints but the first, which is the reference: so many can be kept.
const SCOPES: [&str; 15] = [
    "checkpoint/1",
    "checkpoint/2",
    "checkpoint/3",
    "checkpoint/4",
    "checkpoint/5",
    "checkpoint/6",
    "checkpoint/7",
    "checkpoint/8",
    "checkpoint/9",
    "checkpoint/10",
    "checkpoint/11",
    "checkpoint/12",
    "checkpoint/13",
    "checkpoint/14",
    "checkpoint/15",
];

/// What a run has saved of itself, oldest first; the policy before any training is always there.
#[derive(Clone, Default)]
pub(super) struct Checkpoints {
    saved: Vec<Checkpoint>,
    /// The one whose weights stand in [`Weights::CHECKPOINT`].
    drawn: Option<Checkpoint>,
}

/// One checkpoint.
#[derive(Clone, Copy, PartialEq)]
struct Checkpoint {
    /// Updates made before it.
    step: u32,
    scope: &'static str,
}

/// The policy before any training.
const FIRST: Checkpoint = Checkpoint {
    step: 0,
    scope: Weights::REFERENCE,
};

impl Checkpoints {
    /// The scopes of what is saved.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.saved.iter().map(|checkpoint| checkpoint.scope)
    }

    /// What another engine needs: there, none was drawn yet.
    pub(super) fn to_carry(&self) -> Self {
        Checkpoints {
            saved: self.saved.clone(),
            drawn: None,
        }
    }

    /// A scope for one more: a free one, or that of the oldest where `most` are saved.
    fn make_room(&mut self, most: usize) -> Option<&'static str> {
        let most = most.min(SCOPES.len());
        while self.saved.len() >= most.max(1) {
            self.saved.remove(0);
        }
        let free = |scope: &&&str| !self.scopes().any(|taken| taken == **scope);
        SCOPES.iter().find(free).copied().filter(|_| most > 0)
    }

    /// One of all; `luck` lies in [0, 1).
    fn pick(&self, earlier: Earlier, luck: f32) -> Checkpoint {
        let all: Vec<Checkpoint> = [FIRST]
            .into_iter()
            .chain(self.saved.iter().copied())
            .collect();
        let place = match earlier {
            Earlier::First => 0,
            Earlier::Latest => all.len() - 1,
            Earlier::Any | Earlier::AsSet => (luck * all.len() as f32) as usize,
        };
        all.get(place).copied().unwrap_or(FIRST)
    }
}

impl<P: Policy> Session<P> {
    /// The scope of the weights that score a batch for the reference while it is learnt from; none where the
    /// reference's scores are known beforehand.
    pub(super) fn live_reference(&self) -> Option<&'static str> {
        match self.objective.against {
            Against::Checkpoint(_) => Some(Weights::CHECKPOINT),
            Against::Reference => P::KIND.scores_are_estimates().then_some(Weights::REFERENCE),
        }
    }

    /// Draws the checkpoint that the next update is compared with, if it is compared with one: gives the updates
    /// that were made before it.
    pub(super) fn draw_checkpoint(&mut self) -> Result<Option<u32>, SessionError> {
        let Against::Checkpoint(earlier) = self.objective.against else {
            return Ok(None);
        };
        let earlier = match earlier {
            Earlier::AsSet => match self.values.get(REFERENCE) as usize {
                0 => Earlier::Any,
                1 => Earlier::First,
                _ => Earlier::Latest,
            },
            fixed => fixed,
        };
        let luck = rng::uniform(rng::key(self.seed), Purpose::Checkpoint, self.step, 0);
        let picked = self.checkpoints.pick(earlier, luck);
        if self.checkpoints.drawn != Some(picked) {
            let engine = self.engine.as_ref();
            copy_weights(engine, &self.parameters, picked.scope, Weights::CHECKPOINT)?;
            self.checkpoints.drawn = Some(picked);
        }
        Ok(Some(picked.step))
    }

    /// Saves the policy as it stands if it is time to.
    pub(super) fn save_checkpoint(&mut self) -> Result<(), SessionError> {
        let Against::Checkpoint(earlier) = self.objective.against else {
            return Ok(());
        };
        let every = self.values.get(SAVE_EVERY) as u32;
        if earlier == Earlier::First || every == 0 || !self.step.is_multiple_of(every) {
            return Ok(());
        }
        // The first is one of those kept; where only the latest counts, one more is enough.
        let most = match self.values.get(CHECKPOINTS) {
            kept if kept.is_nan() => 1,
            kept => kept as usize - 1,
        };
        if let Some(scope) = self.checkpoints.make_room(most) {
            let engine = self.engine.as_ref();
            copy_weights(engine, &self.parameters, Weights::POLICY, scope)?;
            let step = self.step;
            self.checkpoints.saved.push(Checkpoint { step, scope });
        }
        Ok(())
    }
}
