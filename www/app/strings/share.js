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
  shape: "its shape",
  rule: "its rule",
  origin: "what its pairs were made by",
  field: "its score field",
  density: "its densities",
  way: "its way from noise",
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
  trainTo: (/** @type {string} */ step) => `Train to step ${step}`,
  trainHint: (/** @type {string} */ step) => `This lesson begins at step ${step}.`,
  stop: "Stop here",
  training: (/** @type {string} */ step, /** @type {string} */ of) => `Training: step ${step} of ${of}`,
  controls: Object.freeze({
    policy: "Policy",
    scenario: "Scenario",
    method: "Method",
    numbers: "Numbers",
    judge: "Judge",
    rule: "Rule",
    seed: "Seed",
    engine: "Engine",
    pairs: "Pairs",
    sampling: "Sampling",
  }),

  // The dialog that makes a link.
  intro: "Everything is in the link itself: nothing is sent to a server. Whoever opens it gets a copy; their own work stays.",
  along: "What goes along",
  alongPairs: "The pairs as they are now",
  pairsOwn: (/** @type {number} */ count) => `These ${count} pairs are the scenario's own: its name is enough.`,
  pairsChanged: (/** @type {number} */ count) => `You changed them: ${count} pairs. Without them the link opens the scenario as it came.`,
  alongMethod: "Method, its numbers and the seed",
  alongJudge: "Who judges, and guides, where the method asks for them",
  alongSampling: "What is sampled",
  alongView: "How the page looks: the open tab, theme and projector mode",
  teacher: "For a lesson",
  teacherHint: "A title and a note stand above the page. What is locked or hidden cannot be changed by accident; it is no secret.",
  title: "Title",
  note: "Note",
  step: "Open at step",
  stepNow: (/** @type {string} */ step) => `Step ${step}, as now`,
  steering: "Controls",
  ways: Object.freeze({ free: "Free", locked: "Locked", hidden: "Hidden" }),
  link: "The link",
  copy: "Copy link",
  tryIt: "Open it in a new tab",
  length: (/** @type {string} */ characters) => `${characters} characters`,
  long: "Some chat and mail programs cut links longer than 2,000 characters: try it where it is to be read.",
  veryLong: "Most programs cut links as long as this. For so many pairs, export a project to a file instead.",
  unopenable: "This is too much for a link: leave the pairs out, or export a project to a file.",
  copied: "Copied.",
  copyYourself: "This browser does not let the page copy: the link is selected, press Ctrl+C (⌘C on a Mac).",

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
