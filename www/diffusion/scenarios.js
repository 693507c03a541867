// @ts-check
/** @import { Recipe } from "./messages.js" */
import { POLICY_WORDS, SCENARIO_WORDS } from "../app/strings/diffusion-scenarios.js";

/**
 * @typedef {object} PolicyHeader
 * @property {string} name of its folder under assets/policies
 * @property {string} title
 * @property {string} data what it was trained on, as the Worker knows it
 * @property {readonly string[]} classes what the classes are called
 */
/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} title
 * @property {string} policy
 * @property {string} description
 * @property {string} rule what is better
 * @property {Recipe} recipe how its pairs are made
 * @property {string} method the one that it begins with
 * @property {Record<string, number>} values numbers that suit it with most methods
 */

/** The policy, and the scenario, of a shape that the person drew. */
export const OWN_SHAPE = "shape";

/** @type {PolicyHeader[]} */
export const POLICIES = [
  { name: "digits", title: POLICY_WORDS.digits, data: "digits", classes: Array.from({ length: 10 }, (_, digit) => String(digit)) },
  { name: "moons", title: POLICY_WORDS.moons, data: "moons", classes: POLICY_WORDS.moonClasses },
  { name: "rings", title: POLICY_WORDS.rings, data: "rings", classes: POLICY_WORDS.ringClasses },
  { name: "spiral", title: POLICY_WORDS.spiral, data: "spiral", classes: POLICY_WORDS.spiralClasses },
  { name: "grid", title: POLICY_WORDS.grid, data: "grid", classes: POLICY_WORDS.gridClasses },
  // Its data are what the person drew.
  { name: OWN_SHAPE, title: POLICY_WORDS.shape, data: "", classes: [POLICY_WORDS.shapeClass] },
];

/** Pairs of the policy's own samples, two candidates each. @param {number} count @returns {Recipe} */
const own = (count) => ({ from: "policy", count, candidates: 2 });

/** Numbers that suit a method in every scenario. @type {Record<string, Record<string, number>>} */
export const SUITED = {
  // It draws all that it learns from: a few at a time, in few steps.
  reward_weighted: { batch_size: 4, sampling_steps: 10 },
};

/** @type {Scenario[]} */
export const SCENARIOS = [
  {
    name: "thicker",
    ...SCENARIO_WORDS.thicker,
    policy: "digits",
    rule: "thicker",
    recipe: own(64),
    method: "diffusion_dpo",
    values: { beta: 1000, learning_rate: 0.0003, batch_size: 16 },
  },
  {
    name: "upright",
    ...SCENARIO_WORDS.upright,
    policy: "digits",
    rule: "upright",
    recipe: own(64),
    method: "diffusion_dpo",
    values: { beta: 1000, learning_rate: 0.0003, batch_size: 16 },
  },
  {
    name: "winners",
    ...SCENARIO_WORDS.winners,
    policy: "digits",
    rule: "thicker",
    recipe: { from: "data", count: 64, candidates: 8 },
    method: "seppo",
    values: { learning_rate: 0.0005, batch_size: 16 },
  },
  {
    name: "sft",
    ...SCENARIO_WORDS.sft,
    policy: "digits",
    rule: "thicker",
    recipe: { from: "data", count: 64, candidates: 8 },
    method: "diffusion_sft",
    values: { learning_rate: 0.0005, batch_size: 16 },
  },
  {
    name: "half",
    ...SCENARIO_WORDS.half,
    policy: "moons",
    rule: "inside: -3 -3, 0 -3, 0 3, -3 3",
    recipe: own(128),
    method: "diffusion_dpo",
    values: { beta: 500, learning_rate: 0.0005, batch_size: 32 },
  },
  {
    name: "region",
    ...SCENARIO_WORDS.region,
    policy: "moons",
    rule: "inside: -0.6 -1.2, 0.6 -1.2, 0.6 1.2, -0.6 1.2",
    recipe: own(128),
    method: "diffusion_dpo",
    values: { beta: 500, learning_rate: 0.0005, batch_size: 32 },
  },
  {
    name: "top",
    ...SCENARIO_WORDS.top,
    policy: "rings",
    rule: "inside: -3 0.5, 3 0.5, 3 3, -3 3",
    recipe: own(128),
    method: "diffusion_dpo",
    values: { beta: 500, learning_rate: 0.0005, batch_size: 32 },
  },
  {
    name: "inner",
    ...SCENARIO_WORDS.inner,
    policy: "spiral",
    rule: "inside: -1 -0.4, -0.4 -1, 0.4 -1, 1 -0.4, 1 0.4, 0.4 1, -0.4 1, -1 0.4",
    recipe: { from: "data", count: 64, candidates: 8 },
    method: "seppo",
    values: { beta: 500, learning_rate: 0.002, batch_size: 32 },
  },
  {
    name: "row",
    ...SCENARIO_WORDS.row,
    policy: "grid",
    rule: "inside: -3 0, 3 0, 3 3, -3 3",
    recipe: own(128),
    method: "diffusion_dpo",
    values: { beta: 500, learning_rate: 0.0005, batch_size: 32 },
  },
  {
    name: OWN_SHAPE,
    ...SCENARIO_WORDS.shape,
    policy: OWN_SHAPE,
    rule: "inside: 0 -3, 3 -3, 3 3, 0 3",
    recipe: own(128),
    method: "diffusion_dpo",
    values: { beta: 500, learning_rate: 0.0005, batch_size: 32 },
  },
];

/** @param {string} name @returns {Scenario} */
export const scenarioOf = (name) => SCENARIOS.find((scenario) => scenario.name === name) ?? SCENARIOS[0];

/** @param {Scenario} scenario @returns {PolicyHeader} */
export const policyOf = (scenario) => POLICIES.find(({ name }) => name === scenario.policy) ?? POLICIES[0];
