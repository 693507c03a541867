// @ts-check
/** @import { State } from "./state.js" */
import { count, fixed, percent } from "../app/format.js";
import { NAMES } from "./ends.js";
import { currentReport, knownPlaces } from "./places.js";
import { currentEnd } from "./state.js";

/** Where training stands, in a sentence. @param {State} state */
export function statusSentence(state) {
  const { phase, running, step } = state.session;
  if (phase === "failed") return "Not ready: see the message.";
  if (phase !== "ready") return "Setting up the game …";
  if (running) return `Running: step ${count(step)}.`;
  const where = step === 0 ? "Ready at step 0" : `Paused at step ${count(step)}`;
  const report = currentReport(state);
  if (!report || step === 0) return `${where}.`;
  const { place } = currentEnd(state);
  const end = knownPlaces(report).find((known) => known.place === place);
  const parts = [`KL ${fixed(report.kl, 3)} nats`, `win rate ${percent(report.winRate)}`];
  if (end) parts.unshift(`${fixed(end.distance, 4)} from the ${NAMES[end.place].title.toLowerCase()}`);
  return `${where}: ${parts.join(", ")}.`;
}
