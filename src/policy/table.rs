//! Table policies: a softmax over a handful of named responses to each prompt, small enough that every
//! expectation is a sum.

use serde::{Deserialize, Serialize};

use super::{
    Alternatives, Answers, Choices, Draw, DrawError, Initial, Parameter, Policy, PolicyScores,
    SAMPLING, Source, Weights, mixture,
};
use crate::engine::{Engine, Feeds, HostTensor, Plan};
use crate::graph::{Builder, DType, Expr, Graph, GraphError, Shape};
use crate::hyperparameter::Hyperparameter;
use crate::rng;
use crate::sampling;

/// A policy over the responses to each of a few prompts, `π ∝ exp(base + f)`: fixed base logits and what
/// the weights add to them. At the weights that [`Parameter::start`] gives f is 0, so
/// that with log π_ref as the base any distribution can be the reference.
#[derive(Clone, Debug)]
pub struct TablePolicy {
    prompts: usize,
    responses: usize,
    parameterisation: Parameterisation,
    /// What every graph is fed besides its batch.
    constants: Feeds,
}

/// What the weights of a table add to its logits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Parameterisation {
    /// A weight of its own for each response to each prompt: nothing is shared.
    Logits,
    /// The features of a response, weighed: the policy is log-linear, and what one response learns
    /// counts for those with like features. One row for each response, prompt after prompt.
    Features(Vec<Vec<f32>>),
    /// A network that reads a one-hot prompt: two hidden layers of 64, after the toy model in Yan et
    /// al. 2024, 3D-Properties, whose widths are not known.
    Network(Activation),
}

/// What a hidden unit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Activation {
    /// The hyperbolic tangent.
    Tanh,
    /// max(0, x).
    Relu,
}

/// A prompt and one of its responses, both counted from 0: one choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableSample {
    /// What is answered.
    pub prompt: u32,
    /// The answer.
    pub response: u32,
}

/// Why something is no table policy. Responses are counted from 1, prompt after prompt.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TableError {
    /// Nothing to choose from.
    #[error("a table needs a prompt and a response at least")]
    Empty,
    /// Not one entry for each response to each prompt.
    #[error("there are {found} {subject} for {wanted} responses to all prompts")]
    Length {
        /// What there should be one of for each response.
        subject: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// A response has not as many features as the first.
    #[error("response {response} has {found} features, but the first has {wanted}")]
    Ragged {
        /// The response.
        response: usize,
        /// How many it has.
        found: usize,
        /// How many the first has: 1 at least.
        wanted: usize,
    },
    /// A number is none.
    #[error("the {subject} of response {response} must be finite")]
    NotFinite {
        /// What they are.
        subject: &'static str,
        /// The response.
        response: usize,
    },
}

const BASE: &str = "table/base";
const FEATURES: &str = "table/features";
const PROMPTS: &str = "batch/prompts";
const RESPONSES: &str = "batch/responses";
const OWNERS: &str = "batch/owners";
/// The output and the input of the graph that tells all logits.
const LOGITS: &str = "logits";
const MIX: &str = "mix";
/// Units in a hidden layer.
const HIDDEN: usize = 64;

impl TablePolicy {
    /// A policy over `responses` responses to each of `prompts` prompts; `base` holds a logit for each,
    /// prompt after prompt.
    ///
    /// # Errors
    /// The table is empty, or base or features do not fit it or are not finite.
    pub fn new(
        prompts: usize,
        responses: usize,
        base: Vec<f32>,
        parameterisation: Parameterisation,
    ) -> Result<Self, TableError> {
        let wanted = prompts * responses;
        if wanted == 0 {
            return Err(TableError::Empty);
        }
        check("base logits", base.len(), wanted, |r| base[r].is_finite())?;
        let base = HostTensor::f32([prompts, responses], base);
        let mut constants = Feeds::from([(BASE.to_owned(), base)]);
        if let Parameterisation::Features(rows) = &parameterisation {
            check("features", rows.len(), wanted, |response| {
                rows[response].iter().all(|feature| feature.is_finite())
            })?;
            let count = rows[0].len();
            let ragged = |row: &Vec<f32>| row.is_empty() || row.len() != count;
            if let Some(place) = rows.iter().position(ragged) {
                return Err(TableError::Ragged {
                    response: place + 1,
                    found: rows[place].len(),
                    wanted: count.max(1),
                });
            }
            let features = HostTensor::f32([wanted, count], rows.concat());
            constants.insert(FEATURES.to_owned(), features);
        }
        Ok(TablePolicy {
            prompts,
            responses,
            parameterisation,
            constants,
        })
    }

