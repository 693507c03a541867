// @ts-check
/** What the page says about policies that a person brings. */

/** @param {string[]} names */
const listed = (names) => names.map((name) => `“${name}”`).join(", ");

export const POLICIES = Object.freeze({
  untitled: "Untitled policy",
  intro: (/** @type {number} */ megabytes) =>
    `A folder in Hugging Face's layout, or a zip of it: config.json, tokenizer.json and model.safetensors, GPT-2 or Llama architecture, at most ${megabytes} MB. It stays in this browser.`,
  folder: "Choose a folder",
  files: "Choose files or a zip",
  drop: "or drop them here",
  reading: (/** @type {string} */ name) => `Reading ${name} …`,
  checking: "Checking the policy …",
  brought: (/** @type {string} */ title, /** @type {string} */ parameters) => `“${title}” (${parameters} parameters) is in the list of policies now, and open.`,
  passing: "This browser has no room to keep it: it is there until the page is closed.",
  yours: "Policies that you brought",
  forget: (/** @type {string} */ title) => `Forget “${title}”`,
  forgotten: (/** @type {string} */ title) => `“${title}” is forgotten.`,
  openOne: "It is open: choose another policy first.",
  description: (/** @type {string} */ parameters) => `A policy that you brought: ${parameters} parameters.`,

  // Why a folder is no policy.
  nothing: "No files were chosen.",
  tooLarge: (/** @type {string} */ name, /** @type {number} */ megabytes) => `${name} is larger than ${megabytes} MB: a policy that trains in a page must be smaller.`,
  badZip: (/** @type {string} */ name) => `${name} cannot be unpacked: it is damaged, or no zip.`,
  missing: (/** @type {string[]} */ names) => `There is no ${names.join(", no ")} in it: a policy's folder has config.json, tokenizer.json and model.safetensors.`,
  several: (/** @type {string[]} */ folders) => `There are several policies in it, in ${listed(folders)}: choose one folder.`,
  sharded: "Its weights are split over several files: save the model as one model.safetensors (max_shard_size) first.",
  pickled: (/** @type {string} */ name) => `Its weights are in ${name}, which can run code when it is read: save the model as model.safetensors first.`,
  noJson: (/** @type {string} */ name) => `${name} is no JSON.`,
  noTokenizer: (/** @type {string} */ kind) => `tokenizer.json cannot be read: ${kind}.`,
  tokenizerKind: (/** @type {string} */ kind) => `its model is of the type ${kind}, and this page reads BPE, WordPiece and Unigram`,
  tooManyTokens: (/** @type {number} */ tokens, /** @type {number} */ size) => `tokenizer.json knows token ${tokens}, but config.json has a vocabulary of ${size}: the files belong to different policies.`,
  gone: "this browser no longer keeps its files: bring it again",
});
