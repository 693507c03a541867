// @ts-check
/** @import { Trace } from "../margin-traces.js" */
import { drawing } from "../dom.js";
import { signed } from "../format.js";
import { lineOf } from "../margin-traces.js";
import { PAIRS } from "../strings/pairs.js";

const WIDTH = 56;
const HEIGHT = 16;
/** Room for the line's own width and for its dot. */
const EDGE = 2.5;

/** A small line of how a pair's margin went, with words for it. */
export function sparkline() {
  const zero = drawing("line", { class: "zero", x1: "0", x2: String(WIDTH + 2 * EDGE) });
  const line = drawing("polyline", { class: "trace" });
  const dot = drawing("circle", { class: "dot", r: "2" });
  const figure = drawing("svg", { class: "sparkline", role: "img", viewBox: `0 0 ${WIDTH + 2 * EDGE} ${HEIGHT + 2 * EDGE}` }, zero, line, dot);
  /** @type {Trace | undefined} */
  let shown;
  figure.style.visibility = "hidden";
  return {
    figure,
    /** Before there are two points there is nothing to see. @param {Trace | undefined} trace */
    show(trace) {
      if (trace === shown) return;
      shown = trace;
      const long = trace !== undefined && trace.steps.length > 1;
      figure.style.visibility = long ? "visible" : "hidden";
      if (!long) return;
      const { points, zero: level } = lineOf(trace, WIDTH, HEIGHT);
      const place = (/** @type {number} */ at) => (at + EDGE).toFixed(1);
      zero.setAttribute("y1", place(level));
      zero.setAttribute("y2", place(level));
      line.setAttribute("points", points.map(({ x, y }) => `${place(x)},${place(y)}`).join(" "));
      const last = points[points.length - 1];
      dot.setAttribute("cx", place(last.x));
      dot.setAttribute("cy", place(last.y));
      const { steps, margins } = trace;
      const [least, most] = [Math.min(...margins), Math.max(...margins)].map((margin) => signed(margin));
      const [from, to] = [steps[0], steps[steps.length - 1]];
      figure.setAttribute("aria-label", PAIRS.trace(signed(margins[0]), from, signed(margins[margins.length - 1]), to, least, most));
    },
  };
}
