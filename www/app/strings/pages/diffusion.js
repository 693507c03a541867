// @ts-check
/** What the page “Diffusion” says in its HTML. */
import { DIFFUSION_CHARTS } from "../diffusion-charts.js";
import { SAMPLES } from "../diffusion-samples.js";
import { SHAPE } from "../diffusion.js";
import { GLOSSARY } from "../glossary.js";
import { IMPORTS } from "../imports.js";
import { PROJECTS } from "../projects.js";
import { SHARED } from "./shared.js";

export const DIFFUSION_PAGE = Object.freeze({
  title: `${SHARED.diffusion} – ${SHARED.playground}`,
  description: "Small diffusion policies over digits and points, trained live in the browser by preference updates.",
  skip: "Skip to the samples",
  twentyASecond: "20 a second",
  drawShape: SHAPE.button,

  // A person who compares samples.
  whichSample: "Which is better?",
  enough: "Enough",

  // The pairs and the rule that makes them.
  betterIs: "Better is",
  region: "Region",
  drawRegion: "Draw a region",
  drawIt: "Draw",
  closeRegion: "Close the region",
  closeIt: "Close",
  cancel: IMPORTS.cancel,
  regionHelp: "A region by its corners, x and y of each: inside: -1 0, 1 0, 0 2. Or draw it: press the button, click the corners on the plane.",
  makePairs: "Make pairs",
  proposing: "Proposing pairs",
  propose: "Propose pairs",
  howMany: "How many",
  from: "from",
  fromPolicy: "the policy",
  fromData: "real data",
  comparing: "Comparing",
  compareSamples: "Compare two samples",
  of: "of",
  ofClass: "of class",
  margin: GLOSSARY.margin.title,
  restore: "Restore",
  export: PROJECTS.exportFile,
  import: IMPORTS.import,
  importJsonl: "Import JSONL",

  // The update.
  rolloutsTitle: "What the last update learnt from",
  rollouts: "Samples of the last update",
  errorsTitle: "The selected pair, by timestep",
  errorsText: "log π stands for minus half the denoising error, averaged over these eight timesteps; below it, how far the policy has moved from its reference.",

  // What the policy draws.
  fromNoise: "From noise to sample",
  referenceGrid: "Reference, from the same noise",
  plane: "The plane",
  policyPoints: DIFFUSION_CHARTS.samples.policy,
  referencePoints: "reference, same noise",
  dataPoints: "data it learnt from",
  density: GLOSSARY.density.title,
  scoreField: GLOSSARY.score.title,
  fieldClass: "Class of the field",
  timestep: DIFFUSION_CHARTS.errors.over,
  noise: "Noise",
  savePicture: "Save as PNG",
  samplesOf: "Samples of",
  play: SAMPLES.play,
  state: "State",

  sideBySide: "Runs side by side",
  aboutDenoiser:
    "A denoiser, conditioned on a class, that learnt to draw digits of 8 × 8 pixels or points of the plane. It stands where the language policy stands on the first page: a score takes the place of a log-probability, and the same objectives learn from it.",
  aboutScore:
    "The score of a sample is minus half the mean squared error with which the denoiser tells the noise in it. An update looks at each pair at one timestep and one noise; the numbers in the table look at eight.",
});
