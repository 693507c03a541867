//! `playground pretrain`: a policy from scratch, with its model card.

mod card;
mod corpus;
mod ngram;
mod trainer;

use std::path::PathBuf;

use alignment_playground::policy::language::{self, Precision, Tokenizer};
use clap::{Args, ValueEnum};

use self::card::{Card, Figures};
use self::corpus::{Corpus, END};
use self::ngram::NGram;
use self::trainer::Trainer;
use super::failure::{Failure, write};

/// Pre-train a small policy from scratch and write it, with a model card, in the Hugging Face layout
#[derive(Args)]
#[command(after_help = "Examples:
  playground pretrain names
  playground pretrain names --steps 500 --seed 1 --out /tmp/names")]
pub struct Arguments {
    /// What to learn
    #[arg(value_enum)]
    policy: Policy,
    /// Updates
    #[arg(long, default_value_t = 5000)]
    steps: u32,
    /// Decides the first weights, the held-out texts and the order of the others
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where the policy is written [default: www/assets/policies/POLICY]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Width of the residual stream
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Transformer blocks
    #[arg(long, default_value_t = 2)]
    layers: usize,
    /// Attention heads
    #[arg(long, default_value_t = 4)]
    heads: usize,
    /// Texts in an update, an even number
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(2..))]
    batch: u32,
    /// The largest step of AdamW: after a warm-up over 5 % of the updates, before a cosine decay to 0
    #[arg(long, default_value_t = 3e-3)]
    learning_rate: f32,
    /// Decoupled weight decay of all matrices
    #[arg(long, default_value_t = 0.1)]
    weight_decay: f32,
    /// The share of the characters read that are hidden while learning
    #[arg(long, default_value_t = 0.1)]
    hide: f32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Policy {
    /// First names, letter by letter
    Names,
}

const NAMES: &str = include_str!("../../corpora/first-names.txt");
/// Positions: the longest name has 15 characters, and a prompt may be longer than a name.
const CONTEXT: usize = 32;
/// One name in so many is held out.
const HELD_OUT_ONE_IN: usize = 10;

/// Pre-trains, measures and writes.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Policy::Names = arguments.policy;
    let corpus = Corpus::new(NAMES);
    let split = corpus.split(arguments.seed, HELD_OUT_ONE_IN);
    let config = config_json(arguments, &corpus);
    let mut trainer = Trainer::new(&config, arguments.seed)?;
    trainer.train(arguments, &split).await?;

    // From here on the policy is the one that the file holds: rounded to 16 bits.
    let weights = language::save(
        trainer.parameters(),
        &trainer.weights().await?,
        Precision::F16,
    )?;
    trainer.set_weights(language::load(&weights, trainer.parameters())?)?;
    let figures = Figures {
        parameters: trainer.parameter_count(),
        bytes: weights.len(),
        training: trainer.loss(&split.training).await?,
        held_out: trainer.loss(&split.held_out).await?,
        baselines: [1, 2, 3, 4, 5].map(|order| {
            let model = NGram::fit(order, corpus.alternatives(), &split.training);
            (order, model.loss(&split.held_out))
        }),
        samples: trainer.samples(arguments.seed).await?,
    };
    let card = Card {
        arguments,
        corpus: &corpus,
        split: &split,
        figures: &figures,
    };

    let default = PathBuf::from("www/assets/policies/names");
    let directory = arguments.out.clone().unwrap_or(default);
    let tokenizer = corpus
        .tokenizer_json()
        .map_err(|error| Failure::Tokenizer(error.to_string()))?;
    for (name, contents) in [
        ("config.json", config.as_bytes()),
        ("tokenizer.json", tokenizer.as_bytes()),
        ("model.safetensors", &weights),
        ("README.md", card.to_string().as_bytes()),
    ] {
        write(&directory.join(name), contents)?;
    }
    check_tokenizer(
        &Tokenizer::from_file(&directory.join("tokenizer.json"))?,
        &corpus,
    )?;
    println!(
        "held out: {:.4} nats a character; written to {}",
        figures.held_out,
        directory.display()
    );
    Ok(())
}

/// `config.json`, as Hugging Face's `GPT2LMHeadModel` reads it.
fn config_json(arguments: &Arguments, corpus: &Corpus) -> String {
    let config = serde_json::json!({
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": corpus.vocabulary(),
        "n_positions": CONTEXT,
        "n_embd": arguments.width,
        "n_layer": arguments.layers,
        "n_head": arguments.heads,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": true,
        "attn_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "resid_pdrop": 0.0,
        "bos_token_id": END,
        "eos_token_id": END,
        "torch_dtype": "float16",
    });
    format!("{config:#}\n")
}

/// The file just written must give the ids that were trained on.
fn check_tokenizer(tokenizer: &Tokenizer, corpus: &Corpus) -> Result<(), Failure> {
    for ids in corpus.texts() {
        let text = corpus.text(ids);
        if tokenizer.encode(&text)? != *ids {
            return Err(Failure::Tokenizer(format!(
                "{text:?} has other ids in the file"
            )));
        }
    }
    Ok(())
}
