// @ts-check
/** @import { Likely, Moves } from "./probability-moves.js" */
/** @import { NamedFile } from "./policies/policy-folder.js" */
import { commandReader, listOf, number, numbers, text } from "./command-reader.js";

/**
 * What the page and its Worker say to each other.
 *
 * Commands go to the Worker, events come back. A session number names one run from its step 0 on:
 * opening and resetting start a new one, and the page drops events of earlier ones.
 */

/** @typedef {"chosen" | "rejected"} Side */
/**
 * A preference pair, as it was typed or read.
 * @typedef {object} PairText
 * @property {string} prompt
 * @property {string} chosen
 * @property {string} rejected
 * @property {number} [weight] its share in the loss, from 0 to 10; 1 if there is none
 * @property {false} [enabled] whether training learns from it; it does if nothing is said
 * @property {Side} [only] the one side that was judged; the other one has no text
 */
/** @typedef {PairText & { id: number }} Pair */

/**
 * A number that a person may set.
 * @typedef {object} Hyperparameter
 * @property {string} name
 * @property {string} label
 * @property {string} help
 * @property {number} default
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {"linear" | "log" | "integer" | "choice"} scale
 * @property {string[]} [choices] what a choice is made of; its value is a place in it, from 0
 */
/**
 * @typedef {object} Method
 * @property {string} name
 * @property {string} title
 * @property {string} summary
 * @property {string} source
 * @property {{ chosen: boolean, rejected: boolean, apart: boolean, draws: boolean, keeps: boolean, critic: boolean, judge?: "preferences" | "rewards" }} needs
 *   what it learns from: the pairs' sides, whether one of them is enough, answers of the policy's own, a critic's expectations, a judge's word
 * @property {boolean} [saves] whether it compares the policy with earlier checkpoints of the run
 * @property {boolean} [oneStep] whether it makes a denoiser draw in one step
 * @property {Hyperparameter[]} hyperparameters
 * @property {string} [written] how a person would write its loss, where that is possible
 * @property {number} [lossAtReference] the loss at step 0, where it does not depend on the data
 */
/**
 * What the Rust registry knows.
 * @typedef {object} Catalogue
 * @property {Method[]} methods
 * @property {Hyperparameter[]} sampling of methods that draw answers of the policy's own
 * @property {Hyperparameter[]} training
 * @property {{ examples: Record<string, string>, measured: Named[], functions: Named[] }} language what a loss of one's own is made of
 * @property {{ name: string, title: string, help: string }[]} metrics
 */

/** @typedef {{ name: string, help: string }} Named */

/** @typedef {{ prompt: string, temperature: number, count: number, seed: number }} Sampler */
/** Who judges the policy's own answers; those that learn learn from the pairs, a density ratio is that of a stronger policy over the reference. @typedef {"rule" | "learned reward" | "learned preference" | "density ratio" | "person"} JudgeKind */
/** Which of two answers a person finds better. @typedef {"first" | "second" | "neither"} Preferred */
/** What a person said of two answers to a prompt. @typedef {{ prompt: string, first: string, second: string, preferred: Preferred }} Judgement */
/** What runs the graphs: automatic takes a GPU that is one, else the processor. @typedef {"automatic" | "gpu" | "cpu"} EngineChoice */

/**
 * @typedef {object} OpenCommand
 * @property {"open"} type
 * @property {number} session
 * @property {string} policy URL of the policy's folder, with a slash at its end
 * @property {string} title what the policy is called in messages
 * @property {number} maxTokens the most tokens in a sample
 * @property {string} method
 * @property {string} loss what a person has written, for the methods that want it
 * @property {string} judge a rule
 * @property {string[]} guides what stands before the prompts while answers that are kept are drawn
 * @property {JudgeKind} [judgeKind] who judges, if not the rule; beside a judge that learns, the rule is what is meant
 * @property {Judgement[]} judgements what the person has said so far
 * @property {EngineChoice} engine
 * @property {number} speed updates a second; 0 for as many as there is time for
 * @property {number} seed
 * @property {Record<string, number>} values
 * @property {Pair[]} pairs
 * @property {PairText[]} heldOut
 * @property {number | null} selected
 * @property {Sampler} sampler
 */
