// @ts-check
/** @import { Samples } from "./messages.js" */
/** @import { State } from "./state.js" */
import { count, fixed, percent, signed } from "../app/format.js";
import { COMPARISON, SAMPLE_ROLLOUTS } from "../app/strings/diffusion-pairs.js";
import { SAMPLES } from "../app/strings/diffusion-samples.js";
import { STATUS } from "../app/strings/status.js";
import { pointsOf } from "./rules.js";
import { mean, wins } from "./sample-points.js";
import { awaitsPerson, currentJudgeKind, currentMethod, currentPolicy, currentRule } from "./state.js";

/** What the page says of a run. */

/** Where training stands, in a sentence. @param {State} state */
export function statusSentence(state) {
  const { phase, running, step } = state.session;
  if (phase === "failed") return STATUS.failed;
  if (phase !== "ready") return SAMPLES.loading;
  if (running && awaitsPerson(state)) return STATUS.waiting(count(step), SAMPLES.judgedPair);
  if (running) return STATUS.running(count(step));
  const where = step === 0 ? STATUS.ready : STATUS.paused(count(step));
  return state.evaluation?.step === step ? STATUS.measured(where, figures(state.evaluation.row)) : STATUS.rests(where);
}

/** @param {Record<string, number>} row */
function figures(row) {
  const parts = [STATUS.margin(fixed(row["rewards/margins"])), STATUS.accuracy(percent(row["rewards/accuracies"]))];
  if (Number.isFinite(row.loss)) parts.unshift(STATUS.loss(fixed(row.loss, 3)));
  return parts;
}

/** How many samples are on the screen, and of when. @param {State} state */
export function drawnWhen({ samples }) {
  return samples ? SAMPLES.when(samples.classes.length, count(samples.step)) : "";
}

/** What the samples on the screen are like. @param {State} state */
export function drawnSentence(state) {
  const { samples } = state;
  const when = drawnWhen(state);
  if (!samples?.points) return when;
  const { policy, reference } = samples.points;
  const [own, others] = [mean(policy), mean(reference)];
  const better = percent(wins(policy, reference));
  return SAMPLES.compared({ points: pointsOf(currentRule(state)), own: fixed(own, 3), others: fixed(others, 3), gain: signed(own - others, 3), better, when });
}

/** What one canvas of samples shows, for those who do not see it. @param {Samples} samples @param {"policy" | "reference"} of @param {State} state */
export function canvasText(samples, of, state) {
  const who = of === "policy" ? SAMPLES.policyAt(count(samples.step)) : SAMPLES.theReference;
  const points = samples.points ? SAMPLES.mean(pointsOf(currentRule(state)), fixed(mean(samples.points[of]), 3)) : "";
  return SAMPLES.canvas(samples.classes.length, who, points);
}

/** What the class of a sample is called. @param {State} state @param {number} of the class */
export function className(state, of) {
  return currentPolicy(state).classes[of] ?? String(of);
}

/** A sample, in words. @param {Float32Array} values */
export function sampleWords(values) {
  if (values.length === 2) return `(${fixed(values[0])}, ${fixed(values[1])})`;
  return SAMPLES.ink(percent((mean(values) + 1) / 2));
}

/** What compares the two samples is told. @param {State} state */
export function comparisonSentence(state) {
  if (currentJudgeKind(state) === "person") {
    const { questions, compared } = state.person;
    const judged = compared === 0 ? COMPARISON.first : COMPARISON.judged(count(compared));
    return questions.length === 0 ? COMPARISON.next(judged) : judged;
  }
  return COMPARISON.added(count(state.pairs.length));
}

/** What the table of the last update shows. @param {State} state */
export function rolloutsSentence(state) {
  const method = currentMethod(state);
  const [first] = state.rollouts;
  if (!first) return SAMPLE_ROLLOUTS.nothing;
  if (method?.saves) {
    const saved = checkpointOf(state);
    const which = saved === undefined ? SAMPLE_ROLLOUTS.earlier : SAMPLE_ROLLOUTS.checkpoint(count(saved));
    return SAMPLE_ROLLOUTS.against(count(first.step), which);
  }
  if (currentJudgeKind(state) === "person") return SAMPLE_ROLLOUTS.judged(count(first.step));
  return SAMPLE_ROLLOUTS.drawn(count(first.step));
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
