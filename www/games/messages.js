// @ts-check
/** @import { Catalogue } from "../app/messages.js" */
/** @import { TableGame, TableReport, TableScenario } from "../pkg/playground.js" */
import { commandReader, flag, number, numbers, text } from "../app/command-reader.js";

/**
 * What the page of games and its Worker say to each other. A session number names one run from its step 0
 * on: opening and resetting start a new one, and the page drops events of earlier ones.
 */

/**
 * @typedef {object} OpenCommand
 * @property {"open"} type
 * @property {number} session
 * @property {TableScenario} scenario
 * @property {string} method
 * @property {number} seed
 * @property {Record<string, number>} values
 * @property {boolean} exact whether expectations are sums over all answers
 * @property {boolean} drawn whether the judge draws a winner
 * @property {number} speed updates a second; 0 for as many as there is time for
 */
/**
 * @typedef {OpenCommand
 *   | { type: "scenario", scenario: TableScenario }
 *   | { type: "reset", session: number, seed: number }
 *   | { type: "run" } | { type: "pause" } | { type: "step" }
 *   | { type: "value", name: string, value: number }
 *   | { type: "exact", exact: boolean }
 *   | { type: "labels", drawn: boolean }
 *   | { type: "speed", speed: number }} Command
 */

/** Rows of figures, one a step; `values` is row-major. @typedef {{ columns: string[], steps: Uint32Array, values: Float32Array }} Rows */
/**
 * @typedef {{ type: "catalogue", catalogue: Catalogue, scenarios: TableScenario[] }
 *   | { type: "started", session: number }
 *   | { type: "games", session: number, games: TableGame[] }
 *   | ({ type: "measured", session: number, rate: number, reports: TableReport[] } & Rows)
 *   | { type: "progress", session: number, running: boolean, step: number }
 *   | { type: "failure", cause: "load" | "open" | "training" | "other", text: string }} GameEvent
 */

/** @type {(value: any) => boolean} */
const scenario = (value) => text(value?.name) && Array.isArray(value.prompts) && Array.isArray(value.pairs);

/** The command in a message. @type {(message: any) => Command} */
export const readCommand = commandReader({
  open: { session: number, scenario, method: text, seed: number, values: numbers, exact: flag, drawn: flag, speed: number },
  scenario: { scenario },
  reset: { session: number, seed: number },
  run: {},
  pause: {},
  step: {},
  value: { name: text, value: number },
  exact: { exact: flag },
  labels: { drawn: flag },
  speed: { speed: number },
});
