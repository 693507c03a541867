// @ts-check
/** @import { CompareApp } from "../app.js" */
/** @import { CompareStore } from "../state.js" */
import { element, find } from "../../app/dom.js";
import { count } from "../../app/format.js";
import { COMPARE } from "../../app/strings/compare.js";
import { methodGroups, ownLoss } from "../../app/views/fields.js";
import { lossField } from "../../app/views/loss-form.js";
import { isWritten } from "../../app/written.js";
import { MOST_RUNS } from "../runs.js";
import { lossOf, titleOf } from "../state.js";

/** A new run from a recorded step of another. @param {CompareStore} store @param {CompareApp} app */
export function branching(store, app) {
  const [run, step] = [find("branch-run", HTMLSelectElement), find("branch-step", HTMLSelectElement)];
  const [method, reference] = [find("branch-method", HTMLSelectElement), find("branch-reference", HTMLInputElement)];
  const { label, field } = lossField(COMPARE.branchLoss, "loss-help");
  const button = find("branch", HTMLButtonElement);
  button.before(label);
  const show = () => {
    const state = store.state();
    const runs = state.settings.runs.map((run) => ({ value: `${run.id}`, text: titleOf(state, run) }));
    offer(run, runs);
    const steps = state.runs.get(Number(run.value))?.recorded ?? [];
    offer(step, steps.map((step) => ({ value: `${step}`, text: count(step) })));
    button.disabled = state.session.phase !== "ready" || steps.length === 0 || runs.length >= MOST_RUNS;
  };
  const showLoss = () => {
    label.hidden = !isWritten(method.value);
    field.value = lossOf(store.state(), method.value);
  };
  run.addEventListener("change", show);
  method.addEventListener("change", showLoss);
  store.watch(({ catalogue }) => catalogue, (catalogue) => {
    method.replaceChildren(...methodGroups(catalogue?.methods ?? []), ownLoss());
    method.value = "kto";
    show();
    showLoss();
  });
  store.watch(({ settings }) => settings.runs, show);
  store.watch(({ session }) => session.phase, show);
  store.watch(({ runs }) => [...runs.values()].map(({ recorded }) => recorded.join()).join(";"), show);
  find("branch-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const from = { run: Number(run.value), step: Number(step.value) };
    app.branch({ ...from, reference: reference.checked ? "same" : "snapshot" }, method.value, isWritten(method.value) ? field.value : "");
  });
}

/**
 * Shows other choices, and keeps the one that is made where it can.
 * @param {HTMLSelectElement} select
 * @param {{ value: string, text: string }[]} choices
 */
function offer(select, choices) {
  const key = JSON.stringify(choices);
  if (select.dataset.choices === key) return;
  select.dataset.choices = key;
  const chosen = select.value;
  select.replaceChildren(...choices.map(({ value, text }) => element("option", { value }, text)));
  if (choices.some(({ value }) => value === chosen)) select.value = chosen;
}