/**
 * @typedef {OpenCommand
 *   | { type: "reset", session: number, seed: number }
 *   | { type: "run", until?: number } | { type: "pause" } | { type: "step" }
 *   | { type: "speed", speed: number }
 *   | { type: "rewind", step: number }
 *   | { type: "watch", token: TokenPlace | null, beginning: Beginning | null, answers: AnswersOf | null }
 *   | { type: "pairs", pairs: Pair[] }
 *   | { type: "select", id: number | null }
 *   | { type: "value", name: string, value: number }
 *   | { type: "sampler", sampler: Sampler }
 *   | { type: "judge", judge: string, judgeKind?: JudgeKind }
 *   | { type: "guides", guides: string[] }
 *   | { type: "teach", updates: number }
 *   | { type: "keep", ticket: number, method: string }
 *   | { type: "strong", ticket: number, name: string, weights: Uint8Array }
 *   | { type: "answer", id: number, preferred: Preferred }
 *   | { type: "judgements", judgements: Judgement[] }
 *   | { type: "engine", engine: EngineChoice }
 *   | { type: "written", ticket: number, method: string, loss: string }
 *   | { type: "curve", ticket: number, method: string, loss: string, values: Record<string, number>, margins: number[] }
 *   | { type: "draw", ticket: number, prompt: string, temperature: number, seed: number, avoid: string[] }
 *   | { type: "parse", ticket: number, text: string }
 *   | { type: "format", ticket: number, pairs: PairText[] }
 *   | { type: "profile", ticket: number }
 *   | { type: "dissect", ticket: number }
 *   | { type: "bring", ticket: number, files: NamedFile[] }
 *   | { type: "forget", ticket: number, folder: string }
 *   | { type: "source", ticket: number }
 *   | { type: "checkpoint", ticket: number }} Command
 */

/** A policy that was brought: what it is opened by, and whether the browser keeps it. @typedef {{ folder: string, title: string, parameters: number, context: number, kept: boolean }} Brought */
/** The files of the policy that is open: as it stands, and as it was before training. @typedef {{ config: string, tokenizer: string, weights: Uint8Array, reference: Uint8Array }} Source */
/** Rows of metrics; `values` is row-major, NaN where nothing was measured. @typedef {{ columns: string[], steps: Uint32Array, values: Float32Array }} Rows */
/**
 * A pair's present numbers, nats; the margin is beta times the difference of the log-ratios.
 * @typedef {{ id: number, chosen: number, rejected: number, referenceChosen: number, referenceRejected: number, margin: number }} PairScore
 */
/**
 * Answers of the policy's own to one prompt, as an update learnt from them.
 * @typedef {object} Rollout
 * @property {number} step
 * @property {string} prompt
 * @property {string[]} answers
 * @property {number[]} preferences p(y ≻ y′) for every two: the first with each later one, then the second, …; or none
 * @property {number[]} rewards one for each; or none
 */
/** Two answers to one prompt that a person is asked to compare; later ones have larger ids. @typedef {{ id: number, prompt: string, first: string, second: string }} Question */
/** Where a judge that learns stands, and what each of its updates measured. @typedef {{ updates: number, learns: boolean } & Rows} JudgeReport */
/** Why a pair is left out of training. @typedef {{ id: number, field: "prompt" | "chosen" | "rejected" | "pair", message: string }} PairProblem */
/** A completion token by token; the last one is end-of-text. @typedef {{ texts: string[], policy: number[], reference: number[] }} TokenStrip */
/** @typedef {{ step: number, prompt: string, policy: string[], reference: string[], problem: string | null }} Samples */
/**
 * Where the time of an update went: parts that do the same together, the longest first.
 * @typedef {object} Profile
 * @property {number} milliseconds
 * @property {number} megabytes read and written, each counted once a part
 * @property {number} dispatches of the GPU; passes of the processor
 * @property {number} matmulCeiling what a large matrix product reaches, GFLOP/s
 * @property {{ name: string, count: number, milliseconds: number, megabytes: number, gflops?: number }[]} parts
 */
