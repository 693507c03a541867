//! The network: one hidden layer.

use crate::digits::{CLASSES, PIXELS};
use crate::graph::{Builder, DType, Expr};
use crate::policy::{Initial, Parameter, Weights};

/// 64 pixels, 64 hidden units, 10 logits.
pub struct Network;

/// What the network makes of N images.
pub struct Read<'g> {
    /// The hidden units, `[N, 64]`: features of the image.
    pub features: Expr<'g>,
    /// The logits of the ten digits, `[N, 10]`.
    pub logits: Expr<'g>,
}

/// The input that holds images.
pub const PIXELS_IN: &str = "classifier/pixels";
/// The output of the logits.
pub const LOGITS: &str = "logits";
/// The output of the features.
pub const FEATURES: &str = "features";

impl Network {
    /// Hidden units.
    pub const HIDDEN: usize = 64;

    /// The weights.
    pub fn parameters() -> Vec<Parameter> {
        let layers = [
            ("hidden", PIXELS, Self::HIDDEN),
            ("output", Self::HIDDEN, CLASSES),
        ];
        let layers = layers.into_iter();
        let layers = layers.map(|(name, from, to)| {
            // He et al. 2015, eq. 10.
            let initial = Initial::Normal((2.0 / from as f32).sqrt());
            [
                Parameter {
                    name: format!("{name}.weight"),
                    shape: [from, to].into(),
                    initial,
                    decays: true,
                },
                Parameter {
                    name: format!("{name}.bias"),
                    shape: [to].into(),
                    initial: Initial::Zeros,
                    decays: false,
                },
            ]
        });
        layers.flatten().collect()
    }

    /// The input of `images` images.
    pub fn pixels(builder: &Builder, images: usize) -> Expr<'_> {
        builder.input(PIXELS_IN, DType::F32, [images, PIXELS])
    }

    /// What the network under `weights` makes of `pixels [N, 64]`.
    pub fn read<'g>(weights: &Weights<'g>, pixels: Expr<'g>) -> Read<'g> {
        let linear = |x: Expr<'g>, name: &str, from: usize, to: usize| {
            let weight = weights.get(&format!("{name}.weight"), [from, to]);
            x.matmul(weight) + weights.get(&format!("{name}.bias"), [to])
        };
        let features = linear(pixels, "hidden", PIXELS, Self::HIDDEN).gelu();
        let logits = linear(features, "output", Self::HIDDEN, CLASSES);
        Read { features, logits }
    }
}
