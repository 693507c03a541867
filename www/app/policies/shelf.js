// @ts-check
/** @import { Persistence } from "../persistence.js" */
/** @import { PolicyHeader } from "../scenarios.js" */
/** @import { WorkerClient } from "../worker-client.js" */
/** @import { NamedFile } from "./policy-folder.js" */
import { count } from "../format.js";
import { isBrought } from "../scenarios.js";
import { POLICIES } from "../strings/policies.js";
import { STORAGE } from "../strings/storage.js";

/** The most tokens of an answer of a policy that was brought. */
const MOST_TOKENS = 64;
const KEPT_AS = "policies";

/** @param {any} header @returns {boolean} */
const isHeader = (header) =>
  ["name", "title", "description", "samplePrompt", "separator"].every((field) => typeof header?.[field] === "string") && isBrought(header.name) && header.maxTokens > 0;
/** @param {any} value @returns {value is PolicyHeader[]} */
const areHeaders = (value) => Array.isArray(value) && value.every(isHeader);

/** The policies that a person has brought; the Worker has their files. */
export class Shelf {
  #page;
  #worker;
  /** @type {PolicyHeader[]} */
  #headers;

  /** @param {Persistence} page what is kept for all projects @param {WorkerClient} worker */
  constructor(page, worker) {
    this.#page = page;
    this.#worker = worker;
    this.#headers = page.kept(KEPT_AS, areHeaders, STORAGE.policies) ?? [];
  }

  get headers() {
    return this.#headers;
  }

  /** Checks a policy's files and has them kept; throws a sentence if they are none. @param {NamedFile[]} files */
  async add(files) {
    const { folder, title, parameters, context, kept } = await this.#worker.bring(files);
    /** @type {PolicyHeader} */
    const header = { name: folder, title: title.slice(0, 60) || POLICIES.untitled, description: POLICIES.description(count(parameters)), maxTokens: Math.max(1, Math.min(MOST_TOKENS, Math.floor(context / 2))), samplePrompt: "", separator: "" };
    this.#headers = [...this.#headers.filter(({ name }) => name !== folder), header];
    if (kept) this.#page.keep(KEPT_AS, this.#headers);
    return { header, kept, parameters: count(parameters) };
  }

  /** @param {string} name */
  async remove(name) {
    this.#headers = this.#headers.filter((header) => header.name !== name);
    this.#page.keep(KEPT_AS, this.#headers);
    await this.#worker.forget(name);
  }
}
