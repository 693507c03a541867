// @ts-check
import { RULE_WORDS } from "../app/strings/diffusion-scenarios.js";

/** Rules over samples, as the core reads them: what each is called, and how a region is written. */

/** @typedef {[number, number]} Corner */

/** The rules over images. `points` is what they give, `better` what more of it means. */
export const PICTURE_RULES = [
  { name: "thicker", ...RULE_WORDS.thicker },
  { name: "thinner", ...RULE_WORDS.thinner },
  { name: "upright", ...RULE_WORDS.upright },
  { name: "slanted", ...RULE_WORDS.slanted },
];

const REGION = "inside:";
/** The most digits of a corner that was clicked. */
const DIGITS = 2;

/** What a rule gives samples, in words. @param {string} rule */
export function pointsOf(rule) {
  if (rule.trim().startsWith(REGION)) return RULE_WORDS.inside;
  return PICTURE_RULES.find(({ name }) => name === rule.trim())?.points ?? RULE_WORDS.other;
}

/** The rule that prefers points inside a polygon. @param {Corner[]} corners */
export function insideRule(corners) {
  return `${REGION} ${corners.map(([x, y]) => `${tidy(x)} ${tidy(y)}`).join(", ")}`;
}

/** The corners of the region that a rule prefers; nothing if it is no such rule. @param {string} rule @returns {Corner[]} */
export function cornersOf(rule) {
  if (!rule.trim().startsWith(REGION)) return [];
  const corners = rule.trim().slice(REGION.length).split(",").map((corner) => corner.trim().split(/\s+/).map(Number));
  const fit = corners.length > 2 && corners.every((corner) => corner.length === 2 && corner.every(Number.isFinite));
  return fit ? /** @type {Corner[]} */ (corners) : [];
}

/** @param {number} value */
const tidy = (value) => String(Number(value.toFixed(DIGITS)));
