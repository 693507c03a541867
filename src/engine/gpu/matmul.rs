//! Matrix products in WGSL.

use super::code::Code;
use super::kernels::{Heavy, THREADS, main, main_of};
use super::target::Target;

/// Writes the kernel of a matrix product, after its function `finish`; gives the number of workgroups.
pub fn write(heavy: &Heavy<'_>, code: &mut Code, transposed: [bool; 2]) -> usize {
    let dims = heavy.node.shape.dims();
    let rank = dims.len();
    let inner_axis = if transposed[0] { rank - 2 } else { rank - 1 };
    let product = Product {
        heavy,
        transposed,
        rows: dims[rank - 2],
        columns: dims[rank - 1],
        inner: heavy.operands[0].1.dims[inner_axis],
        matrices: dims[..rank - 2].iter().product(),
    };
    match heavy.target {
        Target::Hardware => product.by_workgroups(code),
        Target::Software => product.by_threads(code),
    }
}

/// Products of `matrices` pairs.
struct Product<'a> {
    heavy: &'a Heavy<'a>,
    transposed: [bool; 2],
    rows: usize,
    columns: usize,
    /// How many products each sum has.
    inner: usize,
    matrices: usize,
}

/// Rows and columns of tiles.
struct Tiles {
    /// Of one thread: its rows and its columns.
    each: usize,
    /// How many sets of threads share the sums of a tile among them.
    slices: usize,
    /// Rows and columns of the factors that are fetched at once.
    depth: usize,
}

