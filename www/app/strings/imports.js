// @ts-check

const count = (/** @type {number} */ number, /** @type {string} */ one) => `${number} ${number === 1 ? one : `${one}s`}`;

/** What importing preferences says. */
export const IMPORTS = Object.freeze({
  pasted: "the clipboard",
  dropHere: "Drop preference files to add their pairs",
  tooLarge: (/** @type {string} */ name, /** @type {number} */ megabytes) => `${name} is larger than ${megabytes} MB: split it, then import a part.`,
  added: (/** @type {number} */ number, /** @type {string} */ name) => `${count(number, "pair")} of ${name} added.`,
  left: (/** @type {number} */ most, /** @type {number} */ left) => `The table holds at most ${most} pairs, so ${left} more were left out.`,
  alone: (/** @type {number} */ good, /** @type {number} */ bad) =>
    `${[good > 0 && `${good} only chosen`, bad > 0 && `${bad} only rejected`].filter(Boolean).join(" and ")}: answers to prompts that have no counterpart. Methods that compare two leave them out until you type or draw the other one.`,
  line: (/** @type {number} */ number, /** @type {string} */ message) => `Line ${number}: ${message}`,
  moreLines: (/** @type {number} */ number) => `… and ${count(number, "more line")}.`,
  cancelled: (/** @type {string} */ name) => `The import of ${name} was cancelled: nothing was added.`,
  reading: (/** @type {string} */ name) => `Reading ${name}`,
  cancel: "Cancel",

  title: "Import preferences",
  intro: "Files with one JSON object a line, a JSON list, or a table (CSV, TSV). They are read in this page; nothing is sent anywhere.",
  choose: "Choose files",
  orPaste: "Or paste lines here",
  add: "Add these",
  close: "Close",
  formsTitle: "What is understood",
  forms: Object.freeze([
    ["prompt, chosen, rejected", "TRL's preference pairs, as texts or as conversations"],
    ["chosen, rejected", "What both begin with is the prompt; transcripts of HH-RLHF"],
    ["prompt, completion, label", "Answers that were judged by themselves, paired up by prompt"],
    ["input, output_1, output_2, label", "LLMBar's comparisons"],
    ["sentence_good, sentence_bad", "BLiMP's minimal pairs"],
    ["weight, enabled", "Beside them: a share in the loss from 0 to 10, and false for a pair that is off"],
  ]),
  others: "For other columns you are asked what they hold.",

  mappingTitle: (/** @type {string} */ name) => `What do the columns of ${name} hold?`,
  form: "Each line has",
  formPair: "two answers, the better one in a column of its own",
  formJudged: "one answer and a label, good or bad",
  formCompared: "two answers and a label that says which is better",
  prompt: "Prompt",
  noPrompt: "none: what both answers begin with",
  chosen: "Chosen",
  rejected: "Rejected",
  answer: "Answer",
  first: "First answer",
  second: "Second answer",
  label: "Label",
  good: "It is good if the label says",
  bad: "It is bad if the label says",
  firstBetter: "The first is better if the label says",
  secondBetter: "The second is better if the label says",
  unset: "choose a column",
  preview: "The first pairs",
  previewNone: "No pair comes of this.",
  import: "Import",
});
