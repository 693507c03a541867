// @ts-check
/** @import { Reader } from "./readers.js" */
/** What a link of any page may say of a lesson. */
import { SHARE } from "../strings/share.js";
import { text, whole } from "./readers.js";

/** A control of some page. @typedef {keyof typeof SHARE.controls} AnyControl */
/**
 * @template {AnyControl} C of the page's own controls
 * @typedef {object} LessonFields
 * @property {string} [title]
 * @property {string} [note] what whoever opens the link is told
 * @property {number} [step] where the run should open
 * @property {C[]} [hidden]
 * @property {C[]} [locked]
 */

export const MOST_TITLE = 120;
export const MOST_NOTE = 2000;
export const MOST_STEP = 100_000;

/** @param {readonly AnyControl[]} controls that a teacher may hide or lock on the page @returns {Record<keyof LessonFields<AnyControl>, Reader>} */
export function lessonReaders(controls) {
  const some = someOf(controls);
  return { title: text(MOST_TITLE), note: text(MOST_NOTE), step: whole(1, MOST_STEP), hidden: some, locked: some };
}

/** @type {(controls: readonly string[]) => Reader} */
const someOf = (controls) => (value) =>
  Array.isArray(value) && value.length <= controls.length && value.every((control) => controls.includes(control))
    ? { value: [...new Set(value)] }
    : { why: SHARE.noControls(controls) };

/** The controls that are not free. @template {AnyControl} C @param {LessonFields<C>} lesson */
export const steered = ({ hidden = [], locked = [] }) => [...locked, ...hidden];
