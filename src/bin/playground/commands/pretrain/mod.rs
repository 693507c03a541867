//! `playground pretrain`: a policy from scratch, with its model card.

mod assistant;
mod card;
mod corpus;
mod denoiser;
mod names;
mod ngram;
mod prose;
mod recipe;
mod resume;
mod schedule;
mod trainer;
mod vocabulary;

use std::path::PathBuf;

use alignment_playground::policy::language::{self, Precision};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use self::card::{Card, Figures};
use self::corpus::Corpus;
use self::ngram::NGrams;
use self::recipe::Recipe;
use self::resume::Store;
use self::trainer::Trainer;
use self::vocabulary::END;
use super::failure::{Failure, write};

/// Pre-train a small policy from scratch and write it, with a model card, in the Hugging Face layout
///
/// Where a number is not given, the policy's own recipe holds. An interrupted run goes on where it
/// was when the same command is given again.
#[derive(Args)]
#[command(after_help = "Examples:
  playground pretrain names
  playground pretrain assistant --seed 1 --out /tmp/assistant
  playground pretrain prose --steps 500 --width 64 --json")]
pub struct Arguments {
    /// What to learn
    #[arg(value_enum)]
    policy: Policy,
    /// Updates
    #[arg(long)]
    steps: Option<u32>,
    /// Decides the first weights, the held-out texts and the order of the others
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where the policy is written [default: www/assets/policies/POLICY]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where a run keeps what it would go on from [default: target/pretrain/POLICY]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Width of the residual stream
    #[arg(long)]
    width: Option<usize>,
    /// Blocks
    #[arg(long)]
    layers: Option<usize>,
    /// Attention heads, of transformers
    #[arg(long)]
    heads: Option<usize>,
    /// Texts in an update, an even number, or samples
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..))]
    batch: Option<u32>,
    /// The largest step of AdamW: after a warm-up over 5 % of the updates, before a cosine decay to 0
    #[arg(long)]
    learning_rate: Option<f32>,
    /// Decoupled weight decay of all matrices
    #[arg(long)]
    weight_decay: Option<f32>,
    /// The share of the tokens read, or of the samples' classes, that are hidden while learning
    #[arg(long)]
    hide: Option<f32>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    /// Questions and answers of a small grammar
    Assistant,
    /// First names, letter by letter
    Names,
    /// Sentences of Moby-Dick
    Prose,
    /// Handwritten digits of 8 × 8 pixels, by diffusion
    Digits,
    /// Points of two moons, by diffusion
    Moons,
    /// Points of two rings, by diffusion
    Rings,
    /// Points of a spiral, by diffusion
    Spiral,
    /// Points of a grid of Gaussians, by diffusion
    Grid,
}

impl Policy {
    fn name(self) -> &'static str {
        match self {
            Policy::Assistant => "assistant",
            Policy::Names => "names",
            Policy::Prose => "prose",
            Policy::Digits => "digits",
            Policy::Moons => "moons",
            Policy::Rings => "rings",
            Policy::Spiral => "spiral",
            Policy::Grid => "grid",
        }
    }
}

/// What differs from one policy to the next.
trait Subject {
    /// The numbers that make it.
    fn recipe(&self) -> Recipe;
    /// What it learns and is measured on.
    fn corpus(&self, seed: u64) -> Result<Corpus, Failure>;
    /// What the card says it is about, besides being a small GPT-2.
    fn tags(&self) -> &'static str;
    /// The card's first paragraph.
    fn introduction(&self) -> &'static str;
    /// Where the texts are from, and how many there are.
    fn data(&self, corpus: &Corpus) -> String;
    /// What the policy writes, and what is to be said of that.
    async fn samples(
        &self,
        trainer: &Trainer,
        corpus: &Corpus,
        seed: u64,
    ) -> Result<String, Failure>;
    /// What not to expect.
    fn limits(&self) -> &'static str;
}

/// Orders of the n-gram models beside which the card puts the policy.
const ORDERS: [usize; 5] = [1, 2, 3, 4, 5];

/// Pre-trains, measures and writes.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.policy {
        Policy::Assistant => pretrain(assistant::Assistant, arguments).await,
        Policy::Names => pretrain(names::Names, arguments).await,
        Policy::Prose => pretrain(prose::Prose, arguments).await,
        drawn => {
            let subject = denoiser::Subject::named(drawn.name())?;
            denoiser::pretrain(subject, arguments).await
        }
    }
}

