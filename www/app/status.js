// @ts-check
/** @import { State } from "./state.js" */
import { count, fixed, percent } from "./format.js";

/**
 * Where training stands, in a sentence.
 * @param {Pick<State, "session" | "evaluation">} state
 * @param {string | null} [waits] what must be done before the run can go on
 */
export function statusSentence({ session, evaluation }, waits = null) {
  const { phase, running, step } = session;
  if (phase === "failed") return "Not ready: see the message.";
  if (phase !== "ready") return "Loading the policy …";
  if (running && waits) return `Waiting at step ${count(step)}: training goes on when you have ${waits}.`;
  if (running) return `Running: step ${count(step)}.`;
  const where = step === 0 ? "Ready at step 0" : `Paused at step ${count(step)}`;
  return evaluation?.step === step ? `${where}: ${numbers(evaluation.row)}.` : `${where}.`;
}

/**
 * What runs the graphs, and what is about to.
 * @param {Pick<State["session"], "engine" | "preparing">} session
 */
export function engineSentence({ engine, preparing }) {
  if (!preparing) return engine;
  const { done, all } = preparing;
  return all === 0 ? `${engine}, until another is open` : `${engine}, until the GPU is ready: ${done} of ${all} kernels`;
}

/** @param {Record<string, number>} row */
function numbers(row) {
  const parts = [
    `loss ${fixed(row.loss, row.loss < 0.1 ? 4 : 2)}`,
    `margin ${fixed(row["rewards/margins"])}`,
    `accuracy ${percent(row["rewards/accuracies"])}`,
  ];
  const change = row["logps/chosen"] - row["logps/reference_chosen"];
  if (Math.abs(change) >= 0.05) parts.push(`chosen log-prob ${change < 0 ? "fell" : "rose"} ${fixed(Math.abs(change), 1)}`);
  return parts.join(", ");
}
