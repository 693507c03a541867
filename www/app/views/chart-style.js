// @ts-check
/** @import { Series } from "./live-charts.js" */
/** How lines are told apart: by colour, by dash and by the mark at their end. */
import { colour, measure } from "../appearance.js";

const DASHES = { chosen: [], rejected: [8, 4], reference: [2, 4], plain: [], second: [8, 3, 2, 3] };
/** What is measured on the held-out pairs is dotted, whatever it is. */
const HELD_OUT = [2, 3];

/** @param {Pick<Series, "role" | "heldOut">} series */
export function lineStyle({ role, heldOut }) {
  return { stroke: colour(role), width: measure("line-width"), dash: heldOut ? HELD_OUT : DASHES[role] };
}

/** @returns {{ text: string, muted: string, line: string, card: string }} */
export const groundColours = () => ({ text: colour("text"), muted: colour("muted"), line: colour("line"), card: colour("card") });

/** The font of numbers and words on a canvas. @param {string} [weight] */
export const canvasFont = (weight = "400") => `${weight} ${measure("tick-size")}px system-ui, sans-serif`;
