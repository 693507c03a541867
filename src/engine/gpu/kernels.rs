//! The kernels' texts: one for each operation that is more than a function of one element, and what
//! functions of one element are in WGSL.

use std::collections::HashSet;

use super::code::{Code, typed};
use super::tally::Term;
use super::target::Target;
use super::view::View;
use super::{attention, matmul, norm};
use crate::graph::{Binary, DType, Graph, Mask, Node, NodeId, Op, Unary};
use crate::rng::Purpose;

/// Threads in a workgroup, as `kernel.wgsl` has them.
pub const THREADS: usize = 64;
/// What the random number of a token is for.
const TOKEN: u32 = Purpose::Token as u32;

/// A unary function of an expression.
pub fn unary(function: Unary, x: &str) -> String {
    let name = match function {
        Unary::Neg => return format!("-({x})"),
        Unary::Square => "square",
        Unary::Exp => "exp",
        Unary::Log => "log",
        Unary::Sqrt => "sqrt",
        Unary::Tanh => "tanh_of",
        Unary::Sigmoid => "sigmoid",
        Unary::Softplus => "softplus",
        Unary::Gelu => "gelu",
        Unary::GeluDerivative => "gelu_derivative",
        Unary::IsFinite => "is_finite",
    };
    format!("{name}({x})")
}

/// A binary function of two expressions.
pub fn binary(function: Binary, x: &str, y: &str) -> String {
    match function {
        Binary::Add => format!("({x}) + ({y})"),
        Binary::Sub => format!("({x}) - ({y})"),
        Binary::Mul => format!("({x}) * ({y})"),
        Binary::Div => format!("({x}) / ({y})"),
        Binary::Max => format!("larger({x}, {y})"),
        Binary::Min => format!("smaller({x}, {y})"),
        Binary::Greater => format!("select(0.0, 1.0, ({x}) > ({y}))"),
    }
}

