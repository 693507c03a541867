// @ts-check
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Work } from "../projects/work.js" */
/** @import { Lesson } from "./open-link.js" */
import { SHARE } from "../strings/share.js";
import { unknownToCore } from "./fields.js";
import { lessonPanel } from "./lesson-panel.js";
import { lockControls } from "./locks.js";
import { look } from "./look.js";

/** What a link says, above the work that it brings. @param {AppStore} store @param {App} app @param {Work} work @param {Lesson} lesson */
export function lesson(store, app, work, { shared, problems, again }) {
  look(shared.view ?? {}, "#closer");
  lockControls(shared);
  tellIgnored(store, shared, problems);
  const afresh = () => {
    work.projects.remove(work.id);
    location.reload();
  };
  lessonPanel(store, app, shared, again ? { afresh, hints: [SHARE.again] } : {});
}

/** One notice on all that was ignored, once the core has said what it knows. @param {AppStore} store @param {import("./fields.js").Shared} shared @param {string[]} problems */
function tellIgnored(store, shared, problems) {
  let told = false;
  store.watch((state) => state.catalogue, (catalogue) => {
    if (!catalogue || told) return;
    told = true;
    const all = [...problems, ...unknownToCore(shared, catalogue)];
    // Not while the store tells of the catalogue: the notice has to come after it.
    if (all.length > 0) queueMicrotask(() => store.dispatch({ type: "notice", notice: { key: "link", kind: "note", text: SHARE.ignored(all) } }));
  });
}
