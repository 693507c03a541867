//! What cannot be measured.

/// Why sets of samples cannot be compared. Samples are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QualityError {
    /// A set has too few samples.
    #[error("the {set} set has too few samples: {found}, not {least} at least")]
    TooFew {
        /// Which set.
        set: &'static str,
        /// Samples that it has.
        found: usize,
        /// Samples that it should have.
        least: usize,
    },
    /// A sample has not as many numbers as the first set's first.
    #[error(
        "sample {sample} of the {set} set has {found} numbers, but the first of all has {wanted}"
    )]
    Width {
        /// Which set.
        set: &'static str,
        /// Which sample.
        sample: usize,
        /// How many it has.
        found: usize,
        /// How many it should have.
        wanted: usize,
    },
    /// A sample holds NaN or infinity.
    #[error("sample {sample} of the {set} set is not finite")]
    NotFinite {
        /// Which set.
        set: &'static str,
        /// Which sample.
        sample: usize,
    },
}

/// How many numbers each sample of two sets has. Refuses sets with fewer than `least` samples, and samples
/// that do not fit or are not finite.
pub(super) fn check_sets<P: AsRef<[f32]>>(
    one: &[P],
    other: &[P],
    least: usize,
) -> Result<usize, QualityError> {
    let wanted = one.first().map_or(0, |sample| sample.as_ref().len());
    for (set, samples) in [("first", one), ("second", other)] {
        let found = samples.len();
        if found < least {
            return Err(QualityError::TooFew { set, found, least });
        }
        for (sample, numbers) in (1..).zip(samples.iter().map(P::as_ref)) {
            let found = numbers.len();
            if found != wanted {
                return Err(QualityError::Width {
                    set,
                    sample,
                    found,
                    wanted,
                });
            }
            if !numbers.iter().all(|number| number.is_finite()) {
                return Err(QualityError::NotFinite { set, sample });
            }
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_compared_is_said() {
        let problem = |one: &[&[f32]], other: &[&[f32]]| {
            let error = check_sets(one, other, 1).unwrap_err();
            error.to_string()
        };
        let point: &[f32] = &[0.0, 1.0];
        assert_eq!(check_sets(&[point], &[point, point], 1), Ok(2));
        assert_eq!(
            problem(&[point], &[]),
            "the second set has too few samples: 0, not 1 at least"
        );
        assert_eq!(
            problem(&[point], &[point, &[1.0]]),
            "sample 2 of the second set has 1 numbers, but the first of all has 2"
        );
        assert_eq!(
            problem(&[&[0.0, f32::NAN]], &[point]),
            "sample 1 of the first set is not finite"
        );
    }
}
