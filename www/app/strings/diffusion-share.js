// @ts-check
/** What the page of diffusion policies says about links, beside what every page says. */
export const SHARE_SAMPLES = Object.freeze({
  carried: "The link carries the scenario, what is better, the method, its numbers, the seed, and how samples are drawn and shown.",
  pairsOwn: (/** @type {number} */ count) => `These ${count} pairs are the scenario's own: the link has them made again.`,
  pairsChanged: (/** @type {number} */ count) => `You changed them: ${count} pairs. Without them the link has the scenario's own.`,
  pairsStay: (/** @type {number} */ count, /** @type {string} */ characters) =>
    `They stay here: with these ${count} pairs the link would have ${characters} characters, and most programs would cut it. Export them as JSONL; whoever opens the link can import that.`,
  view: "How the page looks: the open tab, theme and projector mode",
  shape: "Your shape goes along as the lines that you drew. The policy that learnt it is too large for a link: whoever opens it trains one anew, in about half a minute.",
  branch: "This run began with the policy of another run, which stays here: the link begins with the scenario's policy.",
  long: Object.freeze({ veryLong: "Most programs cut links as long as this: draw fewer lines, or write a shorter note.", unopenable: "This is too much for a link: draw fewer lines." }),
  kept: "Runs that you kept stay here.",

  noRule: "it is no rule for these samples",
  noClass: (/** @type {number} */ classes) => `the policy has ${classes === 1 ? "one class" : `${classes} classes`}`,
  noTimestep: (/** @type {number} */ timesteps) => `the policy has ${timesteps} timesteps`,
  longShape: "its lines are too long to be learnt",
  noShape: "it belongs to another scenario",
  unfitPairs: (/** @type {number} */ count) => (count === 1 ? "one pair is no pair of this scenario's samples" : `${count} pairs are no pairs of this scenario's samples`),
});
