//! How far a command has come.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many `things`; it shows itself on terminals only.
pub fn bar(count: u64, things: &str) -> ProgressBar {
    let template =
        format!("{{bar:30}} {{pos}}/{{len}} {things}, {{elapsed}} gone, {{eta}} to go, {{msg}}");
    let style = ProgressStyle::with_template(&template).expect("the template is a constant");
    ProgressBar::new(count).with_style(style)
}
