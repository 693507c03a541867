// @ts-check
/** @import { CloseUp, Watched } from "./close-up-state.js" */
/** @import { Catalogue, EngineChoice, Hyperparameter, JudgeKind, Judgement, Method, PairProblem, PairScore, PairText, Preferred, Profile, Question, Rollout, Sampler, Samples, TokenStrip, WorkerEvent } from "./messages.js" */
/** @import { PolicyHeader, ScenarioHeader } from "./scenarios.js" */
/** @import { PairsAction, PairsState } from "./pairs-state.js" */
/** @import { Store } from "./store.js" */
/** @import { Time } from "./time-state.js" */
import { NO_CLOSE_UP, reduceCloseUp, watch } from "./close-up-state.js";
import { History, rowOf } from "./history.js";
import { NO_PAIRS, openedPairs, reducePairs } from "./pairs-state.js";
import { noTime, reduceTime } from "./time-state.js";
import { CUSTOM, firstLoss, isWritten, SUM } from "./written.js";

/**
 * A sentence for the person at the screen. One with the same key takes its place.
 * @typedef {{ key: string, kind: "error" | "note", text: string, remedy?: "restart" }} Notice
 */
/**
 * What outlives a reload, beside the pairs.
 * @typedef {object} Settings
 * @property {string} policy
 * @property {string} scenario
 * @property {string} method
 * @property {Record<string, string>} losses what a person has written, by the methods that want it
 * @property {Record<string, string>} judges the rule that judges in each scenario, where it was changed
 * @property {Record<string, string>} guides what stands before the prompts of each scenario while answers that are kept are drawn
 * @property {Record<string, JudgeKind>} judgeKinds who judges in each scenario, where it is not the rule
 * @property {EngineChoice} engine
 * @property {number} speed updates a second; 0 for as many as there is time for
 * @property {Record<string, Record<string, number>>} values each method's numbers, as far as they were changed
 * @property {number} seed
 * @property {Sampler} sampler
 */
/**
 * The run that the Worker holds.
 * @typedef {object} Session
 * @property {number} number
 * @property {"none" | "opening" | "ready" | "failed"} phase
 * @property {boolean} running
 * @property {number} step
 * @property {number} seed the seed that it runs on
 * @property {number} rate updates a second
 * @property {string} engine
 * @property {{ done: number, all: number } | null} preparing the kernels of an engine that is about to take over
 */
/**
 * What a person is asked to compare.
 * @typedef {object} Person
 * @property {Question[]} questions those that wait, oldest first
 * @property {number} answered the last question that was answered
 */
/** The metrics at one step over all pairs. @typedef {{ step: number, row: Record<string, number> }} Evaluation */

/**
 * @typedef {object} RunState
 * @property {Settings} settings
 * @property {Catalogue | null} catalogue
 * @property {Method | null} written the method whose loss the person has written
 * @property {PolicyHeader[]} policies
 * @property {ScenarioHeader[]} scenarios
 * @property {PairText[]} original the scenario's own pairs
 * @property {PairText[]} heldOut
 * @property {number} heldOutUsable
 * @property {Session} session
 * @property {History} history
 * @property {Time} time
 * @property {CloseUp} closeUp
 * @property {Record<string, number> | null} latest the last row that was measured
 * @property {Evaluation | null} evaluation
 * @property {ReadonlyMap<number, PairScore>} scores
 * @property {ReadonlyMap<number, PairProblem[]>} problems
 * @property {{ id: number, chosen: TokenStrip, rejected: TokenStrip } | null} tokens
 * @property {Rollout[]} rollouts what the last update learnt from of the policy's own
 * @property {{ id: number, answers: string[] } | null} kept what stands against the selected pair
 * @property {{ updates: number, learns: boolean, history: History } | null} judge the judge, if it is one that learns
 * @property {Person} person
 * @property {string | null} strong what the stronger policy is called that was kept or opened
 * @property {Judgement[]} judgements what the person has said in the scenario
 * @property {Judgement[]} forgotten what can be brought back of that
 * @property {Samples | null} samples
 * @property {Profile | null} profile
 * @property {string | null} alarm
 * @property {Notice[]} notices
 */
/** @typedef {RunState & PairsState} State */

