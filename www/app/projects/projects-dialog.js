// @ts-check
/** @import { Project, Removed } from "./projects.js" */
/** @import { Work } from "./work.js" */
import { download, element, find, setText } from "../dom.js";
import { fileName } from "../export/file-name.js";
import { sentence } from "../sentence.js";
import { isShared } from "../share/is-shared.js";
import { PROJECTS } from "../strings/projects.js";
import { furnish } from "../views/dialog.js";
import { fromFile, toFile } from "./project-file.js";
import { OWN } from "./projects.js";

/** The list of projects, and what can be done with each. @param {Work} work */
export function projectsDialog({ projects, id: present }) {
  const dialog = find("projects-dialog", HTMLDialogElement);
  const name = element("input", { type: "text", maxlength: "80", autocomplete: "off" });
  const save = element("form", { class: "fields" }, element("label", {}, `${PROJECTS.copyLabel} `, name), element("button", { class: "primary" }, PROJECTS.save));
  const fresh = button(PROJECTS.fresh);
  const choose = button(PROJECTS.importFile);
  const file = element("input", { type: "file", accept: ".json", hidden: "", "aria-label": PROJECTS.importFile });
  const rows = element("tbody");
  const head = Object.values(PROJECTS.columns).map((title) => element("th", { scope: "col" }, title));
  const table = element("table", { "aria-label": PROJECTS.table, class: "projects" }, element("thead", {}, element("tr", {}, ...head)), rows);
  const said = element("span", { role: "status" });
  const undo = button(PROJECTS.undo);
  const problem = element("p", { class: "problem", role: "alert" });
  furnish(
    dialog,
    element("p", { class: "hint" }, PROJECTS.intro),
    save,
    element("div", { class: "scroll", role: "region", "aria-label": PROJECTS.table, tabindex: "0" }, table),
    element("div", { class: "toolbar" }, fresh, choose, file),
    element("p", { class: "toolbar said" }, said, undo),
    problem,
  );
  /** @type {Removed | null} */
  let removed = null;

  /** Does something that may fail with a sentence, then shows the list as it is. @param {() => string | void} action gives what to say */
  function act(action) {
    setText(problem, "");
    setText(said, "");
    undo.hidden = true;
    try {
      setText(said, action() ?? "");
    } catch (error) {
      setText(problem, sentence(error));
    }
    show();
  }

  /** @param {string} id */
  function open(id) {
    act(() => {
      projects.open = id;
      // A link in the address would open again.
      if (isShared(location.hash)) history.replaceState(null, "", location.pathname + location.search);
      location.reload();
    });
  }

  function show() {
    const own = { id: OWN, name: PROJECTS.own, changed: 0, size: projects.size(OWN) };
    rows.replaceChildren(...[own, ...projects.list()].map(row));
  }

  /** @param {Pick<Project, "id" | "name" | "changed" | "size" | "link">} project */
  function row(project) {
    const { id, name, changed, size, link } = project;
    const is = id === present;
    const about = [is ? PROJECTS.openNow : "", link ? PROJECTS.fromLink : ""].filter(Boolean).join(", ");
    const title = element("th", { scope: "row" }, name, ...(about ? [" ", element("span", { class: "unit" }, about)] : []));
    const does = (/** @type {string} */ action, /** @type {() => void} */ press, disabled = false) => {
      const made = button(action, PROJECTS.of(action, name));
      made.disabled = disabled;
      made.addEventListener("click", press);
      return made;
    };
    const copy = () => act(() => {
      const copied = PROJECTS.copyOf(name);
      projects.create(copied, projects.contents(id));
      return PROJECTS.saved(copied);
    });
    const actions = [
      does(PROJECTS.open, () => open(id), is),
      does(PROJECTS.duplicate, copy),
      does(PROJECTS.exportFile, () => download(fileName(name, "json"), toFile(name, projects.contents(id)), "application/json")),
    ];
    if (id !== OWN) {
      const gone = does(PROJECTS.remove, () => remove(id), is);
      if (is) gone.title = PROJECTS.cannotRemove;
      actions.splice(1, 0, does(PROJECTS.rename, () => rename(project, title)));
      actions.push(gone);
    }
    const date = changed === 0 ? PROJECTS.never : when(changed);
    return element("tr", is ? { "aria-current": "true", class: "selected" } : {}, title, element("td", {}, date), element("td", { class: "size" }, PROJECTS.size(size)), element("td", {}, element("div", { class: "toolbar" }, ...actions)));
  }

  /** @param {Pick<Project, "id" | "name">} project @param {HTMLElement} title the cell that its name stands in */
  function rename({ id, name }, title) {
    const field = element("input", { type: "text", maxlength: "80", value: name, "aria-label": PROJECTS.nameOf(name) });
    const cancel = button(PROJECTS.discard);
    const form = element("form", { class: "toolbar" }, field, element("button", {}, PROJECTS.keep), cancel);
    const back = () => /** @type {HTMLElement | null} */ (rows.querySelector(`[aria-label="${CSS.escape(PROJECTS.of(PROJECTS.rename, name))}"]`))?.focus();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(() => {
        projects.rename(id, field.value);
        return PROJECTS.renamed(projects.project(id)?.name ?? field.value);
      });
      table.focus();
    });
    cancel.addEventListener("click", () => {
      show();
      back();
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      // Escape ends the renaming, not the dialog.
      event.preventDefault();
      cancel.click();
    });
    title.replaceChildren(form);
    field.select();
  }

  /** @param {string} id */
  function remove(id) {
    act(() => {
      removed = projects.remove(id);
      return PROJECTS.removed(removed.name);
    });
    undo.hidden = removed === null;
    undo.focus();
  }

  save.addEventListener("submit", (event) => {
    event.preventDefault();
    act(() => {
      projects.create(name.value, projects.contents(present));
      return PROJECTS.saved(projects.list()[0].name);
    });
  });
  fresh.addEventListener("click", () => {
    let id = "";
    act(() => {
      id = projects.create(name.value, {});
    });
    if (id) open(id);
  });
  undo.addEventListener("click", () => {
    const { name } = removed ?? { name: "" };
    act(() => {
      if (removed) projects.restore(removed);
      removed = null;
      return PROJECTS.back(name);
    });
  });
  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    file.value = "";
    if (!chosen) return;
    setText(said, PROJECTS.reading);
    const text = await chosen.text().catch(() => "");
    act(() => {
      const { name, contents, leftOut } = fromFile(chosen.name, text);
      projects.create(name, contents);
      return [PROJECTS.imported(name), ...(leftOut.length > 0 ? [PROJECTS.leftOut(leftOut)] : [])].join(" ");
    });
  });

  return () => {
    setText(said, "");
    setText(problem, "");
    undo.hidden = true;
    name.value = PROJECTS.copyName(projects.project(present)?.name ?? PROJECTS.own, when(Date.now()));
    show();
    dialog.showModal();
    name.select();
  };
}

/** @param {string} text @param {string} [label] */
const button = (text, label) => element("button", { type: "button", ...(label && { "aria-label": label }) }, text);

/** @param {number} time */
const when = (time) => new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
