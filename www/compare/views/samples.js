// @ts-check
/** @import { CompareApp } from "../app.js" */
/** @import { CompareStore } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { COMPARE } from "../../app/strings/compare.js";
import { titleOf } from "../state.js";
import { swatch } from "./swatch.js";

/** Completions of one prompt by all runs, side by side. @param {CompareStore} store @param {CompareApp} app */
export function samples(store, app) {
  const prompt = find("sample-prompt", HTMLInputElement);
  find("sampler", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  prompt.addEventListener("input", () => app.sampleWith({ prompt: prompt.value }));
  const fields = /** @type {const} */ ([["temperature", "temperature"], ["sample-seed", "seed"]]);
  for (const [id, name] of fields) {
    const input = find(id, HTMLInputElement);
    input.addEventListener("change", () => {
      if (input.value !== "" && input.validity.valid) app.sampleWith({ [name]: input.valueAsNumber });
      else input.value = String(store.state().settings.sampler[name]);
    });
    store.watch(({ settings }) => settings.sampler[name], (value) => (input.value = String(value)));
  }
  store.watch(({ settings }) => settings.sampler.prompt, (text) => {
    if (prompt.value !== text) prompt.value = text;
  });
  const show = () => {
    const state = store.state();
    const { samples: drawn, settings, policies } = state;
    const problem = find("sample-problem", HTMLElement);
    problem.hidden = !drawn?.problem;
    setText(problem, drawn?.problem ?? "");
    const columns = (drawn?.runs ?? []).flatMap(({ id, texts }) => {
      const run = settings.runs.find((run) => run.id === id);
      return run ? [{ id, texts, title: titleOf(state, run) }] : [];
    });
    const heads = columns.map(({ id, title }) => element("th", { scope: "col" }, swatch(id), ` ${title}`));
    find("sample-heads", HTMLElement).replaceChildren(element("th", { scope: "col" }, COMPARE.reference), ...heads);
    const { separator = "" } = policies.find(({ name }) => name === settings.policy) ?? {};
    // An answer stands by itself; what goes on in the middle of a word does not.
    const beginning = separator === "" ? (drawn?.prompt ?? "") : "";
    const cell = (/** @type {string} */ text) => element("td", {}, element("span", { class: "prompt" }, beginning), text);
    const count = columns[0]?.texts.length ?? 0;
    const rows = Array.from({ length: count }, (_, row) =>
      element("tr", {}, cell(drawn?.reference[row] ?? ""), ...columns.map(({ texts }) => cell(texts[row] ?? ""))),
    );
    find("samples", HTMLTableSectionElement).replaceChildren(...rows);
  };
  store.watch(({ samples }) => samples, show);
  store.watch(({ settings }) => settings.runs, show);
}
