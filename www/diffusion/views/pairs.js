// @ts-check
/** @import { PairNumbers, SamplePair } from "../../pkg/playground.js" */
/** @import { DiffusionApp } from "../app.js" */
/** @import { Recipe } from "../messages.js" */
/** @import { DiffusionStore } from "../state.js" */
import { download, element, find, setText } from "../../app/dom.js";
import { fixed, signed, signedBriefly } from "../../app/format.js";
import { icon } from "../../app/icons.js";
import { SAMPLE_PAIRS } from "../../app/strings/diffusion-pairs.js";
import { fill } from "../../app/views/fields.js";
import { exportPairs, importPairs } from "../pair-files.js";
import { currentMethod, currentPolicy } from "../state.js";
import { className } from "../words.js";
import { thumbnail } from "./thumbnail.js";

/** The pairs as a table of pictures. @param {DiffusionStore} store @param {DiffusionApp} app */
export function pairs(store, app) {
  const body = find("rows", HTMLTableSectionElement);
  /** @type {Map<number, ReturnType<typeof row>>} */
  const rows = new Map();
  store.watch((state) => state.pairs, (list, state) => {
    const present = new Map(list.map((pair) => [pair.id, pair]));
    for (const [id, { line, pair }] of rows) {
      if (present.get(id) === pair) continue;
      line.remove();
      rows.delete(id);
    }
    list.forEach((pair, index) => {
      const known = rows.get(pair.id) ?? row(pair, className(state, pair.class), store, app);
      rows.set(pair.id, known);
      if (body.children[index] !== known.line) body.insertBefore(known.line, body.children[index] ?? null);
      known.count(index);
    });
  });
  const numbers = () => {
    const { scores, selected } = store.state();
    for (const [id, line] of rows) line.show(scores.get(id), selected === id);
  };
  for (const part of /** @type {const} */ (["pairs", "scores", "selected"])) store.watch((state) => state[part], numbers);
  toolbar(store, app);
  files(store, app);
}

/** Proposing, comparing, undoing. @param {DiffusionStore} store @param {DiffusionApp} app */
function toolbar(store, app) {
  const button = (/** @type {string} */ id) => find(id, HTMLButtonElement);
  const [propose, compare, undo, restore] = ["propose", "compare", "undo", "restore"].map(button);
  const [from, of] = [find("propose-from", HTMLSelectElement), find("compare-class", HTMLSelectElement)];
  const count = find("propose-count", HTMLInputElement);
  find("proposal", HTMLFormElement).addEventListener("submit", async (event) => {
    event.preventDefault();
    propose.disabled = true;
    await app.propose(/** @type {Recipe["from"]} */ (from.value), count.valueAsNumber);
    propose.disabled = store.state().session.phase !== "ready";
  });
  compare.addEventListener("click", () => app.compare(Number(of.value)));
  of.addEventListener("change", () => {
    if (store.state().hand?.kind === "pairs") app.compare(Number(of.value));
  });
  // Where there is little room, the pairs come first.
  find("make", HTMLDetailsElement).open = matchMedia("(min-width: 75rem)").matches;
  undo.addEventListener("click", () => store.dispatch({ type: "undo" }));
  restore.addEventListener("click", () => app.restore());
  store.watch((state) => state.session.phase === "ready", (ready) => {
    for (const each of [propose, compare, restore]) each.disabled = !ready;
  });
  store.watch((state) => state.past, (past) => (undo.disabled = past.length === 0));
  store.watch((state) => state.shape && currentPolicy(state), (policy) => {
    fill(of, (policy?.classes ?? []).map((title, place) => ({ name: String(place), title })), "0");
  });
  const table = find("pair-table", HTMLTableElement);
  // A side that the method never reads is shown paler: it is measured all the same.
  store.watch(currentMethod, (method) => {
    const { chosen = true, rejected = true } = method?.needs ?? {};
    table.classList.toggle("pale-chosen", !chosen);
    table.classList.toggle("pale-rejected", !rejected);
  });
}

