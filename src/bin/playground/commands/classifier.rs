//! `playground classifier`: the network that tells handwritten digits apart, with its card.

use std::fmt;
use std::path::PathBuf;

use alignment_playground::digits::{Digit, SPLIT_SEED, read_digits, split};
use alignment_playground::quality::{
    DigitClassifier, Reading, Training, accuracy, frechet, mean_entropy,
};
use clap::Args;
use serde::Serialize;

use super::failure::{Failure, read_text, write};

/// Train the classifier of handwritten digits and write it, with a card of what was measured
///
/// It measures generated digits: whether they are taken for the digit that was asked for, how clearly, and how far
/// their features are from those of real ones.
#[derive(Args)]
#[command(after_help = "Examples:
  playground classifier
  playground classifier --seed 1 --out /tmp/classifier --json")]
pub struct Arguments {
    /// Images to learn from and to measure on
    #[arg(
        long,
        value_name = "FILE",
        default_value = "www/assets/digits/digits.csv"
    )]
    digits: PathBuf,
    /// Where classifier.safetensors and classifier.md are written
    #[arg(long, value_name = "DIR", default_value = "www/assets/digits")]
    out: PathBuf,
    /// Updates
    #[arg(long, default_value_t = Training::default().updates)]
    updates: u32,
    /// Decides the first weights, the order of the digits and the noise on them
    #[arg(long, default_value_t = Training::default().seed)]
    seed: u64,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Serialize)]
struct Figures {
    /// Bytes of the weights' file.
    bytes: usize,
    /// On the digits learnt.
    training: Measured,
    /// On the others.
    held_out: Measured,
    /// The Fréchet distance between the features of the two.
    frechet: f64,
}

/// What the classifier makes of a set of digits.
#[derive(Serialize)]
struct Measured {
    /// How many there are.
    digits: usize,
    /// The share told right.
    accuracy: f64,
    /// How unsure of one it is, nats.
    entropy: f64,
}

/// Trains, measures and writes.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let path = &arguments.digits;
    let digits = read_digits(&read_text(path)?).map_err(|source| Failure::Digits {
        path: path.clone(),
        source,
    })?;
    let parts = split(&digits, SPLIT_SEED);
    let training = Training {
        updates: arguments.updates,
        seed: arguments.seed,
        ..Training::default()
    };
    let mut classifier = DigitClassifier::train(&parts.training, &training).await?;
    let weights = classifier.save().await?;
    let (learnt, of_learnt) = measure(&mut classifier, &parts.training).await?;
    let (held_out, of_held_out) = measure(&mut classifier, &parts.held_out).await?;
    let features = |readings: &[Reading]| -> Vec<Vec<f32>> {
        let readings = readings.iter();
        readings.map(|reading| reading.features.clone()).collect()
    };
    let figures = Figures {
        bytes: weights.len(),
        training: of_learnt,
        held_out: of_held_out,
        frechet: frechet(&features(&learnt), &features(&held_out))?,
    };
    let card = Card {
        training: &training,
        figures: &figures,
    };
    write(&arguments.out.join("classifier.safetensors"), &weights)?;
    write(&arguments.out.join("classifier.md"), card.to_string())?;
    if arguments.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "held out: {:.2} % right; written to {}",
            100.0 * figures.held_out.accuracy,
            arguments.out.display()
        );
    }
    Ok(())
}

async fn measure(
    classifier: &mut DigitClassifier,
    digits: &[Digit],
) -> Result<(Vec<Reading>, Measured), Failure> {
    let images: Vec<_> = digits.iter().map(Digit::scaled).collect();
    let labels: Vec<u32> = digits.iter().map(|digit| digit.label.into()).collect();
    let readings = classifier.read(&images).await?;
    let measured = Measured {
        digits: digits.len(),
        accuracy: accuracy(&readings, &labels),
        entropy: mean_entropy(&readings),
    };
    Ok((readings, measured))
}

/// What the classifier is, and how good.
struct Card<'a> {
    training: &'a Training,
    figures: &'a Figures,
}

impl fmt::Display for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Training {
            updates,
            batch,
            learning_rate,
            weight_decay,
            noise,
            seed,
        } = self.training;
        let Figures {
            bytes,
            training,
            held_out,
            frechet,
        } = self.figures;
        let row = |name: &str,
                   Measured {
                       digits,
                       accuracy,
                       entropy,
                   }: &Measured| {
            format!(
                "| {name} | {digits} | {:.2} % | {entropy:.3} |",
                100.0 * accuracy
            )
        };
        writeln!(
            f,
            "# The classifier of handwritten digits

`classifier.safetensors` tells the digits of this folder apart. It measures generated ones: whether they are taken for the \
digit that was asked for, how clearly, and how far their features are from those of real ones.

This card was written by the command that made the classifier; every figure is of the weights as they are stored.

## Recipe

```sh
cargo run --release --bin playground -- classifier --updates {updates} --seed {seed}
```

The same command gives the same bytes on the same platform. A network of 64 pixels (−1 paper, 1 ink), 64 hidden units (GELU) \
and 10 logits, stored as 32-bit floats ({bytes} bytes); the hidden units are its features. {updates} updates of AdamW, {batch} \
images in each, with a step that falls evenly from {learning_rate} to 0 and weight decay {weight_decay} on matrices. While it \
learns, Gaussian noise of standard deviation {noise} lies on each pixel, because generated digits are not clean.

## Figures

One image in six of each digit was held out (`src/digits.rs`).

| digits | images | told right | mean entropy, nats |
|---|---|---|---|
{}
{}

The features of the two are {frechet:.3} apart (squared Fréchet distance): about what digits that are as good as real ones \
would be, in as many images.",
            row("learnt", training),
            row("held out", held_out),
        )
    }
}
