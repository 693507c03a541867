//! What only a run of a language policy can do: per-token scores, completions, checkpoints.

use super::pupil::Pupil;
use super::{Anchor, Compared, JudgeReport, Pair, Preferred, Session, SessionError, Snapshot};
use crate::engine::{Engine, HostTensor};
use crate::graph::{Builder, Graph, GraphError};
use crate::judge::{DensityRatio, Judge, JudgeError, LearnedKind, RuleJudge};
use crate::objective::{Judgement, Objective};
use crate::policy::language::{
    self, Config, Generator, LanguagePolicy, PairError, Precision, TokenLayout, TokenPair,
    TokenSample,
};
use crate::policy::{Draw, Policy, Source, Weights};

/// A run of a language policy.
pub struct LanguageSession {
    session: Session<LanguagePolicy>,
    /// The judge, while it is one that learns.
    pupil: Option<Pupil>,
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
            pupil: None,
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
            pupil: None,
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
        self.pupil = None;
        Ok(())
    }

    /// Has the answers that methods keep (D²O's) be drawn with one of `guides` before the prompt, in turn; those
    /// that stand are drawn anew.
    pub fn set_guides(&mut self, guides: Vec<Vec<u32>>) {
        self.session.policy.set_guides(guides);
        self.session.kept.clear();
    }

    /// Has a judge that learns from the pairs judge the policy's own answers. `gold`, a rule and the text of
    /// each token by id, is what is meant: it is asked as well, and both are measured, but the policy learns
    /// from the judge alone. A judge of this kind that is there already goes on with what it has learnt; where
    /// the objective asks no judge, none learns.
    ///
    /// # Errors
    /// Those of the rule; the judge then stays as it was.
    pub async fn set_learned_judge(
        &mut self,
        kind: LearnedKind,
        gold: Option<(&str, Vec<String>)>,
    ) -> Result<(), SessionError> {
        let gold = match gold {
            Some((rule, vocabulary)) => {
                let gold: Box<dyn Judge<_>> = Box::new(RuleJudge::new(rule.parse()?, vocabulary));
                Some(gold)
            }
            None => None,
        };
        if self.session.objective.judgement == Judgement::None {
            return Ok(());
        }
        if self.pupil.as_ref().map(Pupil::kind) != Some(kind) {
            self.pupil = Some(self.new_pupil(kind).await?);
        }
        if let Some(pupil) = &self.pupil {
            self.session.set_judge(pupil.judge(gold));
        }
        Ok(())
    }

    /// Has the density ratio of a stronger policy over the reference judge: `weights` are the bytes of the
    /// `model.safetensors` of one of the same shape.
    pub async fn set_density_judge(&mut self, weights: &[u8]) -> Result<(), SessionError> {
        let session = &self.session;
        let strong = language::load(weights, &session.parameters)?;
        let weak = session.weights_in(Weights::REFERENCE).await?;
        let judge = DensityRatio::new(&session.policy, strong, weak)?;
        self.session.set_judge(Box::new(judge));
        self.pupil = None;
        Ok(())
    }

    /// Has nobody judge the policy's own answers: an objective that asks a judge makes no update then.
    pub fn dismiss_judge(&mut self) {
        self.session.dismiss_judge();
        self.pupil = None;
    }

    /// Has a person judge the policy's own answers, as [`Session::ask_person`].
    pub fn ask_person(&mut self) {
        self.session.ask_person();
        self.pupil = None;
    }

    /// Adds what a person said, before this run began, of two answers: the sides of `pair`, in their order.
    ///
    /// # Errors
    /// [`SessionError::Pair`] if this policy cannot score them; nothing is added then.
    pub fn recall(&mut self, pair: &TokenPair, preferred: Preferred) -> Result<(), SessionError> {
        self.check(0, pair)?;
        let answers = pair.samples();
        self.session.recall(Compared { answers, preferred });
        Ok(())
    }

    /// A judge that knows the pairs and has learnt nothing yet.
    async fn new_pupil(&self, kind: LearnedKind) -> Result<Pupil, SessionError> {
        let session = &self.session;
        let weights = session.weights_in(Weights::REFERENCE).await?;
        let config = session.policy.config().clone();
        let mut pupil = Pupil::new(kind, config, weights, session.seed)?;
        let training = session.training.iter();
        pupil.set_pairs(training.map(|(id, pair)| (*id, token_pair(pair))).collect())?;
        let held_out = (0..).zip(session.held_out.iter().map(token_pair));
        pupil.set_held_out(held_out.collect())?;
        Ok(pupil)
    }

    /// Where the judge stands, if it is one that learns.
    pub fn judge(&self) -> Result<Option<JudgeReport>, SessionError> {
        let report = self.pupil.as_ref().map(Pupil::report);
        Ok(report.transpose()?)
    }

    /// Makes one update of the judge that learns.
    pub async fn update_judge(&mut self) -> Result<(), SessionError> {
        let pupil = self.pupil.as_mut().ok_or(JudgeError::NoJudge)?;
        Ok(pupil.update().await?)
    }

    /// Makes one update: of the judge first, as long as it has not learnt its pairs, then of the policy.
    /// Gives what broke the judge's, if anything did: it then rests, and the run goes on.
    pub async fn update(&mut self) -> Result<Option<JudgeError>, SessionError> {
        let broken = match &mut self.pupil {
            Some(pupil) if pupil.learns()? => pupil.update().await.err(),
            _ => None,
        };
        self.session.update().await?;
        Ok(broken)
    }

    /// Back to the reference, as [`Session::reset`]; a judge that learns begins anew as well.
    pub async fn reset(&mut self, seed: u64) -> Result<(), SessionError> {
        let reset = self.session.reset(seed).await;
        if let Some(kind) = self.pupil.as_ref().map(Pupil::kind) {
            let fresh = self.new_pupil(kind).await?;
            if let Some(pupil) = &mut self.pupil {
                pupil.become_anew(fresh)?;
            }
        }
        reset
    }

    /// Replaces the training pairs after checking that each can be scored.
    pub async fn set_training_pairs(
        &mut self,
        pairs: Vec<(u32, TokenPair)>,
    ) -> Result<(), SessionError> {
        for (id, pair) in &pairs {
            self.check(*id, pair)?;
        }
        let sides = pairs.iter().map(|(id, pair)| (*id, both_sides(pair)));
        self.session.set_training_pairs(sides.collect()).await?;
        if let Some(pupil) = &mut self.pupil {
            pupil.set_pairs(pairs)?;
        }
        Ok(())
    }

    /// Replaces the held-out pairs after checking that each can be scored.
    pub async fn set_held_out_pairs(
        &mut self,
        pairs: Vec<(u32, TokenPair)>,
    ) -> Result<(), SessionError> {
        for (id, pair) in &pairs {
            self.check(*id, pair)?;
        }
        let sides = pairs.iter().map(|(_, pair)| both_sides(pair));
        self.session.set_held_out_pairs(sides.collect());
        if let Some(pupil) = &mut self.pupil {
            pupil.set_held_out(pairs)?;
        }
        Ok(())
    }

    pub(super) fn check(&self, id: u32, pair: &TokenPair) -> Result<(), SessionError> {
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

fn token_pair(pair: &Pair<TokenSample>) -> TokenPair {
    TokenPair {
        prompt: pair.chosen.prompt.clone(),
        chosen: pair.chosen.completion.clone(),
        rejected: pair.rejected.completion.clone(),
    }
}
