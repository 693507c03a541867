//! One node, from its operands' tensors to its own.

use std::ops::{Deref, Range};

use candle_core::{Device, Storage, Tensor, WithDType};

use super::attention::{self, Attended};
use super::kernels;
use super::matmul::{Matrix, multiply};
use super::pool::Pool;
use super::values::{Value, Values};
use crate::engine::EngineError;
use crate::graph::{DType, Mask, Node, Op};
use crate::sampling::{self, Law};

/// Whether what `op` gives may be a view of its operands' memory.
pub fn may_share(op: &Op) -> bool {
    matches!(
        op,
        Op::Reshape
            | Op::Permute(_)
            | Op::Broadcast
            | Op::Slice { .. }
            | Op::Concat { .. }
            | Op::ReadAt { .. }
            | Op::StopGradient
    )
}

/// The value of `node`, whose operands stand in `values`, in a buffer of `pool` if it needs one.
pub fn evaluate(node: &Node, values: &Values, pool: &mut Pool) -> Result<Value, EngineError> {
    let operand = |index: usize| values.tensor(node.inputs[index]);
    let dims = node.shape.dims();
    let x = || operand(0);
    let columns = node.shape.last();
    let mut pooled = false;
    let mut filled = |fill: &mut dyn FnMut(&mut [f32])| {
        let mut out = pool.take(node.shape.elements());
        fill(&mut out);
        pooled = true;
        Tensor::from_vec(out, dims, &Device::Cpu)
    };
    let tensor = match &node.op {
        Op::Input(_) | Op::State(_) => unreachable!("the plan supplies leaves"),
        Op::Constant(value) => Tensor::new(*value, &Device::Cpu)?,
        Op::Range => Tensor::arange(0, dims[0] as u32, &Device::Cpu)?,
        // Those of floats are done in runs.
        Op::Unary(_) | Op::RunningMean { .. } | Op::RunningSquare { .. } | Op::AdamStep { .. } => {
            unreachable!("a function of floats")
        }
        // These are of integers. candle has them for every two kinds of numbers, a tenth of what browsers would load.
        Op::Binary(_) => {
            let [x, y] = [spread(x(), dims)?, spread(operand(1), dims)?];
            let (x, y) = (elements::<u32>(&x)?, elements::<u32>(&y)?);
            filled(&mut |out| kernels::greater(&x, &y, out))?
        }
        Op::Select => {
            let condition = spread(x(), dims)?;
            let [then, otherwise] = [spread(operand(1), dims)?, spread(operand(2), dims)?];
            let (then, otherwise) = (elements::<u32>(&then)?, elements::<u32>(&otherwise)?);
            let chosen = kernels::select(&elements(&condition)?, &then, &otherwise);
            Tensor::from_vec(chosen, dims, &Device::Cpu)?
        }
        Op::Reshape => x().reshape(dims)?,
        // candle walks strided tensors slowly, so they are laid out anew at once.
        Op::Permute(permutation) => x().permute(permutation.as_slice())?.contiguous()?,
        Op::Broadcast => x().broadcast_as(dims)?,
        Op::Slice { axis, start } => x().narrow(*axis, *start, dims[*axis])?,
        Op::Pad { axis, before } => {
            let after = dims[*axis] - before - x().dims()[*axis];
            x().pad_with_zeros(*axis, *before, after)?
        }
        Op::Concat { axis } => {
            let parts: Vec<&Tensor> = (0..node.inputs.len()).map(operand).collect();
            Tensor::cat(&parts, *axis)?
        }
        Op::Sum { axes } => {
            let summed: usize = axes.iter().map(|&axis| x().dims()[axis]).product();
            let outermost = axes.iter().copied().eq(0..axes.len());
            if summed == 0 {
                filled(&mut |out| out.fill(0.0))?
            } else if outermost && axes.len() < dims.len() {
                let x = elements(x())?;
                filled(&mut |out| kernels::column_sums(&x, out.len(), out))?
            } else {
                let kept = (0..dims.len()).filter(|axis| !axes.contains(axis));
                let innermost: Vec<usize> = kept.chain(axes.iter().copied()).collect();
                let x = x().permute(innermost)?.contiguous()?;
                let x = elements(&x)?;
                filled(&mut |out| kernels::row_sums(&x, summed, out))?
            }
        }
        Op::MatMul {
            transpose_left,
            transpose_right,
        } => {
            let inner = dims.len() - if *transpose_left { 2 } else { 1 };
            let extents = [dims[dims.len() - 2], x().dims()[inner], columns];
            let (left, right) = (elements::<f32>(x())?, elements::<f32>(operand(1))?);
            let transposed = [*transpose_left, *transpose_right];
            filled(&mut |out| matrix_products([&left, &right], transposed, extents, out))?
        }
        Op::Rows => {
            let (table, ids) = (elements::<f32>(x())?, elements::<u32>(operand(1))?);
            let (count, width) = x().dims2()?;
            check_indices("rows", &ids, count)?;
            filled(&mut |out| kernels::rows(&table, &ids, width, out))?
        }
        Op::ScatterRows => {
            let (rows, ids) = (elements::<f32>(x())?, elements::<u32>(operand(1))?);
            check_indices("scatter_rows", &ids, dims[0])?;
            filled(&mut |out| kernels::scatter_rows(&rows, &ids, columns, out))?
        }
        Op::ReadAt { axis } => {
            let index = index("read_at", operand(1), x().dims()[*axis])?;
            x().narrow(*axis, index, 1)?
        }
        Op::WriteAt { axis } => {
            let extent = dims[*axis];
            let index = index("write_at", operand(2), extent)?;
            let inner = dims[axis + 1..].iter().product();
            match node.dtype {
                DType::F32 => {
                    let (x, value) = (elements::<f32>(x())?, elements(operand(1))?);
                    filled(&mut |out| kernels::write_at(&x, &value, extent, inner, index, out))?
                }
                DType::U32 => {
                    let (x, value) = (elements::<u32>(x())?, elements(operand(1))?);
                    let mut out = vec![0; node.shape.elements()];
                    kernels::write_at(&x, &value, extent, inner, index, &mut out);
                    Tensor::from_vec(out, dims, &Device::Cpu)?
                }
            }
        }
        Op::Softmax(mask) => {
            let scores = elements::<f32>(x())?;
            let position = match mask {
                Mask::UpTo => index("softmax_up_to", operand(1), columns)?,
                Mask::None => columns - 1,
            };
            filled(&mut |out| kernels::softmax(&scores, columns, position + 1, out))?
        }
        Op::SoftmaxGradient => {
            let (y, dy) = (elements(x())?, elements(operand(1))?);
            filled(&mut |out| kernels::softmax_gradient(&y, &dy, columns, out))?
        }
        Op::LogSoftmax => {
            let x = elements(x())?;
            filled(&mut |out| kernels::log_softmax(&x, columns, out))?
        }
        Op::LayerNorm { epsilon } => {
            let x = elements(x())?;
            filled(&mut |out| kernels::layer_norm(&x, columns, *epsilon, out))?
        }
        Op::LayerNormGradient { epsilon } => {
            let (x, dy) = (elements(x())?, elements(operand(1))?);
            filled(&mut |out| kernels::layer_norm_gradient(&x, &dy, columns, *epsilon, out))?
        }
        Op::RmsNorm { epsilon } => {
            let x = elements(x())?;
            filled(&mut |out| kernels::rms_norm(&x, columns, *epsilon, out))?
        }
        Op::RmsNormGradient { epsilon } => {
            let (x, dy) = (elements(x())?, elements(operand(1))?);
            filled(&mut |out| kernels::rms_norm_gradient(&x, &dy, columns, *epsilon, out))?
        }
        Op::Attention(heads) => {
            let (rows, positions) = (elements::<f32>(x())?, elements(operand(1))?);
            let texts = attention::texts(&positions)?;
            filled(&mut |out| attention::attention(&rows, &texts, *heads, out))?
        }
        Op::AttentionGradient(heads) => {
            let (rows, positions) = (elements::<f32>(x())?, elements(operand(1))?);
            let (values, dy) = (elements(operand(2))?, elements(operand(3))?);
            let texts = attention::texts(&positions)?;
            let attended = Attended {
                values: &values,
                dy: &dy,
            };
            filled(&mut |out| {
                attention::attention_gradient(&rows, &texts, *heads, attended, out);
            })?
        }
        Op::Rotary { theta, inverse } => {
            let (x, positions) = (elements(x())?, elements(operand(1))?);
            filled(&mut |out| kernels::rotary(&x, &positions, columns, *theta, *inverse, out))?
        }
        Op::TokenLogProb => {
            let (logits, targets) = (elements::<f32>(x())?, elements::<u32>(operand(1))?);
            let classes = x().dims2()?.1;
            check_indices("token_log_prob", &targets, classes)?;
            filled(&mut |out| kernels::token_log_prob(&logits, &targets, classes, out))?
        }
        Op::TokenLogProbGradient => {
            let (logits, targets) = (elements::<f32>(x())?, elements::<u32>(operand(1))?);
            let dy = elements::<f32>(operand(2))?;
            check_indices("token_log_prob", &targets, columns)?;
            filled(&mut |out| {
                kernels::token_log_prob_gradient(&logits, &targets, &dy, columns, out);
            })?
        }
        Op::Sample => {
            let law = Law {
                temperature: operand(1).to_scalar()?,
                top_k: operand(2).to_scalar()?,
                top_p: operand(3).to_scalar()?,
            };
            let seed = elements::<u32>(operand(4))?;
            let counter = operand(5).to_scalar()?;
            let classes = x().dims2()?.1;
            let tokens = sampling::draw(&elements(x())?, classes, law, [seed[0], seed[1]], counter);
            Tensor::from_vec(tokens, dims, &Device::Cpu)?
        }
        Op::StopGradient => x().clone(),
    };
    Ok(Value { tensor, pooled })
}

