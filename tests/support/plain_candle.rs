//! The standard task as anybody would write it with candle: composed of its small operations,
//! differentiated by its autograd. Shares nothing with the crate but the specification.

use alignment_playground::standard_task::Size;
use candle_core::{D, Device, Result, Tensor, Var};

/// A small GPT and its optimiser.
pub struct PlainCandle {
    size: Size,
    weights: Vec<Var>,
    means: Vec<Tensor>,
    squares: Vec<Tensor>,
    tokens: Tensor,
    targets: Tensor,
    /// 0 where a position sees another, else −∞.
    causal: Tensor,
    /// The reference's log-probabilities of the sequences, where pairs are learnt from.
    reference: Option<Tensor>,
    updates: i32,
}

fn hash(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// How the `index`-th weights start: norms' gains at 1 and biases at 0, matrices by the hash.
fn start(index: usize, shape: &[usize], fill: Option<f32>) -> Result<Var> {
    let base = (index as u32 + 1).wrapping_mul(0x9e37_79b9);
    let number = |place: u32| match fill {
        Some(number) => number,
        None => {
            let share = f64::from(hash(base.wrapping_add(place))) / 4_294_967_296.0;
            ((share * 2.0 - 1.0) * 0.034_641_016_151_4) as f32
        }
    };
    let count = shape.iter().product::<usize>() as u32;
    let values: Vec<f32> = (0..count).map(number).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

fn norm(x: &Tensor, gain: &Var, bias: &Var) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let scaled = centred.broadcast_div(&(variance + 1e-5)?.sqrt()?)?;
    scaled.broadcast_mul(gain)?.broadcast_add(bias)
}

fn log_softmax(x: &Tensor) -> Result<Tensor> {
    let apart = x.broadcast_sub(&x.max_keepdim(D::Minus1)?.detach())?;
    apart.broadcast_sub(&apart.exp()?.sum_keepdim(D::Minus1)?.log()?)
}

impl PlainCandle {
    /// The task at its start; `dpo` prefers the first half of the batch to the second.
    pub fn new(size: &Size, dpo: bool) -> Result<Self> {
        let (width, vocabulary, length) = (size.width, size.vocabulary, size.length);
        let mut shapes = vec![(vec![vocabulary, width], None), (vec![length, width], None)];
        let gain_and_bias = || [(vec![width], Some(1.0)), (vec![width], Some(0.0))];
        for _ in 0..size.layers {
            shapes.extend(gain_and_bias());
            shapes.push((vec![width, 3 * width], None));
            shapes.push((vec![width, width], None));
            shapes.extend(gain_and_bias());
            shapes.push((vec![width, 4 * width], None));
            shapes.push((vec![4 * width, width], None));
        }
        shapes.extend(gain_and_bias());
        shapes.push((vec![width, vocabulary], None));
        let weights = shapes.iter().enumerate();
        let weights = weights.map(|(index, (shape, fill))| start(index, shape, *fill));
        let weights = weights.collect::<Result<Vec<Var>>>()?;
        let zeros = weights.iter().map(|weight| weight.zeros_like());
        let zeros = zeros.collect::<Result<Vec<Tensor>>>()?;

        let count = (size.sequences * length) as u32;
        let ids = |start: u32| (start..start + count).map(|place| hash(place) % vocabulary as u32);
        let tokens: Vec<u32> = ids(1_000_003).collect();
        let targets: Vec<u32> = ids(2_000_003).collect();
        let seen = (0..length * length).map(|place| match place % length <= place / length {
            true => 0.0,
            false => f32::NEG_INFINITY,
        });
        let mut task = PlainCandle {
            size: *size,
            means: zeros.clone(),
            squares: zeros,
            weights,
            tokens: Tensor::new(tokens, &Device::Cpu)?,
            targets: Tensor::new(targets, &Device::Cpu)?.unsqueeze(1)?,
            causal: Tensor::from_iter(seen, &Device::Cpu)?.reshape((length, length))?,
            reference: None,
            updates: 0,
        };
        if dpo {
            task.reference = Some(task.sequences()?.detach());
        }
        Ok(task)
    }

    fn logits(&self) -> Result<Tensor> {
        let Size {
            width,
            heads,
            length,
            sequences,
            ..
        } = self.size;
        let mut weights = self.weights.iter();
        let mut next = || weights.next().expect("as many as were made");
        let embedded = next().index_select(&self.tokens, 0)?;
        let embedded = embedded.reshape((sequences, length, width))?;
        let mut x = embedded
            .broadcast_add(next())?
            .reshape((sequences * length, width))?;
        for _ in 0..self.size.layers {
            let qkv = norm(&x, next(), next())?.matmul(next())?;
            let part = |index: usize| {
                let part = qkv.narrow(1, index * width, width)?;
                let heads = part.reshape((sequences, length, heads, width / heads))?;
                heads.transpose(1, 2)?.contiguous()
            };
            let scale = 1.0 / ((width / heads) as f64).sqrt();
            let scores = (part(0)?.matmul(&part(1)?.t()?)? * scale)?;
            let shares = log_softmax(&scores.broadcast_add(&self.causal)?)?.exp()?;
            let mixed = shares.matmul(&part(2)?)?.transpose(1, 2)?;
            x = (&x + mixed.reshape((sequences * length, width))?.matmul(next())?)?;
            let hidden = norm(&x, next(), next())?.matmul(next())?.gelu()?;
            x = (x + hidden.matmul(next())?)?;
        }
        norm(&x, next(), next())?.matmul(next())
    }

    fn token_log_probs(&self) -> Result<Tensor> {
        log_softmax(&self.logits()?)?
            .gather(&self.targets, 1)?
            .squeeze(1)
    }

    /// The log-probability of each sequence's second half.
    fn sequences(&self) -> Result<Tensor> {
        let Size {
            length, sequences, ..
        } = self.size;
        let tokens = self.token_log_probs()?.reshape((sequences, length))?;
        tokens.narrow(1, length / 2, length - length / 2)?.sum(1)
    }

    fn loss(&self) -> Result<Tensor> {
        let Some(reference) = &self.reference else {
            return self.token_log_probs()?.mean_all()?.neg();
        };
        let ratios = (self.sequences()? - reference)?;
        let pairs = self.size.sequences / 2;
        let margin = ((ratios.narrow(0, 0, pairs)? - ratios.narrow(0, pairs, pairs)?)? * 0.1)?;
        (margin.neg()?.exp()? + 1.0)?.log()?.mean_all()
    }

    /// One update of AdamW; the loss before it.
    pub fn update(&mut self) -> Result<f32> {
        self.updates += 1;
        let loss = self.loss()?;
        let gradients = loss.backward()?;
        let correction = |beta: f64| 1.0 / (1.0 - beta.powi(self.updates));
        let (mean_correction, square_correction) = (correction(0.9), correction(0.95));
        for (index, weight) in self.weights.iter().enumerate() {
            let gradient = gradients.get(weight).expect("every weight matters");
            let mean = ((&self.means[index] * 0.9)? + (gradient * 0.1)?)?.detach();
            let square = ((&self.squares[index] * 0.95)? + (gradient.sqr()? * 0.05)?)?.detach();
            let scale = ((&square * square_correction)?.sqrt()? + 1e-8)?;
            let step = ((&mean * (1e-3 * mean_correction))? / scale)?;
            let kept = (weight.as_tensor() * (1.0 - 1e-3 * 0.1))?;
            weight.set(&(kept - step)?.detach())?;
            (self.means[index], self.squares[index]) = (mean, square);
        }
        loss.to_scalar()
    }
}
