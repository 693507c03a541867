//! A policy that is a table: its weights are the log-probabilities of its samples' tokens.

use alignment_playground::engine::{Engine, Feeds, HostTensor};
use alignment_playground::graph::{DType, Expr};
use alignment_playground::hyperparameter::Hyperparameter;
use alignment_playground::policy::{
    Alternatives, Choices, Draw, DrawError, Initial, Parameter, Policy, PolicyScores, SAMPLING,
    Source, Weights,
};

use alignment_playground::sampling::Law;

/// A sample is a row of the table.
#[derive(Clone)]
pub struct TokenTable {
    /// Tokens in each row.
    pub lengths: Vec<usize>,
    /// What makes a log-probability of a weight.
    pub log_prob: for<'g> fn(Expr<'g>) -> Expr<'g>,
}

impl TokenTable {
    /// The name of the one weight tensor, `[tokens of all rows, 1]`.
    pub const TOKENS: &'static str = "tokens";

    /// A table whose weights are the log-probabilities.
    pub fn new(lengths: Vec<usize>) -> Self {
        TokenTable {
            lengths,
            log_prob: |weight| weight,
        }
    }

    fn start(&self, row: u32) -> usize {
        self.lengths[..row as usize].iter().sum()
    }
}

impl Policy for TokenTable {
    type Sample = u32;
    /// Samples and tokens.
    type Layout = (usize, usize);
    type Draw = Draw;
    type Generators = ();

    fn sampling(&self) -> &'static [Hyperparameter] {
        &*SAMPLING
    }

    /// Nothing is left to luck.
    fn drawing(&self, _number: &dyn Fn(&str) -> f64, seed: u64) -> Draw {
        let law = Law::default();
        Draw { law, seed, most: 0 }
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter {
            name: Self::TOKENS.to_owned(),
            shape: [self.lengths.iter().sum(), 1].into(),
            initial: Initial::Zeros,
            decays: false,
        }]
    }

    fn layout(&self, samples: &[&u32]) -> (usize, usize) {
        let tokens = samples.iter().map(|sample| self.choices(sample)).sum();
        (samples.len(), tokens)
    }

    fn feeds(&self, samples: &[&u32], (_, tokens): (usize, usize)) -> Feeds {
        let (mut rows, mut owners, mut order) = (Vec::new(), Vec::new(), Vec::new());
        for (owner, &&row) in samples.iter().enumerate() {
            for place in 0..self.lengths[row as usize] {
                rows.push((self.start(row) + place) as u32);
                owners.push(owner as u32);
                order.push(place as f32);
            }
        }
        Feeds::from([
            ("batch/rows".to_owned(), HostTensor::u32([tokens], rows)),
            ("batch/owners".to_owned(), HostTensor::u32([tokens], owners)),
            ("batch/order".to_owned(), HostTensor::f32([tokens], order)),
        ])
    }

    fn choices(&self, sample: &u32) -> usize {
        self.lengths[*sample as usize]
    }

    fn places(&self, (_, tokens): (usize, usize)) -> usize {
        tokens
    }

    fn answered(&self, _asked: &u32, answer: &u32) -> u32 {
        *answer
    }

    fn scores<'g>(
        &self,
        weights: &Weights<'g>,
        (samples, tokens): (usize, usize),
    ) -> PolicyScores<'g> {
        let builder = weights.builder();
        let list = |name, dtype| builder.input(name, dtype, [tokens]);
        let table = weights.parameter(&self.parameters()[0]);
        let log_probs = (self.log_prob)(table.rows(list("batch/rows", DType::U32)));
        PolicyScores {
            choices: Choices {
                samples,
                owners: list("batch/owners", DType::U32),
                order: list("batch/order", DType::F32),
                weights: builder.constant(1.0).broadcast_to([tokens]),
            },
            log_probs: log_probs.reshape([tokens]),
            distilled: None,
            alternatives: Alternatives::Listed(log_probs),
        }
    }

    /// A table has nothing but its rows.
    async fn draw(
        &self,
        _engine: &dyn Engine,
        _generators: &mut (),
        prompts: &[&u32],
        _source: Source,
        _draw: Draw,
    ) -> Result<Vec<u32>, DrawError> {
        Ok(prompts.iter().map(|&&row| row).collect())
    }
}
