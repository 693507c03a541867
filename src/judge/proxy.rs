//! A judge that is watched: what a policy learns from, beside what is meant.

use super::{Judge, JudgeError, Verdict};

/// A judge made of two. The proxy speaks; gold is asked as well and kept to itself. A policy that learns
/// from the proxy for long raises the proxy's rewards while those of gold fall: over-optimisation (Gao
/// et al. 2023, Scaling laws for reward model overoptimization).
pub struct ProxyAndGold<S> {
    proxy: Box<dyn Judge<S>>,
    gold: Box<dyn Judge<S>>,
    /// Sums over the answers judged since the means were last taken.
    proxy_sum: f64,
    gold_sum: f64,
    answers: usize,
}

/// The mean rewards of the answers that were judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanRewards {
    /// By the judge that spoke.
    pub proxy: f32,
    /// By the one that did not.
    pub gold: f32,
    /// How many answers there were.
    pub answers: usize,
}

impl<S> ProxyAndGold<S> {
    /// `proxy` speaks, `gold` is only watched.
    pub fn new(proxy: Box<dyn Judge<S>>, gold: Box<dyn Judge<S>>) -> Self {
        ProxyAndGold {
            proxy,
            gold,
            proxy_sum: 0.0,
            gold_sum: 0.0,
            answers: 0,
        }
    }

    /// The proxy's rewards of `samples`; the first `counted` of them are watched.
    async fn judge(&mut self, samples: &[&S], counted: usize) -> Result<Vec<f32>, JudgeError> {
        let gold = self.gold.rewards(&samples[..counted]).await?;
        let proxy = self.proxy.rewards(samples).await?;
        let sum = |rewards: &[f32]| -> f64 {
            let counted = rewards.iter().take(counted);
            counted.copied().map(f64::from).sum()
        };
        self.gold_sum += sum(&gold);
        self.proxy_sum += sum(&proxy);
        self.answers += counted;
        Ok(proxy)
    }
}

impl<S> Judge<S> for ProxyAndGold<S> {
    fn preferences<'a>(&'a mut self, pairs: &'a [[&'a S; 2]]) -> Verdict<'a> {
        Box::pin(async {
            let (first, second): (Vec<&S>, Vec<&S>) =
                pairs.iter().map(|&[first, second]| (first, second)).unzip();
            // The second ones as well: some proxies value an answer by what it stands against.
            self.judge(&[&first[..], &second].concat(), first.len())
                .await?;
            self.proxy.preferences(pairs).await
        })
    }

    fn rewards<'a>(&'a mut self, samples: &'a [&'a S]) -> Verdict<'a> {
        Box::pin(self.judge(samples, samples.len()))
    }

    /// The means over what was judged. Of two answers that were compared, the first counts: where only one
    /// is the policy's, sessions put it there.
    fn take_means(&mut self) -> Option<MeanRewards> {
        let answers = std::mem::take(&mut self.answers);
        let sums = [&mut self.proxy_sum, &mut self.gold_sum].map(std::mem::take);
        let [proxy, gold] = sums.map(|sum| (sum / answers as f64) as f32);
        (answers > 0).then_some(MeanRewards {
            proxy,
            gold,
            answers,
        })
    }
}
