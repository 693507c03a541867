// @ts-check
/** @import { PairErrors } from "../../pkg/playground.js" */
/** @import { DiffusionStore } from "../state.js" */
import { find } from "../../app/dom.js";
import { History } from "../../app/history.js";
import { LiveCharts } from "../../app/views/live-charts.js";
import { errorRows } from "../pair-errors.js";

/** @type {import("../../app/views/live-charts.js").Chart} */
const CHART = {
  name: "Denoising error",
  unit: "mean square",
  over: "Timestep",
  series: [
    { metric: "chosen", label: "chosen ●", role: "chosen" },
    { metric: "rejected", label: "rejected □", role: "rejected" },
    { metric: "reference_chosen", label: "reference, chosen", role: "reference" },
    { metric: "reference_rejected", label: "reference, rejected", role: "reference" },
  ],
};
/** What the policy gained over its reference: errors that fell. @type {import("../../app/views/live-charts.js").Chart} */
const GAIN = {
  name: "Error below the reference's",
  unit: "mean square",
  over: "Timestep",
  series: [
    { metric: "gain_chosen", label: "chosen ●", role: "chosen" },
    { metric: "gain_rejected", label: "rejected □", role: "rejected" },
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
