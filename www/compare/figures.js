// @ts-check
/** @import { Rows } from "../app/messages.js" */
import { COMPARE_FIGURES as WORDS } from "../app/strings/compare.js";

/** What is shown of each run. */

/**
 * @typedef {object} Figure
 * @property {string} metric a column of the rows
 * @property {string} title
 * @property {string} unit
 * @property {"number" | "share" | "change"} kind how it is written
 */

/** What a chart can show, under the names of the picker. @type {Figure[]} */
export const FIGURES = [
  { metric: "rewards/margins", title: WORDS.margin, unit: WORDS.marginUnit, kind: "number" },
  { metric: "loss", title: WORDS.loss, unit: WORDS.lossUnit, kind: "number" },
  { metric: "rewards/accuracies", title: WORDS.accuracy, unit: "", kind: "share" },
  { metric: "logps/chosen", title: WORDS.chosen, unit: WORDS.nats, kind: "number" },
  { metric: "logps/rejected", title: WORDS.rejected, unit: WORDS.nats, kind: "number" },
  { metric: "change/chosen", title: WORDS.chosenChange, unit: WORDS.nats, kind: "change" },
  { metric: "change/rejected", title: WORDS.rejectedChange, unit: WORDS.nats, kind: "change" },
  { metric: "eval_rewards/margins", title: WORDS.heldOutMargin, unit: WORDS.marginUnit, kind: "number" },
  { metric: "eval_rewards/accuracies", title: WORDS.heldOutAccuracy, unit: "", kind: "share" },
  { metric: "kl", title: WORDS.kl, unit: WORDS.klUnit, kind: "number" },
  { metric: "eval_perplexity", title: WORDS.perplexity, unit: "", kind: "number" },
  { metric: "eval_win_rate", title: WORDS.wins, unit: WORDS.winsUnit, kind: "share" },
];

/** The columns of the table of final figures. */
export const FINAL = [
  "loss",
  "rewards/margins",
  "rewards/accuracies",
  "eval_rewards/accuracies",
  "change/chosen",
  "change/rejected",
  "kl",
  "eval_perplexity",
  "eval_win_rate",
];

/** What the charts show at first: the fit, what it costs, and what it is worth elsewhere. */
export const CHARTED = ["rewards/margins", "change/chosen", "change/rejected", "eval_rewards/accuracies"];

/** @param {string} metric @returns {Figure} */
export function figure(metric) {
  return FIGURES.find((figure) => figure.metric === metric) ?? FIGURES[0];
}

const CHANGES = [
  ["change/chosen", "logps/chosen", "logps/reference_chosen"],
  ["change/rejected", "logps/rejected", "logps/reference_rejected"],
];

/**
 * Rows with two columns more: how far the policy has moved from its reference on each side. Pairs differ much in
 * log π itself, so that it jumps from batch to batch; this does not.
 * @param {Rows} rows
 * @returns {Rows}
 */
export function withChanges({ columns, steps, values }) {
  const width = columns.length;
  const wide = width + CHANGES.length;
  const places = CHANGES.map(([, policy, reference]) => [columns.indexOf(policy), columns.indexOf(reference)]);
  const all = new Float32Array(steps.length * wide);
  for (let row = 0; row < steps.length; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    all.set(own, row * wide);
    places.forEach(([policy, reference], index) => {
      all[row * wide + width + index] = policy < 0 || reference < 0 ? NaN : own[policy] - own[reference];
    });
  }
  return { columns: [...columns, ...CHANGES.map(([name]) => name)], steps, values: all };
}
