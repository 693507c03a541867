// @ts-check
/** @import { Pair, PairProblem, PairScore, PairText } from "../messages.js" */
/** @import { AppStore, State } from "../state.js" */
/** @import { App } from "../app.js" */
import { download, element, find, setText } from "../dom.js";
import { fixed, signed } from "../format.js";
import { currentMethod } from "../state.js";

const FIELDS = /** @type {const} */ (["prompt", "chosen", "rejected"]);

/** The pairs as an editable table. @param {AppStore} store @param {App} app */
export function pairTable(store, app) {
  const body = find("rows", HTMLTableSectionElement);
  /** @type {Map<number, ReturnType<typeof row>>} */
  const rows = new Map();

  store.watch(
    (state) => state.pairs,
    (pairs) => {
      const present = new Set(pairs.map((pair) => pair.id));
      for (const [id, { line }] of rows) {
        if (present.has(id)) continue;
        line.remove();
        rows.delete(id);
      }
      pairs.forEach((pair, index) => {
        const known = rows.get(pair.id) ?? row(pair.id, store, app);
        rows.set(pair.id, known);
        // Moving a line that stands right would take the caret out of it.
        if (body.children[index] !== known.line) body.insertBefore(known.line, body.children[index] ?? null);
        known.showTexts(pair, index);
      });
    },
  );
  const showNumbers = () => {
    const { scores, problems, selected } = store.state();
    for (const [id, line] of rows) line.showNumbers(scores.get(id), problems.get(id), selected === id);
  };
  store.watch((state) => state.scores, showNumbers);
  store.watch((state) => state.problems, showNumbers);
  store.watch((state) => state.selected, showNumbers);
  store.watch((state) => state.pairs, showNumbers);

  const table = find("pair-table", HTMLTableElement);
  // A side that the method never reads is out of sight; a method that reads none learns from prompts.
  store.watch(currentMethod, (method) => {
    const { chosen = true, rejected = true } = method?.needs ?? {};
    const neither = !chosen && !rejected;
    table.classList.toggle("no-chosen", !chosen && !neither);
    table.classList.toggle("no-rejected", !rejected && !neither);
  });
  find("add", HTMLButtonElement).addEventListener("click", () => {
    store.dispatch({ type: "add" });
    body.lastElementChild?.querySelector("textarea")?.focus();
  });
  const undo = find("undo", HTMLButtonElement);
  undo.addEventListener("click", () => store.dispatch({ type: "undo" }));
  store.watch((state) => state.past, (past) => (undo.disabled = past.length === 0));
  find("restore", HTMLButtonElement).addEventListener("click", () =>
    store.dispatch({ type: "replace", pairs: store.state().original }),
  );
  find("export", HTMLButtonElement).addEventListener("click", async () => {
    const { pairs, settings } = store.state();
    const text = await app.format(pairs);
    if (text !== null) download(`${settings.scenario}.jsonl`, text, "application/x-ndjson");
  });
  const file = find("import", HTMLInputElement);
  find("choose", HTMLButtonElement).addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    if (chosen) await app.importFile(chosen);
    file.value = "";
  });
  const section = find("pairs", HTMLElement);
  section.addEventListener("dragover", (event) => event.preventDefault());
  section.addEventListener("drop", (event) => {
    const [dropped] = event.dataTransfer?.files ?? [];
    if (!dropped) return;
    event.preventDefault();
    app.importFile(dropped);
  });
  store.watch(
    (state) => state.settings.scenario + state.scenarios.length,
    (_, { scenarios, settings }) => {
      const header = scenarios.find((scenario) => scenario.name === settings.scenario);
      setText(find("description", HTMLElement), header?.description ?? "");
    },
  );
}

/** @param {number} id @param {AppStore} store @param {App} app */
function row(id, store, app) {
  const select = element("button", { type: "button", class: "select" });
  /** @type {(field: keyof PairText) => HTMLTextAreaElement} */
  const box = (field) => {
    const name = field[0].toUpperCase() + field.slice(1);
    const input = element("textarea", { rows: "1", "aria-label": name, spellcheck: "false", autocomplete: "off" });
    input.addEventListener("input", () => store.dispatch({ type: "edit", id, field, text: input.value }));
    input.addEventListener("focus", () => app.select(id));
    return input;
  };
  const boxes = { prompt: box("prompt"), chosen: box("chosen"), rejected: box("rejected") };
  const numbers = {
    chosen: element("span", { class: "numbers chosen" }),
    rejected: element("span", { class: "numbers rejected" }),
    margin: element("td", { class: "numbers margin" }),
  };
  const problem = element("p", { class: "problem", hidden: "" });
  const swap = element("button", { type: "button", title: "Swap chosen and rejected" }, "⇄");
  const remove = element("button", { type: "button", title: "Delete this pair" }, "✕");
  swap.addEventListener("click", () => store.dispatch({ type: "swap", id }));
  remove.addEventListener("click", () => store.dispatch({ type: "delete", id }));
  select.addEventListener("click", () => app.select(id));
  const line = element(
    "tr",
    {},
    element("th", { scope: "row" }, select),
    element("td", {}, boxes.prompt, problem),
    element("td", { class: "side-chosen" }, boxes.chosen, numbers.chosen),
    element("td", { class: "side-rejected" }, boxes.rejected, numbers.rejected),
    numbers.margin,
    element("td", { class: "actions" }, swap, remove),
  );
  return {
    line,
    /** @param {Pair} pair @param {number} index */
    showTexts(pair, index) {
      for (const field of FIELDS) {
        if (boxes[field].value !== pair[field]) boxes[field].value = pair[field];
      }
      setText(select, String(index + 1));
      select.setAttribute("aria-label", `Show pair ${index + 1} token by token`);
      swap.setAttribute("aria-label", `Swap chosen and rejected of pair ${index + 1}`);
      remove.setAttribute("aria-label", `Delete pair ${index + 1}`);
    },
    /** @param {PairScore | undefined} score @param {PairProblem[] | undefined} problems @param {boolean} selected */
    showNumbers(score, problems, selected) {
      setText(numbers.chosen, score ? side(score.chosen, score.referenceChosen) : "–");
      setText(numbers.rejected, score ? side(score.rejected, score.referenceRejected) : "–");
      setText(numbers.margin, signed(score?.margin));
      setText(problem, (problems ?? []).map(({ message }) => message).join(" "));
      problem.hidden = !problems;
      line.classList.toggle("selected", selected);
      select.setAttribute("aria-pressed", String(selected));
    },
  };
}

/** @param {number} policy @param {number} reference */
function side(policy, reference) {
  return `log π ${fixed(policy)} (${signed(policy - reference)})`;
}
