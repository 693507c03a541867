// @ts-check
/** @import { AppStore } from "../state.js" */
import { element, setText } from "../dom.js";
import { drawFlips, flippable } from "../label-noise.js";
import { PAIRS } from "../strings/pairs.js";

/** Asks how many labels to flip, and flips them. @param {AppStore} store @param {(text: string) => void} say */
export function flipDialog(store, say) {
  const percent = element("input", { type: "number", min: "0", max: "100", step: "any", value: "10", inputmode: "decimal", required: "" });
  const seed = element("input", { type: "number", min: "0", max: "4294967295", step: "1", value: "1", inputmode: "numeric", required: "" });
  const told = element("p", { class: "unit", role: "status" });
  const flip = element("button", { class: "primary" }, PAIRS.flip);
  const close = element("button", { type: "button" }, PAIRS.close);
  const title = element("h2", { id: "flip-title" }, PAIRS.flipTitle);
  const form = element(
    "form",
    { novalidate: "" },
    element("p", { class: "hint" }, PAIRS.flipHelp),
    element("div", { class: "fields" }, element("label", {}, PAIRS.flipPercent, " ", percent), element("label", {}, PAIRS.flipSeed, " ", seed)),
    told,
    element("div", { class: "toolbar" }, flip, close),
  );
  const dialog = element("dialog", { class: "dialog flip-dialog", "aria-labelledby": "flip-title" }, title, form);
  document.body.append(dialog);
  close.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!percent.checkValidity() || !seed.checkValidity()) return setText(told, PAIRS.unfitFlip);
    const { pairs } = store.state();
    const ids = drawFlips(pairs, percent.valueAsNumber, seed.valueAsNumber);
    store.dispatch({ type: "flip", ids });
    const text = PAIRS.flipped(ids.length, pairs.filter(flippable).length, percent.valueAsNumber, seed.valueAsNumber);
    setText(told, text);
    say(text);
  });
  return {
    open() {
      setText(told, "");
      dialog.showModal();
      percent.select();
    },
  };
}
