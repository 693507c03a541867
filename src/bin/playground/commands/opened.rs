//! A policy's folder, opened, and files of texts for it.

use std::path::{Path, PathBuf};

use alignment_playground::data::Line;
use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::engine::{Engine, HostTensor};
use alignment_playground::policy::language::{self, Config, LanguagePolicy, Tokenizer};
use alignment_playground::policy::{Policy, Weights, state_name};

use super::failure::{BadLine, Failure, read, read_text};

pub const CONFIG: &str = "config.json";
pub const TOKENIZER: &str = "tokenizer.json";
pub const WEIGHTS: &str = "model.safetensors";

/// A policy with its weights in an engine.
pub struct Opened {
    pub engine: CpuEngine,
    pub policy: LanguagePolicy,
    pub tokenizer: Tokenizer,
}

impl Opened {
    /// Reads `config.json`, `tokenizer.json` and `model.safetensors`.
    pub fn new(folder: &Path) -> Result<Self, Failure> {
        let tokenizer = Tokenizer::from_file(&folder.join(TOKENIZER))?;
        let config = Config::from_json(&read_text(&folder.join(CONFIG))?)?;
        let opened = Opened {
            engine: CpuEngine::new(),
            policy: LanguagePolicy::new(config),
            tokenizer,
        };
        opened.write(Weights::POLICY, folder)?;
        Ok(opened)
    }

    /// Adds the weights of another folder with the same configuration as the reference.
    pub fn with_reference(&self, folder: &Path) -> Result<(), Failure> {
        self.write(Weights::REFERENCE, folder)
    }

    fn write(&self, scope: &str, folder: &Path) -> Result<(), Failure> {
        let parameters = self.policy.parameters();
        let weights = language::load(&read(&folder.join(WEIGHTS))?, &parameters)?;
        for (parameter, weight) in parameters.iter().zip::<Vec<HostTensor>>(weights) {
            let name = state_name(scope, &parameter.name);
            self.engine.write(&name, weight)?;
        }
        Ok(())
    }
}

/// The lines of the file at `path` with what `encode` makes of them, and the ones that cannot be
/// used.
pub fn encoded<T, U>(
    path: &Path,
    lines: Vec<Line<T>>,
    encode: impl Fn(&T) -> Result<U, String>,
) -> (Vec<(usize, U)>, Vec<BadLine>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for Line { number, content } in lines {
        let content = content.map_err(|error| error.to_string());
        match content.and_then(|content| encode(&content)) {
            Ok(content) => good.push((number, content)),
            Err(problem) => bad.push(BadLine {
                path: PathBuf::from(path),
                line: number,
                problem,
            }),
        }
    }
    (good, bad)
}

/// The ids of a preference pair, if the policy can score it.
pub fn encode_pair(
    tokenizer: &Tokenizer,
    policy: &LanguagePolicy,
    [prompt, chosen, rejected]: [&str; 3],
) -> Result<language::TokenPair, String> {
    let encode = |text: &str| tokenizer.encode(text).map_err(|error| error.to_string());
    let pair = language::TokenPair {
        prompt: encode(prompt)?,
        chosen: encode(chosen)?,
        rejected: encode(rejected)?,
    };
    policy.check(&pair).map_err(|error| error.to_string())?;
    Ok(pair)
}
