//! `playground scenarios`: the assistant's scenarios, as the page reads them.

use std::path::PathBuf;

use alignment_playground::assistant::{Grammar, SCENARIOS};
use alignment_playground::data;
use clap::Args;
use serde::Serialize;

use super::failure::{Failure, write};

/// Write the assistant's scenarios: a header, pairs to learn from and pairs on other topics
#[derive(Args)]
#[command(after_help = "Examples:
  playground scenarios
  playground scenarios --out /tmp/scenarios")]
pub struct Arguments {
    /// Where they are written
    #[arg(long, value_name = "DIR", default_value = "www/assets/scenarios")]
    out: PathBuf,
}

/// What the page reads first of a scenario.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    name: &'a str,
    title: &'a str,
    policy: &'a str,
    description: &'a str,
    train: &'a str,
    held_out: &'a str,
    prompt: &'a str,
    judge: &'a str,
}

/// Writes the files; the same ones each time.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let grammar = Grammar::new();
    for scenario in &SCENARIOS {
        let name = scenario.name;
        let (train, held_out) = (
            format!("{name}.train.jsonl"),
            format!("{name}.heldout.jsonl"),
        );
        let header = Header {
            name,
            title: scenario.title,
            policy: "assistant",
            description: scenario.description,
            train: &train,
            held_out: &held_out,
            prompt: scenario.prompt,
            judge: scenario.judge,
        };
        let header = serde_json::to_string_pretty(&header)?;
        let pairs = scenario.pairs(&grammar);
        for (file, contents) in [
            (format!("{name}.json"), header + "\n"),
            (train, data::write_preferences(&pairs.training)),
            (held_out, data::write_preferences(&pairs.held_out)),
        ] {
            write(&arguments.out.join(file), contents)?;
        }
    }
    println!(
        "{} scenarios written to {}",
        SCENARIOS.len(),
        arguments.out.display()
    );
    Ok(())
}
