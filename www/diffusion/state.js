// @ts-check
/** @import { Catalogue, EngineChoice, Hyperparameter, Method, Preferred } from "../app/messages.js" */
/** @import { Notice } from "../app/state.js" */
/** @import { Store } from "../app/store.js" */
/** @import { DataSamples, PairErrors, PairNumbers, SamplePair, SampleQuestion, SampleRollout } from "../pkg/playground.js" */
/** @import { DiffusionEvent, Field, FieldChoice, JudgeKind, Sampler, Samples, Shape, Way, WayChoice } from "./messages.js" */
/** @import { Corner } from "./rules.js" */
/** @import { KeptRun } from "./kept.js" */
/** @import { OwnShape } from "./own-shape.js" */
/** @import { PolicyFiles } from "./classless.js" */
import { History, rowOf } from "../app/history.js";
import { samplesRow } from "./sample-points.js";
import { OWN_SHAPE, SCENARIOS, SUITED, policyOf, scenarioOf } from "./scenarios.js";

/**
 * @typedef {object} Settings
 * @property {string} scenario
 * @property {Record<string, string>} methods the method in each scenario, where it was changed
 * @property {Record<string, Record<string, number>>} values the numbers of each scenario and method, as far as they were changed
 * @property {Record<string, string>} rules the rule of each scenario, where it was changed
 * @property {JudgeKind} judgeKind who judges the policy's own samples
 * @property {number} seed
 * @property {number} speed updates a second; 0 for as many as there is time for
 * @property {EngineChoice} engine
 * @property {Sampler} sampler
 * @property {FieldChoice} field
 * @property {boolean} density whether densities of points are shown
 * @property {WayChoice} way
 */
/** Where the present run branched off: the policy that it began with, which is its reference. @typedef {{ run: string, step: number, files: PolicyFiles }} Branch */
/**
 * @typedef {object} Session
 * @property {number} number
 * @property {"none" | "opening" | "ready" | "failed"} phase
 * @property {boolean} running
 * @property {number} step
 * @property {number} rate updates a second
 * @property {string} engine
 * @property {{ done: number, all: number } | null} preparing the kernels of an engine that is about to take over
 */
/** By what a scenario's pairs were made. @typedef {{ rule: string, sampler: Sampler }} Origin */
/** What a person is asked to compare by a method that asks. @typedef {{ questions: SampleQuestion[], answered: number, compared: number }} Person */
/** Two samples of the policy that a person makes a pair of. @typedef {{ class: number, first: Float32Array, second: Float32Array }} Offer */
/** The metrics at one step over all pairs. @typedef {{ step: number, row: Record<string, number> }} Evaluation */
/** What is made by hand: pairs, or a region by its corners. @typedef {{ kind: "pairs", class: number, offer: Offer | null, turn: number } | { kind: "region", corners: Corner[] }} Hand */
/**
 * @typedef {object} State
 * @property {Settings} settings
 * @property {Catalogue | null} catalogue
 * @property {Shape | null} shape
 * @property {DataSamples | null} data real points
 * @property {SamplePair[] | null} original the pairs as they were made; null before they are
 * @property {Origin | null} origin of those; null before they are asked for
 * @property {SamplePair[]} pairs
 * @property {number} nextId
 * @property {SamplePair[][]} past what Undo goes back to
 * @property {number | null} selected
 * @property {Hand | null} hand
 * @property {Session} session
 * @property {History} history
 * @property {History} pointsHistory what the rule gave the samples on the screen
 * @property {History} qualityHistory how good fresh samples were
 * @property {KeptRun[]} kept
 * @property {Branch | null} branch null where the run began with the scenario's policy
 * @property {OwnShape | null} own the shape that the person drew, and the policy that learnt it
 * @property {Evaluation | null} evaluation
 * @property {ReadonlyMap<number, PairNumbers>} scores
 * @property {{ id: number, errors: PairErrors } | null} errors of the selected pair
 * @property {Samples | null} samples
 * @property {Field | null} fieldScores
 * @property {Way | null} wayStates
 * @property {SampleRollout[]} rollouts
 * @property {Person} person
 * @property {Notice[]} notices
 */
/**
 * @typedef {{ type: "add", pair: Omit<SamplePair, "id"> } | { type: "delete", id: number } | { type: "swap", id: number }
 *   | { type: "replace", pairs: Omit<SamplePair, "id">[] } | { type: "append", pairs: Omit<SamplePair, "id">[] } | { type: "undo" }} Edit
 */
