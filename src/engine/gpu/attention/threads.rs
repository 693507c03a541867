//! A thread for each token and head, which goes through what the token sees, or what sees it.

use super::super::code::Code;
use super::super::kernels::{THREADS, main};
use super::head::{ATTENDED, DY, Head, POSITIONS, ROWS};

/// Attention by threads that go alone.
pub struct Threads<'a> {
    /// What they write of a head.
    pub head: Head<'a>,
}

impl Threads<'_> {
    /// Writes the kernel; gives the number of workgroups.
    pub fn write(&self, code: &mut Code, gradient: bool) -> usize {
        let heads = self.head.heads;
        let a_token = match gradient {
            false => heads.queries,
            true => heads.queries + heads.keys,
        };
        self.head.constants(code);
        main(code, |code| {
            self.head.extents(code);
            code.line("let t = here.group * THREADS + local;");
            match gradient {
                false => self.attention(code),
                true => self.gradient(code),
            }
        });
        (self.head.tokens() * a_token).div_ceil(THREADS)
    }

    fn attention(&self, code: &mut Code) {
        code.line("if t >= tokens * queries { return; }");
        code.line("let token = t / queries;\nlet head = t % queries;");
        code.line("let key = query_width + head / group * WIDTH;\nlet value = key + key_width;");
        let q = ("q", ROWS, "token * row_width + head * WIDTH");
        self.head.vectors(code, &[q]);
        self.head.zeros(code, "mixed");
        code.line("var largest = -3.4028234e38;\nvar total = 0.0;");
        let position = self.head.number(code, POSITIONS, "token");
        code.line(format_args!(
            "for (var other = token - {position}; other <= token; other++) {{"
        ));
        code.line("let row = other * row_width;\nvar score = 0.0;");
        self.head.each(code, |head, code| {
            let k = head.part(code, ROWS, "row + key");
            code.line(format_args!("score += {};", head.dot("q[d]", &k)));
        });
        self.head
            .add_to_softmax(code, |head, code| head.part(code, ROWS, "row + value"));
        code.line("}\nlet out = token * attended_width;");
        self.head
            .finish(code, &[("out + head * WIDTH", "mixed[d] / total")]);
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
        self.head.query_and_derivative(code);
        self.head.zeros(code, "sums");
        let position = self.head.number(code, POSITIONS, "token");
        code.line(format_args!(
            "for (var other = token - {position}; other <= token; other++) {{"
        ));
        code.line("let row = other * row_width;\nvar score = 0.0;\nvar slope = -inner;");
        self.head.each(code, |head, code| {
            let k = head.part(code, ROWS, "row + key");
            let v = head.part(code, ROWS, "row + value");
            code.line(format_args!("score += {};", head.dot("q[d]", &k)));
            code.line(format_args!("slope += {};", head.dot("dy[d]", &v)));
        });
        code.line("let weight = exp(score * scale - normaliser) * slope * scale;");
        self.head.each(code, |head, code| {
            let k = head.part(code, ROWS, "row + key");
            code.line(format_args!("sums[d] += weight * {k};"));
        });
        code.line("}");
        self.head
            .finish(code, &[("token * row_width + head * WIDTH", "sums[d]")]);
    }

    /// The derivative by one head of a token's keys and values.
    fn key_gradient(&self, code: &mut Code) {
        code.line("let s = t - tokens * queries;\nlet keys = key_width / WIDTH;");
        code.line("let token = s / keys;\nlet head = s % keys;");
        code.line("let key = token * row_width + query_width + head * WIDTH;");
        let (k, v) = (("k", ROWS, "key"), ("v", ROWS, "key + key_width"));
        self.head.vectors(code, &[k, v]);
        for name in ["q", "dy", "key_sums", "value_sums"] {
            self.head.zeros(code, name);
        }
        let position = self.head.number(code, POSITIONS, "token");
        code.line(format_args!("let start = token - {position};"));
        code.line("for (var other = token; other < tokens; other++) {");
        let position = self.head.number(code, POSITIONS, "other");
        code.line(format_args!("if other - {position} != start {{ break; }}"));
        code.line("for (var asking = head * group; asking < (head + 1u) * group; asking++) {");
        code.line("let query = other * row_width + asking * WIDTH;");
        code.line("let mixed = other * query_width + asking * WIDTH;");
        code.line("let attended = other * attended_width;");
        code.line("var score = 0.0;\nvar slope = 0.0;");
        self.head.each(code, |head, code| {
            let q = head.part(code, ROWS, "query");
            let dy = head.part(code, DY, "mixed");
            let y = head.part(code, ATTENDED, "attended + asking * WIDTH");
            code.line(format_args!("q[d] = {q};\ndy[d] = {dy};"));
            code.line(format_args!("score += {};", head.dot("q[d]", "k[d]")));
            let slope = head.dot("dy[d]", &format!("(v[d] - {y})"));
            code.line(format_args!("slope += {slope};"));
        });
        let normaliser = self
            .head
            .number(code, ATTENDED, "attended + query_width + asking");
        code.line(format_args!(
            "let share = exp(score * scale - {normaliser});"
        ));
        code.line("let weight = share * slope * scale;");
        self.head.each(code, |_, code| {
            code.line("key_sums[d] += weight * q[d];\nvalue_sums[d] += share * dy[d];");
        });
        code.line("}\n}");
        let (keys, values) = (("key", "key_sums[d]"), ("key + key_width", "value_sums[d]"));
        self.head.finish(code, &[keys, values]);
    }
}
