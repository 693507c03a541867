// @ts-check
/** @import { Method } from "../app/messages.js" */
/** @import { TableScenario } from "../pkg/playground.js" */
/** @import { Place } from "./rows.js" */

/** How places are called, the sign of each in texts and its letter in drawings. @type {Record<Place | "policy" | "reference", { title: string, sign: string, letter: string }>} */
export const NAMES = {
  policy: { title: "Policy", sign: "●", letter: "π" },
  reference: { title: "Reference", sign: "◇", letter: "ref" },
  stationaryPoint: { title: "Stationary point", sign: "■", letter: "S" },
  equilibrium: { title: "Equilibrium", sign: "▲", letter: "E" },
  optimum: { title: "Optimum", sign: "★", letter: "O" },
};

/**
 * Where theory says that a method ends in a game, and what is to be said of that.
 * @param {Method} method
 * @param {TableScenario} scenario
 * @param {boolean} changed whether the scenario has been changed
 * @returns {{ place: Place | null, text: string }}
 */
export function endOf({ name, title, summary }, scenario, changed) {
  const rewarded = scenario.prompts.every(({ taste }) => "rewards" in taste);
  const flips = scenario.flipRate;
  if (scenario.parameterisation !== "logits") {
    const text = "The responses share features here, so the policy cannot take every shape: no method is promised a place, and the marks are for comparison.";
    return { place: null, text };
  }
  switch (name) {
    case "ipo_md":
    case "nash_md": {
      const strength = name === "ipo_md" ? "tau" : "beta";
      const text = `${title} ends at its stationary point ■. With mix above 0 that is not itself a Nash equilibrium: its mixture with the reference is one, held with a strength of ${strength} / (1 − mix).`;
      return { place: "stationaryPoint", text };
    }
    case "online_ipo":
      return { place: "equilibrium", text: "Online IPO ends at the equilibrium ▲, the Nash equilibrium in which leaving the reference costs tau a nat." };
    case "inpo":
      return { place: "equilibrium", text: "INPO comes nearer to the equilibrium ▲ with each iteration." };
    case "online_dpo": {
      const text = "Online DPO does not look for the equilibrium ▲ of its own beta. It comes close to that of another strength, about a quarter of beta, without finding it; at small beta it may circle for long.";
      return { place: null, text };
    }
    case "dpo":
      if (!rewarded) return { place: null, text: "No reward explains these preferences, so the optimum that DPO assumes does not exist; the marks are for comparison." };
      if (flips > 0) return { place: null, text: `DPO takes flipped labels (${100 * flips} %) at their word, so it stops short of the optimum ★ of the true rewards.` };
      if (changed) return { place: null, text: "DPO ends near the optimum ★: so few pairs show changed rewards to the nearest whole number of wins." };
      return { place: "optimum", text: "DPO on these pairs ends at the optimum ★ of the rewards." };
    case "robust":
      if (!rewarded || changed) break;
      return { place: "optimum", text: `Robust DPO ends at the optimum ★ if its label smoothing is the share of flipped labels: ${flips}.` };
    case "rloo":
    case "ppo":
      if (!rewarded) return { place: null, text: "The reward of a response is how often it beats one of the reference: the policy learns what is best against the reference, which is no equilibrium." };
      return { place: "optimum", text: `${title} ends at the optimum ★ of the rewards.` };
  }
  return { place: null, text: `${summary} Where it ends is not among what is known here; the marks are for comparison.` };
}
