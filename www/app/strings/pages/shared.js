// @ts-check
/** What several pages say in their HTML. */
import { TOKEN_WORDS } from "../close-up.js";
import { GLOSSARY } from "../glossary.js";
import { RESET } from "../help.js";
import { JUDGE } from "../judges.js";
import { SHARE } from "../share.js";
import { STAGES } from "../stages.js";

export const SHARED = Object.freeze({
  language: "en",
  playground: "Alignment Playground",

  // Where the pages lead, and their bar.
  pages: "Pages",
  train: "Train",
  compare: "Compare",
  games: "Games",
  diffusion: "Diffusion",
  menu: "Menu",
  share: "Share",
  training: "Training",
  run: "Run",
  pause: "Pause",
  step: GLOSSARY.step.title,
  reset: RESET.yes,
  speed: "Speed",
  fullSpeed: "Full speed",
  oneASecond: "1 a second",
  fiveASecond: "5 a second",
  status: "Training status",
  needsScript: "This page trains a policy in your browser, which needs JavaScript: please allow it.",

  // What is trained.
  trained: "What is trained",
  policy: GLOSSARY.policy.title,
  scenario: GLOSSARY.scenario.title,
  prompt: GLOSSARY.prompt.title,
  method: GLOSSARY.method.title,
  judge: GLOSSARY.judge.title,
  rule: JUDGE.rule,
  you: "You",
  seed: GLOSSARY.seed.title,
  engine: SHARE.controls.engine,
  cpu: "CPU",
  gpu: "GPU",
  automatic: "Automatic",
  more: "More",
  lossLanguage: "What a loss may be made of",

  // Comparing two answers or samples.
  comparison: "Your word on it",
  first: "1 The first",
  second: "2 The second",
  neither: "= Neither",
  comparisonKeys: "Keys 1, 2 and = answer",

  // The pairs.
  preferences: "These are my preferences",
  pairs: SHARE.controls.pairs,
  undo: "Undo",
  exportJsonl: "Export JSONL",
  preferencePairs: "Preference pairs",
  preferencePairsScroll: "Preference pairs, scrolling",
  pair: STAGES.columns.pair,
  chosen: TOKEN_WORDS.chosen,
  rejected: TOKEN_WORDS.rejected,

  // The update and what came of it.
  update: "This is the update",
  updateScroll: "The update, scrolling",
  formula: "Formula",
  effect: "This is what it did to the policy",
  curves: "Curves",
  results: "Results",
  exportMetrics: "Export metrics as CSV",
  exportCheckpoint: "Export policy",
  lookCloser: "Look closer",
  about: "What this is",

  // Samples.
  samples: "Samples",
  sampling: "Sampling",
  samplePrompt: "Sample prompt",
  temperature: GLOSSARY.temperature.title,
  draw: "Draw",
  reference: GLOSSARY.reference.title,

  footer: "Every number here is computed by the policy in this page. Nothing leaves your browser.",
});
