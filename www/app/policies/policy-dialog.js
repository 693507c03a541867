// @ts-check
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Shelf } from "./shelf.js" */
import { element, find, setText } from "../dom.js";
import { POLICIES } from "../strings/policies.js";
import { furnish } from "../views/dialog.js";
import { isRead, isTold, MOST_MEGABYTES } from "./policy-folder.js";

/** A file that was chosen or dropped, and where it lay. @typedef {{ path: string, file: File }} Chosen */

/** Deeper folders than these are no policy's. */
const MOST_DEPTH = 3;

/** Brings a policy of one's own. @param {AppStore} store @param {App} app @param {Shelf} shelf */
export function policyDialog(store, app, shelf) {
  const dialog = find("policy-dialog", HTMLDialogElement);
  const folder = element("input", { type: "file", webkitdirectory: "", hidden: "", "aria-label": POLICIES.folder });
  const files = element("input", { type: "file", multiple: "", accept: ".json,.safetensors,.zip", hidden: "", "aria-label": POLICIES.files });
  const [chooseFolder, chooseFiles] = [button(POLICIES.folder), button(POLICIES.files)];
  const place = element("div", { class: "drop" }, element("div", { class: "toolbar" }, chooseFolder, chooseFiles), element("p", { class: "unit" }, POLICIES.drop), folder, files);
  const busy = element("progress", { "aria-label": POLICIES.checking });
  const said = element("p", { role: "status" });
  const problem = element("p", { class: "problem", role: "alert" });
  const list = element("ul", { class: "brought" });
  const yours = element("section", {}, element("h3", {}, POLICIES.yours), list);
  furnish(dialog, element("p", { class: "hint" }, POLICIES.intro(MOST_MEGABYTES)), place, busy, said, problem, yours);
  busy.hidden = true;

  /** @param {Chosen[]} chosen */
  async function bring(chosen) {
    setText(problem, "");
    busy.hidden = false;
    chooseFolder.disabled = chooseFiles.disabled = true;
    try {
      const read = [];
      for (const { path, file } of chosen.filter(({ path }) => isTold(path))) {
        if (isRead(path) && file.size > MOST_MEGABYTES * 2 ** 20) throw new Error(POLICIES.tooLarge(path, MOST_MEGABYTES));
        setText(said, POLICIES.reading(path));
        read.push({ path, bytes: isRead(path) ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array() });
      }
      setText(said, POLICIES.checking);
      // Without one file that matters, say what is missing of a policy.
      const { header, kept, parameters } = await shelf.add(read.length > 0 ? read : chosen.slice(0, 1).map(({ path }) => ({ path, bytes: new Uint8Array() })));
      await app.choosePolicy(header.name);
      setText(said, `${POLICIES.brought(header.title, parameters)}${kept ? "" : ` ${POLICIES.passing}`}`);
    } catch (error) {
      setText(said, "");
      setText(problem, error instanceof Error ? error.message : String(error));
    } finally {
      busy.hidden = true;
      chooseFolder.disabled = chooseFiles.disabled = false;
      show();
    }
  }

  function show() {
    const open = store.state().settings.policy;
    yours.hidden = shelf.headers.length === 0;
    list.replaceChildren(
      ...shelf.headers.map(({ name, title }) => {
        const forget = button(POLICIES.forget(title));
        forget.disabled = name === open;
        if (forget.disabled) forget.title = POLICIES.openOne;
        forget.addEventListener("click", async () => {
          await app.forgetPolicy(name);
          setText(said, POLICIES.forgotten(title));
          show();
        });
        return element("li", {}, title, " ", forget);
      }),
    );
  }

  chooseFolder.addEventListener("click", () => folder.click());
  chooseFiles.addEventListener("click", () => files.click());
  for (const input of [folder, files]) {
    input.addEventListener("change", () => {
      const chosen = [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
      input.value = "";
      if (chosen.length > 0) bring(chosen);
    });
  }
  for (const type of ["dragenter", "dragover"]) {
    dialog.addEventListener(type, (event) => {
      event.preventDefault();
      place.classList.add("over");
    });
  }
  dialog.addEventListener("dragleave", () => place.classList.remove("over"));
  dialog.addEventListener("drop", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    place.classList.remove("over");
    if (event.dataTransfer) bring(await dropped(event.dataTransfer));
  });

  return () => {
    setText(said, "");
    setText(problem, "");
    show();
    dialog.showModal();
    chooseFolder.focus();
  };
}

/** All files that were dropped, those in folders too. @param {DataTransfer} data @returns {Promise<Chosen[]>} */
async function dropped(data) {
  // The entries must be asked for before anything is awaited: then the list is gone.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return [...data.files].map((file) => ({ path: file.name, file }));
  return (await Promise.all(entries.map((entry) => filesIn(entry, 0)))).flat();
}

/** @param {FileSystemEntry} entry @param {number} depth @returns {Promise<Chosen[]>} */
async function filesIn(entry, depth) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  if (depth >= MOST_DEPTH) return [];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const inside = [];
  // A reader gives a part at a time, and nothing at the end.
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) break;
    inside.push(...part);
  }
  return (await Promise.all(inside.map((one) => filesIn(one, depth + 1)))).flat();
}

/** @param {string} text */
const button = (text) => element("button", { type: "button" }, text);
