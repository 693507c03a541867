//! Likelihood displacement: the margin grows while the chosen answer itself becomes
//! less likely (Razin et al. 2024, arXiv 2410.08847; Yuan et al. 2024, arXiv 2410.13828).

use std::collections::VecDeque;
use std::fmt;

/// Updates averaged over, so that one unlucky batch raises no alarm.
const WINDOW: usize = 10;
/// How far log π(chosen) must have fallen below the reference, nats.
const FALL: f32 = 0.1;

/// Watches a run for likelihood displacement.
#[derive(Clone, Debug, Default)]
pub struct DisplacementMonitor {
    /// The last updates' log-ratios.
    training: VecDeque<LogRatios>,
    /// The last measurement's.
    held_out: Option<LogRatios>,
}

/// The mean log-ratio of each side of some pairs, nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRatios {
    /// log(π / π_ref) of the chosen side.
    pub chosen: f32,
    /// log(π / π_ref) of the rejected side.
    pub rejected: f32,
}

/// The chosen side has become less likely although the margin has grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Displacement {
    /// Where it shows.
    pub pairs: Pairs,
    /// By how much log π(chosen) lies below the reference's, nats.
    pub chosen_fell: f32,
    /// By how much log π(rejected) lies below the reference's, nats.
    pub rejected_fell: f32,
}

/// Which pairs a displacement shows on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// Those that are learnt from.
    Training,
    /// Those that are held out.
    HeldOut,
}

impl DisplacementMonitor {
    /// Takes in one update's batch.
    pub fn observe(&mut self, batch: LogRatios) {
        self.training.push_back(batch);
        if self.training.len() > WINDOW {
            self.training.pop_front();
        }
    }

    /// Takes in a measurement of all held-out pairs.
    pub fn observe_held_out(&mut self, all: LogRatios) {
        self.held_out = Some(all);
    }

    /// What the last updates show, if they show displacement; on the training pairs first.
    pub fn displacement(&self) -> Option<Displacement> {
        let full = self.training.len() == WINDOW;
        let training = full.then(|| LogRatios {
            chosen: self.mean(|batch| batch.chosen),
            rejected: self.mean(|batch| batch.rejected),
        });
        let shown = |ratios: Option<LogRatios>, pairs| {
            let LogRatios { chosen, rejected } = ratios?;
            (chosen < -FALL && chosen > rejected).then_some(Displacement {
                pairs,
                chosen_fell: -chosen,
                rejected_fell: -rejected,
            })
        };
        shown(training, Pairs::Training).or_else(|| shown(self.held_out, Pairs::HeldOut))
    }

    fn mean(&self, side: fn(&LogRatios) -> f32) -> f32 {
        self.training.iter().map(side).sum::<f32>() / WINDOW as f32
    }
}

impl fmt::Display for Displacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.pairs {
            Pairs::Training => "",
            Pairs::HeldOut => " of the held-out pairs",
        };
        write!(
            f,
            "The margin{of} grows, but the chosen answers are becoming less likely: on average their \
             log-probability has fallen by {:.2} nats since the reference, the rejected answers' by {:.2}. \
             The lost probability goes to answers in neither column.",
            self.chosen_fell, self.rejected_fell
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratios((chosen, rejected): (f32, f32)) -> LogRatios {
        LogRatios { chosen, rejected }
    }

    fn after(updates: &[(f32, f32)]) -> Option<Displacement> {
        let mut monitor = DisplacementMonitor::default();
        for &update in updates {
            monitor.observe(ratios(update));
        }
        monitor.displacement()
    }

    #[test]
    fn both_falling_with_a_growing_margin_is_displacement() {
        let found = after(&[(-1.0, -3.0); WINDOW]).unwrap();
        assert_eq!((found.chosen_fell, found.rejected_fell), (1.0, 3.0));
        assert!(found.to_string().contains("less likely"));
    }

    #[test]
    fn a_rising_chosen_side_or_a_shrinking_margin_is_not() {
        assert_eq!(after(&[(0.5, -3.0); WINDOW]), None);
        assert_eq!(after(&[(-3.0, -1.0); WINDOW]), None);
        assert_eq!(after(&[(0.0, 0.0); WINDOW]), None);
    }

    #[test]
    fn one_unlucky_batch_is_not() {
        let mut updates = vec![(0.5, -1.0); WINDOW];
        updates.push((-2.0, -3.0));
        assert_eq!(after(&updates), None);
        assert_eq!(after(&[(-2.0, -3.0)]), None);
    }

    #[test]
    fn held_out_pairs_show_it_where_the_training_pairs_do_not() {
        let mut monitor = DisplacementMonitor::default();
        for _ in 0..WINDOW {
            monitor.observe(ratios((0.5, -3.0)));
        }
        monitor.observe_held_out(ratios((-0.5, -2.0)));
        let found = monitor.displacement().unwrap();
        assert_eq!(found.pairs, Pairs::HeldOut);
        assert!(found.to_string().contains("held-out"), "{found}");
        monitor.observe_held_out(ratios((0.1, -2.0)));
        assert_eq!(monitor.displacement(), None);
    }
}
