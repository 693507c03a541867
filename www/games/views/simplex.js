// @ts-check
/** @import { GameApp } from "../app.js" */
/** @import { Point, View } from "../simplex.js" */
/** @import { GameStore, State } from "../state.js" */
import { calm } from "../../app/appearance.js";
import { find, setText } from "../../app/dom.js";
import { fixed } from "../../app/format.js";
import { GAMES, NAMES } from "../../app/strings/games.js";
import { asReference } from "../edits.js";
import { currentReport, knownPlaces } from "../places.js";
import { CORNERS, RATIO, WHOLE, around, gridStep, place, sharesAt } from "../simplex.js";
import { currentPrompt } from "../state.js";

/** Units of the drawing across. */
const SIZE = 400;
/** Where the names of the corners stand: clear of a mark in the corner, and within the drawing. */
const NAMED = [
  { right: 0, down: -20, anchor: "middle" },
  { right: -34, down: 24, anchor: "start" },
  { right: 34, down: 24, anchor: "end" },
];
/** Milliseconds between two drawings where motion is unwelcome. */
const CALM_PERIOD = 400;
/** How each mark is drawn, and where its letter stands, so that marks which meet can still be told apart. */
const MARKS = /** @type {const} */ ({
  reference: { shape: "M0-8 L8 0 L0 8 L-8 0Z", at: [-11, 4, "end"] },
  stationaryPoint: { shape: "M-9-9 H9 V9 H-9Z", at: [0, -13, "middle"] },
  equilibrium: { shape: "M0-11 L10 8 H-10Z", at: [13, 6, "start"] },
  optimum: { shape: star(), at: [0, 23, "middle"] },
  policy: { shape: "M-5 0 A5 5 0 1 0 5 0 A5 5 0 1 0 -5 0Z", at: [9, -6, "start"] },
});

