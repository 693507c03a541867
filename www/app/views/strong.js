// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { App } from "../app.js" */
import { find, setText } from "../dom.js";
import { currentJudgeKind } from "../state.js";
import { STRONG } from "../strings/judges.js";

/** The stronger policy by which a density ratio judges. @param {AppStore} store @param {App} app */
export function strong(store, app) {
  const keep = find("keep-strong", HTMLButtonElement);
  const [choose, file] = [find("choose-strong", HTMLButtonElement), find("open-strong", HTMLInputElement)];
  keep.addEventListener("click", () => app.keepAsStrong());
  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    const [chosen] = file.files ?? [];
    if (chosen) app.openStrong(chosen);
    file.value = "";
  });
  store.watch(({ session }) => session.phase === "ready" && session.step > 0, (trained) => (keep.disabled = !trained));
  store.watch(currentJudgeKind, (kind) => (find("strong", HTMLElement).hidden = kind !== "density ratio"));
  store.watch((state) => state.strong, (name) => {
    setText(find("strong-status", HTMLElement), name === null ? STRONG.none : STRONG.named(name));
  });
}
