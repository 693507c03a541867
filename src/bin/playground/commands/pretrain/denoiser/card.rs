//! The model card of a diffusion policy.

use std::fmt;

use super::quality::{Figures, Quality};
use super::{Data, Recipe, Subject};

/// A README.md with the metadata that Hugging Face's hub reads.
pub struct Card<'a> {
    pub recipe: &'a Recipe,
    pub data: &'a Data,
    pub figures: &'a Figures,
}

impl Subject {
    fn introduction(self) -> String {
        match self {
            Subject::Digits => {
                "Draws handwritten digits of 8 × 8 pixels, each of the class it is asked for."
                    .to_owned()
            }
            Subject::Points(named) => format!("Draws points of the plane. {}", named.summary),
        }
    }

    fn source(self) -> &'static str {
        match self {
            Subject::Digits => {
                "Images: *Optical Recognition of Handwritten Digits*, E. Alpaydin and C. Kaynak, 1998, UCI Machine \
                 Learning Repository, <https://doi.org/10.24432/C50P49>, CC BY 4.0, as scikit-learn carries them \
                 (`www/assets/digits/README.md`). One in six of each digit is held out."
            }
            Subject::Points(_) => {
                "Points are drawn from the distribution itself (`src/points/`), by a seed; others are held out."
            }
        }
    }

    fn limits(self) -> &'static str {
        match self {
            Subject::Digits => {
                "A few images of thirteen hands are all it knows: it draws digits like theirs and of this size, and \
                 may come close to single ones that it learnt. The classifier that measures it learnt from the same \
                 images, so its figures say how much the samples are like those, not like anybody's digits."
            }
            Subject::Points(_) => {
                "It knows this one distribution. Where data are rare, between the parts, it draws a few points that \
                 the distribution would not."
            }
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quality::Points { distance } => write!(f, "{distance:.4} |"),
            Quality::Digits {
                accuracy,
                entropy,
                frechet,
            } => write!(
                f,
                "{:.1} % | {entropy:.3} | {frechet:.2} |",
                100.0 * accuracy
            ),
        }
    }
}

impl fmt::Display for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Card {
            recipe,
            data,
            figures,
        } = self;
        let subject = recipe.subject;
        let epochs = f64::from(recipe.steps) * f64::from(recipe.batch) / data.training.len() as f64;
        let (columns, rule) = match subject {
            Subject::Digits => (
                "taken for the digit asked for | mean entropy, nats | squared Fréchet distance |",
                "---|---|---|",
            ),
            Subject::Points(_) => ("sliced Wasserstein distance |", "---|"),
        };
        writeln!(
            f,
            "---
license: [mit, apache-2.0]
tags: [diffusion, unconditional-image-generation]
---

# {name}

{introduction} It is the reference and the starting point of the playground's preference updates, and small enough to \
be trained live in a browser.

This card was written by the command that made the policy; every figure is of the weights as they are stored.

## Recipe

```sh
cargo run --release --bin playground -- {recipe}
```

The same command gives the same bytes on the same platform. A residual network of {blocks} blocks, {width} wide, \
modulated by timestep and class (`src/policy/diffusion/denoiser.rs`): {parameters} numbers, stored as 16-bit floats \
({bytes} bytes). It tells v of 1,000 timesteps under a cosine schedule. Weights start from seed {seed}; {steps} updates \
of AdamW (β₁ 0.9, β₂ 0.99, weight decay {decay} on matrices, gradients cut to norm 1), {batch} samples in each, about \
{epochs:.0} passes over the data; the learning rate warms up to {rate} over 5 % of the updates and falls to 0 by a \
cosine. The class of a share of {hide} of the samples is not told, for guidance.

## Data

{source} {training} samples to learn from, {held_out} held out.

## Figures

The mean squared error of v is {own_error:.4} over samples learnt from and {error:.4} over those held out.

| samples | {columns}
|---|{rule}",
            name = subject.name(),
            introduction = subject.introduction(),
            blocks = recipe.blocks,
            width = recipe.width,
            parameters = figures.parameters,
            bytes = figures.bytes,
            seed = recipe.seed,
            steps = recipe.steps,
            decay = recipe.weight_decay,
            batch = recipe.batch,
            rate = recipe.learning_rate,
            hide = recipe.hide,
            source = subject.source(),
            training = data.training.len(),
            held_out = data.held_out.len(),
            own_error = figures.training,
            error = figures.held_out,
        )?;
        for (draw, quality) in &figures.drawn {
            let sampler = if draw.eta > 0.0 { "DDPM" } else { "DDIM" };
            let guidance = match draw.guidance {
                1.0 => String::new(),
                guidance => format!(", guidance {guidance}"),
            };
            writeln!(f, "| {sampler}, {} steps{guidance} | {quality}", draw.steps)?;
        }
        writeln!(
            f,
            "| real ones, of those learnt from | {}\n\nDistances are from the samples held out; that of real ones is about \
             what a perfect policy would have.\n\n## Limits\n\n{}",
            figures.real,
            subject.limits()
        )
    }
}
