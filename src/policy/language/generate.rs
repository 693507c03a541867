//! Completions: one token a run, keys and values cached, everything on the engine.

use super::Transformer;
use crate::engine::{Engine, Feeds, HostTensor, Plan};
use crate::graph::{Builder, DType, Graph, GraphError, SamplingLaw};
use crate::policy::{Draw, DrawError, Source, Weights, mixture};
use crate::sampling::Law;

/// How many tokens are drawn before the host looks whether all texts have ended.
const TOKENS_PER_READ: usize = 4;

/// Draws completions of several prompts at once.
///
/// Every row starts at position 0. While a row's prompt lasts, its tokens are
/// taken from there; after it, they are drawn. So prompts may differ in length,
/// and nothing is padded.
pub struct Generator {
    plan: Box<dyn Plan>,
    transformer: Transformer,
    rows: usize,
}

/// The generators that are ready, by what they draw from and their rows.
#[derive(Default)]
pub struct Generators {
    ready: Vec<(Kind, usize, Generator)>,
}

/// What a generator is compiled for: a mixture's `mix` is fed.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Weights(&'static str),
    Mixture,
}

impl From<Source> for Kind {
    fn from(source: Source) -> Self {
        match source {
            Source::Weights(scope) => Kind::Weights(scope),
            Source::Mixture { .. } => Kind::Mixture,
        }
    }
}

impl Generators {
    /// One that draws `rows` completions at once from `source`.
    pub async fn get(
        &mut self,
        engine: &dyn Engine,
        transformer: &Transformer,
        source: Source,
        rows: usize,
    ) -> Result<&mut Generator, DrawError> {
        let key = (Kind::from(source), rows);
        let known = |(kind, rows, _): &(Kind, usize, Generator)| (*kind, *rows) == key;
        let index = match self.ready.iter().position(known) {
            Some(index) => index,
            None => {
                let generator = Generator::new(engine, transformer, source, rows).await?;
                self.ready.push((key.0, rows, generator));
                self.ready.len() - 1
            }
        };
        Ok(&mut self.ready[index].2)
    }
}

/// The scopes of the keys and values: of the weights, and of the reference beside them.
const CACHE: &str = "sample";
const REFERENCE_CACHE: &str = "sample/reference";
/// The state that holds the rows' tokens.
const TOKENS: &str = "sample/tokens";

impl Generator {
    /// Makes ready to draw `rows` completions at once from `source`.
    pub async fn new(
        engine: &dyn Engine,
        transformer: &Transformer,
        source: Source,
        rows: usize,
    ) -> Result<Self, DrawError> {
        let graph = Self::graph(transformer, source, rows)?;
        Ok(Generator {
            plan: engine.compile(&graph).await?,
            transformer: transformer.clone(),
            rows,
        })
    }

    /// What draws one token for each of `rows` rows.
    pub fn graph(
        transformer: &Transformer,
        source: Source,
        rows: usize,
    ) -> Result<Graph, GraphError> {
        let builder = Builder::new();
        let context = transformer.config().context;
        let tokens = builder.state(TOKENS, DType::U32, [rows, context]);
        let scalar = |name| builder.input(name, DType::U32, []);
        let (here, next) = (scalar("position"), scalar("next_position"));
        let lengths = builder.input("prompt_lengths", DType::U32, [rows]);
        let law = SamplingLaw {
            temperature: builder.scalar_input("temperature"),
            top_k: scalar("top_k"),
            top_p: builder.scalar_input("top_p"),
        };
        let seed = builder.input("seed", DType::U32, [2]);

        let current = tokens.read_at(1, here).reshape([rows]);
        let logits_of = |scope, cache| {
            let weights = Weights::new(&builder, scope);
            transformer.next_logits(&weights, current, here, cache)
        };
        let logits = match source {
            Source::Weights(scope) => logits_of(scope, CACHE),
            Source::Mixture { .. } => {
                let mix = builder.scalar_input("mix");
                let reference = logits_of(Weights::REFERENCE, REFERENCE_CACHE);
                mixture(logits_of(Weights::POLICY, CACHE), reference, mix)
            }
        };
        let drawn = logits.sample(law, seed, next);
        let given = tokens.read_at(1, next).reshape([rows]);
        let token = lengths.greater(next).select(given, drawn);
        builder.update(tokens, tokens.write_at(1, token.reshape([rows, 1]), next));
        builder.output("token", token);
        builder.finish()
    }

