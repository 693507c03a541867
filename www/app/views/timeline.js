// @ts-check
/** @import { AppStore, State } from "../state.js" */
/** @import { App } from "../app.js" */
import { element, find, setText } from "../dom.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { shortcut } from "../shortcuts.js";
import { TIME_WORDS as WORDS } from "../strings/time.js";
import { looksBack, nearestStep, neighbour, newestStep } from "../time-state.js";

/** Recorded steps that PageUp and PageDown go. */
const PAGE = 5;

/** The steps that the policy can be seen at again. @param {AppStore} store @param {App} app */
export function timeline(store, app) {
  const slider = element("input", { type: "range", min: "0", max: "0", value: "0", step: "1", "aria-label": WORDS.slider, title: WORDS.hint });
  const marks = element("div", { class: "marks", "aria-hidden": "true" });
  const select = element("select", { "aria-label": WORDS.go });
  const said = element("p", { class: "hint", role: "status", "aria-label": WORDS.name });
  /** @type {(content: (Node | string)[], name: string, press: () => void) => HTMLButtonElement} */
  const button = (content, name, press) => {
    const made = element("button", { type: "button", "aria-label": name, title: name }, ...content);
    made.addEventListener("click", press);
    return made;
  };
  const back = button([icon("back")], WORDS.back, () => app.lookAlong(-1));
  shortcut({ keys: ",", what: WORDS.back, group: "run", press: () => back.click() });
  const forward = button([icon("forward")], WORDS.forward, () => app.lookAlong(1));
  const newest = button([icon("newest")], WORDS.goNewest, () => app.lookAt(newestStep(store.state())));
  const proceed = button([icon("run"), WORDS.proceed], WORDS.proceed, () => app.run());
  proceed.className = "primary";
  find("timeline", HTMLElement).append(
    element("div", { class: "time", role: "group", "aria-label": WORDS.name }, element("span", { class: "unit", "aria-hidden": "true", title: WORDS.hint }, WORDS.short), back, element("div", { class: "track" }, slider, marks), forward, newest, select),
    element("div", { class: "looking" }, said, proceed),
  );

  /** Where the hand holds the slider, until the Worker has come there. @type {number | null} */
  let held = null;
  let dragging = false;
  const go = (/** @type {number | undefined} */ step) => {
    if (step === undefined || step === (held ?? store.state().session.step)) return;
    held = step;
    app.lookAt(step);
    show();
  };
  slider.addEventListener("pointerdown", () => (dragging = true));
  for (const end of ["pointerup", "pointercancel"]) slider.addEventListener(end, () => ((dragging = false), show()));
  slider.addEventListener("input", () => {
    const state = store.state();
    const [{ recorded }, value, from] = [state.time, slider.valueAsNumber, held ?? state.session.step];
    if (recorded.length === 0) return;
    const near = nearestStep(recorded, value);
    // A reader's smallest movement must lead to another step as well.
    go(near === from && !dragging && value !== from ? neighbour(recorded, from, value > from ? 1 : -1) : near);
  });
  slider.addEventListener("keydown", (event) => {
    const state = store.state();
    const { recorded } = state.time;
    const from = held ?? state.session.step;
    /** @type {(direction: 1 | -1, times: number) => number | undefined} */
    const along = (direction, times) => {
      let step = from;
      for (let time = 0; time < times; time++) step = neighbour(recorded, step, direction) ?? step;
      return step;
    };
    /** @type {Record<string, () => number | undefined>} */
    const keys = {
      ArrowLeft: () => along(-1, 1),
      ArrowDown: () => along(-1, 1),
      ArrowRight: () => along(1, 1),
      ArrowUp: () => along(1, 1),
      PageDown: () => along(-1, PAGE),
      PageUp: () => along(1, PAGE),
      Home: () => recorded[0],
      End: () => newestStep(state),
    };
    if (!(event.key in keys) || recorded.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    go(keys[event.key]());
  });
  select.addEventListener("change", () => go(Number(select.value)));

  function show() {
    const state = store.state();
    const { session, time } = state;
    const ready = session.phase === "ready" && time.recorded.length > 0;
    const last = newestStep(state);
    const at = held ?? session.step;
    const earlier = looksBack(state);
    slider.disabled = select.disabled = !ready || last === 0;
    slider.max = String(Math.max(last, 1));
    if (!dragging) slider.value = String(at);
    slider.setAttribute("aria-valuetext", at < last ? WORDS.at(at, last) : WORDS.newest(at));
    back.disabled = !ready || neighbour(time.recorded, at, -1) === undefined;
    forward.disabled = newest.disabled = !ready || !earlier;
    keepFocus(slider, [back, forward, newest]);
    setText(said, earlier ? WORDS.lookingBack(session.step, last) : "");
    proceed.hidden = !earlier;
  }
  const showRecorded = () => {
    const { recorded } = store.state().time;
    const last = Math.max(newestStep(store.state()), 1);
    marks.replaceChildren(
      ...recorded.map((step) => {
        const mark = element("span");
        mark.style.setProperty("--at", String(step / last));
        return mark;
      }),
    );
    // An open list must not change under the hand.
    if (document.activeElement !== select) fillSteps();
  };
  const fillSteps = () => {
    const { time, session } = store.state();
    const steps = [...new Set([...time.recorded, session.step])].sort((one, other) => one - other);
    const values = steps.map(String);
    if (values.join() !== [...select.options].map(({ value }) => value).join()) {
      select.replaceChildren(...steps.map((step) => element("option", { value: String(step) }, count(step))));
    }
    select.value = String(session.step);
  };
  select.addEventListener("focus", fillSteps);

  store.watch(position, () => {
    const { session, time } = store.state();
    if (held === session.step || session.running || !time.recorded.includes(held ?? -1)) held = null;
    show();
    showRecorded();
  });
}

/** What the axis shows of the state. @param {State} state */
function position({ session, time }) {
  return `${session.number} ${session.phase} ${session.running} ${session.step} ${time.recorded.join()}`;
}

/** Where a button that has the focus can no longer be pressed, something beside it has the focus. @param {HTMLElement} heir @param {HTMLButtonElement[]} buttons */
function keepFocus(heir, buttons) {
  if (buttons.some((button) => button.disabled && button === document.activeElement)) heir.focus();
}
