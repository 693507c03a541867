//! Each of 8 × 8 threads keeps a square of sums; the factors are read through the caches.

use super::super::code::Code;
use super::super::kernels::main;
use super::{Product, add_products, begin_sums, sums};

/// Rows and columns of a thread: where it makes more, it reads less for each. Products of few rows have as many, and so
/// share the text of others, which is compiled but once.
const EACH: usize = 8;
const SIZES: [usize; 2] = [EACH, EACH];

/// Writes the kernel; gives the number of workgroups.
pub fn write(product: &Product<'_>, code: &mut Code) -> usize {
    main(code, |code| {
        product.begin(code, SIZES);
        code.line(format_args!("const EACH = {EACH}u;"));
        code.line("let row = tile / across * TILE_ROWS + local / 8u * EACH;");
        code.line("let column = tile % across * TILE_COLUMNS + local % 8u * EACH;");
        code.line("if row >= m || column >= n { return; }");
        product.factors(code);
        for (name, start, most) in [("l", "row", "m"), ("r", "column", "n")] {
            for index in 0..EACH {
                // Beyond the edge the last one stands in.
                code.line(format_args!(
                    "let {name}{index} = {name}_start + min({start} + {index}u, {most} - 1u) * {name}_stride;"
                ));
            }
        }
        begin_sums(code, SIZES);
        code.line("for (var k = 0u; k < inner; k++) {");
        code.line("let l_at = k * l_step;\nlet r_at = k * r_step;");
        let word =
            |name: &str, index: usize| format!("bitcast<f32>(heap[{name}{index} + {name}_at])");
        for x in 0..EACH / 4 {
            let words = (4 * x..4 * x + 4).map(|column| word("r", column));
            let words: Vec<String> = words.collect();
            code.line(format_args!(
                "let right{x} = vec4<f32>({});",
                words.join(", ")
            ));
        }
        for y in 0..EACH {
            code.line(format_args!("let left{y} = {};", word("l", y)));
        }
        add_products(code, SIZES, |y| format!("left{y}"));
        code.line("}");
        let sums: Vec<String> = sums(SIZES).collect();
        let (count, sums) = (sums.len(), sums.join(", "));
        code.line(format_args!(
            "var sums = array<vec4<f32>, {count}>({sums});"
        ));
        code.ending(|code| {
            code.line("for (var y = 0u; y < EACH && row + y < m; y++) {");
            code.line("for (var x = 0u; x < EACH && column + x < n; x++) {");
            code.line("let sum = sums[y * (EACH / 4u) + x / 4u][x % 4u];");
            code.line("finish(b, (z * m + row + y) * n + column + x, sum);\n}\n}");
        });
    });
    let [down, across] = [product.rows, product.columns].map(|extent| extent.div_ceil(8 * EACH));
    product.matrices * down * across
}
