//! Causal attention and its adjoint in WGSL: a thread for each token and head, which goes through what
//! the token sees, or what sees it. Its sums stay in registers; no score reaches memory.

use super::code::Code;
use super::kernels::{Heavy, THREADS, main};
use crate::graph::Op;

/// Writes the kernel of [`Op::Attention`] or [`Op::AttentionGradient`], after its function `finish`; gives the code
/// and the number of workgroups.
pub fn write(heavy: &Heavy<'_>, mut code: Code) -> (Code, usize) {
    let (heads, threads_a_token) = match heavy.node.op {
        Op::Attention(heads) => (heads, heads.queries),
        Op::AttentionGradient(heads) => (heads, heads.queries + heads.keys),
        ref other => unreachable!("{other:?} is no attention"),
    };
    let tokens = heavy.node.shape.dims()[0];
    let threads = tokens * threads_a_token;
    // Arrays need an extent that the text knows.
    code.line(format!("const WIDTH = {}u;", heads.width));
    main(&mut code, |code| {
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
        let kernel = Kernel(heavy);
        match heavy.node.op {
            Op::Attention(_) => kernel.attention(code),
            _ => kernel.gradient(code),
        }
    });
    (code, threads.div_ceil(THREADS))
}

struct Kernel<'a>(&'a Heavy<'a>);

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
        let position = self.load(code, POSITIONS, "token");
        code.line(format!(
            "for (var other = token - {position}; other <= token; other++) {{"
        ));
        code.line("let row = other * row_width;\nvar score = 0.0;");
        self.each(code, |kernel, code| {
            let k = kernel.load(code, ROWS, "(row + key + d)");
            code.line(format!("score += q[d] * {k};"));
        });
        // The sums so far are brought to the new largest score (Milakov and Gimelshein 2018).
        code.line("score *= scale;\nlet most = select(largest, score, score > largest);");
        code.line("let kept = exp(largest - most);\nlet share = exp(score - most);");
        code.line("total = total * kept + share;\nlargest = most;");
        self.each(code, |kernel, code| {
            let v = kernel.load(code, ROWS, "(row + value + d)");
            code.line(format!("mixed[d] = mixed[d] * kept + share * {v};"));
        });
        code.line("}\nlet out = token * attended_width;");
        self.each(code, |_, code| {
            code.line("finish(b, out + head * WIDTH + d, mixed[d] / total);");
        });
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
        self.vector(code, "q", ROWS, "token * row_width + head * WIDTH");
        self.vector(code, "dy", DY, "token * query_width + head * WIDTH");
        self.vector(code, "y", ATTENDED, "token * attended_width + head * WIDTH");
        self.zeros(code, "sums");
        let normaliser = self.load(
            code,
            ATTENDED,
            "(token * attended_width + query_width + head)",
        );
        code.line(format!("let normaliser = {normaliser};"));
        let position = self.load(code, POSITIONS, "token");
        code.line(format!(
            "for (var other = token - {position}; other <= token; other++) {{"
        ));
        code.line("let row = other * row_width;\nvar score = 0.0;\nvar slope = 0.0;");
        self.each(code, |kernel, code| {
            let k = kernel.load(code, ROWS, "(row + key + d)");
            let v = kernel.load(code, ROWS, "(row + value + d)");
            code.line(format!(
                "score += q[d] * {k};\nslope += dy[d] * ({v} - y[d]);"
            ));
        });
        code.line("let weight = exp(score * scale - normaliser) * slope * scale;");
        self.each(code, |kernel, code| {
            let k = kernel.load(code, ROWS, "(row + key + d)");
            code.line(format!("sums[d] += weight * {k};"));
        });
        code.line("}");
        self.each(code, |_, code| {
            code.line("finish(b, token * row_width + head * WIDTH + d, sums[d]);");
        });
    }

    /// The derivative by one head of a token's keys and values.
    fn key_gradient(&self, code: &mut Code) {
        code.line("let s = t - tokens * queries;\nlet keys = key_width / WIDTH;");
        code.line("let token = s / keys;\nlet head = s % keys;");
        code.line("let key = token * row_width + query_width + head * WIDTH;");
        self.vector(code, "k", ROWS, "key");
        self.vector(code, "v", ROWS, "key + key_width");
        self.zeros(code, "key_sums");
        self.zeros(code, "value_sums");
        let position = self.load(code, POSITIONS, "token");
        code.line(format!("let start = token - {position};"));
        code.line("for (var other = token; other < tokens; other++) {");
        let position = self.load(code, POSITIONS, "other");
        code.line(format!("if other - {position} != start {{ break; }}"));
        code.line("for (var asking = head * group; asking < (head + 1u) * group; asking++) {");
        code.line("let query = other * row_width + asking * WIDTH;");
        code.line("let mixed = other * query_width + asking * WIDTH;");
        code.line("let attended = other * attended_width;");
        code.line("var score = 0.0;\nvar slope = 0.0;");
        let dy = |kernel: &Self, code: &mut Code| kernel.load(code, DY, "(mixed + d)");
        let q = |kernel: &Self, code: &mut Code| kernel.load(code, ROWS, "(query + d)");
        self.each(code, |kernel, code| {
            let (q, dy) = (q(kernel, code), dy(kernel, code));
            let y = kernel.load(code, ATTENDED, "(attended + asking * WIDTH + d)");
            code.line(format!(
                "score += {q} * k[d];\nslope += {dy} * (v[d] - {y});"
            ));
        });
        let normaliser = self.load(code, ATTENDED, "(attended + query_width + asking)");
        code.line(format!("let share = exp(score * scale - {normaliser});"));
        code.line("let weight = share * slope * scale;");
        self.each(code, |kernel, code| {
            let (q, dy) = (q(kernel, code), dy(kernel, code));
            code.line(format!(
                "key_sums[d] += weight * {q};\nvalue_sums[d] += share * {dy};"
            ));
        });
        code.line("}\n}");
        self.each(code, |_, code| {
            code.line("finish(b, key + d, key_sums[d]);");
            code.line("finish(b, key + key_width + d, value_sums[d]);");
        });
    }

    fn load(&self, code: &mut Code, operand: usize, index: &str) -> String {
        self.0.load(code, operand, index)
    }

    /// A vector of a head's width: the elements of an operand from `start` on.
    fn vector(&self, code: &mut Code, name: &str, operand: usize, start: &str) {
        self.zeros(code, name);
        let start = code.name(start);
        self.each(code, |kernel, code| {
            let element = kernel.load(code, operand, &format!("({start} + d)"));
            code.line(format!("{name}[d] = {element};"));
        });
    }

    fn zeros(&self, code: &mut Code, name: &str) {
        code.line(format!("var {name}: array<f32, WIDTH>;"));
    }

    /// Something for each number `d` of a head.
    fn each(&self, code: &mut Code, body: impl FnOnce(&Self, &mut Code)) {
        code.line("for (var d = 0u; d < WIDTH; d++) {");
        body(self, code);
        code.line("}");
    }
}
