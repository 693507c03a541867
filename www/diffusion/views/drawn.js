// @ts-check
/** @import { DiffusionApp } from "../app.js" */
/** @import { DiffusionStore, State } from "../state.js" */
import { onAppearance } from "../../app/appearance.js";
import { download, element, find, setText } from "../../app/dom.js";
import { SAMPLES } from "../../app/strings/diffusion-samples.js";
import { numberField } from "../../app/views/fields.js";
import { paintImages } from "../paint.js";
import { currentMethod, currentPolicy, drawsPoints } from "../state.js";
import { picture } from "../picture.js";
import { SAMPLER_NUMBERS } from "../shown.js";
import { canvasText, drawnSentence, drawnWhen } from "../words.js";

/** What the policy draws now, beside its reference; and how it is drawn. @param {DiffusionStore} store @param {DiffusionApp} app */
export function drawn(store, app) {
  const canvases = { policy: find("policy-grid", HTMLCanvasElement), reference: find("reference-grid", HTMLCanvasElement) };
  const show = () => {
    const state = store.state();
    const { samples, shape } = state;
    find("grids", HTMLElement).hidden = drawsPoints(state) !== false;
    setText(find("drawn-text", HTMLElement), drawnSentence(state));
    setText(find("drawn-when", HTMLElement), drawnWhen(state));
    if (!samples || !shape || drawsPoints(state)) return;
    for (const of of /** @type {const} */ (["policy", "reference"])) {
      paintImages(canvases[of], samples[of], Math.max(1, shape.classes), shape.dimensions);
      canvases[of].setAttribute("aria-label", canvasText(samples, of, state));
    }
  };
  store.watch((state) => state.samples, show);
  store.watch((state) => state.shape, show);
  store.watch((state) => state.settings.rules, show);
  onAppearance(show);
  store.watch(
    (state) => state.shape && currentPolicy(state),
    (policy) => {
      for (const row of document.querySelectorAll(".classes")) {
        row.replaceChildren(...(policy?.classes ?? []).map((name) => element("span", {}, name)));
      }
    },
  );
  sampler(store, app);
  const save = find("picture", HTMLButtonElement);
  store.watch((state) => state.samples, (samples) => (save.disabled = !samples));
  save.addEventListener("click", async () => {
    const made = await picture(shown(store.state()));
    if (made) download("samples.png", made, "image/png");
  });
}

/** The canvases that are in sight, with their titles. @param {State} state */
function shown(state) {
  const ids = drawsPoints(state) ? ["cloud"] : ["policy-grid", "reference-grid"];
  const titles = drawsPoints(state) ? [SAMPLES.planeTitle(state.samples?.step)] : [SAMPLES.policyTitle(state.samples?.step), SAMPLES.referenceTitle];
  return ids.map((id, index) => ({ canvas: find(id, HTMLCanvasElement), title: titles[index] }));
}

/** @param {DiffusionStore} store @param {DiffusionApp} app */
function sampler(store, app) {
  const seed = find("sampler-seed", HTMLInputElement);
  find("sampler", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  // Another method may bring other numbers.
  store.watch(currentMethod, (_, { catalogue }) => {
    const fields = (catalogue?.sampling ?? []).filter(({ name }) => Object.hasOwn(SAMPLER_NUMBERS, name)).map((hyper) =>
      numberField(hyper, {
        value: () => store.state().settings.sampler[SAMPLER_NUMBERS[hyper.name]],
        set: (value) => app.sampleWith({ [SAMPLER_NUMBERS[hyper.name]]: value }),
        refuse: (text) => app.refuse(text),
      }));
    find("sampler-numbers", HTMLElement).replaceChildren(...fields);
  });
  seed.addEventListener("change", () => {
    if (seed.validity.valid && Number.isInteger(seed.valueAsNumber)) app.sampleWith({ seed: seed.valueAsNumber });
    else seed.value = String(store.state().settings.sampler.seed);
  });
  store.watch((state) => state.settings.sampler.seed, (value) => (seed.value = String(value)));
}