/// Element `i` of a node that picks among its operands' elements.
pub fn indexed(code: &mut Code, graph: &Graph, node: &Node, operands: &[(NodeId, View)]) -> String {
    let dims = node.shape.dims();
    let dtype = |operand: usize| graph.node(node.inputs[operand]).dtype;
    let extent_of = |operand: usize, axis: usize| operands[operand].1.dims[axis];
    let inner_of = |axis: usize| dims[axis + 1..].iter().product::<usize>();
    let load = |code: &mut Code, operand: usize, index: &str| {
        let (base, view) = &operands[operand];
        code.load(*base, view, dtype(operand), index)
    };
    match &node.op {
        Op::Rows => {
            let width = code.number(node.shape.last());
            let id = load(code, 1, &format!("i / {width}"));
            let index = format!("({id}) * {width} + i % {width}");
            let (base, view) = &operands[0];
            code.load_some(*base, view, dtype(0), &index, node.shape.elements())
        }
        Op::Pad { axis, before } => {
            let (inner, extent) = (code.number(inner_of(*axis)), code.number(dims[*axis]));
            let (own, before) = (code.number(extent_of(0, *axis)), code.number(*before));
            // Before the operand it wraps round to a large number.
            let within = code.name(format!("i / {inner} % {extent} - {before}"));
            let index =
                format!("(i / ({inner} * {extent}) * {own} + {within}) * {inner} + i % {inner}");
            let index = code.name(format!("select(0u, {index}, {within} < {own})"));
            let element = load(code, 0, &index);
            format!("select(0.0, {element}, {within} < {own})")
        }
        Op::Concat { axis } => {
            let (inner, extent) = (code.number(inner_of(*axis)), code.number(dims[*axis]));
            let within = code.name(format!("i / {inner} % {extent}"));
            let (_, view) = &operands[0];
            let alike = |(_, other): &(NodeId, View)| other.is_whole() && other.dims == view.dims;
            if operands.iter().all(alike) {
                // However many there are, the text is this.
                let own = code.number(extent_of(0, *axis));
                let bases = operands.iter().map(|(base, _)| *base);
                let places = code.places(bases, view);
                let place = format!("parameter(b, {places} + {within} / {own})");
                let element = format!(
                    "(i / ({inner} * {extent}) * {own} + {within} % {own}) * {inner} + i % {inner}"
                );
                return typed(node.dtype, &format!("heap[{place} + {element}]"));
            }
            // The place is chosen and read but once: compilers take long over many reads.
            let mut chosen = String::new();
            let mut start = 0;
            for (operand, (base, view)) in operands.iter().enumerate() {
                let own = extent_of(operand, *axis);
                let (first, own_extent) = (code.number(start), code.number(own));
                let index = format!(
                    "(i / ({inner} * {extent}) * {own_extent} + {within} - {first}) * {inner} + i % {inner}"
                );
                let word = code.address(*base, view, &index);
                chosen = code.name(match operand {
                    0 => word,
                    _ => format!("select({chosen}, {word}, {within} >= {first})"),
                });
                start += own;
            }
            typed(node.dtype, &format!("heap[{chosen}]"))
        }
        Op::ReadAt { axis } => {
            let (inner, own) = (
                code.number(inner_of(*axis)),
                code.number(extent_of(0, *axis)),
            );
            let at = load(code, 1, "0u");
            load(
                code,
                0,
                &format!("(i / {inner} * {own} + {at}) * {inner} + i % {inner}"),
            )
        }
        Op::WriteAt { axis } => {
            let (inner, extent) = (code.number(inner_of(*axis)), code.number(dims[*axis]));
            let at = load(code, 2, "0u");
            let new = load(
                code,
                1,
                &format!("i / ({inner} * {extent}) * {inner} + i % {inner}"),
            );
            let old = load(code, 0, "i");
            format!("select({old}, {new}, i / {inner} % {extent} == {at})")
        }
        Op::Rotary { theta, inverse } => {
            let (columns, half) = (node.shape.last(), node.shape.last() / 2);
            let frequency = |pair: usize| theta.powf(-2.0 * pair as f32 / columns as f32);
            let frequencies = code.table((0..half).map(frequency));
            let row = code.number(node.shape.elements() / operands[1].1.elements());
            let (columns, half) = (code.number(columns), code.number(half));
            let position = load(code, 1, &format!("i / {row}"));
            let pair = code.name(format!("i % {half}"));
            let frequency = format!("bitcast<f32>(parameter(b, {frequencies} + {pair}))");
            let turn = code.name(format!("sine_and_cosine(f32({position}) * {frequency})"));
            let first = code.name(format!("i % {columns} < {half}"));
            let other = code.name(format!("select(i - {half}, i + {half}, {first})"));
            let (own, other) = (load(code, 0, "i"), load(code, 0, &other));
            // (a cos − b sin, b cos + a sin); backwards with −sin.
            let (minus, plus) = if *inverse { ("", "-") } else { ("-", "") };
            format!(
                "({own}) * {turn}.y + ({other}) * select({plus}{turn}.x, {minus}{turn}.x, {first})"
            )
        }
        other => unreachable!("{other:?} picks no elements"),
    }
}

/// Writes a kernel that does what `body` writes for each element `i` of `count`; gives the number of
/// workgroups.
pub fn map(code: &mut Code, count: usize, body: impl FnOnce(&mut Code)) -> usize {
    // A thread does several, having read its parameters once. How many is no part of the text, lest a
    // compiler write the body out so many times.
    const EACH: usize = 4;
    main(code, |code| {
        let (number, each) = (code.number(count), code.number(EACH));
        code.line(format_args!(
            "let first = here.group * {each} * THREADS + local;"
        ));
        code.line(format_args!(
            "for (var turn = 0u; turn < {each}; turn++) {{"
        ));
        code.line("let i = first + turn * THREADS;");
        code.line(format_args!("if i >= {number} {{ break; }}"));
        body(code);
        code.line("}");
    });
    count.div_ceil(EACH * THREADS)
}

/// What a workgroup does.
pub fn main(code: &mut Code, body: impl FnOnce(&mut Code)) {
    main_of(code, THREADS, body);
}