impl Product<'_> {
    /// Workgroups for tiles of 8 × 8 threads.
    fn groups(&self, each: usize) -> usize {
        let tile = 8 * each;
        self.matrices * self.rows.div_ceil(tile) * self.columns.div_ceil(tile)
    }

    /// Names the extents and the place of a workgroup's tile.
    fn begin(&self, code: &mut Code, each: usize) {
        for (name, extent) in [("m", self.rows), ("n", self.columns), ("inner", self.inner)] {
            let extent = code.number(extent);
            code.line(format!("let {name} = {extent};"));
        }
        code.line(format!("const EACH = {each}u;\nconst TILE = 8u * EACH;"));
        code.line("let across = (n + TILE - 1u) / TILE;");
        code.line("let tiles = (m + TILE - 1u) / TILE * across;");
        code.line("let z = here.group / tiles;\nlet tile = here.group % tiles;");
    }

    /// Names where each factor's matrix starts, and how far apart its neighbours stand: along the sums
    /// (`l_step`), and along the rows or columns of the product (`l_stride`).
    fn factors(&self, code: &mut Code) {
        let rank = self.heavy.node.shape.rank();
        let (last, before) = (rank - 1, rank - 2);
        let axes = |transposed: bool, axes: [usize; 2]| match transposed {
            true => [axes[1], axes[0]],
            false => axes,
        };
        let outer_and_inner = [
            axes(self.transposed[0], [before, last]),
            axes(self.transposed[1], [last, before]),
        ];
        let factors = ["l", "r"].into_iter().zip(self.heavy.operands);
        for ((name, (base, view)), [outer, inner]) in factors.zip(outer_and_inner) {
            let first = code.place(*base, view);
            let matrix = code.distance(&view.along(0..before), "z");
            let stride = code.number(view.strides[outer]);
            let step = code.number(view.strides[inner]);
            code.line(format!("let {name}_start = {first} + {matrix};"));
            code.line(format!(
                "let {name}_stride = {stride};\nlet {name}_step = {step};"
            ));
        }
    }

    /// Each of 8 × 8 threads keeps a square of sums; the factors are read through the caches.
    fn by_threads(&self, code: &mut Code) -> usize {
        // Where a thread makes more, it reads less for each.
        let each = if self.rows.min(self.columns) >= 64 {
            8
        } else {
            4
        };
        main(code, |code| {
            self.begin(code, each);
            code.line("let row = tile / across * TILE + local / 8u * EACH;");
            code.line("let column = tile % across * TILE + local % 8u * EACH;");
            code.line("if row >= m || column >= n { return; }");
            self.factors(code);
            for (name, start, most) in [("l", "row", "m"), ("r", "column", "n")] {
                for index in 0..each {
                    // Beyond the edge the last one stands in.
                    code.line(format!(
                        "var {name}{index} = {name}_start + min({start} + {index}u, {most} - 1u) * {name}_stride;"
                    ));
                }
            }
            begin_sums(code, each);
            code.line("for (var k = 0u; k < inner; k++) {");
            let word = |name: String| format!("bitcast<f32>(heap[{name}])");
            for x in 0..each / 4 {
                let words = (4 * x..4 * x + 4).map(|column| word(format!("r{column}")));
                let words: Vec<String> = words.collect();
                code.line(format!("let right{x} = vec4<f32>({});", words.join(", ")));
            }
            for y in 0..each {
                code.line(format!("let left{y} = {};", word(format!("l{y}"))));
            }
            add_products(code, each, |y| format!("left{y}"));
            for index in 0..each {
                code.line(format!("l{index} += l_step;\nr{index} += r_step;"));
            }
            code.line("}");
            let sums: Vec<String> = sums(each).collect();
            let (count, sums) = (sums.len(), sums.join(", "));
            code.line(format!("var sums = array<vec4<f32>, {count}>({sums});"));
            code.line("for (var y = 0u; y < EACH && row + y < m; y++) {");
            code.line("for (var x = 0u; x < EACH && column + x < n; x++) {");
            code.line("let sum = sums[y * (EACH / 4u) + x / 4u][x % 4u];");
            code.line("finish(b, (z * m + row + y) * n + column + x, sum);\n}\n}");
        });
        self.groups(each)
    }

    /// How large tiles are made on hardware.
    fn tiles(&self) -> Tiles {
        /// With so many workgroups a GPU has some for all its parts.
        const SOME: usize = 96;
        /// With so many it need not wait for any.
        const ENOUGH: usize = 512;
        let tiles = |each, slices, depth| Tiles {
            each,
            slices,
            depth,
        };
        match self.groups(8) {
            ENOUGH.. => tiles(8, 1, 16),
            SOME.. => tiles(8, 2, 8),
            // Few: what each has to sum is cut as well.
            _ => tiles(4, 4, 8),
        }
    }

    /// A workgroup makes a tile: it fetches a few rows and columns of the factors into the memory it shares, the
    /// next while it sums. Several sets of 8 × 8 threads share the sums among them where there are few tiles.
    fn by_workgroups(&self, code: &mut Code) -> usize {
        let Tiles {
            each,
            slices,
            depth,
        } = self.tiles();
        // What is shared is taken by fours: those of a row or column of a factor, or of a row of the tile. One
        // more between rows keeps threads that write side by side to different banks.
        let fours = 2 * each;
        let pitch = fours + 1;
        let shared = (2 * slices * depth * pitch).max(8 * each * fours);
        let fetched = depth * fours / THREADS;
        code.line(format!("var<workgroup> part: array<vec4<f32>, {shared}>;"));
        main_of(code, slices * THREADS, |code| {
            self.begin(code, each);
            code.line(format!(
                "const SLICES = {slices}u;\nconst DEPTH = {depth}u;"
            ));
            code.line(format!("const FOURS = {fours}u;\nconst PITCH = {pitch}u;"));
            code.line("let slice = local / THREADS;\nlet lane = local % THREADS;");
            code.line("let l_first = tile / across * TILE;\nlet r_first = tile % across * TILE;");
            self.factors(code);
            code.line("let share = (inner + SLICES * DEPTH - 1u) / (SLICES * DEPTH) * DEPTH;");
            code.line("let end = min(inner, (slice + 1u) * share);");
            code.line("let l_part = slice * DEPTH * PITCH;");
            code.line("let r_part = (SLICES + slice) * DEPTH * PITCH;");
            let factors = || {
                let numbered = |t| [("l", "m", t), ("r", "n", t)];
                (0..fetched).flat_map(numbered)
            };
            for (name, most, t) in factors() {
                // Threads side by side fetch what stands side by side.
                let e = format!("({t}u * THREADS + lane)");
                code.line(format!(
                    "let {name}_four{t} = select({e} % FOURS, {e} / DEPTH, {name}_step == 1u);"
                ));
                code.line(format!(
                    "let {name}_inner{t} = select({e} / FOURS, {e} % DEPTH, {name}_step == 1u);"
                ));
                for k in 0..4 {
                    // Beyond the edge the last one stands in.
                    code.line(format!(
                        "let {name}_from{t}_{k} = {name}_start + min({name}_first + 4u * {name}_four{t} + {k}u, {most} - 1u) * {name}_stride;"
                    ));
                }
                code.line(format!("var {name}_fetched{t} = vec4<f32>();"));
            }
            begin_sums(code, each);
            // The first turn only fetches.
            code.line("for (var k = 0u; k <= share; k += DEPTH) {\nif k > 0u {");
            for (name, _, t) in factors() {
                code.line(format!(
                    "part[{name}_part + {name}_inner{t} * PITCH + {name}_four{t}] = {name}_fetched{t};"
                ));
            }
            code.line("}\nworkgroupBarrier();\nlet next = slice * share + k;");
            for (name, _, t) in factors() {
                code.line(format!("{name}_fetched{t} = vec4<f32>();"));
                code.line(format!("if next + {name}_inner{t} < end {{"));
                code.line(format!("let at = (next + {name}_inner{t}) * {name}_step;"));
                let words = (0..4).map(|k| format!("bitcast<f32>(heap[{name}_from{t}_{k} + at])"));
                let words: Vec<String> = words.collect();
                code.line(format!(
                    "{name}_fetched{t} = vec4<f32>({});\n}}",
                    words.join(", ")
                ));
            }
            code.line("if k > 0u {\nfor (var d = 0u; d < DEPTH; d++) {");
            for four in 0..each / 4 {
                code.line(format!(
                    "let left{four} = part[l_part + d * PITCH + {four}u * 8u + lane / 8u];"
                ));
                code.line(format!(
                    "let right{four} = part[r_part + d * PITCH + {four}u * 8u + lane % 8u];"
                ));
            }
            add_products(code, each, |y| format!("left{}[{}]", y / 4, y % 4));
            code.line("}\n}\nworkgroupBarrier();\n}");
            code.line("for (var s = 0u; s < SLICES; s++) {\nif s == slice {");
            for y in 0..each {
                code.line(format!(
                    "let row{y} = ({}u * 8u + lane / 8u) * 4u + {}u;",
                    y / 4,
                    y % 4
                ));
                for x in 0..each / 4 {
                    let at = format!("row{y} * FOURS + {x}u * 8u + lane % 8u");
                    code.line(format!(
                        "part[{at}] = s{y}_{x} + select(vec4<f32>(), part[{at}], s > 0u);"
                    ));
                }
            }
            code.line("}\nworkgroupBarrier();\n}");
            code.line("for (var at = local; at < TILE * TILE; at += SLICES * THREADS) {");
            code.line("let row = l_first + at / TILE;\nlet column = r_first + at % TILE;");
            code.line("if row < m && column < n {");
            code.line("finish(b, (z * m + row) * n + column, part[at / 4u][at % 4u]);\n}\n}");
        });
        self.groups(each)
    }
}

/// The names of a thread's sums, four columns at a time.
fn sums(each: usize) -> impl Iterator<Item = String> {
    (0..each).flat_map(move |y| (0..each / 4).map(move |x| format!("s{y}_{x}")))
}

fn begin_sums(code: &mut Code, each: usize) {
    for sum in sums(each) {
        code.line(format!("var {sum} = vec4<f32>();"));
    }
}

/// Adds the products of a column of the left factor, whose numbers `left` names, and a row of the right one.
fn add_products(code: &mut Code, each: usize, left: impl Fn(usize) -> String) {
    for y in 0..each {
        for x in 0..each / 4 {
            code.line(format!("s{y}_{x} += {} * right{x};", left(y)));
        }
    }
}
