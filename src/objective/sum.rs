//! Weighted sums of losses, such as `dpo + 0.005 * sft` (TRL's `loss_type` and `loss_weights`).

use super::hyper::Hyperparameter;
use super::{Column, Hyper, Judgement, Losses, Objective, Scores, by_name};
use crate::graph::Expr;

/// The name of the method.
pub const NAME: &str = "sum";
/// What a sum starts from.
pub const EXAMPLE: &str = "dpo + 0.1 * sft";

/// One term of a sum.
#[derive(Clone, Debug)]
pub struct Term {
    /// The hyper-parameter that weighs it.
    weight: String,
    objective: &'static Objective,
}

/// Why a text is no sum of losses.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SumError {
    /// A term is neither a name nor a weight times a name.
    #[error("{0:?} is no term of a sum of losses: write a weight and a method, such as 0.1 * sft")]
    Term(String),
    /// The same loss stands twice.
    #[error("{0:?} stands twice in the sum: give it the sum of both weights")]
    Twice(&'static str),
    /// A loss needs what cannot be shared with others.
    #[error("{0:?} needs a judge, so it cannot stand in a sum; those from pairs and D²O can")]
    Judged(&'static str),
    /// Two losses draw answers of the policy's own.
    #[error("only one loss of a sum may draw answers of the policy's own")]
    Draws,
}

/// The sum that `text` writes. Its hyper-parameters are those of all terms (of one name, the first term's
/// default) and the weights.
pub fn sum(text: &str) -> Result<Objective, SumError> {
    let mut terms: Vec<Term> = Vec::new();
    let mut hyperparameters: Vec<Hyperparameter> = Vec::new();
    let mut weights = Vec::new();
    for part in text.split('+') {
        let (weight, name) = part.split_once('*').unwrap_or(("1", part));
        let weight: f64 = weight.trim().parse().unwrap_or(f64::NAN);
        let known = by_name(name.trim())
            .ok()
            .filter(|_| (0.0..=WEIGHTS).contains(&weight));
        let objective = known.ok_or_else(|| SumError::Term(part.trim().to_owned()))?;
        if terms
            .iter()
            .any(|term| term.objective.name == objective.name)
        {
            return Err(SumError::Twice(objective.name));
        }
        if objective.judgement != Judgement::None {
            return Err(SumError::Judged(objective.name));
        }
        for hyper in &objective.hyperparameters {
            if hyperparameters.iter().all(|known| known.name != hyper.name) {
                hyperparameters.push(hyper.clone());
            }
        }
        let name = format!("weight_{}", objective.name);
        weights.push(Hyperparameter {
            name: name.clone().into(),
            label: format!("Weight of {}", objective.title).into(),
            help: "What this loss counts in the sum.".into(),
            ..Hyperparameter::linear("", "", "")
                .over(weight, 0.0, WEIGHTS)
                .by_factors()
        });
        terms.push(Term {
            weight: name,
            objective,
        });
    }
    let mut repeated = terms.iter().filter_map(|term| term.objective.repeated);
    let draws = repeated.next();
    if repeated.next().is_some() {
        return Err(SumError::Draws);
    }
    let mut columns: Vec<Column> = Vec::new();
    for column in terms.iter().flat_map(|term| term.objective.columns.iter()) {
        if !columns.contains(column) {
            columns.push(*column);
        }
    }
    hyperparameters.extend(weights);
    Ok(Objective {
        summary: "Several losses at once, each with its weight.",
        source: "TRL, DPOConfig: loss_type and loss_weights",
        hyperparameters,
        columns: columns.into(),
        repeated: draws,
        coupled: terms.iter().any(|term| term.objective.coupled),
        losses: Losses::Sum(terms),
        ..Objective::over_pairs(NAME, "A weighted sum", |scores, _| scores.score(0).policy)
    })
}

/// The largest weight.
const WEIGHTS: f64 = 100.0;

/// The losses of each group, `[B]`; `columns` are those of the sum before what is repeated.
pub(super) fn losses<'g>(
    terms: &[Term],
    columns: &[Column],
    scores: &Scores<'g>,
    hyper: &Hyper<'g>,
) -> Expr<'g> {
    let loss = |Term { weight, objective }: &Term| {
        let own = objective.columns.iter();
        let mut places: Vec<usize> = own
            .filter_map(|column| columns.iter().position(|known| known == column))
            .collect();
        if objective.repeated.is_some() {
            places.extend(columns.len()..scores.width());
        }
        hyper.get(weight) * objective.losses(&scores.of(places), hyper)
    };
    let total = terms.iter().map(loss).reduce(|sum, loss| sum + loss);
    total.unwrap_or(scores.policy_choices.mean() * 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_has_the_columns_and_numbers_of_its_terms() {
        let sum = sum("d2o + 0.2*sft").unwrap();
        assert_eq!(&*sum.columns, [Column::Rejected, Column::Chosen]);
        assert_eq!(sum.repeated, Some(Column::Kept));
        let names: Vec<&str> = sum
            .hyperparameters
            .iter()
            .map(|hyper| &*hyper.name)
            .collect();
        assert_eq!(
            names,
            [
                "beta",
                "alpha",
                "samples",
                "refresh",
                "weight_d2o",
                "weight_sft"
            ]
        );
        assert_eq!(sum.hyperparameters[5].default, 0.2);
    }

    #[test]
    fn what_is_no_sum_is_refused() {
        assert_eq!(
            sum("dpo + sft*2").unwrap_err(),
            SumError::Term("sft*2".to_owned())
        );
        assert_eq!(sum("").unwrap_err(), SumError::Term(String::new()));
        assert_eq!(
            sum("dpo + -1 * sft").unwrap_err(),
            SumError::Term("-1 * sft".to_owned())
        );
        assert_eq!(sum("dpo + 2*dpo").unwrap_err(), SumError::Twice("dpo"));
        assert_eq!(sum("dpo + ipo_md").unwrap_err(), SumError::Judged("ipo_md"));
        assert_eq!(sum("hypo + d2o").unwrap_err(), SumError::Draws);
    }
}
