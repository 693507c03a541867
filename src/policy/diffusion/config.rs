//! `config.json` of a denoiser.

use serde::{Deserialize, Serialize};

use super::schedule::{BetaSchedule, Prediction};

/// The shape of a denoiser, under diffusers' names where it has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Always "denoiser".
    pub model_type: String,
    /// Numbers in a sample: 2 for points, all pixels for images.
    pub dimensions: usize,
    /// Conditions a sample may be drawn under, from 0; 0 where there are none.
    pub classes: usize,
    /// The width of the residual stream.
    pub width: usize,
    /// The width inside a block.
    pub hidden: usize,
    /// Residual blocks.
    pub blocks: usize,
    /// Sines and cosines of the timestep.
    pub time_features: usize,
    /// Timesteps of the noise.
    pub num_train_timesteps: usize,
    /// How noise grows.
    pub beta_schedule: BetaSchedule,
    /// What the network tells.
    pub prediction_type: Prediction,
    /// Samples lie between minus this and this, if they have bounds.
    pub clip_sample_range: Option<f32>,
}

/// Why a `config.json` is none of a denoiser.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is not JSON, or a field is missing or of the wrong kind.
    #[error("the denoiser's config.json cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// It is the configuration of something else.
    #[error("config.json describes a {found:?}, not a denoiser")]
    Other {
        /// Its `model_type`.
        found: String,
    },
    /// A number is not one that a denoiser may have.
    #[error("config.json says {field} = {value}, but it must lie between {least} and {most}")]
    Range {
        /// The field.
        field: &'static str,
        /// What it says.
        value: usize,
        /// The least it may be.
        least: usize,
        /// The most it may be.
        most: usize,
    },
}

impl Config {
    /// What `model_type` says.
    pub const MODEL_TYPE: &'static str = "denoiser";

    /// Reads the text of a `config.json`.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let config: Config = serde_json::from_str(text)?;
        if config.model_type != Self::MODEL_TYPE {
            return Err(ConfigError::Other {
                found: config.model_type,
            });
        }
        let ranges = [
            ("dimensions", config.dimensions, 1, 4096),
            ("classes", config.classes, 0, 1000),
            ("width", config.width, 1, 4096),
            ("hidden", config.hidden, 1, 16384),
            ("blocks", config.blocks, 0, 64),
            ("time_features", config.time_features, 2, 1024),
            ("num_train_timesteps", config.num_train_timesteps, 2, 10_000),
        ];
        for (field, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(ConfigError::Range {
                    field,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(config)
    }
}
