// @ts-check
/** @import { AnswersOf, Beginning, TokenPlace, WorkerEvent } from "./messages.js" */

/** @template {WorkerEvent["type"]} T @typedef {Extract<WorkerEvent, { type: T }>} EventOf */
/** What the Worker is asked to look at closely, again and again. @typedef {{ token: TokenPlace | null, beginning: Beginning | null, answers: AnswersOf | null }} Watched */
/**
 * @typedef {object} CloseUp
 * @property {Watched} watched
 * @property {EventOf<"next"> | null} next what may stand in the place of the token
 * @property {EventOf<"explored"> | null} explored what may come after the beginning
 * @property {EventOf<"answers"> | null} answers where the probability of all answers went
 */

/** @type {CloseUp} */
export const NO_CLOSE_UP = { watched: { token: null, beginning: null, answers: null }, next: null, explored: null, answers: null };

/** Something else is looked at; what was seen before stays in sight until it has been measured. @param {CloseUp} closeUp @param {Partial<Watched>} change @returns {CloseUp} */
export function watch(closeUp, change) {
  const watched = { ...closeUp.watched, ...change };
  return {
    watched,
    next: watched.token && closeUp.next,
    explored: watched.beginning && closeUp.explored,
    answers: watched.answers && closeUp.answers,
  };
}

/** @param {CloseUp} closeUp @param {WorkerEvent} event @returns {CloseUp} */
export function reduceCloseUp(closeUp, event) {
  const { watched } = closeUp;
  switch (event.type) {
    case "next":
      return same(event.at, watched.token) ? { ...closeUp, next: event } : closeUp;
    case "explored":
      return same(event.at, watched.beginning) ? { ...closeUp, explored: event } : closeUp;
    case "answers":
      return same(event.at, watched.answers) ? { ...closeUp, answers: event } : closeUp;
    default:
      return closeUp;
  }
}

/** @param {unknown} one @param {unknown} other */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
