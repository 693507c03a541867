// @ts-check
/** @import { DiffusionApp } from "../app.js" */
/** @import { DiffusionStore } from "../state.js" */
import { onAppearance } from "../../app/appearance.js";
import { find, setText } from "../../app/dom.js";
import { SAMPLES } from "../../app/strings/diffusion-samples.js";
import { fill } from "../../app/views/fields.js";
import { tabs } from "../../app/views/tabs.js";
import { paintImages } from "../paint.js";
import { plane } from "../plane.js";
import { currentPolicy, drawsPoints } from "../state.js";
import { className } from "../words.js";

/** Milliseconds that a state stands while the way is played. */
const BEAT = 150;
/** Canvas pixels along the plane. */
const SIDE = 500;
/** What holds it: it is drawn while that is in sight. */
const PANEL = "panel-way";
const SIDES = /** @type {const} */ (["policy", "reference"]);
const LOOKS = {
  policy: { colour: "chosen", radius: 7 },
  reference: { colour: "reference", radius: 7, hollow: true },
};

/** How samples come about from noise, state by state. @param {DiffusionStore} store @param {DiffusionApp} app */
export function way(store, app) {
  const of = find("way-class", HTMLSelectElement);
  const place = find("way-state", HTMLInputElement);
  const play = find("way-play", HTMLButtonElement);
  const canvases = { policy: find("way-policy", HTMLCanvasElement), reference: find("way-reference", HTMLCanvasElement) };
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    setText(play, SAMPLES.play);
  };
  const draw = () => {
    const state = store.state();
    const { wayStates, shape } = state;
    place.disabled = play.disabled = !wayStates;
    if (!wayStates || !shape) return;
    const last = wayStates.timesteps.length;
    // A way of as many steps is looked at where the one before was; the first at its end.
    if (place.max !== String(last)) Object.assign(place, { max: String(last), value: String(last) });
    const at = place.valueAsNumber;
    const where = at === last ? SAMPLES.atSample : SAMPLES.atNoise(wayStates.timesteps[at]);
    setText(find("way-at", HTMLElement), SAMPLES.at(at, last, where));
    for (const side of SIDES) {
      const values = wayStates[side][at];
      canvases[side].setAttribute("aria-label", SAMPLES.way(values.length / shape.dimensions, className(state, wayStates.class), side, where));
      if (drawsPoints(state)) plane(canvases[side], SIDE)?.dots(values, LOOKS[side]);
      else paintImages(canvases[side], values, values.length / shape.dimensions / 2, shape.dimensions);
    }
  };
  tabs(find("views", HTMLElement), (tab) => {
    stop();
    app.showWay({ shown: tab.getAttribute("aria-controls") === PANEL });
  });
  of.addEventListener("change", () => app.showWay({ class: Number(of.value) }));
  place.addEventListener("input", () => {
    stop();
    draw();
  });
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (place.value === place.max) place.value = "0";
    setText(play, SAMPLES.pause);
    draw();
    timer = window.setInterval(() => {
      place.value = String(place.valueAsNumber + 1);
      draw();
      if (place.value === place.max) stop();
    }, BEAT);
  });
  store.watch((state) => state.wayStates, draw);
  store.watch((state) => state.shape && currentPolicy(state), (policy, { settings }) => {
    fill(of, (policy?.classes ?? []).map((title, index) => ({ name: String(index), title })), String(settings.way.class));
  });
  onAppearance(draw);
}
