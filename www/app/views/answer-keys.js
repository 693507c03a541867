// @ts-check
/** @import { Preferred } from "../messages.js" */

/** @type {Record<string, Preferred>} */
const KEYS = { 1: "first", 2: "second", "=": "neither" };

/** What a person may say of two answers. */
export const ANSWERS = Object.values(KEYS);

/** Answers by the keys 1, 2 and =, while they do. @param {() => boolean} enabled @param {(preferred: Preferred) => void} answer */
export function answerKeys(enabled, answer) {
  document.addEventListener("keydown", (event) => {
    const preferred = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
    if (!preferred || !enabled()) return;
    // A key that is held would judge what nobody has seen.
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return;
    event.preventDefault();
    answer(preferred);
  });
}

/** Whether what is typed goes into a field. @param {EventTarget | null} target */
function types(target) {
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
