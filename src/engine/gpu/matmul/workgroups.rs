//! A workgroup makes a tile: it fetches a few rows and columns of the factors into the memory it shares, the next
//! while it sums. Several sets of 8 × 8 threads share the sums among them where there are few tiles.

use super::super::code::Code;
use super::super::kernels::{THREADS, main_of};
use super::super::norm::ROWS;
use super::{Product, add_products, begin_sums};
use crate::graph::{DType, NodeId};

/// How a tile is made.
pub struct Tile {
    /// Rows of a thread; the tile has eight times as many.
    down: usize,
    /// Columns of a thread, likewise.
    across: usize,
    /// How many sets of threads share what there is to sum.
    slices: usize,
    /// How many products of each sum are fetched at once.
    depth: usize,
}

/// What a thread fetches at once: of a factor, four rows or columns.
struct Fetch {
    /// The factor.
    name: &'static str,
    /// The extent that its rows or columns end at.
    most: &'static str,
    /// The number among the thread's fetches.
    number: usize,
    /// How many threads have one.
    threads: usize,
}

impl Tile {
    /// For a product of that shape.
    pub fn of(dims: &[usize]) -> Self {
        /// With so many workgroups a GPU has some for all its parts.
        const SOME: usize = 96;
        /// With so many it need not wait for any.
        const ENOUGH: usize = 512;
        let tile = |each, slices, depth| Tile {
            down: each,
            across: each,
            slices,
            depth,
        };
        match tile(8, 1, 16).count(dims) {
            ENOUGH.. => tile(8, 1, 16),
            SOME.. => tile(8, 2, 8),
            _ => tile(4, 4, 8),
        }
    }

    /// Whole rows of so many columns.
    fn of_rows(columns: usize) -> Self {
        let across = columns / 8;
        Tile {
            down: ROWS / 8,
            across,
            slices: 4,
            depth: if across > 8 { 4 } else { 8 },
        }
    }

    /// How many of them a product of that shape has.
    pub fn count(&self, dims: &[usize]) -> usize {
        let [matrices @ .., rows, columns] = dims else {
            unreachable!("matrices have two axes")
        };
        let tiles = [(rows, self.down), (columns, self.across)];
        let tiles = tiles.map(|(extent, each)| extent.div_ceil(8 * each));
        matrices.iter().chain(&tiles).product()
    }

    /// Of each factor the name, the extent that its rows or columns end at, and how many of these a thread has.
    fn factors(&self) -> [(&'static str, &'static str, usize); 2] {
        [("l", "m", self.down), ("r", "n", self.across)]
    }

    /// Fours in shared memory: the parts of the factors, later the tile.
    fn shared(&self) -> usize {
        let factors = self.slices * self.depth * (pitch(self.down) + pitch(self.across));
        factors.max(8 * self.down * fours(self.across))
    }

    /// What a thread fetches.
    fn fetches(&self) -> impl Iterator<Item = Fetch> + use<> {
        let depth = self.depth;
        let factors = self.factors().into_iter();
        factors.flat_map(move |(name, most, each)| {
            let fours = depth * fours(each);
            (0..fours.div_ceil(THREADS)).map(move |number| Fetch {
                name,
                most,
                number,
                threads: (fours - number * THREADS).min(THREADS),
            })
        })
    }

    /// Names where the fours that a thread fetches stand, in memory and in what is shared.
    fn name_fetches(&self, code: &mut Code) {
        for fetch in self.fetches() {
            let (name, t) = (fetch.name, fetch.number);
            // Threads side by side fetch what stands side by side.
            let e = format!("({t}u * THREADS + lane)");
            code.line(format_args!(
                "let {name}_four{t} = select({e} % {name}_fours, {e} / DEPTH, {name}_step == 1u);\n\
                 let {name}_inner{t} = select({e} / {name}_fours, {e} % DEPTH, {name}_step == 1u);"
            ));
            for k in 0..4 {
                // Beyond the edge the last one stands in.
                code.line(format_args!(
                    "let {name}_from{t}_{k} = {name}_start + min({name}_first + 4u * {name}_four{t} + {k}u, {} - 1u) * {name}_stride;",
                    fetch.most
                ));
            }
            code.line(format_args!("var {name}_fetched{t} = vec4<f32>();"));
        }
    }

