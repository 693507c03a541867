//! What only a run of a language policy can do: per-token scores, completions, checkpoints.

use super::{Anchor, Pair, Session, SessionError, Snapshot};
use crate::engine::{Engine, HostTensor};
use crate::graph::{Builder, Graph, GraphError};
use crate::judge::RuleJudge;
use crate::objective::Objective;
use crate::policy::language::{
    self, Config, Generator, LanguagePolicy, PairError, Precision, TokenLayout, TokenPair,
    TokenSample,
};
use crate::policy::{Draw, Policy, Source, Weights};

/// A run of a language policy.
pub struct LanguageSession {
    session: Session<LanguagePolicy>,
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
    /// How they are drawn.
    pub draw: Draw,
}

impl LanguageSession {
    /// A run that starts from a checkpoint: the text of `config.json`, the bytes of
    /// `model.safetensors`.
    pub fn open(
        engine: Box<dyn Engine>,
        config: &str,
        weights: &[u8],
        objective: Objective,
        seed: u64,
    ) -> Result<Self, SessionError> {
        let policy = LanguagePolicy::new(Config::from_json(config)?);
        let weights = language::load(weights, &policy.parameters())?;
        Ok(LanguageSession {
            session: Session::new(engine, policy, weights, objective, seed)?,
        })
    }

    /// Another run that goes on from a snapshot of this one: see [`Session::branch`].
    pub async fn branch(
        &self,
        engine: Box<dyn Engine>,
        snapshot: &Snapshot<TokenSample>,
        objective: Objective,
        anchor: Anchor,
    ) -> Result<Self, SessionError> {
        let branched = self.session.branch(engine, snapshot, objective, anchor);
        Ok(LanguageSession {
            session: branched.await?,
        })
    }

    /// The run itself.
    pub fn session(&mut self) -> &mut Session<LanguagePolicy> {
        &mut self.session
    }

    /// Has `rule` judge the policy's own answers; `vocabulary` is the text of each token, by id.
    pub fn set_rule(&mut self, rule: &str, vocabulary: Vec<String>) -> Result<(), SessionError> {
        let judge = RuleJudge::new(rule.parse()?, vocabulary);
        self.session.set_judge(Box::new(judge));
        Ok(())
    }

    /// Has the answers that methods keep (D²O's) be drawn with one of `guides` before the prompt, in turn; those
    /// that stand are drawn anew.
    pub fn set_guides(&mut self, guides: Vec<Vec<u32>>) {
        self.session.policy.set_guides(guides);
        self.session.kept.clear();
    }

    /// Replaces the training pairs after checking that each can be scored.
    pub async fn set_training_pairs(
        &mut self,
        pairs: Vec<(u32, TokenPair)>,
    ) -> Result<(), SessionError> {
        for (id, pair) in &pairs {
            self.check(*id, pair)?;
        }
        let pairs = pairs.iter().map(|(id, pair)| (*id, both_sides(pair)));
        self.session.set_training_pairs(pairs.collect()).await
    }

    /// Replaces the held-out pairs after checking that each can be scored.
    pub async fn set_held_out_pairs(
        &mut self,
        pairs: Vec<(u32, TokenPair)>,
    ) -> Result<(), SessionError> {
        for (id, pair) in &pairs {
            self.check(*id, pair)?;
        }
        let pairs = pairs.iter().map(|(_, pair)| both_sides(pair));
        self.session.set_held_out_pairs(pairs.collect());
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
        let samples = pair.samples();
        let samples: Vec<&TokenSample> = samples.iter().collect();
        let layout = policy.layout(&samples);
        let graph = self.token_graph(layout)?;
        let mut plan = self.session.engine.compile(&graph).await?;
        plan.run(&policy.feeds(&samples, layout))?;
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
        if let Some((_, Pair { chosen, rejected })) = self.session.training.first() {
            let layout = self.session.policy.layout(&[chosen, rejected]);
            graphs.push(self.token_graph(layout)?);
        }
        let both = [Weights::POLICY, Weights::REFERENCE].map(Source::Weights);
        let shown = both.into_iter().map(|source| (source, rows));
        let drawn = shown.chain(self.session.drawn());
        for (source, rows) in drawn.filter(|(_, rows)| *rows > 0) {
            let transformer = self.session.policy.transformer();
            graphs.push(Generator::graph(transformer, source, rows)?);
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
        let SampleRequest {
            prompt,
            count,
            draw,
        } = request;
        if *count == 0 {
            return Ok(Vec::new());
        }
        let asked = TokenSample {
            prompt: prompt.clone(),
            completion: Vec::new(),
        };
        let Session {
            engine,
            policy,
            generators,
            ..
        } = &mut self.session;
        let prompts = vec![&asked; *count];
        let drawn = policy.draw(engine.as_ref(), generators, &prompts, source, *draw);
        let drawn = drawn.await?.into_iter();
        Ok(drawn.map(|sample| sample.completion).collect())
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

fn both_sides(pair: &TokenPair) -> Pair<TokenSample> {
    let [chosen, rejected] = pair.samples();
    Pair { chosen, rejected }
}
