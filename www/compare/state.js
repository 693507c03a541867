// @ts-check
/** @import { Catalogue, Hyperparameter, Method, Pair, PairText, Sampler } from "../app/messages.js" */
/** @import { PolicyHeader, ScenarioHeader } from "../app/scenarios.js" */
/** @import { Notice } from "../app/state.js" */
/** @import { Store } from "../app/store.js" */
/** @import { CompareEvent, Origin, RunSpec, SideBySide } from "./messages.js" */
import { History, rowOf } from "../app/history.js";
import { firstLoss, isWritten } from "../app/written.js";
import { CHARTED, withChanges } from "./figures.js";
import { FIRST_METHODS, letter, MOST_RUNS } from "./runs.js";

/**
 * A run as it was chosen: its values are those that differ from the defaults and, in what all share, from the shared
 * ones.
 * @typedef {RunSpec} ChosenRun
 */
/**
 * What outlives a reload.
 * @typedef {object} Settings
 * @property {string} policy
 * @property {string} scenario
 * @property {Record<string, string>} judges the rule that judges in each scenario, where it was changed
 * @property {Record<string, string>} losses what a person last wrote, by the methods that want it
 * @property {number} seed
 * @property {Record<string, number>} shared the numbers that every run is trained with, as far as they were changed
 * @property {ChosenRun[]} runs
 * @property {string[]} charts the metric of each
 * @property {Sampler} sampler
 */
/**
 * What is known of a run.
 * @typedef {object} RunState
 * @property {number | null} step null while it waits for the step at which it branches off
 * @property {number[]} recorded steps that runs can branch off from
 * @property {string | null} stopped why it goes no further
 * @property {History} history
 * @property {Record<string, number>} latest what was last measured, on a batch or on all pairs
 * @property {number | null} evaluated the step at which `latest` is over all pairs
 */
/**
 * @typedef {object} State
 * @property {Settings} settings
 * @property {Catalogue | null} catalogue
 * @property {ReadonlyMap<string, Method>} written the methods whose loss a person has written, as the core reads them
 * @property {PolicyHeader[]} policies
 * @property {ScenarioHeader[]} scenarios
 * @property {Pair[]} pairs
 * @property {boolean} edited whether the pairs are other ones than the scenario's own
 * @property {PairText[]} heldOut
 * @property {{ number: number, phase: "none" | "opening" | "ready" | "failed", running: boolean, rate: number, pairs: number, heldOut: number }} session
 * @property {ReadonlyMap<number, RunState>} runs
 * @property {SideBySide | null} samples
 * @property {Notice[]} notices
 */
/**
 * @typedef {{ type: "assets", policies: PolicyHeader[], scenarios: ScenarioHeader[] }
 *   | { type: "scenario", policy: string, scenario: string, pairs: PairText[], edited: boolean, heldOut: PairText[], prompt: string | null }
 *   | { type: "opening" }
 *   | { type: "seed", seed: number }
 *   | { type: "judge", judge: string }
 *   | { type: "shared", name: string, value: number }
 *   | { type: "add" } | { type: "remove", id: number }
 *   | { type: "written", loss: string, method: Method }
 *   | { type: "branch", method: string, loss: string, from: Origin }
 *   | { type: "method", id: number, method: string, loss: string }
 *   | { type: "value", id: number, name: string, value: number | null }
 *   | { type: "chart", index: number, metric: string }
 *   | { type: "sampler", change: Partial<Sampler> }
 *   | { type: "event", event: CompareEvent }
 *   | { type: "notice", notice: Notice } | { type: "dismiss", key: string }} Action
 */
/** @typedef {Store<State, Action>} CompareStore */

/** @type {Settings} */
export const DEFAULT_SETTINGS = {
  policy: "",
  scenario: "",
  judges: {},
  losses: {},
  seed: 1,
  shared: {},
  runs: [
    { id: 0, method: FIRST_METHODS[0], loss: "", values: {}, from: null },
    { id: 1, method: FIRST_METHODS[1], loss: "", values: {}, from: null },
  ],
  charts: CHARTED,
  sampler: { prompt: "", temperature: 0.8, count: 5, seed: 1 },
};

/** @param {Settings} settings @returns {State} */
export function initialState(settings) {
  return {
    settings,
    catalogue: null,
    written: new Map(),
    policies: [],
    scenarios: [],
    pairs: [],
    edited: false,
    heldOut: [],
    session: { number: 0, phase: "none", running: false, rate: 0, pairs: 0, heldOut: 0 },
    runs: new Map(),
    samples: null,
    notices: [],
  };
}

/** @type {RunState} */
const UNKNOWN = { step: null, recorded: [], stopped: null, history: History.empty(), latest: {}, evaluated: null };

