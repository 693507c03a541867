// @ts-check
/** What the trainers say from their Workers. */

const quoted = (/** @type {string[]} */ texts) => texts.map((text) => `“${text}”`).join(", ");

export const WORKER = Object.freeze({
  unloaded: (/** @type {string} */ reason) => `The trainer could not be loaded (${reason}). Check the connection and try again.`,
  unloadedKept: (/** @type {string} */ reason, /** @type {string} */ kept) => `The trainer could not be loaded (${reason}). Check the connection and try again; ${kept}.`,
  unusable: (/** @type {string} */ policy, /** @type {string} */ reason) => `The policy “${policy}” cannot be used: ${reason}. Reload the page or choose another; the pairs are kept.`,
  unusableHere: (/** @type {string} */ policy, /** @type {string} */ reason) => `The policy “${policy}” cannot be used: ${reason}. Try again or choose another scenario; the pairs are kept.`,
  unplayable: (/** @type {string} */ reason) => `This game cannot be played: ${reason}.`,
  unopened: (/** @type {string} */ reason) => `These runs cannot be opened: ${reason}. Change them, or reload the page.`,
  judgeStays: (/** @type {string} */ reason) => `The judge stays as it was: ${reason}.`,
  noJudge: (/** @type {string} */ reason) => `This is no judge: ${reason}.`,
  engineStays: (/** @type {string} */ reason) => `The run stays with the engine it has: ${reason}.`,
  judgeRests: (/** @type {string} */ text) => `${text} The judge rests; the run goes on.`,
  guideLeftOut: (/** @type {string} */ policy, /** @type {string[]} */ texts) => `The policy “${policy}” cannot read ${quoted(texts)} in a guide, so that guide is left out.`,
  judgementsLeftOut: (/** @type {string} */ policy, /** @type {number} */ lost, /** @type {number} */ all) => `The policy “${policy}” cannot read ${lost} of ${all} judgements: training leaves them out.`,
  keptAt: (/** @type {string} */ method, /** @type {number} */ step) => `${method}, step ${step}`,
  stepGone: (/** @type {number} */ step) => `step ${step} is not kept any more: choose another`,
  runStopped: (/** @type {string} */ letter, /** @type {string | null} */ reason) => `Run ${letter} stopped, the others can go on. ${reason}`,
  runSays: (/** @type {string} */ letter, /** @type {string} */ reason) => `Run ${letter}: ${reason}`,
  unfetchedFile: (/** @type {string} */ name) => `its file ${name} could not be fetched`,
  unfetchedDigits: "the file of real digits could not be fetched",
  noPolicy: "no policy is open",
  noGame: "no game is open",

  // What a person typed to sample from.
  unreadPrompt: (/** @type {string} */ policy, /** @type {string[]} */ texts) => `The policy “${policy}” cannot read ${quoted(texts)} in this prompt.`,
  noRoom: "This prompt leaves no room for a completion: shorten it.",
  noPrompt: "This policy needs a prompt.",
  unreadAnswer: (/** @type {string} */ policy, /** @type {string[]} */ texts) => `The policy “${policy}” cannot read ${quoted(texts)} in this answer.`,
  noRoomAfter: "Prompt and answer leave no room for another token: shorten them.",
});
