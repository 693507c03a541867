//! What the page's Worker can call: thin bindings, no logic of their own.
//!
//! Text becomes token ids in JavaScript, so no tokenizer is compiled in. Errors
//! cross as `Error`s whose message is a sentence for the person at the screen.

mod branch;
mod catalogue;
mod close_up;
mod diffusion;
mod preferences;
mod prepared_engine;
mod profile;
mod quality;
mod samples;
mod session;
mod standard_task;
mod table;

pub use branch::WebSnapshot;
pub use catalogue::{catalogue, loss_curve, written_method};
pub use diffusion::WebDiffusionSession;
pub use preferences::{format_preferences, parse_preferences};
pub use prepared_engine::{Graphs, PreparedEngine};
pub use quality::{WebDigitClassifier, sliced_wasserstein};
pub use samples::{data_points, drawn_points, held_out_digits, read_digits, rule_points};
pub use session::WebSession;
pub use standard_task::WebStandardTask;
pub use table::{WebTableSession, table_scenarios};

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

/// Runs once when the module is loaded: a panic's message must reach the console.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
}

fn sentence(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    serde_wasm_bindgen::to_value(value).map_err(sentence)
}

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsError> {
    serde_wasm_bindgen::from_value(value).map_err(sentence)
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A number that a person may set. */
export interface Hyperparameter {
    name: string;
    label: string;
    help: string;
    default: number;
    min: number;
    max: number;
    step: number;
    scale: "linear" | "log" | "integer" | "choice";
    /** What a choice is made of; its value is a place in it, from 0. */
    choices: string[];
}

/** Two samples of a diffusion policy, the first preferred. */
export interface SamplePair {
    id: number;
    class: number;
    chosen: Float32Array;
    rejected: Float32Array;
}

/** Samples that no policy drew: numbers side by side, and the class of each. */
export interface DataSamples {
    values: Float32Array;
    classes: Uint32Array;
}

/** How good drawn digits are: the share recognised as their class, how unsure the classifier is (nats), and how far its features lie from those of real digits that were held out (the squared Fréchet distance). */
export interface DigitQuality {
    recognised: number;
    entropy: number;
    frechet: number;
}

/** How samples are drawn: eta 0 is DDIM, 1 DDPM's ancestral sampler; guidance 1 is none. */
export interface DrawOptions {
    steps: number;
    guidance: number;
    eta: number;
    seed: number;
}

/** Two samples that wait to be compared. */
export interface SampleQuestion {
    id: number;
    class: number;
    first: Float32Array;
    second: Float32Array;
}

/** Samples of the policy's own that an update learnt from. */
export interface SampleRollout {
    step: number;
    class: number;
    answers: Float32Array[];
    /** What they stand against, where the data give it. */
    winner?: Float32Array;
    /** p(first of two wins), for every two. */
    preferences: Float32Array;
    rewards: Float32Array;
    /** Of methods that learn against an earlier checkpoint: log(π / π_checkpoint) of the winner, then of the samples; empty until the update has landed. */
    ratios: Float32Array;
}

/** The denoising errors of a sample at some timesteps, mean squares. */
export interface SampleErrors {
    policy: Float32Array;
    reference: Float32Array;
}

/** Those of both sides of a pair. */
export interface PairErrors {
    timesteps: Uint32Array;
    chosen: SampleErrors;
    rejected: SampleErrors;
}

/** The way of samples from noise: one state more than timesteps, the noise first, the samples last. */
export interface Trajectory {
    timesteps: Uint32Array;
    states: Float32Array[];
}

/** Policies that give answers their likelihoods, or denoisers. */
export type PolicyKind = "answers" | "denoiser";

/** A preference update. */
export interface Method {
    name: string;
    title: string;
    summary: string;
    source: string;
    needs: {
        chosen: boolean;
        rejected: boolean;
        /** One side of a pair is enough. */
        apart: boolean;
        /** Answers of the policy's own. */
        draws: boolean;
        /** Those stand against the pair's until they are drawn anew. */
        keeps: boolean;
        critic: boolean;
        judge?: "preferences" | "rewards";
    };
    /** Whether it compares the policy with earlier checkpoints of the run. */
    saves: boolean;
    /** Whether it makes a denoiser draw in one step. */
    oneStep: boolean;
    /** How a person would write its loss, where that is possible. */
    written?: string;
    hyperparameters: Hyperparameter[];
    /** The loss at step 0, where it does not depend on the data. */
    lossAtReference?: number;
}

/** What can be chosen, set and measured: the registries of the core. */
export interface Catalogue {
    methods: Method[];
    /** Of the methods that draw answers of the policy's own, beside their own. */
    sampling: Hyperparameter[];
    training: Hyperparameter[];
    /** What a loss written as text may be made of. */
    language: {
        /** Of the methods that a person writes: what their loss starts from. */
        examples: Record<string, string>;
        measured: { name: string; help: string }[];
        functions: { name: string; help: string }[];
    };
    metrics: { name: string; title: string; help: string }[];
}

/** A preference pair as text. */
export interface Preference {
    prompt: string;
    chosen: string;
    rejected: string;
}

/** The pairs of a file, and what is wrong with its other lines (counted from 1). */
export interface ParsedPreferences {
    pairs: Preference[];
    problems: { line: number; message: string }[];
}

/** A preference pair in token ids, without begin and end tokens. */
export interface TokenPair {
    id: number;
    prompt: Uint32Array;
    chosen: Uint32Array;
    rejected: Uint32Array;
    /** What it counts for in the loss: 1, if it is not given. */
    weight?: number;
    /** The side that it has alone, if it has but one; the other is empty. */
    only?: "chosen" | "rejected";
}

/** log π of every token as the next one, nats, by id. */
export interface NextTokens {
    policy: Float32Array;
    reference: Float32Array;
}

/** How far answers are listed: beginnings that are looked past, the most probable first, and tokens of an answer. */
export interface EnumerationOptions {
    expansions: number;
    maxTokens: number;
}

/** Answers with their exact probabilities, the most probable first. */
export interface Enumeration {
    completions: Uint32Array[];
    policy: Float32Array;
    reference: Float32Array;
    /** The probability of all other answers. */
    open: { policy: number; reference: number };
    /** KL(π ‖ π_ref) of whole answers, nats: all of it if nothing is open, else a part. */
    kl: number;
}

/** How a session starts. */
export interface SessionOptions {
    method: string;
    /** The loss of the method "custom". */
    loss: string;
    seed: number;
    values: Record<string, number>;
}

/** How a run goes on from a snapshot of another. */
export interface BranchOptions {
    method: string;
    /** The loss of the method "custom". */
    loss: string;
    values: Record<string, number>;
    /** What its reference is: that of the other run, or the policy as the snapshot has it. */
    reference: "same" | "snapshot";
}

/** Metrics of several steps; NaN where a column was not measured. */
export interface MetricsTable {
    columns: string[];
    steps: Uint32Array;
    /** Row by row, steps × columns. */
    values: Float32Array;
}

/** One training pair's present numbers, in nats; the margin is times beta. */
export interface PairNumbers {
    id: number;
    chosen: number;
    rejected: number;
    referenceChosen: number;
    referenceRejected: number;
    margin: number;
}

/** One completion token by token; the last is end-of-text. */
export interface TokenScores {
    ids: Uint32Array;
    policy: Float32Array;
    reference: Float32Array;
}

/** Answers of the policy's own to one prompt, and what the judge said of them. */
export interface Rollout {
    step: number;
    prompt: Uint32Array;
    answers: Uint32Array[];
    /** p(y ≻ y′) for every two of them: the first with each later one, then the second, …; or nothing. */
    preferences: Float32Array;
    rewards: Float32Array;
}

/** Where a judge that learns stands, and what each of its updates measured. */
export interface JudgeReport extends MetricsTable {
    updates: number;
    /** Whether it makes an update before the policy's next one. */
    learns: boolean;
}

/** Two answers to one prompt that the person is asked to compare. */
export interface Question {
    /** Later questions have larger ones. */
    id: number;
    prompt: Uint32Array;
    first: Uint32Array;
    second: Uint32Array;
}

/** Which of two answers is better. */
export type Preferred = "first" | "second" | "neither";

/** What to draw. */
export interface SampleOptions {
    count: number;
    temperature: number;
    topK: number;
    topP: number;
    maxTokens: number;
    seed: number;
}

/** Where the time of an update went. */
export interface Profile {
    milliseconds: number;
    /** Moved: what is read and what is written, each counted once a part. */
    megabytes: number;
    /** Dispatches of the GPU; on the CPU, passes. */
    dispatches: number;
    /** What the product of two large matrices reaches on this engine, GFLOP/s. */
    matmulCeiling: number;
    /** Those that do the same together, the longest first. */
    parts: ProfilePart[];
}

/** Parts of an update that do the same. */
export interface ProfilePart {
    name: string;
    count: number;
    milliseconds: number;
    megabytes: number;
    /** Not known where it depends on the texts (attention). */
    gflops?: number;
}

/** A game over a few named responses. */
export interface TableScenario {
    name: string;
    title: string;
    description: string;
    prompts: TablePrompt[];
    /** The share of labels that are flipped. */
    flipRate: number;
    /** What the responses share. */
    parameterisation: unknown;
    pairs: { prompt: number; chosen: number; rejected: number }[];
}

/** A prompt with its responses. */
export interface TablePrompt {
    text: string;
    responses: string[];
    /** The reference's probability of each response; none is 0. */
    reference: number[];
    /** The reward of each, or in row i, column j p(i ≻ j). */
    taste: { rewards: number[] } | { preferences: number[][] };
}

/** What is thought of the responses to a prompt; row i, column j holds p(i ≻ j). */
export interface TableGame {
    preferences: number[][];
    /** What labels show of it. */
    labelled: number[][];
    rewards: number[];
}

/** The policy on one prompt beside where theory says that methods end: distributions over the responses. */
export interface TableReport {
    policy: number[];
    reference: number[];
    /** Best by the rewards when a nat of divergence costs the method's beta or tau. */
    optimum: number[] | null;
    /** The Nash equilibrium when a nat costs that much. */
    equilibrium: number[];
    /** Where IPO-MD and Nash-MD end. */
    stationaryPoint: number[] | null;
    /** KL(π ‖ π_ref), nats. */
    kl: number;
    /** How often a response of the policy beats one of the reference. */
    winRate: number;
    /** By how much the best response to the policy wins: 0 to ½. */
    exploitability: number;
    /** How far the policy is from each of those, in total variation. */
    distances: { optimum: number | null; equilibrium: number; stationaryPoint: number | null };
}

/** Completions in token ids, cut before end-of-text. */
export interface Samples {
    policy: Uint32Array[];
    reference: Uint32Array[];
}
"#;