/** @param {State} state @param {Action} action @returns {State} */
export function reduce(state, action) {
  const { settings } = state;
  /** @type {(change: Partial<Settings>) => State} */
  const set = (change) => ({ ...state, settings: { ...settings, ...change } });
  switch (action.type) {
    case "assets":
      return { ...state, policies: action.policies, scenarios: action.scenarios };
    case "scenario": {
      const { policy, scenario, edited, heldOut } = action;
      const pairs = action.pairs.map((pair, id) => ({ ...pair, id }));
      const sampler = { ...settings.sampler, prompt: action.prompt ?? settings.sampler.prompt };
      return { ...set({ policy, scenario, sampler }), pairs, edited, heldOut };
    }
    case "opening": {
      const session = { ...state.session, number: state.session.number + 1, running: false, rate: 0 };
      const phase = /** @type {const} */ ("opening");
      const runs = new Map(settings.runs.map(({ id }) => [id, UNKNOWN]));
      return { ...state, session: { ...session, phase }, runs, samples: null };
    }
    case "seed":
      return set({ seed: action.seed });
    case "judge":
      return set({ judges: { ...settings.judges, [settings.scenario]: action.judge } });
    case "shared":
      return set({ shared: { ...settings.shared, [action.name]: action.value } });
    case "add": {
      const id = freeId(settings.runs);
      if (id === null) return state;
      return set({ runs: [...settings.runs, { id, method: nextMethod(state), loss: "", values: {}, from: null }] });
    }
    case "branch": {
      const id = freeId(settings.runs);
      if (id === null) return state;
      const { method, loss, from } = action;
      // The shared numbers of the run that it leaves go with it.
      const training = new Set(state.catalogue?.training.map(({ name }) => name));
      const parent = settings.runs.find((run) => run.id === from.run);
      const own = Object.entries(parent?.values ?? {}).filter(([name]) => parent?.method === method || training.has(name));
      const runs = [...settings.runs, { id, method, loss, values: Object.fromEntries(own), from }];
      return { ...set({ runs }), runs: new Map(state.runs).set(id, UNKNOWN) };
    }
    case "remove": {
      const gone = new Set(withBranches(settings.runs, action.id));
      const runs = settings.runs.filter(({ id }) => !gone.has(id));
      return { ...set({ runs }), runs: new Map([...state.runs].filter(([id]) => !gone.has(id))) };
    }
    case "written": {
      const { method, loss } = action;
      const written = new Map(state.written).set(lossKey(method.name, loss), method);
      return { ...set({ losses: { ...settings.losses, [method.name]: loss } }), written };
    }
    case "method": {
      const { id, method, loss } = action;
      const runs = settings.runs.map((run) => {
        if (run.id !== id) return run;
        // Another text of the same method may have the same numbers.
        const values = run.method === method ? run.values : trainingOnly(state, run.values);
        return { ...run, method, loss, values };
      });
      return set({ runs });
    }
    case "value": {
      const runs = settings.runs.map((run) => {
        if (run.id !== action.id) return run;
        const { [action.name]: _, ...others } = run.values;
        return { ...run, values: action.value === null ? others : { ...others, [action.name]: action.value } };
      });
      return set({ runs });
    }
    case "chart":
      return set({ charts: settings.charts.with(action.index, action.metric) });
    case "sampler":
      return set({ sampler: { ...settings.sampler, ...action.change } });
    case "event":
      return receive(state, action.event);
    case "notice": {
      const others = state.notices.filter(({ key }) => key !== action.notice.key);
      return { ...state, notices: [...others, action.notice] };
    }
    case "dismiss":
      return { ...state, notices: state.notices.filter(({ key }) => key !== action.key) };
  }
}

/** @param {State} state @param {CompareEvent} event @returns {State} */
function receive(state, event) {
  if ("session" in event && event.session !== state.session.number) return state;
  switch (event.type) {
    case "catalogue": {
      const names = new Set(event.catalogue.methods.map(({ name }) => name));
      const known = (/** @type {string} */ method) => names.has(method) || isWritten(method);
      const runs = state.settings.runs.map((run) => (known(run.method) ? run : { ...run, method: FIRST_METHODS[0], values: {} }));
      return { ...state, catalogue: event.catalogue, settings: { ...state.settings, runs } };
    }
    case "started": {
      const { pairs, heldOut } = event;
      return { ...state, session: { ...state.session, phase: "ready", pairs, heldOut } };
    }
    case "measured": {
      const runs = new Map(state.runs);
      for (const { id, ...rows } of event.runs) {
        const run = runs.get(id);
        if (!run) continue;
        const all = withChanges(rows);
        // What is measured seldom stays until it is measured again.
        let latest = run.latest;
        for (let row = 0; row < rows.steps.length; row++) latest = { ...latest, ...measuredOnly(rowOf(all, row)) };
        const step = rows.steps[rows.steps.length - 1];
        runs.set(id, { ...run, step, latest, history: run.history.append(all), evaluated: null });
      }
      return { ...state, runs, session: { ...state.session, rate: event.rate } };
    }
    case "evaluated": {
      const run = state.runs.get(event.id);
      if (!run) return state;
      const all = withChanges(event);
      const step = event.steps[0];
      // No update measures where a run begins: its curve starts with that evaluation.
      const history = run.history.length === 0 ? run.history.append(all) : run.history;
      const latest = { ...run.latest, ...measuredOnly(rowOf(all)) };
      return { ...state, runs: new Map(state.runs).set(event.id, { ...run, history, latest, step, evaluated: step }) };
    }
    case "progress": {
      const runs = new Map(state.runs);
      for (const { id, step, recorded, stopped } of event.runs) {
        const run = runs.get(id);
        if (run) runs.set(id, { ...run, step, recorded, stopped });
      }
      return { ...state, runs, session: { ...state.session, running: event.running } };
    }
    case "samples":
      return { ...state, samples: event };
    case "failure": {
      const fatal = event.cause === "load" || event.cause === "open";
      const session = fatal ? { ...state.session, phase: /** @type {const} */ ("failed"), running: false } : state.session;
      /** @type {Notice} */
      const notice = { key: event.cause, kind: "error", text: event.text, ...(fatal && { remedy: "restart" }) };
      return reduce({ ...state, session }, { type: "notice", notice });
    }
    default:
      return state;
  }
}

