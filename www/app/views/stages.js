// @ts-check
/** @import { Dissection, PairScore } from "../messages.js" */
/** @import { AppStore, State } from "../state.js" */
/** @import { App } from "../app.js" */
import { element, find, setText } from "../dom.js";
import { compact, fixed, signed } from "../format.js";
import { gain, perPair } from "../per-pair.js";
import { STAGES } from "../strings/stages.js";
import { lines } from "./rollouts.js";

/** The last stage: the update itself. */
const LAST = STAGES.names.length - 1;
const { columns } = STAGES;

/** What is shown of an update. @typedef {{ parts: Dissection, shares: ReturnType<typeof perPair>, stage: number }} Shown */

/**
 * The next update in four stages, a press each: the first three look at it on trial, the fourth makes it.
 * @param {AppStore} store
 * @param {App} app
 */
export function stages(store, app) {
  const button = find("apart", HTMLButtonElement);
  const label = button.querySelector("span") ?? button;
  const target = find("stages", HTMLElement);
  const view = page();
  target.append(view.box);
  view.close.addEventListener("click", () => {
    show(null);
    button.focus();
  });
  /** @type {Shown | null} */
  let shown = null;

  /** @param {Shown | null} next */
  function show(next) {
    shown = next;
    view.box.hidden = next === null;
    setText(label, next && next.stage < LAST ? STAGES.next(STAGES.names[next.stage + 1]) : STAGES.take);
    if (next) view.show(next, store.state());
  }

  async function take() {
    button.disabled = true;
    const parts = await app.dissect();
    const shares = parts && perPair(await app.curve(parts.before.map(gain)), weights(parts, store.state()), parts.loss);
    button.disabled = store.state().session.phase !== "ready";
    if (!parts || parts.step !== store.state().session.step) return;
    show({ parts, shares, stage: 0 });
    view.box.scrollIntoView({ block: "nearest" });
  }

  button.addEventListener("click", () => {
    if (!shown || shown.stage === LAST) return take();
    show({ ...shown, stage: shown.stage + 1 });
    if (shown.stage === LAST) app.step();
  });
  store.watch((state) => state.session.phase, (phase) => (button.disabled = phase !== "ready"));
  store.subscribe((state, before) => {
    if (!shown) return;
    if (outdated(shown, state, before)) show(null);
    else if (shown.stage === LAST && state.scores !== before.scores) show(shown);
  });
}

/** Whether the run is no longer where the stages are about. @param {Shown} shown @param {State} state @param {State} before */
function outdated({ parts, stage }, state, before) {
  const { number, step, running } = state.session;
  const changed = state.pairs !== before.pairs || state.settings.values !== before.settings.values;
  return number !== before.session.number || running || (stage < LAST ? changed || step !== parts.step : step > parts.step + 1);
}

/** @param {Dissection} parts @param {State} state */
function weights({ before }, { pairs }) {
  const known = new Map(pairs.map((pair) => [pair.id, /** @type {{ weight?: number }} */ (pair).weight ?? 1]));
  return before.map(({ id }) => known.get(id) ?? 1);
}

/** The part of the page that shows the stages. */
function page() {
  const title = element("h3");
  const names = STAGES.names.map((name) => element("li", {}, name));
  const said = element("p", { role: "status" });
  const head = element("thead");
  const body = element("tbody");
  const table = element("table", { "aria-label": STAGES.table }, head, body);
  const close = element("button", { type: "button", class: "quiet" }, STAGES.close);
  const box = element("section", { class: "stages", "aria-label": STAGES.take, hidden: "" }, title, element("ol", {}, ...names), said, table, close);
  /** @param {Shown} shown @param {State} state */
  const show = (shown, state) => {
    const { parts, shares, stage } = shown;
    setText(title, STAGES.title(parts.step + 1));
    names.forEach((item, place) => {
      item.classList.toggle("done", place <= stage);
      if (place === stage) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    const after = parts.before.map(({ id }) => state.scores.get(id));
    setText(said, sentence(shown, after, state.session.step > parts.step));
    const drawn = parts.rollouts.length > 0;
    const [heads, rows] = drawn ? answers(parts) : pairs(shown, after, state);
    head.replaceChildren(element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text))));
    body.replaceChildren(...rows);
    table.hidden = rows.length === 0 || (stage === 1 && !shares && !drawn);
  };
  return { box, close, show };
}

/** @param {Shown} shown @param {(PairScore | undefined)[]} after @param {boolean} made */
function sentence({ parts, shares, stage }, after, made) {
  const each = shares ? "" : ` ${STAGES.notEach}`;
  if (stage === 0) return parts.rollouts.length > 0 ? STAGES.drawn : STAGES.score(parts.before.length);
  if (stage === 1) return STAGES.loss(parts.loss, shares !== null) + each;
  if (stage === 2) return STAGES.gradient(parts.gradNorm, shares !== null);
  if (!made) return STAGES.making;
  return STAGES.update(meanChange(parts.before, after, "chosen"), meanChange(parts.before, after, "rejected"));
}

/** @param {PairScore[]} before @param {(PairScore | undefined)[]} after @param {"chosen" | "rejected"} side */
function meanChange(before, after, side) {
  if (before.length === 0) return undefined;
  return before.reduce((sum, score, place) => sum + ((after[place] ?? score)[side] - score[side]), 0) / before.length;
}

/** @param {Dissection} parts @returns {[string[], HTMLElement[]]} */
function answers({ rollouts }) {
  return [[columns.prompt, columns.answer, columns.verdict], rollouts.flatMap(lines)];
}

/** What the stage is about, pair by pair. @param {Shown} shown @param {(PairScore | undefined)[]} after @param {State} state @returns {[string[], HTMLElement[]]} */
function pairs({ parts, shares, stage }, after, state) {
  const places = new Map(state.pairs.map(({ id }, place) => [id, place + 1]));
  const heads = [
    [columns.chosen, columns.rejected, columns.margin],
    [columns.margin, columns.loss],
    shares ? [columns.margin, columns.pull] : [columns.margin],
    [columns.chosenMoved, columns.rejectedMoved],
  ][stage];
  const rows = parts.before.map((score, place) => {
    const share = shares?.[place];
    const now = after[place] ?? score;
    const cells = [
      [fixed(score.chosen), fixed(score.rejected), signed(score.margin)],
      [signed(score.margin), fixed(share?.loss, 4)],
      [signed(score.margin)],
      [change(score.chosen, now.chosen), change(score.rejected, now.rejected)],
    ][stage].map((text) => element("td", { class: "number" }, text));
    if (stage === 2 && share) {
      const bar = element("td", { class: "bar" }, compact(share.slope));
      bar.style.setProperty("--share", String(share.pull));
      cells.push(bar);
    }
    return element("tr", {}, element("th", { scope: "row" }, String(places.get(score.id) ?? "–")), ...cells);
  });
  return [[columns.pair, ...heads], rows];
}

/** @param {number} before @param {number} after */
const change = (before, after) => `${fixed(before)} → ${fixed(after)} (${signed(after - before, 3)})`;
