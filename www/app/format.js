// @ts-check
/** Numbers as the page writes them: a true minus sign, and a dash where nothing was measured. */

/** @type {(text: string) => string} */
const minus = (text) => text.replace("-", "−");

/**
 * @param {number | undefined} value
 * @param {number} [digits] after the point
 */
export function fixed(value, digits = 2) {
  if (value === undefined || !Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  // No "−0.00": a sign says that something moved.
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
}

/**
 * With its sign, for changes.
 * @param {number | undefined} value
 * @param {number} [digits]
 */
export function signed(value, digits = 2) {
  const text = fixed(value, digits);
  // What begins with a digit and is not 0.
  return /^\d/.test(text) && Number(text) !== 0 ? `+${text}` : text;
}

/** With its sign, where there is little room: the larger, the fewer digits after the point. @param {number | undefined} value */
export function signedBriefly(value) {
  const size = Math.abs(value ?? 0);
  return signed(value, size < 100 ? 2 : size < 1000 ? 1 : 0);
}

/** A share as a percentage. @param {number | undefined} value */
export function percent(value) {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return `${Math.round(value * 100)} %`;
}

/** A probability as a percentage, however small: two digits after the point, or as many as it takes. @param {number} value */
export function percentage(value) {
  const shown = 100 * value;
  return `${shown >= 0.01 || shown === 0 ? fixed(shown) : compact(shown)} %`;
}

/** Three significant digits, whatever the size. @param {number | undefined} value */
export function compact(value) {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return minus(size >= 1e-4 && size < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(1));
}

/** Steps and counts, grouped by thousands. @param {number} value */
export function count(value) {
  return value.toLocaleString("en").replaceAll(",", " ");
}

/** A token or a character so that it can be seen. @param {string} text */
export function visible(text) {
  return text.replaceAll(" ", "␣").replaceAll("\n", "↵").replaceAll("\t", "⇥");
}