/** The triangle of three responses with the policy's path in it; the reference can be dragged. @param {GameStore} store @param {GameApp} app */
export function simplex(store, app) {
  const figure = find("simplex", HTMLElement);
  const zoom = find("zoom", HTMLInputElement);
  const [title, description] = [svg("title"), svg("desc")];
  const [grid, path, marks] = [svg("g", { class: "grid" }), svg("polyline", { class: "path" }), svg("g")];
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${SIZE} ${SIZE * RATIO}`, role: "img", "aria-labelledby": "triangle-title triangle-text" },
    title, description, grid, path, marks,
  );
  title.id = "triangle-title";
  description.id = "triangle-text";
  find("triangle", HTMLElement).append(drawing);
  setText(title, GAMES.triangle);

  /** Where the reference is being dragged to. @type {number[] | null} */
  let dragged = null;
  /** @type {View} */
  let view = WHOLE;
  const reference = mark("reference");
  reference.classList.add("handle");
  // A finger is wider than a mark.
  reference.append(svg("circle", { r: "20" }));
  const known = { stationaryPoint: mark("stationaryPoint"), equilibrium: mark("equilibrium"), optimum: mark("optimum") };
  const policy = mark("policy");
  marks.append(...Object.values(known), reference, policy);

  const draw = () => {
    const state = store.state();
    const [report, prompt] = [currentReport(state), currentPrompt(state)];
    const fits = prompt?.responses.length === 3 && report?.policy.length === 3;
    figure.hidden = !fits;
    if (!fits) return;
    const walked = state.trails[state.settings.prompt]?.points ?? [];
    const places = knownPlaces(report).map(({ place: name, shares }) => ({ name, at: place(shares) }));
    const start = place(dragged ?? report.reference);
    const end = place(report.policy);
    if (!dragged) view = zoom.checked ? around([...walked, start, end, ...places.map(({ at }) => at)]) : WHOLE;
    drawGrid(grid, view, prompt.responses);
    path.setAttribute("points", [...walked, end].map((point) => seen(point, view)).map(({ x, y }) => `${fine(x)},${fine(y)}`).join(" "));
    for (const node of Object.values(known)) node.setAttribute("visibility", "hidden");
    for (const { name, at } of places) put(known[name], at, view);
    put(reference, start, view);
    put(policy, end, view);
    setText(find("grid", HTMLElement), GAMES.grid(fixed(100 * gridStep(view), 1).replace(".0", ""), prompt.responses));
    const told = tell(state);
    setText(description, told);
    setText(find("simplex-text", HTMLElement), told);
  };
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => requestAnimationFrame(() => {
      waiting = false;
      draw();
    }), calm() ? CALM_PERIOD : 0);
  };
  store.watch((state) => state.trails, soon);
  store.watch((state) => state.reports, soon);
  store.watch((state) => state.settings.prompt, soon);
  zoom.addEventListener("change", soon);

  reference.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    reference.setPointerCapture(event.pointerId);
    dragged = currentReport(store.state())?.reference ?? null;
  });
  reference.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const box = drawing.getBoundingClientRect();
    const point = {
      x: view.x + ((event.clientX - box.left) / box.width) * view.width,
      y: view.y + ((event.clientY - box.top) / box.height) * view.width * RATIO,
    };
    dragged = asReference(sharesAt(point).map((share) => Math.round(1000 * Math.max(share, 0)) / 1000));
    soon();
  });
  reference.addEventListener("pointerup", () => {
    if (dragged) app.change({ reference: dragged });
    dragged = null;
  });
  reference.addEventListener("pointercancel", () => {
    dragged = null;
    soon();
  });
}

/** The drawing in words. @param {State} state */
function tell(state) {
  const [report, prompt] = [currentReport(state), currentPrompt(state)];
  if (!report || !prompt) return "";
  const shares = (/** @type {number[]} */ all) => all.map((share, index) => `${prompt.responses[index]} ${fixed(share, 3)}`);
  const places = knownPlaces(report).map(({ place: name, distance }) => GAMES.distanceTo(fixed(distance, 4), name));
  return GAMES.gives(shares(report.policy), shares(report.reference), places);
}

/** @param {SVGElement} grid @param {View} view @param {string[]} names */
function drawGrid(grid, view, names) {
  const step = gridStep(view);
  const wanted = JSON.stringify([view, names]);
  if (grid.dataset.shown === wanted) return;
  grid.dataset.shown = wanted;
  const lines = [];
  for (let share = step; share < 1 - step / 2; share += step) {
    for (const corner of [0, 1, 2]) {
      const ends = [1, 2].map((turn) => [0, 1, 2].map((index) => (index === corner ? share : index === (corner + turn) % 3 ? 1 - share : 0)));
      const [from, to] = ends.map((shares) => seen(place(shares), view));
      lines.push(svg("line", { x1: fine(from.x), y1: fine(from.y), x2: fine(to.x), y2: fine(to.y) }));
    }
  }
  const corners = CORNERS.map((corner) => seen(corner, view));
  const edge = svg("polygon", { points: corners.map(({ x, y }) => `${fine(x)},${fine(y)}`).join(" "), class: "edge" });
  const texts = corners.map(({ x, y }, index) => {
    const { right, down, anchor } = NAMED[index];
    const text = svg("text", { x: fine(x + right), y: fine(y + down), "text-anchor": anchor });
    setText(text, short(names[index]));
    return text;
  });
  grid.replaceChildren(...lines, edge, ...texts);
}

/** @param {string} name */
function short(name) {
  return name.length > 12 ? `${name.slice(0, 11)}…` : name;
}

/** @param {keyof typeof MARKS} name */
function mark(name) {
  const { shape, at } = MARKS[name];
  const [x, y, anchor] = at;
  const text = svg("text", { x: String(x), y: String(y), "text-anchor": anchor });
  setText(text, NAMES[name].letter);
  return svg("g", { class: `mark of-${name}`, visibility: "hidden" }, svg("path", { d: shape }), text);
}

/** @param {SVGElement} node @param {Point} point @param {View} view */
function put(node, point, view) {
  const { x, y } = seen(point, view);
  node.setAttribute("transform", `translate(${fine(x)} ${fine(y)})`);
  node.setAttribute("visibility", "visible");
}

/** Where a point of the plane stands in the drawing. @param {Point} point @param {View} view @returns {Point} */
function seen({ x, y }, view) {
  return { x: (SIZE * (x - view.x)) / view.width, y: (SIZE * (y - view.y)) / view.width };
}

/** @param {number} value */
function fine(value) {
  return value.toFixed(1);
}

function star() {
  const points = Array.from({ length: 10 }, (_, index) => {
    const [angle, radius] = [(index * Math.PI) / 5 - Math.PI / 2, index % 2 === 0 ? 12 : 5];
    return `${(radius * Math.cos(angle)).toFixed(1)} ${(radius * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${points.join("L")}Z`;
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {Node[]} children
 * @returns {SVGElementTagNameMap[T]}
 */
function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
