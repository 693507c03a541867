// @ts-check
/** The charts of a diffusion policy's run: their names, their units and their lines. */
export const DIFFUSION_CHARTS = Object.freeze({
  chosen: "chosen ●",
  rejected: "rejected □",
  referenceChosen: "reference, chosen",
  referenceRejected: "reference, rejected",

  samples: Object.freeze({ name: "Its samples", policy: "policy", reference: "reference", wins: "how often the policy's is better" }),
  quality: Object.freeze({
    name: "Sample quality",
    distance: "sliced Wasserstein distance",
    data: "to held-out data",
    freshData: "of fresh data",
    winners: "to held-out winners",
    freshWinners: "of fresh winners",
    read: "read by a classifier",
    recognised: "share recognised",
    doubt: "its doubt, nats",
  }),
  digits: Object.freeze({ name: "Distance to real digits", unit: "squared Fréchet distance", heldOut: "to held-out digits", real: "of real digits" }),
  rule: Object.freeze({ name: "What the rule gives", unit: (/** @type {string} */ points) => `${points}, fresh samples`, policy: "policy" }),
  rewards: Object.freeze({
    name: "Rewards and margin",
    unit: "beta × nats",
    chosen: "chosen ●, held-out",
    rejected: "rejected □, held-out",
    margin: "margin, held-out",
    batch: "margin of the batch",
  }),
  loss: Object.freeze({ name: "Loss and accuracy", loss: "loss", heldOut: "loss, held-out", accuracy: "accuracy", heldOutAccuracy: "accuracy, held-out" }),
  scores: Object.freeze({ name: "Scores", unit: "minus half the denoising error, held-out pairs" }),
  judge: Object.freeze({ name: "What the judge says", wins: "win rate against the reference", reward: "reward by the judge" }),
  checkpoint: Object.freeze({ name: "Which checkpoint an update learnt against", unit: "its step", drawn: "checkpoint drawn" }),
  distance: Object.freeze({ name: "Distance and gradient", kl: "KL to the reference, nats", gradient: "gradient norm" }),

  errors: Object.freeze({ name: "Denoising error", gain: "Error below the reference's", unit: "mean square", over: "Timestep" }),
});

/** What is laid over each other of several runs. */
export const KEPT_FIGURES = Object.freeze({
  fresh: "fresh samples",
  winners: "Distance to held-out winners",
  data: "Distance to held-out data",
  wasserstein: "sliced Wasserstein",
  recognised: "Recognised as their class",
  classifier: "by a classifier",
  frechet: "Fréchet distance",
  squared: "squared, to held-out digits",
  margin: "Margin, held-out",
  marginUnit: "in each method's reward",
  accuracy: "Accuracy, held-out",
});
