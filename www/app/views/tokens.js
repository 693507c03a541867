// @ts-check
/** @import { TokenStrip } from "../messages.js" */
/** @import { AppStore } from "../state.js" */
import { element, find } from "../dom.js";
import { fixed, signed, visible } from "../format.js";

/** A change of so many nats has the full colour. */
const FULL = 2;
const SHADES = 4;

/** The selected pair token by token. @param {AppStore} store */
export function tokens(store) {
  const target = find("tokens", HTMLElement);
  store.watch(
    (state) => state.tokens,
    (shown, { pairs }) => {
      const index = pairs.findIndex((pair) => pair.id === shown?.id);
      if (!shown || index < 0) {
        target.replaceChildren(element("p", {}, "Select a pair that the policy can read."));
        return;
      }
      target.replaceChildren(
        element("p", {}, `Pair ${index + 1}: log π of each token, below it the change against the reference; “end” is end-of-text.`),
        strip("Chosen ✓", "chosen", shown.chosen),
        strip("Rejected ✗", "rejected", shown.rejected),
      );
    },
  );
}

/** @param {string} title @param {string} kind @param {TokenStrip} scores */
function strip(title, kind, { texts, policy, reference }) {
  const items = texts.map((text, index) => {
    const change = policy[index] - reference[index];
    const shade = Math.min(SHADES, Math.round((Math.abs(change) / FULL) * SHADES));
    const sign = change < 0 ? "down" : "up";
    const name = index === texts.length - 1 ? "end" : visible(text);
    return element(
      "li",
      { class: `${sign}-${shade}` },
      element("b", {}, name),
      element("span", {}, fixed(policy[index])),
      element("span", {}, signed(change)),
    );
  });
  return element("div", { class: `strip ${kind}` }, element("h3", {}, title), element("ol", {}, ...items));
}
