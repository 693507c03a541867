//! Steps of answers and their advantages, by Monte Carlo: how answers fare that the reference continues from
//! before a step, and from after it.

use super::{Session, SessionError};
use crate::objective::{Credit, Origin};
use crate::policy::Policy;

/// A run of choices of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// How many there are.
    pub(super) choices: usize,
    /// How much more is to be expected after it than before.
    pub(super) advantage: f32,
}

/// Where an answer of so many choices is cut into `steps`, or fewer if it is short: the choices before each cut.
/// The last step holds its end and, in an answer that says anything, a choice before it.
fn cuts(choices: usize, steps: usize) -> Vec<usize> {
    let inner = choices.saturating_sub(1);
    let mut cuts: Vec<usize> = (1..steps).map(|step| step * inner / steps).collect();
    cuts.dedup();
    cuts.retain(|&cut| cut > 0);
    cuts
}

/// What is fed for each choice of the samples of these steps: the advantage of the step that ends there, and
/// where in the batch its own step ends.
pub(super) fn feeds(steps: &[Vec<Step>]) -> (Vec<f32>, Vec<u32>) {
    let (mut advantages, mut ends) = (Vec::new(), Vec::new());
    for step in steps.iter().flatten().filter(|step| step.choices > 0) {
        let end = ends.len() + step.choices - 1;
        ends.resize(end + 1, end as u32);
        advantages.resize(end, 0.0);
        advantages.push(step.advantage);
    }
    (advantages, ends)
}

impl<P: Policy> Session<P> {
    /// The steps of each of `samples`, which are answers of the reference, column after column in `groups`
    /// groups. Before the first step, V is the mean of the group's `rewards`; after the last, it is the
    /// answer's own; in between, the mean reward of continuations.
    pub(super) async fn steps(
        &mut self,
        samples: &[P::Sample],
        groups: usize,
        rewards: &[f32],
    ) -> Result<Vec<Vec<Step>>, SessionError> {
        let cut = |sample| cuts(self.policy.choices(sample), self.steps_an_answer());
        let cuts: Vec<Vec<usize>> = samples.iter().map(cut).collect();
        let begun = samples.iter().zip(&cuts);
        let begun = begun.flat_map(|(sample, cuts)| cuts.iter().map(move |&cut| (sample, cut)));
        let at_once = self.continuations(samples.len());
        let between = self.continued(&begun.collect::<Vec<_>>(), at_once).await?;
        let mut between = between.into_iter();
        let columns = samples.len() / groups;
        let in_steps = samples.iter().zip(&cuts).zip(rewards).enumerate();
        let in_steps = in_steps.map(|(index, ((sample, cuts), &reward))| {
            let group = rewards.iter().skip(index % groups).step_by(groups);
            let mut before = (0, group.sum::<f32>() / columns as f32);
            let ends = cuts.iter().copied().zip(&mut between);
            let ends = ends.collect::<Vec<_>>().into_iter();
            let ends = ends.chain([(self.policy.choices(sample), reward)]);
            ends.map(|after| {
                let step = Step {
                    choices: after.0 - before.0,
                    advantage: after.1 - before.1,
                };
                before = after;
                step
            })
            .collect()
        });
        Ok(in_steps.collect())
    }

    /// The most steps that an answer is cut into.
    fn steps_an_answer(&self) -> usize {
        // A person judges no continuations.
        match self.objective.credit == Credit::Steps && !self.person.in_use {
            true => self.values.get("steps") as usize,
            false => 1,
        }
    }

    /// The most continuations of so many answers.
    pub(super) fn continuations(&self, answers: usize) -> usize {
        match self.steps_an_answer() {
            1 => 0,
            steps => answers * (steps - 1) * self.values.get("continuations") as usize,
        }
    }

    /// The mean reward of answers that the reference continues from each of `begun`: a sample, and how many of
    /// its choices stand. So many are drawn `at_once`, needed or not: one plan draws them.
    async fn continued(
        &mut self,
        begun: &[(&P::Sample, usize)],
        at_once: usize,
    ) -> Result<Vec<f32>, SessionError> {
        if begun.is_empty() {
            return Ok(Vec::new());
        }
        let count = self.values.get("continuations") as usize;
        let asked: Vec<P::Sample> = begun
            .iter()
            .map(|(sample, choices)| self.policy.begun(sample, *choices))
            .collect();
        let prompts = asked
            .iter()
            .flat_map(|asked| std::iter::repeat_n(asked, count));
        let prompts: Vec<&P::Sample> = prompts.cycle().take(at_once).collect();
        let place = self.columns().len() as u32;
        let source = self.source(Origin::Reference);
        let drawn = self.draw(&prompts, source, place).await?;
        let draw = self.drawing(0);
        let whole = begun.iter().zip(drawn.chunks(count));
        let whole = whole.flat_map(|((sample, choices), drawn)| {
            let whole = |rest| self.policy.continued(sample, *choices, rest, draw);
            drawn.iter().map(whole).collect::<Vec<_>>()
        });
        let rewards = self.rewards(&whole.collect::<Vec<_>>()).await?;
        // These answers are not learnt from.
        self.take_means();
        let means = rewards.chunks(count);
        Ok(means
            .map(|own| own.iter().sum::<f32>() / count as f32)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, cuts, feeds};

    #[test]
    fn cuts_are_even_and_leave_no_step_without_a_choice() {
        assert_eq!(cuts(10, 3), [3, 6]);
        assert_eq!(cuts(4, 3), [1, 2]);
        // Two choices and the end: no third step.
        assert_eq!(cuts(3, 3), [1]);
        assert!(cuts(2, 3).is_empty());
        assert!(cuts(1, 3).is_empty());
        assert!(cuts(10, 1).is_empty());
    }

    #[test]
    fn a_step_is_credited_where_it_ends() {
        let step = |choices, advantage| Step { choices, advantage };
        let steps = [vec![step(2, 0.5), step(1, -1.0)], vec![step(3, 2.0)]];
        let (advantages, ends) = feeds(&steps);
        assert_eq!(advantages, [0.0, 0.5, -1.0, 0.0, 0.0, 2.0]);
        assert_eq!(ends, [1, 1, 2, 5, 5, 5]);
    }
}
