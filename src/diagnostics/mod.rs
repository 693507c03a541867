//! What a run's numbers mean, in words.

mod displacement;

pub use displacement::{Displacement, DisplacementMonitor, LogRatios, Pairs};
