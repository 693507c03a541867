//! `config.json` in the Hugging Face layout.

use serde::Deserialize;
use serde_json::Value;

use crate::graph::Heads;

/// The most layers: each is many weights, and a file may ask for any number.
const MOST_LAYERS: usize = 512;
/// The most of anything else.
const MOST: usize = 1 << 20;

/// The shape of a decoder-only transformer, GPT-2 style or Llama style.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Which family's building blocks and tensor names.
    pub family: Family,
    /// Tokens in the vocabulary.
    pub vocabulary: usize,
    /// The most tokens that a sequence may have.
    pub context: usize,
    /// The width of the residual stream.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads / key_value_heads` query heads.
    pub key_value_heads: usize,
    /// The width of a head.
    pub head_width: usize,
    /// The width of the feed-forward layer.
    pub hidden: usize,
    /// What the normalisations add to the variance.
    pub norm_epsilon: f32,
    /// Whether the output layer is the embedding, transposed.
    pub tied: bool,
    /// Whether attention's linear layers have biases.
    pub attention_bias: bool,
    /// Whether the feed-forward's linear layers have biases.
    pub feed_forward_bias: bool,
    /// The token that stands before every text, if any.
    pub begin_token: Option<u32>,
    /// The token that ends every text.
    pub end_token: u32,
}

/// A family of transformers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Family {
    /// LayerNorm, learned positions, GELU; linear weights stand `[in, out]`.
    Gpt2,
    /// RMSNorm, rotary positions, SwiGLU; linear weights stand `[out, in]`.
    Llama {
        /// The base of the rotary wavelengths.
        theta: f32,
    },
}

/// Why a `config.json` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is not JSON, or a field is missing or of the wrong kind.
    #[error("config.json cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// It asks for something that this transformer does not do.
    #[error("config.json asks for {field} = {value}, but only {supported} is supported")]
    Unsupported {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What it may say.
        supported: &'static str,
    },
    /// Two fields do not fit together.
    #[error("config.json is inconsistent: {0}")]
    Inconsistent(String),
}

#[derive(Deserialize)]
#[serde(tag = "model_type", rename_all = "lowercase")]
enum File {
    Gpt2(Gpt2File),
    Llama(LlamaFile),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Gpt2File {
    vocab_size: usize,
    n_positions: usize,
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    n_inner: Option<usize>,
    #[serde(default = "gelu_new")]
    activation_function: String,
    #[serde(default = "epsilon_1e5")]
    layer_norm_epsilon: f32,
    #[serde(default = "yes")]
    tie_word_embeddings: bool,
    /// Not Hugging Face's: nanoGPT's name for leaving out the linear biases.
    #[serde(default = "yes")]
    bias: bool,
    bos_token_id: Option<u32>,
    eos_token_id: Option<Value>,
}

#[derive(Deserialize)]
struct LlamaFile {
    vocab_size: usize,
    max_position_embeddings: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    intermediate_size: usize,
    #[serde(default = "silu")]
    hidden_act: String,
    #[serde(default = "epsilon_1e6")]
    rms_norm_eps: f32,
    rope_theta: Option<f32>,
    rope_scaling: Option<Value>,
    rope_parameters: Option<RopeParameters>,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    bos_token_id: Option<u32>,
    eos_token_id: Option<Value>,
}

#[derive(Deserialize)]
struct RopeParameters {
    rope_theta: Option<f32>,
    rope_type: Option<String>,
}

fn yes() -> bool {
    true
}

fn gelu_new() -> String {
    "gelu_new".to_owned()
}

fn silu() -> String {
    "silu".to_owned()
}

fn epsilon_1e5() -> f32 {
    1e-5
}

fn epsilon_1e6() -> f32 {
    1e-6
}

impl Config {
    /// How attention divides a token's queries, keys and values.
    pub fn attention_heads(&self) -> Heads {
        Heads {
            queries: self.heads,
            keys: self.key_value_heads,
            width: self.head_width,
        }
    }

    /// Reads a `config.json`.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let config = match serde_json::from_str(text)? {
            File::Gpt2(file) => gpt2(file)?,
            File::Llama(file) => llama(file)?,
            File::Other => {
                let value: Value = serde_json::from_str(text)?;
                return Err(ConfigError::Unsupported {
                    field: "model_type",
                    value: value["model_type"].to_string(),
                    supported: "\"gpt2\" or \"llama\"",
                });
            }
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let inconsistent = |text: String| Err(ConfigError::Inconsistent(text));
        let sizes = [
            ("the vocabulary", self.vocabulary),
            ("the context", self.context),
            ("the width", self.width),
            ("the number of layers", self.layers),
            ("the number of heads", self.heads),
            ("the number of key/value heads", self.key_value_heads),
            ("the width of a head", self.head_width),
            ("the feed-forward width", self.hidden),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return inconsistent(format!("{name} is 0"));
        }
        let most = |name: &str| match name == "the number of layers" {
            true => MOST_LAYERS,
            false => MOST,
        };
        if let Some((name, size)) = sizes.iter().find(|(name, size)| *size > most(name)) {
            let most = most(name);
            return inconsistent(format!("{name} is {size}, but {most} is the most"));
        }
        if !self.heads.is_multiple_of(self.key_value_heads) {
            return inconsistent(format!(
                "{} heads cannot share {} key/value heads",
                self.heads, self.key_value_heads
            ));
        }
        if self.family == Family::Gpt2 && self.heads * self.head_width != self.width {
            return inconsistent(format!(
                "a width of {} cannot be split into {} heads",
                self.width, self.heads
            ));
        }
        if self.family != Family::Gpt2 && !self.head_width.is_multiple_of(2) {
            return inconsistent(format!(
                "rotary positions need an even head width, not {}",
                self.head_width
            ));
        }
        let tokens = [self.begin_token, Some(self.end_token)];
        match tokens
            .iter()
            .flatten()
            .find(|&&id| id as usize >= self.vocabulary)
        {
            Some(id) => inconsistent(format!("token {id} lies outside the vocabulary")),
            None => Ok(()),
        }
    }
}

