//! Norms of rows, and their derivatives.
//!
//! A derivative's workgroup has several rows: first its threads look at these, each thread or eight together at one row;
//! then each takes some columns, writes their elements of all rows and adds up what is to be tallied ([`super::tally`]).

use super::code::Code;
use super::kernels::{Heavy, Lanes, THREADS, main};
use super::tally::Term;
use super::target::Target;
use super::view::View;
use crate::graph::{DType, Op};

/// Who looks at a row for the derivative of a norm.
pub fn lanes(target: Target) -> Lanes {
    match target {
        Target::Hardware => Lanes::Eight,
        Target::Software => Lanes::One,
    }
}

impl Heavy<'_> {
    /// The row's `mean`, 0 where the norm takes none away, and `scale`, 1 / √(mean square of the rest + epsilon).
    fn moments(&self, code: &mut Code) {
        let (epsilon, centred) = match self.node.op {
            Op::LayerNorm { epsilon } | Op::LayerNormGradient { epsilon } => (epsilon, true),
            Op::RmsNorm { epsilon } | Op::RmsNormGradient { epsilon } => (epsilon, false),
            ref other => unreachable!("{other:?} is no norm"),
        };
        if centred {
            self.total(code, "sum", "columns", |heavy, code| {
                heavy.load(code, 0, "e")
            });
        }
        let mean = if centred { "sum / f32(columns)" } else { "0.0" };
        code.line(format_args!("let mean = {mean};"));
        self.total(code, "squares", "columns", |heavy, code| {
            let x = heavy.load(code, 0, "e");
            let x = code.name(format!("{x} - mean"));
            format!("{x} * {x}")
        });
        let epsilon = code.float(epsilon);
        code.line(format_args!(
            "let scale = 1.0 / sqrt(squares / f32(columns) + {epsilon});"
        ));
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
        let lanes = lanes(self.target);
        code.line(format_args!("const ROWS = {}u;", lanes.rows()));
        code.line(format_args!("const LANES = {}u;", THREADS / lanes.rows()));
        code.line("var<workgroup> rows: array<vec4<f32>, ROWS>;");
        main(code, |code| {
            let (rows, columns) = (code.number(rows), code.number(self.columns()));
            code.line(format_args!("let columns = {columns};"));
            code.line("let first = here.group * ROWS;\nlet lane = local % LANES;");
            // Beyond the end the last one stands in.
            code.line(format_args!(
                "let start = min(first + local / LANES, {rows} - 1u) * columns;"
            ));
            self.moments(code);
            self.totals(code, &["dy_sum", "projected"], "columns", &|heavy, code| {
                let (x, dy) = (heavy.load(code, 0, "e"), heavy.load(code, 1, "e"));
                let dy = code.name(dy);
                let projected = format!("{dy} * ({x} - mean) * scale");
                vec![dy, projected]
            });
            let centred = matches!(self.node.op, Op::LayerNormGradient { .. });
            let dy_mean = if centred {
                "dy_sum / f32(columns)"
            } else {
                "0.0"
            };
            code.line(format_args!(
                "if lane == 0u {{ rows[local / LANES] = vec4<f32>(mean, scale, {dy_mean}, projected / f32(columns)); }}"
            ));
            code.line("workgroupBarrier();");
            code.line(format_args!("let end = min(first + ROWS, {rows});"));
            code.ending(|code| self.columns_of_rows(code));
        });
        rows.div_ceil(lanes.rows())
    }

    /// Hands on each column of a workgroup's rows, and writes its tally.
    fn columns_of_rows(&self, code: &mut Code) {
        let tallied = self.tally.as_ref();
        let terms = tallied.map_or(&[][..], |tally| &tally.terms);
        code.line("for (var c = local; c < columns; c += THREADS) {");
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
                let index = format!("(here.group * {many} + {k}u) * columns + c");
                let view = View::whole(tally.shape);
                let value = format!("tally_{k}");
                code.store(tally.memory, &view, DType::F32, &index, &value);
            }
        }
        code.line("}");
    }
}
