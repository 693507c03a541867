// @ts-check
/** @import { LessonFields } from "../../app/share/lesson-fields.js" */
/** @import { DiffusionStore, State } from "../state.js" */
/** @import { Control } from "./fields.js" */
import { element, find, setText } from "../../app/dom.js";
import { count } from "../../app/format.js";
import { lessonForm } from "../../app/share/lesson-form.js";
import { VERY_LONG, addressOf, check, linkBox } from "../../app/share/link-box.js";
import { writeLink } from "../../app/share/link.js";
import { viewNow } from "../../app/share/look.js";
import { SHARE_SAMPLES } from "../../app/strings/diffusion-share.js";
import { SHARE } from "../../app/strings/share.js";
import { furnish } from "../../app/views/dialog.js";
import { OWN_SHAPE } from "../scenarios.js";
import { CONTROLS, TABS, fieldsOf } from "./fields.js";
import { changedPairs, sharedNow } from "./shared-now.js";

/** Makes a link of the page as it stands. @param {DiffusionStore} store @param {LessonFields<Control>} opened what the link said that the page was opened with */
export function shareDialog(store, opened) {
  const dialog = find("share-dialog", HTMLDialogElement);
  const [pairs, view] = [check(SHARE.alongPairs), check(SHARE_SAMPLES.view)];
  const pairsHint = element("p", { class: "hint", role: "status" });
  const stays = element("div", {});
  const lesson = lessonForm(CONTROLS, opened);
  const made = linkBox(SHARE_SAMPLES.long);
  furnish(
    dialog,
    element("p", { class: "hint" }, SHARE.intro),
    element("p", { class: "hint" }, SHARE_SAMPLES.carried),
    element("fieldset", { class: "along" }, element("legend", {}, SHARE.along), pairs.label, pairsHint, view.label),
    stays,
    lesson.box,
    made.box,
  );

  let turn = 0;
  async function make() {
    const own = ++turn;
    const state = store.state();
    const rest = { view: view.input.checked ? viewNow(TABS) : null, lesson: lesson.read() };
    const link = (/** @type {boolean} */ along) => writeLink(fieldsOf(sharedNow(state, { pairs: along, ...rest })));
    const whole = await link(pairs.input.checked);
    const { length } = addressOf(whole);
    const changed = changedPairs(state) !== null;
    const tooMuch = changed && pairs.input.checked && length > VERY_LONG;
    const fragment = tooMuch ? await link(false) : whole;
    if (own !== turn) return;
    const all = state.pairs.length;
    setText(pairsHint, tooMuch ? SHARE_SAMPLES.pairsStay(all, count(length)) : changed ? SHARE_SAMPLES.pairsChanged(all) : SHARE_SAMPLES.pairsOwn(all));
    made.show(fragment);
  }
  dialog.addEventListener("input", make);

  return () => {
    const state = store.state();
    const changed = changedPairs(state) !== null;
    pairs.input.checked = changed;
    pairs.input.disabled = !changed;
    stays.replaceChildren(...notes(state).map((note) => element("p", { class: "hint" }, note)));
    lesson.offer(state.session.step);
    make();
    dialog.showModal();
    made.focus();
  };
}

/** What does not go along, in sentences. @param {State} state */
function notes({ settings, branch, kept }) {
  return [
    ...(settings.scenario === OWN_SHAPE ? [SHARE_SAMPLES.shape] : []),
    ...(branch ? [SHARE_SAMPLES.branch] : []),
    ...(kept.length > 0 ? [SHARE_SAMPLES.kept] : []),
  ];
}
