//! Reads a loss: characters, tokens, steps.

use super::function::{self, Operation};
use super::{ExpressionError, MAX_DEPTH, MAX_LENGTH, MAX_NAME, Problem, Step};

/// The steps that `text` stands for.
pub(super) fn steps(text: &str, names: &[&str]) -> Result<Vec<Step>, ExpressionError> {
    if text.chars().count() > MAX_LENGTH {
        return Err(at(MAX_LENGTH + 1, Problem::TooLong));
    }
    let text: String = text.chars().map(as_on_a_keyboard).collect();
    let mut parser = Parser {
        tokens: tokens(text.trim_end())?,
        next: 0,
        depth: 0,
        names,
        steps: Vec::new(),
    };
    if parser.peek().kind == Kind::End {
        return Err(at(1, Problem::Empty));
    }
    parser.comparison()?;
    if parser.peek().kind != Kind::End {
        return Err(parser.stray());
    }
    let measured = |step: &Step| matches!(step, Step::Name(name) if names.contains(&name.as_str()));
    if !parser.steps.iter().any(measured) {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        return Err(at(1, Problem::NothingMeasured(names)));
    }
    Ok(parser.steps)
}

fn at(column: usize, problem: Problem) -> ExpressionError {
    ExpressionError { column, problem }
}

/// Operators of printed formulas as those that keyboards have.
fn as_on_a_keyboard(character: char) -> char {
    match character {
        '×' | '·' => '*',
        '÷' => '/',
        '−' => '-',
        other => other,
    }
}

#[derive(Clone, Copy)]
struct Token<'t> {
    column: usize,
    text: &'t str,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number(f64),
    Name,
    Symbol(char),
    End,
}

/// The tokens of `text`, the last of which is its end.
fn tokens(text: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    let mut tokens = Vec::new();
    let (mut rest, mut column) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '0'..='9' | '.' => number_length(rest),
            _ if in_name(first) => rest.find(|c| !in_name(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (text, after) = rest.split_at(length);
        let kind = match first {
            _ if first.is_whitespace() => None,
            '+' | '-' | '*' | '/' | '^' | '<' | '>' | '(' | ')' | ',' => Some(Kind::Symbol(first)),
            _ if in_name(first) && !first.is_ascii_digit() => Some(Kind::Name),
            // What is no number either, such as a lone point, is nothing.
            _ => match text.parse() {
                Ok(number) => Some(Kind::Number(number)),
                Err(_) => return Err(at(column, Problem::UnknownCharacter(first))),
            },
        };
        tokens.extend(kind.map(|kind| Token { column, text, kind }));
        column += text.chars().count();
        rest = after;
    }
    tokens.push(Token {
        column,
        text: rest,
        kind: Kind::End,
    });
    Ok(tokens)
}

fn in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// How long the number is that `text` begins with: digits, a point and digits, a power of ten.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| {
        let digits = text[from..].bytes().take_while(u8::is_ascii_digit);
        from + digits.count()
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let signed = text[end + 1..].starts_with(['+', '-']);
        let start = end + 1 + usize::from(signed);
        if digits(start) > start {
            end = digits(start);
        }
    }
    end
}

/// Recursive descent, a method for each level of binding.
struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    next: usize,
    depth: usize,
    names: &'t [&'t str],
    steps: Vec<Step>,
}

type Part<'t> = fn(&mut Parser<'t>) -> Result<(), ExpressionError>;

impl<'t> Parser<'t> {
    fn comparison(&mut self) -> Result<(), ExpressionError> {
        const OPERATORS: &[(char, Operation)] =
            &[('>', Operation::Greater), ('<', Operation::Less)];
        self.sum()?;
        let Some((column, operation)) = self.take_one(OPERATORS) else {
            return Ok(());
        };
        self.sum()?;
        self.apply(column, operation, 2)?;
        match self.take_one(OPERATORS) {
            Some((column, _)) => Err(at(column, Problem::ChainedComparison)),
            None => Ok(()),
        }
    }

    fn sum(&mut self) -> Result<(), ExpressionError> {
        const OPERATORS: &[(char, Operation)] =
            &[('+', Operation::Add), ('-', Operation::Subtract)];
        self.chain(OPERATORS, Self::product)
    }

    fn product(&mut self) -> Result<(), ExpressionError> {
        const OPERATORS: &[(char, Operation)] =
            &[('*', Operation::Multiply), ('/', Operation::Divide)];
        self.chain(OPERATORS, Self::signed)
    }

    /// Operands with operators between, grouped from the left.
    fn chain(
        &mut self,
        operators: &[(char, Operation)],
        operand: Part<'t>,
    ) -> Result<(), ExpressionError> {
        operand(self)?;
        while let Some((column, operation)) = self.take_one(operators) {
            operand(self)?;
            self.apply(column, operation, 2)?;
        }
        Ok(())
    }