    /// Names the tile's rows that a thread has: four that follow each other, then again; or those that it has.
    fn name_rows(&self, code: &mut Code) {
        let together = self.down.min(4);
        for y in 0..self.down {
            let (block, within) = (y / together, y % together);
            code.line(format_args!(
                "let row{y} = ({block}u * 8u + lane / 8u) * {together}u + {within}u;"
            ));
        }
    }

    /// Sums in turns: what was fetched is shared, the next is fetched, what is shared is summed.
    fn sum(&self, product: &Product<'_>, code: &mut Code) {
        begin_sums(code, [self.down, self.across]);
        // The first turn only fetches.
        code.line("for (var k = 0u; k <= share; k += DEPTH) {\nif k > 0u {");
        for fetch in self.fetches() {
            let (name, t) = (fetch.name, fetch.number);
            let condition = match fetch.threads {
                THREADS => String::new(),
                threads => format!("if lane < {threads}u "),
            };
            code.line(format_args!(
                "{condition}{{ part[{name}_part + {name}_inner{t} * {name}_pitch + {name}_four{t}] = {name}_fetched{t}; }}"
            ));
        }
        code.line("}\nworkgroupBarrier();\nlet next = slice * share + k;");
        for fetch in self.fetches() {
            let (name, t) = (fetch.name, fetch.number);
            code.line(format_args!("{name}_fetched{t} = vec4<f32>();"));
            code.line(format_args!("if next + {name}_inner{t} < end {{"));
            code.line(format_args!(
                "let at = (next + {name}_inner{t}) * {name}_step;"
            ));
            let factor = usize::from(name == "r");
            let numbers = (0..4).map(|k| {
                let at = format!("{name}_from{t}_{k} + at");
                product.number(code, factor, &at)
            });
            let numbers: Vec<String> = numbers.collect();
            let numbers = numbers.join(", ");
            code.line(format_args!(
                "{name}_fetched{t} = vec4<f32>({numbers});\n}}"
            ));
        }
        code.line("if k > 0u {\nfor (var d = 0u; d < DEPTH; d++) {");
        for four in 0..self.across / 4 {
            let at = format!("r_part + d * r_pitch + {four}u * 8u + lane % 8u");
            code.line(format_args!("let right{four} = part[{at}];"));
        }
        let left = |row: usize| format!("part[l_part + d * l_pitch + row{row} / 4u]");
        let sizes = [self.down, self.across];
        match self.down % 4 {
            0 => {
                for row in (0..self.down).step_by(4) {
                    code.line(format_args!("let left{row} = {};", left(row)));
                }
                add_products(code, sizes, |y| format!("left{}[{}]", y / 4 * 4, y % 4));
            }
            _ => {
                for row in 0..self.down {
                    code.line(format_args!(
                        "let left{row} = {}[row{row} % 4u];",
                        left(row)
                    ));
                }
                add_products(code, sizes, |y| format!("left{y}"));
            }
        }
        code.line("}\n}\nworkgroupBarrier();\n}");
    }

    /// Adds up what the sets of threads have summed, in their order: now the tile is shared.
    fn gather(&self, code: &mut Code) {
        code.line("for (var s = 0u; s < SLICES; s++) {\nif s == slice {");
        for y in 0..self.down {
            for x in 0..self.across / 4 {
                let at = format!("row{y} * r_fours + {x}u * 8u + lane % 8u");
                code.line(format_args!(
                    "part[{at}] = s{y}_{x} + select(vec4<f32>(), part[{at}], s > 0u);"
                ));
            }
        }
        code.line("}\nworkgroupBarrier();\n}");
    }
}

/// How many fours so many rows or columns of a thread are in the tile: what is shared is taken by fours.
fn fours(each: usize) -> usize {
    8 * each / 4
}

/// Fours from one row to the next: one more keeps threads that write side by side to different banks.
fn pitch(each: usize) -> usize {
    fours(each) + 1
}

