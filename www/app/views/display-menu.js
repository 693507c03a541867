// @ts-check
import { appearance, changeAppearance, THEMES } from "../appearance.js";
import { element, setText } from "../dom.js";
import { DISPLAY } from "../strings/display.js";
import { menu } from "./menu.js";

/** How the page looks, on every page: theme, projector mode, calm motion, full screen. */
export function displayMenu() {
  const themes = THEMES.map((theme) => {
    const input = element("input", { type: "radio", name: "theme", value: theme });
    input.checked = appearance().theme === theme;
    input.addEventListener("change", () => changeAppearance({ theme }));
    return element("label", { class: "choice" }, input, DISPLAY.themes[theme]);
  });
  /** @param {"projector" | "calm"} name @param {string} label @param {string} help */
  const flag = (name, label, help) => {
    const input = element("input", { type: "checkbox", "aria-describedby": `${name}-help` });
    input.checked = appearance()[name];
    input.addEventListener("change", () => changeAppearance({ [name]: input.checked }));
    return element("div", {}, element("label", { class: "choice" }, input, label), element("p", { id: `${name}-help`, class: "hint" }, help));
  };
  menu(
    { name: DISPLAY.button, icon: "display", id: "display-menu" },
    element("fieldset", {}, element("legend", {}, DISPLAY.theme), ...themes),
    flag("projector", DISPLAY.projector, DISPLAY.projectorHelp),
    flag("calm", DISPLAY.calm, DISPLAY.calmHelp),
    ...fullScreen(),
  );
}

/** The button that fills the screen with the page, where the browser can. */
function fullScreen() {
  const button = element("button", { type: "button" }, DISPLAY.enter);
  const problem = element("p", { class: "problem", role: "status" });
  button.addEventListener("click", async () => {
    setText(problem, "");
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await document.documentElement.requestFullscreen();
    } catch {
      setText(problem, DISPLAY.refused);
    }
  });
  document.addEventListener("fullscreenchange", () => setText(button, document.fullscreenElement ? DISPLAY.leave : DISPLAY.enter));
  return [button, problem];
}
