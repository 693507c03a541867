//! The operations a graph is made of: the whole list that an engine implements.

/// One operation. Operands are the node's inputs, in the order given here.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A tensor fed by the host at each run.
    Input(String),
    /// A tensor that lives in the engine from run to run: a weight, a moment, a cache.
    State(String),
    /// One number.
    Constant(f32),
    /// 0, 1, 2, … as u32, as many as the node's shape says.
    Range,
    /// `f(x)`, element by element.
    Unary(Unary),
    /// `f(x, y)`, element by element, the shapes broadcast.
    Binary(Binary),
    /// `(condition, x, y)`: x where the condition is not 0, else y; the shapes broadcast.
    Select,
    /// `(mean, x, scale [])`: `mean · decay + x · scale · (1 − decay)`, element by element.
    RunningMean {
        /// The weight of what was.
        decay: f32,
    },
    /// `(square, x, scale [])`: `square · decay + (x · scale)² · (1 − decay)`, element by element.
    RunningSquare {
        /// The weight of what was.
        decay: f32,
    },
    /// `(weight, mean, square, keep [], rate [], correction [])`, element by element:
    /// `weight · keep − rate · mean / (√(square · correction) + epsilon)`.
    AdamStep {
        /// Added to the root.
        epsilon: f32,
    },
    /// The same elements under another shape.
    Reshape,
    /// Axis `i` of the result is axis `permutation[i]` of the operand.
    Permute(Vec<usize>),
    /// The operand stretched to the node's shape.
    Broadcast,
    /// From `start` along `axis`, as many as the node's shape says.
    Slice {
        /// The axis that is cut.
        axis: usize,
        /// The first index kept.
        start: usize,
    },
    /// Zeros around the operand: the adjoint of [`Op::Slice`].
    Pad {
        /// The axis that grows.
        axis: usize,
        /// Zeros before the operand; after it, as many as the node's shape says.
        before: usize,
    },
    /// All operands one after the other along `axis`.
    Concat {
        /// The axis that grows.
        axis: usize,
    },
    /// The sum over `axes`, each kept with extent 1.
    Sum {
        /// The axes summed over, ascending.
        axes: Vec<usize>,
    },
    /// `(x, y)`, each `[batch…, rows, columns]` with equal batch axes: the matrix product.
    MatMul {
        /// The left matrices stand transposed in memory.
        transpose_left: bool,
        /// The right matrices stand transposed in memory.
        transpose_right: bool,
    },
    /// `(table [V, D], ids […])`: rows of the table, `[…, D]`.
    Rows,
    /// `(rows […, D], ids […])`: rows with the same id added up, `[V, D]`; the adjoint of [`Op::Rows`].
    ScatterRows,
    /// `(x, index [])`: the slice of extent 1 at `index` along `axis`.
    ReadAt {
        /// The axis read along.
        axis: usize,
    },
    /// `(x, value, index [])`: x with the slice at `index` along `axis` replaced.
    WriteAt {
        /// The axis written along.
        axis: usize,
    },
    /// Softmax over the innermost axis under a mask; masked entries are 0.
    Softmax(Mask),
    /// `(y, dy)`, y a softmax: its adjoint.
    SoftmaxGradient,
    /// Log-softmax over the innermost axis.
    LogSoftmax,
    /// `(x − mean) / √(variance + epsilon)` over the innermost axis, without gain and bias.
    LayerNorm {
        /// Added to the variance.
        epsilon: f32,
    },
    /// `(x, dy)`: the adjoint of [`Op::LayerNorm`].
    LayerNormGradient {
        /// As in the forward operation.
        epsilon: f32,
    },
    /// `x / √(mean of squares + epsilon)` over the innermost axis, without gain.
    RmsNorm {
        /// Added to the mean of squares.
        epsilon: f32,
    },
    /// `(x, dy)`: the adjoint of [`Op::RmsNorm`].
    RmsNormGradient {
        /// As in the forward operation.
        epsilon: f32,
    },
    /// `(rows [R, (queries + 2·keys)·width], positions [R])`: causal attention. A row holds a token's
    /// queries, keys and values, heads side by side; the token at position p sees itself and the p rows
    /// before it. Gives `[R, queries·(width + 1)]`: what each head mixed, then the logarithm of each
    /// head's normaliser, which only the adjoint reads.
    Attention(Heads),
    /// `(rows, positions, attended, dy [R, queries·width])`, attended an [`Op::Attention`]: its adjoint
    /// with respect to the rows.
    AttentionGradient(Heads),
    /// `(x [T, …, D], positions [T])`: rotary position embedding, halves rotated against
    /// each other (the layout of Hugging Face's `rotate_half`).
    Rotary {
        /// The base of the wavelengths.
        theta: f32,
        /// Rotate backwards: the adjoint.
        inverse: bool,
    },
    /// `(logits [N, V], targets [N])`: the log-probability of each target, `[N]`.
    TokenLogProb,
    /// `(logits [N, V], targets [N], dy [N])`: the adjoint of [`Op::TokenLogProb`].
    TokenLogProbGradient,
    /// `(logits [N, V], temperature [], top_k [], top_p [], seed [2], counter [])`: one token a
    /// row, drawn as [`crate::sampling`] says, `[N]` of u32.
    Sample,
    /// The operand, a constant to the derivative.
    StopGradient,
}

/// Element-wise functions of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `−x`
    Neg,
    /// `eˣ`
    Exp,
    /// `ln x`
    Log,
    /// `√x`
    Sqrt,
    /// `x²`
    Square,
    /// `tanh x`
    Tanh,
    /// `1 / (1 + e⁻ˣ)`
    Sigmoid,
    /// `ln(1 + eˣ)`, without overflow.
    Softplus,
    /// GELU in the tanh form (`gelu_new`).
    Gelu,
    /// The derivative of [`Unary::Gelu`].
    GeluDerivative,
    /// 1 where x is a finite number, else 0.
    IsFinite,
}

/// Element-wise functions of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `x + y`
    Add,
    /// `x − y`
    Sub,
    /// `x · y`
    Mul,
    /// `x / y`
    Div,
    /// The larger.
    Max,
    /// The smaller.
    Min,
    /// 1 where x > y, else 0. The operands may be u32; the result is f32.
    Greater,
}

/// How a row that attention reads is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Heads of queries.
    pub queries: usize,
    /// Heads of keys, and of values; each serves equally many heads of queries (Ainslie et al. 2023).
    pub keys: usize,
    /// Numbers in a head.
    pub width: usize,
}

impl Heads {
    /// Numbers in the queries of a token, or in what attention mixes for it.
    pub fn query_width(&self) -> usize {
        self.queries * self.width
    }

    /// Numbers in the keys of a token, or in its values.
    pub fn key_width(&self) -> usize {
        self.keys * self.width
    }

    /// Numbers in a token's queries, keys and values.
    pub fn row_width(&self) -> usize {
        self.query_width() + 2 * self.key_width()
    }

    /// Numbers that attention gives for a token: a normaliser for each head after what it mixes.
    pub fn attended_width(&self) -> usize {
        self.query_width() + self.queries
    }

    /// Heads of queries that share a head of keys.
    pub fn group(&self) -> usize {
        self.queries / self.keys
    }

    /// What scores are multiplied by: with it their variance is that of the factors (Vaswani et al.
    /// 2017, §3.2.1).
    pub fn scale(&self) -> f32 {
        1.0 / (self.width as f32).sqrt()
    }
}

/// Which columns of a softmax count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// All.
    None,
    /// The second operand is a position p (u32 scalar): the columns up to p.
    UpTo,
}
