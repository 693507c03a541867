// @ts-check
/** @import { PairScore } from "./messages.js" */

/** The most points of one trace; beyond it every other one is let go. */
export const MOST_POINTS = 48;

/** How a pair's margin went: steps that rise, the margin at each, and what was measured last. @typedef {{ steps: number[], margins: number[], last: PairScore }} Trace */

/**
 * The traces, one measurement longer. What a run measured after this step was measured by a run that has been left.
 * @param {ReadonlyMap<number, Trace>} traces by pair
 * @param {number} step
 * @param {ReadonlyMap<number, PairScore>} scores
 * @returns {Map<number, Trace>} only of pairs that have numbers
 */
export function traced(traces, step, scores) {
  return new Map(Array.from(scores, ([id, score]) => [id, longer(traces.get(id), step, score)]));
}

/** @param {Trace | undefined} trace @param {number} step @param {PairScore} last @returns {Trace} */
function longer(trace, step, last) {
  if (trace?.last === last) return trace;
  let length = trace?.steps.length ?? 0;
  while (trace && length > 0 && trace.steps[length - 1] >= step) length--;
  const steps = [...(trace?.steps.slice(0, length) ?? []), step];
  const margins = [...(trace?.margins.slice(0, length) ?? []), last.margin];
  if (steps.length <= MOST_POINTS) return { steps, margins, last };
  // The first and the last one stay.
  const kept = (/** @type {number[]} */ values) => values.filter((_, index) => index % 2 === 0 || index === values.length - 1);
  return { steps: kept(steps), margins: kept(margins), last };
}

/**
 * A trace as points of a line in a box, the zero line with it: a margin of zero lies at `zero`.
 * @param {Pick<Trace, "steps" | "margins">} trace
 * @param {number} width
 * @param {number} height
 * @returns {{ points: { x: number, y: number }[], zero: number }}
 */
export function lineOf({ steps, margins }, width, height) {
  const least = Math.min(0, ...margins);
  const most = Math.max(0, ...margins);
  const span = most - least || 1;
  const from = steps[0];
  const length = steps[steps.length - 1] - from || 1;
  // A line that never leaves zero runs through the middle.
  const y = (/** @type {number} */ margin) => (most === least ? height / 2 : height - ((margin - least) / span) * height);
  return { points: steps.map((step, index) => ({ x: ((step - from) / length) * width, y: y(margins[index]) })), zero: y(0) };
}
