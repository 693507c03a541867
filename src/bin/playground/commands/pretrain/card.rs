//! The model card: what the policy is, and figures that the command itself computed.

use std::collections::BTreeSet;
use std::fmt;

use super::corpus::{Corpus, Split};
use super::{Arguments, CONTEXT};

/// Samples that the card shows.
const SHOWN: usize = 40;

/// What was measured, on the weights as they are stored.
pub struct Figures {
    /// Numbers in the weights.
    pub parameters: usize,
    /// Bytes of the weights' file.
    pub bytes: usize,
    /// Nats a character over the texts learnt from.
    pub training: f64,
    /// Nats a character over the texts held out.
    pub held_out: f64,
    /// Nats a character over the texts held out, under n-gram models by their order.
    pub baselines: [(usize, f64); 5],
    /// Texts drawn without a prompt.
    pub samples: Vec<Vec<u32>>,
}

/// A README.md with the metadata that Hugging Face's hub reads.
pub struct Card<'a> {
    /// How the policy was made.
    pub arguments: &'a Arguments,
    /// What it was made from.
    pub corpus: &'a Corpus,
    /// What of that was held out.
    pub split: &'a Split<'a>,
    /// What was measured.
    pub figures: &'a Figures,
}

impl fmt::Display for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Card {
            arguments,
            corpus,
            split,
            figures,
        } = self;
        let (training, held_out) = (split.training.len(), split.held_out.len());
        writeln!(
            f,
            "---
license: [mit, apache-2.0]
language: en
pipeline_tag: text-generation
tags: [character-level, first-names, gpt2]
---

# names

A character-level language policy that continues a beginning to a first name: `Mar` becomes `Maria` or `Marvin`. \
It is the reference and the starting point of the playground's preference updates, and small enough to be trained \
live in a browser.

This card was written by the command that made the policy; every figure is of the weights as they are stored.

## Recipe

```sh
cargo run --release --bin playground -- {command}
```

The same command gives the same bytes on the same platform. Weights start from seed {seed}; {steps} updates of AdamW \
(β₁ 0.9, β₂ 0.99, weight decay {decay} on matrices, gradients cut to norm 1), {batch} names in each, about {epochs:.0} \
passes over the data; the learning rate warms up to {rate} over 5 % of the updates and falls to 0 by a cosine. A share \
of {hide} of the characters read, though none of those to be predicted, is replaced by `<|unk|>` (word dropout, Bowman \
et al. 2016).

## Architecture

GPT-2's, read by Hugging Face's `GPT2LMHeadModel`: width {width}, {layers} layers, {heads} heads, {CONTEXT} positions, \
output tied to the embedding, {parameters} parameters, stored as 16-bit floats ({bytes} bytes). One token a character: \
`<|endoftext|>` (0) begins and ends every name, `<|unk|>` (1) stands for what is not in the corpus, then the corpus's \
{characters} characters in order.

## Data

The {names} first names of `src/bin/playground/corpora/first-names.txt` (its README gives source and licence: CC0-1.0 \
and PDDL-1.0). {held_out} of them, drawn under the same seed, were held out; {training} were learnt from.

## Held-out loss

Nats a character, end-of-text included, over the {held_out} names held out. The n-gram models are fitted to the same \
{training} names and interpolated with all lower orders (Witten and Bell 1991).

| model | nats a character |
|---|---|",
            command = command(arguments),
            seed = arguments.seed,
            steps = arguments.steps,
            decay = arguments.weight_decay,
            batch = arguments.batch,
            epochs = f64::from(arguments.steps * arguments.batch) / training as f64,
            rate = arguments.learning_rate,
            hide = arguments.hide,
            width = arguments.width,
            layers = arguments.layers,
            heads = arguments.heads,
            parameters = figures.parameters,
            bytes = figures.bytes,
            characters = corpus.alternatives() - 1,
            names = corpus.len(),
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
        let different: BTreeSet<&Vec<u32>> = figures.samples.iter().collect();
        let known = figures.samples.iter().filter(|text| corpus.contains(text));
        let shown: Vec<String> = figures.samples[..SHOWN.min(figures.samples.len())]
            .iter()
            .map(|text| match corpus.contains(text) {
                true => corpus.text(text),
                false => format!("*{}*", corpus.text(text)),
            })
            .collect();
        writeln!(
            f,
            "| **this policy** | **{:.4}** |
| this policy, on the names it learnt from | {:.4} |

## Samples

Drawn without a prompt at temperature 1; those that the corpus lacks in italics.

{}

Of {} such samples {} are different, and {} stand in the corpus.

## Limits

- The names are those of one list: common in English-speaking countries about the year 2000, in English spelling, \
letters A–Z and the hyphen only. It says nothing of how often a name is borne, and names from elsewhere are few.
- It continues beginnings of names. Other text is not an error, but means nothing to it.
- It invents names; some will belong to somebody.",
            figures.held_out,
            figures.training,
            shown.join(", "),
            figures.samples.len(),
            different.len(),
            known.count(),
        )
    }
}

/// The command line that gives these `arguments`.
fn command(arguments: &Arguments) -> String {
    let Arguments {
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
    } = arguments;
    format!(
        "pretrain names --steps {steps} --seed {seed} --width {width} --layers {layers} --heads {heads} \
         --batch {batch} --learning-rate {learning_rate} --weight-decay {weight_decay} --hide {hide}"
    )
}
