//! The core of the Alignment Playground: small policies, trained live by
//! preference updates, in a browser or natively.
//!
//! # The one idea
//!
//! A preference update is a formula over scores. A policy scores samples, an
//! objective combines the scores of the policy and of its reference into a
//! loss, and the rest is differentiation. So each formula stands once, in its
//! own file, and everything else is machinery that never mentions it.
//!
//! ```text
//!  pairs, JSONL ──► data ──► token ids ──► batch ─┐ feeds
//!                                                 ▼
//!  policy (weights, reference weights) ──► scores ──► objective ──► loss      a Graph,
//!                                                 ▲                  │        built once
//!  reference scores, cached ──────────────────────┘                  ▼        for a layout
//!                                                   gradients ──► optimizer
//!                                                                    │
//!                                      engine: compile(graph) ──► Plan: run, arrived, profile
//!                                                                    │
//!  web (Worker, page) or bin (command line) ◄── rows of metrics ◄── session
//! ```
//!
//! # The modules, from the bottom up
//!
//! | module | subject | knows of |
//! |---|---|---|
//! | [`graph`] | a computation as data: typed nodes, static shapes, reverse mode graph to graph | nothing |
//! | [`rng`], [`sampling`] | counter-based random numbers; a token from logits | nothing |
//! | [`hyperparameter`] | a number that a person may set: its name, range and default | nothing |
//! | [`engine`] | runs graphs over named states: `cpu` with candle's tensors, `gpu` through WebGPU | graphs |
//! | [`policy`] | weights, and scores as nodes; `language` is a transformer, `diffusion` a denoiser, `table` a softmax over named responses | graphs |
//! | [`objective`] | the formulas, and the registry that lists them | graphs |
//! | [`optimizer`] | AdamW as nodes | graphs, parameters |
//! | [`judge`] | how likely one answer beats another: by a rule, or learnt from pairs; what is still to come of one | samples; what learns, of policies and engines; for tables, theory |
//! | [`diagnostics`] | what a run's numbers mean, in words | nothing |
//! | [`session`] | one run: plans, batches, metrics, a replay buffer, reset, rewinding, snapshots, branches; a network that follows the policy | all of these |
//! | [`data`] | preference files | nothing |
//! | [`assistant`] | the grammar of the default policy's world: writes exchanges, reads them back | random numbers |
//! | [`digits`] | images of handwritten digits, read and parted | random numbers |
//! | [`points`] | distributions over the plane for a diffusion policy to learn | random numbers |
//! | [`quality`] | how good samples are: distances between sets, what a classifier makes of digits | digits; the classifier, of engines |
//! | [`table_scenarios`] | games over a few named responses | theory, judges, tables |
//! | [`theory`] | what is exactly known of policies over a few named responses: optima, equilibria | nothing |
//! | [`standard_task`] | the benchmark that other systems run as well | graphs, policies |
//! | `web`, `bin/playground` | the two ways in: bindings for the Worker, the command line | sessions |
//!
//! # What holds everywhere
//!
//! - An objective sees scores, never tokens; an engine sees nodes, never policies. An engine
//!   implements [`engine::Engine`]; a second kind of policy implements [`policy::Policy`]; neither
//!   changes the other modules, and a run goes on when another engine takes over.
//! - Shapes are static. A batch stands token after token, padded to one of a few numbers of tokens,
//!   and padding never changes a number.
//! - Running a plan never waits for its results. Outputs arrive in their own time, updates go on
//!   meanwhile, and whatever reads an engine is a future: a GPU need not be read back step by step.
//! - States change at the end of a run, all at once; when a loss or gradient is not finite,
//!   the graph itself keeps the old ones.
//! - Hyper-parameters are inputs of the graph: they change from step to step, nothing is compiled
//!   again.
//! - Random numbers depend on the seed and on what they are for, not on the order of drawing.

pub mod assistant;
pub mod data;
pub mod diagnostics;
pub mod digits;
pub mod engine;
pub mod graph;
pub mod hyperparameter;
pub mod judge;
pub mod objective;
pub mod optimizer;
pub mod points;
pub mod policy;
pub mod quality;
pub mod rng;
pub mod sampling;
pub mod session;
pub mod standard_task;
pub mod table_scenarios;
pub mod theory;
#[cfg(target_arch = "wasm32")]
pub mod web;
