// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { Work } from "../projects/work.js" */
/** @import { Control } from "./fields.js" */
import { appearance } from "../appearance.js";
import { element, find, setText } from "../dom.js";
import { count } from "../format.js";
import { SHARE } from "../strings/share.js";
import { furnish } from "../views/dialog.js";
import { CONTROLS, MOST_NOTE, MOST_STEP, MOST_TITLE } from "./fields.js";
import { MOST_CHARACTERS, writeLink } from "./link.js";
import { edited, fieldsOf, sharedNow } from "./shared-now.js";

/** Lengths in characters from which on programs are known to cut links. */
const LONG = 2000;
const VERY_LONG = 8000;

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
  const link = element("textarea", { rows: "3", readonly: "", spellcheck: "false", "aria-label": SHARE.link });
  const length = element("p", { class: "unit" });
  const warning = element("p", { class: "problem", role: "status" });
  const copied = element("p", { class: "unit", role: "status" });
  const copy = element("button", { type: "button", class: "primary" }, SHARE.copy);
  const tryIt = element("a", { target: "_blank", rel: "noopener", class: "button" }, SHARE.tryIt);
  furnish(
    dialog,
    element("p", { class: "hint" }, SHARE.intro),
    element("fieldset", { class: "along" }, element("legend", {}, SHARE.along), along.pairs.label, pairsHint, along.method.label, along.judge.label, along.sampling.label, along.view.label),
    teacher,
    element("div", { class: "made" }, link, element("div", { class: "toolbar" }, copy, tryIt, length), warning, copied),
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
          view: along.view.input.checked ? viewNow() : null,
          title: title.value,
          note: note.value,
          step: step.validity.valid && step.value !== "" ? step.valueAsNumber : null,
          hidden: steered("hidden"),
          locked: steered("locked"),
        }),
      ),
    );
    if (own !== turn) return;
    const address = `${location.origin}${location.pathname}#${fragment}`;
    link.value = tryIt.href = address;
    setText(length, SHARE.length(count(address.length)));
    const unopenable = fragment.length > MOST_CHARACTERS;
    setText(warning, unopenable ? SHARE.unopenable : address.length > VERY_LONG ? SHARE.veryLong : address.length > LONG ? SHARE.long : "");
    setText(copied, "");
    copy.disabled = unopenable;
  }

  dialog.addEventListener("input", make);
  here.addEventListener("click", () => {
    step.value = String(store.state().session.step);
    make();
  });
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.value);
      setText(copied, SHARE.copied);
    } catch {
      link.select();
      setText(copied, SHARE.copyYourself);
    }
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
    copy.focus();
  };
}

/** How the page looks now. */
function viewNow() {
  const tab = document.querySelector("#closer [aria-selected=true]")?.id.replace(/^tab-/, "");
  const { theme, projector } = appearance();
  return { ...(tab && { tab }), theme, projector };
}

/** @param {string} text @param {boolean} [on] */
function check(text, on = false) {
  const input = element("input", { type: "checkbox" });
  input.checked = on;
  return { input, label: element("label", { class: "choice" }, input, text) };
}

/** @param {string} text */
function select(text) {
  const input = element("select", {}, ...Object.entries(SHARE.ways).map(([value, name]) => element("option", { value }, name)));
  return { input, label: labelled(text, input) };
}

/** @param {string} text @param {HTMLElement} field */
const labelled = (text, field) => element("label", {}, `${text} `, field);
