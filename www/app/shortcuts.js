// @ts-check
/** Keys that do something wherever the focus is, in one list: what acts and what the panel shows are the same. */

/**
 * @typedef {object} Shortcut
 * @property {string} keys as they are shown: "N", ".", "Space", "Alt+S", "Ctrl+Z"
 * @property {string} what they do, as the panel says it
 * @property {"run" | "pairs" | "page"} group
 * @property {boolean} [inFields] whether they act while a person types; only with Alt or Ctrl
 * @property {(event: KeyboardEvent) => boolean | void} press false if there was nothing to do: the browser's own meaning stays
 */

/** @type {Shortcut[]} */
const known = [];

/** All there are, in the order in which they were added. @returns {readonly Shortcut[]} */
export const shortcuts = () => known;

/** @param {Shortcut} added */
export function shortcut(added) {
  known.push(added);
}

/** How the keys of an event are written in the list; Alt is told by the key's place, since it may change the letter. @param {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} event */
export function written({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  const letter = altKey && /^Key[A-Z]$/.test(code) ? code.slice(3) : key;
  const named = letter === " " ? "Space" : letter.length === 1 ? letter.toUpperCase() : letter;
  // With a sign, Shift is part of how it is typed.
  const shift = shiftKey && (named.length > 1 || /[A-Z]/.test(named));
  return [...(ctrlKey || metaKey ? ["Ctrl"] : []), ...(altKey ? ["Alt"] : []), ...(shift ? ["Shift"] : []), named].join("+");
}

/** Whether keys are for what has the focus: it is typed into, or the key presses it. @param {EventTarget | null} target @param {string} keys */
export function isTaken(target, keys) {
  if (!(target instanceof Element)) return false;
  if (target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true], dialog, [popover]")) return true;
  return keys === "Space" && target.closest("a, button, summary, input, [role=tab]") !== null;
}

/** Has the keys act. @param {() => boolean} enabled whether those without Ctrl or Alt do */
export function listen(enabled) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing) return;
    const keys = written(event);
    const found = known.find((shortcut) => shortcut.keys === keys);
    if (!found) return;
    if (!(/Ctrl|Alt/.test(keys) && found.inFields) && isTaken(event.target, keys)) return;
    if (!/Ctrl|Alt/.test(keys) && !enabled()) return;
    if (found.press(event) !== false) event.preventDefault();
  });
}