    /// One completion for each of `prompts` (token ids without the begin token; as many as the
    /// generator has rows), cut before its end token. `source` is of the kind that the generator was
    /// made for; a mixture may have another `mix`.
    ///
    /// The same seed gives the same luck to every source.
    pub async fn generate(
        &mut self,
        engine: &dyn Engine,
        prompts: &[&[u32]],
        source: Source,
        draw: Draw,
    ) -> Result<Vec<Vec<u32>>, DrawError> {
        let Draw { law, seed, most } = draw;
        let config = self.transformer.config();
        let context = config.context;
        let mut buffer = vec![config.end_token; self.rows * context];
        let mut lengths = Vec::with_capacity(self.rows);
        for (prompt, row) in prompts.iter().zip(buffer.chunks_exact_mut(context)) {
            let begin = config.begin_token.iter();
            let tokens: Vec<u32> = begin.chain(prompt.iter()).copied().collect();
            if tokens.is_empty() || tokens.len() >= context {
                return Err(DrawError::Prompt {
                    tokens: tokens.len(),
                    most: context - 1,
                });
            }
            row[..tokens.len()].copy_from_slice(&tokens);
            lengths.push(tokens.len());
        }
        engine.write(TOKENS, HostTensor::u32([self.rows, context], buffer))?;
        let caches = match source {
            Source::Weights(_) => &[CACHE][..],
            Source::Mixture { .. } => &[CACHE, REFERENCE_CACHE],
        };
        for cache in caches {
            for (name, shape) in self.transformer.caches(cache, self.rows) {
                engine.write(&name, HostTensor::zeros(shape))?;
            }
        }

        let longest = lengths.iter().copied().max().unwrap_or(0);
        let last = (longest + most).min(context);
        let mut feeds = self.constant_feeds(&lengths, source, law, seed);
        let mut completions = vec![Completion::default(); self.rows];
        for next in 1..last {
            feeds.insert("position".to_owned(), HostTensor::index(next as u32 - 1));
            feeds.insert("next_position".to_owned(), HostTensor::index(next as u32));
            self.plan.run(&feeds)?;
            if next % TOKENS_PER_READ != 0 && next + 1 < last {
                continue;
            }
            let outputs = self.plan.drain().await?;
            let first = next + 1 - outputs.len();
            for (position, output) in (first..).zip(&outputs) {
                let tokens = output.get("token").map_or(&[][..], HostTensor::as_u32);
                for ((completion, &token), &length) in
                    completions.iter_mut().zip(tokens).zip(&lengths)
                {
                    if position >= length {
                        completion.take(token, config.end_token, most);
                    }
                }
            }
            if completions.iter().all(|completion| completion.ended) {
                break;
            }
        }
        Ok(completions
            .into_iter()
            .map(|completion| completion.tokens)
            .collect())
    }

    fn constant_feeds(&self, lengths: &[usize], source: Source, law: Law, seed: u64) -> Feeds {
        let lengths = lengths.iter().map(|&length| length as u32).collect();
        let seed = crate::rng::key(seed).to_vec();
        let mix = match source {
            Source::Mixture { mix } => Some(("mix".to_owned(), HostTensor::scalar(mix))),
            Source::Weights(_) => None,
        };
        let feeds = [
            (
                "prompt_lengths".to_owned(),
                HostTensor::u32([self.rows], lengths),
            ),
            (
                "temperature".to_owned(),
                HostTensor::scalar(law.temperature),
            ),
            ("top_k".to_owned(), HostTensor::index(law.top_k)),
            ("top_p".to_owned(), HostTensor::scalar(law.top_p)),
            ("seed".to_owned(), HostTensor::u32([2], seed)),
        ];
        feeds.into_iter().chain(mix).collect()
    }
}

#[derive(Clone, Default)]
struct Completion {
    tokens: Vec<u32>,
    ended: bool,
}

impl Completion {
    fn take(&mut self, token: u32, end: u32, most: usize) {
        self.ended |= token == end || self.tokens.len() == most;
        if !self.ended {
            self.tokens.push(token);
        }
    }
}
