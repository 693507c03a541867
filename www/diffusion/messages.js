// @ts-check
/** @import { Catalogue, EngineChoice, Preferred, Rows } from "../app/messages.js" */
/** @import { PolicyFiles } from "./classless.js" */
/** @import { DataSamples, PairErrors, PairNumbers, SamplePair, SampleQuestion, SampleRollout } from "../pkg/playground.js" */
import { commandReader, listOf, number, numbers, text } from "../app/command-reader.js";

/**
 * What the page of diffusion policies and its Worker say to each other. A session number names one run from its
 * step 0 on: opening and resetting start a new one, and the page drops events of earlier ones. Samples are numbers
 * side by side: a point has 2, an image all its pixels, row by row, from −1 (paper) to 1 (ink).
 */

/** What a policy draws: numbers in a sample, classes, timesteps of the noise. @typedef {{ dimensions: number, classes: number, timesteps: number }} Shape */
/** Who judges the policy's own samples. @typedef {"rule" | "person"} JudgeKind */
/**
 * How pairs are made: of the policy's own samples or of real ones, so many; the best of some candidates of a class
 * against the worst, by the rule.
 * @typedef {{ from: "policy" | "data", count: number, candidates: number }} Recipe
 */
/** How the samples on the screen are drawn. @typedef {{ steps: number, guidance: number, eta: number, seed: number }} Sampler */
/** What a policy was trained on: "digits", the name of a distribution, or points of a drawing, two numbers each. @typedef {string | Float32Array} DataSource */
/** Which field of scores is shown. @typedef {{ shown: boolean, timestep: number, class: number | null }} FieldChoice */
/** The samples whose way from noise is shown: of this class, while it is in sight. @typedef {{ shown: boolean, class: number }} WayChoice */

/**
 * @typedef {object} OpenCommand
 * @property {"open"} type
 * @property {number} session
 * @property {string} policy URL of the policy's folder, with a slash at its end; what files of its own are called
 * @property {PolicyFiles | null} files of a policy that is in no folder
 * @property {string} title what the policy is called in messages
 * @property {DataSource} data
 * @property {string} method
 * @property {number} seed
 * @property {Record<string, number>} values
 * @property {number} speed updates a second; 0 for as many as there is time for
 * @property {EngineChoice} engine
 * @property {JudgeKind} judgeKind
 * @property {string} rule
 * @property {SamplePair[] | null} pairs null has them made
 * @property {Recipe} recipe
 * @property {number | null} selected
 * @property {Sampler} sampler
 * @property {FieldChoice} field
 * @property {WayChoice} way
 */
/**
 * @typedef {OpenCommand
 *   | { type: "reset", session: number, seed: number }
 *   | { type: "run", until?: number } | { type: "pause" } | { type: "step" }
 *   | { type: "value", name: string, value: number }
 *   | { type: "speed", speed: number }
 *   | { type: "engine", engine: EngineChoice }
 *   | { type: "judge", judgeKind: JudgeKind, rule: string }
 *   | { type: "answer", id: number, preferred: Preferred }
 *   | { type: "pairs", pairs: SamplePair[] }
 *   | { type: "select", id: number | null }
 *   | { type: "sampler", sampler: Sampler }
 *   | { type: "field", field: FieldChoice }
 *   | { type: "way", way: WayChoice }
 *   | { type: "propose", ticket: number, recipe: Recipe, rule: string, turn: number, sampler: Sampler }
 *   | { type: "candidates", ticket: number, class: number, sampler: Sampler }
 *   | { type: "checkpoint", ticket: number }} Command
 */

/**
 * Samples of policy and reference with the same luck; the points are what the rule gives them, if it can be read.
 * @typedef {{ step: number, classes: Uint32Array, policy: Float32Array, reference: Float32Array,
 *   points: { policy: Float32Array, reference: Float32Array } | null }} Samples
 */