/**
 * @typedef {{ type: "assets", policies: PolicyHeader[], scenarios: ScenarioHeader[] }
 *   | { type: "scenario", policy: string, scenario: string, original: PairText[], heldOut: PairText[], pairs: PairText[], judgements: Judgement[], prompt: string | null }
 *   | { type: "policy", policy: string }
 *   | { type: "method", method: string }
 *   | { type: "written", loss: string, method: Method, values?: Record<string, number> }
 *   | { type: "judge", judge: string }
 *   | { type: "guides", guides: string }
 *   | { type: "judge-kind", kind: JudgeKind }
 *   | { type: "answer", id: number, preferred: Preferred }
 *   | { type: "forget" } | { type: "recall" }
 *   | { type: "engine", engine: EngineChoice }
 *   | { type: "speed", speed: number }
 *   | { type: "opening" }
 *   | { type: "restarting" }
 *   | { type: "value", name: string, value: number }
 *   | { type: "seed", seed: number }
 *   | { type: "profile", profile: Profile }
 *   | { type: "sampler", change: Partial<Sampler> }
 *   | PairsAction
 *   | { type: "select", id: number }
 *   | { type: "watch", change: Partial<Watched> }
 *   | { type: "event", event: WorkerEvent }
 *   | { type: "notice", notice: Notice } | { type: "dismiss", key: string }} Action
 */
/** @typedef {Store<State, Action>} AppStore */

/** @type {Settings} */
export const DEFAULT_SETTINGS = {
  policy: "",
  scenario: "",
  method: "",
  losses: {},
  judges: {},
  judgeKinds: {},
  guides: {},
  engine: "automatic",
  speed: 0,
  values: {},
  seed: 1,
  sampler: { prompt: "", temperature: 0.8, count: 8, seed: 1 },
};

/** @param {Settings} settings @returns {State} */
export function initialState(settings) {
  return {
    settings,
    catalogue: null,
    written: null,
    policies: [],
    scenarios: [],
    original: [],
    heldOut: [],
    heldOutUsable: 0,
    ...NO_PAIRS,
    session: { number: 0, phase: "none", running: false, step: 0, seed: settings.seed, rate: 0, engine: "", preparing: null },
    notices: [],
    ...NOTHING_MEASURED,
    strong: null,
    judgements: [],
    forgotten: [],
    history: History.empty(),
    time: noTime(),
    closeUp: NO_CLOSE_UP,
  };
}

const NOTHING_MEASURED = {
  latest: null,
  evaluation: null,
  scores: new Map(),
  problems: new Map(),
  tokens: null,
  rollouts: [],
  kept: null,
  judge: null,
  person: { questions: [], answered: -1 },
  samples: null,
  profile: null,
  alarm: null,
};

