//! Norms of rows, and their derivatives.
//!
//! A derivative is made of several rows together: first what their elements have in common, row by row; then, column by
//! column, each element, and the sums that are tallied ([`super::tally`]). So are derivatives and norms in the kernels
//! that make their rows (`lower/rows.rs`).

use super::code::Code;
use super::kernels::{Heavy, Lanes, main_of};
use super::tally::Term;
use super::target::Target;
use crate::graph::{DType, Op};

/// The rows whose derivatives are made, and tallied, together.
pub const ROWS: usize = 16;

/// The threads that look at them.
const LOOKERS: usize = 8 * ROWS;

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
        code.line(match derives {
            true => "let dy_mean = dy_sum / f32(columns);\nlet projection = inner * scale / f32(columns);",
            false => "const dy_mean = 0.0;\nconst projection = 0.0;",
        });
    }

    /// A norm of the row.
    pub fn norm(&self, code: &mut Code) {
        self.moments(code);
        self.ending(code, |heavy, code| {
            let x = heavy.load(code, 0, "e");
            format!("({x} - mean) * scale")
        });
    }

    /// Writes the kernel of a norm's derivative; gives the number of workgroups.
    pub fn norm_gradient(&self, code: &mut Code, rows: usize) -> usize {
        match self.target {
            Target::Hardware => self.gradient_by_workgroups(code, rows),
            Target::Software => self.gradient_by_threads(code, rows),
        }
    }

    fn gradient_by_workgroups(&self, code: &mut Code, rows: usize) -> usize {
        self.declare_rows(code);
        main_of(code, LOOKERS, |code| {
            self.begin_rows(code, "here.group", rows);
            self.rows_together(code, LOOKERS);
        });
        rows.div_ceil(ROWS)
    }

    /// Writes the kernel of a run, element `i` of which is `finish(b, i)`, that makes a norm of its rows; gives the
    /// number of workgroups.
    pub fn after_run(&self, code: &mut Code) -> usize {
        let columns = self.columns();
        let rows = self.node.shape.elements() / columns;
        code.line(format_args!(
            "var<workgroup> part: array<vec4<f32>, {}>;",
            ROWS * columns / 4
        ));
        self.declare_rows(code);
        main_of(code, LOOKERS, |code| {
            self.begin_rows(code, "here.group", rows);
            code.line(format_args!("const FOURS = {}u;", columns / 4));
            code.line(format_args!(
                "for (var at = local; at < (end - first) * FOURS; at += {LOOKERS}u) {{"
            ));
            code.line("let i = (first * FOURS + at) * 4u;");
            let four = (0..4).map(|k| format!("finish(b, i + {k}u)"));
            let four: Vec<String> = four.collect();
            code.line(format_args!("part[at] = vec4<f32>({});", four.join(", ")));
            code.line("}\nworkgroupBarrier();");
            self.rows_together(code, LOOKERS);
        });
        rows.div_ceil(ROWS)
    }

    /// Names the `first` of the rows that are looked at together, their `end`, and the number of their `tally`.
    fn begin_rows(&self, code: &mut Code, tally: &str, rows: usize) {
        let rows = code.number(rows);
        code.line(format_args!("let tally = {tally};"));
        code.line("let first = tally * ROWS;");
        code.line(format_args!("let end = min(first + ROWS, {rows});"));
    }

    /// The memory that [`Heavy::rows_together`] shares.
    pub fn declare_rows(&self, code: &mut Code) {
        code.line(format_args!("const ROWS = {ROWS}u;"));
        code.line("var<workgroup> rows: array<vec4<f32>, ROWS>;");
    }

    /// What a workgroup of so many threads does with the rows from `first` on, up to `end`: eight threads look at
    /// each, those beyond again, then each takes some columns of all, and of their `tally`.
    pub fn rows_together(&self, code: &mut Code, threads: usize) {
        let columns = code.number(self.columns());
        code.line(format_args!("let columns = {columns};"));
        code.line(
            "const LANES = 8u;\nlet lane = local % LANES;\nlet looked_at = local / LANES % ROWS;",
        );
        // Beyond the end the last one stands in.
        code.line("let start = min(first + looked_at, end - 1u) * columns;");
        self.moments(code);
        code.line(format_args!(
            "if local < LANES * ROWS && lane == 0u {{ rows[looked_at] = {MOMENTS}; }}"
        ));
        code.line("workgroupBarrier();");
        code.ending(|code| self.hand_on(code, "local", &format!("{threads}u")));
    }

    /// A thread has rows to itself: to software, threads that wait for each other are dear.
    fn gradient_by_threads(&self, code: &mut Code, rows: usize) -> usize {
        /// In a workgroup: what has several processors gives each some workgroups.
        const FEW: usize = 8;
        code.line(format_args!("const ROWS = {ROWS}u;"));
        main_of(code, FEW, |code| {
            let columns = code.number(self.columns());
            code.line(format_args!("let columns = {columns};"));
            code.line("const LANES = 1u;\nconst lane = 0u;");
            self.begin_rows(code, &format!("here.group * {FEW}u + local"), rows);
            code.line("if first >= end { return; }");
            code.line("var rows: array<vec4<f32>, ROWS>;");
            code.line("for (var r = first; r < end; r++) {\nlet start = r * columns;");
            self.moments(code);
            code.line(format_args!("rows[r - first] = {MOMENTS};\n}}"));
            code.ending(|code| self.hand_on(code, "0u", "1u"));
        });
        rows.div_ceil(ROWS).div_ceil(FEW)
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
        let x = self.load(code, 0, "e");
        code.line(format_args!("let normed = ({x} - row.x) * row.y;"));
        let value = match self.operands {
            [_, _, ..] => {
                let dy = self.load(code, 1, "e");
                format!("row.y * ({dy} - row.z - normed * row.w)")
            }
            _ => "normed".to_owned(),
        };
        code.line(format_args!("let value = {value};"));
        if let Some(tally) = tallied {
            let upstream = (self.read)(code, tally.upstream, DType::F32, "e");
            code.line(format_args!("let upstream = {upstream};"));
        }
        // What is handed on may take the place of what is read.
        code.line(format_args!("{}(b, e, value);", self.finish()));
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
                let value = format!("tally_{k}");
                code.store(tally.memory, DType::F32, &index, &value);
            }
        }
        code.line("}");
    }
}
