// @ts-check

/**
 * At most `most` of some rising steps, evenly spread: as long as there are too many, the one goes whose neighbours are
 * nearest to each other. The first and the last stay.
 * @param {number[]} steps
 * @param {number} most at least 2
 */
export function thinned(steps, most) {
  const kept = [...steps];
  while (kept.length > most) {
    let least = 1;
    for (let index = 2; index < kept.length - 1; index++) {
      if (kept[index + 1] - kept[index - 1] < kept[least + 1] - kept[least - 1]) least = index;
    }
    kept.splice(least, 1);
  }
  return kept;
}
