// @ts-check
/** @import { GameApp } from "../app.js" */
/** @import { GameStore } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { GAMES } from "../../app/strings/games.js";
import { fill, methodGroups, numberField } from "../../app/views/fields.js";
import { math } from "../../app/views/math.js";
import { transport } from "../../app/views/transport.js";
import { currentEnd, currentMethod, currentScenario, currentValues, hyperparameters } from "../state.js";
import { statusSentence } from "../status.js";

/** The numbers that are always in sight, beside the method's first ones; the others stand under "More". */
const OWN_IN_SIGHT = 3;

/** Pickers, numbers, transport, status, the loss and where it leads. @param {GameStore} store @param {GameApp} app */
export function controls(store, app) {
  const pick = (/** @type {string} */ id) => find(id, HTMLSelectElement);
  const [scenario, prompt, method, speed] = ["scenario", "prompt", "method", "speed"].map(pick);
  find("choices", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  scenario.addEventListener("change", () => app.chooseScenario(scenario.value));
  prompt.addEventListener("change", () => app.showPrompt(Number(prompt.value)));
  method.addEventListener("change", () => app.chooseMethod(method.value));
  speed.addEventListener("change", () => app.setSpeed(Number(speed.value)));
  store.watch((state) => state.scenarios, (scenarios, { settings }) => fill(scenario, scenarios, settings.scenario));
  store.watch(
    (state) => currentScenario(state)?.name,
    (_, state) => {
      const prompts = currentScenario(state)?.prompts ?? [];
      fill(prompt, prompts.map(({ text }, index) => ({ name: String(index), title: text })), String(state.settings.prompt));
      find("prompt-label", HTMLElement).hidden = prompts.length < 2;
      setText(find("description", HTMLElement), currentScenario(state)?.description ?? "");
    },
  );
  store.watch((state) => state.catalogue, (catalogue, { settings }) => {
    method.replaceChildren(...methodGroups(catalogue?.methods ?? []));
    method.value = settings.method;
  });
  store.watch((state) => state.settings.speed, (value) => (speed.value = String(value)));

  const [inSight, more] = [find("numbers", HTMLElement), find("more-numbers", HTMLElement)];
  store.watch(currentMethod, (method, state) => {
    inSight.replaceChildren();
    more.replaceChildren();
    const own = method?.hyperparameters.length ?? 0;
    hyperparameters(state).forEach((hyper, index) => {
      const near = (index < own && index < OWN_IN_SIGHT) || hyper.name === "learning_rate";
      const field = numberField(hyper, {
        value: () => currentValues(store.state())[hyper.name],
        set: (value) => app.setValue(hyper.name, value),
        refuse: (text) => app.refuse(text),
      });
      (near ? inSight : more).append(field);
    });
  });

  const seed = find("seed", HTMLInputElement);
  seed.addEventListener("change", () => {
    const value = seed.valueAsNumber;
    if (seed.validity.valid && Number.isInteger(value)) app.setSeed(value);
    else seed.value = String(store.state().settings.seed);
  });
  store.watch((state) => state.settings.seed, (value) => (seed.value = String(value)));

  const [exact, drawn] = [find("exact", HTMLInputElement), find("drawn", HTMLInputElement)];
  exact.addEventListener("change", () => app.setExact(exact.checked));
  drawn.addEventListener("change", () => app.setLabels(drawn.checked));
  store.watch((state) => state.settings, (settings) => {
    exact.checked = settings.exact;
    drawn.checked = settings.drawn;
  });
  // Only what draws can be exact about it, and only comparisons have a winner to draw.
  store.watch(currentMethod, (method) => {
    find("exact-label", HTMLElement).hidden = !method?.needs.draws;
    find("drawn-label", HTMLElement).hidden = method?.needs.judge !== "preferences";
  });

  const formula = find("formula", HTMLElement);
  store.watch(currentMethod, (method) => {
    formula.replaceChildren(...(method ? [math(method.name)] : []));
  });
  const end = find("end", HTMLElement);
  store.watch(
    (state) => currentEnd(state).text,
    (text) => end.replaceChildren(element("strong", {}, GAMES.leads), text),
  );

  transport(store, app);
  const region = find("status", HTMLElement);
  const show = () => {
    const state = store.state();
    region.setAttribute("aria-live", state.session.running ? "off" : "polite");
    setText(region, statusSentence(state));
  };
  store.watch((state) => state.session, show);
  store.watch((state) => state.reports, show);
}
