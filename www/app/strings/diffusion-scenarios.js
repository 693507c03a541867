// @ts-check
/** Policies, scenarios, rules and shapes of the page of diffusion policies, by their names. */

export const POLICY_WORDS = Object.freeze({
  digits: "Digits",
  moons: "Two moons",
  moonClasses: Object.freeze(["upper moon", "lower moon"]),
  rings: "Two rings",
  ringClasses: Object.freeze(["inner ring", "outer ring"]),
  spiral: "Spiral",
  spiralClasses: Object.freeze(["first arm", "second arm"]),
  grid: "Grid of Gaussians",
  gridClasses: Object.freeze(["bottom left", "bottom", "bottom right", "left", "middle", "right", "top left", "top", "top right"]),
  shape: "Your shape",
  shapeClass: "your shape",
});

export const SCENARIO_WORDS = Object.freeze({
  thicker: Object.freeze({ title: "Thicker strokes", description: "The policy drew two digits of each pair itself; the one with more ink is chosen." }),
  upright: Object.freeze({ title: "Upright digits", description: "Of two digits that the policy drew, the one that leans less is chosen." }),
  winners: Object.freeze({
    title: "Winners only",
    description: "Thick digits that people wrote are chosen. SePPO learns from them alone: what stands against them, an earlier checkpoint of the policy draws.",
  }),
  sft: Object.freeze({
    title: "SFT against SePPO",
    description: "The same winners for both: run SFT, keep the run under “Runs side by side”, then SePPO. In runs of 300 updates both made digits about as thick (share of ink 0.34 to 0.36), and nearly all were recognised; SePPO (two seeds) stayed nearer to real digits, at a squared Fréchet distance of 7, SFT (three seeds) at 9 to 11.",
  }),
  half: Object.freeze({ title: "One side of the moons", description: "Of two points of a class that the policy drew, the one on the left is chosen." }),
  region: Object.freeze({ title: "Inside a region you draw", description: "Draw a region on the plane, let the policy propose pairs for it, and run." }),
  top: Object.freeze({
    title: "The top of the rings",
    description: "Of two points of a ring that the policy drew, one in the upper third is chosen: what stays a ring and what becomes an arc?",
  }),
  inner: Object.freeze({
    title: "Winners in the middle",
    description: "Real points of the inner turns are chosen. Over three seeds and 600 updates at this learning rate, SePPO came to 0.22 from held-out winners, with the flip as indicator to 0.08 and without it to 0.10; SFT came to 0.09. So the paper's order is not seen here: the sign flip also learns from its own samples, which are still spread over the whole spiral.",
  }),
  row: Object.freeze({
    title: "Above the middle of the grid",
    description: "Of two points of a class that the policy drew, the one above the middle line is chosen. Only in the middle row can there be one on either side: watch whether the other rows move along.",
  }),
  shape: Object.freeze({ title: "The right half of your shape", description: "Of two points that the policy of your shape drew, the one on the right is chosen." }),
});

/** What a rule is called, and what it gives a sample. */
export const RULE_WORDS = Object.freeze({
  thicker: Object.freeze({ title: "Thicker strokes", points: "Share of ink" }),
  thinner: Object.freeze({ title: "Thinner strokes", points: "Share of paper" }),
  upright: Object.freeze({ title: "Upright", points: "Minus the lean" }),
  slanted: Object.freeze({ title: "Slanted to the right", points: "Lean to the right" }),
  inside: "Share inside the region",
  other: "Points by the rule",
});

export const SHAPE_EXAMPLES = Object.freeze({ heart: "Heart", star: "Star", eight: "Eight" });
