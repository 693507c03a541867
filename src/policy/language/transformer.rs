//! A decoder-only transformer as graph nodes: one for GPT-2 (Radford et al.
//! 2019) and Llama (Touvron et al. 2023), which differ in their normalisation,
//! positions, feed-forward layer and tensor names.

use super::config::{Config, Family};
use crate::graph::{DType, Expr};
use crate::policy::{Initial, Parameter, Weights};

/// A transformer of a given configuration.
#[derive(Clone, Debug)]
pub struct Transformer {
    config: Config,
}

/// Texts to be read all at once: a row for each token, one text after the other.
#[derive(Clone, Copy)]
pub struct Texts<'g> {
    /// The tokens, `[R]`.
    pub tokens: Expr<'g>,
    /// The place of each in its text, `[R]`.
    pub positions: Expr<'g>,
    /// How many texts there are.
    pub sequences: usize,
    /// The tokens in a text of full length.
    pub length: usize,
    /// How attention lays the rows out; not at all, where every text is of full length.
    pub grid: Option<Grid<'g>>,
}

/// A grid of `sequences` × `length` cells, of which some stay empty.
#[derive(Clone, Copy)]
pub struct Grid<'g> {
    /// The row in each cell, `[sequences·length]`; any, in those that stay empty.
    pub cells: Expr<'g>,
    /// The cell of each row, `[R]`.
    pub places: Expr<'g>,
}

impl<'g> Texts<'g> {
    /// `tokens [S, T]`: texts of equal length.
    pub fn of_equal_length(tokens: Expr<'g>) -> Self {
        let (sequences, length) = (tokens.dims()[0], tokens.dims()[1]);
        let rows = [sequences * length];
        let positions = vec![tokens.builder().range(length); sequences];
        Texts {
            tokens: tokens.reshape(rows),
            positions: tokens.builder().concat(0, &positions),
            sequences,
            length,
            grid: None,
        }
    }
}

/// Where the queries, keys and values of a block meet.
enum Attention<'a, 'g> {
    /// All positions of all texts at once, each seeing what came before it in its text.
    Causal(&'a Texts<'g>),
    /// One new position (u32 scalar) of each text, the earlier ones in caches.
    Cached {
        position: Expr<'g>,
        cache: &'static str,
    },
}

