//! Causal attention and its adjoint in WGSL. Sums stay in registers; no score reaches memory.

mod blocks;
mod head;
mod threads;

use super::code::Code;
use super::kernels::Heavy;
use super::target::Target;
use crate::graph::Op;

/// Writes the kernel of [`Op::Attention`] or [`Op::AttentionGradient`], after its function `finish`; gives the
/// number of workgroups.
pub fn write(heavy: &Heavy<'_>, code: &mut Code) -> usize {
    let (heads, gradient) = match heavy.node.op {
        Op::Attention(heads) => (heads, false),
        Op::AttentionGradient(heads) => (heads, true),
        ref other => unreachable!("{other:?} is no attention"),
    };
    let head = head::Head::new(heavy, heads);
    match heavy.target {
        Target::Hardware if heads.width <= blocks::WIDEST => {
            blocks::Blocks { head }.write(code, gradient)
        }
        _ => threads::Threads { head }.write(code, gradient),
    }
}
