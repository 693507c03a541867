//! Handwritten digits, 8 × 8 grey pixels each: the file `www/assets/digits/digits.csv`, whose README says
//! where they come from.

use crate::rng::{self, Purpose};

/// Pixels in an image, 8 rows of 8.
pub const PIXELS: usize = 64;
/// Kinds of digits.
pub const CLASSES: usize = 10;
/// The most ink in a pixel.
pub const INK: u8 = 16;
/// The seed of the split that everything shipped holds to: what it learnt from, and what it was measured on.
pub const SPLIT_SEED: u64 = 0;
/// One in so many images of each digit is held out.
const HELD_OUT: usize = 6;

/// An image of a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digit {
    /// Row by row, from 0 (paper) to [`INK`].
    pub pixels: [u8; PIXELS],
    /// What it is meant to be, 0 to 9.
    pub label: u8,
}

/// Images to learn from, and others to measure on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// To learn from.
    pub training: Vec<Digit>,
    /// To measure on.
    pub held_out: Vec<Digit>,
}

/// Why a file holds no digits. Lines and columns are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    /// Something is no pixel or label.
    #[error("line {line}, column {column}: {found:?} is not a whole number from 0 to {most}")]
    Value {
        /// The line.
        line: usize,
        /// Which of its numbers.
        column: usize,
        /// What stands there.
        found: String,
        /// The most it may be.
        most: u8,
    },
    /// A line has too few numbers, or too many.
    #[error("line {line} has {found} columns, but a digit is {PIXELS} pixels and a label")]
    Columns {
        /// The line.
        line: usize,
        /// How many it has.
        found: usize,
    },
    /// There is no line.
    #[error("there are no digits in it")]
    Empty,
}

impl Digit {
    /// The pixels on the scale of a diffusion policy: −1 is paper, 1 is full ink.
    pub fn scaled(&self) -> [f32; PIXELS] {
        self.pixels
            .map(|ink| 2.0 * f32::from(ink) / f32::from(INK) - 1.0)
    }
}

/// The digits of a file: a line each of 64 pixels and a label, with commas between them.
///
/// # Errors
/// A line does not hold that, or there is none.
pub fn read_digits(text: &str) -> Result<Vec<Digit>, DigitsError> {
    let lines = (1..).zip(text.lines());
    let digits: Vec<Digit> = lines
        .map(|(number, line)| read_line(number, line))
        .collect::<Result<_, _>>()?;
    match digits.is_empty() {
        true => Err(DigitsError::Empty),
        false => Ok(digits),
    }
}

fn read_line(line: usize, text: &str) -> Result<Digit, DigitsError> {
    let columns = (1..).zip(text.split(','));
    let numbers: Vec<u8> = columns
        .map(|(column, found)| {
            let most = match column <= PIXELS {
                true => INK,
                false => CLASSES as u8 - 1,
            };
            let number = found.trim().parse().ok().filter(|number| *number <= most);
            number.ok_or_else(|| DigitsError::Value {
                line,
                column,
                found: found.to_owned(),
                most,
            })
        })
        .collect::<Result<_, _>>()?;
    match numbers.split_last() {
        Some((&label, pixels)) if pixels.len() == PIXELS => {
            let mut digit = Digit {
                pixels: [0; PIXELS],
                label,
            };
            digit.pixels.copy_from_slice(pixels);
            Ok(digit)
        }
        _ => Err(DigitsError::Columns {
            line,
            found: numbers.len(),
        }),
    }
}

/// Holds out one in six images of each digit, drawn under `seed`; both parts keep the order of `digits`.
pub fn split(digits: &[Digit], seed: u64) -> Split {
    let mut held_out = vec![false; digits.len()];
    for class in 0..CLASSES {
        let places = (0..digits.len()).filter(|&place| usize::from(digits[place].label) == class);
        let places: Vec<usize> = places.collect();
        let order = rng::permutation(rng::key(seed), Purpose::Data, class as u32, places.len());
        // To the nearest whole number.
        let count = (places.len() + HELD_OUT / 2) / HELD_OUT;
        for chosen in &order[..count] {
            held_out[places[*chosen]] = true;
        }
    }
    let part = |held: bool| {
        let marked = digits.iter().zip(&held_out);
        let part = marked.filter(|(_, held_out)| **held_out == held);
        part.map(|(digit, _)| *digit).collect()
    };
    Split {
        training: part(false),
        held_out: part(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../www/assets/digits/digits.csv");

    #[test]
    fn the_shipped_digits_are_those_of_scikit_learn() {
        let digits = read_digits(SHIPPED).unwrap();
        assert_eq!(digits.len(), 1797);
        // scikit-learn: `load_digits().data.sum()`, `.target[:10]`, `.images[0][:2]`.
        let ink = digits.iter().flat_map(|digit| digit.pixels);
        assert_eq!(ink.map(u32::from).sum::<u32>(), 561_718);
        let labels: Vec<u8> = digits.iter().take(10).map(|digit| digit.label).collect();
        assert_eq!(labels, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let rows = [[0, 0, 5, 13, 9, 1, 0, 0], [0, 0, 13, 15, 10, 15, 5, 0]];
        assert_eq!(digits[0].pixels[..16], rows.concat());
    }

    #[test]
    fn pixels_run_from_minus_one_to_one() {
        let mut digit = read_digits(SHIPPED).unwrap()[0];
        digit.pixels[..3].copy_from_slice(&[0, 8, 16]);
        assert_eq!(digit.scaled()[..3], [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn the_split_is_stratified_seeded_and_complete() {
        let digits = read_digits(SHIPPED).unwrap();
        let first = split(&digits, 0);
        assert_eq!(first, split(&digits, 0));
        assert_ne!(first.held_out, split(&digits, 1).held_out);
        assert_eq!(first.training.len() + first.held_out.len(), digits.len());
        assert!(
            !first
                .training
                .iter()
                .any(|digit| first.held_out.contains(digit))
        );
        for label in 0..10 {
            let held_out = first.held_out.iter().filter(|digit| digit.label == label);
            assert!((29..=31).contains(&held_out.count()), "{label}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_line_and_column() {
        let good = format!("{}7", "0,".repeat(64));
        let problem = |text: &str| read_digits(text).unwrap_err().to_string();
        assert!(read_digits(&good).is_ok());
        for (wrong, found) in [
            ("17", "17"),
            ("-1", "-1"),
            ("1.5", "1.5"),
            ("", ""),
            ("x", "x"),
        ] {
            assert_eq!(
                problem(&format!("{good}\n0,{wrong},{}", &good[4..])),
                format!("line 2, column 2: {found:?} is not a whole number from 0 to 16")
            );
        }
        assert_eq!(
            problem(&format!("{good}\n{}10", "0,".repeat(64))),
            "line 2, column 65: \"10\" is not a whole number from 0 to 9"
        );
        assert_eq!(
            problem(&good[4..]),
            "line 1 has 63 columns, but a digit is 64 pixels and a label"
        );
        assert!(problem(&format!("{good},1")).starts_with("line 1 has 66 columns"));
        assert_eq!(problem(""), "there are no digits in it");
    }
}
