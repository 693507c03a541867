import assert from "node:assert/strict";
import { test } from "node:test";
import { figureSvg } from "../../www/app/figure-svg.js";

const COLOURS = { text: "#111", muted: "#555", line: "#ddd", card: "#fff" };
const LINE = { label: "chosen ●", colour: "#0072b2", dash: [], ys: [-10, -5, 0] };

/** @param {Partial<import("../../www/app/figure-svg.js").Drawing>} [change] */
const drawn = (change) => figureSvg({ title: "Margin", unit: "beta × nats", over: "Step", xs: [0, 5, 10], lines: [LINE], colours: COLOURS, ...change });

/** The points of each path. @param {string} svg */
const paths = (svg) => [...svg.matchAll(/<path d="([^"]*)"/g)].map(([, d]) => d.split(/[MLZ]/).filter(Boolean).map((point) => point.split(",").map(Number)));

test("a figure has title, axes with ticks, labels and legend", () => {
  const svg = drawn();
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="640"/);
  for (const text of ["Margin, beta × nats", ">Step<", ">chosen ●<", ">−10<", ">0<", ">10<"]) assert.ok(svg.includes(text), text);
});

test("lines go through the measured numbers, in proportion", () => {
  const [[[x0, y0], [x1, y1], [x2, y2]]] = paths(drawn());
  assert.ok(Math.abs(x1 - (x0 + x2) / 2) < 0.11 && Math.abs(y1 - (y0 + y2) / 2) < 0.11);
  assert.ok(y2 < y0, "more is higher");
});

test("what was not measured is left out, not drawn as 0", () => {
  const [points] = paths(drawn({ lines: [{ ...LINE, ys: [1, null, 3] }] }));
  assert.equal(points.length, 2);
  assert.equal(paths(drawn({ lines: [{ ...LINE, ys: [undefined, NaN, null] }] }))[0].length, 0);
});

test("a band lies between its two edges", () => {
  const [points] = paths(drawn({ band: { label: "80 % of pairs", colour: "#000", low: [-11, -6, -1], high: [-9, -4, 1] } }));
  assert.equal(points.length, 6);
  assert.ok(points[0][1] < points[5][1], "there and back");
});

test("dashes are kept", () => {
  assert.match(drawn({ lines: [{ ...LINE, dash: [8, 4] }] }), /stroke-dasharray="8 4"/);
});

test("texts cannot break out of the drawing", () => {
  const svg = drawn({ title: `<script>"&\u0001`, lines: [{ ...LINE, label: "</text>" }] });
  assert.ok(!svg.includes("<script>") && !svg.includes("\u0001"));
  assert.ok(svg.includes("&lt;script&gt;&quot;&amp;") && svg.includes("&lt;/text&gt;"));
});

test("a figure of nothing is still a figure", () => {
  const svg = drawn({ xs: [], lines: [{ ...LINE, ys: [] }] });
  assert.ok(svg.includes("chosen ●") && !svg.includes("NaN"));
  assert.ok(!drawn({ xs: [0], lines: [{ ...LINE, ys: [2] }] }).includes("NaN"));
});
