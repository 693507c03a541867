//! The commands, one a module.

mod bench;
mod failure;
mod pretrain;
mod progress;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Small policies, trained by preference updates: pre-train one, train one, time the engine.
#[derive(Parser)]
#[command(
    name = "playground",
    version,
    about,
    arg_required_else_help = true,
    after_help = "Examples:
  playground pretrain names
  playground train --policy www/assets/policies/names \\
      --pairs www/assets/scenarios/vowel-ending.train.jsonl --steps 200 --metrics run.csv
  playground bench --configs S,M"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Pretrain(pretrain::Arguments),
    Train(train::Arguments),
    Bench(bench::Arguments),
}

/// Does what the command line asks; a failure is a sentence on the standard error stream.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Pretrain(arguments) => pollster::block_on(pretrain::run(&arguments)),
        Command::Train(arguments) => pollster::block_on(train::run(&arguments)),
        Command::Bench(arguments) => pollster::block_on(bench::run(&arguments)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
