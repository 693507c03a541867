//! Values of a graph under construction, which read like the formulas they stand for.

use std::ops::{Add, Div, Mul, Neg, Range, Sub};
use std::panic::Location;

use super::{Binary, Builder, DType, GraphError, Heads, Mask, NodeId, Op, Shape, Unary};

/// A value in a graph under construction.
#[derive(Clone, Copy)]
pub struct Expr<'g> {
    pub(super) builder: &'g Builder,
    pub(super) id: NodeId,
}

impl<'g> Expr<'g> {
    /// Where the value stands in the graph.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The value's shape.
    pub fn shape(self) -> Shape {
        self.builder.graph.borrow().nodes[self.id.0].shape.clone()
    }

    /// The value's extents.
    pub fn dims(self) -> Vec<usize> {
        self.shape().dims().to_vec()
    }

    /// The value's element type.
    pub fn dtype(self) -> DType {
        self.builder.graph.borrow().nodes[self.id.0].dtype
    }

    /// The graph that the value belongs to.
    pub fn builder(self) -> &'g Builder {
        self.builder
    }

    // ---- element by element ----

    /// `eˣ`
    pub fn exp(self) -> Self {
        self.unary(Unary::Exp)
    }

    /// `ln x`
    pub fn log(self) -> Self {
        self.unary(Unary::Log)
    }

    /// `√x`
    pub fn sqrt(self) -> Self {
        self.unary(Unary::Sqrt)
    }

    /// `x²`
    pub fn square(self) -> Self {
        self.unary(Unary::Square)
    }

    /// `tanh x`
    pub fn tanh(self) -> Self {
        self.unary(Unary::Tanh)
    }

    /// `1 / (1 + e⁻ˣ)`
    pub fn sigmoid(self) -> Self {
        self.unary(Unary::Sigmoid)
    }

    /// `ln(1 + eˣ) = −ln σ(−x)`, without overflow.
    pub fn softplus(self) -> Self {
        self.unary(Unary::Softplus)
    }

    /// GELU in the tanh form (Hendrycks and Gimpel 2016; `gelu_new`).
    pub fn gelu(self) -> Self {
        self.unary(Unary::Gelu)
    }

    /// `x · σ(x)`
    pub fn silu(self) -> Self {
        self * self.sigmoid()
    }

    /// 1 where x is a finite number, else 0.
    pub fn is_finite(self) -> Self {
        self.unary(Unary::IsFinite)
    }

    /// The larger of two, element by element.
    #[track_caller]
    pub fn max(self, other: Self) -> Self {
        self.binary(Binary::Max, other)
    }

    /// The smaller of two, element by element.
    #[track_caller]
    pub fn min(self, other: Self) -> Self {
        self.binary(Binary::Min, other)
    }

    /// 1 where `self > other`, else 0; both may be u32.
    #[track_caller]
    pub fn greater(self, other: Self) -> Self {
        self.binary(Binary::Greater, other)
    }

    /// `self` is the condition: `then` where it is not 0, else `otherwise`.
    #[track_caller]
    pub fn select(self, then: Self, otherwise: Self) -> Self {
        let rule = "the three operands must broadcast together";
        let Some(shape) = then.shape().broadcast(&otherwise.shape()) else {
            return then.misfit("select", otherwise.shape(), rule);
        };
        let Some(shape) = shape.broadcast(&self.shape()) else {
            return then.misfit("select", self.shape(), rule);
        };
        then.expect_dtype("select", otherwise.dtype());
        self.builder
            .push(Op::Select, &[self, then, otherwise], shape, then.dtype())
    }

    /// The same value, a constant to the derivative.
    pub fn stop_gradient(self) -> Self {
        self.keep_shape(Op::StopGradient, &[self])
    }

    // ---- shape ----

    /// The same elements under another shape.
    #[track_caller]
    pub fn reshape(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if shape.elements() != self.shape().elements() {
            return self.misfit("reshape", shape, "the number of elements must stay");
        }
        if shape == self.shape() {
            return self;
        }
        self.builder.push(Op::Reshape, &[self], shape, self.dtype())
    }

    /// Axis `i` of the result is axis `permutation[i]` of `self`.
    #[track_caller]
    pub fn permute(self, permutation: &[usize]) -> Self {
        let dims = self.dims();
        let mut sorted = permutation.to_vec();
        sorted.sort_unstable();
        if sorted != (0..dims.len()).collect::<Vec<_>>() {
            return self.misfit("permute", permutation.into(), "every axis once");
        }
        let shape: Vec<usize> = permutation.iter().map(|&axis| dims[axis]).collect();
        self.builder.push(
            Op::Permute(permutation.to_vec()),
            &[self],
            shape.into(),
            self.dtype(),
        )
    }

    /// Stretched to `shape`.
    #[track_caller]
    pub fn broadcast_to(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if self.shape().broadcast(&shape).as_ref() != Some(&shape) {
            return self.misfit("broadcast_to", shape, "only extents of 1 stretch");
        }
        if shape == self.shape() {
            return self;
        }
        self.builder
            .push(Op::Broadcast, &[self], shape, self.dtype())
    }

    /// The part `range` along `axis`.
    #[track_caller]
    pub fn slice(self, axis: usize, range: Range<usize>) -> Self {
        let shape = self.shape();
        if axis >= shape.rank() || range.start > range.end || range.end > shape.dims()[axis] {
            let wanted = vec![axis, range.start, range.end];
            return self.misfit(
                "slice",
                wanted.into(),
                "axis, start and end must lie inside",
            );
        }
        if range.len() == shape.dims()[axis] {
            return self;
        }
        let node = self.builder.node(self.id);
        if let Op::Pad {
            axis: padded,
            before,
        } = node.op
        {
            let within = self.builder.expr(node.inputs[0]);
            let whole = before..before + within.dims()[padded];
            if (axis, &range) == (padded, &whole) {
                return within;
            }
        }
        let cut = shape.with(axis, range.len());
        let op = Op::Slice {
            axis,
            start: range.start,
        };
        self.builder.push(op, &[self], cut, self.dtype())
    }

    /// Zeros around `self` along `axis`, so that it starts at `before` and the whole is `extent` long.
    #[track_caller]
    pub fn pad(self, axis: usize, before: usize, extent: usize) -> Self {
        let shape = self.shape();
        if axis >= shape.rank() || before + shape.dims()[axis] > extent {
            return self.misfit(
                "pad",
                vec![axis, before, extent].into(),
                "it must fit inside",
            );
        }
        self.builder.push(
            Op::Pad { axis, before },
            &[self],
            shape.with(axis, extent),
            self.dtype(),
        )
    }

    // ---- reductions ----

    /// The sum over `axes`, each kept with extent 1.
    #[track_caller]
    pub fn sum(self, axes: &[usize]) -> Self {
        let mut axes = axes.to_vec();
        axes.sort_unstable();
        axes.dedup();
        let mut shape = self.shape();
        for &axis in &axes {
            if axis >= shape.rank() {
                return self.misfit("sum", axes.into(), "the axes must exist");
            }
            shape = shape.with(axis, 1);
        }
        if axes.is_empty() {
            return self;
        }
        self.builder
            .push(Op::Sum { axes }, &[self], shape, DType::F32)
    }

    /// The sum of all elements, a scalar.
    pub fn sum_all(self) -> Self {
        // Many at once: row by row first, which engines can do side by side.
        const MANY: usize = 1 << 12;
        let rank = self.shape().rank();
        let rows = match rank > 1 && self.shape().elements() > MANY {
            true => self.sum(&[rank - 1]),
            false => self,
        };
        let axes: Vec<usize> = (0..rank).collect();
        rows.sum(&axes).reshape([])
    }

    /// The mean of all elements, a scalar.
    pub fn mean(self) -> Self {
        self.sum_all() * (1.0 / self.shape().elements() as f32)
    }

    // ---- linear algebra ----

    /// The matrix product of `[batch…, M, K]` and `[batch…, K, N]`.
    #[track_caller]
    pub fn matmul(self, other: Self) -> Self {
        self.matmul_with(false, other, false)
    }

    /// `matmul` with either side transposed on the fly.
    #[track_caller]
    pub fn matmul_with(self, transpose_left: bool, other: Self, transpose_right: bool) -> Self {
        let (left, right) = (self.dims(), other.dims());
        let rule = "matrices with equal batch axes and equal inner extents";
        if left.len() < 2 || left.len() != right.len() {
            return self.misfit("matmul", other.shape(), rule);
        }
        let batch = left.len() - 2;
        let oriented = |dims: &[usize], transposed: bool| match transposed {
            false => (dims[batch], dims[batch + 1]),
            true => (dims[batch + 1], dims[batch]),
        };
        let (rows, inner) = oriented(&left, transpose_left);
        let (other_inner, columns) = oriented(&right, transpose_right);
        if left[..batch] != right[..batch] || inner != other_inner {
            return self.misfit("matmul", other.shape(), rule);
        }
        let mut shape = left[..batch].to_vec();
        shape.extend([rows, columns]);
        let op = Op::MatMul {
            transpose_left,
            transpose_right,
        };
        self.builder
            .push(op, &[self, other], shape.into(), DType::F32)
    }

    // ---- indices ----

    /// `self` is a table `[V, D]`: its rows at `ids […]`, as `[…, D]`.
    #[track_caller]
    pub fn rows(self, ids: Self) -> Self {
        ids.expect_dtype("rows", DType::U32);
        if self.shape().rank() != 2 {
            return self.misfit("rows", ids.shape(), "the table is [V, D]");
        }
        let mut shape = ids.dims();
        shape.push(self.shape().last());
        self.builder
            .push(Op::Rows, &[self, ids], shape.into(), self.dtype())
    }

    /// `self` holds rows `[…, D]`: those with the same id added up, `[count, D]`.
    #[track_caller]
    pub fn scatter_rows(self, ids: Self, count: usize) -> Self {
        ids.expect_dtype("scatter_rows", DType::U32);
        let width = self.shape().last();
        if ids.shape().elements() * width != self.shape().elements() {
            return self.misfit("scatter_rows", ids.shape(), "one id a row");
        }
        self.builder.push(
            Op::ScatterRows,
            &[self, ids],
            [count, width].into(),
            DType::F32,
        )
    }

    /// The slice of extent 1 at the u32 scalar `index` along `axis`.
    #[track_caller]
    pub fn read_at(self, axis: usize, index: Self) -> Self {
        index.expect_dtype("read_at", DType::U32);
        if axis >= self.shape().rank() || index.shape() != Shape::scalar() {
            return self.misfit(
                "read_at",
                index.shape(),
                "the axis exists, the index is a scalar",
            );
        }
        let shape = self.shape().with(axis, 1);
        self.builder
            .push(Op::ReadAt { axis }, &[self, index], shape, self.dtype())
    }

    /// `self` with the slice at the u32 scalar `index` along `axis` replaced by `value`.
    #[track_caller]
    pub fn write_at(self, axis: usize, value: Self, index: Self) -> Self {
        index.expect_dtype("write_at", DType::U32);
        value.expect_dtype("write_at", self.dtype());
        let fits = axis < self.shape().rank() && value.shape() == self.shape().with(axis, 1);
        if !fits || index.shape() != Shape::scalar() {
            return self.misfit(
                "write_at",
                value.shape(),
                "the value is one slice of the operand",
            );
        }
        self.keep_shape(Op::WriteAt { axis }, &[self, value, index])
    }

    // ---- what transformers and their losses need ----

    /// Softmax over the innermost axis.
    pub fn softmax(self) -> Self {
        self.keep_shape(Op::Softmax(Mask::None), &[self])
    }

    /// Softmax over the innermost axis, the columns up to `position` (u32 scalar) counting.
    #[track_caller]
    pub fn softmax_up_to(self, position: Self) -> Self {
        position.expect_dtype("softmax_up_to", DType::U32);
        self.keep_shape(Op::Softmax(Mask::UpTo), &[self, position])
    }

    /// Log-softmax over the innermost axis.
    pub fn log_softmax(self) -> Self {
        self.keep_shape(Op::LogSoftmax, &[self])
    }

    /// Zero mean and unit variance over the innermost axis (Ba et al. 2016), without gain and bias.
    pub fn layer_norm(self, epsilon: f32) -> Self {
        self.keep_shape(Op::LayerNorm { epsilon }, &[self])
    }

    /// Unit mean square over the innermost axis (Zhang and Sennrich 2019), without gain.
    pub fn rms_norm(self, epsilon: f32) -> Self {
        self.keep_shape(Op::RmsNorm { epsilon }, &[self])
    }

    /// Causal attention (Vaswani et al. 2017, §3.2) among the tokens of texts that stand one after the
    /// other. `self` holds each token's queries, keys and values, `[R, (queries + 2·keys)·width]`, heads
    /// side by side; the token at position p of `positions [R]` sees itself and the p tokens before
    /// it. Gives what each head of queries mixes, `[R, queries·width]`.
    ///
    /// Positions count up from 0 in each text; an engine may refuse others.
    #[track_caller]
    pub fn attention(self, positions: Self, heads: Heads) -> Self {
        positions.expect_dtype("attention", DType::U32);
        let dims = self.dims();
        let divided = heads.keys > 0 && heads.queries.is_multiple_of(heads.keys);
        let fits = dims.len() == 2 && dims[1] == heads.row_width() && positions.dims() == dims[..1];
        if !divided || !fits {
            return self.misfit(
                "attention",
                positions.shape(),
                "[R, (queries + 2·keys)·width] and [R], queries a multiple of keys",
            );
        }
        let shape = self.shape().with(1, heads.attended_width());
        let op = Op::Attention(heads);
        let attended = self.builder.push(op, &[self, positions], shape, DType::F32);
        attended.slice(1, 0..heads.query_width())
    }

    /// Rotary position embedding (Su et al. 2021) of `[T, …, D]` at `positions [T]`, D even.
    #[track_caller]
    pub fn rotary(self, positions: Self, theta: f32) -> Self {
        positions.expect_dtype("rotary", DType::U32);
        let dims = self.dims();
        let fits = dims.len() >= 2
            && dims[dims.len() - 1].is_multiple_of(2)
            && positions.dims() == dims[..1];
        if !fits {
            return self.misfit(
                "rotary",
                positions.shape(),
                "[T, …, D] with D even, and [T]",
            );
        }
        let op = Op::Rotary {
            theta,
            inverse: false,
        };
        self.keep_shape(op, &[self, positions])
    }

    /// `self` holds logits `[N, V]`: the log-probability of each of `targets [N]`.
    #[track_caller]
    pub fn token_log_prob(self, targets: Self) -> Self {
        targets.expect_dtype("token_log_prob", DType::U32);
        if self.shape().rank() != 2 || targets.dims() != self.dims()[..1] {
            return self.misfit(
                "token_log_prob",
                targets.shape(),
                "logits [N, V], targets [N]",
            );
        }
        self.builder.push(
            Op::TokenLogProb,
            &[self, targets],
            targets.shape(),
            DType::F32,
        )
    }

    /// `self` holds logits `[N, V]`: one token a row, drawn as [`crate::sampling`] says.
    #[track_caller]
    pub fn sample(self, law: SamplingLaw<'g>, seed: Self, counter: Self) -> Self {
        for index in [law.top_k, seed, counter] {
            index.expect_dtype("sample", DType::U32);
        }
        if self.shape().rank() != 2 || seed.dims() != [2] {
            return self.misfit("sample", seed.shape(), "logits [N, V], seed [2]");
        }
        self.builder.push(
            Op::Sample,
            &[self, law.temperature, law.top_k, law.top_p, seed, counter],
            self.shape().dims()[..1].into(),
            DType::U32,
        )
    }

    // ---- what optimisers need: in one pass, since every weight goes through it ----

    /// `self · decay + x · scale · (1 − decay)`, scale a scalar: a running mean of `x · scale`.
    #[track_caller]
    pub fn running_mean(self, x: Self, scale: Self, decay: f32) -> Self {
        let op = Op::RunningMean { decay };
        self.optimiser_step("running_mean", op, [self, x], [scale])
    }

    /// `self · decay + (x · scale)² · (1 − decay)`, scale a scalar: a running mean of its square.
    #[track_caller]
    pub fn running_square(self, x: Self, scale: Self, decay: f32) -> Self {
        let op = Op::RunningSquare { decay };
        self.optimiser_step("running_square", op, [self, x], [scale])
    }

    /// What AdamW makes of the weight `self`: `self · keep − rate · mean / (√(square · correction) +
    /// epsilon)` (Loshchilov and Hutter 2019, algorithm 2), the last three operands scalars.
    #[track_caller]
    pub fn adam_step(
        self,
        [mean, square]: [Self; 2],
        [keep, rate, correction]: [Self; 3],
        epsilon: f32,
    ) -> Self {
        let op = Op::AdamStep { epsilon };
        let tensors = [self, mean, square];
        self.optimiser_step("adam_step", op, tensors, [keep, rate, correction])
    }

    #[track_caller]
    fn optimiser_step<const T: usize, const N: usize>(
        self,
        name: &'static str,
        op: Op,
        tensors: [Self; T],
        numbers: [Self; N],
    ) -> Self {
        for tensor in tensors {
            if tensor.shape() != self.shape() {
                return self.misfit(name, tensor.shape(), "all of one shape");
            }
        }
        for number in numbers {
            if number.shape() != Shape::scalar() {
                return self.misfit(name, number.shape(), "a scalar");
            }
        }
        self.keep_shape(op, &[&tensors[..], &numbers[..]].concat())
    }

    // ---- how nodes are made ----

    pub(super) fn keep_shape(self, op: Op, inputs: &[Self]) -> Self {
        self.builder.push(op, inputs, self.shape(), self.dtype())
    }

    #[inline(never)]
    pub(super) fn unary(self, function: Unary) -> Self {
        self.keep_shape(Op::Unary(function), &[self])
    }

    #[track_caller]
    #[inline(never)]
    fn binary(self, function: Binary, other: Self) -> Self {
        if function != Binary::Greater {
            self.expect_dtype(function.name(), DType::F32);
        }
        other.expect_dtype(function.name(), self.dtype());
        let Some(shape) = self.shape().broadcast(&other.shape()) else {
            return self.misfit(
                function.name(),
                other.shape(),
                "extents must be equal, or 1 on one side",
            );
        };
        self.builder
            .push(Op::Binary(function), &[self, other], shape, DType::F32)
    }

    pub(super) fn op(self) -> Op {
        self.builder.node(self.id).op
    }

    #[track_caller]
    pub(super) fn misfit(self, op: &'static str, right: Shape, rule: &'static str) -> Self {
        self.builder.fail(GraphError::Shapes {
            op,
            location: Location::caller().to_string(),
            left: self.shape(),
            right,
            rule,
        });
        self
    }

    #[track_caller]
    fn expect_dtype(self, op: &'static str, wanted: DType) {
        if self.dtype() != wanted {
            self.builder.fail(GraphError::Type {
                op,
                location: Location::caller().to_string(),
                found: self.dtype(),
                wanted,
            });
        }
    }
}

