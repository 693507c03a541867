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
}

impl<'g> Texts<'g> {
    /// `tokens [S, T]`: texts of equal length.
    pub fn of_equal_length(tokens: Expr<'g>) -> Self {
        let (sequences, length) = (tokens.dims()[0], tokens.dims()[1]);
        let positions = vec![tokens.builder().range(length); sequences];
        Texts {
            tokens: tokens.reshape([sequences * length]),
            positions: tokens.builder().concat(0, &positions),
        }
    }
}

/// Where the queries, keys and values of a block meet.
enum Attention<'g> {
    /// All positions of all texts at once (u32, `[R]`), each seeing what came before it in its text.
    Causal { positions: Expr<'g> },
    /// One new position (u32 scalar) of each text, the earlier ones in caches.
    Cached {
        position: Expr<'g>,
        cache: &'static str,
    },
}

impl<'g> Attention<'g> {
    /// The position of each row; or `[1]`, that of all.
    fn positions(&self) -> Expr<'g> {
        match self {
            Attention::Causal { positions } => *positions,
            Attention::Cached { position, .. } => position.reshape([1]),
        }
    }
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

    /// What the last layer reads at those of `texts` in `rows [P]` (u32), normalised: `[P, width]`.
    pub fn states_at<'g>(
        &self,
        weights: &Weights<'g>,
        texts: &Texts<'g>,
        rows: Expr<'g>,
    ) -> Expr<'g> {
        self.normalised(weights, self.hidden(weights, texts).rows(rows))
    }

    /// What the blocks make of the R tokens of `texts`: `[R, width]`.
    fn hidden<'g>(&self, weights: &Weights<'g>, texts: &Texts<'g>) -> Expr<'g> {
        let positions = texts.positions;
        let x = self.embed(weights, texts.tokens, positions);
        self.blocks(weights, x, &Attention::Causal { positions })
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
        let attention = Attention::Cached { position, cache };
        let x = self.embed(weights, tokens, attention.positions());
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
        attention: &Attention<'g>,
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

    /// Last normalisation over rows `[R, width]`.
    fn normalised<'g>(&self, weights: &Weights<'g>, x: Expr<'g>) -> Expr<'g> {
        let name = match self.config.family {
            Family::Gpt2 => "transformer.ln_f",
            Family::Llama { .. } => "model.norm",
        };
        normalise(&self.config, weights, name, x)
    }

    /// Last normalisation and output layer over rows `[R, width]`: `[R, V]`.
    fn output<'g>(&self, weights: &Weights<'g>, x: Expr<'g>) -> Expr<'g> {
        let c = &self.config;
        let x = self.normalised(weights, x);
        let output = match c.tied {
            true => self.embedding(weights),
            false => weights.get("lm_head.weight", [c.vocabulary, c.width]),
        };
        x.matmul_with(false, output, true)
    }
}

struct Block<'a, 'g> {
    config: &'a Config,
    weights: &'a Weights<'g>,
    layer: usize,
}

impl<'g> Block<'_, 'g> {
    fn attention(&self, x: Expr<'g>, attention: &Attention<'g>) -> Expr<'g> {
        let c = self.config;
        let heads = c.attention_heads();
        // A token's queries, keys and values, side by side.
        let rows = match c.family {
            Family::Gpt2 => {
                let x = self.norm("ln_1", x);
                self.linear("attn.c_attn", x, heads.row_width(), c.attention_bias)
            }
            Family::Llama { theta } => {
                let x = self.norm("input_layernorm", x);
                let linear = |name, width| self.linear(name, x, width, c.attention_bias);
                let rotated = |x| rotate(x, heads.width, attention.positions(), theta);
                let q = rotated(linear("self_attn.q_proj", heads.query_width()));
                let k = rotated(linear("self_attn.k_proj", heads.key_width()));
                let v = linear("self_attn.v_proj", heads.key_width());
                self.weights.builder().concat(1, &[q, k, v])
            }
        };
        let mixed = match attention {
            Attention::Causal { positions } => rows.attention(*positions, heads),
            Attention::Cached { position, cache } => self.cached(rows, *position, cache),
        };
        let output = match c.family {
            Family::Gpt2 => "attn.c_proj",
            Family::Llama { .. } => "self_attn.o_proj",
        };
        self.linear(output, mixed, c.width, c.attention_bias)
    }

    /// What the heads mix at one position of each text, `[S, queries·width]`, from its queries, keys and
    /// values.
    fn cached(&self, rows: Expr<'g>, position: Expr<'g>, cache: &str) -> Expr<'g> {
        let heads = self.config.attention_heads();
        let (sequences, context) = (rows.dims()[0], self.config.context);
        let keys_end = heads.query_width() + heads.key_width();
        let remember = |kind: &str, range| {
            let now = rows.slice(1, range);
            let now = now.reshape([sequences, heads.keys, 1, heads.width]);
            let shape = [sequences, heads.keys, context, heads.width];
            let name = cache_name(cache, self.layer, kind);
            let before = self.weights.builder().state(&name, DType::F32, shape);
            let after = before.write_at(2, now, position);
            self.weights.builder().update(before, after);
            after
        };
        let keys = remember("keys", heads.query_width()..keys_end);
        let values = remember("values", keys_end..heads.row_width());
        let q = rows.slice(1, 0..heads.query_width());
        let q = q.reshape([sequences, heads.keys, heads.group(), heads.width]);
        (q.matmul_with(false, keys, true) * heads.scale())
            .softmax_up_to(position)
            .matmul(values)
            .reshape([sequences, heads.query_width()])
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

/// Heads `[R, heads·width]` turned by the positions of their rows, `[R]`, or all by the one of `[1]`.
fn rotate<'g>(x: Expr<'g>, width: usize, positions: Expr<'g>, theta: f32) -> Expr<'g> {
    let (shape, count) = (x.shape(), positions.dims()[0]);
    let heads = shape.elements() / width / count;
    x.reshape([count, heads, width])
        .rotary(positions, theta)
        .reshape(shape)
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
