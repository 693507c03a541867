//! A workgroup for a block of tokens and a head, a thread for each of the tokens. What they see, or what sees
//! them, is fetched a few tokens at a time into the memory that they share (Dao et al. 2022).

use super::super::code::Code;
use super::super::kernels::{THREADS, main};
use super::head::{ATTENDED, DY, Head, POSITIONS, ROWS};

/// The widest head whose sums a thread can keep.
pub const WIDEST: usize = 64;

/// Words that the memory of a workgroup holds, fewer than any GPU offers.
const SHARED: usize = 4000;

/// Attention by blocks of tokens.
pub struct Blocks<'a> {
    /// What is written of a head.
    pub head: Head<'a>,
}

impl Blocks<'_> {
    /// Writes the kernel; gives the number of workgroups.
    pub fn write(&self, code: &mut Code, gradient: bool) -> usize {
        let heads = self.head.heads;
        let kind = self.head.kind();
        // Two heads and three numbers of each.
        let fetched = (SHARED / (2 * heads.width + 3)).min(THREADS);
        let fetched = 1 << fetched.ilog2();
        self.head.constants(code);
        code.line(format_args!("const FETCHED = {fetched}u;"));
        code.line(format_args!(
            "var<workgroup> ones: array<{kind}, FETCHED * PARTS>;"
        ));
        code.line(format_args!(
            "var<workgroup> others: array<{kind}, FETCHED * PARTS>;"
        ));
        code.line("var<workgroup> bound: u32;");
        if gradient {
            for (name, kind) in [("starts", "u32"), ("normalisers", "f32"), ("inners", "f32")] {
                code.line(format_args!(
                    "var<workgroup> {name}: array<{kind}, FETCHED>;"
                ));
            }
        }
        main(code, |code| {
            self.head.extents(code);
            code.line("let blocks = (tokens + THREADS - 1u) / THREADS;");
            code.line("let first = here.group % blocks * THREADS;");
            code.line("let last = min(first + THREADS, tokens) - 1u;");
            code.line(
                "let token = min(first + local, last);\nlet is_token = first + local <= last;",
            );
            let position = self.head.number(code, POSITIONS, "token");
            code.line(format_args!("let start = token - {position};"));
            match gradient {
                false => self.attention(code),
                true => {
                    code.line("if here.group < blocks * queries {");
                    self.query_gradient(code);
                    code.line("} else {");
                    self.key_gradient(code);
                    code.line("}");
                }
            }
        });
        let a_block = heads.queries + if gradient { heads.keys } else { 0 };
        self.head.tokens().div_ceil(THREADS) * a_block
    }

    fn attention(&self, code: &mut Code) {
        let head = &self.head;
        code.line("let head = here.group / blocks;");
        let q = ("q", ROWS, "token * row_width + head * WIDTH");
        head.vectors(code, &[q]);
        head.zeros(code, "mixed");
        code.line("var largest = -3.4028234e38;\nvar total = 0.0;");
        self.each_key(code, |head, code| {
            code.line("var score = 0.0;");
            head.each(code, |head, code| {
                let product = head.dot("q[d]", "ones[at + d]");
                code.line(format_args!("score += {product};"));
            });
            head.add_to_softmax(code, |_, _| "others[at + d]".to_owned());
        });
        code.line("if is_token {\nlet out = token * attended_width;");
        head.finish(code, &[("out + head * WIDTH", "mixed[d] / total")]);
        code.line("finish(b, out + query_width + head, largest + log(total));\n}");
    }

    /// The derivative by one head of the tokens' queries.
    fn query_gradient(&self, code: &mut Code) {
        let head = &self.head;
        code.line("let head = here.group / blocks;");
        head.query_and_derivative(code);
        head.zeros(code, "sums");
        self.each_key(code, |head, code| {
            code.line("var score = 0.0;\nvar slope = -inner;");
            head.each(code, |head, code| {
                let (score, slope) = (
                    head.dot("q[d]", "ones[at + d]"),
                    head.dot("dy[d]", "others[at + d]"),
                );
                code.line(format_args!("score += {score};\nslope += {slope};"));
            });
            code.line("let weight = exp(score * scale - normaliser) * slope * scale;");
            head.each(code, |_, code| {
                code.line("sums[d] += weight * ones[at + d];");
            });
        });
        code.line("if is_token {");
        head.finish(code, &[("token * row_width + head * WIDTH", "sums[d]")]);
        code.line("}");
    }

    /// Something for each token whose key stands in `ones` and whose value in `others`, from `at` on, and which
    /// the thread's own token sees.
    fn each_key(&self, code: &mut Code, body: impl FnOnce(&Head<'_>, &mut Code)) {
        code.line("let key = query_width + head / group * WIDTH;\nlet value = key + key_width;");
        // The first token's text begins before all others'.
        code.line("if local == 0u { bound = start; }");
        code.line(
            "for (var begin = workgroupUniformLoad(&bound); begin <= last; begin += FETCHED) {",
        );
        code.line("let count = min(FETCHED, last + 1u - begin);");
        self.fetch(
            code,
            ("ones", ROWS, "row_width", "key"),
            ("others", ROWS, "row_width", "value"),
        );
        code.line("workgroupBarrier();\nfor (var k = 0u; k < count; k++) {");
        code.line("if begin + k < start || begin + k > token { continue; }\nlet at = k * PARTS;");
        body(&self.head, code);
        code.line("}\nworkgroupBarrier();\n}");
    }

    /// The derivative by one head of the tokens' keys and values.
    fn key_gradient(&self, code: &mut Code) {
        let head = &self.head;
        code.line("let head = here.group / blocks - queries;");
        code.line("let key = token * row_width + query_width + head * WIDTH;");
        let (k, v) = (("k", ROWS, "key"), ("v", ROWS, "key + key_width"));
        head.vectors(code, &[k, v]);
        head.zeros(code, "key_sums");
        head.zeros(code, "value_sums");
        code.line("for (var begin = first; begin < tokens; begin += FETCHED) {");
        // Texts that begin later see none of these tokens.
        let position = head.number(code, POSITIONS, "begin");
        code.line(format_args!(
            "if local == 0u {{ bound = begin - {position}; }}"
        ));
        code.line("if workgroupUniformLoad(&bound) > last { break; }");
        code.line("let count = min(FETCHED, tokens - begin);");
        code.line("for (var asking = head * group; asking < (head + 1u) * group; asking++) {");
        code.line("let query = asking * WIDTH;");
        self.fetch(
            code,
            ("ones", ROWS, "row_width", "query"),
            ("others", DY, "query_width", "query"),
        );
        code.line("workgroupBarrier();\nif local < count {\nlet other = begin + local;");
        let position = head.number(code, POSITIONS, "other");
        let normaliser = head.number(
            code,
            ATTENDED,
            "other * attended_width + query_width + asking",
        );
        code.line(format_args!("starts[local] = other - {position};"));
        code.line(format_args!(
            "normalisers[local] = {normaliser};\nvar inner = 0.0;"
        ));
        head.each(code, |head, code| {
            let y = head.part(code, ATTENDED, "other * attended_width + query");
            let product = head.dot("others[local * PARTS + d]", &y);
            code.line(format_args!("inner += {product};"));
        });
        code.line("inners[local] = inner;\n}\nworkgroupBarrier();");
        code.line("for (var j = 0u; j < count; j++) {");
        code.line("if begin + j < token || starts[j] != start { continue; }");
        code.line("let at = j * PARTS;\nvar score = 0.0;\nvar slope = -inners[j];");
        head.each(code, |head, code| {
            let (score, slope) = (
                head.dot("ones[at + d]", "k[d]"),
                head.dot("others[at + d]", "v[d]"),
            );
            code.line(format_args!("score += {score};\nslope += {slope};"));
        });
        code.line("let share = exp(score * scale - normalisers[j]);");
        code.line("let weight = share * slope * scale;");
        head.each(code, |_, code| {
            code.line("key_sums[d] += weight * ones[at + d];");
            code.line("value_sums[d] += share * others[at + d];");
        });
        code.line("}\nworkgroupBarrier();\n}\n}\nif is_token {");
        let (keys, values) = (("key", "key_sums[d]"), ("key + key_width", "value_sums[d]"));
        head.finish(code, &[keys, values]);
        code.line("}");
    }

    /// Fetches `count` tokens from `begin` on: to an array, from an operand whose tokens stand so far apart, the
    /// head that begins there.
    fn fetch(
        &self,
        code: &mut Code,
        one: (&str, usize, &str, &str),
        other: (&str, usize, &str, &str),
    ) {
        code.line("for (var e = local; e < count * PARTS; e += THREADS) {\nlet d = e % PARTS;");
        code.line("let row = begin + e / PARTS;");
        for (array, operand, width, start) in [one, other] {
            let part = self
                .head
                .part(code, operand, &format!("row * {width} + {start}"));
            code.line(format_args!("{array}[e] = {part};"));
        }
        code.line("}");
    }
}
