// @ts-check
import { element, setText } from "../dom.js";
import { count } from "../format.js";
import { SHARE } from "../strings/share.js";
import { MOST_CHARACTERS } from "./link.js";

/** Lengths in characters from which on programs are known to cut links. */
const LONG = 2000;
export const VERY_LONG = 8000;

/** A link that was made, how long it is, and a button that copies it. @param {{ veryLong: string, unopenable: string }} words what is said of one that is too long */
export function linkBox({ veryLong, unopenable }) {
  const link = element("textarea", { rows: "3", readonly: "", spellcheck: "false", "aria-label": SHARE.link });
  const length = element("p", { class: "unit" });
  const warning = element("p", { class: "problem", role: "status" });
  const copied = element("p", { class: "unit", role: "status" });
  const copy = element("button", { type: "button", class: "primary" }, SHARE.copy);
  const tryIt = element("a", { target: "_blank", rel: "noopener", class: "button" }, SHARE.tryIt);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.value);
      setText(copied, SHARE.copied);
    } catch {
      link.select();
      setText(copied, SHARE.copyYourself);
    }
  });
  return {
    box: element("div", { class: "made" }, link, element("div", { class: "toolbar" }, copy, tryIt, length), warning, copied),
    /** @param {string} fragment */
    show(fragment) {
      const address = addressOf(fragment);
      link.value = tryIt.href = address;
      setText(length, SHARE.length(count(address.length)));
      const refused = fragment.length > MOST_CHARACTERS;
      setText(warning, refused ? unopenable : address.length > VERY_LONG ? veryLong : address.length > LONG ? SHARE.long : "");
      setText(copied, "");
      copy.disabled = refused;
    },
    focus: () => copy.focus(),
  };
}

/** This page's address with a link's fragment. @param {string} fragment */
export const addressOf = (fragment) => `${location.origin}${location.pathname}#${fragment}`;

/** Something that may go along. @param {string} text @param {boolean} [on] */
export function check(text, on = false) {
  const input = element("input", { type: "checkbox" });
  input.checked = on;
  return { input, label: element("label", { class: "choice" }, input, text) };
}
