// @ts-check
/** @import { TablePrompt, TableScenario } from "../pkg/playground.js" */
import { THOUGHTS } from "../app/strings/games.js";

/** What a person may change in a game. Nothing here changes what it is given. */

/** The least probability of a response in the reference: what it never gives, no policy could. */
const LEAST = 0.001;
/** Rewards are log-odds: beyond this a response wins always. */
const MOST_REWARD = 20;

/** Hides the noise of binary fractions. @type {(value: number) => number} */
const tidy = (value) => Number(value.toFixed(9));

/** @typedef {{ value: number } | { problem: string }} Read */

/** A probability as it was typed. @param {string} text @param {string} what @returns {Read} */
export function readPreference(text, what) {
  return read(text, 0, 1, THOUGHTS.probability(what));
}

/** @param {string} text @param {string} response @returns {Read} */
export function readReward(text, response) {
  return read(text, -MOST_REWARD, MOST_REWARD, THOUGHTS.rewardBounds(response, MOST_REWARD));
}

/** @param {string} text @param {string} response @returns {Read} */
export function readReference(text, response) {
  return read(text, LEAST, 1 - LEAST, THOUGHTS.referenceBounds(response, LEAST, 1 - LEAST));
}

/** @param {string} text @param {number} least @param {number} most @param {string} rule @returns {Read} */
function read(text, least, most, rule) {
  const value = text.trim() === "" ? NaN : Number(text.trim().replace(",", ".").replace("−", "-"));
  return value >= least && value <= most ? { value } : { problem: THOUGHTS.unfit(rule) };
}

/**
 * Preferences in which `row` beats `column` with probability `value`; the mirrored entry follows.
 * @param {number[][]} rows @param {number} row @param {number} column @param {number} value
 */
export function withPreference(rows, row, column, value) {
  const copy = rows.map((entries) => [...entries]);
  if (row === column) return copy;
  copy[row][column] = value;
  copy[column][row] = tidy(1 - value);
  return copy;
}

/**
 * A reference that gives one response another probability; the others share the rest as before.
 * @param {number[]} reference @param {number} response @param {number} value
 */
export function withShare(reference, response, value) {
  const others = 1 - reference[response];
  const scaled = reference.map((share, index) => (index === response ? value : (share * (1 - value)) / others));
  return asReference(scaled);
}

/** The distribution nearest to `shares` that may be a reference: none too small, 1 together. @param {number[]} shares */
export function asReference(shares) {
  const enough = shares.map((share) => Math.max(share, LEAST));
  const total = enough.reduce((sum, share) => sum + share, 0);
  const rounded = enough.map((share) => tidy(share / total));
  // What rounding took goes to the largest.
  const largest = rounded.indexOf(Math.max(...rounded));
  const rest = rounded.reduce((sum, share, index) => (index === largest ? sum : sum + share), 0);
  return rounded.map((share, index) => (index === largest ? tidy(1 - rest) : share));
}

/** @param {TableScenario} scenario @param {number} prompt @param {Partial<TablePrompt>} change @returns {TableScenario} */
export function withPrompt(scenario, prompt, change) {
  const prompts = scenario.prompts.map((old, index) => (index === prompt ? { ...old, ...change } : old));
  return { ...scenario, prompts };
}
