//! What can be wrong with a loss written as text, for the person who writes it.

use super::{FUNCTIONS, Function, MAX_DEPTH, MAX_LENGTH, MAX_NAME};

/// A text is no loss.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct ExpressionError {
    /// Where, in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and how to mend it.
    pub problem: Problem,
}

/// What is wrong at a column of a text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// There is nothing.
    #[error(
        "the loss is empty: write a formula such as -logsigmoid(beta * ((lw - rw) - (ll - rl)))"
    )]
    Empty,
    /// There is too much.
    #[error("a formula may have {MAX_LENGTH} characters at most: shorten it")]
    TooLong,
    /// Reading on would take too much memory.
    #[error(
        "no more than {MAX_DEPTH} parentheses, signs and exponents may stand within each other: \
         multiply some out"
    )]
    TooDeep,
    /// A character means nothing here.
    #[error(
        "{text:?} means nothing here: use numbers, names of letters a to z, digits and _, \
         + - * / ^ < > and parentheses",
        text = .0.to_string()
    )]
    UnknownCharacter(char),
    /// A number, or what is computed of numbers alone, is infinite or undefined.
    #[error("this comes to {0:e}, but a number must be finite, 3.4e38 at most")]
    NotFinite(f64),
    /// Something else stands in an operand's place.
    #[error("{0:?} stands where a number, a name or \"(\" is needed")]
    NoOperand(String),
    /// The text ends in an operand's place.
    #[error("the formula ends where a number, a name or \"(\" is needed")]
    EndsEarly,
    /// Two operands stand side by side.
    #[error("an operator is missing before {0:?}: to multiply, write *")]
    NoOperator(String),
    /// A parenthesis is not closed.
    #[error("a \")\" is missing")]
    Unclosed,
    /// A parenthesis was not opened.
    #[error("this \")\" closes nothing: remove it, or put a \"(\" before it")]
    Unopened,
    /// A comma stands outside of a function's arguments.
    #[error("a comma stands only between the arguments of a function, as in max(a, b)")]
    StrayComma,
    /// A comparison of three.
    #[error("only two can be compared: instead of a < b < c write (a < b) * (b < c)")]
    ChainedComparison,
    /// An exponent depends on something.
    #[error("an exponent must be a number, as in x^2 or x^(1/2): for others write exp(b * log(a))")]
    ExponentVaries,
    /// A function is not in [`FUNCTIONS`].
    #[error("there is no function {name:?}: {}", help(*.nearest))]
    UnknownFunction {
        /// What stands there.
        name: String,
        /// What may be meant.
        nearest: Option<&'static str>,
    },
    /// A function has too few arguments, or too many.
    #[error(
        "{:?} takes {} argument{}, not {given}",
        .function.name, .function.arguments, if .function.arguments == 1 { "" } else { "s" }
    )]
    Arguments {
        /// The function.
        function: &'static Function,
        /// How many there are.
        given: usize,
    },
    /// A function stands alone.
    #[error("{:?} is a function and lacks its arguments: {}", .0.name, .0.help)]
    NoCall(&'static Function),
    /// A hyper-parameter's name is too long.
    #[error("the name {0:?} is too long: shorten it to {MAX_NAME} characters")]
    LongName(String),
    /// No measured quantity is used.
    #[error("the loss does not depend on the policy: use {}", .0.join(", "))]
    NothingMeasured(Vec<String>),
}

fn help(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("did you mean {name:?}?"),
        None => {
            let names: Vec<_> = FUNCTIONS.iter().map(|function| function.name).collect();
            format!("use one of {}, or write * to multiply", names.join(", "))
        }
    }
}
