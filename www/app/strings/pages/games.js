// @ts-check
/** What the page “Games” says in its HTML. */
import { SHARED } from "./shared.js";

const heading = "Games: exact answers";
const exactExpectations = "Exact expectations";

export const GAMES_PAGE = Object.freeze({
  title: `${heading} – ${SHARED.playground}`,
  description: "Policies over a few named responses: every expectation, optimum and equilibrium exact.",
  skip: "Skip to the game",
  heading,
  sixtyASecond: "60 a second",
  sixHundredASecond: "600 a second",
  fastest: "As fast as it can",

  // What is played.
  played: "What is played",
  game: "Game",
  exactExpectations,
  labelsDrawn: "Labels drawn",
  minimises: "What an update minimises",

  // The policy.
  whereItEnds: "The policy and where it may end",
  simplex: "Every distribution over the three responses",
  zoom: "Look closely",
  probabilities: "Probabilities",
  probabilitiesScroll: "Probabilities, scrolling",

  // What is thought of the responses.
  whoBeatsWhom: "Who beats whom",
  thoughtsScroll: "What is thought of the responses, scrolling",
  implied: "Preferences that follow from the rewards",
  impliedScroll: "Preferences that follow, scrolling",
  startsFrom: "The reference ◇, which the policy starts from",
  referenceScroll: "The reference, scrolling",
  restoreGame: "Restore the game",

  exactFigures: "Exact figures",
  aboutPolicy:
    "A policy over a handful of named responses: a softmax, trained by the same objectives as the language policies, so small that every expectation is a sum and every optimum and equilibrium is known. Marks and figures are solved for, not sampled.",
  aboutMethods:
    "All methods of the first page run here but “A loss of your own”. A response counts as one token: what a method does with lengths (LD-DPO, SimPO) changes nothing. Nothing is held out, since everything is known.",
  aboutExpectations: `“${exactExpectations}” adds up over all answers that a method would draw; without it, each update draws 64 groups of answers. D²O keeps answers of its own, which are drawn even then.`,
});
