// @ts-check
/** @import { EngineChoice, JudgeKind } from "../messages.js" */
/** @import { AppStore, State } from "../state.js" */
/** @import { App } from "../app.js" */
import { find, setText } from "../dom.js";
import { awaitsPerson, awaitsStrong, currentGuides, currentJudge, currentJudgeKind, currentMethod, currentValues, hyperparameters } from "../state.js";
import { statusSentence } from "../status.js";
import { JUDGE } from "../strings/judges.js";
import { STATUS } from "../strings/status.js";
import { isWritten } from "../written.js";
import { engineBadge } from "./engine-badge.js";
import { fill, methodGroups, numberField, ownLoss } from "./fields.js";
import { transport } from "./transport.js";

/** The numbers that are always in sight, beside the method's first ones; the others stand under "More". */
const IN_SIGHT = new Set(["learning_rate"]);
const OWN_IN_SIGHT = 2;
/** What is nothing until somebody asks for it. */
const LATER = "label_smoothing";

/** Pickers, numbers, transport and status. @param {AppStore} store @param {App} app */
export function controls(store, app) {
  const pickers = {
    policy: find("policy", HTMLSelectElement),
    scenario: find("scenario", HTMLSelectElement),
    method: find("method", HTMLSelectElement),
  };
  find("choices", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  pickers.policy.addEventListener("change", () => app.choosePolicy(pickers.policy.value));
  pickers.scenario.addEventListener("change", () => app.chooseScenario(pickers.scenario.value));
  pickers.method.addEventListener("change", () => app.chooseMethod(pickers.method.value));
  store.watch(
    (state) => state.policies,
    (policies, { settings }) => fill(pickers.policy, policies, settings.policy),
  );
  store.watch(
    (state) => state.settings.policy + "\n" + state.scenarios.length,
    (_, { scenarios, settings }) => {
      const own = scenarios.filter((scenario) => scenario.policy === settings.policy);
      // A policy that was brought has none of its own: any will do.
      fill(pickers.scenario, own.length > 0 ? own : scenarios, settings.scenario);
      pickers.policy.value = settings.policy;
    },
  );
  store.watch((state) => state.settings.scenario, (scenario) => (pickers.scenario.value = scenario));
  store.watch((state) => state.catalogue, (catalogue, { settings }) => {
    pickers.method.replaceChildren(...methodGroups(catalogue?.methods ?? []), ownLoss());
    pickers.method.value = settings.method;
  });
  store.watch((state) => state.settings.method, (method) => (pickers.method.value = method));
  judge(store, app);
  guides(store, app);

  const [inSight, more] = [find("numbers", HTMLElement), find("more-numbers", HTMLElement)];
  store.watch(currentMethod, (method, state) => {
    inSight.replaceChildren();
    more.replaceChildren();
    // All those of a loss of one's own: whoever names a number wants to see it.
    const own = method?.hyperparameters ?? [];
    const first = new Set(method && isWritten(method.name) ? own : own.filter(({ name }) => name !== LATER).slice(0, OWN_IN_SIGHT));
    for (const hyper of hyperparameters(state)) {
      const near = first.has(hyper) || IN_SIGHT.has(hyper.name);
      const field = numberField(hyper, {
        value: () => currentValues(store.state())[hyper.name],
        set: (value) => app.setValue(hyper.name, value),
        refuse: (text) => app.refuse(text),
      });
      (near ? inSight : more).append(field);
    }
  });

  const engine = find("engine-choice", HTMLSelectElement);
  engine.addEventListener("change", () => app.chooseEngine(/** @type {EngineChoice} */ (engine.value)));
  store.watch((state) => state.settings.engine, (choice) => (engine.value = choice));

  const seed = find("seed", HTMLInputElement);
  seed.addEventListener("change", () => {
    const value = seed.valueAsNumber;
    if (seed.validity.valid && Number.isInteger(value)) app.setSeed(value);
    else seed.value = String(store.state().settings.seed);
  });
  store.watch((state) => state.settings.seed, (value) => (seed.value = String(value)));

  const speed = find("speed", HTMLSelectElement);
  speed.addEventListener("change", () => app.setSpeed(Number(speed.value)));
  store.watch((state) => state.settings.speed, (value) => (speed.value = String(value)));

  transport(store, app);
  engineBadge(store);
  status(store);
}

/** Who compares or rewards the policy's own answers, where the method asks. @param {AppStore} store @param {App} app */
function judge(store, app) {
  const [label, input] = [find("judge-label", HTMLElement), find("judge", HTMLInputElement)];
  const [kindLabel, select] = [find("judge-kind-label", HTMLElement), find("judge-kind", HTMLSelectElement)];
  input.addEventListener("change", () => app.chooseJudge(input.value));
  select.addEventListener("change", () => app.chooseJudgeKind(/** @type {JudgeKind} */ (select.value)));
  store.watch(currentJudgeKind, (kind) => {
    kindLabel.hidden = kind === undefined;
    label.hidden = kind === undefined || kind === "person" || kind === "density ratio";
    if (kind) select.value = kind;
    // Beside a judge that learns, the rule is what is meant.
    setText(find("judge-name", HTMLElement), kind === "rule" ? JUDGE.rule : JUDGE.goldRule);
  });
  store.watch(currentJudge, (rule) => (input.value = rule));
}

/** What stands before the prompts while kept answers are drawn. @param {AppStore} store @param {App} app */
function guides(store, app) {
  const [label, input] = [find("guides-label", HTMLElement), find("guides", HTMLInputElement)];
  input.addEventListener("change", () => app.guide(input.value));
  store.watch(currentMethod, (method) => (label.hidden = !method?.needs.keeps));
  store.watch(currentGuides, (typed) => (input.value = typed));
}

/**
 * The region holds the step at all times; it is read aloud only when training rests, or nothing else
 * could be heard.
 * @param {AppStore} store
 */
function status(store) {
  const region = find("status", HTMLElement);
  const show = () => {
    const state = store.state();
    const waits = awaited(state);
    region.setAttribute("aria-live", state.session.running && !waits ? "off" : "polite");
    setText(region, statusSentence(state, waits));
  };
  store.watch((state) => state.session, show);
  store.watch((state) => state.evaluation, show);
  store.watch(awaited, show);
}

/** What the person must have done before a run can go on. @param {State} state */
function awaited(state) {
  if (awaitsPerson(state)) return STATUS.judged;
  return awaitsStrong(state) ? STATUS.stronger : null;
}