/** @param {State} state @param {Action} action @returns {State} */
export function reduce(state, action) {
  switch (action.type) {
    case "assets":
      return { ...state, policies: action.policies, scenarios: action.scenarios };
    case "scenario": {
      const sampler = { ...state.settings.sampler, prompt: action.prompt ?? state.settings.sampler.prompt };
      return {
        ...state,
        settings: { ...state.settings, policy: action.policy, scenario: action.scenario, sampler },
        original: action.original,
        heldOut: action.heldOut,
        heldOutUsable: 0,
        ...openedPairs(action.pairs, state.nextId),
        judgements: action.judgements,
        forgotten: [],
      };
    }
    case "policy":
      return { ...state, settings: { ...state.settings, policy: action.policy } };
    case "method":
      return { ...state, settings: { ...state.settings, method: action.method } };
    case "written": {
      const { name } = action.method;
      const losses = { ...state.settings.losses, [name]: action.loss };
      const values = action.values ? { ...state.settings.values, [name]: action.values } : state.settings.values;
      return { ...state, written: action.method, settings: { ...state.settings, method: name, losses, values } };
    }
    case "judge": {
      const { scenario, judges } = state.settings;
      return { ...state, settings: { ...state.settings, judges: { ...judges, [scenario]: action.judge } } };
    }
    case "judge-kind": {
      const { scenario, judgeKinds } = state.settings;
      // What another said is not shown as this one's.
      return { ...state, rollouts: [], settings: { ...state.settings, judgeKinds: { ...judgeKinds, [scenario]: action.kind } } };
    }
    case "answer": {
      const { id, preferred } = action;
      const { questions } = state.person;
      const answered = questions.find((question) => question.id === id);
      if (!answered) return state;
      const { prompt, first, second } = answered;
      // The Worker will say so in its time: the next question need not wait for that.
      const person = { questions: questions.filter((question) => question.id > id), answered: id };
      return { ...state, person, judgements: [...state.judgements, { prompt, first, second, preferred }], forgotten: [] };
    }
    case "forget":
      return { ...state, judgements: [], forgotten: state.judgements };
    case "recall":
      return { ...state, judgements: state.forgotten, forgotten: [] };
    case "guides": {
      const { scenario, guides } = state.settings;
      return { ...state, settings: { ...state.settings, guides: { ...guides, [scenario]: action.guides } } };
    }
    case "engine":
      return { ...state, settings: { ...state.settings, engine: action.engine } };
    case "speed":
      return { ...state, settings: { ...state.settings, speed: action.speed } };
    case "opening":
    case "restarting": {
      const { seed } = state.settings;
      const number = state.session.number + 1;
      const phase = action.type === "opening" ? "opening" : state.session.phase;
      const session = { ...state.session, number, phase, seed, running: false, step: 0, rate: 0 };
      const closeUp = { ...NO_CLOSE_UP, watched: state.closeUp.watched };
      return { ...state, session, ...NOTHING_MEASURED, problems: state.problems, history: History.empty(), time: noTime(), closeUp };
    }
    case "value": {
      const { method, values } = state.settings;
      const changed = { ...values, [method]: { ...values[method], [action.name]: action.value } };
      return { ...state, settings: { ...state.settings, values: changed } };
    }
    case "profile":
      return { ...state, profile: action.profile };
    case "seed":
      return { ...state, settings: { ...state.settings, seed: action.seed } };
    case "sampler":
      return {
        ...state,
        settings: { ...state.settings, sampler: { ...state.settings.sampler, ...action.change } },
      };
    case "select":
      return state.selected === action.id ? state : { ...state, selected: action.id, tokens: null };
    case "watch":
      return { ...state, closeUp: watch(state.closeUp, action.change) };
    case "event": {
      const { event } = action;
      if ("session" in event && event.session !== state.session.number) return state;
      const [time, closeUp] = [reduceTime(state.time, event, state), reduceCloseUp(state.closeUp, event)];
      return receive({ ...state, time, closeUp }, event);
    }
    case "notice": {
      const others = state.notices.filter((notice) => notice.key !== action.notice.key);
      return { ...state, notices: [...others, action.notice] };
    }
    case "dismiss":
      return { ...state, notices: state.notices.filter((notice) => notice.key !== action.key) };
    default: {
      const edited = reducePairs(state, action);
      if (edited === state) return state;
      return { ...state, ...edited, ...(edited.selected !== state.selected && { tokens: null }) };
    }
  }
}