fn gpt2(file: Gpt2File) -> Result<Config, ConfigError> {
    if !["gelu_new", "gelu_pytorch_tanh"].contains(&file.activation_function.as_str()) {
        return Err(ConfigError::Unsupported {
            field: "activation_function",
            value: file.activation_function,
            supported: "\"gelu_new\" (or its other name, \"gelu_pytorch_tanh\")",
        });
    }
    Ok(Config {
        family: Family::Gpt2,
        vocabulary: file.vocab_size,
        context: file.n_positions,
        width: file.n_embd,
        layers: file.n_layer,
        heads: file.n_head,
        key_value_heads: file.n_head,
        head_width: file.n_embd.checked_div(file.n_head).unwrap_or(0),
        hidden: file.n_inner.unwrap_or(file.n_embd.saturating_mul(4)),
        norm_epsilon: file.layer_norm_epsilon,
        tied: file.tie_word_embeddings,
        attention_bias: file.bias,
        feed_forward_bias: file.bias,
        begin_token: file.bos_token_id,
        end_token: end_token(file.eos_token_id)?,
    })
}

fn llama(file: LlamaFile) -> Result<Config, ConfigError> {
    if file.hidden_act != "silu" {
        return Err(ConfigError::Unsupported {
            field: "hidden_act",
            value: file.hidden_act,
            supported: "\"silu\"",
        });
    }
    let rope_type = file
        .rope_parameters
        .as_ref()
        .and_then(|rope| rope.rope_type.clone());
    let scaled = file.rope_scaling.filter(|value| !value.is_null());
    if let Some(kind) = rope_type.filter(|kind| kind != "default") {
        return Err(unsupported_rope(kind));
    }
    if let Some(scaling) = scaled {
        return Err(unsupported_rope(scaling.to_string()));
    }
    let theta = file
        .rope_parameters
        .and_then(|rope| rope.rope_theta)
        .or(file.rope_theta)
        .unwrap_or(10_000.0);
    let heads = file.num_attention_heads;
    Ok(Config {
        family: Family::Llama { theta },
        vocabulary: file.vocab_size,
        context: file.max_position_embeddings,
        width: file.hidden_size,
        layers: file.num_hidden_layers,
        heads,
        key_value_heads: file.num_key_value_heads.unwrap_or(heads),
        head_width: match file.head_dim {
            Some(width) => width,
            None => file.hidden_size.checked_div(heads).unwrap_or(0),
        },
        hidden: file.intermediate_size,
        norm_epsilon: file.rms_norm_eps,
        tied: file.tie_word_embeddings,
        attention_bias: file.attention_bias,
        feed_forward_bias: file.mlp_bias,
        begin_token: file.bos_token_id,
        end_token: end_token(file.eos_token_id)?,
    })
}

fn unsupported_rope(value: String) -> ConfigError {
    ConfigError::Unsupported {
        field: "rope scaling",
        value,
        supported: "plain rotary positions (\"default\")",
    }
}

/// `eos_token_id` may be a number or a list; the first of a list ends a text.
fn end_token(value: Option<Value>) -> Result<u32, ConfigError> {
    let first = match &value {
        Some(Value::Array(ids)) => ids.first(),
        other => other.as_ref(),
    };
    first
        .and_then(Value::as_u64)
        .and_then(|id| u32::try_from(id).ok())
        .ok_or_else(|| {
            ConfigError::Inconsistent("it names no eos_token_id, so texts could not end".to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GPT2: &str = r#"{"model_type": "gpt2", "vocab_size": 30, "n_positions": 16, "n_embd": 8,
        "n_layer": 1, "n_head": 2, "eos_token_id": 0, "bos_token_id": 0}"#;

    #[test]
    fn defaults_are_those_of_hugging_face() {
        let config = Config::from_json(GPT2).unwrap();
        assert!(config.tied && config.attention_bias && config.feed_forward_bias);
        assert_eq!((config.hidden, config.head_width), (32, 4));
        assert_eq!(config.norm_epsilon, 1e-5);
    }

    #[test]
    fn what_cannot_be_done_is_named() {
        let refuse = |from: &str, to: &str| {
            let text = GPT2.replace(from, to);
            Config::from_json(&text).unwrap_err().to_string()
        };
        assert!(refuse("\"gpt2\"", "\"mamba\"").contains("mamba"));
        assert!(refuse("\"n_head\": 2", "\"n_head\": 3").contains("3 heads"));
        assert!(refuse("\"n_head\": 2", "\"n_head\": 0").contains("is 0"));
        assert!(refuse("\"eos_token_id\": 0", "\"eos_token_id\": 30").contains("token 30"));
        assert!(refuse("\"eos_token_id\": 0,", "").contains("eos_token_id"));
        assert!(refuse("\"n_layer\": 1,", "").contains("n_layer"));
        assert!(
            refuse(
                "\"n_layer\"",
                "\"activation_function\": \"relu\", \"n_layer\""
            )
            .contains("relu")
        );
    }
}