/// A tensor spread to `dims`, its elements in order.
fn spread(tensor: &Tensor, dims: &[usize]) -> Result<Tensor, EngineError> {
    Ok(tensor.broadcast_as(dims)?.contiguous()?)
}

/// The products `[…, m, n]` of factors `[…, m, k]` and `[…, k, n]`, which may stand transposed.
fn matrix_products(
    factors: [&[f32]; 2],
    transposed: [bool; 2],
    [m, k, n]: [usize; 3],
    out: &mut [f32],
) {
    let matrix = |side: usize, values, rows, columns| match transposed[side] {
        true => Matrix::new(values, rows).transpose(),
        false => Matrix::new(values, columns),
    };
    let [left, right] = factors;
    let sides = left.chunks_exact(m * k).zip(right.chunks_exact(k * n));
    for ((left, right), out) in sides.zip(out.chunks_exact_mut(m * n)) {
        let (left, right) = (matrix(0, left, m, k), matrix(1, right, k, n));
        multiply(left, right, [m, k, n], out, n);
    }
}

fn index(op: &'static str, scalar: &Tensor, extent: usize) -> Result<usize, EngineError> {
    let index = scalar.to_scalar::<u32>()? as usize;
    if index < extent {
        Ok(index)
    } else {
        Err(EngineError::IndexOutOfRange { op, index, extent })
    }
}