/** Pairs from files and to files. @param {DiffusionStore} store @param {DiffusionApp} app */
function files(store, app) {
  const [save, choose] = [find("export", HTMLButtonElement), find("choose", HTMLButtonElement)];
  const file = find("import", HTMLInputElement);
  store.watch((state) => state.session.phase === "ready", (ready) => (save.disabled = choose.disabled = !ready));
  save.addEventListener("click", () => {
    const { settings, pairs: all } = store.state();
    download(`${settings.scenario}.jsonl`, exportPairs(all, currentPolicy(store.state()).classes), "application/x-ndjson");
  });
  choose.addEventListener("click", () => file.click());
  const read = async (/** @type {File} */ chosen) => {
    const { shape } = store.state();
    if (!shape) return;
    const problem = await importPairs(chosen, shape, currentPolicy(store.state()).classes, (found) => app.take(found, "append"));
    store.dispatch({ type: "notice", notice: { key: "import", ...problem } });
  };
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    if (chosen) await read(chosen);
    file.value = "";
  });
  const section = find("pairs", HTMLElement);
  section.addEventListener("dragover", (event) => event.preventDefault());
  section.addEventListener("drop", (event) => {
    const [dropped] = event.dataTransfer?.files ?? [];
    if (!dropped) return;
    event.preventDefault();
    read(dropped);
  });
}

/** @param {SamplePair} pair @param {string} of the class @param {DiffusionStore} store @param {DiffusionApp} app */
function row(pair, of, store, app) {
  const { id } = pair;
  const button = (/** @type {string} */ title, /** @type {string} */ sign) => element("button", { type: "button", class: "quiet", title }, icon(sign));
  const select = element("button", { type: "button", class: "select" });
  const [swap, remove] = [button(SAMPLE_PAIRS.swap, "swap"), button(SAMPLE_PAIRS.remove, "remove")];
  select.addEventListener("click", () => app.select(id));
  swap.addEventListener("click", () => store.dispatch({ type: "swap", id }));
  remove.addEventListener("click", () => store.dispatch({ type: "delete", id }));
  const sides = { chosen: element("span", { class: "numbers chosen" }), rejected: element("span", { class: "numbers rejected" }) };
  const margin = element("span", { class: "numbers margin" });
  const cell = (/** @type {"chosen" | "rejected"} */ side) =>
    element("td", { class: `side-${side}` }, element("div", { class: "sample" }, thumbnail(pair[side], side, side === "chosen" ? SAMPLE_PAIRS.chosen : SAMPLE_PAIRS.rejected), sides[side]));
  const line = element(
    "tr",
    {},
    element("th", { scope: "row" }, select, element("span", { class: "of" }, of)),
    cell("chosen"),
    cell("rejected"),
    element("td", { class: "actions" }, margin, swap, remove),
  );
  return {
    line,
    pair,
    /** @param {number} index */
    count(index) {
      setText(select, String(index + 1));
      select.setAttribute("aria-label", SAMPLE_PAIRS.show(index + 1));
      swap.setAttribute("aria-label", SAMPLE_PAIRS.swapOf(index + 1));
      remove.setAttribute("aria-label", SAMPLE_PAIRS.removeOf(index + 1));
    },
    /** @param {PairNumbers | undefined} score @param {boolean} selected */
    show(score, selected) {
      moved(sides.chosen, score && [score.chosen, score.referenceChosen]);
      moved(sides.rejected, score && [score.rejected, score.referenceRejected]);
      setText(margin, signedBriefly(score?.margin));
      line.classList.toggle("selected", selected);
      select.setAttribute("aria-pressed", String(selected));
    },
  };
}

/** log π, and below it how far it has moved. @param {HTMLElement} target @param {[number, number] | undefined} scores of policy and reference */
function moved(target, scores) {
  const [own, change] = scores ? [fixed(scores[0], 3), signed(scores[0] - scores[1], 4)] : ["–", ""];
  if (target.children.length === 0) target.append(element("span", { class: "unseen" }, SAMPLE_PAIRS.logProb), element("span"), element("br"), element("span", { class: "unseen" }, SAMPLE_PAIRS.moved), element("span", { class: "change" }));
  setText(target.children[1], own);
  setText(target.children[4], change);
}
