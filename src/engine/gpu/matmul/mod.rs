//! Matrix products in WGSL.

mod threads;
mod workgroups;

use super::code::Code;
use super::kernels::Heavy;
use super::target::Target;
use super::view::View;
use crate::graph::DType;

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
        Target::Hardware => workgroups::write(&product, code),
        Target::Software => threads::write(&product, code),
    }
}

/// How many workgroups of [`Target::Hardware`] make a product of that shape, a tile each.
pub fn tiles(dims: &[usize]) -> usize {
    workgroups::Tile::of(dims).count(dims)
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

impl Product<'_> {
    /// Names the extents and the place of a workgroup's tile, of whose rows and columns each thread has so many.
    fn begin(&self, code: &mut Code, [down, across]: [usize; 2]) {
        for (name, extent) in [("m", self.rows), ("n", self.columns), ("inner", self.inner)] {
            let extent = code.number(extent);
            code.line(format_args!("let {name} = {extent};"));
        }
        code.line(format_args!(
            "const TILE_ROWS = {}u;\nconst TILE_COLUMNS = {}u;",
            8 * down,
            8 * across
        ));
        code.line("let across = (n + TILE_COLUMNS - 1u) / TILE_COLUMNS;");
        code.line("let tiles = (m + TILE_ROWS - 1u) / TILE_ROWS * across;");
        code.line("let z = here.group / tiles;\nlet tile = here.group % tiles;");
    }

    /// A number of a factor, which stands at a place or is made of what does.
    fn number(&self, code: &mut Code, factor: usize, at: &str) -> String {
        let base = &self.heavy.operands[factor].0;
        match self.heavy.is_made(*base) {
            true => {
                let shape = &self.heavy.graph.node(*base).shape;
                let memory = (*base, View::whole(shape));
                (self.heavy.read)(code, &memory, DType::F32, at)
            }
            false => format!("bitcast<f32>(heap[{at}])"),
        }
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
            let first = match self.heavy.is_made(*base) {
                true => code.number(view.offset),
                false => code.place(*base, view),
            };
            let matrix = code.distance(&view.along(0..before), "z");
            let stride = code.number(view.strides[outer]);
            let step = code.number(view.strides[inner]);
            code.line(format_args!("let {name}_start = {first} + {matrix};"));
            code.line(format_args!(
                "let {name}_stride = {stride};\nlet {name}_step = {step};"
            ));
        }
    }
}

/// The names of a thread's sums, four columns at a time.
fn sums([down, across]: [usize; 2]) -> impl Iterator<Item = String> {
    (0..down).flat_map(move |y| (0..across / 4).map(move |x| format!("s{y}_{x}")))
}

fn begin_sums(code: &mut Code, sizes: [usize; 2]) {
    for sum in sums(sizes) {
        code.line(format_args!("var {sum} = vec4<f32>();"));
    }
}

/// Adds the products of a column of the left factor, whose numbers `left` names, and a row of the right one.
fn add_products(code: &mut Code, [down, across]: [usize; 2], left: impl Fn(usize) -> String) {
    for y in 0..down {
        for x in 0..across / 4 {
            code.line(format_args!("s{y}_{x} += {} * right{x};", left(y)));
        }
    }
}
