// @ts-check
/** @import { Method } from "../app/messages.js" */
/** @import { TableScenario } from "../pkg/playground.js" */
/** @import { Place } from "./rows.js" */
import { ENDS } from "../app/strings/game-ends.js";

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
  if (scenario.parameterisation !== "logits") return { place: null, text: ENDS.features };
  switch (name) {
    case "ipo_md":
    case "nash_md":
      return { place: "stationaryPoint", text: ENDS.stationaryPoint(title, name === "ipo_md" ? "tau" : "beta") };
    case "online_ipo":
      return { place: "equilibrium", text: ENDS.onlineIpo };
    case "inpo":
      return { place: "equilibrium", text: ENDS.inpo };
    case "online_dpo":
      return { place: null, text: ENDS.onlineDpo };
    case "dpo":
      if (!rewarded) return { place: null, text: ENDS.noReward };
      if (flips > 0) return { place: null, text: ENDS.flipped(100 * flips) };
      if (changed) return { place: null, text: ENDS.near };
      return { place: "optimum", text: ENDS.dpo };
    case "robust":
      if (!rewarded || changed) break;
      return { place: "optimum", text: ENDS.robust(flips) };
    case "rloo":
    case "ppo":
      if (!rewarded) return { place: null, text: ENDS.bestResponse };
      return { place: "optimum", text: ENDS.optimum(title) };
  }
  return { place: null, text: ENDS.unknown(summary) };
}
