pub mod engine;
pub mod graph;
pub mod rng;
pub mod sampling;
