// @ts-check
/** @import { Samples } from "./messages.js" */
/** @import { State } from "./state.js" */
import { count, fixed, percent, signed } from "../app/format.js";
import { pointsOf } from "./rules.js";
import { mean, wins } from "./sample-points.js";
import { awaitsPerson, currentJudgeKind, currentMethod, currentPolicy, currentRule } from "./state.js";

/** What the page says of a run. */

/** Where training stands, in a sentence. @param {State} state */
export function statusSentence(state) {
  const { phase, running, step } = state.session;
  if (phase === "failed") return "Not ready: see the message.";
  if (phase !== "ready") return "Loading the policy and drawing its pairs …";
  if (running && awaitsPerson(state)) return `Waiting at step ${count(step)}: training goes on when you have judged a first pair.`;
  if (running) return `Running: step ${count(step)}.`;
  const where = step === 0 ? "Ready at step 0" : `Paused at step ${count(step)}`;
  return state.evaluation?.step === step ? `${where}: ${measured(state.evaluation.row)}.` : `${where}.`;
}

/** @param {Record<string, number>} row */
function measured(row) {
  const parts = [`margin ${fixed(row["rewards/margins"])}`, `accuracy ${percent(row["rewards/accuracies"])}`];
  if (Number.isFinite(row.loss)) parts.unshift(`loss ${fixed(row.loss, 3)}`);
  return parts.join(", ");
}

/** How many samples are on the screen, and of when. @param {State} state */
export function drawnWhen({ samples }) {
  return samples ? `${samples.classes.length} samples each, at step ${count(samples.step)}.` : "";
}

/** What the samples on the screen are like. @param {State} state */
export function drawnSentence(state) {
  const { samples } = state;
  const when = drawnWhen(state);
  if (!samples?.points) return when;
  const { policy, reference } = samples.points;
  const [own, others] = [mean(policy), mean(reference)];
  const better = percent(wins(policy, reference));
  return `${pointsOf(currentRule(state))}: policy ${fixed(own, 3)}, reference ${fixed(others, 3)} (${signed(own - others, 3)}). The policy's sample is better than the reference's of the same noise in ${better} of cases. ${when}`;
}

/** What one canvas of samples shows, for those who do not see it. @param {Samples} samples @param {"policy" | "reference"} of @param {State} state */
export function canvasText(samples, of, state) {
  const who = of === "policy" ? `the policy at step ${count(samples.step)}` : "the reference";
  const points = samples.points ? ` ${pointsOf(currentRule(state))}, averaged: ${fixed(mean(samples.points[of]), 3)}.` : "";
  return `${samples.classes.length} samples of ${who}.${points}`;
}

/** What the class of a sample is called. @param {State} state @param {number} of the class */
export function className(state, of) {
  return currentPolicy(state).classes[of] ?? String(of);
}

/** A sample, in words. @param {Float32Array} values */
export function sampleWords(values) {
  if (values.length === 2) return `(${fixed(values[0])}, ${fixed(values[1])})`;
  return `${percent((mean(values) + 1) / 2)} ink`;
}

/** What compares the two samples is told. @param {State} state */
export function comparisonSentence(state) {
  if (currentJudgeKind(state) === "person") {
    const { questions, compared } = state.person;
    const judged = compared === 0 ? "Nothing judged yet: training waits for your first word." : `${count(compared)} judged: each update learns from some of them.`;
    return questions.length === 0 ? `${judged} The next samples are being drawn.` : judged;
  }
  return `What you prefer is added to the pairs: ${count(state.pairs.length)} by now. Neither draws two others.`;
}

/** What the table of the last update shows. @param {State} state */
export function rolloutsSentence(state) {
  const method = currentMethod(state);
  const [first] = state.rollouts;
  if (!first) return "Nothing yet: it is filled by the first update.";
  if (method?.saves) {
    const saved = checkpointOf(state);
    const which = saved === undefined ? "an earlier checkpoint" : `the checkpoint of step ${count(saved)}`;
    return `Update ${count(first.step)} learnt against ${which}: beside each winner stands what that checkpoint drew.`;
  }
  if (currentJudgeKind(state) === "person") return `What update ${count(first.step)} learnt of your judgements: a sample is worth how often it won.`;
  return `Drawn before update ${count(first.step)}. The number is what the rule gives.`;
}

/** The step of the checkpoint that the last update learnt against, if that is known. @param {State} state */
export function checkpointOf({ history }) {
  const saved = history.at(history.length - 1, history.indexOf("checkpoint"));
  return Number.isNaN(saved) || history.length === 0 ? undefined : saved;
}

/** What becomes of the checkpoint's sample where the checkpoint denoises the winner better, in the order of the choice. */
const FLIPS = ["sign", "indicator", "off"];

/**
 * What the checkpoint's sample counts as, by the options of a method that flips it; without them it is rejected.
 * @param {number} ratio log(π / π_checkpoint) of the winner
 * @param {Record<string, number>} values
 * @returns {"rejected" | "chosen" | "left out"}
 */
export function anchorOf(ratio, { flip = FLIPS.indexOf("off"), direction = 0, at_zero: atZero = 0 }) {
  if (FLIPS[flip] === "off") return "rejected";
  if (ratio === 0) return atZero === 1 ? "rejected" : "left out";
  const better = ratio > 0 !== (direction === 1);
  if (better) return "rejected";
  return FLIPS[flip] === "sign" ? "chosen" : "left out";
}

/** The same in words. */
export const ANCHORS = { rejected: "counts as rejected ✗", chosen: "flipped: counts as chosen ✓", "left out": "does not count" };
