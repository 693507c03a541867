// @ts-check
/** Who judges the policy's own answers, and what those say that the last update learnt from. */

export const JUDGE = Object.freeze({
  rule: "Rule",
  goldRule: "Gold rule",
  making: "It is being made.",
  nothing: "It has learnt nothing yet: to it, all answers are equal. It learns while training runs.",
  learns: "It makes one before each update of the policy.",
  rests: "It rests until the pairs change.",
  right: (/** @type {string} */ share) => ` It is right about ${share} of the held-out pairs.`,
  made: (/** @type {number} */ updates, /** @type {string} */ count, /** @type {string} */ right, /** @type {string} */ next) => `${count} ${updates === 1 ? "update" : "updates"} made.${right} ${next}`,
});

/** The stronger policy by which a density ratio judges. */
export const STRONG = Object.freeze({
  none: "There is none yet: training waits for one.",
  named: (/** @type {string} */ name) => `It is “${name}”. It is kept until this page is closed.`,
  kept: "Kept as the stronger policy: choose a method that asks a judge, and the judge “Density ratio”.",
  tooLarge: (/** @type {string} */ file, /** @type {number} */ megabytes) => `${file} is larger than ${megabytes} MB: it is no policy of this page.`,
  unfit: (/** @type {string} */ file, /** @type {string} */ reason) => `“${file}” cannot judge this policy: ${reason}`,
});

/** A person who compares answers. */
export const PERSON = Object.freeze({
  forget: "Forget judgements",
  recall: "Bring judgements back",
  to: (/** @type {string} */ prompt) => `To “${prompt}”`,
  start: "From the start",
  nothing: "(nothing)",
  first: "Nothing judged yet: training waits for your first word.",
  judged: (/** @type {string} */ judged) => `${judged} judged: each update learns from some of them, and they outlive a change of method and a reload.`,
  drawing: "The next answers are being drawn.",
  waiting: (/** @type {number} */ waiting) => `${waiting} ${waiting === 1 ? "pair waits" : "pairs wait"}.`,
});

export const ROLLOUTS = Object.freeze({
  avoided: "Each avoided answer is set against a handful of the policy's own. Those of the selected pair are shown.",
  judged: (/** @type {number} */ step) => `What update ${step} learnt of your judgements.`,
  judgements: "Each update learns from some of your judgements.",
  drawn: (/** @type {number} */ step) => `Drawn before update ${step}. `,
  share: "The share says how often the judge prefers an answer to the others.",
  reward: "The number is the judge's reward.",
  replay: (/** @type {number} */ groups, /** @type {number} */ most) => `Replay buffer: ${groups} of at most ${most} judged prompts; each update learns from some of them.`,
});
