//! The model card: what the policy is, and figures that the command itself computed.

use std::fmt;

use serde::Serialize;

use super::Subject;
use super::corpus::Corpus;
use super::recipe::Recipe;

/// What was measured, on the weights as they are stored.
#[derive(Serialize)]
pub struct Figures {
    /// Numbers in the weights.
    pub parameters: usize,
    /// Bytes of the weights' file.
    pub bytes: usize,
    /// Nats a token over the texts learnt from.
    pub training: f64,
    /// Nats a token over the texts held out.
    pub held_out: f64,
    /// The same in bits for each byte of text.
    pub bits_per_byte: f64,
    /// Nats a token over the texts held out, under n-gram models by their order.
    pub baselines: [(usize, f64); 5],
}

/// A README.md with the metadata that Hugging Face's hub reads.
pub struct Card<'a, S> {
    /// What the policy is about.
    pub subject: &'a S,
    /// How it was made.
    pub recipe: &'a Recipe,
    /// What it was made from.
    pub corpus: &'a Corpus,
    /// What was measured.
    pub figures: &'a Figures,
    /// What it writes.
    pub samples: &'a str,
}

impl<S: Subject> fmt::Display for Card<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Card {
            subject,
            recipe,
            corpus,
            figures,
            samples,
        } = self;
        let training = corpus.training.len();
        let hidden = match recipe.hide > 0.0 {
            true => format!(
                " A share of {} of the tokens read, though none of those to be predicted, is replaced by `<|unk|>` \
                 (word dropout, Bowman et al. 2016).",
                recipe.hide
            ),
            false => String::new(),
        };
        writeln!(
            f,
            "---
license: [mit, apache-2.0]
language: en
pipeline_tag: text-generation
tags: [{tags}, gpt2]
---

# {name}

{introduction} It is the reference and the starting point of the playground's preference updates, and small enough to \
be trained live in a browser.

This card was written by the command that made the policy; every figure is of the weights as they are stored.

## Recipe

```sh
cargo run --release --bin playground -- {recipe}
```

The same command gives the same bytes on the same platform, also when it is interrupted and given again. Weights start \
from seed {seed}; {steps} updates of AdamW (β₁ 0.9, β₂ 0.99, weight decay {decay} on matrices, gradients cut to norm 1), \
{batch} texts in each, about {epochs:.1} passes over the data; the learning rate warms up to {rate} over 5 % of the \
updates and falls to 0 by a cosine.{hidden}

## Architecture

GPT-2's, read by Hugging Face's `GPT2LMHeadModel`: width {width}, {layers} layers, {heads} heads, {context} positions, \
output tied to the embedding, {parameters} parameters, stored as 16-bit floats ({bytes} bytes). {vocabulary} tokens: \
`<|endoftext|>` (0) begins and ends every text, `<|unk|>` (1) stands for what has no token or is hidden.

## Data

{data}

## Held-out loss

Nats a token, end-of-text included, over the {held_out} texts held out. The n-gram models are fitted to the same \
{training} texts and interpolated with all lower orders (Witten and Bell 1991).

| model | nats a token |
|---|---|",
            tags = subject.tags(),
            name = recipe.policy.name(),
            introduction = subject.introduction(),
            seed = recipe.seed,
            steps = recipe.steps,
            decay = recipe.weight_decay,
            batch = recipe.batch,
            epochs = f64::from(recipe.steps) * f64::from(recipe.batch) / training as f64,
            rate = recipe.learning_rate,
            width = recipe.width,
            layers = recipe.layers,
            heads = recipe.heads,
            context = recipe.context,
            parameters = figures.parameters,
            bytes = figures.bytes,
            vocabulary = corpus.vocabulary(),
            data = subject.data(corpus),
            held_out = corpus.held_out.len(),
        )?;
        for (order, loss) in &figures.baselines {
            let name = match order {
                1 => "unigram".to_owned(),
                2 => "bigram".to_owned(),
                3 => "trigram".to_owned(),
                order => format!("{order}-gram"),
            };
            writeln!(f, "| {name} | {loss:.4} |")?;
        }
        writeln!(
            f,
            "| **this policy** | **{:.4}** ({:.3} bits a byte) |
| this policy, on the texts it learnt from | {:.4} |

## Samples

{samples}

## Limits

{}",
            figures.held_out,
            figures.bits_per_byte,
            figures.training,
            subject.limits(),
        )
    }
}