    /// How many prompts there are.
    pub fn prompts(&self) -> usize {
        self.prompts
    }

    /// How many responses there are to each prompt.
    pub fn responses(&self) -> usize {
        self.responses
    }

    /// Whether the table has this sample.
    pub fn has(&self, sample: &TableSample) -> bool {
        let TableSample { prompt, response } = *sample;
        (prompt as usize) < self.prompts && (response as usize) < self.responses
    }

    /// π of each response to each prompt as `source` gives it, `[prompts][responses]`.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn distributions(
        &self,
        engine: &dyn Engine,
        tables: &mut Tables,
        source: Source,
    ) -> Result<Vec<Vec<f64>>, DrawError> {
        let logits = tables.logits(engine, self, source).await?;
        let rows = logits.chunks(self.responses);
        Ok(rows.map(softmax).collect())
    }

    /// What tells the logits of the whole table as `source` gives them.
    pub(crate) fn graph(&self, source: Source) -> Result<Graph, GraphError> {
        let builder = Builder::new();
        let logits_of = |scope| self.logits(&Weights::new(&builder, scope));
        let logits = match source {
            Source::Weights(scope) => logits_of(scope),
            Source::Mixture { .. } => mixture(
                logits_of(Weights::POLICY),
                logits_of(Weights::REFERENCE),
                builder.scalar_input(MIX),
            ),
        };
        builder.output(LOGITS, logits);
        builder.finish()
    }

    /// The logits of the whole table under `weights`, `[prompts, responses]`.
    fn logits<'g>(&self, weights: &Weights<'g>) -> Expr<'g> {
        let builder = weights.builder();
        let table = [self.prompts, self.responses];
        let learnt = match &self.parameterisation {
            Parameterisation::Logits => weights.get("logits", table),
            Parameterisation::Features(rows) => {
                let count = rows[0].len();
                let features = builder.input(FEATURES, DType::F32, [rows.len(), count]);
                let weights = weights.get("weights", [count, 1]);
                features.matmul(weights).reshape(table)
            }
            Parameterisation::Network(activation) => {
                let act = |x: Expr<'g>| match activation {
                    Activation::Tanh => x.tanh(),
                    Activation::Relu => x.max(builder.constant(0.0)),
                };
                let weight = |name, from, to| weights.get(name, [from, to]);
                let bias = |name, units| weights.get(name, [units]);
                // A one-hot prompt picks its own row of the first layer.
                let first = weight("first.weight", self.prompts, HIDDEN);
                let hidden = act(first + bias("first.bias", HIDDEN));
                let second = hidden.matmul(weight("second.weight", HIDDEN, HIDDEN));
                let hidden = act(second + bias("second.bias", HIDDEN));
                let output = hidden.matmul(weight("output.weight", HIDDEN, self.responses));
                output + bias("output.bias", self.responses)
            }
        };
        builder.input(BASE, DType::F32, table) + learnt
    }

    /// What a critic expects of each prompt.
    fn value(&self) -> Parameter {
        Parameter {
            name: "critic.values".to_owned(),
            shape: [self.prompts, 1].into(),
            initial: Initial::Zeros,
            decays: false,
        }
    }

    /// The logits that a `table` of them has for the responses to `prompt`.
    fn row<'a>(&self, table: &'a [f32], prompt: u32) -> Result<&'a [f32], DrawError> {
        let row = table.chunks(self.responses).nth(prompt as usize);
        row.ok_or(DrawError::UnknownPrompt {
            prompt: prompt.saturating_add(1),
            prompts: self.prompts,
        })
    }
}

