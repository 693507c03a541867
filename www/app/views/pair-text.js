// @ts-check
/** @import { App } from "../app.js" */
/** @import { Pair } from "../messages.js" */
/** @import { Problem } from "../preference-files/read.js" */
/** @import { AppStore } from "../state.js" */
import { element, find, setText } from "../dom.js";
import { MOST_PAIRS } from "../pairs-view.js";
import { sentence } from "../sentence.js";
import { PAIRS } from "../strings/pairs.js";
import { tabs } from "./tabs.js";

/** Milliseconds of quiet after which a text is read. */
const PAUSE = 250;
/** Bad lines that are named; the others are only marked. */
const NAMED = 20;

/** The pairs as text beside the table: a line each, with the bad ones marked. @param {AppStore} store @param {App} app */
export function pairText(store, app) {
  const box = find("jsonl", HTMLTextAreaElement);
  const margin = find("line-numbers", HTMLElement);
  const list = find("jsonl-problems", HTMLElement);
  const status = find("jsonl-status", HTMLElement);
  const apply = find("apply", HTMLButtonElement);
  const retake = find("retake", HTMLButtonElement);
  const panel = find("panel-jsonl", HTMLElement);

  /** What the text was made of or has become; nothing before it was first shown. @type {Pair[] | null} */
  let pairs = null;
  /** Whether the text says something that the pairs do not. */
  let touched = false;
  /** While this text takes the pairs' place. */
  let applying = false;
  let control = new AbortController();
  let timer = 0;

  /** The text of the pairs as they are. */
  async function take() {
    const present = store.state().pairs;
    pairs = present;
    touched = false;
    const text = await app.format(present);
    // What was typed meanwhile is not written over.
    if (text === null || pairs !== present || touched) return;
    box.value = text;
    showProblems([]);
    setText(status, PAIRS.lines(present.length));
    showButtons();
  }

  const showButtons = () => {
    apply.disabled = !touched;
    retake.disabled = !touched;
  };

  /** @param {Problem[]} problems */
  function showProblems(problems) {
    const bad = new Set(problems.map(({ line }) => line));
    const count = box.value.split("\n").length;
    /** @type {(Node | string)[]} */
    const numbers = [];
    let plain = "";
    for (let line = 1; line <= count; line++) {
      if (!bad.has(line)) {
        plain += `${line}\n`;
        continue;
      }
      numbers.push(plain, element("span", { class: "bad" }, `✗ ${line}\n`));
      plain = "";
    }
    margin.replaceChildren(...numbers, plain);
    margin.scrollTop = box.scrollTop;
    const items = problems.slice(0, NAMED).map(({ line, message }) => {
      const button = element("button", { type: "button", class: "quiet" }, PAIRS.line(line, message));
      button.addEventListener("click", () => goTo(line));
      return element("li", {}, button);
    });
    if (problems.length > NAMED) items.push(element("li", {}, PAIRS.moreLines(problems.length - NAMED)));
    list.replaceChildren(...items);
    list.hidden = problems.length === 0;
  }

  /** Selects a line. @param {number} line */
  function goTo(line) {
    const lines = box.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    box.focus();
    box.setSelectionRange(start, start + lines[line - 1].length);
    box.scrollTop = (box.scrollHeight / lines.length) * (line - 3);
    box.scrollLeft = 0;
  }

  /** Reads the text; nothing if it was changed meanwhile. */
  async function read() {
    control.abort();
    control = new AbortController();
    const { signal } = control;
    try {
      const { readPairs } = await import("../preference-files/reading.js");
      const result = await readPairs(box.value, { name: "pairs.jsonl", parse: (text) => app.parse(text), signal });
      if (signal.aborted) return null;
      showProblems(result.problems);
      return result;
    } catch (error) {
      if (!signal.aborted) setText(status, sentence(error));
      return null;
    }
  }

  async function check() {
    const result = await read();
    if (!result) return;
    const said = [
      `${PAIRS.lines(result.pairs.length)}${result.problems.length > 0 ? `, ${PAIRS.badLines(result.problems.length)}` : ""}.`,
      touched && (store.state().pairs === pairs ? PAIRS.unapplied : PAIRS.stale),
    ];
    setText(status, said.filter(Boolean).join(" "));
  }

  box.addEventListener("input", () => {
    touched = true;
    control.abort();
    showButtons();
    if (box.value.split("\n").length !== margin.textContent?.split("\n").length) showProblems([]);
    clearTimeout(timer);
    timer = window.setTimeout(check, PAUSE);
  });
  box.addEventListener("scroll", () => (margin.scrollTop = box.scrollTop), { passive: true });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || apply.disabled) return;
    event.preventDefault();
    apply.click();
  });
  apply.addEventListener("click", async () => {
    clearTimeout(timer);
    const result = await read();
    if (!result) return;
    const { pairs: taken, problems } = result;
    if (taken.length > MOST_PAIRS) return setText(status, PAIRS.tooMany(MOST_PAIRS));
    // Lines that could not be read stay until they are mended or taken back.
    touched = problems.length > 0;
    applying = true;
    store.dispatch({ type: "replace", pairs: taken, doing: "rewriting" });
    applying = false;
    if (touched) {
      pairs = store.state().pairs;
      showButtons();
    } else await take();
    setText(status, PAIRS.applied(taken.length, problems.length));
  });
  retake.addEventListener("click", take);

  const shown = () => !panel.hidden;
  const follow = () => {
    if (applying || !shown() || store.state().pairs === pairs) return;
    if (touched) void check();
    else void take();
  };
  store.watch((state) => state.pairs, follow);
  tabs(find("editor-tabs", HTMLElement), follow);
}
