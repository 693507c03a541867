//! A person in the judge's place. Answers of the policy's own wait, two by two, until the person has
//! compared them; updates learn from what was compared so far, again and again, and wait for nobody.

use std::str::FromStr;

use super::batch::Gathered;
use super::{Session, SessionError};
use crate::engine::{Feeds, HostTensor};
use crate::judge::JudgeError;
use crate::objective::{Column, Credit, Judgement, Scores};
use crate::policy::Policy;
use crate::rng::{self, Purpose};

/// The most questions that wait.
const MOST_WAITING: usize = 8;
/// Questions that are drawn at once: always as many, so that one plan draws them.
pub(super) const LOT: usize = 4;
/// The most lots that are drawn before the questions are looked at: a policy that always says the same
/// has nothing to be compared.
const MOST_LOTS: usize = 4;
/// Answers in a group that a person judges.
pub(super) const COMPARED: usize = 2;

/// Two answers to one prompt that a person is asked to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Question<S> {
    /// Later questions have larger ones.
    pub id: u32,
    /// The answers, which differ.
    pub answers: [S; 2],
}

/// What a person said of two answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preferred {
    /// The first is better.
    First,
    /// The second is better.
    Second,
    /// Neither is.
    Neither,
}

/// Two answers to one prompt that a person has compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared<S> {
    /// The answers.
    pub answers: [S; 2],
    /// What was said of them.
    pub preferred: Preferred,
}

/// What a person has been asked and has said.
pub(super) struct Person<S> {
    /// Whether updates learn from it, not from a judge of fresh answers.
    pub(super) in_use: bool,
    waiting: Vec<Question<S>>,
    compared: Vec<Compared<S>>,
    /// Questions drawn so far.
    asked: u32,
}

/// Nothing is said by this word.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("there is no answer {0:?}: it is first, second or neither")]
pub struct UnknownPreferred(String);

impl FromStr for Preferred {
    type Err = UnknownPreferred;

    fn from_str(text: &str) -> Result<Self, UnknownPreferred> {
        match text {
            "first" => Ok(Preferred::First),
            "second" => Ok(Preferred::Second),
            "neither" => Ok(Preferred::Neither),
            other => Err(UnknownPreferred(other.to_owned())),
        }
    }
}

impl Preferred {
    /// p(first ≻ second).
    pub fn preference(self) -> f32 {
        match self {
            Preferred::First => 1.0,
            Preferred::Second => 0.0,
            Preferred::Neither => 0.5,
        }
    }
}

impl<S> Person<S> {
    /// Nothing was asked yet.
    pub(super) fn new() -> Self {
        Person {
            in_use: false,
            waiting: Vec::new(),
            compared: Vec::new(),
            asked: 0,
        }
    }

    /// Lets go of the questions that wait; what was said stays.
    pub(super) fn withdraw(&mut self) {
        self.waiting.clear();
    }
}

impl<P: Policy> Session<P> {
    /// Has a person judge the policy's own answers, from the next update on. Updates then learn from all
    /// that the person has said so far, two answers a group. An objective that asks no judge goes on as it
    /// does.
    pub fn ask_person(&mut self) {
        self.judge = None;
        self.person.in_use = self.objective.judgement != Judgement::None;
    }

    /// Whether an update would have nothing to learn from until the person has answered.
    pub fn awaits_person(&self) -> bool {
        self.person.in_use && self.person.compared.is_empty()
    }

    /// The answers that wait to be compared, oldest first; fresh ones are drawn when few are left. There
    /// are none while no person is asked, or if the policy never gives two different answers.
    pub async fn questions(&mut self) -> Result<&[Question<P::Sample>], SessionError> {
        if !self.person.in_use {
            return Ok(&[]);
        }
        for _ in 0..MOST_LOTS {
            let full = self.person.waiting.len() + LOT > MOST_WAITING;
            if full || self.training.is_empty() {
                break;
            }
            self.ask().await?;
        }
        Ok(&self.person.waiting)
    }

