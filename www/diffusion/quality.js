// @ts-check
/** How good a policy's samples are, against data that were held out: what is measured, and of how many samples. */

/** The columns of a measurement. */
export const QUALITY = Object.freeze({
  /** Sliced Wasserstein distance to held-out points; what fresh data have. */
  distance: "quality/distance",
  floor: "quality/distance_of_data",
  /** The same to held-out points that the rule chose, where the winners are real ones. */
  winners: "quality/distance_to_winners",
  winnersFloor: "quality/distance_to_winners_of_data",
  /** Of digits: the share that a classifier takes for what was asked, its doubt, and the squared Fréchet distance in its features. */
  recognised: "quality/recognised",
  entropy: "quality/entropy",
  frechet: "quality/frechet",
  frechetFloor: "quality/frechet_of_data",
  /** What the rule gives on average. */
  points: "quality/points",
});

/** Samples of a measurement. */
export const POINTS_MEASURED = 1024;
export const DIGITS_MEASURED = 200;
