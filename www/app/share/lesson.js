// @ts-check
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Work } from "../projects/work.js" */
/** @import { Lesson } from "./open-link.js" */
/** @import { Control } from "./fields.js" */
import { element, find, setText } from "../dom.js";
import { count } from "../format.js";
import { SHARE } from "../strings/share.js";
import { unknownToCore } from "./fields.js";
import { withhold } from "./locks.js";
import { look } from "./look.js";

/** What a link says, above the work that it brings. @param {AppStore} store @param {App} app @param {Work} work @param {Lesson} lesson */
export function lesson(store, app, work, { shared, problems, again }) {
  look(shared.view ?? {}, "#closer");
  withhold(shared);
  tellIgnored(store, shared, problems);

  const back = element("button", { type: "button" }, SHARE.back);
  back.addEventListener("click", leave);
  const afresh = element("button", { type: "button", class: "quiet", title: SHARE.afreshHelp }, SHARE.afresh);
  afresh.hidden = !again;
  afresh.addEventListener("click", () => {
    work.projects.remove(work.id);
    location.reload();
  });
  const note = element("div", { class: "lesson-note" });
  for (const line of (shared.note ?? "").split(/\n+/).filter((line) => line.trim())) note.append(element("p", {}, line));
  const steered = [...(shared.locked ?? []), ...(shared.hidden ?? [])];
  const panel = find("lesson", HTMLElement);
  panel.classList.add("card", "lesson");
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", SHARE.lessonTitle);
  panel.append(
    element("div", { class: "lesson-head" }, element("h2", {}, shared.title || SHARE.lessonTitle), element("div", { class: "toolbar" }, afresh, back)),
    note,
    ...(shared.step ? [runTo(store, app, shared.step)] : []),
    ...(again ? [element("p", { class: "hint" }, SHARE.again)] : []),
    ...(steered.length > 0 ? [element("p", { class: "hint" }, SHARE.locked(steered.map((control) => SHARE.controls[control])))] : []),
  );
  panel.hidden = false;
}

/** Back to what was open before the link, which was not touched. */
export function leave() {
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
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

/** A button that trains to the step at which the lesson begins: never by itself. @param {AppStore} store @param {App} app @param {number} target */
function runTo(store, app, target) {
  const hint = element("p", { class: "hint" }, SHARE.trainHint(count(target)));
  const go = element("button", { type: "button", class: "primary" }, SHARE.trainTo(count(target)));
  const stop = element("button", { type: "button" }, SHARE.stop);
  const bar = element("progress", { max: String(target), "aria-label": SHARE.trainTo(count(target)) });
  const said = element("span", { class: "unit" });
  const box = element("div", { class: "run-to" }, hint, go, bar, stop, said);
  // From the press until the run rests: it begins a moment after it was asked for.
  let going = false;
  let begun = false;
  go.addEventListener("click", () => {
    going = true;
    begun = false;
    app.run(target);
  });
  stop.addEventListener("click", () => app.pause());
  store.watch(
    (state) => state.session,
    ({ phase, running, step }) => {
      begun ||= running;
      if (begun && !running) going = false;
      const there = step >= target;
      box.hidden = there;
      const held = document.activeElement;
      hint.hidden = go.hidden = going;
      go.disabled = phase !== "ready" || running;
      bar.hidden = said.hidden = stop.hidden = !going;
      bar.value = Math.min(step, target);
      setText(said, SHARE.training(count(step), count(target)));
      // The keyboard stays where training can be steered.
      if (held === go && going) stop.focus();
      if ((held === stop && !going) || (held === go && there)) find("run", HTMLElement).focus();
    },
  );
  return box;
}
