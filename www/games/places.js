// @ts-check
/** @import { TableReport } from "../pkg/playground.js" */
/** @import { Place } from "./rows.js" */
/** @import { State } from "./state.js" */
import { PLACES } from "./rows.js";

/** The report on the prompt that is shown. @param {State} state @returns {TableReport | undefined} */
export function currentReport({ reports, settings }) {
  return reports[settings.prompt];
}

/** The places that are known for a prompt, in the order they are shown. @param {TableReport} report @returns {{ place: Place, shares: number[], distance: number }[]} */
export function knownPlaces(report) {
  return PLACES.flatMap((place) => {
    const [shares, distance] = [report[place], report.distances[place]];
    return shares && distance !== null ? [{ place, shares, distance }] : [];
  });
}