/** @param {State} state @param {WorkerEvent} event @returns {State} */
function receive(state, event) {
  switch (event.type) {
    case "catalogue": {
      const names = [...event.catalogue.methods.map((method) => method.name), CUSTOM, SUM];
      const method = names.includes(state.settings.method) ? state.settings.method : names[0];
      return { ...state, catalogue: event.catalogue, settings: { ...state.settings, method } };
    }
    case "started":
      return { ...state, session: { ...state.session, phase: "ready", engine: event.engine, preparing: null } };
    case "engine":
      return { ...state, session: { ...state.session, engine: event.engine, preparing: null }, profile: null };
    case "preparing":
      return { ...state, session: { ...state.session, preparing: { done: event.done, all: event.all } } };
    case "measured": {
      if (event.steps.length === 0) return state;
      const session = { ...state.session, rate: event.rate, step: event.steps[event.steps.length - 1] };
      return { ...state, session, history: state.history.append(event), latest: rowOf(event) };
    }
    case "evaluated": {
      const row = rowOf(event);
      const evaluation = { step: event.steps[0], row };
      // Step 0 is measured by no update: the charts begin with its evaluation. Who looks back at it keeps what came after.
      const begins = evaluation.step === 0 && state.history.length <= 1;
      const history = begins ? History.empty().append(event) : state.history;
      return { ...state, evaluation, history, latest: { ...state.latest, ...measuredOnly(row) } };
    }
    case "progress":
      return { ...state, session: { ...state.session, running: event.running, step: event.step } };
    case "scores": {
      const present = new Set(state.pairs.map((pair) => pair.id));
      const scores = new Map([...state.scores].filter(([id]) => present.has(id)));
      for (const score of event.scores) scores.set(score.id, score);
      return { ...state, scores };
    }
    case "tokens":
      return event.id === state.selected ? { ...state, tokens: event } : state;
    case "rollouts":
      return { ...state, rollouts: event.rollouts };
    case "kept":
      return { ...state, kept: event };
    case "judge": {
      const { updates, learns } = event.report;
      return { ...state, judge: { updates, learns, history: History.empty().append(event.report) } };
    }
    case "strong":
      return { ...state, strong: event.name };
    case "questions": {
      const { answered } = state.person;
      const questions = event.questions.filter(({ id }) => id > answered);
      return { ...state, person: { questions, answered } };
    }
    case "samples":
      return { ...state, samples: event };
    case "problems": {
      /** @type {Map<number, PairProblem[]>} */
      const problems = new Map();
      for (const problem of event.problems) {
        problems.set(problem.id, [...(problems.get(problem.id) ?? []), problem]);
      }
      const scores = new Map([...state.scores].filter(([id]) => !problems.has(id)));
      const tokens = state.tokens && problems.has(state.tokens.id) ? null : state.tokens;
      return { ...state, problems, scores, tokens, heldOutUsable: event.heldOut };
    }
    case "alarm":
      return { ...state, alarm: event.text };
    case "failure": {
      const fatal = event.cause === "load" || event.cause === "open";
      const phase = fatal ? "failed" : state.session.phase;
      const session = { ...state.session, phase, running: fatal ? false : state.session.running };
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

/** @param {State} state @returns {Method | undefined} */
export function currentMethod(state) {
  const { method: name } = state.settings;
  if (isWritten(name)) return state.written?.name === name ? state.written : undefined;
  return state.catalogue?.methods.find((method) => method.name === name);
}

/** What the person has written for a method that wants it; else what that starts from. @param {State} state */
export function currentLoss({ settings, catalogue }, method = settings.method) {
  return firstLoss(catalogue, settings.losses, method);
}

/** The guides of the present scenario, as they were typed. @param {State} state */
export const currentGuides = ({ settings }) => settings.guides[settings.scenario] ?? "";

/** The guides in what was typed: a bar stands between two. @param {string} typed */
export const readGuides = (typed) => (typed.trim() === "" ? [] : typed.split("|").map((guide) => guide.trimStart()));

/** The rule that judges in the present scenario. @param {State} state */
export function currentJudge({ settings, scenarios }) {
  const header = scenarios.find(({ name }) => name === settings.scenario);
  return settings.judges[settings.scenario] ?? header?.judge ?? "shorter";
}

/** Who judges in the present scenario; nobody does where the method asks no judge. @param {State} state @returns {JudgeKind | undefined} */
export function currentJudgeKind(state) {
  const { scenario, judgeKinds } = state.settings;
  return currentMethod(state)?.needs.judge && (judgeKinds[scenario] ?? "rule");
}

/** Whether training has nothing to learn from before the person judges. @param {State} state */
export function awaitsPerson(state) {
  return currentJudgeKind(state) === "person" && state.judgements.length === 0;
}

/** Whether training has nobody to learn from before there is a stronger policy. @param {State} state */
export function awaitsStrong(state) {
  return currentJudgeKind(state) === "density ratio" && state.strong === null;
}

/** Whether a judge learns from the pairs meanwhile. @param {State} state */
export function judgeLearns(state) {
  return currentJudgeKind(state)?.startsWith("learned") ?? false;
}

/** What may be set for the current method: its own numbers first. @param {State} state @returns {Hyperparameter[]} */
export function hyperparameters(state) {
  const method = currentMethod(state);
  const sampling = method?.needs.draws ? (state.catalogue?.sampling ?? []) : [];
  return [...(method?.hyperparameters ?? []), ...sampling, ...(state.catalogue?.training ?? [])];
}

/** The current method's numbers. @param {State} state @returns {Record<string, number>} */
export function currentValues(state) {
  const own = state.settings.values[state.settings.method] ?? {};
  return Object.fromEntries(
    hyperparameters(state).map(({ name, default: initial, min, max }) => {
      const value = own[name];
      return [name, value >= min && value <= max ? value : initial];
    }),
  );
}