/**
 * The next update in its parts, before it is made.
 * @typedef {object} Dissection
 * @property {number} step updates made before it
 * @property {PairScore[]} before the pairs that it learns from, as the policy has them
 * @property {number} loss of the batch
 * @property {number} gradNorm
 * @property {Rollout[]} rollouts answers of the policy's own that it learns from
 */
/** A token in an answer of a pair; the one behind the last is end-of-text. @typedef {{ pair: number, side: "chosen" | "rejected", index: number }} TokenPlace */
/** The beginning of an answer to a prompt: a text, then tokens that were chosen one by one. @typedef {{ prompt: string, answer: string, tokens: number[] }} Beginning */
/** All answers to a prompt, as far as they can be added up in about so many milliseconds. @typedef {{ prompt: string, milliseconds: number }} AnswersOf */
/**
 * What may come next, as probabilities under policy and reference.
 * @typedef {object} NextShown
 * @property {{ id: number, text: string, end: boolean, policy: number, reference: number }[]} tokens the likeliest ones
 * @property {Likely} rest all others together
 * @property {number} others how many those are
 * @property {Likely} entropy nats
 * @property {number} [here] the token that stands there in the answer
 */
/**
 * Where the probability of the answers to one prompt went.
 * @typedef {object} AnswersShown
 * @property {Moves<Likely & { text: string }>} moves
 * @property {number} kl KL(π ‖ π_ref), nats: at least that much while answers are open
 * @property {Likely & { count: number }} chosen the chosen answers of the pairs with this prompt, together
 * @property {Likely & { count: number }} rejected
 */
/** @typedef {{ pairs: PairText[], problems: { line: number, message: string }[] }} Parsed */

/**
 * Scores come a few at a time; where they are those of `all` pairs, one policy has given them.
 * @typedef {{ type: "catalogue", catalogue: Catalogue }
 *   | { type: "started", session: number, engine: string }
 *   | { type: "engine", session: number, engine: string }
 *   | { type: "preparing", session: number, done: number, all: number }
 *   | ({ type: "measured", session: number, rate: number } & Rows)
 *   | ({ type: "evaluated", session: number } & Rows)
 *   | { type: "progress", session: number, running: boolean, step: number }
 *   | { type: "recorded", session: number, steps: number[] }
 *   | { type: "scores", session: number, step: number, all: boolean, scores: PairScore[] }
 *   | { type: "tokens", session: number, id: number, chosen: TokenStrip, rejected: TokenStrip }
 *   | { type: "next", session: number, step: number, at: TokenPlace, shown: NextShown }
 *   | { type: "explored", session: number, step: number, at: Beginning, problem: string | null, shown: NextShown | null }
 *   | { type: "answers", session: number, step: number, at: AnswersOf, problem: string | null, shown: AnswersShown | null }
 *   | { type: "rollouts", session: number, rollouts: Rollout[] }
 *   | { type: "kept", session: number, id: number, answers: string[] }
 *   | { type: "judge", session: number, report: JudgeReport }
 *   | { type: "strong", name: string | null }
 *   | { type: "questions", session: number, questions: Question[] }
 *   | ({ type: "samples", session: number } & Samples)
 *   | { type: "problems", session: number, problems: PairProblem[], heldOut: number }
 *   | { type: "alarm", session: number, text: string | null }
 *   | { type: "failure", cause: "load" | "open" | "training" | "judge" | "other", text: string }
 *   | { type: "reply", ticket: number, value: unknown }
 *   | { type: "refused", ticket: number, text: string }} WorkerEvent
 */

/** @type {readonly JudgeKind[]} */
export const JUDGE_KINDS = ["rule", "learned reward", "learned preference", "density ratio", "person"];

