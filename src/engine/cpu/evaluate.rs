//! One node, from its operands' tensors to its own.

use std::ops::{Deref, Range};

use candle_core::{DType as CandleType, Device, Storage, Tensor, WithDType};

use super::kernels;
use super::matmul::{Matrices, multiply};
use crate::engine::EngineError;
use crate::graph::{Mask, Node, Op};
use crate::sampling::{self, Law};

/// The value of `node`, whose operands stand in `values`.
pub fn evaluate(node: &Node, values: &[Option<Tensor>]) -> Result<Tensor, EngineError> {
    let operand = |index: usize| {
        let tensor = values[node.inputs[index].0].as_ref();
        tensor.expect("operands are evaluated first and released last")
    };
    let dims = node.shape.dims();
    let x = || operand(0);
    Ok(match &node.op {
        Op::Input(_) | Op::State(_) => unreachable!("the plan supplies leaves"),
        Op::Constant(value) => Tensor::new(*value, &Device::Cpu)?,
        Op::Range => Tensor::arange(0, dims[0] as u32, &Device::Cpu)?,
        // Those of floats are done in runs.
        Op::Unary(_) => unreachable!("a function of floats"),
        Op::Binary(_) => x().broadcast_gt(operand(1))?.to_dtype(CandleType::F32)?,
        Op::Select => {
            let condition = operand(0).ne(0f32)?.broadcast_as(dims)?;
            let (then, otherwise) = (operand(1), operand(2));
            condition.where_cond(&then.broadcast_as(dims)?, &otherwise.broadcast_as(dims)?)?
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
        Op::Sum { axes } => sum(x(), axes)?,
        Op::MatMul {
            transpose_left,
            transpose_right,
        } => matmul(x(), *transpose_left, operand(1), *transpose_right, dims)?,
        Op::Rows => {
            let (table, ids) = (elements::<f32>(x())?, elements::<u32>(operand(1))?);
            let (count, width) = x().dims2()?;
            check_indices("rows", &ids, count)?;
            new(kernels::rows(&table, &ids, width), dims)?
        }
        Op::ScatterRows => {
            let (rows, ids) = (elements::<f32>(x())?, elements::<u32>(operand(1))?);
            check_indices("scatter_rows", &ids, dims[0])?;
            new(kernels::scatter_rows(&rows, &ids, dims[0], dims[1]), dims)?
        }
        Op::ReadAt { axis } => {
            let index = index("read_at", operand(1), x().dims()[*axis])?;
            x().narrow(*axis, index, 1)?
        }
        Op::WriteAt { axis } => {
            let extent = dims[*axis];
            let index = index("write_at", operand(2), extent)?;
            let mut parts = Vec::with_capacity(3);
            if index > 0 {
                parts.push(x().narrow(*axis, 0, index)?);
            }
            parts.push(operand(1).clone());
            if index + 1 < extent {
                parts.push(x().narrow(*axis, index + 1, extent - index - 1)?);
            }
            Tensor::cat(&parts, *axis)?
        }
        Op::Softmax(mask) => {
            let scores = elements::<f32>(x())?;
            let columns = node.shape.last();
            let values = match mask {
                Mask::None => kernels::softmax(&scores, columns, |_| columns),
                Mask::Causal => kernels::softmax(&scores, columns, |row| row % columns + 1),
                Mask::UpTo => {
                    let position = index("softmax_up_to", operand(1), columns)?;
                    kernels::softmax(&scores, columns, |_| position + 1)
                }
            };
            new(values, dims)?
        }
        Op::SoftmaxGradient => {
            let (y, dy) = (elements::<f32>(x())?, elements::<f32>(operand(1))?);
            new(kernels::softmax_gradient(&y, &dy, node.shape.last()), dims)?
        }
        Op::LogSoftmax => new(
            kernels::log_softmax(&elements(x())?, node.shape.last()),
            dims,
        )?,
        Op::LayerNorm { epsilon } => {
            let values = kernels::layer_norm(&elements(x())?, node.shape.last(), *epsilon);
            new(values, dims)?
        }
        Op::LayerNormGradient { epsilon } => {
            let (x, dy) = (elements(x())?, elements(operand(1))?);
            let values = kernels::layer_norm_gradient(&x, &dy, node.shape.last(), *epsilon);
            new(values, dims)?
        }
        Op::RmsNorm { epsilon } => {
            let values = kernels::rms_norm(&elements(x())?, node.shape.last(), *epsilon);
            new(values, dims)?
        }
        Op::RmsNormGradient { epsilon } => {
            let (x, dy) = (elements(x())?, elements(operand(1))?);
            let values = kernels::rms_norm_gradient(&x, &dy, node.shape.last(), *epsilon);
            new(values, dims)?
        }
        Op::Rotary { theta, inverse } => {
            let (x, positions) = (elements(x())?, elements(operand(1))?);
            let values = kernels::rotary(&x, &positions, node.shape.last(), *theta, *inverse);
            new(values, dims)?
        }
        Op::TokenLogProb => {
            let (logits, targets) = (elements::<f32>(x())?, elements::<u32>(operand(1))?);
            let classes = x().dims2()?.1;
            check_indices("token_log_prob", &targets, classes)?;
            new(kernels::token_log_prob(&logits, &targets, classes), dims)?
        }
        Op::TokenLogProbGradient => {
            let (logits, targets) = (elements::<f32>(x())?, elements::<u32>(operand(1))?);
            let dy = elements::<f32>(operand(2))?;
            check_indices("token_log_prob", &targets, dims[1])?;
            let values = kernels::token_log_prob_gradient(&logits, &targets, &dy, dims[1]);
            new(values, dims)?
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
    })
}

/// The sum over `axes`, each kept with extent 1.
fn sum(x: &Tensor, axes: &[usize]) -> Result<Tensor, EngineError> {
    let mut dims = x.dims().to_vec();
    let summed: usize = axes.iter().map(|&axis| dims[axis]).product();
    let first = axes.first().copied().unwrap_or(0);
    let innermost = axes.iter().copied().eq(first..dims.len());
    let outermost = axes.iter().copied().eq(0..axes.len());
    for &axis in axes {
        dims[axis] = 1;
    }
    if innermost && summed > 0 {
        new(kernels::row_sums(&elements(x)?, summed), &dims)
    } else if outermost {
        let columns = dims.iter().product();
        new(kernels::column_sums(&elements(x)?, columns), &dims)
    } else {
        Ok(x.sum_keepdim(axes)?)
    }
}

fn matmul(
    left: &Tensor,
    transpose_left: bool,
    right: &Tensor,
    transpose_right: bool,
    dims: &[usize],
) -> Result<Tensor, EngineError> {
    let [.., m, n] = dims else {
        unreachable!("a product has rows and columns")
    };
    let left_dims = left.dims();
    let k = left_dims[left_dims.len() - if transpose_left { 2 } else { 1 }];
    let (left, right) = (elements::<f32>(left)?, elements::<f32>(right)?);
    let factors = |values, transposed| Matrices { values, transposed };
    let mut out = vec![0.0; dims.iter().product()];
    multiply(
        factors(&left, transpose_left),
        factors(&right, transpose_right),
        [*m, k, *n],
        &mut out,
    );
    new(out, dims)
}

fn new(values: Vec<f32>, dims: &[usize]) -> Result<Tensor, EngineError> {
    Ok(Tensor::from_vec(values, dims, &Device::Cpu)?)
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