/** The score at places of the plane, numbers side by side. @typedef {{ step: number, timestep: number, places: Float32Array, scores: Float32Array }} Field */
/** The way of samples from noise: one state more than timesteps. @typedef {{ step: number, class: number, timesteps: Uint32Array, policy: Float32Array[], reference: Float32Array[] }} Way */

/**
 * @typedef {{ type: "catalogue", catalogue: Catalogue }
 *   | { type: "started", session: number, engine: string, shape: Shape }
 *   | { type: "made", session: number, pairs: SamplePair[] }
 *   | { type: "data", session: number, data: DataSamples | null }
 *   | { type: "engine", session: number, engine: string }
 *   | { type: "preparing", session: number, done: number, all: number }
 *   | ({ type: "measured", session: number, rate: number } & Rows)
 *   | ({ type: "evaluated", session: number } & Rows)
 *   | { type: "progress", session: number, running: boolean, step: number }
 *   | { type: "scores", session: number, scores: PairNumbers[] }
 *   | { type: "errors", session: number, id: number, errors: PairErrors }
 *   | ({ type: "samples", session: number } & Samples)
 *   | ({ type: "field", session: number } & Field)
 *   | ({ type: "way", session: number } & Way)
 *   | ({ type: "quality", session: number } & Rows)
 *   | { type: "rollouts", session: number, rollouts: SampleRollout[] }
 *   | { type: "questions", session: number, questions: SampleQuestion[], compared: number }
 *   | { type: "failure", cause: "load" | "open" | "training" | "judge" | "other", text: string }} DiffusionEvent
 */

/** @type {(value: unknown) => boolean} */
const id = (value) => value === null || Number.isInteger(value);
/** @type {(value: unknown) => boolean} */
const flag = (value) => typeof value === "boolean";
/** @type {(value: any) => boolean} */
const pair = (value) =>
  Number.isInteger(value?.id) && Number.isInteger(value.class) && value.chosen instanceof Float32Array && value.rejected instanceof Float32Array;
/** @type {(value: any) => boolean} */
const files = (value) => value === null || (text(value?.config) && value.weights instanceof Uint8Array);
/** @type {(value: any) => boolean} */
const source = (value) => text(value) || value instanceof Float32Array;
/** @type {(value: any) => boolean} */
const recipe = (value) => (value?.from === "policy" || value?.from === "data") && number(value.count) && number(value.candidates);
/** @type {(value: any) => boolean} */
const sampler = (value) => number(value?.steps) && number(value.guidance) && number(value.eta) && number(value.seed);
/** @type {(value: any) => boolean} */
const field = (value) => flag(value?.shown) && number(value.timestep) && id(value.class);
/** @type {(value: any) => boolean} */
const way = (value) => flag(value?.shown) && number(value.class);
/** @type {(value: unknown) => boolean} */
const judgeKind = (value) => value === "rule" || value === "person";
/** @type {(value: unknown) => boolean} */
const engine = (value) => value === "automatic" || value === "gpu" || value === "cpu";
/** @type {(value: unknown) => boolean} */
const preferred = (value) => value === "first" || value === "second" || value === "neither";
/** @type {(value: unknown) => boolean} */
const pairs = listOf(pair);

/** The command in a message. @type {(message: any) => Command} */
export const readCommand = commandReader({
  open: {
    session: number, policy: text, files, title: text, data: source, method: text, seed: number, values: numbers, speed: number,
    engine, judgeKind, rule: text, pairs: (value) => value === null || pairs(value), recipe, selected: id, sampler, field, way,
  },
  reset: { session: number, seed: number },
  run: { until: (value) => value === undefined || number(value) },
  pause: {},
  step: {},
  value: { name: text, value: number },
  speed: { speed: number },
  engine: { engine },
  judge: { judgeKind, rule: text },
  answer: { id: number, preferred },
  pairs: { pairs },
  select: { id },
  sampler: { sampler },
  field: { field },
  way: { way },
  propose: { ticket: number, recipe, rule: text, turn: number, sampler },
  candidates: { ticket: number, class: number, sampler },
  checkpoint: { ticket: number },
});
