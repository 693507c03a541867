//! How far a command has come.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `updates`; it shows itself on terminals only.
pub fn bar(updates: u32) -> ProgressBar {
    let template = "{bar:30} {pos}/{len} updates, {elapsed} gone, {eta} to go, {msg}";
    let style = ProgressStyle::with_template(template).expect("the template is a constant");
    ProgressBar::new(u64::from(updates)).with_style(style)
}
