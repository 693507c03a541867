// @ts-check
/** @import { Persistence } from "../persistence.js" */
import { element, find } from "../dom.js";
import { icon } from "../icons.js";
import { loadedOnce } from "../loaded-once.js";
import { listen, shortcut, shortcuts } from "../shortcuts.js";
import { DIALOGS } from "../strings/dialogs.js";
import { GLOSSARY } from "../strings/glossary.js";
import { HELP, KEYS } from "../strings/help.js";
import { STORAGE } from "../strings/storage.js";
import { tabs } from "./tabs.js";

/** What is kept of it. @typedef {{ keys: boolean, toured: boolean }} Kept */

/** @param {any} value @returns {value is Kept} */
const isKept = (value) => typeof value?.keys === "boolean" && typeof value?.toured === "boolean";

/** The keys, the words and the tour, in a dialog and by keys. @param {Persistence} persistence @param {(text: string) => void} trouble */
export function help(persistence, trouble) {
  /** @type {Kept} */
  let kept = persistence.kept("help", isKept, STORAGE.help) ?? { keys: true, toured: false };
  /** @param {Partial<Kept>} change */
  const keep = (change) => {
    kept = { ...kept, ...change };
    persistence.keep("help", kept);
  };

  const walk = loadedOnce(async () => (await import("./tour.js")).tour(), () => trouble(DIALOGS.missing));
  const begin = async () => {
    dialog.close();
    const start = await walk();
    if (!start) return;
    invitation.remove();
    keep({ toured: true });
    start();
  };
  const keys = element("div", { id: "help-keys" });
  const dialog = element(
    "dialog",
    { id: "help-dialog", class: "dialog help", "aria-labelledby": "help-title" },
    element("div", { class: "dialog-head" }, element("h2", { id: "help-title" }, HELP.title), closeButton()),
    element(
      "div",
      { role: "tablist", id: "help-tabs", "aria-labelledby": "help-title" },
      tab("keys", true),
      tab("words"),
      tab("tour"),
    ),
    panel("keys", keys, keySwitch(() => kept.keys, (on) => keep({ keys: on }))),
    panel("words", ...words()),
    panel("tour", element("p", {}, HELP.tourText), startButton(begin)),
  );
  document.body.append(dialog);
  const { open } = tabs(find("help-tabs", HTMLElement));
  const show = (/** @type {string} */ name) => {
    keys.replaceChildren(...keyTables());
    open(`help-tab-${name}`);
    dialog.showModal();
    find(`help-tab-${name}`, HTMLElement).focus();
  };
  const button = element("button", { type: "button", "aria-haspopup": "dialog" }, icon("help"), element("span", {}, HELP.button));
  button.addEventListener("click", () => show("keys"));
  const invitation = invite(begin, () => keep({ toured: true }));
  if (!kept.toured) find("menu", HTMLElement).append(invitation);
  find("menu", HTMLElement).append(button);
  shortcut({ keys: "?", what: KEYS.help, group: "page", press: () => show("keys") });
  listen(() => kept.keys);
}

function closeButton() {
  const button = element("button", { type: "button", class: "quiet", "aria-label": HELP.close }, icon("remove"));
  button.addEventListener("click", () => button.closest("dialog")?.close());
  return button;
}

/** @param {"keys" | "words" | "tour"} name @param {boolean} [selected] */
function tab(name, selected = false) {
  return element("button", { type: "button", role: "tab", id: `help-tab-${name}`, "aria-controls": `help-panel-${name}`, "aria-selected": String(selected) }, HELP.tabs[name]);
}

/** @param {string} name @param {Node[]} content */
function panel(name, ...content) {
  return element("div", { role: "tabpanel", id: `help-panel-${name}`, "aria-labelledby": `help-tab-${name}`, tabindex: "0", class: "panel" }, ...content);
}

/** A table for each group: what is shown is what acts. */
function keyTables() {
  return Object.entries(KEYS.groups).flatMap(([group, title]) => {
    const own = shortcuts().filter((shortcut) => shortcut.group === group);
    if (own.length === 0) return [];
    const rows = own.map(({ keys, what }) => element("tr", {}, element("th", { scope: "row" }, element("kbd", {}, keys.replace("ArrowUp", "↑").replace("ArrowDown", "↓"))), element("td", {}, what)));
    const head = element("tr", { class: "unseen" }, element("th", { scope: "col" }, HELP.key), element("th", { scope: "col" }, HELP.does));
    return [element("h3", { id: `keys-${group}` }, title), element("table", { "aria-labelledby": `keys-${group}`, class: "keys" }, element("thead", {}, head), element("tbody", {}, ...rows))];
  });
}

/** @param {() => boolean} on @param {(on: boolean) => void} set */
function keySwitch(on, set) {
  const input = element("input", { type: "checkbox", "aria-describedby": "keys-help" });
  input.checked = on();
  input.addEventListener("change", () => set(input.checked));
  return element("div", {}, element("label", { class: "choice" }, input, HELP.keysOn), element("p", { id: "keys-help", class: "hint" }, HELP.keysHelp));
}

/** All terms, and a field that leaves those that hold a text. */
function words() {
  const entries = Object.values(GLOSSARY).sort((one, other) => one.title.localeCompare(other.title));
  const lines = entries.map(({ title, sentence }) => ({ text: `${title} ${sentence}`.toLowerCase(), line: element("div", {}, element("dt", {}, title), element("dd", {}, sentence)) }));
  const field = element("input", { type: "search", autocomplete: "off" });
  const none = element("p", { role: "status", class: "hint" });
  field.addEventListener("input", () => {
    const sought = field.value.trim().toLowerCase();
    for (const { text, line } of lines) line.hidden = !text.includes(sought);
    none.textContent = lines.every(({ line }) => line.hidden) ? HELP.none : "";
  });
  return [element("label", { class: "search" }, HELP.search, " ", field), none, element("dl", { class: "words" }, ...lines.map(({ line }) => line))];
}

/** @param {() => void} begin */
function startButton(begin) {
  const button = element("button", { type: "button", class: "primary" }, HELP.tourStart);
  button.addEventListener("click", begin);
  return button;
}

/** Stands in the menu until it is taken up or declined. @param {() => void} begin @param {() => void} decline */
function invite(begin, decline) {
  const take = element("button", { type: "button", class: "invitation" }, HELP.invite);
  const not = element("button", { type: "button", "aria-label": HELP.decline }, icon("remove"));
  const both = element("span", { class: "invite" }, take, not);
  take.addEventListener("click", begin);
  not.addEventListener("click", () => {
    both.remove();
    decline();
  });
  return both;
}
