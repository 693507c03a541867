// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { Work } from "../projects/work.js" */
import { element, find, setText } from "../dom.js";
import { SHARE } from "../strings/share.js";
import { furnish } from "../views/dialog.js";
import { CONTROLS } from "./fields.js";
import { lessonForm } from "./lesson-form.js";
import { writeLink } from "./link.js";
import { check, linkBox } from "./link-box.js";
import { viewNow } from "./look.js";
import { edited, fieldsOf, sharedNow } from "./shared-now.js";

/** Makes a link of the page as it stands. @param {AppStore} store @param {Work} work */
export function shareDialog(store, { lesson: opened }) {
  const dialog = find("share-dialog", HTMLDialogElement);
  const along = {
    pairs: check(SHARE.alongPairs),
    method: check(SHARE.alongMethod, true),
    judge: check(SHARE.alongJudge, true),
    sampling: check(SHARE.alongSampling, true),
    view: check(SHARE.alongView),
  };
  const pairsHint = element("p", { class: "hint" });
  const lesson = lessonForm(CONTROLS, opened?.shared ?? {});
  const made = linkBox(SHARE);
  furnish(
    dialog,
    element("p", { class: "hint" }, SHARE.intro),
    element("fieldset", { class: "along" }, element("legend", {}, SHARE.along), along.pairs.label, pairsHint, along.method.label, along.judge.label, along.sampling.label, along.view.label),
    lesson.box,
    made.box,
  );

  let turn = 0;
  async function make() {
    const own = ++turn;
    const state = store.state();
    const fragment = await writeLink(
      fieldsOf(
        sharedNow(state, {
          pairs: along.pairs.input.checked,
          method: along.method.input.checked,
          judge: along.judge.input.checked,
          sampling: along.sampling.input.checked,
          view: along.view.input.checked ? viewNow("#closer") : null,
          lesson: lesson.read(),
        }),
      ),
    );
    if (own !== turn) return;
    made.show(fragment);
  }

  dialog.addEventListener("input", make);

  return () => {
    const state = store.state();
    const changed = edited(state);
    along.pairs.input.checked = changed;
    setText(pairsHint, changed ? SHARE.pairsChanged(state.pairs.length) : SHARE.pairsOwn(state.pairs.length));
    lesson.offer(state.session.step);
    make();
    dialog.showModal();
    made.focus();
  };
}
