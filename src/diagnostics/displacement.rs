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
    /// The last updates: the chosen side's and the rejected side's log-ratio.
    window: VecDeque<(f32, f32)>,
}

/// The chosen side has become less likely although the margin has grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Displacement {
    /// By how much log π(chosen) lies below the reference's, nats.
    pub chosen_fell: f32,
    /// By how much log π(rejected) lies below the reference's, nats.
    pub rejected_fell: f32,
}

impl DisplacementMonitor {
    /// Takes in one update's mean log-ratios, nats.
    pub fn observe(&mut self, chosen: f32, rejected: f32) {
        self.window.push_back((chosen, rejected));
        if self.window.len() > WINDOW {
            self.window.pop_front();
        }
    }

    /// What the last updates show, if they show displacement.
    pub fn displacement(&self) -> Option<Displacement> {
        if self.window.len() < WINDOW {
            return None;
        }
        let count = self.window.len() as f32;
        let chosen = self.window.iter().map(|(chosen, _)| chosen).sum::<f32>() / count;
        let rejected = self
            .window
            .iter()
            .map(|(_, rejected)| rejected)
            .sum::<f32>()
            / count;
        (chosen < -FALL && chosen > rejected).then_some(Displacement {
            chosen_fell: -chosen,
            rejected_fell: -rejected,
        })
    }
}

impl fmt::Display for Displacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "The margin grows, but the chosen answers are becoming less likely: on average their \
             log-probability has fallen by {:.2} nats since the reference, the rejected answers' by {:.2}. \
             The lost probability goes to answers in neither column.",
            self.chosen_fell, self.rejected_fell
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(updates: &[(f32, f32)]) -> Option<Displacement> {
        let mut monitor = DisplacementMonitor::default();
        for &(chosen, rejected) in updates {
            monitor.observe(chosen, rejected);
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
}
