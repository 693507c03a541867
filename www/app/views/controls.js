// @ts-check
/** @import { EngineChoice, Hyperparameter, JudgeKind, Method } from "../messages.js" */
/** @import { AppStore } from "../state.js" */
/** @import { App } from "../app.js" */
import { element, find, setText } from "../dom.js";
import { count, fixed } from "../format.js";
import { nextRung } from "../ladder.js";
import { CUSTOM, awaitsPerson, currentJudge, currentJudgeKind, currentMethod, currentValues, hyperparameters } from "../state.js";
import { engineSentence, statusSentence } from "../status.js";

/** The numbers that are always in sight, beside the method's first ones; the others stand under "More". */
const IN_SIGHT = new Set(["learning_rate", "batch_size"]);
const OWN_IN_SIGHT = 3;

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
      fill(pickers.scenario, own, settings.scenario);
      pickers.policy.value = settings.policy;
    },
  );
  store.watch((state) => state.settings.scenario, (scenario) => (pickers.scenario.value = scenario));
  store.watch((state) => state.catalogue, (catalogue, { settings }) => {
    pickers.method.replaceChildren(...methodGroups(catalogue?.methods ?? []));
    pickers.method.value = settings.method;
  });
  store.watch((state) => state.settings.method, (method) => (pickers.method.value = method));
  judge(store, app);

  const [inSight, more] = [find("numbers", HTMLElement), find("more-numbers", HTMLElement)];
  store.watch(currentMethod, (method, state) => {
    inSight.replaceChildren();
    more.replaceChildren();
    const first = new Set(method?.hyperparameters.slice(0, OWN_IN_SIGHT));
    for (const hyper of hyperparameters(state)) {
      const near = first.has(hyper) || IN_SIGHT.has(hyper.name);
      (near ? inSight : more).append(spin(hyper, store, app));
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

  const run = find("run", HTMLButtonElement);
  const pause = find("pause", HTMLButtonElement);
  const step = find("step", HTMLButtonElement);
  const reset = find("reset", HTMLButtonElement);
  run.addEventListener("click", () => app.run());
  pause.addEventListener("click", () => app.pause());
  step.addEventListener("click", () => app.step());
  reset.addEventListener("click", () => app.reset());
  store.watch(
    (state) => `${state.session.phase} ${state.session.running}`,
    (_, { session }) => {
      const ready = session.phase === "ready";
      const held = document.activeElement;
      run.disabled = !ready || session.running;
      pause.disabled = !ready || !session.running;
      step.disabled = reset.disabled = !ready;
      // The keyboard stays where training can be steered.
      if (held === run && run.disabled && ready) pause.focus();
      if (held === pause && pause.disabled && ready) run.focus();
    },
  );

  store.watch((state) => state.session, (session) => setText(find("engine", HTMLElement), engineSentence(session)));
  const stepNumber = find("step-number", HTMLElement);
  const rate = find("rate", HTMLElement);
  store.watch(
    (state) => state.session,
    ({ step, running, rate: updates }) => {
      setText(stepNumber, count(step));
      setText(rate, running && updates > 0 ? `${fixed(updates, 0)} updates/s` : "");
    },
  );
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
    label.hidden = kind === undefined || kind === "person";
    if (kind) select.value = kind;
    // Beside a judge that learns, the rule is what is meant.
    setText(find("judge-name", HTMLElement), kind === "rule" ? "Rule" : "Gold rule");
  });
  store.watch(currentJudge, (rule) => (input.value = rule));
}

/** The methods by what they learn from. @param {Method[]} methods */
function methodGroups(methods) {
  /** @type {[string, (needs: Method["needs"]) => boolean][]} */
  const groups = [
    ["From preference pairs", ({ chosen, rejected }) => chosen && rejected],
    ["From chosen answers alone", ({ chosen, rejected }) => chosen && !rejected],
    ["From rejected answers alone", ({ chosen, rejected }) => !chosen && rejected],
    ["From its own answers, compared by a judge", ({ judge }) => judge === "preferences"],
    ["From its own answers, rewarded by a judge", ({ judge }) => judge === "rewards"],
  ];
  const options = groups.map(([label, fits]) => {
    const own = methods.filter(({ needs }) => fits(needs));
    return element("optgroup", { label }, ...own.map(({ name, title }) => element("option", { value: name }, title)));
  });
  const own = element("option", { value: CUSTOM }, "A loss of your own");
  return [...options, element("optgroup", { label: "Written by you" }, own)];
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
    const waits = awaitsPerson(state);
    region.setAttribute("aria-live", state.session.running && !waits ? "off" : "polite");
    setText(region, statusSentence(state, waits));
  };
  store.watch((state) => state.session, show);
  store.watch((state) => state.evaluation, show);
  store.watch(awaitsPerson, show);
}

/**
 * @param {HTMLSelectElement} select
 * @param {{ name: string, title: string }[]} items
 * @param {string} chosen
 */
function fill(select, items, chosen) {
  select.replaceChildren(...items.map(({ name, title }) => element("option", { value: name }, title)));
  select.value = chosen;
}

/** @param {Hyperparameter} hyper @param {AppStore} store @param {App} app */
function spin(hyper, store, app) {
  const { name, label, help, min, max } = hyper;
  const value = () => currentValues(store.state())[name];
  const input = element("input", { type: "number", min: String(min), max: String(max), step: "any", title: help });
  const show = () => (input.value = String(value()));
  input.addEventListener("change", () => {
    if (input.value !== "" && input.validity.valid) app.setValue(name, input.valueAsNumber);
    else app.refuse(`${label} must lie between ${min} and ${max}: the old value stays.`);
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    app.setValue(name, nextRung(hyper, value(), event.key === "ArrowUp" ? 1 : -1));
    show();
  });
  show();
  return element("label", {}, `${label} `, input);
}
