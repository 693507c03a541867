//! A judge that is the difference of two policies: what a stronger one finds likelier than a weaker one does
//! (Xu et al. 2024, Dr.SoW, arXiv 2411.02481).

use super::{Judge, JudgeError, Verdict};
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, HostTensor};
use crate::policy::language::{LanguagePolicy, Scorer, TokenSample};
use crate::policy::{Policy, Weights, state_name};

/// Rewards an answer with log π_strong − log π_weak, nats.
pub struct DensityRatio {
    engine: CpuEngine,
    strong: Scorer,
    weak: Scorer,
}

impl DensityRatio {
    /// The judge of two sets of weights of one policy, each in the order of its parameters. It has an
    /// engine of its own.
    pub fn new(
        policy: &LanguagePolicy,
        strong: Vec<HostTensor>,
        weak: Vec<HostTensor>,
    ) -> Result<Self, JudgeError> {
        let engine = CpuEngine::new();
        for (scope, weights) in [(Weights::POLICY, strong), (Weights::REFERENCE, weak)] {
            for (parameter, weight) in policy.parameters().iter().zip(weights) {
                engine.write(&state_name(scope, &parameter.name), weight)?;
            }
        }
        let scorer = |scope| Scorer::new(policy.clone(), scope);
        Ok(DensityRatio {
            engine,
            strong: scorer(Weights::POLICY),
            weak: scorer(Weights::REFERENCE),
        })
    }

    async fn ratios(&mut self, samples: &[TokenSample]) -> Result<Vec<f32>, JudgeError> {
        let strong = self.strong.score(&self.engine, samples, |_| ()).await?;
        let weak = self.weak.score(&self.engine, samples, |_| ()).await?;
        let ratios = strong.iter().zip(weak).map(|(strong, weak)| strong - weak);
        Ok(ratios.map(|ratio| ratio as f32).collect())
    }
}

impl Judge<TokenSample> for DensityRatio {
    /// σ of the difference of both rewards.
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a TokenSample; 2]]) -> Verdict<'a> {
        Box::pin(async move {
            let samples: Vec<TokenSample> = pairs
                .iter()
                .flatten()
                .map(|&sample| sample.clone())
                .collect();
            let rewards = self.ratios(&samples).await?;
            let wins = rewards
                .chunks_exact(2)
                .map(|pair| 1.0 / (1.0 + (pair[1] - pair[0]).exp()));
            Ok(wins.collect())
        })
    }

    fn rewards<'a>(&'a mut self, samples: &'a [&'a TokenSample]) -> Verdict<'a> {
        Box::pin(async move {
            let samples: Vec<TokenSample> = samples.iter().map(|&sample| sample.clone()).collect();
            self.ratios(&samples).await
        })
    }
}
