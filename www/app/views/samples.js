// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { App } from "../app.js" */
import { element, find, setText } from "../dom.js";

/** Completions of one prompt by policy and reference. @param {AppStore} store @param {App} app */
export function samples(store, app) {
  const prompt = find("sample-prompt", HTMLInputElement);
  const temperature = find("temperature", HTMLInputElement);
  const seed = find("sample-seed", HTMLInputElement);
  find("sampler", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  prompt.addEventListener("input", () => app.sampleWith({ prompt: prompt.value }));
  for (const [input, name] of /** @type {const} */ ([[temperature, "temperature"], [seed, "seed"]])) {
    input.addEventListener("change", () => {
      if (input.value !== "" && input.validity.valid) app.sampleWith({ [name]: input.valueAsNumber });
      else input.value = String(store.state().settings.sampler[name]);
    });
  }
  store.watch(
    (state) => state.settings.sampler,
    (sampler) => {
      if (prompt.value !== sampler.prompt) prompt.value = sampler.prompt;
      temperature.value = String(sampler.temperature);
      seed.value = String(sampler.seed);
    },
  );
  const body = find("samples", HTMLTableSectionElement);
  const problem = find("sample-problem", HTMLElement);
  store.watch(
    (state) => state.samples,
    (drawn) => {
      problem.hidden = !drawn?.problem;
      setText(problem, drawn?.problem ?? "");
      const { policies, settings } = store.state();
      const { separator = "" } = policies.find(({ name }) => name === settings.policy) ?? {};
      /** @type {(text: string) => HTMLElement} */
      const cell = (text) =>
        element("td", {}, element("span", { class: "prompt" }, `${drawn?.prompt ?? ""}${separator}`), text);
      const lines = (drawn?.policy ?? []).map((text, index) =>
        element("tr", {}, cell(text), cell(drawn?.reference[index] ?? "")),
      );
      body.replaceChildren(...lines);
    },
  );
}
