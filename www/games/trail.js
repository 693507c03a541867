// @ts-check
/** @import { Point } from "./simplex.js" */

/** What a move must exceed to be seen, in sides of the triangle. */
const LEAST_MOVE = 0.0005;
/** The most points kept; beyond it every other one is let go. */
const MOST_POINTS = 4000;

/**
 * Where a policy has been in the triangle: a point wherever it has moved enough to be seen, however many steps that
 * took, so that a fast beginning is as finely drawn as a slow end.
 */
export class Trail {
  /** @param {Point[]} points @param {number} least the least move between two of them */
  constructor(points = [], least = LEAST_MOVE) {
    this.points = points;
    this.least = least;
  }

  /** The trail with more points at its end. @param {Point[]} more */
  append(more) {
    const points = [...this.points];
    let { least } = this;
    for (const point of more) {
      const last = points.at(-1);
      if (last && Math.hypot(point.x - last.x, point.y - last.y) < least) continue;
      points.push(point);
      if (points.length > MOST_POINTS) {
        least *= 2;
        points.splice(0, points.length, ...points.filter((_, index) => index % 2 === 0));
      }
    }
    return new Trail(points, least);
  }
}
