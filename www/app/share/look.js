// @ts-check
/** @import { SharedView } from "./readers.js" */
import { appearance, changeAppearance, THEMES } from "../appearance.js";

/** How the page looks now. @param {string} list selects the tabs of which one is open @returns {SharedView} */
export function viewNow(list) {
  const tab = document.querySelector(`${list} [aria-selected=true]`)?.id.replace(/^tab-/, "");
  const { theme, projector } = appearance();
  return { ...(tab && { tab }), theme, projector };
}

/** The page is to look as a link says. @param {SharedView} view @param {string} list selects the tabs of which one is to be open */
export function look({ tab, theme, projector }, list) {
  const known = THEMES.find((one) => one === theme);
  if (known || projector !== undefined) changeAppearance({ ...(known && { theme: known }), ...(projector !== undefined && { projector }) });
  const button = tab && document.getElementById(`tab-${tab}`);
  if (button instanceof HTMLElement && button.closest(list)) whenShown(button, () => button.click());
}

/** Some tabs show themselves when the policy is known. @param {HTMLElement} target @param {() => void} action */
function whenShown(target, action) {
  if (!target.hidden) return action();
  const watcher = new MutationObserver(() => {
    if (target.hidden) return;
    watcher.disconnect();
    action();
  });
  watcher.observe(target, { attributes: true, attributeFilter: ["hidden"] });
}
