//! The numbers that make a policy of a corpus.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Arguments, Policy};

/// Everything that decides what pre-training gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// What is learnt.
    pub policy: Policy,
    /// Updates.
    pub steps: u32,
    /// Decides the first weights, the held-out texts and the order of the others.
    pub seed: u64,
    /// The width of the residual stream.
    pub width: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// The most tokens that a text may have.
    pub context: usize,
    /// Texts in an update.
    pub batch: u32,
    /// Batches whose texts are sorted by length together, so that little of a batch is padding.
    pub sorted_together: usize,
    /// The largest step of AdamW.
    pub learning_rate: f32,
    /// Decoupled weight decay of all matrices.
    pub weight_decay: f32,
    /// The share of the tokens read that are hidden while learning.
    pub hide: f32,
}

impl Recipe {
    /// With what the command line says otherwise.
    pub fn with(self, arguments: &Arguments) -> Self {
        Recipe {
            policy: self.policy,
            context: self.context,
            sorted_together: self.sorted_together,
            steps: arguments.steps.unwrap_or(self.steps),
            seed: arguments.seed,
            width: arguments.width.unwrap_or(self.width),
            layers: arguments.layers.unwrap_or(self.layers),
            heads: arguments.heads.unwrap_or(self.heads),
            batch: arguments.batch.unwrap_or(self.batch),
            learning_rate: arguments.learning_rate.unwrap_or(self.learning_rate),
            weight_decay: arguments.weight_decay.unwrap_or(self.weight_decay),
            hide: arguments.hide.unwrap_or(self.hide),
        }
    }
}

/// The command line that gives this recipe.
impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recipe {
            policy,
            steps,
            seed,
            width,
            layers,
            heads,
            batch,
            learning_rate,
            weight_decay,
            hide,
            ..
        } = self;
        write!(
            f,
            "pretrain {} --steps {steps} --seed {seed} --width {width} --layers {layers} --heads {heads} \
             --batch {batch} --learning-rate {learning_rate} --weight-decay {weight_decay} --hide {hide}",
            policy.name()
        )
    }
}
