// @ts-check
/** @import { EngineChoice } from "../../app/messages.js" */
/** @import { DiffusionApp } from "../app.js" */
/** @import { JudgeKind } from "../messages.js" */
/** @import { DiffusionStore } from "../state.js" */
import { find, setText } from "../../app/dom.js";
import { LOSSES } from "../../app/strings/losses.js";
import { engineBadge } from "../../app/views/engine-badge.js";
import { fill, methodGroups, valueField } from "../../app/views/fields.js";
import { math } from "../../app/views/math.js";
import { transport } from "../../app/views/transport.js";
import { PICTURE_RULES } from "../rules.js";
import { OWN_SHAPE, POLICIES, SCENARIOS } from "../scenarios.js";
import { currentJudgeKind, currentMethod, currentRule, currentScenario, currentValues, drawsPoints, hyperparameters, methodName } from "../state.js";
import { statusSentence } from "../words.js";

/** The numbers that are always in sight, beside the method's first ones; the others stand under "More". */
const IN_SIGHT = new Set(["learning_rate", "batch_size"]);
const OWN_IN_SIGHT = 1;

/** Pickers, numbers, transport, status and the loss. @param {DiffusionStore} store @param {DiffusionApp} app */
export function controls(store, app) {
  const pick = (/** @type {string} */ id) => find(id, HTMLSelectElement);
  const [scenario, method, speed, engine, judge, rule] = ["scenario", "method", "speed", "engine-choice", "judge-kind", "picture-rule"].map(pick);
  find("choices", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  scenario.addEventListener("change", () => app.chooseScenario(scenario.value));
  method.addEventListener("change", () => app.chooseMethod(method.value));
  speed.addEventListener("change", () => app.setSpeed(Number(speed.value)));
  engine.addEventListener("change", () => app.chooseEngine(/** @type {EngineChoice} */ (engine.value)));
  judge.addEventListener("change", () => app.chooseJudge(/** @type {JudgeKind} */ (judge.value)));
  rule.addEventListener("change", () => app.chooseRule(rule.value));
  store.watch((state) => state.own !== null, (drawn, { settings }) => {
    const groups = POLICIES.filter(({ name }) => name !== OWN_SHAPE || drawn).map(({ name, title }) => {
      const group = document.createElement("optgroup");
      group.label = title;
      const own = SCENARIOS.filter(({ policy }) => policy === name);
      group.append(...own.map((one) => new Option(one.title, one.name)));
      return group;
    });
    scenario.replaceChildren(...groups);
    scenario.value = settings.scenario;
  });
  fill(rule, PICTURE_RULES, PICTURE_RULES[0].name);
  store.watch((state) => state.settings.scenario, (name) => (scenario.value = name));
  store.watch(currentScenario, ({ description }) => setText(find("description", HTMLElement), description));
  store.watch((state) => state.catalogue, (catalogue, state) => {
    method.replaceChildren(...methodGroups(catalogue?.methods ?? []));
    method.value = methodName(state);
  });
  store.watch(methodName, (name) => (method.value = name));
  store.watch((state) => state.settings.speed, (value) => (speed.value = String(value)));
  store.watch((state) => state.settings.engine, (value) => (engine.value = value));
  store.watch(currentJudgeKind, (kind) => {
    find("judge-label", HTMLElement).hidden = kind === undefined;
    if (kind) judge.value = kind;
  });
  store.watch(drawsPoints, (points) => (find("picture-rule-label", HTMLElement).hidden = points !== false));
  store.watch(currentRule, (text) => (rule.value = text));

  const [inSight, more] = [find("numbers", HTMLElement), find("more-numbers", HTMLElement)];
  // Each scenario has numbers of its own.
  store.watch(
    (state) => currentMethod(state) && `${state.settings.scenario} ${methodName(state)}`,
    (_, state) => {
      inSight.replaceChildren();
      more.replaceChildren();
      const first = new Set(currentMethod(state)?.hyperparameters.slice(0, OWN_IN_SIGHT));
      for (const hyper of hyperparameters(state)) {
        const near = first.has(hyper) || IN_SIGHT.has(hyper.name);
        const field = valueField(hyper, {
          value: () => currentValues(store.state())[hyper.name],
          set: (value) => app.setValue(hyper.name, value),
          refuse: (text) => app.refuse(text),
        });
        (near ? inSight : more).append(field);
      }
    },
  );

  const seed = find("seed", HTMLInputElement);
  seed.addEventListener("change", () => {
    const value = seed.valueAsNumber;
    if (seed.validity.valid && Number.isInteger(value)) app.setSeed(value);
    else seed.value = String(store.state().settings.seed);
  });
  store.watch((state) => state.settings.seed, (value) => (seed.value = String(value)));

  const formula = find("formula", HTMLElement);
  store.watch(currentMethod, (chosen) => {
    formula.replaceChildren(...(chosen ? [math(chosen.name)] : []));
    setText(find("method-summary", HTMLElement), chosen ? LOSSES.summary(chosen.summary, chosen.source) : "");
  });

  transport(store, app);
  engineBadge(store);
  const region = find("status", HTMLElement);
  const show = () => {
    const state = store.state();
    const waits = state.session.running && currentJudgeKind(state) === "person";
    region.setAttribute("aria-live", state.session.running && !waits ? "off" : "polite");
    setText(region, statusSentence(state));
  };
  for (const part of /** @type {const} */ (["session", "evaluation", "person"])) store.watch((state) => state[part], show);
}
