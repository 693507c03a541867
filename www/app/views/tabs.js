// @ts-check
/** Tabs as the ARIA practices have them: the arrow keys go from one to the next, only the chosen one is in Tab's way. */

const STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1 });

/**
 * Makes a list of tabs work: the tab that is `aria-selected` shows the panel that it controls.
 * @param {HTMLElement} list its tabs' `aria-controls` name their panels
 * @param {(tab: HTMLElement) => void} [opened] is told which tab was opened
 * @returns {{ open: (id: string) => void }} opens a tab by its id, without moving the focus
 */
export function tabs(list, opened = () => {}) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  /** @param {HTMLElement} chosen */
  const open = (chosen) => {
    for (const tab of all) {
      const selected = tab === chosen;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !selected;
    }
    opened(chosen);
  };
  for (const tab of all) tab.addEventListener("click", () => open(tab));
  list.addEventListener("keydown", (event) => {
    const shown = all.filter((tab) => !tab.hidden);
    const place = shown.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const target =
      event.key === "Home" ? shown[0]
      : event.key === "End" ? shown[shown.length - 1]
      : event.key in STEPS ? shown[(place + STEPS[event.key] + shown.length) % shown.length]
      : undefined;
    if (!target || place < 0) return;
    event.preventDefault();
    open(target);
    target.focus();
  });
  open(all.find((tab) => tab.getAttribute("aria-selected") === "true") ?? all[0]);
  return { open: (id) => open(all.find((tab) => tab.id === id) ?? all[0]) };
}
