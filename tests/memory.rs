//! Memory stays flat over 10,000 updates. A test of its own, since it counts every allocation of its
//! process.

#![cfg(not(target_arch = "wasm32"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::objective;
use alignment_playground::policy::language::{self, Config, Precision, TokenPair, Transformer};
use alignment_playground::policy::{Draw, Source, Weights};
use alignment_playground::sampling::Law;
use alignment_playground::session::{LanguageSession, SampleRequest};
use pollster::block_on;

/// The system's allocator, with a count of the bytes in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CONFIG: &str = r#"{
    "model_type": "gpt2", "vocab_size": 12, "n_positions": 16, "n_embd": 8, "n_layer": 1, "n_head": 2,
    "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new", "tie_word_embeddings": true,
    "bos_token_id": 0, "eos_token_id": 0
}"#;

fn open() -> LanguageSession {
    let parameters = Transformer::new(Config::from_json(CONFIG).unwrap()).parameters();
    let start = parameters.iter().enumerate();
    let weights: Vec<_> = start
        .map(|(index, parameter)| parameter.start(0, index))
        .collect();
    let file = language::save(&parameters, &weights, Precision::F32).unwrap();
    let dpo = objective::by_name("dpo").unwrap().clone();
    let engine = Box::new(CpuEngine::new());
    let mut session = LanguageSession::open(engine, CONFIG, &file, dpo, 1).unwrap();
    let pair = |id: u32| TokenPair {
        prompt: vec![1 + id % 7],
        chosen: vec![3, 4, 5 + id % 5],
        rejected: vec![8, 2],
    };
    let pairs = (0..6).map(|id| (id, pair(id))).collect();
    block_on(session.set_training_pairs(pairs)).unwrap();
    block_on(session.set_held_out_pairs(vec![(0, pair(9))])).unwrap();
    session
}

/// What the page does all the time: updates, and now and then everything that it shows.
fn live(session: &mut LanguageSession, updates: usize) {
    let request = SampleRequest {
        prompt: vec![1],
        count: 2,
        draw: Draw {
            law: Law::default(),
            seed: 1,
            most: 8,
        },
    };
    for update in 0..updates {
        block_on(session.session().update()).unwrap();
        if update % 100 == 0 {
            block_on(session.session().metrics()).unwrap();
            block_on(session.session().pair_numbers(&[])).unwrap();
            block_on(session.session().evaluate()).unwrap();
            block_on(session.sample(Source::Weights(Weights::POLICY), &request)).unwrap();
        }
    }
    block_on(session.session().metrics()).unwrap();
}

#[test]
fn ten_thousand_updates_take_no_memory() {
    // The first session of a process makes what is kept for all: threads and their workspaces.
    live(&mut open(), 10);
    let at_first = IN_USE.load(Ordering::Relaxed);
    let mut session = open();
    live(&mut session, 200);
    let before = IN_USE.load(Ordering::Relaxed);
    live(&mut session, 10_000);
    let after = IN_USE.load(Ordering::Relaxed);
    // Room for what the test's own harness may keep; one number an update would be 40,000 bytes.
    assert!(after < before + 4096, "{before} bytes became {after}");

    drop(session);
    let left = IN_USE.load(Ordering::Relaxed);
    assert!(
        left < at_first + 4096,
        "{at_first} bytes before the session, {left} after it"
    );
}
