// @ts-check
/** @import { AnyControl, LessonFields } from "./lesson-fields.js" */
import { element, find, setText } from "../dom.js";
import { count } from "../format.js";
import { SHARE } from "../strings/share.js";
import { steered } from "./lesson-fields.js";

/** @typedef {{ session: { phase: string, running: boolean, step: number } }} Runs */
/** @typedef {{ run(until: number): void, pause(): void }} Runner */

/**
 * What a link says, above the work that it brings.
 * @template {Runs} S
 * @param {{ watch: <T>(select: (state: S) => T, render: (value: T, state: S) => void) => void }} store
 * @param {Runner} app
 * @param {LessonFields<AnyControl>} lesson
 * @param {{ afresh?: () => void, hints?: string[] }} more what opens the link as it was sent, where that can be; what the page itself has to say
 */
export function lessonPanel(store, app, lesson, { afresh, hints = [] }) {
  const { title, note = "", step } = lesson;
  const panel = find("lesson", HTMLElement);
  const ways = element("div", { class: "toolbar" });
  if (afresh) ways.append(button(SHARE.afresh, { class: "quiet", title: SHARE.afreshHelp }, afresh));
  ways.append(button(SHARE.back, {}, leave));
  const names = steered(lesson).map((control) => SHARE.controls[control]);
  const said = [...hints, ...(names.length > 0 ? [SHARE.locked(names)] : [])];
  const lines = note.split(/\n+/).filter((line) => line.trim());
  panel.classList.add("card", "lesson");
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", SHARE.lessonTitle);
  panel.append(
    element("div", { class: "lesson-head" }, element("h2", {}, title || SHARE.lessonTitle), ways),
    element("div", { class: "lesson-note" }, ...lines.map((line) => element("p", {}, line))),
    ...(step ? [runTo(store, app, step)] : []),
    ...said.map((hint) => element("p", { class: "hint" }, hint)),
  );
  panel.hidden = false;
}

/** Back to what was open before the link, which was not touched. */
function leave() {
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}

/** @param {string} text @param {Record<string, string>} attributes @param {() => void} press */
function button(text, attributes, press) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", press);
  return made;
}

/**
 * A button that trains to the step at which the lesson begins: never by itself.
 * @template {Runs} S
 * @param {{ watch: <T>(select: (state: S) => T, render: (value: T, state: S) => void) => void }} store
 * @param {Runner} app
 * @param {number} target
 */
function runTo(store, app, target) {
  // From the press until the run rests: it begins a moment after it was asked for.
  let going = false;
  let begun = false;
  const hint = element("p", { class: "hint" }, SHARE.trainHint(count(target)));
  const go = button(SHARE.trainTo(count(target)), { class: "primary" }, () => {
    going = true;
    begun = false;
    app.run(target);
  });
  const stop = button(SHARE.stop, {}, () => app.pause());
  const bar = element("progress", { max: String(target), "aria-label": SHARE.trainTo(count(target)) });
  const said = element("span", { class: "unit" });
  const box = element("div", { class: "run-to" }, hint, go, bar, stop, said);
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
