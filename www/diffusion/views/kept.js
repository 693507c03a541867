// @ts-check
/** @import { Line as ChartLine } from "../../compare/views/overlay.js" */
/** @import { DiffusionApp } from "../app.js" */
/** @import { Figure, KeptRun } from "../kept.js" */
/** @import { DiffusionStore } from "../state.js" */
import { calm, onAppearance } from "../../app/appearance.js";
import { element, find, setText } from "../../app/dom.js";
import { count } from "../../app/format.js";
import { icon } from "../../app/icons.js";
import { KEPT } from "../../app/strings/diffusion.js";
import { methodGroups } from "../../app/views/fields.js";
import { letter } from "../../compare/runs.js";
import { written } from "../../compare/views/figures.js";
import { fillTable, overlay } from "../../compare/views/overlay.js";
import { swatch } from "../../compare/views/swatch.js";
import { MOST_CHARTS, MOST_KEPT, comparable, figuresOf, lastOf, presentRun } from "../kept.js";
import { paintImages } from "../paint.js";
import { plane } from "../plane.js";
import { currentRule, currentScenario, drawsPoints, methodName } from "../state.js";

/** Milliseconds between two drawings. */
const PERIOD = 300;
const CALM_PERIOD = 800;
/** Canvas pixels along the plane of a kept run. */
const SIDE = 320;
const LOOK = { colour: "chosen", radius: 4 };

/** Runs that were kept beside the one that goes on: curves, figures, samples. @param {DiffusionStore} store @param {DiffusionApp} app */
export function kept(store, app) {
  const target = find("panel-kept", HTMLElement);
  const branched = element("p", { class: "hint branched", hidden: "" });
  const charts = element("div", { class: "charts wide" });
  const pictures = element("div", { class: "pictures" });
  const body = element("tbody");
  const heads = element("tr");
  const table = element("table", { "aria-label": KEPT.figures }, element("thead", {}, heads), body);
  const figures = element("div", { class: "scroll", role: "region", "aria-label": KEPT.scrolling, tabindex: "0" }, table);
  const title = element("h3", {}, KEPT.figuresTitle);
  const note = element("p", { class: "hint" }, KEPT.note);
  target.append(element("p", { class: "hint" }, KEPT.hint), branching(store, app), branched, charts, pictures, title, figures, note);

  /** @type {{ figure: Figure, show: (lines: ChartLine[]) => void, forget: () => void }[]} */
  let drawn = [];
  const replace = () => {
    charts.replaceChildren();
    drawn = figuresOf(store.state()).slice(0, MOST_CHARTS).map((figure) => chart(figure, charts));
    soon();
  };
  const draw = () => {
    const state = store.state();
    const present = { ...presentRun(state), title: KEPT.present(presentRun(state).title) };
    const others = comparable(state);
    const none = others.length === 0;
    for (const part of [charts, pictures, title, figures, note]) part.hidden = none;
    // Nothing is drawn behind other tabs or far below.
    if (none || target.hidden) return;
    const runs = [...others, present];
    for (const { figure, show } of drawn) show(runs.map((run) => lineOf(run, figure.metric)));
    paint(runs);
    fillFigures(heads, body, runs, figuresOf(state), (id) => store.dispatch({ type: "forget", id }));
  };
  let waiting = false;
  let last = -Infinity;
  function soon() {
    if (waiting) return;
    waiting = true;
    setTimeout(() => requestAnimationFrame(() => {
      waiting = false;
      last = performance.now();
      draw();
    }), Math.max(0, last + (calm() ? CALM_PERIOD : PERIOD) - performance.now()));
  }
  /** What the pictures show. @type {(KeptRun["samples"])[]} */
  let painted = [];
  /** @param {KeptRun[]} runs */
  const paint = (runs) => {
    const samples = runs.map((run) => run.samples);
    if (samples.length === painted.length && samples.every((shown, place) => shown === painted[place])) return;
    painted = samples;
    pictures.replaceChildren(...runs.flatMap((run) => (run.samples ? [samplesOf(run, drawsPoints(store.state()) === true)] : [])));
  };
  for (const part of /** @type {const} */ (["history", "qualityHistory", "samples", "kept", "session"])) store.watch((state) => state[part], soon);
  for (const part of [currentRule, methodName]) store.watch(part, replace);
  store.watch(currentScenario, replace);
  store.watch(drawsPoints, replace);
  store.watch((state) => state.branch, (branch) => {
    branched.hidden = branch === null;
    if (!branch) return;
    const leave = element("button", { type: "button" }, KEPT.leave);
    leave.addEventListener("click", () => app.leaveBranch());
    branched.replaceChildren(KEPT.branched(branch.run, count(branch.step)), " ", leave);
  });
  onAppearance(() => {
    for (const { forget } of drawn) forget();
    painted = [];
    soon();
  });
  new ResizeObserver(soon).observe(target);
}

