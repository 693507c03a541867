//! What both ways of attention write: the numbers of one head of a token, and statements about them.

use super::super::code::Code;
use super::super::kernels::Heavy;
use super::super::target::Target;
use crate::graph::Heads;

/// The operands, in their order.
pub const ROWS: usize = 0;
pub const POSITIONS: usize = 1;
pub const ATTENDED: usize = 2;
pub const DY: usize = 3;

/// A head's numbers, taken in parts.
pub struct Head<'a> {
    heavy: &'a Heavy<'a>,
    /// The extents.
    pub heads: Heads,
    /// How many numbers are a part: 4, as a vector, or 1.
    by: usize,
}

impl<'a> Head<'a> {
    /// The heads of an attention's tokens.
    pub fn new(heavy: &'a Heavy<'a>, heads: Heads) -> Self {
        let by = match heavy.target {
            Target::Hardware if heads.width.is_multiple_of(4) => 4,
            // A processor gains nothing by vectors, and compiles each of their numbers.
            _ => 1,
        };
        Head { heavy, heads, by }
    }

    /// How many tokens there are.
    pub fn tokens(&self) -> usize {
        self.heavy.node.shape.dims()[0]
    }

    /// Writes the extents that arrays need, which have to be part of the text.
    pub fn constants(&self, code: &mut Code) {
        let (width, parts) = (self.heads.width, self.heads.width / self.by);
        code.line(format_args!(
            "const WIDTH = {width}u;\nconst PARTS = {parts}u;"
        ));
    }

    /// Names the other extents, and the scale of scores.
    pub fn extents(&self, code: &mut Code) {
        for (name, number) in [
            ("tokens", self.tokens()),
            ("queries", self.heads.queries),
            ("query_width", self.heads.query_width()),
            ("key_width", self.heads.key_width()),
            ("row_width", self.heads.row_width()),
            ("attended_width", self.heads.attended_width()),
            ("group", self.heads.group()),
        ] {
            let number = code.number(number);
            code.line(format_args!("let {name} = {number};"));
        }
        let scale = code.float(self.heads.scale());
        code.line(format_args!("let scale = {scale};"));
    }

    /// One number of an operand.
    pub fn number(&self, code: &mut Code, operand: usize, index: &str) -> String {
        self.heavy.load(code, operand, &format!("({index})"))
    }

    /// Part `d` of the head that begins at `start` in an operand.
    pub fn part(&self, code: &mut Code, operand: usize, start: &str) -> String {
        let by = self.by;
        let numbers =
            (0..by).map(|k| self.number(code, operand, &format!("{start} + d * {by}u + {k}u")));
        let numbers: Vec<String> = numbers.collect();
        format!("{}({})", self.kind(), numbers.join(", "))
    }

    /// The type of a part.
    pub fn kind(&self) -> &'static str {
        match self.by {
            4 => "vec4<f32>",
            _ => "f32",
        }
    }

    /// The sum of two parts' products.
    pub fn dot(&self, x: &str, y: &str) -> String {
        match self.by {
            4 => format!("dot({x}, {y})"),
            _ => format!("{x} * {y}"),
        }
    }

    /// Heads called `names`, each that of an operand which begins at a place.
    pub fn vectors(&self, code: &mut Code, names: &[(&str, usize, &str)]) {
        let starts = names.iter().map(|(name, operand, start)| {
            self.zeros(code, name);
            (name, operand, code.name(start))
        });
        let starts: Vec<_> = starts.collect();
        self.each(code, |head, code| {
            for (name, operand, start) in &starts {
                let part = head.part(code, **operand, start);
                code.line(format_args!("{name}[d] = {part};"));
            }
        });
    }

    /// Of a token's head: its query `q`, the derivative `dy` by what it took in, the `normaliser` of its softmax,
    /// and what the slopes of its scores have in common, `inner`.
    pub fn query_and_derivative(&self, code: &mut Code) {
        code.line("let attended = token * attended_width;");
        for name in ["q", "dy"] {
            self.zeros(code, name);
        }
        code.line("var inner = 0.0;");
        self.each(code, |head, code| {
            let q = head.part(code, ROWS, "token * row_width + head * WIDTH");
            let dy = head.part(code, DY, "token * query_width + head * WIDTH");
            let y = head.part(code, ATTENDED, "attended + head * WIDTH");
            code.line(format_args!("q[d] = {q};\ndy[d] = {dy};"));
            code.line(format_args!("inner += {};", head.dot("dy[d]", &y)));
        });
        let normaliser = self.number(code, ATTENDED, "attended + query_width + head");
        code.line(format_args!("let normaliser = {normaliser};"));
    }

    /// A head of zeros.
    pub fn zeros(&self, code: &mut Code, name: &str) {
        code.line(format_args!("var {name}: array<{}, PARTS>;", self.kind()));
    }

    /// Hands on heads that begin at places in the result; part `d` of each is an expression.
    pub fn finish(&self, code: &mut Code, heads: &[(&str, &str)]) {
        self.each(code, |head, code| {
            for (start, value) in heads {
                code.line(format_args!(
                    "{{ let value = {value};\nlet first = {start} + d * {}u;",
                    head.by
                ));
                match head.by {
                    4 => code.line(
                        "for (var k = 0u; k < 4u; k++) { finish(b, first + k, value[k]); } }",
                    ),
                    _ => code.line("finish(b, first, value); }"),
                }
            }
        });
    }

    /// Something for each part `d` of a head.
    pub fn each(&self, code: &mut Code, body: impl Fn(&Self, &mut Code)) {
        match self.heavy.target {
            // A GPU keeps arrays in registers only where it is told which element is meant.
            Target::Hardware => {
                for d in 0..self.heads.width / self.by {
                    code.line(format_args!("{{ const d = {d}u;"));
                    body(self, code);
                    code.line("}");
                }
            }
            Target::Software => {
                code.line("for (var d = 0u; d < PARTS; d++) {");
                body(self, code);
                code.line("}");
            }
        }
    }

    /// Takes `score` and part `d` of its `value` into a softmax's running sums: those so far are brought to the
    /// new largest score (Milakov and Gimelshein 2018).
    pub fn add_to_softmax(&self, code: &mut Code, value: impl Fn(&Self, &mut Code) -> String) {
        code.line("score *= scale;\nlet most = select(largest, score, score > largest);");
        code.line("let kept = exp(largest - most);\nlet share = exp(score - most);");
        code.line("total = total * kept + share;\nlargest = most;");
        self.each(code, |head, code| {
            let value = value(head, code);
            code.line(format_args!(
                "mixed[d] = mixed[d] * kept + share * {value};"
            ));
        });
    }
}
