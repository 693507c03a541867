//! `playground formulas`: the objectives' formulas, as the page shows them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alignment_playground::objective::REGISTRY;
use clap::Args;
use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

use super::failure::{Failure, write};

/// Write every method's formula as MathML: LaTeX is read here, so that browsers need no reader of it
#[derive(Args)]
#[command(after_help = "Examples:
  playground formulas
  playground formulas --out /tmp/formulas.js")]
pub struct Arguments {
    /// Where they are written
    #[arg(long, value_name = "FILE", default_value = "www/app/formulas.js")]
    out: PathBuf,
}

/// Writes the file; the same one each time.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let formulas: BTreeMap<&str, String> = REGISTRY
        .iter()
        .map(|objective| (objective.name, mathml(objective.formula)))
        .collect();
    let text = format!(
        "// @ts-check\n\
         // Written by `playground formulas`: change src/objective/, not this.\n\n\
         /** Each method's loss as MathML, by its name. @type {{Record<string, string>}} */\n\
         export const FORMULAS = {};\n",
        serde_json::to_string_pretty(&formulas)?
    );
    write(&arguments.out, text)?;
    println!(
        "{} formulas written to {}",
        formulas.len(),
        arguments.out.display()
    );
    Ok(())
}

/// `latex` as MathML, a block of its own. A mistake in the formula stands in it as an `merror`.
fn mathml(latex: &str) -> String {
    let storage = Storage::new();
    let config = RenderConfig {
        display_mode: DisplayMode::Block,
        // Read as XML: the element names its namespace.
        xml: true,
        ..RenderConfig::default()
    };
    let mut math = String::new();
    // Writing into a string cannot fail; what the formula lacks is written as an error.
    let _ = push_mathml(&mut math, Parser::new(latex, &storage), config);
    // These the renderer writes as they are, which is no XML.
    math.replace("><<", ">&lt;<")
        .replace(">&<", ">&amp;<")
        .replace("&nbsp;", "\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::{REGISTRY, mathml};

    #[test]
    fn every_objective_s_formula_is_mathml() {
        for objective in REGISTRY.iter() {
            let math = mathml(objective.formula);
            assert!(
                math.starts_with("<math") && math.ends_with("</math>"),
                "{math}"
            );
            assert!(!math.contains("<merror"), "{}: {math}", objective.name);
            // XML knows few entities by itself.
            let known = |part: &str| {
                ["amp;", "lt;", "gt;"]
                    .iter()
                    .any(|name| part.starts_with(name))
            };
            assert!(math.split('&').skip(1).all(known), "{math}");
            // What follows an opening bracket is a name.
            let named =
                |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
            assert!(math.split('<').skip(1).all(named), "{math}");
        }
    }

    #[test]
    fn a_broken_formula_is_marked() {
        assert!(mathml(r"\frac{1}{").contains("<merror"));
    }
}
