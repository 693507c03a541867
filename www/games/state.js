// @ts-check
/** @import { Catalogue, Hyperparameter, Method } from "../app/messages.js" */
/** @import { Notice } from "../app/state.js" */
/** @import { Store } from "../app/store.js" */
/** @import { TableGame, TablePrompt, TableReport, TableScenario } from "../pkg/playground.js" */
/** @import { GameEvent, Rows } from "./messages.js" */
import { History } from "../app/history.js";
import { endOf } from "./ends.js";
import { withPrompt } from "./edits.js";
import { shareColumn } from "./rows.js";
import { place } from "./simplex.js";
import { Trail } from "./trail.js";

/**
 * @typedef {object} Settings
 * @property {string} scenario
 * @property {number} prompt the one that is shown
 * @property {string} method
 * @property {Record<string, Record<string, number>>} values each method's numbers, as far as they were changed
 * @property {number} seed
 * @property {boolean} exact
 * @property {boolean} drawn whether the judge draws a winner
 * @property {number} speed updates a second; 0 for as many as there is time for
 */
/**
 * @typedef {object} Session
 * @property {number} number
 * @property {"none" | "opening" | "ready" | "failed"} phase
 * @property {boolean} running
 * @property {number} step
 * @property {number} rate updates a second
 */
/**
 * @typedef {object} State
 * @property {Settings} settings
 * @property {Catalogue | null} catalogue
 * @property {TableScenario[]} scenarios as they came
 * @property {Record<string, TableScenario>} changed those that were changed
 * @property {Session} session
 * @property {TableGame[]} games
 * @property {TableReport[]} reports
 * @property {History} history
 * @property {Trail[]} trails where the policy has been, for each prompt of three responses
 * @property {Notice[]} notices
 */
/**
 * @typedef {{ type: "scenario", scenario: string } | { type: "prompt", prompt: number } | { type: "method", method: string }
 *   | { type: "value", name: string, value: number } | { type: "seed", seed: number }
 *   | { type: "exact", exact: boolean } | { type: "labels", drawn: boolean } | { type: "speed", speed: number }
 *   | { type: "change", change: Partial<TablePrompt> } | { type: "restore" }
 *   | { type: "opening" } | { type: "restarting" }
 *   | { type: "event", event: GameEvent }
 *   | { type: "notice", notice: Notice } | { type: "dismiss", key: string }} Action
 */
/** @typedef {Store<State, Action>} GameStore */

/** @type {State} */
export const INITIAL = {
  settings: { scenario: "cycle", prompt: 0, method: "ipo_md", values: {}, seed: 1, exact: true, drawn: false, speed: 60 },
  catalogue: null,
  scenarios: [],
  changed: {},
  session: { number: 0, phase: "none", running: false, step: 0, rate: 0 },
  games: [],
  reports: [],
  history: History.empty(),
  trails: [],
  notices: [],
};

/** @param {State} state @param {Action} action @returns {State} */
export function reduce(state, action) {
  const { settings } = state;
  /** @type {(change: Partial<Settings>) => State} */
  const set = (change) => ({ ...state, settings: { ...settings, ...change } });
  switch (action.type) {
    case "scenario":
      return set({ scenario: action.scenario, prompt: 0 });
    case "prompt":
    case "method":
    case "seed":
    case "exact":
    case "speed":
    case "labels": {
      const { type, ...change } = action;
      return set(change);
    }
    case "value": {
      const own = { ...settings.values[settings.method], [action.name]: action.value };
      return set({ values: { ...settings.values, [settings.method]: own } });
    }
    case "change": {
      const scenario = currentScenario(state);
      if (!scenario) return state;
      const changed = withPrompt(scenario, settings.prompt, action.change);
      return { ...state, changed: { ...state.changed, [scenario.name]: changed } };
    }
    case "restore": {
      const { [settings.scenario]: _, ...others } = state.changed;
      return { ...state, changed: others };
    }
    case "opening":
    case "restarting": {
      const phase = action.type === "opening" ? "opening" : state.session.phase;
      const session = { ...state.session, number: state.session.number + 1, phase, running: false, step: 0, rate: 0 };
      return { ...state, session, history: History.empty(), trails: [] };
    }
    case "event":
      return receive(state, action.event);
    case "notice": {
      const others = state.notices.filter(({ key }) => key !== action.notice.key);
      return { ...state, notices: [...others, action.notice] };
    }
    case "dismiss": {
      const left = state.notices.filter(({ key }) => key !== action.key);
      return left.length === state.notices.length ? state : { ...state, notices: left };
    }
  }
}

