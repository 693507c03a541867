// @ts-check
/** What the page “Compare” says in its HTML. */
import { KEPT } from "../diffusion.js";
import { SHARED } from "./shared.js";

export const COMPARE_PAGE = Object.freeze({
  title: `${SHARED.compare} – ${SHARED.playground}`,
  description: "Up to six preference methods side by side, in lock-step on the same pairs.",
  skip: "Skip to the runs",
  policiesNeedScript: "This page trains policies in your browser, which needs JavaScript: please allow it.",
  allShare: "What all runs share",

  // The runs.
  lockStep: "Runs in lock-step",
  eachTick: "Each tick makes one update of every run, all on the same batch of the same pairs.",
  startsOver: "A change here or above takes all runs back to step 0, so that the curves stay comparable.",
  moreRuns: "More runs",
  addRun: "Add run",
  branchSummary: "Branch off: go on from a recorded step with another method",
  branchForm: "Branch off",
  branchRun: "Leave run",
  branchStep: "at step",
  branchMethod: "go on by",
  branchReference: "its reference stays the original policy",
  branch: "Branch",
  branchHelp: "Each run records its policy every 25 updates and whenever it rests. The new run starts there with a fresh optimiser, catches up while the others wait, and then goes on with them.",

  // What came of them.
  figures: "Figures",
  figuresScroll: "Figures, scrolling",
  figuresOfRuns: KEPT.figures,
  whatTheySay: "What they say",
  sameNumbers: "All columns answer the same prompt with the same random numbers: where two policies are equal, so are their answers.",
  samplesScroll: "Samples, scrolling",
  samplesOfRuns: "Samples of all runs",
  policiesFooter: "Every number here is computed by the policies in this page, on the processor. Nothing leaves your browser.",
});
