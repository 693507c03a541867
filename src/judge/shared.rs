//! One judge in several hands.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use super::{Judge, JudgeError, MeanRewards, Verdict};

/// A handle of a judge: one for the session that asks it, others for who trains or watches it.
pub struct Shared<J>(Rc<RefCell<J>>);

impl<J> Shared<J> {
    /// The first handle of `judge`.
    pub fn new(judge: J) -> Self {
        Shared(Rc::new(RefCell::new(judge)))
    }

    /// The judge, for as long as the result lives.
    ///
    /// # Errors
    /// [`JudgeError::Busy`] while another handle has it.
    pub fn lend(&self) -> Result<RefMut<'_, J>, JudgeError> {
        self.0.try_borrow_mut().map_err(|_| JudgeError::Busy)
    }
}

impl<J> Clone for Shared<J> {
    /// Another handle of the same judge.
    fn clone(&self) -> Self {
        Shared(Rc::clone(&self.0))
    }
}

#[expect(
    clippy::await_holding_refcell_ref,
    reason = "who asks meanwhile is told that the judge is busy"
)]
impl<S, J: Judge<S>> Judge<S> for Shared<J> {
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a S; 2]]) -> Verdict<'a> {
        Box::pin(async { self.lend()?.preferences(pairs).await })
    }

    fn rewards<'a>(&'a mut self, samples: &'a [&'a S]) -> Verdict<'a> {
        Box::pin(async { self.lend()?.rewards(samples).await })
    }

    fn take_means(&mut self) -> Option<MeanRewards> {
        self.lend().ok()?.take_means()
    }
}