fn check_indices(op: &'static str, ids: &[u32], extent: usize) -> Result<(), EngineError> {
    match ids.iter().find(|&&id| id as usize >= extent) {
        None => Ok(()),
        Some(&id) => Err(EngineError::IndexOutOfRange {
            op,
            index: id as usize,
            extent,
        }),
    }
}

/// A tensor's elements in order: a view where they stand so in memory, else a copy.
pub fn elements<T: WithDType>(
    tensor: &Tensor,
) -> Result<impl Deref<Target = [T]> + use<'_, T>, EngineError> {
    let (storage, layout) = tensor.storage_and_layout();
    if let (Some((start, end)), Storage::Cpu(cpu)) = (layout.contiguous_offsets(), &*storage)
        && T::cpu_storage_as_slice(cpu).is_ok()
    {
        return Ok(Elements::View(storage, start..end));
    }
    Ok(Elements::Copy(tensor.flatten_all()?.to_vec1()?))
}

/// `G` guards the memory while it is looked at.
enum Elements<G, T> {
    View(G, Range<usize>),
    Copy(Vec<T>),
}

impl<G: Deref<Target = Storage>, T: WithDType> Deref for Elements<G, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Elements::Copy(values) => values,
            Elements::View(storage, range) => match &**storage {
                Storage::Cpu(cpu) => {
                    let all = T::cpu_storage_as_slice(cpu);
                    &all.expect("looked at when the view was made")[range.clone()]
                }
                _ => unreachable!("a view is made on the processor only"),
            },
        }
    }
}
