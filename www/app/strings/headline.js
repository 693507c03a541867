// @ts-check
/** What stands above the charts. */
export const HEADLINE = Object.freeze({
  margin: "Margin",
  accuracy: "Accuracy",
  chosen: "Chosen ✓",
  rejected: "Rejected ✗",
  winRate: "Win rate",
  unit: "nats since step 0",
  says: "It now says",
  said: "Before",
  nothing: "(nothing)",
});
