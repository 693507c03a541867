// @ts-check
/** @import { TokenStrip } from "./messages.js" */

/** One token of an answer: the last one of each answer is end-of-text. @typedef {{ text: string, policy: number, reference: number, end: boolean }} Token */
/** What stands at one place of both answers. @typedef {{ chosen: Token | null, rejected: Token | null, shared: boolean }} TokenColumn */

/**
 * Both answers of a pair, token over token; `shared` as long as they have been the same from the beginning.
 * @param {TokenStrip} chosen
 * @param {TokenStrip} rejected
 * @returns {TokenColumn[]}
 */
export function tokenColumns(chosen, rejected) {
  let shared = true;
  return Array.from({ length: Math.max(chosen.texts.length, rejected.texts.length) }, (_, place) => {
    const [one, other] = [token(chosen, place), token(rejected, place)];
    shared = shared && one?.text === other?.text && one?.end === other?.end;
    return { chosen: one, rejected: other, shared };
  });
}

/** @param {TokenStrip} strip @param {number} place @returns {Token | null} */
function token({ texts, policy, reference }, place) {
  if (place >= texts.length) return null;
  return { text: texts[place], policy: policy[place], reference: reference[place], end: place === texts.length - 1 };
}
