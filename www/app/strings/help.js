// @ts-check
/** The Help dialog, its list of keys, and the question before a reset. */
export const HELP = Object.freeze({
  button: "Help",
  title: "Help",
  tabs: Object.freeze({ keys: "Keys", words: "Words", tour: "Tour" }),
  close: "Close",
  keysOn: "Keys without Ctrl or Alt work",
  keysHelp: "Switch them off if you use speech input or press keys by accident. They never act while you type into a field.",
  key: "Key",
  does: "What it does",
  search: "Find a word",
  none: "No word like this is explained here.",
  tourText: "Five steps: preferences, update, effect, the bar that runs it, and where to look closer. It takes a minute.",
  tourStart: "Start the tour",
  invite: "Take the tour",
  decline: "No tour, thanks",
});

export const KEYS = Object.freeze({
  groups: Object.freeze({ run: "Training", pairs: "Pairs", page: "The page" }),
  run: "Run, or pause",
  step: "One update",
  apart: "Take the next update apart, a stage at a time",
  reset: "Back to step 0, after a question",
  add: "New pair",
  swap: "Swap chosen and rejected of the selected pair",
  help: "These keys",
  space: "Space",
});

export const RESET = Object.freeze({
  title: "Back to step 0?",
  /** @param {string} steps */
  text: (steps) => `What ${steps} updates have taught the policy is lost. Pairs and settings stay.`,
  yes: "Reset",
  no: "Go on",
});
