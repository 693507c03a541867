//! An objective's loss and its slope over the margin, for display.

use super::{Hyper, Objective, Scores};
use crate::engine::{Engine, EngineError, Feeds, HostTensor};
use crate::graph::{Builder, DType, GraphError};
use crate::policy::{Alternatives, Choices, PolicyScores};

/// Where both answers of the pair start: log π_ref, nats, of as many tokens.
const REFERENCE: f32 = -20.0;
const TOKENS: f32 = 10.0;

/// Why there is no curve.
#[derive(Debug, thiserror::Error)]
pub enum CurveError {
    /// The graph is wrong: a mistake in this program.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The loss of a pair and its derivative by the margin at each of `margins`, nats: the chosen answer has
/// risen by half of it from the reference, the rejected one has fallen by as much. `None` for an
/// objective that is not about single pairs.
pub async fn curve(
    engine: &dyn Engine,
    objective: &Objective,
    value: impl Fn(&str) -> f64,
    margins: &[f32],
) -> Result<Option<Vec<[f32; 2]>>, CurveError> {
    let Some(columns) = objective.columns_of_a_pair() else {
        return Ok(None);
    };
    let (builder, pairs) = (Builder::new(), margins.len());
    // Every answer is one choice that stands for `TOKENS`: only means per token tell the difference.
    let margin = builder.input("margins", DType::F32, [pairs]);
    let half = margin * 0.5;
    let ones = builder.constant(1.0).broadcast_to([2 * pairs]);
    let log_probs = builder.concat(0, &[half, -half]) + REFERENCE;
    let own = PolicyScores {
        choices: Choices {
            samples: 2 * pairs,
            owners: builder.range(2 * pairs),
            order: ones * 0.0,
            weights: ones,
        },
        log_probs,
        distilled: None,
        alternatives: Alternatives::Listed(log_probs.reshape([2 * pairs, 1])),
    };
    let reference = ones * REFERENCE;
    let both = Scores::new(own, reference, pairs, vec![0, 1]).of_length(TOKENS);
    let losses = objective.losses(&both.of(columns), &Hyper::new(&builder));
    builder.output("losses", losses);
    builder.output("slopes", builder.gradients(losses.sum_all(), &[margin])[0]);
    let mut feeds = Feeds::from([(
        "margins".to_owned(),
        HostTensor::f32([pairs], margins.to_vec()),
    )]);
    // Beyond any warm-up.
    feeds.insert(Hyper::UPDATE.to_owned(), HostTensor::scalar(f32::MAX));
    for hyper in &objective.hyperparameters {
        let value = HostTensor::scalar(value(&hyper.name) as f32);
        feeds.insert(Hyper::input(&hyper.name), value);
    }
    let mut plan = engine.compile(&builder.finish()?).await?;
    plan.run(&feeds)?;
    let outputs = plan.drain().await?.pop().unwrap_or_default();
    let list = |name: &str| outputs.get(name).map_or(&[][..], HostTensor::as_f32);
    let points = list("losses").iter().zip(list("slopes"));
    Ok(Some(points.map(|(&loss, &slope)| [loss, slope]).collect()))
}
