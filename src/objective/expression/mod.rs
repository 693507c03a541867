//! Losses that a person writes as text, such as `-logsigmoid(beta * ((lw - rw) - (ll - rl)))`.
//!
//! From loosely to tightly bound: `a > b` and `a < b`, which are 1 or 0; `+ -`; `* /`; signs; `^`, which
//! groups from the right and whose exponent is a number; then numbers, names, parentheses and calls of
//! [`FUNCTIONS`]. Texts come from links as well, so none may do harm, however long or deep it is.

mod error;
mod function;
mod parse;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

pub use error::{ExpressionError, Problem};
pub use function::{FUNCTIONS, Function};

use crate::graph::{Builder, Expr};
use function::Operation;

/// The most characters that a text may have.
pub const MAX_LENGTH: usize = 2000;
/// How many parentheses, signs and exponents may stand within each other.
pub const MAX_DEPTH: usize = 64;
/// The most characters that a hyper-parameter's name may have.
pub const MAX_NAME: usize = 24;

/// A loss written as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    /// Operands before what is done to them, so that nothing recurses over a long formula.
    steps: Vec<Step>,
    parameters: Vec<String>,
}

/// What a formula does next, to the values that it has so far.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// Adds a number to them.
    Number(f64),
    /// Adds what a name stands for.
    Name(String),
    /// Replaces the last so many of them by what the operation makes of those.
    Apply(Operation, usize),
}

impl Expression {
    /// Reads `text`. `names` are what stands for measured quantities; any other name is a
    /// hyper-parameter of the person's own.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, ExpressionError> {
        let steps = parse::steps(text, names)?;
        let mut parameters = Vec::new();
        for step in &steps {
            if let Step::Name(name) = step
                && !names.contains(&name.as_str())
                && !parameters.contains(name)
            {
                parameters.push(name.clone());
            }
        }
        Ok(Expression {
            text: text.to_owned(),
            steps,
            parameters,
        })
    }

    /// The text as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The person's own hyper-parameters, in order of first appearance, each once.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// Whether `name` stands in it.
    pub fn uses(&self, name: &str) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(step, Step::Name(used) if used == name))
    }

    /// As nodes; `value` gives the node of a name.
    pub fn build<'g>(&self, builder: &'g Builder, value: &dyn Fn(&str) -> Expr<'g>) -> Expr<'g> {
        let mut values = Vec::new();
        for step in &self.steps {
            let node = match step {
                Step::Number(number) => builder.constant(*number as f32),
                Step::Name(name) => value(name),
                Step::Apply(operation, operands) => {
                    operation.nodes(&values.split_off(values.len() - operands))
                }
            };
            values.push(node);
        }
        // A formula leaves one value: the parser saw to that.
        values[0]
    }
}