/** @param {State} state @param {GameEvent} event @returns {State} */
function receive(state, event) {
  if ("session" in event && event.session !== state.session.number) return state;
  const { session } = state;
  switch (event.type) {
    case "catalogue":
      return { ...state, catalogue: event.catalogue, scenarios: event.scenarios };
    case "started":
      return { ...state, session: { ...session, phase: "ready" } };
    case "games":
      return { ...state, games: event.games };
    case "measured": {
      const step = event.steps[event.steps.length - 1] ?? session.step;
      const history = state.history.append(event);
      const trails = event.reports.map(({ policy }, prompt) => (state.trails[prompt] ?? new Trail()).append(policy.length === 3 ? walk(event, prompt) : []));
      return { ...state, history, trails, reports: event.reports, session: { ...session, step, rate: event.rate } };
    }
    case "progress":
      return { ...state, session: { ...session, running: event.running, step: event.step } };
    case "failure": {
      const fatal = event.cause === "load" || event.cause === "open";
      /** @type {Notice} */
      const notice = { key: event.cause, kind: "error", text: event.text, ...(fatal && { remedy: "restart" }) };
      /** @type {Session} */
      const failed = fatal ? { ...session, phase: "failed", running: false } : session;
      return reduce({ ...state, session: failed }, { type: "notice", notice });
    }
  }
}

/** Where the policy was at each row. @param {Rows} rows @param {number} prompt */
function walk({ columns, steps, values }, prompt) {
  const first = columns.indexOf(shareColumn(prompt, 0));
  return Array.from(steps, (_, row) => place(values.subarray(row * columns.length + first)));
}

/** @param {State} state @returns {Method | undefined} */
export function currentMethod({ catalogue, settings }) {
  return catalogue?.methods.find(({ name }) => name === settings.method);
}

/** The scenario as it stands. @param {State} state @returns {TableScenario | undefined} */
export function currentScenario({ scenarios, changed, settings }) {
  return changed[settings.scenario] ?? scenarios.find(({ name }) => name === settings.scenario);
}

/** The prompt that is shown. @param {State} state @returns {TablePrompt | undefined} */
export function currentPrompt(state) {
  return currentScenario(state)?.prompts[state.settings.prompt];
}

/** Where the method ends in the scenario. @param {State} state */
export function currentEnd(state) {
  const [method, scenario] = [currentMethod(state), currentScenario(state)];
  return method && scenario ? endOf(method, scenario, scenario.name in state.changed) : { place: null, text: "" };
}

/** A table is trained otherwise than a transformer: on everything at once, and from the first step on. @type {Record<string, number>} */
const STARTS = { learning_rate: 0.005, batch_size: 64, warmup_steps: 0, max_grad_norm: 0 };
/** The least strength of the hold to the reference that a run begins with: weaker ones circle for long. */
const LEAST_STRENGTH = 0.2;

/** @param {Hyperparameter} hyper @returns {Hyperparameter} */
function forTables(hyper) {
  const { name, default: usual } = hyper;
  const strength = name === "beta" || name === "tau";
  return { ...hyper, default: strength ? Math.max(usual, LEAST_STRENGTH) : (STARTS[name] ?? usual) };
}

/** What may be set for the current method: its own numbers first. @param {State} state @returns {Hyperparameter[]} */
export function hyperparameters(state) {
  const own = currentMethod(state)?.hyperparameters ?? [];
  return [...own, ...(state.catalogue?.training ?? [])].map(forTables);
}

/** The current method's numbers. @param {State} state @returns {Record<string, number>} */
export function currentValues(state) {
  const own = state.settings.values[state.settings.method] ?? {};
  return Object.fromEntries(hyperparameters(state).map(({ name, default: usual }) => [name, own[name] ?? usual]));
}