impl Transformer {
    /// A transformer of this configuration.
    pub fn new(config: Config) -> Self {
        Transformer { config }
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its weights, named and shaped as Hugging Face's checkpoints are.
    pub fn parameters(&self) -> Vec<Parameter> {
        let c = &self.config;
        let (queries, keys) = (c.heads * c.head_width, c.key_value_heads * c.head_width);
        // GPT-2 scales the residual layers' start by the depth (Radford et al. 2019, §2.3).
        let residual = Initial::Normal(0.02 / (2.0 * c.layers as f32).sqrt());
        let normal = Initial::Normal(0.02);
        let mut list = List(Vec::new());
        match c.family {
            Family::Gpt2 => {
                list.matrix("transformer.wte.weight", c.vocabulary, c.width, normal);
                list.matrix("transformer.wpe.weight", c.context, c.width, normal);
                for layer in 0..c.layers {
                    let block = |name: &str| format!("transformer.h.{layer}.{name}");
                    list.norm(&block("ln_1"), c.width, true);
                    let bias = c.attention_bias;
                    list.gpt2_linear(&block("attn.c_attn"), c.width, 3 * c.width, normal, bias);
                    list.gpt2_linear(&block("attn.c_proj"), c.width, c.width, residual, bias);
                    list.norm(&block("ln_2"), c.width, true);
                    let bias = c.feed_forward_bias;
                    list.gpt2_linear(&block("mlp.c_fc"), c.width, c.hidden, normal, bias);
                    list.gpt2_linear(&block("mlp.c_proj"), c.hidden, c.width, residual, bias);
                }
                list.norm("transformer.ln_f", c.width, true);
            }
            Family::Llama { .. } => {
                list.matrix("model.embed_tokens.weight", c.vocabulary, c.width, normal);
                for layer in 0..c.layers {
                    let block = |name: &str| format!("model.layers.{layer}.{name}");
                    list.norm(&block("input_layernorm"), c.width, false);
                    let bias = c.attention_bias;
                    list.llama_linear(&block("self_attn.q_proj"), c.width, queries, normal, bias);
                    list.llama_linear(&block("self_attn.k_proj"), c.width, keys, normal, bias);
                    list.llama_linear(&block("self_attn.v_proj"), c.width, keys, normal, bias);
                    list.llama_linear(&block("self_attn.o_proj"), queries, c.width, residual, bias);
                    list.norm(&block("post_attention_layernorm"), c.width, false);
                    let bias = c.feed_forward_bias;
                    list.llama_linear(&block("mlp.gate_proj"), c.width, c.hidden, normal, bias);
                    list.llama_linear(&block("mlp.up_proj"), c.width, c.hidden, normal, bias);
                    list.llama_linear(&block("mlp.down_proj"), c.hidden, c.width, residual, bias);
                }
                list.norm("model.norm", c.width, false);
            }
        }
        if !c.tied {
            list.matrix("lm_head.weight", c.vocabulary, c.width, normal);
        }
        list.0
    }

    /// The logits of the token after each of `tokens [S, T]`: `[S·T, V]`.
    pub fn logits<'g>(&self, weights: &Weights<'g>, tokens: Expr<'g>) -> Expr<'g> {
        self.output(
            weights,
            self.hidden(weights, &Texts::of_equal_length(tokens)),
        )
    }

    /// The logits of the token after those of `texts` in `rows [P]` (u32): `[P, V]`.
    pub fn logits_at<'g>(
        &self,
        weights: &Weights<'g>,
        texts: &Texts<'g>,
        rows: Expr<'g>,
    ) -> Expr<'g> {
        self.output(weights, self.hidden(weights, texts).rows(rows))
    }

    /// What the blocks make of the R tokens of `texts`: `[R, width]`.
    fn hidden<'g>(&self, weights: &Weights<'g>, texts: &Texts<'g>) -> Expr<'g> {
        let x = self.embed(weights, texts.tokens, texts.positions);
        self.blocks(weights, x, &Attention::Causal(texts))
    }

    /// The logits of the token after `tokens [S]`, which stand at `position` (u32
    /// scalar): `[S, V]`. Keys and values of earlier positions are read from, and
    /// this position's written to, states under the scope `cache`.
    pub fn next_logits<'g>(
        &self,
        weights: &Weights<'g>,
        tokens: Expr<'g>,
        position: Expr<'g>,
        cache: &'static str,
    ) -> Expr<'g> {
        let x = self.embed(weights, tokens, position.reshape([1]));
        let attention = Attention::Cached { position, cache };
        self.output(weights, self.blocks(weights, x, &attention))
    }

    /// The caches that [`Transformer::next_logits`] uses for `sequences` texts: names and shapes.
    pub fn caches(&self, cache: &str, sequences: usize) -> Vec<(String, [usize; 4])> {
        let c = &self.config;
        let shape = [sequences, c.key_value_heads, c.context, c.head_width];
        (0..c.layers)
            .flat_map(|layer| ["keys", "values"].map(|kind| cache_name(cache, layer, kind)))
            .map(|name| (name, shape))
            .collect()
    }

    /// `tokens [R]` at `positions [R]`, or all at the one of `[1]`: `[R, width]`.
    fn embed<'g>(&self, weights: &Weights<'g>, tokens: Expr<'g>, positions: Expr<'g>) -> Expr<'g> {
        let c = &self.config;
        let embedded = self.embedding(weights).rows(tokens);
        match c.family {
            Family::Gpt2 => {
                let table = weights.get("transformer.wpe.weight", [c.context, c.width]);
                embedded + table.rows(positions)
            }
            Family::Llama { .. } => embedded,
        }
    }

    fn embedding<'g>(&self, weights: &Weights<'g>) -> Expr<'g> {
        let name = match self.config.family {
            Family::Gpt2 => "transformer.wte.weight",
            Family::Llama { .. } => "model.embed_tokens.weight",
        };
        weights.get(name, [self.config.vocabulary, self.config.width])
    }

    /// All blocks over rows `[R, width]`.
    fn blocks<'g>(
        &self,
        weights: &Weights<'g>,
        x: Expr<'g>,
        attention: &Attention<'_, 'g>,
    ) -> Expr<'g> {
        let c = &self.config;
        let mut x = x;
        for layer in 0..c.layers {
            let block = Block {
                config: c,
                weights,
                layer,
            };
            x = x + block.attention(x, attention);
            x = x + block.feed_forward(x);
        }
        x
    }

    /// Last normalisation and output layer over rows `[R, width]`: `[R, V]`.
    fn output<'g>(&self, weights: &Weights<'g>, x: Expr<'g>) -> Expr<'g> {
        let c = &self.config;
        let name = match c.family {
            Family::Gpt2 => "transformer.ln_f",
            Family::Llama { .. } => "model.norm",
        };
        let x = normalise(c, weights, name, x);
        let output = match c.tied {
            true => self.embedding(weights),
            false => weights.get("lm_head.weight", [c.vocabulary, c.width]),
        };
        x.matmul_with(false, output, true)
    }
}

