//! A workgroup makes a tile: it fetches a few rows and columns of the factors into the memory it shares, the next
//! while it sums. Several sets of 8 × 8 threads share the sums among them where there are few tiles.

use super::super::code::Code;
use super::super::kernels::{THREADS, main_of};
use super::{Product, add_products, begin_sums};

/// How a tile is made.
struct Tile {
    /// Rows and columns of a thread; the tile has eight times as many.
    each: usize,
    /// How many sets of threads share what there is to sum.
    slices: usize,
    /// How many products of each sum are fetched at once.
    depth: usize,
}

impl Tile {
    /// For a product.
    fn of(product: &Product<'_>) -> Self {
        /// With so many workgroups a GPU has some for all its parts.
        const SOME: usize = 96;
        /// With so many it need not wait for any.
        const ENOUGH: usize = 512;
        let tile = |each, slices, depth| Tile {
            each,
            slices,
            depth,
        };
        match product.groups(8) {
            ENOUGH.. => tile(8, 1, 16),
            SOME.. => tile(8, 2, 8),
            _ => tile(4, 4, 8),
        }
    }

    /// What is shared is taken by fours: those of a row or column of a factor, or of a row of the tile.
    fn fours(&self) -> usize {
        2 * self.each
    }

    /// Fours from one row to the next: one more keeps threads that write side by side to different banks.
    fn pitch(&self) -> usize {
        self.fours() + 1
    }

    /// Fours in shared memory: the parts of the factors, later the tile.
    fn shared(&self) -> usize {
        let factors = 2 * self.slices * self.depth * self.pitch();
        factors.max(8 * self.each * self.fours())
    }

    /// The fours that a thread fetches: the factor's name, the extent that its rows or columns end at, and the
    /// number among the thread's.
    fn fetches(&self) -> impl Iterator<Item = (&'static str, &'static str, usize)> + use<> {
        let numbers = 0..self.depth * self.fours() / THREADS;
        numbers.flat_map(|t| [("l", "m", t), ("r", "n", t)])
    }

    /// Names where the fours that a thread fetches stand, in memory and in what is shared.
    fn name_fetches(&self, code: &mut Code) {
        for (name, most, t) in self.fetches() {
            // Threads side by side fetch what stands side by side.
            let e = format!("({t}u * THREADS + lane)");
            for (what, across, along) in [
                ("four", "% FOURS", "/ DEPTH"),
                ("inner", "/ FOURS", "% DEPTH"),
            ] {
                code.line(format_args!(
                    "let {name}_{what}{t} = select({e} {across}, {e} {along}, {name}_step == 1u);"
                ));
            }
            for k in 0..4 {
                // Beyond the edge the last one stands in.
                code.line(format_args!(
                    "let {name}_from{t}_{k} = {name}_start + min({name}_first + 4u * {name}_four{t} + {k}u, {most} - 1u) * {name}_stride;"
                ));
            }
            code.line(format_args!("var {name}_fetched{t} = vec4<f32>();"));
        }
    }

    /// Sums in turns: what was fetched is shared, the next is fetched, what is shared is summed.
    fn sum(&self, code: &mut Code) {
        begin_sums(code, self.each);
        // The first turn only fetches.
        code.line("for (var k = 0u; k <= share; k += DEPTH) {\nif k > 0u {");
        for (name, _, t) in self.fetches() {
            code.line(format_args!(
                "part[{name}_part + {name}_inner{t} * PITCH + {name}_four{t}] = {name}_fetched{t};"
            ));
        }
        code.line("}\nworkgroupBarrier();\nlet next = slice * share + k;");
        for (name, _, t) in self.fetches() {
            code.line(format_args!("{name}_fetched{t} = vec4<f32>();"));
            code.line(format_args!("if next + {name}_inner{t} < end {{"));
            code.line(format_args!(
                "let at = (next + {name}_inner{t}) * {name}_step;"
            ));
            let words = (0..4).map(|k| format!("bitcast<f32>(heap[{name}_from{t}_{k} + at])"));
            let words: Vec<String> = words.collect();
            let words = words.join(", ");
            code.line(format_args!("{name}_fetched{t} = vec4<f32>({words});\n}}"));
        }
        code.line("if k > 0u {\nfor (var d = 0u; d < DEPTH; d++) {");
        for (name, factor, place) in [("l", "left", "lane / 8u"), ("r", "right", "lane % 8u")] {
            for four in 0..self.each / 4 {
                let at = format!("{name}_part + d * PITCH + {four}u * 8u + {place}");
                code.line(format_args!("let {factor}{four} = part[{at}];"));
            }
        }
        add_products(code, self.each, |y| format!("left{}[{}]", y / 4, y % 4));
        code.line("}\n}\nworkgroupBarrier();\n}");
    }

    /// Adds up what the sets of threads have summed, in their order, and hands on the tile, row by row.
    fn finish(&self, code: &mut Code) {
        code.line("for (var s = 0u; s < SLICES; s++) {\nif s == slice {");
        for y in 0..self.each {
            let (four, within) = (y / 4, y % 4);
            code.line(format_args!(
                "let row{y} = ({four}u * 8u + lane / 8u) * 4u + {within}u;"
            ));
            for x in 0..self.each / 4 {
                let at = format!("row{y} * FOURS + {x}u * 8u + lane % 8u");
                code.line(format_args!(
                    "part[{at}] = s{y}_{x} + select(vec4<f32>(), part[{at}], s > 0u);"
                ));
            }
        }
        code.line("}\nworkgroupBarrier();\n}");
        code.line("for (var at = local; at < TILE * TILE; at += SLICES * THREADS) {");
        code.line("let row = l_first + at / TILE;\nlet column = r_first + at % TILE;");
        code.line("if row < m && column < n {");
        code.line("finish(b, (z * m + row) * n + column, part[at / 4u][at % 4u]);\n}\n}");
    }
}

/// Writes the kernel; gives the number of workgroups.
pub fn write(product: &Product<'_>, code: &mut Code) -> usize {
    let tile = Tile::of(product);
    let shared = tile.shared();
    code.line(format_args!(
        "var<workgroup> part: array<vec4<f32>, {shared}>;"
    ));
    main_of(code, tile.slices * THREADS, |code| {
        product.begin(code, tile.each);
        for (name, number) in [
            ("SLICES", tile.slices),
            ("DEPTH", tile.depth),
            ("FOURS", tile.fours()),
            ("PITCH", tile.pitch()),
        ] {
            code.line(format_args!("const {name} = {number}u;"));
        }
        code.line("let slice = local / THREADS;\nlet lane = local % THREADS;");
        code.line("let l_first = tile / across * TILE;\nlet r_first = tile % across * TILE;");
        product.factors(code);
        code.line("let share = (inner + SLICES * DEPTH - 1u) / (SLICES * DEPTH) * DEPTH;");
        code.line("let end = min(inner, (slice + 1u) * share);");
        code.line("let l_part = slice * DEPTH * PITCH;");
        code.line("let r_part = (SLICES + slice) * DEPTH * PITCH;");
        tile.name_fetches(code);
        tile.sum(code);
        tile.finish(code);
    });
    product.groups(tile.each)
}
