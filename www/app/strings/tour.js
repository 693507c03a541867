// @ts-check
/** The tour, a step for each part of the page. */

/** @typedef {{ at: string, title: string, text: string }} TourStep */

/** @type {readonly TourStep[]} */
export const STEPS = Object.freeze([
  Object.freeze({ at: "pairs", title: "These are your preferences", text: "Each pair is a prompt with two answers: the chosen one you want more of, the rejected one less of. Change any text, or press ⇄ to want the opposite." }),
  Object.freeze({ at: "update", title: "This is the update", text: "The formula turns a pair into a number, the loss. An update changes the policy's weights a little so that the loss falls." }),
  Object.freeze({ at: "effect", title: "This is what it did", text: "The margin says how much more the policy favours chosen answers than it did at first. Watch the curves: when it grows, has the chosen answer really become more likely?" }),
  Object.freeze({ at: "transport", title: "Run it", text: "Run makes updates until you press Pause, Step makes one. Take it apart shows one update in four stages. Everything can be changed while it runs." }),
  Object.freeze({ at: "look-closer", title: "Look closer", text: "Answers drawn from the policy, before and after; the same token by token; and where the lost probability went. Keys and all words are explained under Help." }),
]);

export const TOUR = Object.freeze({
  /** @param {number} place @param {number} all */
  step: (place, all) => `Step ${place} of ${all}`,
  back: "Back",
  next: "Next",
  finish: "Finish",
  skip: "Skip the tour",
});
