// @ts-check
/** @import { AppStore, State } from "../state.js" */
import { element, find, setText } from "../dom.js";
import { percent, signed } from "../format.js";
import { HEADLINE } from "../strings/headline.js";
import { term } from "./terms.js";

/**
 * A figure that is shown large.
 * @typedef {{ name: string, term: string, look: string, unit?: string, text: (row: Record<string, number>) => string | null }} Figure
 */

/** @type {(row: Record<string, number>, side: "chosen" | "rejected") => string | null} */
const moved = (row, side) => measured(row[`logps/${side}`] - row[`logps/reference_${side}`], signed);

/** @type {Figure[]} */
const FIGURES = [
  { name: HEADLINE.margin, term: "margin", look: "huge", text: (row) => measured(row["rewards/margins"], signed) },
  { name: HEADLINE.accuracy, term: "accuracy", look: "", text: (row) => measured(row["rewards/accuracies"], percent) },
  { name: HEADLINE.winRate, term: "win-rate", look: "", text: (row) => measured(row.eval_win_rate, percent) },
  { name: HEADLINE.chosen, term: "log-likelihood", look: "chosen", unit: HEADLINE.unit, text: (row) => moved(row, "chosen") },
  { name: HEADLINE.rejected, term: "log-likelihood", look: "rejected", unit: HEADLINE.unit, text: (row) => moved(row, "rejected") },
];

/** @param {number | undefined} value @param {(value: number) => string} write */
function measured(value, write) {
  return value !== undefined && Number.isFinite(value) ? write(value) : null;
}

/** What the updates did so far, in a few large numbers and one answer before and now. @param {AppStore} store */
export function headline(store) {
  const figures = FIGURES.map(({ name, term: about, look, unit, text }) => {
    const value = element("dd", { class: look });
    const extra = unit ? [element("span", { class: "unseen" }, ` ${unit}`)] : [];
    return { text, value, box: element("div", { class: look === "huge" ? "huge" : "" }, element("dt", {}, term(about, name), ...extra), value) };
  });
  const [now, before, prompt] = [element("q"), element("q"), element("span", { class: "prompt" })];
  const says = element(
    "p",
    { class: "says", hidden: "" },
    prompt,
    element("span", {}, element("b", {}, HEADLINE.said), " ", before),
    element("span", {}, element("b", {}, HEADLINE.says), " ", now),
  );
  find("headline", HTMLElement).append(element("dl", { class: "headline" }, ...figures.map(({ box }) => box)), says);
  store.watch((state) => state.latest, (row) => {
    for (const { text, value, box } of figures) {
      const shown = text(row ?? {});
      box.hidden = shown === null;
      setText(value, shown ?? "");
    }
  });
  store.watch((state) => state.samples, (samples) => {
    const [answer, old] = [samples?.policy[0], samples?.reference[0]];
    says.hidden = answer === undefined || old === undefined;
    setText(prompt, samples?.prompt ?? "");
    setText(now, answer || HEADLINE.nothing);
    setText(before, old || HEADLINE.nothing);
  });
}
