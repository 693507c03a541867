//! What a session takes of the GPU it gives back. A test of its own, since it counts the buffers of its
//! whole process.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use alignment_playground::engine::gpu::bytes_in_use;
use alignment_playground::objective;
use alignment_playground::policy::language::TokenPair;
use alignment_playground::session::LanguageSession;
use pollster::block_on;
use support::{Checkpoint, NAMES, gpu};

fn open(names: &Checkpoint) -> LanguageSession {
    let dpo = objective::by_name("dpo").unwrap().clone();
    let engine = Box::new(gpu());
    LanguageSession::open(engine, &names.config, &names.weights, dpo, 1).unwrap()
}

/// A hundred updates with what the page shows beside them.
fn live(session: &mut LanguageSession) {
    for _ in 0..100 {
        block_on(session.session().update()).unwrap();
    }
    block_on(session.session().metrics()).unwrap();
    block_on(session.session().evaluate()).unwrap();
}

#[test]
fn what_a_session_takes_it_gives_back() {
    let names = Checkpoint::read(NAMES);
    let mut session = open(&names);
    let pair = TokenPair {
        prompt: vec![10],
        chosen: vec![20, 30],
        rejected: vec![22, 31, 7],
    };
    block_on(session.set_training_pairs(vec![(0, pair)])).unwrap();
    live(&mut session);
    let before = bytes_in_use();
    live(&mut session);
    assert_eq!(bytes_in_use(), before, "updates take nothing");
    drop(session);
    assert_eq!(bytes_in_use(), 0);

    // Two hundred that are opened and dropped.
    for _ in 0..200 {
        let mut session = open(&names);
        let snapshot = block_on(session.session().snapshot()).unwrap();
        assert_eq!(snapshot.step(), 0);
        assert!(bytes_in_use() > names.weights.len() as u64);
        drop(session);
        assert_eq!(bytes_in_use(), 0);
    }
}