/** @type {(value: unknown) => boolean} */
const id = (value) => value === null || Number.isInteger(value);
/** @type {(value: any) => boolean} */
export const pairText = (value) =>
  text(value?.prompt) &&
  text(value.chosen) &&
  text(value.rejected) &&
  (value.weight === undefined || (number(value.weight) && value.weight >= 0)) &&
  (value.enabled === undefined || value.enabled === false) &&
  (value.only === undefined || value.only === "chosen" || value.only === "rejected");
/** @type {(value: any) => boolean} */
export const pair = (value) => pairText(value) && Number.isInteger(value.id);
/** @type {(value: unknown) => boolean} */
const engine = (value) => value === "automatic" || value === "gpu" || value === "cpu";
/** @type {(value: any) => boolean} */
const judgeKind = (value) => value === undefined || JUDGE_KINDS.includes(value);
/** @type {(value: unknown) => boolean} */
const preferred = (value) => value === "first" || value === "second" || value === "neither";
/** @type {(value: any) => value is Judgement} */
export const judgement = (value) => text(value?.prompt) && text(value.first) && text(value.second) && preferred(value.preferred);
/** @type {(value: any) => boolean} */
export const sampler = (value) =>
  text(value?.prompt) && number(value.temperature) && number(value.count) && number(value.seed);

/** @type {(fits: (value: any) => boolean) => (value: any) => boolean} */
const orNothing = (fits) => (value) => value === null || fits(value);
/** @type {(value: any) => boolean} */
const tokenPlace = (value) => Number.isInteger(value?.pair) && (value.side === "chosen" || value.side === "rejected") && Number.isInteger(value.index);
/** @type {(value: any) => boolean} */
const beginning = (value) => text(value?.prompt) && text(value.answer) && listOf(Number.isInteger)(value.tokens);
/** @type {(value: any) => boolean} */
const answersOf = (value) => text(value?.prompt) && number(value.milliseconds);

/** @type {Record<string, Record<string, (value: unknown) => boolean>>} */
const COMMANDS = {
  open: {
    session: number,
    policy: text,
    title: text,
    maxTokens: number,
    method: text,
    loss: text,
    judge: text,
    judgeKind,
    judgements: listOf(judgement),
    guides: listOf(text),
    engine,
    speed: number,
    seed: number,
    values: numbers,
    pairs: listOf(pair),
    heldOut: listOf(pairText),
    selected: id,
    sampler,
  },
  reset: { session: number, seed: number },
  run: { until: (value) => value === undefined || number(value) },
  pause: {},
  step: {},
  speed: { speed: number },
  rewind: { step: number },
  watch: { token: orNothing(tokenPlace), beginning: orNothing(beginning), answers: orNothing(answersOf) },
  pairs: { pairs: listOf(pair) },
  select: { id },
  value: { name: text, value: number },
  sampler: { sampler },
  judge: { judge: text, judgeKind },
  guides: { guides: listOf(text) },
  teach: { updates: number },
  keep: { ticket: number, method: text },
  strong: { ticket: number, name: text, weights: (value) => value instanceof Uint8Array },
  answer: { id: number, preferred },
  judgements: { judgements: listOf(judgement) },
  engine: { engine },
  written: { ticket: number, method: text, loss: text },
  curve: { ticket: number, method: text, loss: text, values: numbers, margins: listOf(number) },
  draw: { ticket: number, prompt: text, temperature: number, seed: number, avoid: listOf(text) },
  parse: { ticket: number, text },
  format: { ticket: number, pairs: listOf(pairText) },
  profile: { ticket: number },
  dissect: { ticket: number },
  bring: { ticket: number, files: listOf((file) => text(file?.path) && file.bytes instanceof Uint8Array) },
  forget: { ticket: number, folder: text },
  source: { ticket: number },
  checkpoint: { ticket: number },
};

/** The command in a message. @type {(message: any) => Command} */
export const readCommand = commandReader(COMMANDS);
