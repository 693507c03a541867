// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { Work } from "../projects/work.js" */
/** @import { Control } from "./fields.js" */
import { element, find, setText } from "../dom.js";
import { count } from "../format.js";
import { SHARE } from "../strings/share.js";
import { furnish } from "../views/dialog.js";
import { CONTROLS, MOST_NOTE, MOST_STEP, MOST_TITLE } from "./fields.js";
import { writeLink } from "./link.js";
import { check, linkBox } from "./link-box.js";
import { viewNow } from "./look.js";
import { edited, fieldsOf, sharedNow } from "./shared-now.js";

/** Makes a link of the page as it stands. @param {AppStore} store @param {Work} work */
export function shareDialog(store, { lesson }) {
  const dialog = find("share-dialog", HTMLDialogElement);
  const along = {
    pairs: check(SHARE.alongPairs),
    method: check(SHARE.alongMethod, true),
    judge: check(SHARE.alongJudge, true),
    sampling: check(SHARE.alongSampling, true),
    view: check(SHARE.alongView),
  };
  const pairsHint = element("p", { class: "hint" });
  const title = element("input", { type: "text", maxlength: String(MOST_TITLE), autocomplete: "off" });
  const note = element("textarea", { rows: "2", maxlength: String(MOST_NOTE) });
  const step = element("input", { type: "number", min: "1", max: String(MOST_STEP), step: "1", inputmode: "numeric" });
  const here = element("button", { type: "button" });
  const steering = new Map(CONTROLS.map((control) => [control, select(SHARE.controls[control])]));
  const teacher = element(
    "details",
    { class: "teacher" },
    element("summary", {}, SHARE.teacher),
    element("p", { class: "hint" }, SHARE.teacherHint),
    labelled(SHARE.title, title),
    labelled(SHARE.note, note),
    element("div", { class: "fields" }, labelled(SHARE.step, step), here),
    element("fieldset", { class: "steering" }, element("legend", {}, SHARE.steering), ...[...steering.values()].map(({ label }) => label)),
  );
  const made = linkBox(SHARE);
  furnish(
    dialog,
    element("p", { class: "hint" }, SHARE.intro),
    element("fieldset", { class: "along" }, element("legend", {}, SHARE.along), along.pairs.label, pairsHint, along.method.label, along.judge.label, along.sampling.label, along.view.label),
    teacher,
    made.box,
  );

  let turn = 0;
  async function make() {
    const own = ++turn;
    const state = store.state();
    /** @param {string} how @returns {Control[]} */
    const steered = (how) => CONTROLS.filter((control) => steering.get(control)?.input.value === how);
    const fragment = await writeLink(
      fieldsOf(
        sharedNow(state, {
          pairs: along.pairs.input.checked,
          method: along.method.input.checked,
          judge: along.judge.input.checked,
          sampling: along.sampling.input.checked,
          view: along.view.input.checked ? viewNow("#closer") : null,
          title: title.value,
          note: note.value,
          step: step.validity.valid && step.value !== "" ? step.valueAsNumber : null,
          hidden: steered("hidden"),
          locked: steered("locked"),
        }),
      ),
    );
    if (own !== turn) return;
    made.show(fragment);
  }

  dialog.addEventListener("input", make);
  here.addEventListener("click", () => {
    step.value = String(store.state().session.step);
    make();
  });
  if (lesson) {
    title.value = lesson.shared.title ?? "";
    note.value = lesson.shared.note ?? "";
  }

  return () => {
    const state = store.state();
    const changed = edited(state);
    along.pairs.input.checked = changed;
    setText(pairsHint, changed ? SHARE.pairsChanged(state.pairs.length) : SHARE.pairsOwn(state.pairs.length));
    here.hidden = state.session.step === 0;
    setText(here, SHARE.stepNow(count(state.session.step)));
    make();
    dialog.showModal();
    made.focus();
  };
}

/** @param {string} text */
function select(text) {
  const input = element("select", {}, ...Object.entries(SHARE.ways).map(([value, name]) => element("option", { value }, name)));
  return { input, label: labelled(text, input) };
}

/** @param {string} text @param {HTMLElement} field */
const labelled = (text, field) => element("label", {}, `${text} `, field);
