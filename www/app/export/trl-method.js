// @ts-check
/** @import { PythonValue } from "./python.js" */
import { EXPORT } from "../strings/export.js";

/** The version of TRL whose names and losses these are. */
export const TRL = "1.16.0";

/** @typedef {"DPO" | "CPO" | "ORPO" | "KTO"} Trainer */
/**
 * How TRL trains by one of the page's methods.
 * @typedef {object} TrlMethod
 * @property {Trainer} trainer
 * @property {Record<string, PythonValue>} options of its configuration, beside those that all trainers share
 * @property {boolean} same whether that is the page's method
 * @property {string[]} remarks sentences on what differs
 */

/** The losses of TRL's DPOTrainer that this page knows by the same name. */
const SAME_NAME = ["hinge", "ipo", "exo_pair", "robust", "sigmoid_norm", "aot", "aot_unpaired", "nca_pair", "bco_pair", "sppo_hard", "apo_zero", "apo_down", "discopop"];
const DIVERGENCES = ["js_divergence", "forward_kl", "alpha_divergence"];

/** @param {string} method @param {string} title @param {Record<string, number>} values @returns {TrlMethod} */
export function trlMethod(method, title, values) {
  const { beta, label_smoothing: smoothing = 0 } = values;
  /** @type {(options: Record<string, PythonValue>, remarks?: string[], trainer?: Trainer) => TrlMethod} */
  const by = (options, remarks = [], trainer = "DPO") => ({ trainer, options, same: true, remarks });
  // TRL's logistic loss reads no label smoothing.
  const unsmoothed = smoothing > 0 ? [EXPORT.noSmoothing(smoothing)] : [];
  const sigmoid = { loss_type: ["sigmoid"], beta };
  if (SAME_NAME.includes(method)) {
    return by({ loss_type: [method], beta, ...("label_smoothing" in values && { label_smoothing: smoothing }), ...(method === "discopop" && { discopop_tau: values.tau }) });
  }
  if (DIVERGENCES.includes(method)) {
    return by({ ...sigmoid, f_divergence_type: method, ...(method === "alpha_divergence" && { f_alpha_divergence_coef: values.alpha }) });
  }
  switch (method) {
    case "dpo":
      return by(sigmoid, unsmoothed);
    case "ld_dpo":
      return by({ ...sigmoid, ld_alpha: values.ld_alpha });
    case "wpo":
      return by({ ...sigmoid, use_weighting: true });
    case "sft":
      return by({ loss_type: ["sft"] });
    case "rpo":
      return by({ loss_type: ["sigmoid", "sft"], loss_weights: [1, values.sft_weight], beta }, unsmoothed);
    case "simpo":
      return by({ loss_type: "simpo", beta, simpo_gamma: values.gamma, cpo_alpha: 0 }, [], "CPO");
    case "cpo":
      return by({ loss_type: "sigmoid", beta, cpo_alpha: values.sft_weight }, [], "CPO");
    case "orpo":
      return by({ beta: values.lambda }, [EXPORT.orpo], "ORPO");
    case "kto":
      return by({ beta, desirable_weight: values.lambda_desirable, undesirable_weight: values.lambda_undesirable }, [EXPORT.kto], "KTO");
    default:
      return { trainer: "DPO", options: { loss_type: ["sigmoid"], beta: beta ?? 0.1 }, same: false, remarks: [EXPORT.noTrainer(title)] };
  }
}
