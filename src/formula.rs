//! Formulas for display.

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

/// `latex` as MathML, a block of its own. A mistake in the formula stands in it as an `merror`.
pub fn mathml(latex: &str) -> String {
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
    math.replace("><<", ">&lt;<").replace(">&<", ">&amp;<")
}

#[cfg(test)]
mod tests {
    use super::mathml;
    use crate::objective::REGISTRY;

    #[test]
    fn every_objective_s_formula_is_mathml() {
        for objective in REGISTRY.iter() {
            let math = mathml(objective.formula);
            assert!(
                math.starts_with("<math") && math.ends_with("</math>"),
                "{math}"
            );
            assert!(!math.contains("<merror"), "{}: {math}", objective.name);
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
