// @ts-check
/** The samples of a diffusion policy, how they came about, and where its run stands. */
export const SAMPLES = Object.freeze({
  loading: "Loading the policy and drawing its pairs …",
  judgedPair: "judged a first pair",
  when: (/** @type {number} */ count, /** @type {string} */ step) => `${count} samples each, at step ${step}.`,
  compared: (/** @type {{ points: string, own: string, others: string, gain: string, better: string, when: string }} */ { points, own, others, gain, better, when }) =>
    `${points}: policy ${own}, reference ${others} (${gain}). The policy's sample is better than the reference's of the same noise in ${better} of cases. ${when}`,
  policyAt: (/** @type {string} */ step) => `the policy at step ${step}`,
  theReference: "the reference",
  mean: (/** @type {string} */ points, /** @type {string} */ mean) => ` ${points}, averaged: ${mean}.`,
  canvas: (/** @type {number} */ count, /** @type {string} */ who, /** @type {string} */ points) => `${count} samples of ${who}.${points}`,
  ink: (/** @type {string} */ share) => `${share} ink`,
  named: (/** @type {string} */ name, /** @type {string} */ sample) => `${name}: ${sample}`,

  planeTitle: (/** @type {number | undefined} */ step) => `Policy ●, reference ○, step ${step}`,
  policyTitle: (/** @type {number | undefined} */ step) => `Policy, step ${step}`,
  referenceTitle: "Reference",
  corners: (/** @type {number} */ corners) => `${corners} ${corners === 1 ? "corner" : "corners"}; three at least`,
  anyClass: "any class",
  timestep: (/** @type {number} */ timestep, /** @type {number | undefined} */ all) => `${timestep} of ${all ?? ""}`,

  play: "Play",
  pause: "Pause the way",
  atSample: "the sample",
  atNoise: (/** @type {number} */ timestep) => `noise of timestep ${timestep}`,
  at: (/** @type {number} */ place, /** @type {number} */ last, /** @type {string} */ where) => `${place} of ${last}: ${where}`,
  way: (/** @type {number} */ count, /** @type {string} */ name, /** @type {"policy" | "reference"} */ side, /** @type {string} */ where) => `${count} samples of ${name} by the ${side}, ${where}`,
});
