//! A judge that learns beside the policy which it judges.

use crate::engine::HostTensor;
use crate::judge::{
    Judge, JudgeError, JudgeRow, JudgeStatus, LearnedJudge, LearnedKind, Learning, ProxyAndGold,
    Shared,
};
use crate::policy::language::{Config, TokenPair, TokenSample};

/// Updates after which a judge has learnt its pairs.
const ENOUGH: u32 = 60;

/// A judge and how far it is to learn.
pub(super) struct Pupil {
    kind: LearnedKind,
    judge: Shared<LearnedJudge>,
    /// It rests when it has made so many updates.
    rests_at: u32,
}

/// Where a judge that learns stands.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeReport {
    /// Which it is.
    pub kind: LearnedKind,
    /// Where it stands.
    pub status: JudgeStatus,
    /// Whether it makes an update before the policy's next one.
    pub learns: bool,
    /// What each update measured, oldest first.
    pub curve: Vec<JudgeRow>,
}

impl Pupil {
    /// A judge that begins as a copy of a policy with these weights and has learnt nothing.
    pub(super) fn new(
        kind: LearnedKind,
        config: Config,
        weights: Vec<HostTensor>,
        seed: u64,
    ) -> Result<Self, JudgeError> {
        let learning = Learning {
            seed,
            ..Learning::default()
        };
        let judge = LearnedJudge::new(kind, config, weights, learning)?;
        Ok(Pupil {
            kind,
            judge: Shared::new(judge),
            rests_at: ENOUGH,
        })
    }

    pub(super) fn kind(&self) -> LearnedKind {
        self.kind
    }

    /// The judge for a session to ask; `gold`, if there is one, is asked as well and only watched.
    pub(super) fn judge(
        &self,
        gold: Option<Box<dyn Judge<TokenSample>>>,
    ) -> Box<dyn Judge<TokenSample>> {
        let judge = Box::new(self.judge.clone());
        match gold {
            Some(gold) => Box::new(ProxyAndGold::new(judge, gold)),
            None => judge,
        }
    }

    /// Begins anew as `fresh`, in all hands.
    pub(super) fn become_anew(&mut self, fresh: Pupil) -> Result<(), JudgeError> {
        std::mem::swap(&mut *self.judge.lend()?, &mut *fresh.judge.lend()?);
        (self.kind, self.rests_at) = (fresh.kind, fresh.rests_at);
        Ok(())
    }

    /// New pairs to learn from, and some time to learn them.
    pub(super) fn set_pairs(&mut self, pairs: Vec<(u32, TokenPair)>) -> Result<(), JudgeError> {
        let mut judge = self.judge.lend()?;
        self.rests_at = judge.status().updates + ENOUGH;
        judge.set_pairs(pairs)
    }

    pub(super) fn set_held_out(&mut self, pairs: Vec<(u32, TokenPair)>) -> Result<(), JudgeError> {
        self.judge.lend()?.set_held_out(pairs)
    }

    /// Whether it has not learnt its pairs yet.
    pub(super) fn learns(&self) -> Result<bool, JudgeError> {
        Ok(self.judge.lend()?.status().updates < self.rests_at)
    }

    /// Makes one update. A judge that breaks rests until it is given other pairs.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "who asks meanwhile is told that the judge is busy"
    )]
    pub(super) async fn update(&mut self) -> Result<(), JudgeError> {
        let updated = self.judge.lend()?.update().await;
        if updated.is_err() {
            self.rests_at = 0;
        }
        updated.map(drop)
    }

    pub(super) fn report(&self) -> Result<JudgeReport, JudgeError> {
        let judge = self.judge.lend()?;
        let status = judge.status();
        Ok(JudgeReport {
            kind: self.kind,
            status,
            learns: status.updates < self.rests_at,
            curve: judge.curve().to_vec(),
        })
    }
}
