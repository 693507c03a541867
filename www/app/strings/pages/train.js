// @ts-check
/** What the page “Train” says in its HTML. */
import { ANSWER_WORDS } from "../close-up.js";
import { IMPORTS } from "../imports.js";
import { PERSON } from "../judges.js";
import { PROJECTS } from "../projects.js";
import { STAGES } from "../stages.js";
import { TRAIN_CHARTS } from "../train-charts.js";

const densityRatio = "Density ratio";
const keepStronger = "Keep as the stronger policy";

export const TRAIN_PAGE = Object.freeze({
  description: "Small language policies, trained live in the browser by preference updates.",
  skip: "Skip to the preference pairs",
  projects: PROJECTS.button,
  takeApart: STAGES.take,
  tenASecond: "10 a second",
  threeASecond: "3 a second",

  // What is trained.
  learnedReward: "Learned reward",
  learnedPreference: "Learned preference",
  densityRatio,
  guides: "Guides",
  guidesExample: "Hello there. | Good morning!",
  guidesHelp: "What stands before the prompts while the policy's own answers are drawn, in turn; the answers are kept as those to the plain prompt",
  bringPolicy: "Bring a policy",
  bringPolicyTitle: "Bring a policy of your own",

  // A person who judges.
  whichAnswer: "Which answer is better?",
  exportJudged: "Export judged pairs",
  forgetJudged: PERSON.forget,

  // The pairs.
  pairViews: "How the pairs are shown",
  table: "Table",
  jsonl: "JSONL",
  redo: "Redo",
  findAndSort: "Find and sort",
  allPairs: "All pairs",
  allPairsHelp: "Import, export, and more",
  addPair: "Add pair",
  importTitle: IMPORTS.import,
  importFiles: "Import …",
  flipLabels: "Flip labels …",
  restoreScenario: "Restore scenario",
  filter: "Filter",
  order: "Order",
  asListed: "as listed",
  marginUp: "margin, lowest first",
  marginDown: "margin, highest first",
  changeDown: "|Δ log-ratio|, largest first",
  changeUp: "|Δ log-ratio|, smallest first",
  found: "Pairs found",
  rewardMargin: "Reward margin",
  changeIt: "Change it",
  jsonlPairs: "The pairs as JSONL, one a line",
  jsonlProblems: "Lines that cannot be read",
  apply: "Apply",
  retake: "Back to the pairs",
  jsonlStatus: "The text of the pairs",
  edits: "Edits of the pairs",

  // The update and what came of it.
  writeAsText: "Write it as text",
  writeAsTextHelp: "Opens this method's loss as a text of your own, with its numbers",
  chartsScroll: "Charts, scrolling",
  policyFolder: "Policy folder",
  policyFolderHelp: "A zip in Hugging Face's layout, which transformers loads and this page can open again",
  continueInTrl: "Continue in TRL",
  continueInTrlHelp: "A zip with the pairs, the policy and a training script with the same settings",
  keepStronger,
  keepStrongerHelp: `It can then judge the policy's answers in other runs: choose a method that asks a judge, and ${densityRatio}`,

  // Looking closer.
  tokenByToken: "Token by token",
  nextToken: "Next token",
  whereProbability: "Where the probability went",
  ownAndJudge: "Its own answers and the judge",
  whereTime: "Where the time goes",
  sameNumbers: "Both columns use the same random numbers: before the first update they are equal.",
  drawsNothing: "This method learns from the pairs alone: it draws no answers of its own and asks no judge.",
  rolloutsTitle: "Its own answers, as it learns from them",
  replayBuffer: "Replay buffer",
  rollouts: TRAIN_CHARTS.own.name,
  rolloutsScroll: "Its own answers, scrolling",
  answer: ANSWER_WORDS.text,
  verdict: STAGES.columns.verdict,
  learnedJudge: "The judge that learns",
  learnedJudgeText: "It begins as a copy of the policy and learns from the pairs which answer is better. The policy learns from its word alone; the gold rule is only measured.",
  trainJudge: "Train the judge for 20 updates",
  strongerTitle: "The stronger policy",
  strongerText: `An answer is worth log π of a stronger policy less log π of the reference, nats. No two of the policies that come with this page are a stronger and a weaker one of the same shape, so make one: train this policy by another method, “${keepStronger}” beside the charts, then come back to this judge. One that you exported can be opened.`,
  stronger: "Stronger policy",
  openStronger: "Open model.safetensors",
  measure: "Measure one update",
  updateParts: "Parts of an update",
  updateTime: "Where the time of an update goes",
  operations: "Operations",
  timeShare: "Share",
  milliseconds: "ms",
  times: "Times",
  megabytes: "MB",
  gigaflops: "GFLOP/s",
});