/**
 * @typedef {{ type: "scenario", scenario: string } | { type: "method", method: string }
 *   | { type: "value", name: string, value: number } | { type: "seed", seed: number } | { type: "speed", speed: number }
 *   | { type: "engine", engine: EngineChoice } | { type: "rule", rule: string } | { type: "judge-kind", judgeKind: JudgeKind }
 *   | { type: "sampler", change: Partial<Sampler> } | { type: "field", change: Partial<FieldChoice> } | { type: "way", change: Partial<WayChoice> }
 *   | { type: "density", density: boolean } | { type: "settings", settings: Settings }
 *   | { type: "keep", run: KeptRun } | { type: "forget", id: number } | { type: "branch", branch: Branch | null } | { type: "own", own: OwnShape }
 *   | { type: "opening" } | { type: "restarting" } | { type: "select", id: number }
 *   | { type: "hand", hand: Hand | null } | { type: "answer", id: number }
 *   | Edit
 *   | { type: "event", event: DiffusionEvent }
 *   | { type: "notice", notice: Notice } | { type: "dismiss", key: string }} Action
 */
/** @typedef {Store<State, Action>} DiffusionStore */

/** The most bulk edits that Undo goes back. */
const MOST_PAST = 20;

const NOTHING_MEASURED = {
  evaluation: null,
  scores: new Map(),
  errors: null,
  samples: null,
  fieldScores: null,
  wayStates: null,
  rollouts: [],
  person: { questions: [], answered: -1, compared: 0 },
};

/** @type {State} */
export const INITIAL = {
  settings: {
    scenario: SCENARIOS[0].name,
    methods: {},
    values: {},
    rules: {},
    judgeKind: "rule",
    seed: 1,
    speed: 0,
    engine: "cpu",
    sampler: { steps: 20, guidance: 1, eta: 0, seed: 1 },
    field: { shown: true, timestep: 0, class: null },
    density: false,
    way: { shown: false, class: 0 },
  },
  catalogue: null,
  shape: null,
  data: null,
  original: null,
  origin: null,
  pairs: [],
  nextId: 1,
  past: [],
  selected: null,
  hand: null,
  session: { number: 0, phase: "none", running: false, step: 0, rate: 0, engine: "", preparing: null },
  ...NOTHING_MEASURED,
  history: History.empty(),
  pointsHistory: History.empty(),
  qualityHistory: History.empty(),
  kept: [],
  branch: null,
  own: null,
  notices: [],
};

