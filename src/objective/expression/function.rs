//! What a loss written as text may compute.

use crate::graph::Expr;

/// A function that a loss may call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arguments: usize,
    /// What it gives, in a sentence.
    pub help: &'static str,
    pub(super) operation: Operation,
}

const fn function(
    name: &'static str,
    arguments: usize,
    help: &'static str,
    operation: Operation,
) -> Function {
    Function {
        name,
        arguments,
        help,
        operation,
    }
}

/// All functions: the only list there is.
#[rustfmt::skip]
pub const FUNCTIONS: &[Function] = &[
    function("exp", 1, "exp(x) is e to the power of x", Operation::Exp),
    function("log", 1, "log(x) is the natural logarithm of x, which must be above 0", Operation::Log),
    function("sqrt", 1, "sqrt(x) is the square root of x", Operation::Sqrt),
    function("square", 1, "square(x) is x times x", Operation::Square),
    function("abs", 1, "abs(x) is x without its sign", Operation::Abs),
    function("tanh", 1, "tanh(x) is the hyperbolic tangent of x", Operation::Tanh),
    function("sigmoid", 1, "sigmoid(x) is 1 / (1 + exp(-x))", Operation::Sigmoid),
    function("logsigmoid", 1, "logsigmoid(x) is log(sigmoid(x)), without overflow", Operation::LogSigmoid),
    function("softplus", 1, "softplus(x) is log(1 + exp(x)), without overflow", Operation::Softplus),
    function("relu", 1, "relu(x) is x where that is above 0, else 0", Operation::Relu),
    function("max", 2, "max(a, b) is the larger of a and b", Operation::Max),
    function("min", 2, "min(a, b) is the smaller of a and b", Operation::Min),
    function("clamp", 3, "clamp(x, low, high) is x, but at least low and at most high", Operation::Clamp),
    function("sg", 1, "sg(x) is x, but its gradient is stopped: a constant to the derivative", Operation::Stop),
    function("where", 3, "where(a > b, x, y) is x where a is above b, else y", Operation::Where),
];

/// The function called `name`.
pub(super) fn by_name(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// The function that somebody who wrote `name` may have meant: one that begins like this, or else the
/// one that takes the fewest changes, no more than one in three letters.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let typed = name.to_ascii_lowercase();
    let distance = |function: &Function| match typed.len() > 1 && function.name.starts_with(&typed)
    {
        true => 0,
        false => changes(&typed, function.name),
    };
    let (distance, function) = FUNCTIONS
        .iter()
        .map(|function| (distance(function), function))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= (typed.len() / 3).max(1)).then_some(function.name)
}

/// How many letters must be added, removed or exchanged to make `wanted` of `typed` (Levenshtein 1966).
fn changes(typed: &str, wanted: &str) -> usize {
    // For each beginning of `wanted`, the changes to make it of what was typed so far.
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for letter in typed.bytes() {
        let mut diagonal = row[0];
        row[0] += 1;
        for (place, other) in wanted.bytes().enumerate() {
            let exchanged = diagonal + usize::from(letter != other);
            diagonal = row[place + 1];
            row[place + 1] = exchanged.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[wanted.len()]
}

/// What is computed of operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Greater,
    Less,
    /// To a power that is known.
    Power(f64),
    Exp,
    Log,
    Sqrt,
    Square,
    Abs,
    Tanh,
    Sigmoid,
    LogSigmoid,
    Softplus,
    Relu,
    Max,
    Min,
    Clamp,
    Stop,
    Where,
}

impl Operation {
    /// As nodes.
    pub(super) fn nodes<'g>(self, x: &[Expr<'g>]) -> Expr<'g> {
        match self {
            Operation::Negate => -x[0],
            Operation::Add => x[0] + x[1],
            Operation::Subtract => x[0] - x[1],
            Operation::Multiply => x[0] * x[1],
            Operation::Divide => x[0] / x[1],
            Operation::Greater => x[0].greater(x[1]),
            Operation::Less => x[1].greater(x[0]),
            Operation::Power(exponent) => power(x[0], exponent),
            Operation::Exp => x[0].exp(),
            Operation::Log => x[0].log(),
            Operation::Sqrt => x[0].sqrt(),
            Operation::Square => x[0].square(),
            Operation::Abs => x[0].max(-x[0]),
            Operation::Tanh => x[0].tanh(),
            Operation::Sigmoid => x[0].sigmoid(),
            Operation::LogSigmoid => -(-x[0]).softplus(),
            Operation::Softplus => x[0].softplus(),
            // At a tie the first operand takes the derivative: so that of relu is 0 at 0.
            Operation::Relu => x[0].builder().constant(0.0).max(x[0]),
            Operation::Max => x[0].max(x[1]),
            Operation::Min => x[0].min(x[1]),
            Operation::Clamp => x[0].max(x[1]).min(x[2]),
            Operation::Stop => x[0].stop_gradient(),
            Operation::Where => x[0].select(x[1], x[2]),
        }
    }

    /// Of numbers, where no node is needed.
    pub(super) fn number(self, x: &[f64]) -> f64 {
        let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        match self {
            Operation::Negate => -x[0],
            Operation::Add => x[0] + x[1],
            Operation::Subtract => x[0] - x[1],
            Operation::Multiply => x[0] * x[1],
            Operation::Divide => x[0] / x[1],
            Operation::Greater => f64::from(x[0] > x[1]),
            Operation::Less => f64::from(x[0] < x[1]),
            Operation::Power(exponent) => x[0].powf(exponent),
            Operation::Exp => x[0].exp(),
            Operation::Log => x[0].ln(),
            Operation::Sqrt => x[0].sqrt(),
            Operation::Square => x[0] * x[0],
            Operation::Abs => x[0].abs(),
            Operation::Tanh => x[0].tanh(),
            Operation::Sigmoid => 1.0 / (1.0 + (-x[0]).exp()),
            Operation::LogSigmoid => -softplus(-x[0]),
            Operation::Softplus => softplus(x[0]),
            Operation::Relu => x[0].max(0.0),
            Operation::Max => x[0].max(x[1]),
            Operation::Min => x[0].min(x[1]),
            Operation::Clamp => x[0].max(x[1]).min(x[2]),
            Operation::Stop => x[0],
            Operation::Where => match x[0] == 0.0 {
                true => x[2],
                false => x[1],
            },
        }
    }
}

/// The largest whole exponent that is built by multiplication.
const MAX_WHOLE: f64 = 64.0;

fn power<'g>(x: Expr<'g>, exponent: f64) -> Expr<'g> {
    if exponent < 0.0 {
        1.0 / power(x, -exponent)
    } else if exponent.fract() == 0.0 && exponent <= MAX_WHOLE {
        whole_power(x, exponent as u32)
    } else if exponent == 0.5 {
        x.sqrt()
    } else {
        (exponent as f32 * x.log()).exp()
    }
}

/// By squaring, which a negative x survives.
fn whole_power<'g>(x: Expr<'g>, exponent: u32) -> Expr<'g> {
    match exponent {
        0 => x.builder().constant(1.0).broadcast_to(x.shape()),
        1 => x,
        _ if exponent.is_multiple_of(2) => whole_power(x, exponent / 2).square(),
        _ => x * whole_power(x, exponent - 1),
    }
}
