// @ts-check
/** @import { Side } from "../messages.js" */
/** @import { Doing } from "../pairs-state.js" */

/** @type {Record<Doing, string>} */
const DOING = Object.freeze({
  typing: "typing",
  adding: "a new pair",
  duplicating: "a copy",
  deleting: "deleting",
  swapping: "a swap",
  moving: "moving a pair",
  weighing: "a weight",
  enabling: "switching a pair on or off",
  drawing: "a drawn answer",
  flipping: "flipped labels",
  restoring: "restoring the scenario",
  importing: "an import",
  rewriting: "the text of the pairs",
});

/** @type {Record<Side, Side>} */
const OTHER = Object.freeze({ chosen: "rejected", rejected: "chosen" });
const count = (/** @type {number} */ number, /** @type {string} */ one) => `${number} ${number === 1 ? one : `${one}s`}`;

/** What the table of the pairs says. */
export const PAIRS = Object.freeze({
  undo: (/** @type {Doing | undefined} */ doing) => (doing ? `Undo ${DOING[doing]}` : "Nothing to undo"),
  redo: (/** @type {Doing | undefined} */ doing) => (doing ? `Redo ${DOING[doing]}` : "Nothing to redo"),
  undone: (/** @type {Doing} */ doing) => `Undone: ${DOING[doing]}.`,
  redone: (/** @type {Doing} */ doing) => `Done again: ${DOING[doing]}.`,
  pairs: (/** @type {number} */ number) => count(number, "pair"),
  shown: (/** @type {number} */ found, /** @type {number} */ all) => `${found} of ${count(all, "pair")}`,
  nothingFound: "No pair holds this text.",
  nothingYet: "No pairs yet: add one, or import a file.",

  strip: (/** @type {number} */ number) => `Show pair ${number} token by token`,
  on: (/** @type {number} */ number) => `Train on pair ${number}`,
  onTitle: "Training learns from this pair",
  swap: (/** @type {number} */ number) => `Swap chosen and rejected of pair ${number}`,
  remove: (/** @type {number} */ number) => `Delete pair ${number}`,
  more: (/** @type {number} */ number) => `More for pair ${number}`,
  draw: "Draw",
  drawName: (/** @type {Side} */ side, /** @type {number} */ number) => `Draw the ${side} answer of pair ${number} from the policy`,
  notDrawn: (/** @type {string} */ reason) => `No answer could be drawn: ${reason}${/[.!?]$/.test(reason) ? "" : "."}`,
  drawn: (/** @type {Side} */ side, /** @type {number} */ number) => `Drawn from the policy: the ${side} answer of pair ${number}.`,
  off: "Off: training leaves this pair out.",
  logProb: (/** @type {string} */ policy, /** @type {string} */ moved) => `log π ${policy} (${moved})`,
  weight: (/** @type {number} */ weight) => `weight ${weight}`,
  needsBoth: (/** @type {Side} */ only) =>
    `There is no ${OTHER[only]} answer, and this method compares two: type or draw one, or choose a method that learns from ${only} answers alone.`,
  needsOther: (/** @type {Side} */ only) => `There is only ${only === "chosen" ? "a chosen" : "a rejected"} answer, and this method learns from ${OTHER[only]} ones: training leaves this pair out.`,
  trace: (/** @type {string} */ first, /** @type {number} */ from, /** @type {string} */ last, /** @type {number} */ to, /** @type {string} */ least, /** @type {string} */ most) =>
    `Margin from ${first} at step ${from} to ${last} at step ${to}, between ${least} and ${most}`,

  rowMenu: (/** @type {number} */ number) => `Pair ${number}`,
  weightLabel: "Weight",
  weightHelp: "Its share in the loss, from 0 to 10; 1 is usual.",
  duplicate: "Duplicate",
  up: "Move up",
  down: "Move down",
  drawSide: (/** @type {Side} */ side) => `Draw the ${side} answer`,
  noMove: "Pairs move in the order in which they are listed: show them all, as listed.",
  unfitWeight: "A weight is a number from 0 to 10: the old one stays.",

  flipTitle: "Flip labels",
  flipHelp: "Annotators err. This swaps chosen and rejected in some pairs, drawn by the seed: watch what a method makes of such noise.",
  flipPercent: "Share of the pairs, %",
  flipSeed: "Seed",
  flip: "Flip",
  flipped: (/** @type {number} */ number, /** @type {number} */ all, /** @type {number} */ percent, /** @type {number} */ seed) =>
    `${number} of ${count(all, "pair")} flipped (${percent} %, seed ${seed}). Undo takes it back.`,
  unfitFlip: "Give a share from 0 to 100 and a whole number as the seed.",
  close: "Close",

  lines: (/** @type {number} */ good) => count(good, "pair"),
  badLines: (/** @type {number} */ bad) => (bad === 1 ? "1 line cannot be read" : `${bad} lines cannot be read`),
  line: (/** @type {number} */ number, /** @type {string} */ message) => `Line ${number}: ${message}`,
  moreLines: (/** @type {number} */ number) => `… and ${count(number, "more line")}.`,
  applied: (/** @type {number} */ good, /** @type {number} */ bad) =>
    `${count(good, "pair")} taken from the text.${bad > 0 ? ` ${bad === 1 ? "1 line" : `${bad} lines`} could not be read and stay here.` : ""} Undo takes it back.`,
  unapplied: "Not applied yet.",
  stale: "The pairs have changed since; Apply puts this text in their place.",
  tooMany: (/** @type {number} */ most) => `The table holds at most ${most} pairs: shorten the text.`,
});

/** What the keys of the pair editor do. */
export const PAIR_KEYS = Object.freeze({
  above: "To the same field of the pair above",
  below: "To the same field of the pair below",
  next: "To the next pair's prompt; after the last one, a new pair",
  up: "Move the pair up",
  down: "Move the pair down",
  duplicate: "Duplicate the pair",
  draw: "Draw an answer from the policy into an empty field",
  remove: "Delete the pair",
  undo: "Undo an edit; in a field, what was typed there",
  redo: "Redo it",
});
