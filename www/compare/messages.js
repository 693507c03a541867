// @ts-check
/** What the page “Compare” and its Worker say to each other: see www/app/messages.js. */
/** @import { Catalogue, Pair, PairText, Rows, Sampler } from "../app/messages.js" */
import { commandReader, listOf, number, numbers, text } from "../app/command-reader.js";
import { pair, pairText, sampler } from "../app/messages.js";

/**
 * Where a run branches off from another, and whether it measures itself by that one's reference or by the policy as
 * it was there.
 * @typedef {{ run: number, step: number, reference: "same" | "snapshot" }} Origin
 */
/**
 * One run beside the others.
 * @typedef {object} RunSpec
 * @property {number} id its place: 0 is A
 * @property {string} method
 * @property {string} loss what a person has written, for the methods that want it
 * @property {Record<string, number>} values all its numbers
 * @property {Origin | null} from null if it starts from the policy itself
 */

/**
 * @typedef {object} OpenCommand
 * @property {"open"} type
 * @property {number} session
 * @property {string} policy URL of the policy's folder, with a slash at its end
 * @property {string} title what the policy is called in messages
 * @property {number} maxTokens the most tokens in a sample
 * @property {number} seed
 * @property {string} judge a rule; nothing where no run needs one
 * @property {Pair[]} pairs
 * @property {PairText[]} heldOut
 * @property {RunSpec[]} runs
 * @property {Sampler} sampler
 */
/**
 * @typedef {OpenCommand
 *   | { type: "run" } | { type: "pause" } | { type: "step" }
 *   | { type: "branch", run: RunSpec, judge: string }
 *   | { type: "remove", ids: number[] }
 *   | { type: "sampler", sampler: Sampler }
 *   | { type: "written", ticket: number, method: string, loss: string }
 *   | { type: "parse", ticket: number, text: string }} CompareCommand
 */

/**
 * Where a run stands: null if it waits for the step at which it branches off.
 * @typedef {{ id: number, step: number | null, recorded: number[], stopped: string | null }} Standing
 */
/** @typedef {{ id: number, texts: string[] }} RunSamples */
/** @typedef {{ step: number, prompt: string, reference: string[], runs: RunSamples[], problem: string | null }} SideBySide */

/**
 * @typedef {{ type: "catalogue", catalogue: Catalogue }
 *   | { type: "started", session: number, pairs: number, heldOut: number }
 *   | { type: "measured", session: number, rate: number, runs: ({ id: number } & Rows)[] }
 *   | ({ type: "evaluated", session: number, id: number } & Rows)
 *   | { type: "progress", session: number, running: boolean, runs: Standing[] }
 *   | ({ type: "samples", session: number } & SideBySide)
 *   | { type: "failure", cause: "load" | "open" | "training" | "judge" | "other", text: string }
 *   | { type: "reply", ticket: number, value: unknown }
 *   | { type: "refused", ticket: number, text: string }} CompareEvent
 */

/** @type {(value: any) => boolean} */
const origin = (value) =>
  value === null ||
  (number(value?.run) && number(value.step) && (value.reference === "same" || value.reference === "snapshot"));
/** @type {(value: any) => boolean} */
const run = (value) => number(value?.id) && text(value.method) && text(value.loss) && numbers(value.values) && origin(value.from);

/** @type {Record<string, Record<string, (value: unknown) => boolean>>} */
const COMMANDS = {
  open: {
    session: number,
    policy: text,
    title: text,
    maxTokens: number,
    seed: number,
    judge: text,
    pairs: listOf(pair),
    heldOut: listOf(pairText),
    runs: listOf(run),
    sampler,
  },
  run: {},
  pause: {},
  step: {},
  branch: { run, judge: text },
  remove: { ids: listOf(number) },
  sampler: { sampler },
  written: { ticket: number, method: text, loss: text },
  parse: { ticket: number, text },
};

/** The command in a message. @type {(message: any) => CompareCommand} */
export const readCommand = commandReader(COMMANDS);