/// Adds up the squares of a tile that has been handed on, into memory that has a number for each.
fn add_squares(code: &mut Code, memory: NodeId) {
    code.line("var squares = 0.0;\nif local < TILE_ROWS && l_first + local < m {");
    code.line("for (var c = 0u; c < TILE_COLUMNS; c++) {");
    // Threads side by side begin at different columns, which stand in different banks.
    code.line("let column = (c + local) % TILE_COLUMNS;");
    code.line("let number = part[local * r_fours + column / 4u][column % 4u];");
    code.line("if r_first + column < n { squares += number * number; }\n}\n}");
    code.line("workgroupBarrier();\npart[local].x = squares;\nworkgroupBarrier();");
    code.line("if local == 0u {");
    code.line("for (var row = 1u; row < TILE_ROWS; row++) { squares += part[row].x; }");
    code.store(memory, DType::F32, "here.group", "squares");
    code.line("}");
}

/// Hands on the tile, row by row.
fn finish(code: &mut Code) {
    code.line("for (var at = local; at < TILE_ROWS * TILE_COLUMNS; at += SLICES * THREADS) {");
    code.line("let row = l_first + at / TILE_COLUMNS;\nlet column = r_first + at % TILE_COLUMNS;");
    code.line("if row < m && column < n {");
    code.line("finish(b, (z * m + row) * n + column, part[at / 4u][at % 4u]);\n}\n}");
}

/// The same where the tile's rows are whole and something is done with them, which takes what `finish` gives.
fn finish_rows(code: &mut Code) {
    code.line("for (var at = local; at < TILE_ROWS * r_fours; at += SLICES * THREADS) {");
    code.line("let row = l_first + at / r_fours;\nif row < m {");
    code.line("let i = (z * m + row) * n + at % r_fours * 4u;\nlet four = part[at];");
    let four = ["x", "y", "z", "w"].iter().zip(0..);
    let four = four.map(|(name, k)| format!("finish(b, i + {k}u, four.{name})"));
    let four: Vec<String> = four.collect();
    code.line(format_args!("part[at] = vec4<f32>({});", four.join(", ")));
    code.line("}\n}\nworkgroupBarrier();");
    code.line("let first = z * m + l_first;\nlet end = min(first + TILE_ROWS, (z + 1u) * m);");
    code.line("let tally = here.group;");
}

/// Writes the kernel; gives the number of workgroups.
pub fn write(product: &Product<'_>, code: &mut Code) -> usize {
    let dims = product.heavy.node.shape.dims();
    let tile = match product.heavy.rows {
        None => Tile::of(dims),
        Some(_) => Tile::of_rows(product.columns),
    };
    let shared = tile.shared();
    code.line(format_args!(
        "var<workgroup> part: array<vec4<f32>, {shared}>;"
    ));
    let rows = product.heavy.rows;
    if let Some(rows) = rows {
        rows.declare_rows(code);
    }
    let threads = tile.slices * THREADS;
    main_of(code, threads, |code| {
        product.begin(code, [tile.down, tile.across]);
        for (name, number) in [("SLICES", tile.slices), ("DEPTH", tile.depth)] {
            code.line(format_args!("const {name} = {number}u;"));
        }
        for (name, _, each) in tile.factors() {
            code.line(format_args!(
                "const {name}_fours = {}u;\nconst {name}_pitch = {}u;",
                fours(each),
                pitch(each)
            ));
        }
        code.line("let slice = local / THREADS;\nlet lane = local % THREADS;");
        code.line("let l_first = tile / across * TILE_ROWS;");
        code.line("let r_first = tile % across * TILE_COLUMNS;");
        product.factors(code);
        code.line("let share = (inner + SLICES * DEPTH - 1u) / (SLICES * DEPTH) * DEPTH;");
        code.line("let end = min(inner, (slice + 1u) * share);");
        code.line("let l_part = slice * DEPTH * l_pitch;");
        code.line("let r_part = SLICES * DEPTH * l_pitch + slice * DEPTH * r_pitch;");
        tile.name_fetches(code);
        tile.name_rows(code);
        tile.sum(product, code);
        tile.gather(code);
        match rows {
            None => {
                finish(code);
                if let Some(memory) = product.heavy.squares {
                    add_squares(code, memory);
                }
            }
            Some(rows) => {
                code.line("{");
                finish_rows(code);
                rows.rows_together(code, threads);
                code.line("}");
            }
        }
    });
    tile.count(dims)
}