/** Keeping a run, and what comes after it. @param {DiffusionStore} store @param {DiffusionApp} app */
function branching(store, app) {
  const keep = element("button", { type: "button" }, icon("pin"), element("span", {}, KEPT.keep));
  const [method, from] = [element("select", { id: "again-method" }), element("select")];
  from.append(new Option(KEPT.start, "start"), new Option(KEPT.here, "here"));
  const go = element("button", { type: "submit" }, KEPT.go);
  const full = element("span", { class: "hint", role: "status" });
  const form = element("form", { class: "toolbar", "aria-label": KEPT.form }, keep, element("span", { class: "hint" }, KEPT.again), element("label", {}, `${KEPT.method} `, method), element("label", {}, `${KEPT.from} `, from), go, full);
  store.watch((state) => state.catalogue, (catalogue) => method.replaceChildren(...methodGroups(catalogue?.methods ?? [])));
  store.watch(methodName, (name) => (method.value = name));
  const fit = () => {
    const { session, kept: runs } = store.state();
    const free = runs.length < MOST_KEPT;
    keep.disabled = go.disabled = session.phase !== "ready" || session.step === 0 || !free;
    setText(full, free ? "" : KEPT.full);
  };
  store.watch((state) => state.session, fit);
  store.watch((state) => state.kept, fit);
  keep.addEventListener("click", () => app.keep());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    app.branch(method.value, /** @type {"start" | "here"} */ (from.value));
  });
  return form;
}

/** @param {KeptRun} run @param {string} metric @returns {ChartLine} */
function lineOf(run, metric) {
  return { id: run.id, label: titleOf(run), ...(run.lines[metric] ?? { steps: [], values: [] }) };
}

/** @param {KeptRun} run */
const titleOf = ({ id, title }) => `${letter(id)} ${title}`;

/** A chart of one figure of all runs, with its table. @param {Figure} figure @param {HTMLElement} target */
function chart(figure, target) {
  const canvas = element("div", { "aria-hidden": "true" });
  const table = element("table", { "aria-label": KEPT.allTableName(figure.title) });
  const details = element("details", {}, element("summary", {}, KEPT.allTable(figure.title)), table);
  const box = element("figure", { "aria-label": KEPT.all(figure.title) }, element("figcaption", {}, figure.title, element("span", { class: "unit" }, ` ${figure.unit}`)), canvas, details);
  target.append(box);
  const drawing = overlay(canvas);
  /** @type {ChartLine[]} */
  let lines = [];
  details.addEventListener("toggle", () => fillTable(table, lines, figure.kind));
  return {
    figure,
    /** @param {ChartLine[]} shown */
    show(shown) {
      lines = shown;
      drawing.show(lines, Math.max(200, box.clientWidth));
      if (details.open) fillTable(table, lines, figure.kind);
    },
    forget: drawing.forget,
  };
}

/** A row of figures for each run; the last is the present one. @param {HTMLElement} heads @param {HTMLElement} body @param {KeptRun[]} runs @param {Figure[]} figures @param {(id: number) => void} forget */
function fillFigures(heads, body, runs, figures, forget) {
  const titles = [KEPT.run, KEPT.step, ...figures.map(({ title }) => title), KEPT.settings];
  if (heads.textContent !== titles.join("")) heads.replaceChildren(...titles.map((text) => element("th", { scope: "col" }, text)));
  const names = JSON.stringify(runs.map(titleOf));
  if (body.dataset.runs !== names) {
    body.dataset.runs = names;
    body.replaceChildren(...runs.map((run, place) => {
      const remove = element("button", { type: "button", class: "quiet", "aria-label": KEPT.remove(letter(run.id)) }, icon("remove"));
      remove.addEventListener("click", () => forget(run.id));
      const head = element("th", { scope: "row" }, swatch(run.id), ` ${titleOf(run)} `, ...(place < runs.length - 1 ? [remove] : []));
      return element("tr", {}, head, ...titles.slice(1).map(() => element("td")));
    }));
  }
  runs.forEach((run, place) => {
    const cells = [...body.children[place].children].slice(1);
    setText(cells[0], count(run.step));
    figures.forEach(({ metric, kind }, index) => setText(cells[index + 1], written(kind, lastOf(run, metric))));
    setText(cells[figures.length + 1], run.settings);
  });
}

/** What a kept run drew last. @param {KeptRun} run @param {boolean} points */
function samplesOf(run, points) {
  const canvas = element("canvas", { role: "img", "aria-label": KEPT.samples(titleOf(run)) });
  const { policy, classes } = /** @type {import("../messages.js").Samples} */ (run.samples);
  if (points) plane(canvas, SIDE)?.dots(policy, LOOK);
  else paintImages(canvas, policy, 10, policy.length / classes.length);
  return element("figure", { class: points ? "" : "wide" }, element("figcaption", {}, swatch(run.id), ` ${KEPT.at(titleOf(run), count(run.step))}`), canvas);
}
