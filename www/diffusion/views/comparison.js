// @ts-check
/** @import { DiffusionApp } from "../app.js" */
/** @import { DiffusionStore } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { COMPARISON } from "../../app/strings/diffusion-pairs.js";
import { ANSWERS, answerKeys } from "../../app/views/answer-keys.js";
import { className, comparisonSentence } from "../words.js";
import { currentJudgeKind, currentOffer } from "../state.js";
import { thumbnail } from "./thumbnail.js";

/** Two samples of the policy that the person compares: to make a pair of them, or because the method asks. @param {DiffusionStore} store @param {DiffusionApp} app */
export function comparison(store, app) {
  const section = find("comparison", HTMLElement);
  const target = find("offer", HTMLElement);
  const keys = find("comparison-keys", HTMLInputElement);
  const end = find("comparison-end", HTMLButtonElement);
  const buttons = ANSWERS.map((preferred) => {
    const button = find(`prefer-${preferred}`, HTMLButtonElement);
    button.addEventListener("click", () => app.answer(preferred));
    return button;
  });
  answerKeys(() => !section.hidden && keys.checked, (preferred) => void app.answer(preferred));
  end.addEventListener("click", () => {
    app.putDown();
    find("compare", HTMLButtonElement).focus();
  });
  const open = () => {
    const state = store.state();
    const asked = currentJudgeKind(state) === "person";
    section.hidden = !asked && state.hand?.kind !== "pairs";
    end.hidden = asked;
  };
  store.watch(currentJudgeKind, open);
  store.watch((state) => state.hand, open);
  store.watch(currentOffer, (offer, state) => {
    for (const button of buttons) button.disabled = offer === null;
    if (!offer) return target.replaceChildren(element("p", { class: "hint" }, COMPARISON.drawing));
    const sides = /** @type {const} */ ([["first", "1"], ["second", "2"]]).map(([side, sign]) => {
      const card = element("button", { type: "button", class: "candidate", "aria-label": COMPARISON.choose(sign, side) });
      card.append(element("span", { "aria-hidden": "true" }, sign), thumbnail(offer[side], "plain", COMPARISON.sample(sign)));
      card.addEventListener("click", () => app.answer(side));
      return card;
    });
    target.replaceChildren(element("p", {}, COMPARISON.of(className(state, offer.class))), ...sides);
  });
  for (const part of /** @type {const} */ (["hand", "person", "pairs", "catalogue", "settings"])) {
    store.watch((state) => state[part], () => setText(find("comparison-status", HTMLElement), comparisonSentence(store.state())));
  }
}
