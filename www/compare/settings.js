// @ts-check
/** @import { Settings as TrainSettings } from "../app/state.js" */
/** @import { Settings } from "./state.js" */
import { FIGURES } from "./figures.js";
import { MOST_RUNS } from "./runs.js";
import { DEFAULT_SETTINGS } from "./state.js";

/**
 * What the page starts with: as it was left, or else with the scenario, the judges and the losses of the page “Train”.
 * @param {Partial<Settings> | null} kept
 * @param {TrainSettings} train
 * @returns {Settings}
 */
export function startingSettings(kept, { policy, scenario, judges, losses }) {
  const settings = { ...DEFAULT_SETTINGS, policy, scenario, judges, losses, ...kept };
  // Runs that an older page kept have no loss of their own.
  return { ...settings, runs: settings.runs.map((run) => ({ ...run, loss: run.loss ?? "" })) };
}

/** Whether something that the browser kept are settings of this page. @param {any} value @returns {value is Settings} */
export function isSettings(value) {
  const { policy, scenario, judges, losses = {}, seed, shared, runs, charts, sampler } = value ?? {};
  const texts = [policy, scenario, sampler?.prompt];
  const counts = [seed, sampler?.temperature, sampler?.count, sampler?.seed];
  const known = new Set(FIGURES.map(({ metric }) => metric));
  return (
    texts.every((text) => typeof text === "string") &&
    counts.every(Number.isFinite) &&
    [judges, losses].every((texts) => isTable(texts, (text) => typeof text === "string")) &&
    isTable(shared, Number.isFinite) &&
    Array.isArray(charts) &&
    charts.length === DEFAULT_SETTINGS.charts.length &&
    charts.every((metric) => known.has(metric)) &&
    Array.isArray(runs) &&
    runs.every(isRun) &&
    new Set(runs.map(({ id }) => id)).size === runs.length &&
    // Whoever branches off comes after what it leaves, so that there is no circle.
    runs.every(({ from }, place) => from === null || runs.slice(0, place).some(({ id }) => id === from.run))
  );
}

/** @param {any} run */
function isRun(run) {
  const place = Number.isInteger(run?.id) && run.id >= 0 && run.id < MOST_RUNS;
  const { method, loss = "", values, from } = run ?? {};
  if (!place || typeof method !== "string" || typeof loss !== "string" || !isTable(values, Number.isFinite)) return false;
  return (
    from === null ||
    (Number.isInteger(from?.run) &&
      Number.isInteger(from.step) &&
      (from.reference === "same" || from.reference === "snapshot"))
  );
}

/** @param {unknown} value @param {(item: any) => boolean} fits */
function isTable(value, fits) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(fits);
}
