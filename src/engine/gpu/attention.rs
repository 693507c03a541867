//! Causal attention and its adjoint in WGSL: a thread for each token and head, which goes through what
//! the token sees, or what sees it. Its sums stay in registers; no score reaches memory.

use super::code::Code;
use super::kernels::{Heavy, THREADS, main};
use crate::graph::Op;

/// Writes the kernel of [`Op::Attention`] or [`Op::AttentionGradient`], after its function `finish`; gives the
/// number of workgroups.
pub fn write(heavy: &Heavy<'_>, code: &mut Code) -> usize {
    let (heads, threads_a_token) = match heavy.node.op {
        Op::Attention(heads) => (heads, heads.queries),
        Op::AttentionGradient(heads) => (heads, heads.queries + heads.keys),
        ref other => unreachable!("{other:?} is no attention"),
    };
    let tokens = heavy.node.shape.dims()[0];
    let threads = tokens * threads_a_token;
    // Arrays need an extent that the text knows.
    let by = if heads.width.is_multiple_of(4) { 4 } else { 1 };
    code.line(format!("const WIDTH = {}u;", heads.width));
    code.line(format!("const PARTS = {}u;", heads.width / by));
    main(code, |code| {
        for (name, number) in [
            ("tokens", tokens),
            ("queries", heads.queries),
            ("query_width", heads.query_width()),
            ("key_width", heads.key_width()),
            ("row_width", heads.row_width()),
            ("attended_width", heads.attended_width()),
            ("group", heads.group()),
        ] {
            let number = code.number(number);
            code.line(format!("let {name} = {number};"));
        }
        let scale = code.float(heads.scale());
        code.line(format!("let scale = {scale};"));
        code.line("let t = here.group * THREADS + local;");
        let kernel = Kernel { heavy, by };
        match heavy.node.op {
            Op::Attention(_) => kernel.attention(code),
            _ => kernel.gradient(code),
        }
    });
    threads.div_ceil(THREADS)
}

struct Kernel<'a> {
    heavy: &'a Heavy<'a>,
    /// How many numbers of a head are taken at once: 4, as a vector, or 1.
    by: usize,
}

/// The operands, in their order.
const ROWS: usize = 0;
const POSITIONS: usize = 1;
const ATTENDED: usize = 2;
const DY: usize = 3;

