//! Judgement by a rule over what a diffusion policy draws: images and points.

use std::str::FromStr;

use super::{Judge, Verdict};
use crate::policy::diffusion::DiffusionSample;

/// A rule that gives a sample a number of points.
#[derive(Clone, Debug, PartialEq)]
pub enum PictureRule {
    /// The share of ink in the image, where its darkest value is 1 and its lightest −1.
    Thicker,
    /// One less the share of ink.
    Thinner,
    /// Minus how far the ink leans: the slope by which its middle moves from row to row.
    Upright,
    /// The slope itself: to the right at the top counts.
    Slanted,
    /// One for a point inside this polygon, its corners in order.
    Inside(Vec<[f32; 2]>),
}

/// Why a text is no rule over samples.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PictureRuleError {
    /// No rule begins so.
    #[error(
        "there is no rule {0:?} for pictures: write thicker, thinner, upright, slanted or inside: x y, x y, x y"
    )]
    Unknown(String),
    /// A corner is not two numbers.
    #[error("corner {place} of the region must be two numbers, not {given:?}")]
    Corner {
        /// Which, counted from 1.
        place: usize,
        /// What stands there.
        given: String,
    },
    /// No area.
    #[error("a region needs three corners at least")]
    TooFewCorners,
}

impl FromStr for PictureRule {
    type Err = PictureRuleError;

    /// Reads `thicker`, `thinner`, `upright`, `slanted`, `inside: -1 0, 1 0, 0 2`.
    fn from_str(text: &str) -> Result<Self, PictureRuleError> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match kind.trim() {
            "thicker" => Ok(PictureRule::Thicker),
            "thinner" => Ok(PictureRule::Thinner),
            "upright" => Ok(PictureRule::Upright),
            "slanted" => Ok(PictureRule::Slanted),
            "inside" => {
                let corners: Result<Vec<[f32; 2]>, _> =
                    (1..).zip(rest.split(',')).map(corner).collect();
                match corners? {
                    corners if corners.len() < 3 => Err(PictureRuleError::TooFewCorners),
                    corners => Ok(PictureRule::Inside(corners)),
                }
            }
            other => Err(PictureRuleError::Unknown(other.to_owned())),
        }
    }
}

fn corner((place, text): (usize, &str)) -> Result<[f32; 2], PictureRuleError> {
    let numbers: Vec<f32> = text
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .filter(|number: &f32| number.is_finite())
        .collect();
    match (numbers.as_slice(), text.split_whitespace().count()) {
        (&[x, y], 2) => Ok([x, y]),
        _ => Err(PictureRuleError::Corner {
            place,
            given: text.trim().to_owned(),
        }),
    }
}

impl PictureRule {
    /// The points of a sample: an image of as many rows as columns, row after row from the top, or a point.
    pub fn points(&self, values: &[f32]) -> f32 {
        let ink = || values.iter().map(|value| (value + 1.0) / 2.0);
        let share = || ink().sum::<f32>() / values.len().max(1) as f32;
        match self {
            PictureRule::Thicker => share(),
            PictureRule::Thinner => 1.0 - share(),
            PictureRule::Upright => -slant(ink()).abs(),
            PictureRule::Slanted => slant(ink()),
            PictureRule::Inside(corners) => match values {
                &[x, y] => f32::from(u8::from(inside(corners, [x, y]))),
                _ => 0.0,
            },
        }
    }
}

/// By how many columns the middle of the ink moves to the right from one row to the one above: the covariance
/// of column and height over the variance of height.
fn slant(ink: impl Iterator<Item = f32>) -> f32 {
    let ink: Vec<f32> = ink.collect();
    let side = (ink.len() as f32).sqrt().round().max(1.0) as usize;
    let places = || {
        let values = ink.iter().enumerate();
        values.map(|(place, value)| ((place % side) as f32, -((place / side) as f32), *value))
    };
    let total: f32 = ink.iter().sum::<f32>().max(f32::EPSILON);
    let mean =
        |of: fn((f32, f32, f32)) -> f32| places().map(|at| at.2 * of(at)).sum::<f32>() / total;
    let (column, height) = (mean(|at| at.0), mean(|at| at.1));
    let covariance = mean(|at| at.0 * at.1) - column * height;
    let variance = mean(|at| at.1 * at.1) - height * height;
    covariance / variance.max(f32::EPSILON)
}

/// Whether a point lies inside a polygon: a ray from it crosses the border an odd number of times.
fn inside(corners: &[[f32; 2]], [x, y]: [f32; 2]) -> bool {
    let next = corners.iter().cycle().skip(1);
    let crossed = corners.iter().zip(next).filter(|([x0, y0], [x1, y1])| {
        (*y0 > y) != (*y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    });
    crossed.count() % 2 == 1
}

/// Judges by a rule: the sample with more points wins.
#[derive(Clone, Debug)]
pub struct PictureJudge(pub PictureRule);

impl PictureJudge {
    fn reward(&self, sample: &DiffusionSample) -> f32 {
        self.0.points(sample.values.as_slice())
    }
}

impl Judge<DiffusionSample> for PictureJudge {
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a DiffusionSample; 2]]) -> Verdict<'a> {
        let said = pairs.iter().map(|[first, second]| {
            let (first, second) = (self.reward(first), self.reward(second));
            match first.total_cmp(&second) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 0.5,
            }
        });
        let said = said.collect();
        Box::pin(async { Ok(said) })
    }

    fn rewards<'a>(&'a mut self, samples: &'a [&'a DiffusionSample]) -> Verdict<'a> {
        let said = samples.iter().map(|sample| self.reward(sample)).collect();
        Box::pin(async { Ok(said) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> PictureRule {
        text.parse().unwrap()
    }

    #[test]
    fn images_are_judged_by_ink_and_slant() {
        // A stroke of a 4 × 4 image: upright, and leaning to the right at the top.
        let image = |columns: [usize; 4]| {
            let mut values = vec![-1.0; 16];
            for (row, column) in columns.into_iter().enumerate() {
                values[4 * row + column] = 1.0;
            }
            values
        };
        let (upright, slanted) = (image([1; 4]), image([3, 2, 1, 0]));
        assert_eq!(rule("thicker").points(&upright), 0.25);
        assert_eq!(rule("thinner").points(&upright), 0.75);
        assert_eq!(rule("slanted").points(&slanted), 1.0);
        assert_eq!(rule("upright").points(&slanted), -1.0);
        assert_eq!(rule("upright").points(&upright), 0.0);
    }

    #[test]
    fn points_are_judged_by_a_region_even_one_that_is_not_convex() {
        let notched = rule("inside: 0 0, 4 0, 4 4, 2 1, 0 4");
        assert_eq!(notched.points(&[1.0, 1.0]), 1.0);
        assert_eq!(notched.points(&[2.0, 2.0]), 0.0);
        assert_eq!(notched.points(&[5.0, 1.0]), 0.0);
    }

    #[test]
    fn what_is_no_rule_is_named() {
        let problem = |text: &str| text.parse::<PictureRule>().unwrap_err().to_string();
        assert!(problem("rounder").contains("\"rounder\""));
        assert!(problem("inside: 0 0, 1 0").contains("three corners"));
        assert_eq!(
            problem("inside: 0 0, 1 x, 1 1"),
            "corner 2 of the region must be two numbers, not \"1 x\""
        );
    }
}
