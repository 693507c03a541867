// @ts-check
/** What the page says about links. */

/** The most of a link's own words that is repeated to the reader. */
const MOST_QUOTED = 40;
/** The most that is said of what was ignored. */
const MOST_PROBLEMS = 6;

/** @param {string} text */
const quoted = (text) => `“${text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text}”`;

/** @type {Record<string, string>} */
const FIELD_NAMES = {
  title: "its title",
  note: "its note",
  policy: "its policy",
  scenario: "its scenario",
  pairs: "its pairs",
  method: "its method",
  loss: "its written loss",
  values: "its numbers",
  judge: "its rule",
  judgeKind: "its judge",
  guides: "its guides",
  seed: "its seed",
  engine: "its engine",
  sampler: "its sampling",
  view: "its view",
  step: "the step to open at",
  hidden: "its hidden controls",
  locked: "its locked controls",
};

export const SHARE = Object.freeze({
  projectName: (/** @type {string | undefined} */ title) => title || "From a link",
  notOpened: (/** @type {string} */ why) => `This link cannot be opened: ${why}. Your own work is shown instead.`,
  notKept: (/** @type {string} */ why) => `The link is opened, but what you change in it lasts until the page is closed. ${why}`,
  /** @param {string[]} problems */
  ignored(problems) {
    const shown = problems.slice(0, MOST_PROBLEMS).join("; ");
    return `This link is opened, but some of it was ignored: ${shown}${problems.length > MOST_PROBLEMS ? `; and ${problems.length - MOST_PROBLEMS} more` : ""}.`;
  },

  // The lesson that a link brings.
  lessonTitle: "From a link",
  again: "You opened this link before: what you changed then is here.",
  afresh: "Start it afresh",
  afreshHelp: "Deletes what you changed in this link and opens it as it was sent.",
  back: "Back to my own work",
  locked: (/** @type {string[]} */ names) => `Set for this lesson: ${names.join(", ")}.`,
  trainTo: (/** @type {number} */ step) => `Train to step ${step}`,
  trainHint: (/** @type {number} */ step) => `This lesson begins at step ${step}.`,
  stop: "Stop here",
  training: (/** @type {number} */ step, /** @type {number} */ of) => `Training: step ${step} of ${of}`,
  controls: Object.freeze({ policy: "Policy", scenario: "Scenario", method: "Method", numbers: "Numbers", judge: "Judge", seed: "Seed", engine: "Engine", pairs: "Pairs" }),

  damaged: "it is damaged or was cut off",
  tooLong: "it is longer than any link of this page",
  otherVersion: (/** @type {string} */ version) => `it was made by another version of this page (${version})`,
  unknownField: (/** @type {string} */ field) => `this page knows no ${quoted(field)}`,
  unfit: (/** @type {string} */ field, /** @type {string} */ why) => `${Object.hasOwn(FIELD_NAMES, field) ? FIELD_NAMES[field] : quoted(field)}: ${why}`,
  noText: "it is no text",
  longText: (/** @type {number} */ most) => `it is longer than ${most} characters`,
  noWhole: (/** @type {number} */ least, /** @type {number} */ most) => `it is no whole number from ${least} to ${most}`,
  noNumber: (/** @type {number} */ least, /** @type {number} */ most) => `it is no number from ${least} to ${most}`,
  noChoice: (/** @type {readonly string[]} */ choices) => `it is none of ${choices.join(", ")}`,
  noName: "it is no name",
  noTable: "it has another form than expected",
  noList: "they are no list",
  noSwitch: "it is neither on nor off",
  noControls: (/** @type {readonly string[]} */ controls) => `they may only be ${controls.join(", ")}`,
  noPolicy: (/** @type {string} */ name) => `there is no policy ${quoted(name)} here`,
  noScenario: (/** @type {string} */ name) => `there is no scenario ${quoted(name)} here`,
  noMethod: (/** @type {string} */ name) => `there is no method ${quoted(name)} here`,
  unknownNumber: (/** @type {string} */ name) => `the method has no number ${quoted(name)}`,
  unfitPairs: (/** @type {number} */ count) => (count === 1 ? "one pair is no pair of texts" : `${count} pairs are no pairs of texts`),
  manyPairs: (/** @type {number} */ left, /** @type {number} */ most) => `${left} pairs beyond the first ${most}`,
});
