//! Objectives: how a preference update combines scores into a loss.
//!
//! One file for each family, one registry. The command line, the page
//! and the tests read what an objective needs and how it is shown from here.

mod absolute;
mod advantage;
mod curve;
pub mod custom;
pub(crate) mod diffusion;
mod divergence;
mod dpo;
pub mod expression;
mod hyper;
mod margin;
pub(crate) mod online;
mod policy_gradient;
mod reference_free;
mod scores;
mod selected;
pub mod sum;
mod tokens;
mod unlearning;

pub use advantage::{dense_rewards, generalised, whiten};
pub use curve::{CurveError, curve};
pub use hyper::{Hyper, Hyperparameter, Scale};
pub use scores::{Judgement, PairScores, Score, Scores, Steps};
pub use selected::acceptance;

use std::borrow::Cow;
use std::sync::LazyLock;

use self::expression::{Expression, ExpressionError};
use crate::graph::Expr;
pub use crate::policy::{Distilled, PolicyKind, Scoring};

/// A preference update.
#[derive(Clone, Debug)]
pub struct Objective {
    /// The name on the command line and in links; TRL's `loss_type` where TRL has one.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Where it comes from, and where its defaults come from if that is elsewhere.
    pub source: &'static str,
    /// The loss in LaTeX; `playground formulas` writes it for the page, whose core has none.
    pub formula: &'static str,
    /// What a person may set.
    pub hyperparameters: Vec<Hyperparameter>,
    /// What the samples of a group are.
    pub columns: Cow<'static, [Column]>,
    /// What the hyper-parameter `samples` more of each group are.
    pub repeated: Option<Column>,
    /// What a judge must say of them.
    pub judgement: Judgement,
    /// What samples are scored by.
    pub scoring: Scoring,
    /// The policies that it can update.
    pub serves: &'static [PolicyKind],
    /// What the policy is compared with.
    pub against: Against,
    /// How what it says of a sample is credited to the sample's choices.
    pub credit: Credit,
    /// Whether the loss of a group depends on the other groups of its batch.
    pub coupled: bool,
    /// Whether the loss of a pair is a sum over its sides, so that it may have one alone ([`Scores::counted`]).
    pub apart: bool,
    /// The loss while the policy still is its reference, where that does not depend on the
    /// data: a run must start there.
    pub at_reference: Option<f64>,
    /// The loss of each group, `[B]`; its mean is minimised.
    pub losses: Losses,
}

/// What gives the loss of each group, `[B]`.
#[derive(Clone, Debug)]
pub enum Losses {
    /// A formula of this program.
    Formula(Formula),
    /// One that a person has written.
    Written(Expression),
    /// Several, weighted.
    Sum(Vec<sum::Term>),
}

/// A formula over scores.
type Formula = for<'g> fn(&Scores<'g>, &Hyper<'g>) -> Expr<'g>;

/// What a policy is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The frozen reference.
    Reference,
    /// A checkpoint that the run has saved on its way, another at each update.
    Checkpoint(Earlier),
}

/// Which of the checkpoints of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Each with the same chance.
    Any,
    /// The policy before any training.
    First,
    /// The last that was saved.
    Latest,
    /// One of these by the hyper-parameter `reference`, which counts them from 0.
    AsSet,
}

/// What the samples in one place of every group are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The preferred answer of a pair.
    Chosen,
    /// The other answer.
    Rejected,
    /// The preferred answer of the batch's next pair, to this pair's prompt.
    MismatchedChosen,
    /// The other answer of the batch's next pair, to this pair's prompt.
    MismatchedRejected,
    /// An answer of the policy's own, drawn at every update.
    Drawn(Origin),
    /// An answer of the policy's own that stands against the pair's until it is drawn anew.
    Kept,
}

/// Whose answer is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// That of the policy as it stands.
    Policy,
    /// That of the reference.
    Reference,
    /// That of the geometric mixture of both; the hyper-parameter `mix` weighs the reference.
    Mixture,
    /// That of the policy as it stood when the last iteration began.
    Iterate,
    /// That of the checkpoint that the policy is compared with ([`Against::Checkpoint`]).
    Checkpoint,
    /// That of the optimum of the rewards when a nat of divergence from the reference costs the hyper-parameter
    /// `sampling_beta`: one of `candidates` of the reference, by rejection sampling.
    Optimum,
}

/// How the reward of a sample is credited to its choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credit {
    /// Not at all: it is that of the sample as a whole.
    Whole,
    /// Each choice has an advantage, by a critic that learns from returns beside the policy; a log-ratio to
    /// the reference costs beta where it arises.
    Critic,
    /// Each of the steps that a sample is cut into has an advantage, by how continuations of the reference fare
    /// from before and from after it.
    Steps,
}

