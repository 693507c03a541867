// @ts-check
/** @import { Rows } from "../app/messages.js" */
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
  { metric: "rewards/margins", title: "Margin", unit: "in each method's reward", kind: "number" },
  { metric: "loss", title: "Loss", unit: "each method's own", kind: "number" },
  { metric: "rewards/accuracies", title: "Accuracy", unit: "", kind: "share" },
  { metric: "logps/chosen", title: "log π, chosen", unit: "nats", kind: "number" },
  { metric: "logps/rejected", title: "log π, rejected", unit: "nats", kind: "number" },
  { metric: "change/chosen", title: "Change of log π, chosen", unit: "nats", kind: "change" },
  { metric: "change/rejected", title: "Change of log π, rejected", unit: "nats", kind: "change" },
  { metric: "eval_rewards/margins", title: "Margin, held-out", unit: "in each method's reward", kind: "number" },
  { metric: "eval_rewards/accuracies", title: "Accuracy, held-out", unit: "", kind: "share" },
  { metric: "kl", title: "KL to the reference", unit: "nats a token, held-out", kind: "number" },
  { metric: "eval_perplexity", title: "Perplexity, held-out", unit: "", kind: "number" },
  { metric: "eval_win_rate", title: "Win rate by the judge", unit: "estimated", kind: "share" },
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