/// What a workgroup of so many threads does.
pub fn main_of(code: &mut Code, threads: usize, body: impl FnOnce(&mut Code)) {
    let head = format!(
        "@compute @workgroup_size({threads})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>,
@builtin(local_invocation_index) local: u32) {{
let workgroup = id.y * count.x + id.x;
if workgroup >= dispatch.groups {{ return; }}
let here = instance(workgroup);
let b = here.block;"
    );
    code.function(&head, body);
}

/// Who makes a row, or one sum.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// One thread: nobody waits for anybody.
    One,
    /// Eight threads that follow each other.
    Eight,
    /// The threads of a workgroup together: where a row is long, or there are few.
    Workgroup,
}

impl Lanes {
    /// For so many rows of so many elements.
    fn of(target: Target, rows: usize, columns: usize) -> Self {
        let one = match target {
            Target::Hardware => rows >= THREADS && columns <= 16,
            Target::Software => rows >= THREADS || columns <= 512,
        };
        match one {
            true => Lanes::One,
            false => Lanes::Workgroup,
        }
    }

    /// The rows of a workgroup.
    pub fn rows(self) -> usize {
        match self {
            Lanes::One => THREADS,
            Lanes::Eight => THREADS / 8,
            Lanes::Workgroup => 1,
        }
    }

    /// Names the `row`, and the `lane` within it; each takes every `LANES`-th element.
    fn begin(self, code: &mut Code, rows: usize) {
        let at_once = self.rows();
        code.line(format_args!("const LANES = {}u;", THREADS / at_once));
        match self {
            Lanes::Workgroup => code.line("let lane = local;\nlet row = here.group;"),
            _ => {
                let rows = code.number(rows);
                code.line("let lane = local % LANES;");
                code.line(format_args!(
                    "let row = here.group * {at_once}u + local / LANES;"
                ));
                code.line(format_args!("if row >= {rows} {{ return; }}"));
            }
        }
    }

    /// What a row's lanes have together: the sum or the largest of an expression of each.
    fn together(self, function: &str, part: &str) -> String {
        match self {
            Lanes::One => part.to_owned(),
            Lanes::Eight => format!("{function}_of_eight(local, {part})"),
            Lanes::Workgroup => format!("{function}_of_threads(local, {part})"),
        }
    }
}

/// An operation on rows or matrices.
pub struct Heavy<'a> {
    /// The graph it stands in.
    pub graph: &'a Graph,
    /// What is done.
    pub node: &'a Node,
    /// Whose memory the operands stand in, and how.
    pub operands: &'a [(NodeId, View)],
    /// What runs it.
    pub target: Target,
    /// Element `index` of an operand, or of its memory seen in another way: loaded, or made anew of others.
    pub read: &'a ReadElement<'a>,
    /// What is never in memory: those who read it make it of what is.
    pub made: &'a HashSet<NodeId>,
    /// What a norm's derivative adds up meanwhile.
    pub tally: Option<Tallied<'a>>,
    /// Where a product writes the sums of its squares.
    pub squares: Option<NodeId>,
    /// What is done with its rows at once.
    pub rows: Option<&'a Heavy<'a>>,
    /// Whether it is what a kernel does with its rows.
    pub in_rows: bool,
}

/// What is added up, and the memory for it.
pub struct Tallied<'a> {
    /// The derivative by the norm's result, times its gain.
    pub upstream: &'a (NodeId, View),
    /// What is added up of it.
    pub terms: Vec<Term>,
    /// Where the tallies are written.
    pub memory: NodeId,
}

/// Writes how element `index` of an operand is come by.
pub type ReadElement<'a> = dyn Fn(&mut Code, &(NodeId, View), DType, &str) -> String + 'a;

