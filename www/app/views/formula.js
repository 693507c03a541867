// @ts-check
/** @import { AppStore } from "../state.js" */
import { find, setText } from "../dom.js";
import { compact, fixed } from "../format.js";
import { selfTest } from "../self-test.js";
import { currentMethod, currentValues } from "../state.js";

/** The loss in MathML with the present numbers, and the self-test. @param {AppStore} store */
export function formula(store) {
  const target = find("formula", HTMLElement);
  /** @type {[string, Element][]} */
  let numbers = [];
  const show = () => {
    const { latest } = store.state();
    const values = currentValues(store.state());
    for (const [name, number] of numbers) {
      setText(number, name in values ? compact(values[name]) : fixed(latest?.[name], 3));
    }
  };
  store.watch(currentMethod, (method) => {
    target.replaceChildren();
    numbers = [];
    if (!method) return;
    const math = new DOMParser().parseFromString(method.formula, "application/xml").documentElement;
    target.append(document.importNode(math, true));
    numbers = [...target.querySelectorAll("[data-value]")].map((mn) => [mn.getAttribute("data-value") ?? "", mn]);
    target.title = `${method.summary} ${method.source}`;
  });
  store.watch((state) => state.latest, show);
  store.watch((state) => state.settings.values, show);
  store.watch((state) => state.catalogue, show);

  const test = find("self-test", HTMLElement);
  store.watch(
    (state) => state.evaluation,
    (evaluation, state) => {
      const result = selfTest(currentMethod(state)?.lossAtReference, evaluation);
      test.hidden = !result;
      if (result) setText(test, result.text);
      test.classList.toggle("problem", result?.passed === false);
    },
  );
}
