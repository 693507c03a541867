// @ts-check
/** @import { Pair, WorkerEvent } from "./messages.js" */
/** @import { Session } from "./state.js" */
import { History } from "./history.js";
import { spreadRows } from "./margin-spread.js";

/**
 * A run over its steps, as far as it can be gone back to.
 * @typedef {object} Time
 * @property {number[]} recorded steps whose policy is kept, rising
 * @property {History} spread how far the margins of the single pairs lay apart
 */

/** @returns {Time} */
export const noTime = () => ({ recorded: [], spread: History.empty() });

/**
 * What a message of the Worker says of the run's steps.
 * @param {Time} time
 * @param {WorkerEvent} event
 * @param {{ session: Session, pairs: Pair[] }} state as it was before the message
 * @returns {Time}
 */
export function reduceTime(time, event, { session, pairs }) {
  switch (event.type) {
    case "recorded": {
      const [newest, before] = [event.steps.at(-1) ?? 0, time.recorded.at(-1) ?? 0];
      // A run that goes on from an earlier step takes another way from there.
      return { recorded: event.steps, spread: newest < before ? time.spread.until(newest) : time.spread };
    }
    case "scores": {
      if (!event.all || looksBack({ session, time })) return time;
      // An answer that stands alone has no margin.
      const alone = new Set(pairs.flatMap(({ id, only }) => (only === undefined ? [] : [id])));
      const scores = event.scores.filter(({ id }) => !alone.has(id));
      return { ...time, spread: time.spread.append(spreadRows(event.step, scores)) };
    }
    default:
      return time;
  }
}

/** The last step that the run has come to. @param {{ session: Session, time: Time }} state */
export const newestStep = ({ session, time }) => Math.max(session.step, time.recorded.at(-1) ?? 0);

/** Whether the policy that is shown is an earlier one than the newest. @param {{ session: Session, time: Time }} state */
export const looksBack = (state) => !state.session.running && state.session.step < newestStep(state);

/**
 * The recorded step next to another in a direction; nothing if there is none.
 * @param {number[]} recorded rising
 * @param {number} step
 * @param {1 | -1} direction
 */
export function neighbour(recorded, step, direction) {
  return direction > 0 ? recorded.find((other) => other > step) : recorded.findLast((other) => other < step);
}

/** The recorded step nearest to another; the earlier one of two that are as near. @param {number[]} recorded rising, at least one @param {number} step */
export function nearestStep(recorded, step) {
  return recorded.reduce((best, other) => (Math.abs(other - step) < Math.abs(best - step) ? other : best));
}
