// @ts-check
import { sentence } from "./sentence.js";
import { ASSETS } from "./strings/assets.js";
import { told } from "./told.js";

/** The static files beside the page: policies, and scenarios to try them on. */

/**
 * @typedef {object} PolicyHeader
 * @property {string} name
 * @property {string} title
 * @property {string} description
 * @property {number} maxTokens
 * @property {string} samplePrompt
 * @property {string} separator what stands between a prompt and a completion where both are shown as one text
 */
/**
 * @typedef {object} ScenarioHeader
 * @property {string} name
 * @property {string} title
 * @property {string} policy
 * @property {string} description
 * @property {string} train
 * @property {string} heldOut
 * @property {string} prompt
 * @property {string} judge a rule that judges as the pairs prefer
 */

/** What the names of policies begin with that a person has brought. */
export const BROUGHT = "brought/";
/** @param {string} policy */
export const isBrought = (policy) => policy.startsWith(BROUGHT);

/** @typedef {(text: string) => string} Tell */
/** @typedef {"string" | "number"} Kind */
/** @type {Record<keyof PolicyHeader, Kind>} */
const POLICY = {
  name: "string",
  title: "string",
  description: "string",
  maxTokens: "number",
  samplePrompt: "string",
  separator: "string",
};
/** @type {Record<keyof ScenarioHeader, Kind>} */
const SCENARIO = {
  name: "string",
  title: "string",
  policy: "string",
  description: "string",
  train: "string",
  heldOut: "string",
  prompt: "string",
  judge: "string",
};

/** @param {any} value @param {string} file @param {Tell} [tell] @returns {PolicyHeader} */
export function readPolicyHeader(value, file, tell = told) {
  return inWords(checked(value, POLICY, file), tell);
}

/** @param {any} value @param {string} file @param {Tell} [tell] @returns {ScenarioHeader} */
export function readScenarioHeader(value, file, tell = told) {
  const header = inWords(checked(value, SCENARIO, file), tell);
  for (const name of [header.train, header.heldOut]) {
    if (!/^[\w.-]+$/.test(name)) throw new Error(ASSETS.outside(file, name));
  }
  return header;
}

/** What is called something and says something of itself, in the page's words. @template {{ title: string, description: string }} T @param {T} header @param {Tell} tell @returns {T} */
function inWords(header, tell) {
  return { ...header, title: tell(header.title), description: tell(header.description) };
}

/**
 * @template {Record<string, Kind>} T
 * @param {any} value
 * @param {T} fields
 * @param {string} file
 */
function checked(value, fields, file) {
  for (const [field, kind] of Object.entries(fields)) {
    if (typeof value?.[field] !== kind) throw new Error(ASSETS.noField(file, field, kind));
  }
  return value;
}

/** @typedef {(url: URL) => Promise<Response>} Fetch */

/** Loads what lies under one folder. */
export class Assets {
  /** @param {URL} base with a slash at its end @param {Fetch} [get] */
  constructor(base, get = (url) => fetch(url)) {
    this.base = base;
    this.get = get;
  }

  /** @returns {Promise<{ policies: PolicyHeader[], scenarios: ScenarioHeader[] }>} */
  async index() {
    const index = await this.#json("index.json");
    const [policies, scenarios] = await Promise.all([
      Promise.all(names(index, "policies").map((name) => this.#policy(name))),
      Promise.all(names(index, "scenarios").map((name) => this.#scenario(name))),
    ]);
    return { policies, scenarios };
  }

  /** @param {string} name */
  async #policy(name) {
    const file = `policies/${name}/policy.json`;
    return readPolicyHeader(await this.#json(file), file);
  }

  /** @param {string} name */
  async #scenario(name) {
    const file = `scenarios/${name}.json`;
    return readScenarioHeader(await this.#json(file), file);
  }

  /** The JSONL of a scenario. @param {ScenarioHeader} scenario */
  async preferences(scenario) {
    const [train, heldOut] = await Promise.all([
      this.#text(`scenarios/${scenario.train}`),
      this.#text(`scenarios/${scenario.heldOut}`),
    ]);
    return { train, heldOut };
  }

  /** Where a policy's files lie; those that were brought are known by their name. @param {string} policy */
  policyFolder(policy) {
    if (isBrought(policy)) return policy;
    return new URL(`policies/${policy}/`, this.base).href;
  }

  /** @param {string} file */
  async #json(file) {
    const text = await this.#text(file);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Error(ASSETS.noJson(file, sentence(error)));
    }
  }

  /** @param {string} file */
  async #text(file) {
    const url = new URL(file, this.base);
    let response;
    try {
      response = await this.get(url);
    } catch {
      throw new Error(ASSETS.unfetched(file));
    }
    if (!response.ok) throw new Error(ASSETS.refused(file, response.status));
    return response.text();
  }
}

/** @param {any} index @param {string} field @returns {string[]} */
function names(index, field) {
  const list = index?.[field];
  const fit = Array.isArray(list) && list.length > 0 && list.every((name) => /^[\w-]+$/.test(name));
  if (!fit) throw new Error(ASSETS.unlisted(field));
  return list;
}
