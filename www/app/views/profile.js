// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { App } from "../app.js" */
import { element, find, setText } from "../dom.js";
import { compact, fixed } from "../format.js";
import { PROFILE } from "../strings/profile.js";

/** Parts that take less of the time than this are not worth a line. */
const LEAST_SHARE = 0.002;

/** Where the time of an update goes, as a table whose first column is a bar chart. @param {AppStore} store @param {App} app */
export function profile(store, app) {
  const button = find("profile-measure", HTMLButtonElement);
  const summary = find("profile-summary", HTMLElement);
  const table = find("profile-table", HTMLTableElement);
  const body = find("profile-parts", HTMLTableSectionElement);
  button.addEventListener("click", async () => {
    button.disabled = true;
    await app.profile();
    button.disabled = store.state().session.phase !== "ready";
  });
  store.watch(
    (state) => state.session.phase,
    (phase) => {
      button.disabled = phase !== "ready";
    },
  );
  store.watch(
    (state) => state.profile,
    (measured) => {
      table.hidden = measured === null;
      if (!measured) {
        setText(summary, "");
        body.replaceChildren();
        return;
      }
      const { milliseconds, megabytes, dispatches, matmulCeiling, parts } = measured;
      const gpu = store.state().session.engine.startsWith("GPU");
      setText(summary, PROFILE.summary({ milliseconds: compact(milliseconds), dispatches, gpu, megabytes: compact(megabytes), ceiling: compact(matmulCeiling) }));
      const shown = parts.filter((part) => part.milliseconds > LEAST_SHARE * milliseconds);
      const rows = shown.map((part) => {
        const share = part.milliseconds / milliseconds;
        const bar = element("td", { class: "bar" }, `${fixed(100 * share, 1)} %`);
        bar.style.setProperty("--share", String(part.milliseconds / shown[0].milliseconds));
        const cells = [compact(part.milliseconds), String(part.count), compact(part.megabytes), compact(part.gflops)];
        const name = element("th", { scope: "row" }, part.name);
        return element("tr", {}, name, bar, ...cells.map((text) => element("td", { class: "number" }, text)));
      });
      body.replaceChildren(...rows);
    },
  );
}
