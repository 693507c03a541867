// @ts-check
/** @import { Control } from "./fields.js" */
/** @import { LessonFields } from "./lesson-fields.js" */
/** @import { Controls } from "./withhold.js" */
import { isPolicy } from "../policies/dropped.js";
import { steered } from "./lesson-fields.js";
import { fieldOf, turnAway, withhold } from "./withhold.js";

/** @type {Controls<Control>} */
const HERE = {
  places: {
    policy: [fieldOf("policy"), "#bring"],
    scenario: [fieldOf("scenario")],
    method: [fieldOf("method"), "#update .loss-form", "#as-text"],
    numbers: ["#numbers", "#more-numbers"],
    judge: ["#judge-kind-label", "#judge-label", "#guides-label"],
    seed: [fieldOf("seed")],
    engine: [fieldOf("engine-choice")],
    pairs: ["#editor"],
  },
  looks: ".select, .term, .question-mark, [role=tab], #find, #finder *, #all-pairs, #export",
  changing: ["choices", "editor", "update"],
};

/** @param {LessonFields<Control>} lesson */
export function lockControls(lesson) {
  withhold(lesson, HERE);
  // Pairs that are not free take in nothing that is dropped or pasted; a policy that is fixed, no other one.
  const fixed = steered(lesson);
  if (fixed.includes("pairs")) turnAway(() => true);
  else if (fixed.includes("policy")) turnAway((event) => event instanceof DragEvent && event.dataTransfer !== null && isPolicy(event.dataTransfer));
}
