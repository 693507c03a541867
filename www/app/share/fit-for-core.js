// @ts-check
/** @import { Catalogue, Hyperparameter } from "../messages.js" */
import { SHARE } from "../strings/share.js";

/**
 * Those of a link's numbers that the core takes, and what of the link it does not know.
 * @param {string} method
 * @param {Record<string, number>} values
 * @param {Catalogue} catalogue
 * @returns {{ known: boolean, values: Record<string, number>, problems: string[] }} known says whether there is such a method
 */
export function fitForCore(method, values, { methods, sampling, training }) {
  const known = methods.find((one) => one.name === method);
  if (!known) return { known: false, values: {}, problems: [SHARE.noMethod(method)] };
  return { known: true, ...fitNumbers(values, [...known.hyperparameters, ...sampling, ...training]) };
}

/** @param {Record<string, number>} values @param {Hyperparameter[]} ranges */
export function fitNumbers(values, ranges) {
  const problems = Object.entries(values).flatMap(([name, value]) => {
    const why = problemOf(name, value, ranges.find((hyper) => hyper.name === name));
    return why === null ? [] : [{ name, why }];
  });
  const unfit = new Set(problems.map(({ name }) => name));
  return { values: Object.fromEntries(Object.entries(values).filter(([name]) => !unfit.has(name))), problems: problems.map(({ why }) => why) };
}

/** @param {string} name @param {number} value @param {Hyperparameter | undefined} range */
function problemOf(name, value, range) {
  if (!range) return SHARE.unknownNumber(name);
  const { label, min, max, scale } = range;
  const whole = scale === "integer" || scale === "choice";
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return null;
  return SHARE.unfit(label, whole ? SHARE.noWhole(min, max) : SHARE.noNumber(min, max));
}
