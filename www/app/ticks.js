// @ts-check

/**
 * Round numbers over a range, about as many as wanted: 1, 2 or 5 times a power of ten apart.
 * @param {number} min
 * @param {number} max
 * @param {number} wanted at least 1
 * @returns {number[]}
 */
export function ticks(min, max, wanted) {
  if (!(max > min)) return [min];
  const gap = rung((max - min) / wanted);
  const first = Math.ceil(min / gap - 1e-9);
  const last = Math.floor(max / gap + 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(gap)));
  // "+ 0" makes a plain zero of a negative one.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * gap).toFixed(Math.min(digits, 20))) + 0);
}

/** The least of … 1, 2, 5, 10 … that is no smaller than a number above 0. @param {number} value */
export function rung(value) {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-12);
  const factor = [1, 2, 5, 10].find((factor) => factor * decade >= value * (1 - 1e-9)) ?? 10;
  return Number((factor * decade).toPrecision(6));
}
