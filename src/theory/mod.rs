//! What is exactly known of policies over a handful of named responses to one prompt: optima,
//! equilibria and stationary points. It is the answer that learned policies are checked against.
//!
//! A distribution is a slice of probabilities, one for each response; all distributions and all
//! preferences of a call list the responses in the same order. Logarithms are natural, divergences in
//! nats. `beta` and `tau` weigh the divergence from the reference, `mix` is the share of the
//! *reference* in a geometric mixture.
//!
//! | method | where it ends |
//! |---|---|
//! | DPO and reinforcement learning, with rewards | [`kl_regularised_optimum`] |
//! | IPO on the answers of a fixed behaviour | [`offline_ipo_optimum`] |
//! | online IPO; tabular Nash-MD, as its steps shrink | [`regularised_nash_equilibrium`] |
//! | IPO-MD, Nash-MD-PG | [`ipo_md_stationary_point`] |
//! | online IPO as tau goes to 0 | a [`nash_equilibrium`] |

mod distribution;
mod error;
mod linear;
mod nash;
mod optimum;
mod preference;
#[cfg(test)]
mod random;

pub use distribution::{entropy, kl, tempered_mixture, total_variation};
pub use error::TheoryError;
pub use nash::{
    exploitability, ipo_md_stationary_point, nash_equilibrium, nash_md_step,
    regularised_nash_equilibrium,
};
pub use optimum::{kl_regularised_optimum, offline_ipo_optimum};
pub use preference::PreferenceMatrix;
