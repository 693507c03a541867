// @ts-check

/**
 * The value that a share `q` of the sorted numbers lies below, between two of them in proportion.
 * @param {ArrayLike<number>} sorted ascending, at least one
 * @param {number} q from 0 to 1
 */
export function quantile(sorted, q) {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
