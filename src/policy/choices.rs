//! The choices that make up the samples of a batch: for a language policy, its tokens.

use crate::graph::Expr;

/// Whose the T choices of a batch of N samples are, as nodes. The list may be padded.
#[derive(Clone, Copy)]
pub struct Choices<'g> {
    /// N.
    pub samples: usize,
    /// The sample that each choice belongs to, `[T]`, u32.
    pub owners: Expr<'g>,
    /// Which of its sample's choices each is, counted from 0, `[T]`.
    pub order: Expr<'g>,
    /// How much each choice counts: 1, or a share of it where a sample is looked at several times; 0 where the
    /// list is padded, `[T]`.
    pub weights: Expr<'g>,
}

impl<'g> Choices<'g> {
    /// T.
    pub fn count(&self) -> usize {
        self.weights.shape().elements()
    }

    /// The weighted sums of `values [T]` over each sample's choices, `[N]`.
    pub fn sums(&self, values: Expr<'g>) -> Expr<'g> {
        (values * self.weights)
            .reshape([self.count(), 1])
            .scatter_rows(self.owners, self.samples)
            .reshape([self.samples])
    }

    /// How many choices each sample has, by their weights, `[N]`.
    pub fn lengths(&self) -> Expr<'g> {
        let ones = self.weights.builder().constant(1.0);
        self.sums(ones.broadcast_to([self.count()]))
    }

    /// What stands in `values [N]` for each choice's sample, `[T]`.
    pub fn spread(&self, values: Expr<'g>) -> Expr<'g> {
        values
            .reshape([self.samples, 1])
            .rows(self.owners)
            .reshape([self.count()])
    }
}
