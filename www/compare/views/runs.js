// @ts-check
/** @import { Hyperparameter } from "../../app/messages.js" */
/** @import { CompareApp } from "../app.js" */
/** @import { ChosenRun, CompareStore, State } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { count } from "../../app/format.js";
import { COMPARE } from "../../app/strings/compare.js";
import { TROUBLE } from "../../app/strings/trouble.js";
import { methodGroups, numberField, ownLoss } from "../../app/views/fields.js";
import { explainLosses, lossForm } from "../../app/views/loss-form.js";
import { CUSTOM, isWritten } from "../../app/written.js";
import { letter, MOST_RUNS } from "../runs.js";
import { currentStep, methodOf, ownNumbers, sharedValue, valuesOf } from "../state.js";
import { swatch } from "./swatch.js";

/** Numbers of a method's own that are always in sight. */
const IN_SIGHT = 3;

/** A card for each run. @param {CompareStore} store @param {CompareApp} app */
export function runs(store, app) {
  const list = find("runs", HTMLOListElement);
  const add = find("add", HTMLButtonElement);
  add.addEventListener("click", () => app.addRun());
  /** @type {Map<number, ReturnType<typeof card>>} */
  let cards = new Map();
  const show = () => {
    const state = store.state();
    const { runs } = state.settings;
    const next = new Map(runs.map(({ id }) => [id, cards.get(id) ?? card(id, store, app)]));
    for (const [id, { item }] of cards) if (!next.has(id)) item.remove();
    runs.forEach((run, place) => {
      const own = /** @type {ReturnType<typeof card>} */ (next.get(run.id));
      if (list.children[place] !== own.item) list.insertBefore(own.item, list.children[place] ?? null);
      own.update(run, state);
    });
    cards = next;
    find("loss-language", HTMLElement).hidden = !runs.some(({ method }) => method === CUSTOM);
    add.disabled = state.catalogue === null || runs.length >= MOST_RUNS;
    setText(find("full", HTMLElement), runs.length >= MOST_RUNS ? COMPARE.full : "");
  };
  store.watch(({ settings }) => settings.runs, show);
  store.watch(({ settings }) => settings.shared, show);
  store.watch(({ written }) => written, show);
  store.watch(({ catalogue }) => catalogue, (catalogue) => {
    explainLosses(find("loss-help", HTMLElement), catalogue);
    show();
  });
  store.watch(({ runs }) => runs, () => {
    const state = store.state();
    for (const run of state.settings.runs) cards.get(run.id)?.stand(run, state);
  });
}

/** @param {number} id @param {CompareStore} store @param {CompareApp} app */
function card(id, store, app) {
  const name = letter(id);
  const method = element("select", { "aria-label": COMPARE.method(name) });
  method.addEventListener("change", async () => {
    await app.setMethod(id, method.value);
    const run = store.state().settings.runs.find((run) => run.id === id);
    if (run) method.value = run.method;
  });
  const { form, field } = lossForm(COMPARE.loss(name), "loss-help", (loss) => app.writeLoss(id, loss));
  const remove = element("button", { type: "button", class: "remove", "aria-label": COMPARE.remove(name), title: COMPARE.remove(name) }, "✕");
  remove.addEventListener("click", () => {
    app.removeRun(id);
    find("add", HTMLButtonElement).focus();
  });
  const origin = element("p", { class: "standing" });
  const standing = element("p", { class: "standing" });
  const near = element("div", { class: "controls" });
  const far = element("div", { class: "controls" });
  const head = element("div", { class: "card-head" }, element("h3", {}, COMPARE.run(name)), swatch(id), remove);
  const more = element("details", {}, element("summary", {}, COMPARE.more(name)), far);
  const item = element("li", { class: `card run-${id}`, "aria-label": COMPARE.run(name) }, head, method, form, near, more, origin, standing);
  /** What the card was last built for. @type {unknown[]} */
  let built = [];
  return {
    item,
    /** @param {ChosenRun} run @param {State} state */
    update(run, state) {
      const { catalogue, settings } = state;
      if (catalogue && method.options.length === 0) method.append(...methodGroups(catalogue.methods), ownLoss());
      method.value = run.method;
      form.hidden = !isWritten(run.method);
      const present = [methodOf(state, run), settings.shared];
      if (present.some((part, index) => part !== built[index])) {
        built = present;
        field.value = run.loss;
        near.replaceChildren();
        far.replaceChildren();
        ownNumbers(state, run).forEach((hyper, place) => (place < IN_SIGHT ? near : far).append(own(id, hyper, store, app)));
        for (const hyper of catalogue?.training ?? []) far.append(override(id, hyper, store, app));
      }
      this.stand(run, state);
    },
    /** @param {ChosenRun} run @param {State} state */
    stand(run, state) {
      setText(standing, standingSentence(run, state));
      origin.hidden = run.from === null;
      if (!run.from) return;
      setText(origin, COMPARE.branches(letter(run.from.run), count(run.from.step), run.from.reference !== "same"));
    },
  };
}

/** @param {ChosenRun} run @param {State} state */
function standingSentence(run, state) {
  const known = state.runs.get(run.id);
  if (!known || state.session.phase !== "ready") return COMPARE.runOpening;
  if (known.stopped !== null) return COMPARE.stopped(known.stopped);
  if (known.step === null) return COMPARE.waits(run.from ? letter(run.from.run) : "", run.from?.step);
  const ahead = currentStep(state);
  // While they run, what was measured last may be an update apart.
  return known.step < ahead - 2 ? COMPARE.catchesUp(count(known.step), count(ahead)) : COMPARE.stands(count(known.step));
}

/** A number of the run's own. @param {number} id @param {Hyperparameter} hyper @param {CompareStore} store @param {CompareApp} app */
function own(id, hyper, store, app) {
  return numberField(hyper, {
    value: () => {
      const state = store.state();
      const run = state.settings.runs.find((run) => run.id === id);
      return run ? valuesOf(state, run)[hyper.name] : hyper.default;
    },
    set: (value) => app.setValue(id, hyper.name, value),
    refuse: (text) => app.refuse(text),
  });
}

/** A shared number that this run may have another value of. @param {number} id @param {Hyperparameter} hyper @param {CompareStore} store @param {CompareApp} app */
function override(id, hyper, store, app) {
  const { name, label, help, min, max } = hyper;
  const state = store.state();
  const placeholder = `${sharedValue(state, hyper)}`;
  const title = COMPARE.asAll(help);
  const input = element("input", { type: "number", min: `${min}`, max: `${max}`, step: "any", title, placeholder });
  const show = () => {
    const run = store.state().settings.runs.find((run) => run.id === id);
    input.value = run?.values[name] === undefined ? "" : String(run.values[name]);
  };
  input.addEventListener("change", () => {
    if (!input.validity.valid) app.refuse(TROUBLE.unfitNumber(label, min, max));
    else app.setValue(id, name, input.value === "" ? null : input.valueAsNumber);
    show();
  });
  show();
  return element("label", {}, `${label} `, input);
}
