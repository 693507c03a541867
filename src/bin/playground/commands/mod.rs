//! The commands, one a module.

mod failure;
mod pretrain;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Small policies, trained by preference updates.
#[derive(Parser)]
#[command(name = "playground", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Pretrain(pretrain::Arguments),
}

/// Does what the command line asks; a failure is a sentence on the standard error stream.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Pretrain(arguments) => pollster::block_on(pretrain::run(&arguments)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
