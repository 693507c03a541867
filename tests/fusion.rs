//! What an engine does in one pass, against the same formula composed of candle's own small
//! operations: each by itself on random shapes, and whole runs of the standard task.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::standard_task::{Size, StandardTask, Task};
use pollster::block_on;
use proptest::prelude::*;
use support::assert_close;
use support::fused::{FUSED, extent};
use support::plain_candle::PlainCandle;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn each_is_its_plain_composition(extents in [extent(), extent(), extent()]) {
        for fused in FUSED {
            // Sums of many numbers of either sign lose digits.
            fused.formula(extents).check_against_candle(2e-4);
        }
    }
}

#[test]
fn curves_are_those_of_plain_candle() {
    const UPDATES: usize = 40;
    let size = Size::by_name("S").unwrap();
    for (task, dpo) in [(Task::LanguageModel, false), (Task::Dpo, true)] {
        let mut ours = block_on(StandardTask::new(&CpuEngine::new(), size, task)).unwrap();
        let mut plain = PlainCandle::new(&size, dpo).unwrap();
        let (mut found, mut expected) = (Vec::new(), Vec::new());
        for _ in 0..UPDATES {
            found.push(block_on(ours.update()).unwrap());
            expected.push(plain.update().unwrap());
        }
        assert_close(&format!("losses of {task:?}"), &found, &expected, 1e-4);
        assert!(expected[UPDATES - 1] < 0.8 * expected[0], "{expected:?}");
    }
}