    /// What the person says of the question `id`; nothing happens if it no longer waits.
    pub fn answer(&mut self, id: u32, preferred: Preferred) {
        let waiting = &mut self.person.waiting;
        if let Some(place) = waiting.iter().position(|question| question.id == id) {
            let Question { answers, .. } = waiting.remove(place);
            self.person.compared.push(Compared { answers, preferred });
        }
    }

    /// Adds what a person said before this run began.
    pub fn recall(&mut self, compared: Compared<P::Sample>) {
        self.person.compared.push(compared);
        // It was one of the questions that this run would ask first.
        self.person.asked += 1;
    }

    /// Forgets all that the person has said.
    pub fn forget(&mut self) {
        self.person.compared.clear();
    }

    /// All that the person has said, oldest first.
    pub fn compared(&self) -> &[Compared<P::Sample>] {
        &self.person.compared
    }

    /// Draws a lot of questions from what the objective draws from. The luck depends on the question.
    async fn ask(&mut self) -> Result<(), SessionError> {
        let (key, first) = (rng::key(self.seed), self.person.asked);
        let count = self.training.len();
        let indices = rng::batch(key, Purpose::Shuffle, u64::from(first), LOT, count);
        let prompts = indices.iter().map(|&index| &self.training[index].1.chosen);
        let prompts: Vec<P::Sample> = prompts.cloned().collect();
        let prompts: Vec<&P::Sample> = prompts.iter().collect();
        let columns = self.columns();
        let mut samples = Vec::with_capacity(COMPARED * LOT);
        // Like columns are drawn together.
        for run in columns.chunk_by(|one, other| one == other) {
            if let Column::Drawn(origin) = run[0] {
                let seed = rng::seed(key, Purpose::Question, first, samples.len() as u32);
                let (source, prompts) = (self.source(origin), prompts.repeat(run.len()));
                samples.extend(self.draw_by(&prompts, source, seed).await?);
            }
        }
        let (one, other) = samples.split_at(LOT);
        let lot = (first..).zip(one.iter().zip(other));
        let differing = lot.filter(|(_, (one, other))| one != other);
        let questions = differing.map(|(id, (one, other))| Question {
            id,
            answers: [one.clone(), other.clone()],
        });
        self.person.waiting.extend(questions);
        self.person.asked += LOT as u32;
        Ok(())
    }

    /// The next comparisons to learn from: each once an epoch, several times where a batch holds more than
    /// there are.
    pub(super) async fn judged_by_person(&mut self) -> Result<Gathered<P::Sample>, SessionError> {
        let compared = &self.person.compared;
        if compared.is_empty() {
            return Err(JudgeError::Unanswered.into());
        }
        let (key, groups) = (rng::key(self.seed), self.values.batch_size());
        let indices = rng::batch(key, Purpose::Shuffle, self.drawn, groups, compared.len());
        let drawn = || indices.iter().map(|&index| &compared[index]);
        let column = |place: usize| drawn().map(move |pair| pair.answers[place].clone());
        let samples: Vec<P::Sample> = column(0).chain(column(1)).collect();
        let preferences: Vec<f32> = drawn().map(|pair| pair.preferred.preference()).collect();
        let judged = match self.objective.judgement {
            Judgement::None => Feeds::new(),
            Judgement::Preferences => {
                let said = HostTensor::f32([1, groups], preferences);
                Feeds::from([(Scores::PREFERENCES.to_owned(), said)])
            }
            // An answer is worth how often it won.
            Judgement::Rewards => {
                let second: Vec<f32> = preferences.iter().map(|p| 1.0 - p).collect();
                let said = HostTensor::f32([COMPARED, groups], [preferences, second].concat());
                Feeds::from([(Scores::REWARDS.to_owned(), said)])
            }
        };
        let steps = match judged.get(Scores::REWARDS) {
            Some(said) if self.objective.credit == Credit::Steps => {
                self.steps(&samples, groups, said.as_f32()).await?
            }
            _ => Vec::new(),
        };
        // They come again.
        self.score_reference(&samples.iter().collect::<Vec<_>>())
            .await?;
        Ok(Gathered {
            pairs: groups,
            samples,
            weights: None,
            judged,
            steps,
            known: Vec::new(),
        })
    }
}