impl Kernel<'_> {
    fn attention(&self, code: &mut Code) {
        code.line("if t >= tokens * queries { return; }");
        code.line("let token = t / queries;\nlet head = t % queries;");
        code.line("let key = query_width + head / group * WIDTH;\nlet value = key + key_width;");
        self.vector(code, "q", ROWS, "token * row_width + head * WIDTH");
        self.zeros(code, "mixed");
        code.line("var largest = -3.4028234e38;\nvar total = 0.0;");
        let position = self.number(code, POSITIONS, "token");
        code.line(format!(
            "for (var other = token - {position}; other <= token; other++) {{"
        ));
        code.line("let row = other * row_width;\nvar score = 0.0;");
        self.each(code, |kernel, code| {
            let k = kernel.part(code, ROWS, "row + key");
            code.line(format!("score += {};", kernel.dot("q[d]", &k)));
        });
        // The sums so far are brought to the new largest score (Milakov and Gimelshein 2018).
        code.line("score *= scale;\nlet most = select(largest, score, score > largest);");
        code.line("let kept = exp(largest - most);\nlet share = exp(score - most);");
        code.line("total = total * kept + share;\nlargest = most;");
        self.each(code, |kernel, code| {
            let v = kernel.part(code, ROWS, "row + value");
            code.line(format!("mixed[d] = mixed[d] * kept + share * {v};"));
        });
        code.line("}\nlet out = token * attended_width;");
        self.finish(code, "out + head * WIDTH", "mixed[d] / total");
        code.line("finish(b, out + query_width + head, largest + log(total));");
    }

    /// As `src/engine/cpu/attention.rs` has it.
    fn gradient(&self, code: &mut Code) {
        code.line("if t < tokens * queries {");
        self.query_gradient(code);
        code.line("} else if t < tokens * (queries + key_width / WIDTH) {");
        self.key_gradient(code);
        code.line("}");
    }

    /// The derivative by one head of a token's queries.
    fn query_gradient(&self, code: &mut Code) {
        code.line("let token = t / queries;\nlet head = t % queries;");
        code.line("let key = query_width + head / group * WIDTH;\nlet value = key + key_width;");
        code.line("let attended = token * attended_width;");
        self.vector(code, "q", ROWS, "token * row_width + head * WIDTH");
        self.vector(code, "dy", DY, "token * query_width + head * WIDTH");
        self.zeros(code, "sums");
        // What the slopes have in common.
        code.line("var inner = 0.0;");
        self.each(code, |kernel, code| {
            let y = kernel.part(code, ATTENDED, "attended + head * WIDTH");
            code.line(format!("inner += {};", kernel.dot("dy[d]", &y)));
        });
        let normaliser = self.number(code, ATTENDED, "attended + query_width + head");
        code.line(format!("let normaliser = {normaliser};"));
        let position = self.number(code, POSITIONS, "token");
        code.line(format!(
            "for (var other = token - {position}; other <= token; other++) {{"
        ));
        code.line("let row = other * row_width;\nvar score = 0.0;\nvar slope = -inner;");
        self.each(code, |kernel, code| {
            let k = kernel.part(code, ROWS, "row + key");
            let v = kernel.part(code, ROWS, "row + value");
            code.line(format!("score += {};", kernel.dot("q[d]", &k)));
            code.line(format!("slope += {};", kernel.dot("dy[d]", &v)));
        });
        code.line("let weight = exp(score * scale - normaliser) * slope * scale;");
        self.each(code, |kernel, code| {
            let k = kernel.part(code, ROWS, "row + key");
            code.line(format!("sums[d] += weight * {k};"));
        });
        code.line("}");
        self.finish(code, "token * row_width + head * WIDTH", "sums[d]");
    }

    /// The derivative by one head of a token's keys and values.
    fn key_gradient(&self, code: &mut Code) {
        code.line("let s = t - tokens * queries;\nlet keys = key_width / WIDTH;");
        code.line("let token = s / keys;\nlet head = s % keys;");
        code.line("let key = token * row_width + query_width + head * WIDTH;");
        self.vector(code, "k", ROWS, "key");
        self.vector(code, "v", ROWS, "key + key_width");
        for name in ["q", "dy", "key_sums", "value_sums"] {
            self.zeros(code, name);
        }
        let position = self.number(code, POSITIONS, "token");
        code.line(format!("let start = token - {position};"));
        code.line("for (var other = token; other < tokens; other++) {");
        let position = self.number(code, POSITIONS, "other");
        code.line(format!("if other - {position} != start {{ break; }}"));
        code.line("for (var asking = head * group; asking < (head + 1u) * group; asking++) {");
        code.line("let query = other * row_width + asking * WIDTH;");
        code.line("let mixed = other * query_width + asking * WIDTH;");
        code.line("let attended = other * attended_width;");
        code.line("var score = 0.0;\nvar slope = 0.0;");
        self.each(code, |kernel, code| {
            let q = kernel.part(code, ROWS, "query");
            let dy = kernel.part(code, DY, "mixed");
            let y = kernel.part(code, ATTENDED, "attended + asking * WIDTH");
            code.line(format!("q[d] = {q};\ndy[d] = {dy};"));
            code.line(format!("score += {};", kernel.dot("q[d]", "k[d]")));
            let slope = kernel.dot("dy[d]", &format!("(v[d] - {y})"));
            code.line(format!("slope += {slope};"));
        });
        let normaliser = self.number(code, ATTENDED, "attended + query_width + asking");
        code.line(format!("let share = exp(score * scale - {normaliser});"));
        code.line("let weight = share * slope * scale;");
        self.each(code, |_, code| {
            code.line("key_sums[d] += weight * q[d];\nvalue_sums[d] += share * dy[d];");
        });
        code.line("}\n}");
        self.finish(code, "key", "key_sums[d]");
        self.finish(code, "key + key_width", "value_sums[d]");
    }

    /// One number of an operand.
    fn number(&self, code: &mut Code, operand: usize, index: &str) -> String {
        self.heavy.load(code, operand, &format!("({index})"))
    }

    /// Part `d` of the head that begins at `start` in an operand.
    fn part(&self, code: &mut Code, operand: usize, start: &str) -> String {
        let by = self.by;
        let numbers =
            (0..by).map(|k| self.number(code, operand, &format!("{start} + d * {by}u + {k}u")));
        let numbers: Vec<String> = numbers.collect();
        format!("{}({})", self.kind(), numbers.join(", "))
    }

    /// The type of a part.
    fn kind(&self) -> &'static str {
        match self.by {
            4 => "vec4<f32>",
            _ => "f32",
        }
    }

    /// The sum of two parts' products.
    fn dot(&self, x: &str, y: &str) -> String {
        match self.by {
            4 => format!("dot({x}, {y})"),
            _ => format!("{x} * {y}"),
        }
    }

    /// A head: that of an operand which begins at `start`.
    fn vector(&self, code: &mut Code, name: &str, operand: usize, start: &str) {
        self.zeros(code, name);
        let start = code.name(start);
        self.each(code, |kernel, code| {
            let part = kernel.part(code, operand, &start);
            code.line(format!("{name}[d] = {part};"));
        });
    }

    fn zeros(&self, code: &mut Code, name: &str) {
        code.line(format!("var {name}: array<{}, PARTS>;", self.kind()));
    }

    /// Hands on a head that begins at `start` in the result, part `d` of which is `value`.
    fn finish(&self, code: &mut Code, start: &str, value: &str) {
        self.each(code, |kernel, code| {
            code.line(format!(
                "let value = {value};\nlet first = {start} + d * {}u;",
                kernel.by
            ));
            match kernel.by {
                4 => code.line("for (var k = 0u; k < 4u; k++) { finish(b, first + k, value[k]); }"),
                _ => code.line("finish(b, first, value);"),
            }
        });
    }

    /// Something for each part `d` of a head.
    fn each(&self, code: &mut Code, body: impl FnOnce(&Self, &mut Code)) {
        code.line("for (var d = 0u; d < PARTS; d++) {");
        body(self, code);
        code.line("}");
    }
}
