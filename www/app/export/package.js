// @ts-check
/** @import { Pair, PairScore, Side } from "../messages.js" */
/** @import { Files, PolicySource } from "./hugging-face.js" */
/** @import { Trainer } from "./trl-method.js" */
/** @import { Run } from "./trl-script.js" */
import { EXPORT } from "../strings/export.js";
import { line, modelCard, policyFolder } from "./hugging-face.js";
import { trlMethod } from "./trl-method.js";
import { DATA, REQUIREMENTS, trlScript } from "./trl-script.js";

/** @type {Side[]} */
const SIDES = ["chosen", "rejected"];

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
 * @property {ReadonlyMap<number, PairScore>} scores
 * @property {PolicySource} source the policy as it stands
 * @property {PolicySource} reference the policy before training
 */

/** The policy by itself. @param {Exported} run @returns {Files} */
export function policyFiles(run) {
  return policyFolder(run.source, card(run, run.step));
}

/** Everything to go on with in TRL. @param {Exported} run @returns {Files} */
export function trlFiles(run) {
  const { policy, method, values, seed, step, source, reference } = run;
  const told = trlMethod(method.name, method.title, values);
  const examples = told.trainer === "KTO" ? unpaired(run.pairs) : paired(run.pairs);
  const trl = { ...told, remarks: [...told.remarks, ...leftOut(run.pairs, told.trainer)] };
  const { n_positions, max_position_embeddings } = JSON.parse(source.config);
  /** @type {Run} */
  const script = { policy: policy.title, method: method.title, trl, values, seed, step, context: n_positions ?? max_position_embeddings };
  const computed = logProbabilities(run);
  return {
    "README.md": EXPORT.readMe({ policy: line(policy.title), method: line(method.title), trl, step, examples: examples.length, checked: computed.length }),
    "train.py": trlScript(script),
    "requirements.txt": REQUIREMENTS,
    [DATA[told.trainer]]: lines(examples),
    "log-probabilities.jsonl": lines(computed),
    ...below("policy", policyFolder(source, card(run, step))),
    ...(step > 0 && below("reference", policyFolder(reference, card(run, 0)))),
  };
}

/** @param {object[]} rows */
const lines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** Whether an answer is one that was judged: of a pair of one side only that is. @param {Pair} pair @param {Side} side */
const isJudged = ({ only }, side) => (only ?? side) === side;

/** TRL's explicit-prompt form. @param {Pair[]} pairs */
function paired(pairs) {
  return pairs.filter(({ only }) => !only).map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected }));
}

/** TRL's unpaired form. @param {Pair[]} pairs */
function unpaired(pairs) {
  return pairs.flatMap((pair) => SIDES.filter((side) => isJudged(pair, side)).map((side) => ({ prompt: pair.prompt, completion: pair[side], label: side === "chosen" })));
}

/** What of the pairs TRL's trainer does not take, as sentences. @param {Pair[]} pairs @param {Trainer} trainer */
function leftOut(pairs, trainer) {
  const alone = trainer === "KTO" ? 0 : pairs.length - paired(pairs).length;
  return [...(pairs.some(({ weight = 1 }) => weight !== 1) ? [EXPORT.weights] : []), ...(alone > 0 ? [EXPORT.alone(alone)] : [])];
}

/** What the page computed, under TRL's names. @param {Exported} run */
function logProbabilities({ pairs, scores }) {
  return pairs.flatMap((pair) => {
    const score = scores.get(pair.id);
    if (!score) return [];
    const reference = { chosen: score.referenceChosen, rejected: score.referenceRejected };
    const sides = SIDES.filter((side) => isJudged(pair, side));
    const of = (/** @type {string} */ name, /** @type {Record<Side, unknown>} */ values) => Object.fromEntries(sides.map((side) => [name + side, values[side]]));
    return [{ prompt: pair.prompt, ...of("", pair), ...of("logps/", score), ...of("logps/reference_", reference) }];
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