/// The scalars that shape a sampling distribution.
#[derive(Clone, Copy)]
pub struct SamplingLaw<'g> {
    /// f32 scalar; 0 takes the likeliest token.
    pub temperature: Expr<'g>,
    /// u32 scalar; 0 keeps all tokens.
    pub top_k: Expr<'g>,
    /// f32 scalar; 1 keeps all tokens.
    pub top_p: Expr<'g>,
}

impl Binary {
    fn name(self) -> &'static str {
        match self {
            Binary::Add => "add",
            Binary::Sub => "subtract",
            Binary::Mul => "multiply",
            Binary::Div => "divide",
            Binary::Max => "max",
            Binary::Min => "min",
            Binary::Greater => "greater",
        }
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $function:expr) => {
        impl<'g> $trait for Expr<'g> {
            type Output = Expr<'g>;
            #[track_caller]
            fn $method(self, other: Expr<'g>) -> Expr<'g> {
                self.binary($function, other)
            }
        }

        impl<'g> $trait<f32> for Expr<'g> {
            type Output = Expr<'g>;
            #[track_caller]
            fn $method(self, other: f32) -> Expr<'g> {
                self.binary($function, self.builder.constant(other))
            }
        }

        impl<'g> $trait<Expr<'g>> for f32 {
            type Output = Expr<'g>;
            #[track_caller]
            fn $method(self, other: Expr<'g>) -> Expr<'g> {
                other.builder.constant(self).binary($function, other)
            }
        }
    };
}

operator!(Add, add, Binary::Add);
operator!(Sub, sub, Binary::Sub);
operator!(Mul, mul, Binary::Mul);
operator!(Div, div, Binary::Div);

impl<'g> Neg for Expr<'g> {
    type Output = Expr<'g>;
    fn neg(self) -> Expr<'g> {
        self.unary(Unary::Neg)
    }
}
