//! What can go wrong on the command line.

use std::path::{Path, PathBuf};

use alignment_playground::digits::DigitsError;
use alignment_playground::engine::EngineError;
use alignment_playground::graph::GraphError;
use alignment_playground::objective::ObjectiveError;
use alignment_playground::points::UnknownDistribution;
use alignment_playground::policy::DrawError;
use alignment_playground::policy::language::{CheckpointError, ConfigError, ScoreError, TextError};
use alignment_playground::quality::{ClassifierError, QualityError};
use alignment_playground::session::SessionError;
use alignment_playground::standard_task::TaskError;

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Lines of a file cannot be used.
    #[error("{}", sentences(.0))]
    Lines(Vec<BadLine>),
    /// A file has no line that could be used.
    #[error("{} holds nothing that could be used", .0.display())]
    Nothing(PathBuf),
    /// A file does not hold digits.
    #[error("{}, {source}", path.display())]
    Digits { path: PathBuf, source: DigitsError },
    /// The engine's results are not PyTorch's.
    #[error("{0}")]
    WrongLosses(String),
    /// Pre-training broke off.
    #[error("step {0}: the loss is no longer a number; lower --learning-rate")]
    Diverged(u32),
    /// A corpus has longer texts than the policy reads.
    #[error("the longest text has {longest} tokens, but the policy has {context} positions")]
    TooLong { longest: usize, context: usize },
    /// A tokenizer.json cannot be made.
    #[error("the tokenizer cannot be written: {0}")]
    Tokenizer(String),
    #[error(transparent)]
    Distribution(#[from] UnknownDistribution),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Text(#[from] TextError),
    #[error(transparent)]
    Draw(#[from] DrawError),
    #[error(transparent)]
    Score(#[from] ScoreError),
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    #[error(transparent)]
    Quality(#[from] QualityError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error("JSON failed: {0}")]
    Json(#[from] serde_json::Error),
    #[error("this is a mistake in the playground, please report it: {0}")]
    Graph(#[from] GraphError),
}

/// A line that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}, line {line}: {problem}", path.display())]
pub struct BadLine {
    pub path: PathBuf,
    pub line: usize,
    pub problem: String,
}

fn sentences(lines: &[BadLine]) -> String {
    let lines: Vec<String> = lines.iter().map(BadLine::to_string).collect();
    lines.join("\nerror: ")
}

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| unreadable(path, source))
}

/// Reads a text file.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: std::io::Error) -> Failure {
    Failure::Read {
        path: path.to_owned(),
        source,
    }
}

/// Writes a file, making its directory if need be.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
    let written = match path.parent() {
        Some(parent) => std::fs::create_dir_all(parent),
        None => Ok(()),
    };
    written
        .and_then(|()| std::fs::write(path, contents))
        .map_err(|source| Failure::Write {
            path: path.to_owned(),
            source,
        })
}
