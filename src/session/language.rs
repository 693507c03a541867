//! What only a run of a language policy can do: per-token scores, completions, checkpoints.

use super::{Session, SessionError, Snapshot};
use crate::engine::{Engine, HostTensor};
use crate::graph::{Builder, Graph, GraphError};
use crate::objective::Objective;
use crate::policy::language::{
    self, Config, Generator, LanguagePolicy, PairError, Precision, Source, TokenLayout, TokenPair,
};
use crate::policy::{Policy, Weights};
use crate::sampling::Law;

/// A run of a language policy.
pub struct LanguageSession {
    session: Session<LanguagePolicy>,
    generators: Vec<(Source, usize, Generator)>,
}

/// One completion, token by token; the last is end-of-text.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenScores {
    /// Token ids.
    pub ids: Vec<u32>,
    /// log π of each, nats.
    pub policy: Vec<f32>,
    /// log π_ref of each, nats.
    pub reference: Vec<f32>,
}

/// What to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRequest {
    /// Token ids without the begin token.
    pub prompt: Vec<u32>,
    /// How many completions.
    pub count: usize,
    /// The most tokens in a completion.
    pub most: usize,
    /// What shapes the distribution.
    pub law: Law,
    /// The luck.
    pub seed: u64,
}

impl LanguageSession {
    /// A run that starts from a checkpoint: the text of `config.json`, the bytes of
    /// `model.safetensors`.
    pub fn open(
        engine: Box<dyn Engine>,
        config: &str,
        weights: &[u8],
        objective: &'static dyn Objective,
        seed: u64,
    ) -> Result<Self, SessionError> {
        let policy = LanguagePolicy::new(Config::from_json(config)?);
        let weights = language::load(weights, &policy.parameters())?;
        Ok(LanguageSession {
            session: Session::new(engine, policy, weights, objective, seed)?,
            generators: Vec::new(),
        })
    }

    /// The run itself.
    pub fn session(&mut self) -> &mut Session<LanguagePolicy> {
        &mut self.session
    }

    /// Goes on with another engine, as [`Session::switch_engine`] does.
    pub async fn switch_engine(&mut self, engine: Box<dyn Engine>) -> Result<(), SessionError> {
        self.session.switch_engine(engine).await?;
        self.generators.clear();
        Ok(())
    }

    /// Goes on from a snapshot, as [`Session::restore`] does.
    pub fn restore(
        &mut self,
        engine: Box<dyn Engine>,
        snapshot: &Snapshot,
    ) -> Result<(), SessionError> {
        self.session.restore(engine, snapshot)?;
        self.generators.clear();
        Ok(())
    }

    /// Replaces the training pairs after checking that each can be scored.
    pub async fn set_training_pairs(
        &mut self,
        pairs: Vec<(u32, TokenPair)>,
    ) -> Result<(), SessionError> {
        for (id, pair) in &pairs {
            self.check(*id, pair)?;
        }
        self.session.set_training_pairs(pairs).await
    }

    /// Replaces the held-out pairs after checking that each can be scored.
    pub async fn set_held_out_pairs(
        &mut self,
        pairs: Vec<(u32, TokenPair)>,
    ) -> Result<(), SessionError> {
        for (id, pair) in &pairs {
            self.check(*id, pair)?;
        }
        let pairs = pairs.into_iter().map(|(_, pair)| pair).collect();
        self.session.set_held_out_pairs(pairs);
        Ok(())
    }

    fn check(&self, id: u32, pair: &TokenPair) -> Result<(), SessionError> {
        let checked = self.session.policy.check(pair);
        checked.map_err(|source: PairError| SessionError::Pair { id, source })
    }

    /// Both completions of `pair`, token by token: chosen, then rejected.
    pub async fn token_scores(
        &mut self,
        pair: &TokenPair,
    ) -> Result<[TokenScores; 2], SessionError> {
        self.check(0, pair)?;
        let policy = &self.session.policy;
        let layout = policy.layout(&[pair], 1);
        let graph = self.token_graph(layout)?;
        let mut plan = self.session.engine.compile(&graph).await?;
        plan.run(&policy.feeds(&[pair], layout))?;
        let outputs = plan.drain().await?.pop().unwrap_or_default();
        // The chosen completion and its end token, then the rejected one.
        let side = |start: usize, completion: &Vec<u32>| {
            let end_token = self.session.policy.config().end_token;
            let ids: Vec<u32> = completion.iter().copied().chain([end_token]).collect();
            let scores = |scope: &str| {
                let values = outputs.get(scope).map_or(&[][..], HostTensor::as_f32);
                values.iter().skip(start).take(ids.len()).copied().collect()
            };
            TokenScores {
                policy: scores(Weights::POLICY),
                reference: scores(Weights::REFERENCE),
                ids,
            }
        };
        Ok([
            side(0, &pair.chosen),
            side(pair.chosen.len() + 1, &pair.rejected),
        ])
    }

    fn token_graph(&self, layout: TokenLayout) -> Result<Graph, GraphError> {
        let builder = Builder::new();
        for scope in [Weights::POLICY, Weights::REFERENCE] {
            let weights = Weights::new(&builder, scope);
            let policy = &self.session.policy;
            builder.output(scope, policy.token_log_probs(&weights, layout));
        }
        builder.finish()
    }

    /// One graph of each kind that this run asks of its engine when `rows` completions are drawn at
    /// once: what another engine must be ready for to take over.
    pub fn graphs(&self, rows: usize) -> Result<Vec<Graph>, SessionError> {
        let mut graphs = self.session.graphs()?;
        if let Some((_, pair)) = self.session.training.first() {
            graphs.push(self.token_graph(self.session.policy.layout(&[pair], 1))?);
        }
        if rows > 0 {
            for scope in [Weights::POLICY, Weights::REFERENCE] {
                let transformer = self.session.policy.transformer();
                graphs.push(Generator::graph(transformer, Source::Weights(scope), rows)?);
            }
        }
        Ok(graphs)
    }

    /// Completions drawn from `source`, from [`Weights::POLICY`] and [`Weights::REFERENCE`] or from their
    /// mixture: the same request, the same luck for all.
    pub async fn sample(
        &mut self,
        source: Source,
        request: &SampleRequest,
    ) -> Result<Vec<Vec<u32>>, SessionError> {
        let rows = request.count;
        if rows == 0 {
            return Ok(Vec::new());
        }
        let engine = self.session.engine.as_ref();
        let known = |(s, r, _): &(Source, usize, Generator)| (*s, *r) == (source, rows);
        let index = match self.generators.iter().position(known) {
            Some(index) => index,
            None => {
                let transformer = self.session.policy.transformer();
                let generator = Generator::new(engine, transformer, source, rows).await?;
                // One mixture is kept, not every one that a slider went through.
                let mixture = |source: Source| matches!(source, Source::Mixture { .. });
                self.generators
                    .retain(|(other, ..)| !(mixture(*other) && mixture(source)));
                self.generators.push((source, rows, generator));
                self.generators.len() - 1
            }
        };
        let prompts = vec![request.prompt.as_slice(); rows];
        let generator = &mut self.generators[index].2;
        let drawn = generator.generate(engine, &prompts, request.law, request.seed, request.most);
        Ok(drawn.await?)
    }

    /// The policy as it stands, as a `model.safetensors`.
    pub async fn checkpoint(&self) -> Result<Vec<u8>, SessionError> {
        let weights = self.session.weights().await?;
        Ok(language::save(
            &self.session.parameters,
            &weights,
            Precision::F32,
        )?)
    }
}
