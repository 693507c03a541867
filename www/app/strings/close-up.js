// @ts-check
/** What the close-up views say: token by token, the next token, where the probability went. */
export const TOKEN_WORDS = Object.freeze({
  none: "Select a pair that the policy can read.",
  intro: (/** @type {number} */ place) =>
    `Pair ${place}: log π of each token, below it the change against the reference; “end” is end-of-text. What both answers begin with is framed once. Choose a token to see what else could stand there.`,
  chosen: "Chosen ✓",
  rejected: "Rejected ✗",
  shared: "both the same so far",
  end: "end",
  token: (/** @type {string} */ side, /** @type {number} */ place, /** @type {string} */ text, /** @type {string} */ logProb, /** @type {string} */ change) =>
    `${side}, token ${place}, ${text}: log π ${logProb}, change ${change}`,
  instead: (/** @type {string} */ side, /** @type {number} */ place) => `What could stand as token ${place} of the ${side} answer`,
  after: (/** @type {string} */ text) => `After “${text}”`,
  first: "At the beginning of the answer",
  table: "What could stand there",
  close: "Close",
  measured: (/** @type {number} */ step) => `Measured at step ${step}.`,
});

export const NEXT_WORDS = Object.freeze({
  table: "Next tokens",
  token: "Token",
  policy: "Policy",
  reference: "Reference",
  change: "Change",
  end: "end of the answer",
  here: "the token of the answer",
  others: (/** @type {number} */ count) => `all ${count} others`,
  entropy: (/** @type {string} */ policy, /** @type {string} */ reference) => `Entropy: policy ${policy} nats, reference ${reference} nats.`,
  title: "What comes next",
  prompt: "Prompt",
  answer: "Beginning of the answer",
  hint: "Type a text, or none. The table shows the ten likeliest next tokens of the policy and those of its reference; choose one to add it.",
  back: "Step back",
  clear: "Clear the answer",
  add: (/** @type {string} */ text) => `Add “${text}”`,
  waiting: "Measuring …",
});

export const ANSWER_WORDS = Object.freeze({
  intro: (/** @type {string} */ prompt) => (prompt === "" ? "All answers to the empty prompt." : `All answers to “${prompt}”, the prompt of the selected pair.`),
  none: "Select a pair to see where the probability of the answers to its prompt went.",
  waiting: "Adding up the answers …",
  summary: "Probability of the answers that stand in pairs with this prompt",
  group: "Answers",
  chosen: (/** @type {number} */ count) => `Chosen ✓, ${count} ${count === 1 ? "answer" : "different answers"}`,
  rejected: (/** @type {number} */ count) => `Rejected ✗, ${count} ${count === 1 ? "answer" : "different answers"}`,
  unread: "No pair with this prompt can be read by the policy.",
  klExact: (/** @type {string} */ kl) => `KL of the policy to the reference, over whole answers: ${kl} nats, exact: every answer was reached.`,
  klLeast: (/** @type {string} */ kl, /** @type {string} */ share) => `KL of the policy to the reference, over whole answers: at least ${kl} nats, with ${share} of the policy's probability reached.`,
  further: "Reach further",
  farthest: "This is as far as the page goes.",
  moves: "The answers that gained and lost most",
  text: "Answer",
  policy: "Policy",
  reference: "Reference",
  change: "Change",
  othersReached: (/** @type {number} */ count) => `${count} other answers that were reached, together`,
  open: "all answers that were not reached, together",
  empty: "(the empty answer)",
  both: "Every change is a difference of exact probabilities: they add up to nothing.",
  measured: (/** @type {number} */ step) => `Measured at step ${step}.`,
});