/** @param {State} state @param {Action} action @returns {State} */
export function reduce(state, action) {
  const { settings } = state;
  /** @type {(change: Partial<Settings>) => State} */
  const set = (change) => ({ ...state, settings: { ...settings, ...change } });
  switch (action.type) {
    case "scenario": {
      const { scenario } = action;
      const other = policyOf(scenarioOf(scenario)) !== policyOf(scenarioOf(settings.scenario));
      const fresh = set({ scenario, ...(other && { way: { ...settings.way, class: 0 }, field: { ...settings.field, class: null } }) });
      return { ...fresh, original: null, origin: null, pairs: [], past: [], selected: null, hand: null, branch: null, ...(other && { shape: null, data: null }) };
    }
    case "method": {
      const next = set({ methods: { ...settings.methods, [settings.scenario]: action.method } });
      const [before, after] = [state, next].map((of) => currentMethod(of)?.oneStep ?? false);
      if (before === after) return next;
      // What learns to draw in one step is seen in one step.
      const steps = after ? 1 : INITIAL.settings.sampler.steps;
      return { ...next, settings: { ...next.settings, sampler: { ...settings.sampler, steps } } };
    }
    case "value": {
      const key = valuesKey(state);
      return set({ values: { ...settings.values, [key]: { ...settings.values[key], [action.name]: action.value } } });
    }
    case "rule":
      // What another rule gave is another quantity.
      return { ...set({ rules: { ...settings.rules, [settings.scenario]: action.rule } }), pointsHistory: History.empty(), hand: null };
    case "seed":
    case "speed":
    case "density":
    case "engine": {
      const { type, ...change } = action;
      return set(change);
    }
    case "settings":
      return { ...state, settings: action.settings };
    case "judge-kind":
      return { ...set({ judgeKind: action.judgeKind }), rollouts: [] };
    case "sampler":
      return set({ sampler: { ...settings.sampler, ...action.change } });
    case "field":
      return set({ field: { ...settings.field, ...action.change } });
    case "way":
      return set({ way: { ...settings.way, ...action.change } });
    case "opening":
    case "restarting": {
      const phase = action.type === "opening" ? "opening" : state.session.phase;
      const session = { ...state.session, number: state.session.number + 1, phase, running: false, step: 0, rate: 0 };
      const origin = state.original ? state.origin : { rule: currentRule(state), sampler: settings.sampler };
      return { ...state, session, origin, ...NOTHING_MEASURED, history: History.empty(), pointsHistory: History.empty(), qualityHistory: History.empty() };
    }
    case "keep":
      return { ...state, kept: [...state.kept, action.run] };
    case "forget":
      return { ...state, kept: state.kept.filter(({ id }) => id !== action.id) };
    case "branch":
      return { ...state, branch: action.branch };
    case "own":
      // What was drawn of another shape is no longer comparable.
      return { ...state, own: action.own, kept: state.kept.filter(({ policy }) => policy !== OWN_SHAPE) };
    case "select":
      return state.selected === action.id ? state : { ...state, selected: action.id, errors: null };
    case "hand":
      return { ...state, hand: action.hand };
    case "answer": {
      const { questions, compared } = state.person;
      // The Worker will say so in its time: the next question need not wait for that.
      const left = questions.filter(({ id }) => id > action.id);
      return { ...state, person: { questions: left, answered: action.id, compared: compared + 1 } };
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
    default:
      return keepSelection(edit(state, action), state.pairs);
  }
}

/** @param {State} state @param {Edit} action @returns {State} */
function edit(state, action) {
  const { pairs, nextId, past } = state;
  const remembered = [...past, pairs].slice(-MOST_PAST);
  switch (action.type) {
    case "add":
      return { ...state, past: remembered, pairs: [...pairs, { ...action.pair, id: nextId }], nextId: nextId + 1 };
    case "delete":
      return { ...state, past: remembered, pairs: pairs.filter(({ id }) => id !== action.id) };
    case "swap": {
      /** @param {SamplePair} pair */
      const swapped = (pair) => ({ ...pair, chosen: pair.rejected, rejected: pair.chosen });
      return { ...state, past: remembered, errors: null, pairs: pairs.map((pair) => (pair.id === action.id ? swapped(pair) : pair)) };
    }
    case "replace":
    case "append": {
      const added = action.pairs.map((pair, index) => ({ ...pair, id: nextId + index }));
      const kept = action.type === "append" ? pairs : [];
      return { ...state, past: remembered, pairs: [...kept, ...added], nextId: nextId + added.length };
    }
    case "undo": {
      const last = past.at(-1);
      return last ? { ...state, pairs: last, past: past.slice(0, -1), errors: null } : state;
    }
  }
}

/** If the selected pair is gone, the one that took its place is selected. @param {State} state @param {SamplePair[]} before @returns {State} */
function keepSelection(state, before) {
  if (state.pairs.some(({ id }) => id === state.selected)) return state;
  const place = before.findIndex(({ id }) => id === state.selected);
  const heir = state.pairs[Math.min(Math.max(place, 0), state.pairs.length - 1)];
  return { ...state, selected: heir?.id ?? null, errors: null };
}

/** @param {State} state @param {DiffusionEvent} event @returns {State} */
function receive(state, event) {
  if ("session" in event && event.session !== state.session.number) return state;
  const { session } = state;
  switch (event.type) {
    case "catalogue":
      return { ...state, catalogue: event.catalogue };
    case "started": {
      const { shape, engine } = event;
      const { field } = state.settings;
      // Low noise tells most of where samples end.
      const timestep = state.shape?.timesteps === shape.timesteps ? field.timestep : Math.round(shape.timesteps / 5);
      const settings = { ...state.settings, field: { ...field, timestep } };
      return { ...state, settings, shape, session: { ...session, phase: "ready", engine, preparing: null } };
    }
    case "made": {
      const pairs = event.pairs.map((pair, index) => ({ ...pair, id: state.nextId + index }));
      return { ...state, original: pairs, pairs, past: [], nextId: state.nextId + pairs.length, selected: pairs[0]?.id ?? null };
    }
    case "data":
      return { ...state, data: event.data };
    case "engine":
      return { ...state, session: { ...session, engine: event.engine, preparing: null } };
    case "preparing":
      return { ...state, session: { ...session, preparing: { done: event.done, all: event.all } } };
    case "measured": {
      const step = event.steps[event.steps.length - 1] ?? session.step;
      return { ...state, history: state.history.append(event), session: { ...session, step, rate: event.rate } };
    }
    case "evaluated": {
      const evaluation = { step: event.steps[0], row: rowOf(event) };
      // Step 0 is measured by no update: the charts begin with its evaluation.
      const history = evaluation.step === 0 ? History.empty().append(event) : state.history;
      return { ...state, evaluation, history };
    }
    case "progress":
      return { ...state, session: { ...session, running: event.running, step: event.step } };
    case "scores": {
      const present = new Set(state.pairs.map(({ id }) => id));
      const scores = new Map([...state.scores].filter(([id]) => present.has(id)));
      for (const score of event.scores) scores.set(score.id, score);
      return { ...state, scores };
    }
    case "errors":
      return event.id === state.selected ? { ...state, errors: event } : state;
    case "samples": {
      const row = samplesRow(event);
      return { ...state, samples: event, pointsHistory: row ? state.pointsHistory.append(row) : state.pointsHistory };
    }
    case "quality":
      return { ...state, qualityHistory: state.qualityHistory.append(event) };
    case "field":
      return { ...state, fieldScores: event };
    case "way":
      return { ...state, wayStates: event };
    case "rollouts":
      return { ...state, rollouts: event.rollouts };
    case "questions": {
      const { answered } = state.person;
      const questions = event.questions.filter(({ id }) => id > answered);
      return { ...state, person: { questions, answered, compared: event.compared } };
    }
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

/** @param {State} state */
export const currentScenario = ({ settings }) => scenarioOf(settings.scenario);

/** @param {State} state */
export const currentPolicy = (state) => policyOf(currentScenario(state));

/** Whether the policy draws points of the plane, not images; nothing before it is known. @param {State} state */
export const drawsPoints = ({ shape }) => shape && shape.dimensions === 2;

/** The method's name. @param {State} state */
export const methodName = (state) => state.settings.methods[state.settings.scenario] ?? currentScenario(state).method;

/** @param {State} state @returns {Method | undefined} */
export function currentMethod(state) {
  const name = methodName(state);
  return state.catalogue?.methods.find((method) => method.name === name);
}

/** What is better in the scenario. @param {State} state */
export const currentRule = (state) => state.settings.rules[state.settings.scenario] ?? currentScenario(state).rule;

/** Who judges the policy's own samples; nobody does where the method asks no judge. @param {State} state @returns {JudgeKind | undefined} */
export const currentJudgeKind = (state) => currentMethod(state)?.needs.judge && state.settings.judgeKind;

/** Whether training has nothing to learn from before the person judges. @param {State} state */
export const awaitsPerson = (state) => currentJudgeKind(state) === "person" && state.person.compared === 0;

/** Two samples that the person is to compare now: what the method asks, else what a pair is to be made of. @param {State} state @returns {Offer | null} */
export function currentOffer(state) {
  if (currentJudgeKind(state) === "person") return state.person.questions[0] ?? null;
  return state.hand?.kind === "pairs" ? state.hand.offer : null;
}

/** @param {State} state */
const valuesKey = (state) => `${state.settings.scenario}/${methodName(state)}`;

/** What may be set for the current method: its own numbers first. @param {State} state @returns {Hyperparameter[]} */
export function hyperparameters(state) {
  const method = currentMethod(state);
  const sampling = method?.needs.draws ? (state.catalogue?.sampling ?? []) : [];
  return [...(method?.hyperparameters ?? []), ...sampling, ...(state.catalogue?.training ?? [])];
}

/** The current method's numbers: as they were set, else as they suit the method, else the scenario. @param {State} state @returns {Record<string, number>} */
export function currentValues(state) {
  const known = [state.settings.values[valuesKey(state)], SUITED[methodName(state)], currentScenario(state).values];
  return Object.fromEntries(
    hyperparameters(state).map(({ name, default: initial, min, max }) => {
      // What suits most methods may lie outside the range of one.
      const fit = known.map((values) => values?.[name]).find((value) => value !== undefined && value >= min && value <= max);
      return [name, fit ?? initial];
    }),
  );
}
