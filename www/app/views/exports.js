// @ts-check
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
import { download, find } from "../dom.js";
import { fileName } from "../export/file-name.js";
import { EXPORT } from "../strings/export.js";
import { busy } from "./busy.js";

/** What can be taken along of a run. @param {AppStore} store @param {App} app */
export function exports(store, app) {
  find("metrics", HTMLButtonElement).addEventListener("click", () => {
    download("metrics.csv", store.state().history.toCsv(), "text/csv");
  });
  find("checkpoint", HTMLButtonElement).addEventListener("click", async () => {
    const bytes = await app.checkpoint();
    if (bytes) download("model.safetensors", bytes, "application/octet-stream");
  });
  for (const what of /** @type {const} */ (["policy", "trl"])) {
    const button = find(`export-${what}`, HTMLButtonElement);
    button.addEventListener("click", () =>
      busy(button, EXPORT.packing, async () => {
        const zip = await app.exportRun(what);
        const { policies, settings } = store.state();
        const title = policies.find(({ name }) => name === settings.policy)?.title ?? "";
        if (zip) download(fileName(EXPORT.fileName(what, title), "zip"), zip, "application/zip");
      }),
    );
  }
}
