// @ts-check
/** @import { State } from "../state.js" */
/** @import { Source } from "../messages.js" */
/** @import { Exported } from "./package.js" */
/** @import { Files } from "./hugging-face.js" */
import { currentMethod, currentValues, hyperparameters } from "../state.js";
import { pairsInUse } from "../pair-sides.js";
import { isBrought } from "../scenarios.js";
import { policyFiles, trlFiles } from "./package.js";

/** The licences of the policies that come with the page. */
const OWN_LICENSE = ["mit", "apache-2.0"];

/** The run as it is exported. @param {State} state @param {Source} source @returns {Exported} */
export function exportedRun(state, source) {
  const { settings, policies, scenarios, session, scores, problems } = state;
  const header = policies.find(({ name }) => name === settings.policy);
  const method = currentMethod(state);
  const values = currentValues(state);
  const { config, tokenizer, weights, reference } = source;
  const files = { config, tokenizer, maxTokens: header?.maxTokens ?? 64 };
  return {
    policy: { title: header?.title ?? settings.policy, ...(!isBrought(settings.policy) && { license: OWN_LICENSE }) },
    method: { name: settings.method, title: method?.title ?? settings.method },
    values,
    numbers: hyperparameters(state).map(({ name, label, choices }) => [label, choices?.[values[name]] ?? String(values[name])]),
    scenario: scenarios.find(({ name }) => name === settings.scenario)?.title ?? settings.scenario,
    seed: session.seed,
    step: session.step,
    pairs: pairsInUse(state).filter(({ id }) => !problems.has(id)),
    scores,
    source: { ...files, weights },
    reference: { ...files, weights: reference },
  };
}

/** A zip of a run: the policy alone, or everything to go on with in TRL. @param {"policy" | "trl"} what @param {Exported} run */
export async function zipOf(what, run) {
  const { strToU8, zipSync } = await import("../../vendor/fflate.js");
  const files = what === "policy" ? policyFiles(run) : trlFiles(run);
  // Weights hardly shrink: they are put in as they are.
  const entries = Object.entries(files).map(([path, content]) => [path, typeof content === "string" ? strToU8(content) : [content, { level: 0 }]]);
  return /** @type {Uint8Array<ArrayBuffer>} */ (zipSync(Object.fromEntries(entries)));
}
