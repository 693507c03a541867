// @ts-check
/** @import { LessonFields } from "../../app/share/lesson-fields.js" */
/** @import { Controls } from "../../app/share/withhold.js" */
/** @import { Control } from "./fields.js" */
import { steered } from "../../app/share/lesson-fields.js";
import { fieldOf, turnAway, withhold } from "../../app/share/withhold.js";

/** @type {Controls<Control>} */
const HERE = {
  places: {
    scenario: [fieldOf("scenario"), "#shape-open"],
    method: [fieldOf("method"), fieldOf("again-method")],
    numbers: ["#numbers", "#more-numbers"],
    judge: ["#judge-label"],
    rule: [".better"],
    seed: [fieldOf("seed")],
    engine: [fieldOf("engine-choice")],
    pairs: ["#make", ".editor > .scroll", ".editor > .files"],
    sampling: ["#sampler-numbers", fieldOf("sampler-seed")],
  },
  looks: ".select, .term, .question-mark, #export",
  changing: ["choices", "pairs", "sampler"],
};

/** @param {LessonFields<Control>} lesson */
export function lockControls(lesson) {
  withhold(lesson, HERE);
  if (steered(lesson).includes("pairs")) turnAway(() => true);
}
