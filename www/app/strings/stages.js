// @ts-check
/** An update in four stages. */
import { compact, fixed, signed } from "../format.js";

export const STAGES = Object.freeze({
  take: "Take it apart",
  names: Object.freeze(["Score", "Loss", "Gradient", "Update"]),
  /** @param {string} name */
  next: (name) => `Next: ${name.toLowerCase()}`,
  /** @param {number} step */
  title: (step) => `Update ${step}, a stage at a time`,
  close: "Put it together again",
  /** @param {number} pairs */
  score: (pairs) => `The policy reads the ${pairs === 1 ? "pair" : `${pairs} pairs`} of this batch: how likely is each answer to it? Nothing has changed yet.`,
  drawn: "The policy draws answers of its own, and the judge says what it thinks of them. Nothing has changed yet.",
  /** @param {number} loss @param {boolean} each */
  loss: (loss, each) => `The formula makes one number of the batch: a loss of ${fixed(loss, 4)}${each ? ", the mean over its pairs" : ""}. Lower is better.`,
  /** @param {number} norm @param {boolean} each */
  gradient: (norm, each) => `Which way must the weights move? The gradient's norm is ${compact(norm)}.${each ? " The bars say how strongly each pair pulls: the slope of the loss at its margin." : ""}`,
  /** @param {number | undefined} chosen @param {number | undefined} rejected mean changes, nats */
  update: (chosen, rejected) =>
    chosen === undefined || rejected === undefined
      ? "The weights have moved."
      : `The weights have moved. On average, chosen answers went ${signed(chosen, 3)} nats and rejected ones ${signed(rejected, 3)}.`,
  making: "The weights move …",
  notEach: "This method's loss is not one of the margin of single pairs, so it has no share for each.",
  table: "The pairs of this update",
  columns: Object.freeze({
    pair: "Pair",
    chosen: "log π chosen ✓",
    rejected: "log π rejected ✗",
    chosenMoved: "Chosen ✓",
    rejectedMoved: "Rejected ✗",
    margin: "Margin",
    loss: "Loss",
    pull: "Pull",
    prompt: "Prompt",
    answer: "Its own answer",
    verdict: "Verdict",
  }),
});
