// @ts-check
/** @import { State } from "./state.js" */
import { count, fixed, percent } from "./format.js";
import { STATUS } from "./strings/status.js";

/**
 * Where training stands, in a sentence.
 * @param {Pick<State, "session" | "evaluation">} state
 * @param {string | null} [waits] what must be done before the run can go on
 */
export function statusSentence({ session, evaluation }, waits = null) {
  const { phase, running, step } = session;
  if (phase === "failed") return STATUS.failed;
  if (phase !== "ready") return STATUS.loading;
  if (running && waits) return STATUS.waiting(count(step), waits);
  if (running) return STATUS.running(count(step));
  const where = step === 0 ? STATUS.ready : STATUS.paused(count(step));
  return evaluation?.step === step ? STATUS.measured(where, figures(evaluation.row)) : STATUS.rests(where);
}

/**
 * What runs the graphs, and what is about to.
 * @param {Pick<State["session"], "engine" | "preparing">} session
 */
export function engineSentence({ engine, preparing }) {
  if (!preparing) return engine;
  const { done, all } = preparing;
  return all === 0 ? STATUS.untilOpen(engine) : STATUS.untilReady(engine, done, all);
}

/** @param {Record<string, number>} row */
function figures(row) {
  const parts = [
    STATUS.loss(fixed(row.loss, row.loss < 0.1 ? 4 : 2)),
    STATUS.margin(fixed(row["rewards/margins"])),
    STATUS.accuracy(percent(row["rewards/accuracies"])),
  ];
  const change = row["logps/chosen"] - row["logps/reference_chosen"];
  if (Math.abs(change) >= 0.05) parts.push((change < 0 ? STATUS.fell : STATUS.rose)(fixed(Math.abs(change), 1)));
  return parts;
}
