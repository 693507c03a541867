// @ts-check
/** @import { State } from "./state.js" */
import { count, fixed, percent } from "../app/format.js";
import { GAMES } from "../app/strings/games.js";
import { STATUS } from "../app/strings/status.js";
import { currentReport, knownPlaces } from "./places.js";
import { currentEnd } from "./state.js";

/** Where training stands, in a sentence. @param {State} state */
export function statusSentence(state) {
  const { phase, running, step } = state.session;
  if (phase === "failed") return STATUS.failed;
  if (phase !== "ready") return GAMES.opening;
  if (running) return STATUS.running(count(step));
  const where = step === 0 ? STATUS.ready : STATUS.paused(count(step));
  const report = currentReport(state);
  if (!report || step === 0) return STATUS.rests(where);
  const { place } = currentEnd(state);
  const end = knownPlaces(report).find((known) => known.place === place);
  const parts = [GAMES.kl(fixed(report.kl, 3)), GAMES.wins(percent(report.winRate))];
  if (end) parts.unshift(GAMES.distanceTo(fixed(end.distance, 4), end.place));
  return STATUS.measured(where, parts);
}