impl<'g> Attention<'_, 'g> {
    /// Rows as attention needs them: in the cells of the grid, if there is one.
    fn laid_out(&self, rows: Expr<'g>) -> Expr<'g> {
        match self {
            Attention::Causal(Texts {
                grid: Some(grid), ..
            }) => rows.rows(grid.cells),
            _ => rows,
        }
    }
}

struct Block<'a, 'g> {
    config: &'a Config,
    weights: &'a Weights<'g>,
    layer: usize,
}

impl<'g> Block<'_, 'g> {
    fn attention(&self, x: Expr<'g>, attention: &Attention<'_, 'g>) -> Expr<'g> {
        let c = self.config;
        let (queries, keys) = (c.heads * c.head_width, c.key_value_heads * c.head_width);
        let (q, k, v) = match c.family {
            Family::Gpt2 => {
                let x = self.norm("ln_1", x);
                let qkv = self.linear("attn.c_attn", x, 3 * c.width, c.attention_bias);
                let qkv = attention.laid_out(qkv);
                let part = |index: usize| qkv.slice(1, index * c.width..(index + 1) * c.width);
                (part(0), part(1), part(2))
            }
            Family::Llama { .. } => {
                let x = self.norm("input_layernorm", x);
                let linear =
                    |name, width| attention.laid_out(self.linear(name, x, width, c.attention_bias));
                (
                    linear("self_attn.q_proj", queries),
                    linear("self_attn.k_proj", keys),
                    linear("self_attn.v_proj", keys),
                )
            }
        };
        let mixed = match attention {
            Attention::Causal(texts) => self.causal(q, k, v, texts),
            Attention::Cached { position, cache } => self.cached(q, k, v, *position, cache),
        };
        let output = match c.family {
            Family::Gpt2 => "attn.c_proj",
            Family::Llama { .. } => "self_attn.o_proj",
        };
        self.linear(output, mixed, c.width, c.attention_bias)
    }

    /// Cells `[S·T, heads·head_width]` of the grid to rows `[R, heads·head_width]`.
    fn causal(&self, q: Expr<'g>, k: Expr<'g>, v: Expr<'g>, texts: &Texts<'g>) -> Expr<'g> {
        let c = self.config;
        let (sequences, length) = (texts.sequences, texts.length);
        let (shared, group) = (c.key_value_heads, c.heads / c.key_value_heads);
        let split = |x: Expr<'g>, heads: usize| {
            x.reshape([sequences, length, heads, c.head_width])
                .permute(&[0, 2, 1, 3])
        };
        let positions = self.weights.builder().range(length);
        let q = self.rotate(split(q, c.heads), positions);
        let k = self.rotate(split(k, shared), positions);
        let v = split(v, shared);
        // The query heads that share keys stand one below the other.
        let q = q.reshape([sequences, shared, group * length, c.head_width]);
        let scores = q.matmul_with(false, k, true) * self.scale();
        let weights = scores
            .reshape([sequences, shared, group, length, length])
            .causal_softmax()
            .reshape([sequences, shared, group * length, length]);
        let mixed = weights
            .matmul(v)
            .reshape([sequences, c.heads, length, c.head_width])
            .permute(&[0, 2, 1, 3])
            .reshape([sequences * length, c.heads * c.head_width]);
        match texts.grid {
            Some(grid) => mixed.rows(grid.places),
            None => mixed,
        }
    }

    /// Rows `[S, heads·head_width]` at one position to rows of the same shape.
    fn cached(
        &self,
        q: Expr<'g>,
        k: Expr<'g>,
        v: Expr<'g>,
        position: Expr<'g>,
        cache: &str,
    ) -> Expr<'g> {
        let c = self.config;
        let sequences = q.dims()[0];
        let (shared, group) = (c.key_value_heads, c.heads / c.key_value_heads);
        let split = |x: Expr<'g>, heads: usize| x.reshape([sequences, heads, 1, c.head_width]);
        let here = position.reshape([1]);
        let q = self.rotate(split(q, c.heads), here);
        let k = self.rotate(split(k, shared), here);
        let v = split(v, shared);
        let remember = |kind: &str, now: Expr<'g>| {
            let shape = [sequences, shared, c.context, c.head_width];
            let name = cache_name(cache, self.layer, kind);
            let before = self.weights.builder().state(&name, DType::F32, shape);
            let after = before.write_at(2, now, position);
            self.weights.builder().update(before, after);
            after
        };
        let (keys, values) = (remember("keys", k), remember("values", v));
        let q = q.reshape([sequences, shared, group, c.head_width]);
        (q.matmul_with(false, keys, true) * self.scale())
            .softmax_up_to(position)
            .matmul(values)
            .reshape([sequences, c.heads * c.head_width])
    }

    /// What attention scores are multiplied by: with it their variance is that of the factors
    /// (Vaswani et al. 2017, §3.2.1).
    fn scale(&self) -> f32 {
        1.0 / (self.config.head_width as f32).sqrt()
    }

    fn rotate(&self, x: Expr<'g>, positions: Expr<'g>) -> Expr<'g> {
        match self.config.family {
            Family::Gpt2 => x,
            Family::Llama { theta } => x.rotary(positions, theta),
        }
    }

    fn feed_forward(&self, x: Expr<'g>) -> Expr<'g> {
        let c = self.config;
        let linear = |name, x, width| self.linear(name, x, width, c.feed_forward_bias);
        match c.family {
            Family::Gpt2 => {
                let x = self.norm("ln_2", x);
                linear(
                    "mlp.c_proj",
                    linear("mlp.c_fc", x, c.hidden).gelu(),
                    c.width,
                )
            }
            Family::Llama { .. } => {
                let x = self.norm("post_attention_layernorm", x);
                let gate = linear("mlp.gate_proj", x, c.hidden).silu();
                let up = linear("mlp.up_proj", x, c.hidden);
                linear("mlp.down_proj", gate * up, c.width)
            }
        }
    }

    fn norm(&self, name: &str, x: Expr<'g>) -> Expr<'g> {
        normalise(self.config, self.weights, &self.name(name), x)
    }

    /// Rows `[R, in]` to `[R, width]`.
    fn linear(&self, name: &str, x: Expr<'g>, width: usize, bias: bool) -> Expr<'g> {
        let name = self.name(name);
        let inner = x.shape().last();
        let weight = format!("{name}.weight");
        let y = match self.config.family {
            Family::Gpt2 => x.matmul(self.weights.get(&weight, [inner, width])),
            Family::Llama { .. } => {
                x.matmul_with(false, self.weights.get(&weight, [width, inner]), true)
            }
        };
        match bias {
            true => y + self.weights.get(&format!("{name}.bias"), [width]),
            false => y,
        }
    }

    fn name(&self, name: &str) -> String {
        match self.config.family {
            Family::Gpt2 => format!("transformer.h.{}.{name}", self.layer),
            Family::Llama { .. } => format!("model.layers.{}.{name}", self.layer),
        }
    }
}

fn normalise<'g>(config: &Config, weights: &Weights<'g>, name: &str, x: Expr<'g>) -> Expr<'g> {
    let gain = weights.get(&format!("{name}.weight"), [config.width]);
    match config.family {
        Family::Gpt2 => {
            let bias = weights.get(&format!("{name}.bias"), [config.width]);
            x.layer_norm(config.norm_epsilon) * gain + bias
        }
        Family::Llama { .. } => x.rms_norm(config.norm_epsilon) * gain,
    }
}

fn cache_name(cache: &str, layer: usize, kind: &str) -> String {
    format!("{cache}/{layer}/{kind}")
}

/// Collects parameters.
struct List(Vec<Parameter>);

impl List {
    fn push(&mut self, name: String, shape: &[usize], initial: Initial) {
        self.0.push(Parameter {
            name,
            shape: shape.into(),
            initial,
            decays: shape.len() > 1,
        });
    }

    fn matrix(&mut self, name: &str, rows: usize, columns: usize, initial: Initial) {
        self.push(name.to_owned(), &[rows, columns], initial);
    }

    fn norm(&mut self, name: &str, width: usize, bias: bool) {
        self.push(format!("{name}.weight"), &[width], Initial::Ones);
        self.bias(name, width, bias);
    }

    fn gpt2_linear(&mut self, name: &str, from: usize, to: usize, initial: Initial, bias: bool) {
        self.push(format!("{name}.weight"), &[from, to], initial);
        self.bias(name, to, bias);
    }

    fn llama_linear(&mut self, name: &str, from: usize, to: usize, initial: Initial, bias: bool) {
        self.push(format!("{name}.weight"), &[to, from], initial);
        self.bias(name, to, bias);
    }

    fn bias(&mut self, name: &str, width: usize, wanted: bool) {
        if wanted {
            self.push(format!("{name}.bias"), &[width], Initial::Zeros);
        }
    }
}