    fn signed(&mut self) -> Result<(), ExpressionError> {
        let column = self.peek().column;
        if self.take('-') {
            self.within(Self::signed)?;
            self.apply(column, Operation::Negate, 1)
        } else if self.take('+') {
            self.within(Self::signed)
        } else {
            self.power()
        }
    }

    fn power(&mut self) -> Result<(), ExpressionError> {
        self.operand()?;
        let column = self.peek().column;
        if !self.take('^') {
            return Ok(());
        }
        let (exponent_column, start) = (self.peek().column, self.steps.len());
        self.within(Self::signed)?;
        let [Step::Number(exponent)] = self.steps[start..] else {
            return Err(at(exponent_column, Problem::ExponentVaries));
        };
        self.steps.truncate(start);
        self.apply(column, Operation::Power(exponent), 1)
    }

    fn operand(&mut self) -> Result<(), ExpressionError> {
        let token = self.peek();
        let problem = match token.kind {
            Kind::Number(number) => {
                self.next += 1;
                return self.number(token.column, number);
            }
            Kind::Name => {
                self.next += 1;
                return match self.take('(') {
                    true => self.call(token),
                    false => self.name(token),
                };
            }
            Kind::Symbol('(') => {
                self.next += 1;
                self.within(Self::comparison)?;
                return self.close();
            }
            Kind::Symbol(_) => Problem::NoOperand(token.text.to_owned()),
            Kind::End => Problem::EndsEarly,
        };
        Err(at(token.column, problem))
    }

    fn call(&mut self, name: Token<'t>) -> Result<(), ExpressionError> {
        let Some(function) = function::by_name(name.text) else {
            let problem = Problem::UnknownFunction {
                name: name.text.to_owned(),
                nearest: function::nearest(name.text),
            };
            return Err(at(name.column, problem));
        };
        let mut given = 0;
        if !self.take(')') {
            loop {
                self.within(Self::comparison)?;
                given += 1;
                if !self.take(',') {
                    break;
                }
            }
            self.close()?;
        }
        if given != function.arguments {
            return Err(at(name.column, Problem::Arguments { function, given }));
        }
        self.apply(name.column, function.operation, given)
    }

    fn name(&mut self, token: Token<'t>) -> Result<(), ExpressionError> {
        let name = token.text.to_owned();
        if !self.names.contains(&token.text) {
            if let Some(function) = function::by_name(&name) {
                return Err(at(token.column, Problem::NoCall(function)));
            }
            if name.len() > MAX_NAME {
                return Err(at(token.column, Problem::LongName(name)));
            }
        }
        self.steps.push(Step::Name(name));
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExpressionError> {
        match self.take(')') {
            true => Ok(()),
            false => Err(self.stray()),
        }
    }

    /// Why the next token cannot stand where a part of the formula is complete.
    fn stray(&self) -> ExpressionError {
        let token = self.peek();
        let problem = match token.kind {
            Kind::End => Problem::Unclosed,
            Kind::Symbol(')') => Problem::Unopened,
            Kind::Symbol(',') => Problem::StrayComma,
            _ => Problem::NoOperator(token.text.to_owned()),
        };
        at(token.column, problem)
    }

    /// A part inside of what the last token opened.
    fn within(&mut self, part: Part<'t>) -> Result<(), ExpressionError> {
        if self.depth == MAX_DEPTH {
            return Err(at(self.tokens[self.next - 1].column, Problem::TooDeep));
        }
        self.depth += 1;
        part(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// Does `operation` to the last operands, at once if all of them are numbers.
    fn apply(
        &mut self,
        column: usize,
        operation: Operation,
        operands: usize,
    ) -> Result<(), ExpressionError> {
        let start = self.steps.len() - operands;
        let numbers = self.steps[start..].iter().map(|step| match step {
            Step::Number(number) => Some(*number),
            _ => None,
        });
        match numbers.collect::<Option<Vec<f64>>>() {
            Some(numbers) => {
                self.steps.truncate(start);
                self.number(column, operation.number(&numbers))
            }
            None => {
                self.steps.push(Step::Apply(operation, operands));
                Ok(())
            }
        }
    }

    fn number(&mut self, column: usize, number: f64) -> Result<(), ExpressionError> {
        // Nodes compute in single precision.
        if !(number as f32).is_finite() {
            return Err(at(column, Problem::NotFinite(number)));
        }
        self.steps.push(Step::Number(number));
        Ok(())
    }

    /// The next token; the end comes again and again.
    fn peek(&self) -> Token<'t> {
        self.tokens[self.next]
    }

    fn take(&mut self, symbol: char) -> bool {
        let found = self.peek().kind == Kind::Symbol(symbol);
        self.next += usize::from(found);
        found
    }

    /// Takes one of `operators`, and says where it stood.
    fn take_one(&mut self, operators: &[(char, Operation)]) -> Option<(usize, Operation)> {
        let column = self.peek().column;
        let mut operators = operators.iter();
        let (_, operation) = operators.find(|(symbol, _)| self.take(*symbol))?;
        Some((column, *operation))
    }
}
