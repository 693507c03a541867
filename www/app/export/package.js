// @ts-check
/** @import { Pair, PairScore } from "../messages.js" */
/** @import { Files, PolicySource } from "./hugging-face.js" */
/** @import { Run } from "./trl-script.js" */
import { EXPORT } from "../strings/export.js";
import { line, modelCard, policyFolder } from "./hugging-face.js";
import { trlMethod } from "./trl-method.js";
import { REQUIREMENTS, trlScript } from "./trl-script.js";

/**
 * What is exported: a run, as it stands.
 * @typedef {object} Exported
 * @property {{ title: string, license?: string[] }} policy
 * @property {{ name: string, title: string }} method
 * @property {Record<string, number>} values all numbers that the run was set to
 * @property {[string, string][]} numbers those numbers as they are shown, by their labels
 * @property {string} scenario its title
 * @property {number} seed
 * @property {number} step
 * @property {Pair[]} pairs those that are trained on
 * @property {boolean} weighted whether some of them count more than others
 * @property {ReadonlyMap<number, PairScore>} scores
 * @property {string} lines the pairs as TRL reads them
 * @property {PolicySource} source the policy as it stands
 * @property {PolicySource} reference the policy before training
 */

/** The policy by itself. @param {Exported} run @returns {Files} */
export function policyFiles(run) {
  return policyFolder(run.source, card(run, run.step));
}

/** Everything to go on with in TRL. @param {Exported} run @returns {Files} */
export function trlFiles(run) {
  const { policy, method, values, seed, step, pairs, source, reference } = run;
  const told = trlMethod(method.name, method.title, values);
  const trl = { ...told, remarks: [...told.remarks, ...(run.weighted ? [EXPORT.weights] : [])] };
  const { n_positions, max_position_embeddings } = JSON.parse(source.config);
  /** @type {Run} */
  const script = { policy: policy.title, method: method.title, trl, values, seed, step, context: n_positions ?? max_position_embeddings };
  const computed = logProbabilities(run);
  return {
    "README.md": EXPORT.readMe({ policy: line(policy.title), method: line(method.title), same: trl.same, remarks: trl.remarks, step, pairs: pairs.length, checked: computed.length }),
    "train.py": trlScript(script),
    "requirements.txt": REQUIREMENTS,
    "pairs.jsonl": run.lines,
    "log-probabilities.jsonl": computed.map((row) => `${JSON.stringify(row)}\n`).join(""),
    ...below("policy", policyFolder(source, card(run, step))),
    ...(step > 0 && below("reference", policyFolder(reference, card(run, 0)))),
  };
}

/** What the page computed, under TRL's names. @param {Exported} run */
function logProbabilities({ pairs, scores }) {
  return pairs.flatMap(({ id, prompt, chosen, rejected }) => {
    const score = scores.get(id);
    if (!score) return [];
    return [
      {
        prompt,
        chosen,
        rejected,
        "logps/chosen": score.chosen,
        "logps/rejected": score.rejected,
        "logps/reference_chosen": score.referenceChosen,
        "logps/reference_rejected": score.referenceRejected,
      },
    ];
  });
}

/** @param {Exported} run @param {number} step */
function card({ policy, method, numbers, scenario, seed, pairs }, step) {
  /** @type {[string, string][]} */
  const trained = [[EXPORT.cardMethod, method.title], [EXPORT.cardStep, String(step)], [EXPORT.cardSeed, String(seed)], [EXPORT.cardScenario, EXPORT.cardPairs(scenario, pairs.length)], ...numbers];
  return modelCard({
    title: EXPORT.cardTitle(policy.title, step),
    lead: EXPORT.cardLead(line(policy.title), line(method.title), step),
    tags: ["alignment-playground", "preference-optimization", ...(step > 0 ? [method.name] : [])],
    license: policy.license,
    rows: step > 0 ? trained : [],
    use: EXPORT.cardUse,
  });
}

/** @param {string} folder @param {Files} files @returns {Files} */
const below = (folder, files) => Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]));