/// A formula in LaTeX. Browsers are handed MathML with the page: their core leaves it out.
const fn latex(formula: &'static str) -> &'static str {
    match cfg!(target_arch = "wasm32") {
        true => "",
        false => formula,
    }
}

impl Objective {
    /// One over the two sides of each pair with beta for its only hyper-parameter: where others differ,
    /// they say so.
    fn over_pairs(name: &'static str, title: &'static str, formula: Formula) -> Self {
        Objective {
            name,
            title,
            summary: "",
            source: "",
            formula: "",
            hyperparameters: vec![hyper::beta(0.1)],
            columns: Cow::Borrowed(&[Column::Chosen, Column::Rejected]),
            repeated: None,
            judgement: Judgement::None,
            scoring: Scoring::Likelihood,
            serves: &[PolicyKind::Answers],
            against: Against::Reference,
            credit: Credit::Whole,
            coupled: false,
            apart: false,
            at_reference: None,
            losses: Losses::Formula(formula),
        }
    }

    /// What the samples of a group are, when `samples` are repeated.
    pub fn columns(&self, samples: usize) -> Vec<Column> {
        let repeated = self.repeated.into_iter();
        let repeated = repeated.flat_map(|column| std::iter::repeat_n(column, samples));
        self.columns.iter().copied().chain(repeated).collect()
    }

    /// Which sides of a pair (0 chosen, 1 rejected) its columns are, if it reads nothing else and a pair
    /// by itself has a loss, by the likelihoods of its sides.
    pub fn columns_of_a_pair(&self) -> Option<Vec<usize>> {
        let side = |column: &Column| match column {
            Column::Chosen => Some(0),
            Column::Rejected => Some(1),
            _ => None,
        };
        let sides: Option<Vec<usize>> = self.columns.iter().map(side).collect();
        let alone = self.repeated.is_none() && !self.coupled;
        sides.filter(|_| alone && self.scoring == Scoring::Likelihood)
    }

    /// Every kind of sample that it reads.
    pub fn kinds(&self) -> impl Iterator<Item = Column> {
        self.columns.iter().copied().chain(self.repeated)
    }

    /// Whether it reads `column`.
    pub fn reads(&self, column: Column) -> bool {
        self.kinds().any(|kind| kind == column)
    }

    /// Whether it learns from answers of the policy's own.
    pub fn draws(&self) -> bool {
        self.kinds()
            .any(|kind| matches!(kind, Column::Drawn(_) | Column::Kept))
    }

    /// Whether it can update policies of this kind.
    pub fn serves(&self, kind: PolicyKind) -> bool {
        self.serves.contains(&kind)
    }

    /// Whether it compares the policy with an earlier iterate of itself.
    pub fn iterates(&self) -> bool {
        self.reads(Column::Drawn(Origin::Iterate))
    }

    /// The hyper-parameter that turns a log-ratio into a reward, if there is one.
    pub fn reward_scale(&self) -> Option<&'static str> {
        let has = |name: &&str| self.hyperparameters.iter().any(|hyper| hyper.name == *name);
        ["beta", "tau"].into_iter().find(has)
    }

    /// The loss of each group, `[B]`.
    pub fn losses<'g>(&self, scores: &Scores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
        match &self.losses {
            Losses::Formula(formula) => formula(scores, hyper),
            Losses::Written(expression) => custom::losses(expression, scores, hyper),
            Losses::Sum(terms) => sum::losses(terms, &self.columns, scores, hyper),
        }
    }
}

/// All objectives: the only list there is.
pub static REGISTRY: LazyLock<Vec<Objective>> = LazyLock::new(|| {
    [
        dpo::family(),
        margin::family(),
        divergence::family(),
        tokens::family(),
        absolute::family(),
        reference_free::family(),
        unlearning::family(),
        online::family(),
        policy_gradient::family(),
        selected::family(),
        diffusion::family(),
    ]
    .concat()
});

/// The objective called `name`; of those called [`custom::NAME`] and [`sum::NAME`], `written` is the loss.
pub fn open(name: &str, written: &str) -> Result<Objective, ObjectiveError> {
    match name {
        custom::NAME => Ok(custom::custom(written)?),
        sum::NAME => Ok(sum::sum(written)?),
        name => Ok(by_name(name)?.clone()),
    }
}

/// What the loss starts from of a method that a person writes; nothing for others.
pub fn example(name: &str) -> &'static str {
    match name {
        custom::NAME => custom::EXAMPLE,
        sum::NAME => sum::EXAMPLE,
        _ => "",
    }
}

/// Why there is no objective.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ObjectiveError {
    /// None has this name.
    #[error(transparent)]
    Unknown(#[from] UnknownObjective),
    /// The loss that was written cannot be read.
    #[error(transparent)]
    Written(#[from] ExpressionError),
    /// Nor can the sum.
    #[error(transparent)]
    Sum(#[from] sum::SumError),
}

/// The objective called `name`.
pub fn by_name(name: &str) -> Result<&'static Objective, UnknownObjective> {
    let found = REGISTRY.iter().find(|objective| objective.name == name);
    found.ok_or_else(|| UnknownObjective {
        name: name.to_owned(),
        known: REGISTRY.iter().map(|known| known.name).collect(),
    })
}

/// No objective has this name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("there is no method {name:?}; choose one of {known:?}")]
pub struct UnknownObjective {
    name: String,
    known: Vec<&'static str>,
}
