// @ts-check
/** @import { Importer } from "../importer.js" */
import { element, find, setText } from "../dom.js";
import { isPolicy } from "../policies/dropped.js";
import { IMPORTS } from "../strings/imports.js";

/**
 * What brings preferences in: a dialog, files that are dropped, lines that are pasted.
 * @param {Importer} importer
 * @param {(data: DataTransfer) => void} bringPolicy is given what was dropped and is no preferences
 */
export function imports(importer, bringPolicy) {
  const file = find("import", HTMLInputElement);
  file.addEventListener("change", async () => {
    await importer.takeFiles([...(file.files ?? [])]);
    file.value = "";
  });
  const dialog = importDialog(importer, file);
  find("choose", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  asking(importer);
  dropping(importer, bringPolicy);
  document.addEventListener("paste", (event) => {
    if (takesText(event.target) || document.querySelector("dialog[open]")) return;
    const files = [...(event.clipboardData?.files ?? [])];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (files.length === 0 && text.trim() === "") return;
    event.preventDefault();
    if (files.length > 0) void importer.takeFiles(files);
    else void importer.takeText(text);
  });
  progress(importer);
}

/** @param {EventTarget | null} target */
function takesText(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** @param {Importer} importer @param {HTMLInputElement} file */
function importDialog(importer, file) {
  const choose = element("button", { type: "button", class: "primary" }, IMPORTS.choose);
  const pasted = element("textarea", { rows: "5", spellcheck: "false", autocomplete: "off" });
  const add = element("button", { type: "button", disabled: "" }, IMPORTS.add);
  const close = element("button", { type: "button" }, IMPORTS.close);
  const forms = IMPORTS.forms.map(([columns, meaning]) => element("div", {}, element("dt", {}, element("code", {}, columns)), element("dd", {}, meaning)));
  const dialog = element(
    "dialog",
    { id: "preferences-dialog", class: "dialog", "aria-labelledby": "preferences-title" },
    element("h2", { id: "preferences-title" }, IMPORTS.title),
    element("p", { class: "hint" }, IMPORTS.intro),
    element("p", {}, choose),
    element("label", { class: "pasted" }, IMPORTS.orPaste, pasted),
    element("details", {}, element("summary", {}, IMPORTS.formsTitle), element("dl", { class: "forms" }, ...forms), element("p", { class: "hint" }, IMPORTS.others)),
    element("div", { class: "toolbar" }, add, close),
  );
  document.body.append(dialog);
  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", () => dialog.close());
  pasted.addEventListener("input", () => (add.disabled = pasted.value.trim() === ""));
  add.addEventListener("click", async () => {
    dialog.close();
    // What could not be read can be mended here.
    if (!(await importer.takeText(pasted.value))) return;
    pasted.value = "";
    add.disabled = true;
  });
  close.addEventListener("click", () => dialog.close());
  return dialog;
}

/** Most files need no question, so what asks it is made with the first. @param {Importer} importer */
function asking(importer) {
  let made = false;
  importer.store.watch((state) => state.asking, async (asked) => {
    if (!asked || made) return;
    made = true;
    const module = await import("./mapping-dialog.js").catch(() => null);
    if (module) return module.mappingDialog(importer);
    made = false;
    asked.answer(null);
  });
}

/** @param {Importer} importer @param {(data: DataTransfer) => void} bringPolicy */
function dropping(importer, bringPolicy) {
  const section = find("pairs", HTMLElement);
  section.dataset.drop = IMPORTS.dropHere;
  const files = (/** @type {DragEvent} */ { dataTransfer }) => (dataTransfer?.types.includes("Files") ? dataTransfer : null);
  // A file that is dropped beside it would take the page's place.
  document.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    section.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) section.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    section.classList.remove("dropping");
    const data = files(event);
    if (!data) return;
    event.preventDefault();
    if (isPolicy(data)) bringPolicy(data);
    else if (data.files.length > 0) void importer.takeFiles([...data.files]);
  });
}

/** How far an import is, and a way out of it. @param {Importer} importer */
function progress(importer) {
  const place = find("import-progress", HTMLElement);
  const label = element("label", { for: "import-share" });
  const bar = element("progress", { id: "import-share", max: "1", value: "0" });
  const cancel = element("button", { type: "button" }, IMPORTS.cancel);
  place.append(label, bar, cancel);
  cancel.addEventListener("click", () => importer.cancel());
  importer.store.watch((state) => state.reading, (reading) => {
    place.hidden = reading === null;
    if (!reading) return;
    setText(label, IMPORTS.reading(reading.name));
    bar.value = reading.read;
  });
}
