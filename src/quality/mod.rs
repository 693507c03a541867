//! How good samples are: how far a set of them is from another set, and what a classifier makes of digits.
//!
//! A sample is a row of numbers; all samples of a call have as many. Distances are 0 for equal sets.
//!
//! | measure | of |
//! |---|---|
//! | [`sliced_wasserstein`] | points, or anything of few dimensions: is the mass in the right places? |
//! | [`frechet`] | features that a network reads: do mean and covariance agree? |
//! | [`accuracy`], [`mean_entropy`] | what a [`DigitClassifier`] takes digits for: is it what was asked, and clearly? |

mod classifier;
mod error;
mod frechet;
mod symmetric;
mod wasserstein;

pub use classifier::{ClassifierError, DigitClassifier, Reading, Training, accuracy, mean_entropy};
pub use error::QualityError;
pub use frechet::frechet;
pub use wasserstein::sliced_wasserstein;
