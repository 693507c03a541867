//! Norms of rows, and their derivatives.
//!
//! A derivative is made of several rows together: first what their elements have in common, row by row; then, column by
//! column, each element, and the sums that are tallied ([`super::tally`]).

use super::code::Code;
use super::kernels::{Heavy, Lanes, main, main_of};
use super::tally::Term;
use super::target::Target;
use super::view::View;
use crate::graph::{DType, Op};

/// The rows whose derivatives are made, and tallied, together.
pub const ROWS: usize = 8;

/// What is known of a row, in the names that [`Heavy::moments`] gives.
const MOMENTS: &str = "vec4<f32>(mean, scale, dy_mean, projection)";

/// Who looks at a row for the derivative of a norm.
pub fn lanes(target: Target) -> Lanes {
    match target {
        Target::Hardware => Lanes::Eight,
        Target::Software => Lanes::One,
    }
}

impl Heavy<'_> {
    /// The row's `mean`, 0 where the norm takes none away, and `scale`, 1 / √(mean square of the rest + epsilon); of a
    /// derivative also `dy_mean`, likewise, and `projection`, the mean of dy times what the norm gives.
    fn moments(&self, code: &mut Code) {
        let (epsilon, centred, derives) = match self.node.op {
            Op::LayerNorm { epsilon } => (epsilon, true, false),
            Op::LayerNormGradient { epsilon } => (epsilon, true, true),
            Op::RmsNorm { epsilon } => (epsilon, false, false),
            Op::RmsNormGradient { epsilon } => (epsilon, false, true),
            ref other => unreachable!("{other:?} is no norm"),
        };
        let sums = if derives { 2 } else { 1 };
        let epsilon = code.float(epsilon);
        match centred {
            true => {
                self.totals(
                    code,
                    &["sum", "dy_sum"][..sums],
                    "columns",
                    &|heavy, code| {
                        (0..sums)
                            .map(|operand| heavy.load(code, operand, "e"))
                            .collect()
                    },
                );
                code.line("let mean = sum / f32(columns);");
            }
            false => code.line("const mean = 0.0;\nconst dy_sum = 0.0;"),
        }
        self.totals(
            code,
            &["squares", "inner"][..sums],
            "columns",
            &|heavy, code| {
                let x = heavy.load(code, 0, "e");
                let x = code.name(format!("{x} - mean"));
                let mut terms = vec![format!("{x} * {x}")];
                if derives {
                    terms.push(format!("{x} * {}", heavy.load(code, 1, "e")));
                }
                terms
            },
        );
        code.line(format_args!(
            "let scale = 1.0 / sqrt(squares / f32(columns) + {epsilon});"
        ));
        if derives {
            code.line("let dy_mean = dy_sum / f32(columns);\nlet projection = inner * scale / f32(columns);");
        }
    }

    /// A norm of the row.
    pub fn norm(&self, code: &mut Code) {
        self.moments(code);
        self.ending(code, |heavy, code| {
            let x = heavy.load(code, 0, "e");
            code.line(format_args!("finish(b, e, ({x} - mean) * scale);"));
        });
    }

    /// Writes the kernel of a norm's derivative; gives the number of workgroups.
    pub fn norm_gradient(&self, code: &mut Code, rows: usize) -> usize {
        code.line(format_args!("const ROWS = {ROWS}u;"));
        match self.target {
            Target::Hardware => self.gradient_by_workgroups(code, rows),
            Target::Software => self.gradient_by_threads(code, rows),
        }
    }

    /// Eight threads look at each row, then each takes some columns of all.
    fn gradient_by_workgroups(&self, code: &mut Code, rows: usize) -> usize {
        code.line("var<workgroup> rows: array<vec4<f32>, ROWS>;");
        main(code, |code| {
            code.line("const LANES = THREADS / ROWS;\nlet lane = local % LANES;");
            code.line("let tally = here.group;");
            self.begin_rows(code, rows);
            // Beyond the end the last one stands in.
            code.line("let start = min(first + local / LANES, end - 1u) * columns;");
            self.moments(code);
            code.line(format_args!(
                "if lane == 0u {{ rows[local / LANES] = {MOMENTS}; }}"
            ));
            code.line("workgroupBarrier();");
            code.ending(|code| self.hand_on(code, "local", "THREADS"));
        });
        rows.div_ceil(ROWS)
    }

    /// A thread has rows to itself: to software, threads that wait for each other are dear.
    fn gradient_by_threads(&self, code: &mut Code, rows: usize) -> usize {
        /// In a workgroup: what has several processors gives each some workgroups.
        const FEW: usize = 8;
        main_of(code, FEW, |code| {
            code.line("const LANES = 1u;\nconst lane = 0u;");
            code.line(format_args!("let tally = here.group * {FEW}u + local;"));
            self.begin_rows(code, rows);
            code.line("if first >= end { return; }");
            code.line("var rows: array<vec4<f32>, ROWS>;");
            code.line("for (var r = first; r < end; r++) {\nlet start = r * columns;");
            self.moments(code);
            code.line(format_args!("rows[r - first] = {MOMENTS};\n}}"));
            code.ending(|code| self.hand_on(code, "0u", "1u"));
        });
        rows.div_ceil(ROWS).div_ceil(FEW)
    }

    /// Names the `columns`, and the `first` row and the `end` of those that are tallied together.
    fn begin_rows(&self, code: &mut Code, rows: usize) {
        let (rows, columns) = (code.number(rows), code.number(self.columns()));
        code.line(format_args!("let columns = {columns};"));
        code.line("let first = tally * ROWS;");
        code.line(format_args!("let end = min(first + ROWS, {rows});"));
    }

    /// Hands on the columns of the rows from one on, each some `step` after the one before, and writes their tallies.
    fn hand_on(&self, code: &mut Code, from: &str, step: &str) {
        let tallied = self.tally.as_ref();
        let terms = tallied.map_or(&[][..], |tally| &tally.terms);
        code.line(format_args!(
            "for (var c = {from}; c < columns; c += {step}) {{"
        ));
        for k in 0..terms.len() {
            code.line(format_args!("var tally_{k} = 0.0;"));
        }
        code.line("for (var r = first; r < end; r++) {");
        code.line("let e = r * columns + c;\nlet row = rows[r - first];");
        let (x, dy) = (self.load(code, 0, "e"), self.load(code, 1, "e"));
        code.line(format_args!("let normed = ({x} - row.x) * row.y;"));
        code.line(format_args!("let dy = {dy};"));
        if let Some(tally) = tallied {
            let upstream = (self.read)(code, tally.upstream, DType::F32, "e");
            code.line(format_args!("let upstream = {upstream};"));
        }
        // What is handed on may take the place of what is read.
        code.line("finish(b, e, row.y * (dy - row.z - normed * row.w));");
        for (k, term) in terms.iter().enumerate() {
            let term = match term {
                Term::Upstream => "upstream",
                Term::UpstreamTimesNorm => "upstream * normed",
            };
            code.line(format_args!("tally_{k} += {term};"));
        }
        code.line("}");
        if let Some(tally) = tallied {
            let many = code.number(terms.len());
            for k in 0..terms.len() {
                let index = format!("(tally * {many} + {k}u) * columns + c");
                let view = View::whole(tally.shape);
                let value = format!("tally_{k}");
                code.store(tally.memory, &view, DType::F32, &index, &value);
            }
        }
        code.line("}");
    }
}