async fn pretrain(subject: impl Subject, arguments: &Arguments) -> Result<(), Failure> {
    let recipe = subject.recipe().with(arguments);
    let corpus = subject.corpus(recipe.seed)?;
    if corpus.longest() > recipe.context {
        return Err(Failure::TooLong {
            longest: corpus.longest(),
            context: recipe.context,
        });
    }
    let config = config_json(&recipe, &corpus);
    let name = recipe.policy.name();
    let default = PathBuf::from("target/pretrain").join(name);
    let store = Store::new(arguments.state.as_ref().unwrap_or(&default));
    let mut trainer = Trainer::new(&config, recipe.seed)?;
    trainer.train(&recipe, &corpus, &store).await?;

    // From here on the policy is the one that the file holds: rounded to 16 bits.
    let weights = language::save(
        trainer.parameters(),
        &trainer.weights().await?,
        Precision::F16,
    )?;
    trainer.set_weights(language::load(&weights, trainer.parameters())?)?;
    let held_out = trainer.loss(&corpus.held_out).await?;
    let held_out_tokens: usize = corpus.held_out.iter().map(|text| text.len() + 1).sum();
    // The end of a text is one byte, as in a file of one text a line.
    let held_out_bytes = corpus.held_out_bytes + corpus.held_out.len();
    let alternatives = corpus.vocabulary() - 1;
    let baselines = NGrams::fit(ORDERS.len(), alternatives, &corpus.training);
    let figures = Figures {
        parameters: trainer.parameter_count(),
        bytes: weights.len(),
        training: trainer.loss(corpus.learnt()).await?,
        held_out,
        bits_per_byte: held_out * held_out_tokens as f64
            / held_out_bytes as f64
            / std::f64::consts::LN_2,
        baselines: ORDERS.map(|order| (order, baselines.loss(order, &corpus.held_out))),
    };
    let samples = subject.samples(&trainer, &corpus, recipe.seed).await?;
    let card = Card {
        subject: &subject,
        recipe: &recipe,
        corpus: &corpus,
        figures: &figures,
        samples: &samples,
    };

    let default = PathBuf::from("www/assets/policies").join(name);
    let directory = arguments.out.as_ref().unwrap_or(&default);
    for (name, contents) in [
        ("config.json", config.as_bytes()),
        ("tokenizer.json", corpus.tokenizer_json.as_bytes()),
        ("model.safetensors", &weights),
        ("README.md", card.to_string().as_bytes()),
    ] {
        write(&directory.join(name), contents)?;
    }
    store.clear();
    if arguments.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "held out: {:.4} nats a token; written to {}",
            figures.held_out,
            directory.display()
        );
    }
    Ok(())
}

/// `config.json`, as Hugging Face's `GPT2LMHeadModel` reads it.
fn config_json(recipe: &Recipe, corpus: &Corpus) -> String {
    let config = serde_json::json!({
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": corpus.vocabulary(),
        "n_positions": recipe.context,
        "n_embd": recipe.width,
        "n_layer": recipe.layers,
        "n_head": recipe.heads,
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use alignment_playground::assistant::Manner;

    use super::*;
    use crate::commands::failure::{read, read_text};

    /// The shipped policy, its corpus built anew, and its card.
    fn shipped(subject: &impl Subject) -> (Trainer, Corpus, String) {
        let recipe = subject.recipe();
        let folder = Path::new("www/assets/policies").join(recipe.policy.name());
        let corpus = subject.corpus(recipe.seed).unwrap();
        let config = read_text(&folder.join("config.json")).unwrap();
        assert_eq!(config, config_json(&recipe, &corpus));
        let tokenizer = read_text(&folder.join("tokenizer.json")).unwrap();
        assert_eq!(tokenizer, corpus.tokenizer_json, "{}", folder.display());
        let trainer = Trainer::new(&config, recipe.seed).unwrap();
        let weights = read(&folder.join("model.safetensors")).unwrap();
        let weights = language::load(&weights, trainer.parameters()).unwrap();
        trainer.set_weights(weights).unwrap();
        let card = read_text(&folder.join("README.md")).unwrap();
        assert!(card.contains(&recipe.to_string()), "{card}");
        (trainer, corpus, card)
    }

    /// Measures the shipped weights on a corpus built anew; gives that loss and the best n-gram model's.
    fn check_loss(subject: &impl Subject) -> (f64, f64) {
        let (trainer, corpus, card) = shipped(subject);
        let loss = pollster::block_on(trainer.loss(&corpus.held_out)).unwrap();
        let rows = card.lines().filter(|line| line.starts_with("| "));
        let cell = |line: &str| {
            line.split('|')
                .nth(2)?
                .trim_matches([' ', '*'])
                .split('*')
                .next()?
                .parse()
                .ok()
        };
        let figures: Vec<f64> = rows.filter_map(cell).collect();
        let [baselines @ .., own, _] = figures.as_slice() else {
            panic!("{card}");
        };
        assert_eq!(baselines.len(), ORDERS.len(), "{card}");
        assert!((loss - own).abs() < 1e-3, "{loss}, but the card says {own}");
        (
            loss,
            baselines.iter().copied().fold(f64::INFINITY, f64::min),
        )
    }

    #[test]
    fn shipped_policies_are_what_their_cards_say_and_better_than_n_grams() {
        let (loss, n_gram) = check_loss(&names::Names);
        assert!(loss < n_gram - 0.01, "{loss}, {n_gram}");
        let (loss, n_gram) = check_loss(&prose::Prose);
        assert!(loss < n_gram - 0.01, "{loss}, {n_gram}");
        let (loss, n_gram) = check_loss(&assistant::Assistant);
        assert!(loss < n_gram - 0.2, "{loss}, {n_gram}");
    }

    #[test]
    fn nearly_all_answers_to_held_out_prompts_are_in_the_grammar() {
        let (trainer, corpus, _) = shipped(&assistant::Assistant);
        let drawn = assistant::draw(&trainer, &corpus, 1);
        let drawn = pollster::block_on(drawn).unwrap();
        let accepted: Vec<Manner> = drawn
            .iter()
            .filter_map(|exchange| exchange.manner)
            .collect();
        assert!(
            accepted.len() * 100 >= drawn.len() * 95,
            "{} of {}",
            accepted.len(),
            drawn.len()
        );
        for value in Manner::all().flat_map(|manner| manner.values()) {
            let said = accepted
                .iter()
                .filter(|manner| manner.values().contains(&value));
            assert!(said.count() > 0, "{value:?}");
        }
    }
}
