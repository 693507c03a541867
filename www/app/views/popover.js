// @ts-check

/**
 * Has a popover stand beside the button that opened it: below it, or above where there is no room. Escape, a click
 * elsewhere and a second click on the button close it, as the browser has it.
 * @param {HTMLElement} panel
 * @param {() => HTMLElement} button the one that has just opened it
 */
export function standBeside(panel, button) {
  // Until it has its place, it is not to be seen anywhere else.
  panel.addEventListener("beforetoggle", () => (panel.style.visibility = "hidden"));
  panel.addEventListener("toggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    button().setAttribute("aria-expanded", String(open));
    if (!open) return;
    const at = button().getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = panel;
    const below = at.bottom + 4 + height <= innerHeight;
    panel.style.margin = "0";
    panel.style.inset = "auto";
    panel.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    panel.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - height)}px`;
    panel.style.visibility = "visible";
    /** @type {HTMLElement | null} */ (panel.querySelector("button:not(:disabled, [hidden]), input"))?.focus();
  });
}

/** The arrow keys go from one of a panel's buttons to the next. @param {HTMLElement} panel */
export function withArrows(panel) {
  panel.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !(event.target instanceof HTMLButtonElement)) return;
    const all = /** @type {HTMLElement[]} */ ([...panel.querySelectorAll("button:not(:disabled, [hidden])")]);
    event.preventDefault();
    all[(all.indexOf(event.target) + step + all.length) % all.length]?.focus();
  });
}
