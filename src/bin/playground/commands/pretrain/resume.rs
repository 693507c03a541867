//! What an interrupted pre-training goes on from.

use std::path::{Path, PathBuf};

use alignment_playground::engine::HostTensor;
use alignment_playground::policy::Parameter;
use alignment_playground::policy::language::{self, Precision};
use serde::{Deserialize, Serialize};

use super::recipe::Recipe;
use crate::commands::failure::{Failure, read, write};

/// A directory that holds the newest state of a run.
pub struct Store {
    directory: PathBuf,
}

/// Says which state is whole. It is written last, so a state that it names is.
#[derive(Serialize, Deserialize)]
struct Progress {
    recipe: Recipe,
    step: u32,
}

const PROGRESS: &str = "progress.json";

impl Store {
    /// The store in `directory`, which need not exist.
    pub fn new(directory: &Path) -> Self {
        Store {
            directory: directory.to_owned(),
        }
    }

    /// Keeps the `values` of `states` after `step` updates in place of earlier ones.
    pub fn save(
        &self,
        recipe: &Recipe,
        step: u32,
        states: &[Parameter],
        values: &[HostTensor],
    ) -> Result<(), Failure> {
        let before = self.progress();
        write(
            &self.state(step),
            language::save(states, values, Precision::F32)?,
        )?;
        let progress = Progress {
            recipe: *recipe,
            step,
        };
        write(&self.progress_file(), serde_json::to_string(&progress)?)?;
        if let Some(before) = before.filter(|before| before.step != step) {
            // One left behind does no harm.
            std::fs::remove_file(self.state(before.step)).ok();
        }
        Ok(())
    }

    /// The newest state of a run of this recipe: updates made and the values of `states`.
    pub fn load(
        &self,
        recipe: &Recipe,
        states: &[Parameter],
    ) -> Result<Option<(u32, Vec<HostTensor>)>, Failure> {
        match self.progress().filter(|known| known.recipe == *recipe) {
            Some(Progress { step, .. }) => {
                let values = language::load(&read(&self.state(step))?, states)?;
                Ok(Some((step, values)))
            }
            None => Ok(None),
        }
    }

    /// Forgets a run that is done.
    pub fn clear(&self) {
        if let Some(done) = self.progress() {
            // What cannot be removed is written over by the next run.
            std::fs::remove_file(self.progress_file()).ok();
            std::fs::remove_file(self.state(done.step)).ok();
            std::fs::remove_dir(&self.directory).ok();
        }
    }

    fn progress(&self) -> Option<Progress> {
        let text = std::fs::read(self.progress_file()).ok()?;
        serde_json::from_slice(&text).ok()
    }

    fn progress_file(&self) -> PathBuf {
        self.directory.join(PROGRESS)
    }

    fn state(&self, step: u32) -> PathBuf {
        self.directory.join(format!("state-{step}.safetensors"))
    }
}