impl Heavy<'_> {
    /// Whether an operand's numbers are made of others as they are read.
    pub fn is_made(&self, base: NodeId) -> bool {
        self.made.contains(&base)
    }

    /// The function that is done with each element of the result.
    pub fn finish(&self) -> &'static str {
        match self.in_rows {
            true => "finish_row",
            false => "finish",
        }
    }

    /// Writes the main function; gives the number of workgroups.
    pub fn main(&self, code: &mut Code) -> usize {
        if self.node.op == Op::Sample {
            code.line("var<workgroup> last_token: u32;");
        }
        let rows = self.operands[0].1.elements() / self.columns().max(1);
        let groups = match &self.node.op {
            Op::MatMul {
                transpose_left,
                transpose_right,
            } => return matmul::write(self, code, [*transpose_left, *transpose_right]),
            Op::Sum { axes } => return self.sum(code, axes),
            Op::ScatterRows => {
                return match self.target {
                    Target::Hardware => self.scatter_by_workgroups(code),
                    Target::Software => self.scatter_by_threads(code),
                };
            }
            Op::LayerNormGradient { .. } | Op::RmsNormGradient { .. } => {
                return self.norm_gradient(code, rows);
            }
            Op::Attention(_) | Op::AttentionGradient(_) => return attention::write(self, code),
            _ => rows.div_ceil(self.lanes().rows()),
        };
        main(code, |code| {
            self.lanes().begin(code, rows);
            let columns = code.number(self.columns());
            code.line(format_args!("let columns = {columns};"));
            code.line("let start = row * columns;");
            match &self.node.op {
                Op::Softmax(mask) => self.softmax(code, *mask),
                Op::SoftmaxGradient => self.softmax_gradient(code),
                Op::LogSoftmax => {
                    self.log_sum_exp(code);
                    self.ending(code, |heavy, code| {
                        format!("{} - normaliser", heavy.load(code, 0, "e"))
                    });
                }
                Op::LayerNorm { .. } | Op::RmsNorm { .. } => self.norm(code),
                Op::TokenLogProb => {
                    self.log_sum_exp(code);
                    let target = self.load(code, 1, "row");
                    let x = self.load(code, 0, &format!("start + {target}"));
                    code.line(format_args!("let log_prob = {x} - normaliser;"));
                    code.ending(|code| code.line("if lane == 0u { finish(b, row, log_prob); }"));
                }
                Op::TokenLogProbGradient => self.token_log_prob_gradient(code),
                Op::Sample => self.sample(code),
                other => unreachable!("{other:?} is not done row by row"),
            }
        });
        groups
    }

    /// Who makes a row.
    fn lanes(&self) -> Lanes {
        match self.node.op {
            _ if self.in_rows => Lanes::Eight,
            // Its lanes share the list of what is kept.
            Op::Sample => Lanes::Workgroup,
            Op::LayerNormGradient { .. } | Op::RmsNormGradient { .. } => norm::lanes(self.target),
            _ => {
                let columns = self.columns();
                let rows = self.operands[0].1.elements() / columns.max(1);
                Lanes::of(self.target, rows, columns)
            }
        }
    }

    /// The columns of the first operand's rows.
    pub fn columns(&self) -> usize {
        self.operands[0].1.dims.last().copied().unwrap_or(1)
    }

    /// Element `index` of an operand.
    pub fn load(&self, code: &mut Code, operand: usize, index: &str) -> String {
        let dtype = self.graph.node(self.node.inputs[operand]).dtype;
        (self.read)(code, &self.operands[operand], dtype, index)
    }

    /// Something for each of the row's first `count` elements `e`, column `c`.
    fn each(&self, code: &mut Code, count: &str, body: impl FnOnce(&Self, &mut Code)) {
        code.line(format_args!(
            "for (var c = lane; c < {count}; c += LANES) {{"
        ));
        code.line("let e = start + c;");
        body(self, code);
        code.line("}");
    }

    /// The main function's ending: hands on what `value` writes for each of the row's elements `e`, column `c`; and
    /// where they are to be added up, their sum.
    pub fn ending(&self, code: &mut Code, value: impl FnOnce(&Self, &mut Code) -> String) {
        let summed = self.rows.is_some();
        code.ending(|code| {
            if summed {
                code.line("var row_part = 0.0;");
            }
            self.each(code, "columns", |heavy, code| {
                let value = value(heavy, code);
                let added = if summed { "row_part += " } else { "" };
                code.line(format_args!("{added}finish(b, e, {value});"));
            });
            if summed {
                let sum = self.lanes().together("sum", "row_part");
                code.line(format_args!("let row_sum = {sum};"));
                code.line("if lane == 0u { finish_row(b, row, row_sum); }");
            }
        });
    }

    /// The sum over the row's first `count` columns of an expression of element `e`, called `name`.
    fn total(
        &self,
        code: &mut Code,
        name: &str,
        count: &str,
        term: impl Fn(&Self, &mut Code) -> String,
    ) {
        self.totals(code, &[name], count, &|heavy, code| vec![term(heavy, code)]);
    }

    /// Several such sums, in one go through the row.
    pub fn totals(
        &self,
        code: &mut Code,
        names: &[&str],
        count: &str,
        terms: &dyn Fn(&Self, &mut Code) -> Vec<String>,
    ) {
        for name in names {
            code.line(format_args!("var {name}_part = 0.0;"));
        }
        self.each(code, count, |heavy, code| {
            for (name, term) in names.iter().zip(terms(heavy, code)) {
                code.line(format_args!("{name}_part += {term};"));
            }
        });
        for name in names {
            let part = format!("{name}_part");
            let total = self.lanes().together("sum", &part);
            code.line(format_args!("let {name} = {total};"));
        }
    }

    /// The largest of the row's first `count` elements of the first operand.
    fn largest(&self, code: &mut Code, count: &str) {
        code.line("var largest_part = -3.4028234e38;");
        self.each(code, count, |heavy, code| {
            let x = {
                let x = heavy.load(code, 0, "e");
                code.name(x)
            };
            code.line(format_args!(
                "largest_part = select(largest_part, {x}, {x} > largest_part);"
            ));
        });
        let largest = self.lanes().together("largest", "largest_part");
        code.line(format_args!("let largest = {largest};"));
    }

    fn log_sum_exp(&self, code: &mut Code) {
        self.largest(code, "columns");
        self.total(code, "exponentials", "columns", |heavy, code| {
            format!("exp({} - largest)", heavy.load(code, 0, "e"))
        });
        code.line("let normaliser = largest + log(exponentials);");
    }

    fn softmax(&self, code: &mut Code, mask: Mask) {
        let visible = match mask {
            Mask::None => "columns".to_owned(),
            Mask::UpTo => format!("{} + 1u", self.load(code, 1, "0u")),
        };
        code.line(format_args!("let visible = {visible};"));
        self.largest(code, "visible");
        self.total(code, "exponentials", "visible", |heavy, code| {
            format!("exp({} - largest)", heavy.load(code, 0, "e"))
        });
        code.line("let scale = 1.0 / exponentials;");
        self.ending(code, |heavy, code| {
            let x = heavy.load(code, 0, "e");
            format!("select(0.0, exp({x} - largest) * scale, c < visible)")
        });
    }

    fn softmax_gradient(&self, code: &mut Code) {
        self.total(code, "inner", "columns", |heavy, code| {
            format!(
                "{} * {}",
                heavy.load(code, 0, "e"),
                heavy.load(code, 1, "e")
            )
        });
        self.ending(code, |heavy, code| {
            let (y, dy) = (heavy.load(code, 0, "e"), heavy.load(code, 1, "e"));
            format!("{y} * ({dy} - inner)")
        });
    }

    fn token_log_prob_gradient(&self, code: &mut Code) {
        self.log_sum_exp(code);
        let (target, dy) = (self.load(code, 1, "row"), self.load(code, 2, "row"));
        code.line(format_args!("let target_class = {target};\nlet dy = {dy};"));
        self.ending(code, |heavy, code| {
            let x = heavy.load(code, 0, "e");
            format!("dy * (select(0.0, 1.0, c == target_class) - exp({x} - normaliser))")
        });
    }

    /// As `src/sampling.rs` has it: a token's rank and the weight of those before it say whether it is
    /// kept. The kept are all up to the last of them in rank, so thread 0 can pick among them in the
    /// order of their ids.
    fn sample(&self, code: &mut Code) {
        let scalar = |code: &mut Code, operand| self.load(code, operand, "0u");
        let (temperature, top_k, top_p) = (scalar(code, 1), scalar(code, 2), scalar(code, 3));
        code.line(format_args!("let temperature = {temperature};"));
        code.line(format_args!(
            "let most = select({top_k}, columns, {top_k} == 0u);"
        ));
        code.line(format_args!("let reached = {top_p};"));
        self.largest(code, "columns");
        // Only where something may be left out does the order matter.
        code.line("let ordered = most < columns || reached < 1.0;");
        let weight = |x: &str| format!("exp(({x} - largest) / temperature)");
        let rank = |code: &mut Code| {
            let own = self.load(code, 0, "e");
            let own = code.name(own);
            code.line("var rank = 0u;\nvar before = 0.0;");
            code.line("if ordered { for (var d = 0u; d < columns; d++) {");
            let other = self.load(code, 0, "(start + d)");
            let other = code.name(other);
            code.line(format_args!(
                "if {other} > {own} || ({other} == {own} && d < c) {{ rank++; before += {}; }}",
                weight(&other)
            ));
            code.line("} }");
            own
        };
        self.total(code, "likeliest", "columns", |_, code| {
            let own = rank(code);
            format!("select(0.0, {}, rank < most)", weight(&own))
        });
        code.line("var last_rank = -1.0;\nvar last_part = 0u;");
        self.each(code, "columns", |_, code| {
            rank(code);
            code.line(
                "let kept = rank < most && (reached >= 1.0 || before < reached * likeliest);",
            );
            code.line("if kept && f32(rank) > last_rank { last_rank = f32(rank); last_part = c; }");
        });
        // Ranks below 2^24 are exact, and no two tokens have the same.
        code.line(
            "if last_rank == largest_of_threads(lane, last_rank) { last_token = last_part; }",
        );
        code.line("workgroupBarrier();");
        let (low, high) = (self.load(code, 4, "0u"), self.load(code, 4, "1u"));
        let counter = scalar(code, 5);
        let x = self.load(code, 0, "(start + d)");
        let weight = weight(&x);
        let last = self.load(code, 0, "(start + last_token)");
        let last = code.name(last);
        let if_kept = format!("if !ordered || {x} > {last} || ({x} == {last} && d <= last_token)");
        code.line("if lane == 0u {\nvar token = 0u;\nif temperature > 0.0 {\nvar total = 0.0;");
        code.line("for (var d = 0u; d < columns; d++) {");
        code.line(format_args!("{if_kept} {{ total += {weight}; }}\n}}"));
        code.line(format_args!(
            "var left = total * uniform_number(vec4<u32>({counter}, row, 0u, {TOKEN}u), vec2<u32>({low}, {high}));"
        ));
        code.line("for (var d = 0u; d < columns; d++) {");
        code.line(format_args!("{if_kept} {{ token = d; left -= {weight}; }}"));
        code.line("if left < 0.0 { break; }\n}\n} else {");
        code.line("for (var d = 0u; d < columns; d++) {");
        code.line(format_args!(
            "if {x} == largest {{ token = d; break; }}\n}}\n}}"
        ));
        code.line("finish(b, row, token);\n}");
    }

    /// Each thread looks through the ids for one row of the table and keeps the sums of some of its
    /// columns: in the order the rows stand, without waiting for other threads.
    fn scatter_by_threads(&self, code: &mut Code) -> usize {
        const COLUMNS: usize = 16;
        let (rows, width) = (self.node.shape.dims()[0], self.node.shape.last());
        let threads = rows * width.div_ceil(COLUMNS);
        code.line(format_args!("const COLUMNS = {COLUMNS}u;"));
        main(code, |code| {
            let [rows, width] = [rows, width].map(|extent| code.number(extent));
            let count = code.number(self.operands[1].1.elements());
            code.line(format_args!(
                "let width = {width};\nlet blocks = (width + COLUMNS - 1u) / COLUMNS;"
            ));
            code.line("let t = here.group * THREADS + local;");
            code.line(format_args!("if t >= {rows} * blocks {{ return; }}"));
            code.line("let row = t / blocks;\nlet start = t % blocks * COLUMNS;");
            code.line("let columns = min(COLUMNS, width - start);");
            code.line("var sums: array<f32, COLUMNS>;");
            code.line(format_args!("for (var n = 0u; n < {count}; n++) {{"));
            let id = self.load(code, 1, "n");
            code.line(format_args!("if {id} == row {{"));
            code.line("for (var c = 0u; c < columns; c++) {");
            let element = self.load(code, 0, "(n * width + start + c)");
            code.line(format_args!("sums[c] += {element};\n}}\n}}\n}}"));
            code.ending(|code| {
                code.line("for (var c = 0u; c < columns; c++) {");
                code.line("finish(b, row * width + start + c, sums[c]);\n}");
            });
        });
        threads.div_ceil(THREADS)
    }

    /// A workgroup for some columns of a row of the table, a thread for each: together they look at as many ids
    /// as they are and note which name the row, then each adds those, in the order they stand.
    fn scatter_by_workgroups(&self, code: &mut Code) -> usize {
        let (rows, width) = (self.node.shape.dims()[0], self.node.shape.last());
        code.line("var<workgroup> named: array<atomic<u32>, THREADS / 32u>;");
        main(code, |code| {
            let width = code.number(width);
            let ids = code.number(self.operands[1].1.elements());
            code.line(format_args!("let width = {width};\nlet ids = {ids};"));
            code.line("let blocks = (width + THREADS - 1u) / THREADS;");
            code.line("let row = here.group / blocks;");
            code.line("let column = here.group % blocks * THREADS + local;\nvar sum = 0.0;");
            code.line("for (var begin = 0u; begin < ids; begin += THREADS) {");
            code.line("if local < THREADS / 32u { atomicStore(&named[local], 0u); }");
            code.line("workgroupBarrier();\nif begin + local < ids {");
            let id = self.load(code, 1, "(begin + local)");
            code.line(format_args!(
                "if {id} == row {{ atomicOr(&named[local / 32u], 1u << (local % 32u)); }}"
            ));
            code.line("}\nworkgroupBarrier();");
            code.line("for (var word = 0u; word < THREADS / 32u; word++) {");
            code.line("var bits = atomicLoad(&named[word]);");
            code.line("while bits != 0u && column < width {");
            code.line("let n = begin + word * 32u + firstTrailingBit(bits);");
            let element = self.load(code, 0, "(n * width + column)");
            code.line(format_args!("sum += {element};\nbits &= bits - 1u;"));
            code.line("}\n}\nworkgroupBarrier();\n}");
            code.line("if column < width { finish(b, row * width + column, sum); }");
        });
        rows * width.div_ceil(THREADS)
    }

    fn sum(&self, code: &mut Code, axes: &[usize]) -> usize {
        let (base, view) = &self.operands[0];
        let kept = (0..view.dims.len()).filter(|axis| !axes.contains(axis));
        let (kept, summed) = (view.along(kept), view.along(axes.iter().copied()));
        let sums = kept.elements();
        let lanes = Lanes::of(self.target, sums, summed.elements());
        main(code, |code| {
            lanes.begin(code, sums);
            // By rows, by columns or of all there is: one text, wherever a stride is enough.
            let distance = |code: &mut Code, along: &View, index: &str| match along.merged().1[..] {
                [] => format!("{index} * {}", code.number(0)),
                [stride] => format!("{index} * {}", code.number(stride)),
                _ => code.distance(along, index),
            };
            let start = distance(code, &kept, "row");
            code.line(format_args!("let start = {start};"));
            let count = code.number(summed.elements());
            code.line("var part = 0.0;");
            code.line(format_args!(
                "for (var k = lane; k < {count}; k += LANES) {{"
            ));
            let distance = distance(code, &summed, "k");
            let memory = View {
                offset: view.offset,
                ..View::whole(&[view.elements()].into())
            };
            let element = format!("(start + {distance})");
            let element = (self.read)(code, &(*base, memory), DType::F32, &element);
            code.line(format_args!("part += {element};"));
            let sum = lanes.together("sum", "part");
            code.line(format_args!("}}\nlet sum = {sum};"));
            code.ending(|code| code.line("if lane == 0u { finish(b, row, sum); }"));
        });
        sums.div_ceil(lanes.rows())
    }
}
