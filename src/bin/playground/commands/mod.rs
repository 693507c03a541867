//! The commands, one a module.

mod bench;
mod classifier;
mod failure;
mod formulas;
mod opened;
mod pretrain;
mod progress;
mod sample;
mod scenarios;
mod score;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Small policies, trained by preference updates: pre-train, train, score and sample one, time the engine.
#[derive(Parser)]
#[command(
    name = "playground",
    version,
    about,
    arg_required_else_help = true,
    after_help = "Examples:
  playground pretrain assistant
  playground train --policy www/assets/policies/assistant \\
      --pairs www/assets/scenarios/kinder.train.jsonl --steps 200 --out kinder
  playground score --policy kinder --reference www/assets/policies/assistant \\
      --pairs www/assets/scenarios/kinder.heldout.jsonl
  playground sample --policy kinder --prompt 'How do I boil an egg?'
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
    Score(score::Arguments),
    Sample(sample::Arguments),
    Scenarios(scenarios::Arguments),
    Classifier(classifier::Arguments),
    Formulas(formulas::Arguments),
    Bench(bench::Arguments),
}

/// Does what the command line asks; a failure is a sentence on the standard error stream.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Pretrain(arguments) => pollster::block_on(pretrain::run(&arguments)),
        Command::Train(arguments) => pollster::block_on(train::run(&arguments)),
        Command::Score(arguments) => pollster::block_on(score::run(&arguments)),
        Command::Sample(arguments) => pollster::block_on(sample::run(&arguments)),
        Command::Scenarios(arguments) => scenarios::run(&arguments),
        Command::Classifier(arguments) => pollster::block_on(classifier::run(&arguments)),
        Command::Formulas(arguments) => formulas::run(&arguments),
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