/// Refuses a list that has not one entry for each of `wanted` responses, or one that is not finite.
fn check(
    subject: &'static str,
    found: usize,
    wanted: usize,
    is_finite: impl Fn(usize) -> bool,
) -> Result<(), TableError> {
    if found != wanted {
        return Err(TableError::Length {
            subject,
            found,
            wanted,
        });
    }
    match (0..wanted).find(|&response| !is_finite(response)) {
        None => Ok(()),
        Some(place) => Err(TableError::NotFinite {
            subject,
            response: place + 1,
        }),
    }
}

/// In double precision, so that the probabilities add up to 1.
fn softmax(logits: &[f32]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights = logits.iter().map(|logit| f64::from(logit - largest).exp());
    let weights: Vec<f64> = weights.collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// The plans that tell a table's logits, by the scope of the weights; none for the mixture, to which
/// `mix` is fed.
#[derive(Default)]
pub struct Tables {
    ready: Vec<(Option<&'static str>, Box<dyn Plan>)>,
}

impl Tables {
    /// The logits of the whole table as `source` gives them, `[prompts, responses]`.
    async fn logits(
        &mut self,
        engine: &dyn Engine,
        policy: &TablePolicy,
        source: Source,
    ) -> Result<Vec<f32>, DrawError> {
        let mut feeds = policy.constants.clone();
        let key = match source {
            Source::Weights(scope) => Some(scope),
            Source::Mixture { mix } => {
                feeds.insert(MIX.to_owned(), HostTensor::scalar(mix));
                None
            }
        };
        let index = match self.ready.iter().position(|(known, _)| *known == key) {
            Some(index) => index,
            None => {
                let plan = engine.compile(&policy.graph(source)?).await?;
                self.ready.push((key, plan));
                self.ready.len() - 1
            }
        };
        let plan = &mut self.ready[index].1;
        plan.run(&feeds)?;
        let mut outputs = plan.drain().await?.pop().unwrap_or_default();
        let logits = outputs.remove(LOGITS);
        Ok(logits.map_or_else(Vec::new, |logits| logits.as_f32().to_vec()))
    }
}

impl Policy for TablePolicy {
    type Sample = TableSample;
    /// Samples.
    type Layout = usize;
    type Draw = Draw;
    type Generators = Tables;

    fn sampling(&self) -> &'static [Hyperparameter] {
        &*SAMPLING
    }

    fn drawing(&self, number: &dyn Fn(&str) -> f64, seed: u64) -> Draw {
        Draw::by(number, seed)
    }

    fn parameters(&self) -> Vec<Parameter> {
        let parameter = |name: &str, shape: &[usize], initial, decays| Parameter {
            name: name.to_owned(),
            shape: Shape::from(shape),
            initial,
            decays,
        };
        let weight = |name, shape: [usize; 2], initial| parameter(name, &shape, initial, true);
        let bias = |name, units: usize| parameter(name, &[units], Initial::Zeros, false);
        // As wide as keeps the scale of what goes through (Glorot and Bengio 2010).
        let hidden = Initial::Normal((HIDDEN as f32).sqrt().recip());
        let (prompts, responses) = (self.prompts, self.responses);
        match &self.parameterisation {
            Parameterisation::Logits => {
                vec![weight("logits", [prompts, responses], Initial::Zeros)]
            }
            Parameterisation::Features(rows) => {
                vec![weight("weights", [rows[0].len(), 1], Initial::Zeros)]
            }
            Parameterisation::Network(_) => vec![
                weight("first.weight", [prompts, HIDDEN], Initial::Normal(1.0)),
                bias("first.bias", HIDDEN),
                weight("second.weight", [HIDDEN, HIDDEN], hidden),
                bias("second.bias", HIDDEN),
                weight("output.weight", [HIDDEN, responses], Initial::Zeros),
                bias("output.bias", responses),
            ],
        }
    }

    fn layout(&self, samples: &[&TableSample]) -> usize {
        samples.len()
    }

    fn feeds(&self, samples: &[&TableSample], layout: usize) -> Feeds {
        let list = |entry: fn(&TableSample) -> u32| {
            let mut entries: Vec<u32> = samples.iter().map(|sample| entry(sample)).collect();
            entries.resize(layout, 0);
            HostTensor::u32([layout], entries)
        };
        let owners = HostTensor::u32([layout], (0..layout as u32).collect());
        let mut feeds = self.constants.clone();
        feeds.insert(PROMPTS.to_owned(), list(|sample| sample.prompt));
        feeds.insert(RESPONSES.to_owned(), list(|sample| sample.response));
        feeds.insert(OWNERS.to_owned(), owners);
        feeds
    }

    /// One: the response.
    fn choices(&self, _sample: &TableSample) -> usize {
        1
    }

    fn places(&self, layout: usize) -> usize {
        layout
    }

    fn answered(&self, asked: &TableSample, answer: &TableSample) -> TableSample {
        TableSample {
            prompt: asked.prompt,
            response: answer.response,
        }
    }

    fn scores<'g>(&self, weights: &Weights<'g>, samples: usize) -> PolicyScores<'g> {
        let builder = weights.builder();
        let list = |name| builder.input(name, DType::U32, [samples]);
        let all = |value| builder.constant(value).broadcast_to([samples]);
        let logits = self.logits(weights).rows(list(PROMPTS));
        PolicyScores {
            choices: Choices {
                samples,
                owners: list(OWNERS),
                order: all(0.0),
                weights: all(1.0),
            },
            log_probs: logits.token_log_prob(list(RESPONSES)),
            distilled: None,
            alternatives: Alternatives::Listed(logits.log_softmax()),
        }
    }

    /// A value for each prompt.
    fn critic(&self) -> Vec<Parameter> {
        vec![self.value()]
    }

    fn values<'g>(&self, weights: &Weights<'g>, samples: usize) -> Expr<'g> {
        let prompts = weights.builder().input(PROMPTS, DType::U32, [samples]);
        let values = weights.parameter(&self.value());
        values.rows(prompts).reshape([samples])
    }

    async fn draw(
        &self,
        engine: &dyn Engine,
        tables: &mut Tables,
        prompts: &[&TableSample],
        source: Source,
        draw: Draw,
    ) -> Result<Vec<TableSample>, DrawError> {
        let table = tables.logits(engine, self, source).await?;
        let mut logits = Vec::with_capacity(prompts.len() * self.responses);
        for asked in prompts {
            logits.extend(self.row(&table, asked.prompt)?);
        }
        let drawn = sampling::draw(&logits, self.responses, draw.law, rng::key(draw.seed), 0);
        let samples = prompts.iter().zip(drawn);
        Ok(samples
            .map(|(asked, response)| TableSample {
                prompt: asked.prompt,
                response,
            })
            .collect())
    }

    async fn enumerate(
        &self,
        engine: &dyn Engine,
        tables: &mut Tables,
        prompts: &[&TableSample],
        source: Source,
        draw: Draw,
    ) -> Result<Option<Vec<Answers<TableSample>>>, DrawError> {
        let table = tables.logits(engine, self, source).await?;
        let answers = prompts.iter().map(|asked| {
            let prompt = asked.prompt;
            let probabilities = sampling::probabilities(self.row(&table, prompt)?, draw.law);
            let answers = (0..).zip(probabilities);
            Ok(answers
                .map(|(response, probability)| (TableSample { prompt, response }, probability))
                .collect())
        });
        answers.collect::<Result<_, DrawError>>().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_named() {
        let problem = |base: &[f32], parameterisation| {
            let table = TablePolicy::new(1, 2, base.to_vec(), parameterisation);
            table.unwrap_err().to_string()
        };
        let features = |rows: &[&[f32]]| {
            Parameterisation::Features(rows.iter().map(|row| row.to_vec()).collect())
        };
        assert_eq!(
            problem(&[0.0], Parameterisation::Logits),
            "there are 1 base logits for 2 responses to all prompts"
        );
        assert_eq!(
            problem(&[0.0, f32::NEG_INFINITY], Parameterisation::Logits),
            "the base logits of response 2 must be finite"
        );
        assert_eq!(
            problem(&[0.0; 2], features(&[&[1.0], &[1.0, 2.0]])),
            "response 2 has 2 features, but the first has 1"
        );
        assert!(problem(&[0.0; 2], features(&[&[], &[]])).contains("0 features"));
        assert!(problem(&[0.0; 2], features(&[&[1.0]])).contains("1 features for 2"));
        let empty = TablePolicy::new(3, 0, Vec::new(), Parameterisation::Logits);
        assert_eq!(empty.unwrap_err(), TableError::Empty);
    }
}
