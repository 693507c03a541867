//! The command line, as a person meets it.

#![cfg(not(target_arch = "wasm32"))]

mod classifier;
mod formulas;
mod pretrain;
mod sample;
mod score;
mod train;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const NAMES: &str = "www/assets/policies/names";
const ASSISTANT: &str = "www/assets/policies/assistant";
const PAIRS: &str = r#"{"prompt": "Mar", "chosen": "ia", "rejected": "vin"}
{"prompt": "Jo", "chosen": "anna", "rejected": "seph"}

{"prompt": "", "chosen": "Ada", "rejected": "Bob"}
"#;

/// An empty directory of this test's own.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::remove_dir_all(&path).ok();
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_playground"));
    command.args(arguments);
    command
}

fn playground(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// What a command that succeeds prints.
fn printed(arguments: &[&str]) -> String {
    let output = playground(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of JSON that a command prints.
fn json(arguments: &[&str]) -> Vec<serde_json::Value> {
    let text = printed(arguments);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What a command that fails tells.
fn sentence(arguments: &[&str]) -> String {
    let output = playground(arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn help_shows_examples() {
    for command in [
        &[][..],
        &["pretrain"],
        &["train"],
        &["score"],
        &["sample"],
        &["scenarios"],
        &["classifier"],
        &["formulas"],
        &["bench"],
    ] {
        let help = printed(&[command, &["--help"]].concat());
        assert!(help.contains("Examples:\n  playground "), "{help}");
    }
}
