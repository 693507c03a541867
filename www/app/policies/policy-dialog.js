// @ts-check
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Chosen } from "./dropped.js" */
/** @import { Shelf } from "./shelf.js" */
import { element, find, setText } from "../dom.js";
import { sentence } from "../sentence.js";
import { POLICIES } from "../strings/policies.js";
import { furnish } from "../views/dialog.js";
import { dropped } from "./dropped.js";
import { isRead, isTold, MOST_MEGABYTES } from "./policy-folder.js";

/** Brings a policy of one's own; what it gives opens the dialog, for files that are there already or to choose some. @param {AppStore} store @param {App} app @param {Shelf} shelf */
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
      setText(problem, sentence(error));
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

  return (/** @type {Chosen[]} */ chosen = []) => {
    setText(said, "");
    setText(problem, "");
    show();
    dialog.showModal();
    chooseFolder.focus();
    if (chosen.length > 0) bring(chosen);
  };
}

/** @param {string} text */
const button = (text) => element("button", { type: "button" }, text);
