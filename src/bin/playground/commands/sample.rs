//! `playground sample`: what a policy writes.

use std::path::PathBuf;

use alignment_playground::policy::language::Generator;
use alignment_playground::policy::{Draw, Source, Weights};
use alignment_playground::sampling::Law;
use clap::Args;

use super::failure::Failure;
use super::opened::Opened;

/// Draw completions from a policy
#[derive(Args)]
#[command(after_help = "Examples:
  playground sample --policy www/assets/policies/assistant --prompt 'How do I boil an egg?'
  playground sample --policy www/assets/policies/names --prompt Mar --prompt Jo --count 3
  playground sample --policy trained --prompt 'May I swim alone at night?' \\
      --temperature 0.8 --seed 1 --json")]
pub struct Arguments {
    /// Holds config.json, tokenizer.json and model.safetensors
    #[arg(long, value_name = "DIR")]
    policy: PathBuf,
    /// What is continued; may be given several times
    #[arg(long = "prompt", value_name = "TEXT", default_value = "")]
    prompts: Vec<String>,
    /// Completions of each prompt
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,
    /// The most tokens in a completion [default: as many as fit]
    #[arg(long)]
    most: Option<usize>,
    /// 1 leaves the policy's own probabilities, 0 takes the likeliest token
    #[arg(long, default_value_t = 1.0)]
    temperature: f32,
    /// Only this many of the likeliest tokens; 0 keeps all
    #[arg(long, default_value_t = 0)]
    top_k: u32,
    /// Only the likeliest tokens that together reach this probability; 1 keeps all
    #[arg(long, default_value_t = 1.0)]
    top_p: f32,
    /// The luck
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print a line of JSON for each completion
    #[arg(long)]
    json: bool,
}

/// Draws and prints.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Opened {
        engine,
        policy,
        tokenizer,
    } = Opened::new(&arguments.policy)?;
    let each = |prompt: &String| std::iter::repeat_n(prompt.clone(), arguments.count as usize);
    let prompts: Vec<String> = arguments.prompts.iter().flat_map(each).collect();
    let encoded: Vec<Vec<u32>> = prompts
        .iter()
        .map(|prompt| tokenizer.encode(prompt))
        .collect::<Result<_, _>>()?;
    let rows: Vec<&[u32]> = encoded.iter().map(Vec::as_slice).collect();
    let law = Law {
        temperature: arguments.temperature,
        top_k: arguments.top_k,
        top_p: arguments.top_p,
    };
    let most = arguments.most.unwrap_or(policy.config().context);
    let transformer = policy.transformer();
    let source = Source::Weights(Weights::POLICY);
    let mut generator = Generator::new(&engine, transformer, source, rows.len()).await?;
    let draw = Draw {
        law,
        seed: arguments.seed,
        most,
    };
    let drawn = generator.generate(&engine, &rows, source, draw);
    for (prompt, ids) in prompts.iter().zip(drawn.await?) {
        let completion = tokenizer.decode(&ids)?;
        match arguments.json {
            true => println!(
                "{}",
                serde_json::json!({"prompt": prompt, "completion": completion, "tokens": ids.len()})
            ),
            false => println!("{prompt} | {completion}"),
        }
    }
    Ok(())
}
