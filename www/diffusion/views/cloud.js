// @ts-check
/** @import { DiffusionApp } from "../app.js" */
/** @import { DiffusionStore, State } from "../state.js" */
import { onAppearance } from "../../app/appearance.js";
import { find, setText } from "../../app/dom.js";
import { count } from "../../app/format.js";
import { SAMPLES } from "../../app/strings/diffusion-samples.js";
import { DENSITY } from "../../app/strings/diffusion.js";
import { fill } from "../../app/views/fields.js";
import { BANDWIDTH, contour, density, levels } from "../density.js";
import { plane, toPoint } from "../plane.js";
import { cornersOf } from "../rules.js";
import { arrows } from "../shown.js";
import { currentPolicy, currentRule, drawsPoints } from "../state.js";
import { canvasText } from "../words.js";

/** Canvas pixels along the plane. */
const SIDE = 900;
const DATA = { colour: "muted", radius: 1.3, square: true, opacity: 0.5 };
const REFERENCE = { colour: "reference", radius: 3.2, hollow: true };
const POLICY = { colour: "chosen", radius: 3.4 };
/** The value of the choice of no class. */
const ANY = "any";

/** Points on the plane: what the policy draws, its reference, the data, their densities, the field that draws them, the region that is better. @param {DiffusionStore} store @param {DiffusionApp} app */
export function cloud(store, app) {
  const canvas = find("cloud", HTMLCanvasElement);
  const lines = contours();
  let waiting = false;
  const draw = () => {
    waiting = false;
    const state = store.state();
    const points = drawsPoints(state) === true;
    for (const id of ["plane", "cloud-keys", "overlays"]) find(id, HTMLElement).hidden = !points;
    if (!points) return;
    const { samples, data, fieldScores, hand, settings } = state;
    const drawing = plane(canvas, SIDE);
    if (!drawing) return;
    if (settings.density && samples) drawing.shades(density(samples.policy), "chosen");
    if (hand?.kind === "region") drawing.region(hand.corners, false);
    else drawing.region(cornersOf(currentRule(state)), true);
    if (data) drawing.dots(data.values, DATA);
    if (settings.density && data) drawing.lines(lines(data.values), "plain");
    if (fieldScores && settings.field.shown) drawing.arrows(fieldScores.places, arrows(fieldScores.scores), "second");
    if (!samples) return;
    drawing.dots(samples.reference, REFERENCE);
    drawing.dots(samples.policy, POLICY);
    canvas.setAttribute("aria-label", `${canvasText(samples, "policy", state)} ${canvasText(samples, "reference", state)}`);
  };
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  };
  for (const part of /** @type {const} */ (["samples", "data", "fieldScores", "hand", "settings", "shape"])) store.watch((state) => state[part], soon);
  onAppearance(soon);
  region(store, app, canvas);
  field(store, app);
  densities(store, app);
}

/** The contours of the data's density, which stay as long as the data do. */
function contours() {
  /** @type {Float32Array | null} */
  let of = null;
  /** @type {ReturnType<typeof contour>} */
  let pieces = [];
  return (/** @type {Float32Array} */ values) => {
    if (values !== of) {
      of = values;
      const heights = density(values);
      pieces = levels(heights).flatMap((level) => contour(heights, level));
    }
    return pieces;
  };
}

/** What is better, as a text or as a drawing. @param {DiffusionStore} store @param {DiffusionApp} app @param {HTMLCanvasElement} canvas */
function region(store, app, canvas) {
  const input = find("region", HTMLInputElement);
  const [begin, close, cancel] = ["region-draw", "region-close", "region-cancel"].map((id) => find(id, HTMLButtonElement));
  store.watch(drawsPoints, (points) => (find("region-rule", HTMLElement).hidden = points !== true));
  input.addEventListener("change", () => app.chooseRule(input.value));
  store.watch(currentRule, (rule) => (input.value = rule));
  begin.addEventListener("click", () => {
    app.drawRegion();
    canvas.scrollIntoView({ block: "nearest" });
  });
  close.addEventListener("click", () => {
    app.closeRegion();
    begin.focus();
  });
  cancel.addEventListener("click", () => {
    app.putDown();
    begin.focus();
  });
  canvas.addEventListener("click", (event) => app.addCorner(toPoint(event.offsetX, event.offsetY, canvas.clientWidth)));
  store.watch((state) => state.hand, (hand) => {
    const drawing = hand?.kind === "region";
    begin.hidden = drawing;
    close.hidden = cancel.hidden = !drawing;
    close.disabled = !drawing || hand.corners.length < 3;
    canvas.classList.toggle("drawing", drawing);
    const corners = drawing ? hand.corners.length : 0;
    setText(find("region-count", HTMLElement), drawing ? SAMPLES.corners(corners) : "");
  });
}

/** @param {DiffusionStore} store @param {DiffusionApp} app */
function field(store, app) {
  const shown = find("field-shown", HTMLInputElement);
  const of = find("field-class", HTMLSelectElement);
  const timestep = find("field-timestep", HTMLInputElement);
  shown.addEventListener("change", () => app.showField({ shown: shown.checked }));
  of.addEventListener("change", () => app.showField({ class: of.value === ANY ? null : Number(of.value) }));
  timestep.addEventListener("input", () => app.showField({ timestep: timestep.valueAsNumber }));
  store.watch((state) => state.shape && currentPolicy(state), (policy, { shape, settings }) => {
    // A policy without classes has one field alone.
    const classes = shape?.classes ? (policy?.classes ?? []) : [];
    fill(of, [{ name: ANY, title: SAMPLES.anyClass }, ...classes.map((title, place) => ({ name: String(place), title }))], String(settings.field.class ?? ANY));
  });
  store.watch((state) => state.shape, (shape) => (timestep.max = String(Math.max(0, (shape?.timesteps ?? 1) - 1))));
  store.watch((state) => state.settings.field, (choice, { shape }) => {
    shown.checked = choice.shown;
    find("field-choice", HTMLElement).hidden = !choice.shown;
    timestep.value = String(choice.timestep);
    setText(find("field-at", HTMLElement), SAMPLES.timestep(choice.timestep, shape?.timesteps));
  });
}

/** @param {DiffusionStore} store @param {DiffusionApp} app */
function densities(store, app) {
  const shown = find("density-shown", HTMLInputElement);
  const text = find("density-text", HTMLElement);
  shown.addEventListener("change", () => app.showDensity(shown.checked));
  const show = () => {
    const { settings, samples, data } = store.state();
    shown.checked = settings.density;
    text.hidden = !settings.density;
    const [own, others] = [samples?.classes.length ?? 0, data?.classes.length ?? 0];
    setText(text, DENSITY.text(count(own), count(others), BANDWIDTH));
  };
  for (const part of /** @type {const} */ (["samples", "data", "settings"])) store.watch((/** @type {State} */ state) => state[part], show);
}
