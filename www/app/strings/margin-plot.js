// @ts-check
/** What the plot of the loss over the margin says. */
export const MARGIN_WORDS = Object.freeze({
  title: "The loss over the margin",
  loss: "loss",
  weight: "gradient weight",
  key: "a training pair",
  dots: "Pairs, by their margin",
  axis: "margin, nats",
  alone: "Every pair is a dot, the larger the more strongly it pulls. Choose one by a click or with the arrow keys.",
  notAlone:
    "This method's loss is not one of the margin alone, so no pair has its place on the curve. The curve is that of a pair of ten tokens each whose chosen answer rises by h/2 and whose rejected one falls by h/2; the dots below show the pairs' margins.",
  none: "This method's loss is not one of the margin of a single pair, so there is no curve. The table below the pairs and the charts show what it does.",
  pair: (/** @type {number} */ place) => `Pair ${place}`,
  dot: (/** @type {number} */ place, /** @type {string} */ margin, /** @type {string} */ loss, /** @type {string} */ weight) =>
    `Pair ${place}: margin ${margin} nats, loss ${loss}, gradient weight ${weight}`,
  dotOfMargin: (/** @type {number} */ place, /** @type {string} */ margin) => `Pair ${place}: margin ${margin} nats`,
  curveTable: "The curve as a table",
  curveHead: Object.freeze(["Margin", "Loss", "Slope"]),
  pairTable: "The pairs on it as a table",
  pairHead: Object.freeze(["Pair", "Margin, nats", "Loss", "Gradient weight"]),
});