/** @param {Record<string, number>} row */
function measuredOnly(row) {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => !Number.isNaN(value)));
}

/** The first letter that is not taken. @param {ChosenRun[]} runs */
export function freeId(runs) {
  for (let id = 0; id < MOST_RUNS; id++) if (!runs.some((run) => run.id === id)) return id;
  return null;
}

/** A method that is worth a look and not there yet. @param {State} state */
function nextMethod({ catalogue, settings }) {
  const known = (/** @type {string} */ name) => !catalogue || catalogue.methods.some((method) => method.name === name);
  const taken = new Set(settings.runs.map(({ method }) => method));
  return FIRST_METHODS.find((name) => known(name) && !taken.has(name)) ?? FIRST_METHODS[0];
}

/** A run and all that branch off from it, at any remove. @param {ChosenRun[]} runs @param {number} id @returns {number[]} */
export function withBranches(runs, id) {
  return [id, ...runs.filter(({ from }) => from?.run === id).flatMap((run) => withBranches(runs, run.id))];
}

/** @param {State} state @param {Record<string, number>} values */
function trainingOnly({ catalogue }, values) {
  const training = new Set(catalogue?.training.map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => training.has(name)));
}

/** @param {string} method @param {string} loss */
const lossKey = (method, loss) => `${method} ${loss}`;

/** @param {State} state @param {Pick<ChosenRun, "method" | "loss">} run @returns {Method | undefined} */
export function methodOf({ catalogue, written }, { method: name, loss }) {
  if (isWritten(name)) return written.get(lossKey(name, loss));
  return catalogue?.methods.find((method) => method.name === name);
}

/** What the loss of another run by this method starts from; nothing for those that have one. @param {State} state @param {string} method */
export function lossOf({ catalogue, settings }, method) {
  return isWritten(method) ? firstLoss(catalogue, settings.losses, method) : "";
}

/** What a run is called. @param {State} state @param {ChosenRun} run */
export function titleOf(state, run) {
  return `${letter(run.id)} ${methodOf(state, run)?.title ?? ""}`;
}

/** Whether a judge is asked. @param {State} state */
export function judged(state) {
  return state.settings.runs.some((run) => methodOf(state, run)?.needs.judge !== undefined);
}

/** The rule that judges in the present scenario. @param {State} state */
export function currentJudge({ settings, scenarios }) {
  const header = scenarios.find(({ name }) => name === settings.scenario);
  return settings.judges[settings.scenario] ?? header?.judge ?? "shorter";
}

/** The numbers of a run that are its own, not shared. @param {State} state @param {ChosenRun} run @returns {Hyperparameter[]} */
export function ownNumbers(state, run) {
  const method = methodOf(state, run);
  const sampling = method?.needs.draws ? (state.catalogue?.sampling ?? []) : [];
  return [...(method?.hyperparameters ?? []), ...sampling];
}

/** @param {Hyperparameter} hyper @param {number | undefined} value */
const within = ({ min, max }, value) => value !== undefined && value >= min && value <= max;

/** A number that all runs share. @param {State} state @param {Hyperparameter} hyper */
export function sharedValue({ settings }, hyper) {
  const value = settings.shared[hyper.name];
  return within(hyper, value) ? value : hyper.default;
}

/** All numbers of a run. @param {State} state @param {ChosenRun} run @returns {Record<string, number>} */
export function valuesOf(state, run) {
  const own = ownNumbers(state, run).map((hyper) => [hyper, hyper.default]);
  const shared = (state.catalogue?.training ?? []).map((hyper) => [hyper, sharedValue(state, hyper)]);
  const all = /** @type {[Hyperparameter, number][]} */ ([...own, ...shared]);
  return Object.fromEntries(
    all.map(([hyper, otherwise]) => [hyper.name, within(hyper, run.values[hyper.name]) ? run.values[hyper.name] : otherwise]),
  );
}

/** The step that the runs have come to: that of the one which is furthest ahead. @param {State} state */
export function currentStep({ runs }) {
  return Math.max(0, ...[...runs.values()].map(({ step }) => step ?? 0));
}
