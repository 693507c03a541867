// @ts-check
/** @import { History } from "../../app/history.js" */
/** @import { DiffusionStore, State } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { fixed, percent, signed } from "../../app/format.js";
import { HEADLINE } from "../../app/strings/diffusion.js";
import { term } from "../../app/views/terms.js";
import { QUALITY } from "../quality.js";
import { cornersOf, pointsOf } from "../rules.js";
import { POLICY_POINTS, REFERENCE_POINTS, SAMPLE_WINS } from "../sample-points.js";
import { currentRule } from "../state.js";

/** What is shown large, and a word beside it. @typedef {{ value: string, beside?: string } | null} Shown */
/** @typedef {{ term: string, look: string, name: (state: State) => string, show: (state: State) => Shown }} Figure */

/** @type {Figure[]} */
const FIGURES = [
  { term: "margin", look: "huge", name: () => HEADLINE.margin, show: (state) => plain(latest(state, "rewards/margins"), signed) },
  { term: "accuracy", look: "", name: () => HEADLINE.accuracy, show: (state) => plain(latest(state, "rewards/accuracies"), percent) },
  {
    term: "rule",
    look: "chosen",
    name: (state) => (cornersOf(currentRule(state)).length > 0 ? HEADLINE.region : pointsOf(currentRule(state))),
    show({ pointsHistory }) {
      const [own, before] = [POLICY_POINTS, REFERENCE_POINTS].map((name) => last(pointsHistory, name));
      return own === undefined ? null : { value: fixed(own, 3), beside: HEADLINE.was(fixed(before, 3)) };
    },
  },
  { term: "win-rate", look: "", name: () => HEADLINE.wins, show: ({ pointsHistory }) => plain(last(pointsHistory, SAMPLE_WINS), percent) },
  { term: "wasserstein", look: "", name: () => HEADLINE.winners, show: (state) => distance(state, QUALITY.winners, QUALITY.winnersFloor, 3) },
  { term: "wasserstein", look: "", name: () => HEADLINE.distance, show: (state) => distance(state, QUALITY.distance, QUALITY.floor, 3) },
  { term: "recognised", look: "", name: () => HEADLINE.recognised, show: ({ qualityHistory }) => plain(last(qualityHistory, QUALITY.recognised), percent) },
  { term: "frechet", look: "", name: () => HEADLINE.distance, show: (state) => distance(state, QUALITY.frechet, QUALITY.frechetFloor, 2) },
];

/** @param {number | undefined} value @param {(value: number) => string} write @returns {Shown} */
const plain = (value, write) => (value === undefined ? null : { value: write(value) });

/** @param {State} state @param {string} metric @param {string} floor @param {number} digits @returns {Shown} */
function distance({ qualityHistory }, metric, floor, digits) {
  const value = last(qualityHistory, metric);
  return value === undefined ? null : { value: fixed(value, digits), beside: HEADLINE.fresh(fixed(last(qualityHistory, floor), digits)) };
}

/** Of the evaluation, if it is of this step; else what was measured last of the pairs, or of those held out. @param {State} state @param {string} metric */
function latest({ evaluation, session, history }, metric) {
  const value = evaluation?.step === session.step ? evaluation.row[metric] : (last(history, metric, 1) ?? last(history, `eval_${metric}`));
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** The last value that was measured, among so many rows. @param {History} history @param {string} metric @param {number} [rows] */
function last(history, metric, rows = history.length) {
  const column = history.indexOf(metric);
  for (let row = history.length - 1; row >= Math.max(0, history.length - rows); row--) {
    const value = history.at(row, column);
    if (!Number.isNaN(value)) return value;
  }
  return undefined;
}

/** What the updates did so far, in a few large numbers. @param {DiffusionStore} store */
export function headline(store) {
  const list = element("dl", { class: "headline" });
  const boxes = FIGURES.map(({ term: about, look }) => {
    const name = term(about, "");
    const [value, beside] = [element("span"), element("small")];
    const box = element("div", {}, element("dt", {}, name), element("dd", { class: look }, value, beside));
    list.append(box);
    return { name, value, beside, box };
  });
  const target = find("headline", HTMLElement);
  target.append(list);
  const show = () => {
    const state = store.state();
    boxes.forEach(({ name, value, beside, box }, index) => {
      const shown = FIGURES[index].show(state);
      box.hidden = shown === null;
      setText(name, FIGURES[index].name(state));
      setText(value, shown?.value ?? "");
      setText(beside, shown?.beside ?? "");
    });
  };
  // Of which step the samples are that were measured last.
  store.watch((state) => state.qualityHistory, ({ length, steps }) => {
    target.dataset.measured = length > 0 ? String(steps[length - 1]) : "";
  });
  for (const part of /** @type {const} */ (["evaluation", "history", "pointsHistory", "qualityHistory", "settings"])) store.watch((state) => state[part], show);
}
