// @ts-check
/** @import { PairErrors } from "../../pkg/playground.js" */
/** @import { DiffusionStore } from "../state.js" */
import { find } from "../../app/dom.js";
import { History } from "../../app/history.js";
import { DIFFUSION_CHARTS as WORDS } from "../../app/strings/diffusion-charts.js";
import { LiveCharts } from "../../app/views/live-charts.js";
import { errorRows } from "../pair-errors.js";

/** @type {import("../../app/views/live-charts.js").Chart} */
const CHART = {
  name: WORDS.errors.name,
  unit: WORDS.errors.unit,
  over: WORDS.errors.over,
  series: [
    { metric: "chosen", label: WORDS.chosen, role: "chosen" },
    { metric: "rejected", label: WORDS.rejected, role: "rejected" },
    { metric: "reference_chosen", label: WORDS.referenceChosen, role: "reference" },
    { metric: "reference_rejected", label: WORDS.referenceRejected, role: "reference" },
  ],
};
/** What the policy gained over its reference: errors that fell. @type {import("../../app/views/live-charts.js").Chart} */
const GAIN = {
  name: WORDS.errors.gain,
  unit: WORDS.errors.unit,
  over: WORDS.errors.over,
  series: [
    { metric: "gain_chosen", label: WORDS.chosen, role: "chosen" },
    { metric: "gain_rejected", label: WORDS.rejected, role: "rejected" },
  ],
};

/** The denoising errors of the selected pair over the timesteps. @param {DiffusionStore} store */
export function errors(store) {
  /** @param {PairErrors | undefined} measured */
  const history = (measured) => (measured ? History.empty().append(errorRows(measured)) : History.empty());
  let shown = history(undefined);
  const live = new LiveCharts(find("errors", HTMLElement), [CHART, GAIN], () => [shown]);
  store.watch((state) => state.errors, (measured) => {
    shown = history(measured?.errors);
    live.draw();
  });
}
