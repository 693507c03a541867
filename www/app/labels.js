// @ts-check

/**
 * Where labels go that want to stand at `wanted`, so that no two are nearer than `gap` and all lie between `top` and
 * `bottom`, each as near to its place as its neighbours allow. They keep their order; equal ones stand in that of the
 * list.
 * @param {number[]} wanted
 * @param {number} gap
 * @param {number} top
 * @param {number} bottom
 */
export function placeLabels(wanted, gap, top, bottom) {
  const order = wanted.map((_, index) => index).sort((one, other) => wanted[one] - wanted[other] || one - other);
  // Neighbours that would overlap become a block, which stands where it moves its labels least.
  /** @type {{ members: number[], start: number }[]} */
  const blocks = [];
  /** @type {(members: number[]) => number} */
  const best = (members) => {
    const sum = members.reduce((total, label, place) => total + wanted[label] - place * gap, 0);
    const start = sum / members.length;
    return Math.max(top, Math.min(start, bottom - (members.length - 1) * gap));
  };
  for (const label of order) {
    let block = { members: [label], start: best([label]) };
    for (let last = blocks.at(-1); last && last.start + last.members.length * gap > block.start; last = blocks.at(-1)) {
      blocks.pop();
      const members = [...last.members, ...block.members];
      block = { members, start: best(members) };
    }
    blocks.push(block);
  }
  const places = new Array(wanted.length).fill(0);
  for (const { members, start } of blocks) members.forEach((label, place) => (places[label] = start + place * gap));
  return places;
}
