// @ts-check
/** @import { TableReport } from "../pkg/playground.js" */
/** Reports as rows of figures, and the names of their columns. */

/** Places where theory says that methods end, in the order they are shown. */
export const PLACES = /** @type {const} */ (["stationaryPoint", "equilibrium", "optimum"]);
/** @typedef {typeof PLACES[number]} Place */

/** Prompts and responses are counted from 0. @type {(prompt: number, response: number) => string} */
export const shareColumn = (prompt, response) => `${prompt}/policy/${response}`;
/** @type {(prompt: number, figure: "kl" | "winRate" | "exploitability") => string} */
export const figureColumn = (prompt, figure) => `${prompt}/${figure}`;
/** @type {(prompt: number, place: Place) => string} */
export const distanceColumn = (prompt, place) => `${prompt}/distance/${place}`;

const FIGURES = /** @type {const} */ (["kl", "winRate", "exploitability"]);

/** The names of the figures of `reports`. @param {TableReport[]} reports */
export function columnsOf(reports) {
  return reports.flatMap(({ policy }, prompt) => [
    ...policy.map((_, response) => shareColumn(prompt, response)),
    ...FIGURES.map((figure) => figureColumn(prompt, figure)),
    ...PLACES.map((place) => distanceColumn(prompt, place)),
  ]);
}

/** The figures themselves; NaN where there is no such place. @param {TableReport[]} reports */
export function valuesOf(reports) {
  return reports.flatMap((report) => [
    ...report.policy,
    ...FIGURES.map((figure) => report[figure]),
    ...PLACES.map((place) => report.distances[place] ?? NaN),
  ]);
}
