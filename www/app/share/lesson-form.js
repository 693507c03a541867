// @ts-check
/** @import { AnyControl, LessonFields } from "./lesson-fields.js" */
import { element, setText } from "../dom.js";
import { count } from "../format.js";
import { SHARE } from "../strings/share.js";
import { MOST_NOTE, MOST_STEP, MOST_TITLE } from "./lesson-fields.js";

/**
 * Where a teacher says, in the dialog that makes a link, how it opens.
 * @template {AnyControl} C
 * @param {readonly C[]} controls of the page
 * @param {LessonFields<C>} opened what the link said that the page itself was opened with
 */
export function lessonForm(controls, opened) {
  const title = element("input", { type: "text", maxlength: String(MOST_TITLE), autocomplete: "off" });
  const note = element("textarea", { rows: "2", maxlength: String(MOST_NOTE) });
  const step = element("input", { type: "number", min: "1", max: String(MOST_STEP), step: "1", inputmode: "numeric" });
  const here = element("button", { type: "button" });
  const steering = new Map(controls.map((control) => [control, select(SHARE.controls[control])]));
  const box = element(
    "details",
    { class: "teacher" },
    element("summary", {}, SHARE.teacher),
    element("p", { class: "hint" }, SHARE.teacherHint),
    labelled(SHARE.title, title),
    labelled(SHARE.note, note),
    element("div", { class: "fields" }, labelled(SHARE.step, step), here),
    element("fieldset", { class: "steering" }, element("legend", {}, SHARE.steering), ...[...steering.values()].map(({ label }) => label)),
  );
  title.value = opened.title ?? "";
  note.value = opened.note ?? "";
  let now = 0;
  here.addEventListener("click", () => {
    step.value = String(now);
    // As if it had been typed: the dialog makes its link anew.
    step.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return {
    box,
    /** Offers the step at which the page stands. @param {number} present */
    offer(present) {
      now = present;
      here.hidden = now === 0;
      setText(here, SHARE.stepNow(count(now)));
    },
    /** What was said so far. @returns {LessonFields<C>} */
    read() {
      const [called, told] = [title.value.trim(), note.value.trim()];
      const are = (/** @type {string} */ way) => controls.filter((control) => steering.get(control)?.input.value === way);
      const [hidden, locked] = [are("hidden"), are("locked")];
      return {
        ...(called && { title: called }),
        ...(told && { note: told }),
        ...(step.validity.valid && step.value !== "" && { step: step.valueAsNumber }),
        ...(hidden.length > 0 && { hidden }),
        ...(locked.length > 0 && { locked }),
      };
    },
  };
}

/** @param {string} text */
function select(text) {
  const input = element("select", {}, ...Object.entries(SHARE.ways).map(([value, name]) => element("option", { value }, name)));
  return { input, label: labelled(text, input) };
}

/** @param {string} text @param {HTMLElement} field */
const labelled = (text, field) => element("label", {}, `${text} `, field);
