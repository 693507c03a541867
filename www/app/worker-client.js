// @ts-check
/** @import { NamedFile } from "./policies/policy-folder.js" */
/** @import { Brought, Command, Dissection, Method, PairText, Parsed, Profile, Source, WorkerEvent } from "./messages.js" */
import { TROUBLE } from "./strings/trouble.js";
import { WorkerLine } from "./worker-line.js";

/** @typedef {Extract<Command, { ticket: number }>} Question */
/** @template T @typedef {T extends unknown ? Omit<T, "ticket"> : never} WithoutTicket */

/**
 * The line to the trainer of language policies.
 * @extends {WorkerLine<Command, WorkerEvent>}
 */
export class WorkerClient extends WorkerLine {
  /**
   * @param {() => Worker} create
   * @param {(event: WorkerEvent) => void} receive
   */
  constructor(create, receive) {
    super(create, receive, TROUBLE.pairsKept);
  }

  /** @param {string} text @returns {Promise<Parsed>} */
  parse(text) {
    return this.#ask({ type: "parse", text });
  }

  /** @param {PairText[]} pairs @returns {Promise<string>} */
  format(pairs) {
    return this.#ask({ type: "format", pairs });
  }

  /**
   * An answer of the policy's own to a prompt.
   * @param {{ prompt: string, temperature: number, seed: number, avoid: string[] }} of
   * @returns {Promise<string>}
   */
  draw(of) {
    return this.#ask({ type: "draw", ...of });
  }

  /** The method "custom" or "sum" whose loss a person has written. @param {string} method @param {string} loss @returns {Promise<Method>} */
  written(method, loss) {
    return this.#ask({ type: "written", method, loss });
  }

  /**
   * The loss at each margin, then its slopes; nothing for a method that is not about single pairs.
   * @param {{ method: string, loss: string, values: Record<string, number>, margins: number[] }} of
   * @returns {Promise<Float32Array | undefined>}
   */
  curve(of) {
    return this.#ask({ type: "curve", ...of });
  }

  /** The policy as it stands is the stronger one. @param {string} method what it was trained by @returns {Promise<void>} */
  keep(method) {
    return this.#ask({ type: "keep", method });
  }

  /** @param {string} name @param {Uint8Array} weights of a stronger policy @returns {Promise<void>} */
  strengthen(name, weights) {
    return this.#ask({ type: "strong", name, weights });
  }

  /** The next update in its parts, before it is made. @returns {Promise<Dissection>} */
  dissect() {
    return this.#ask({ type: "dissect" });
  }

  /** @returns {Promise<Profile>} */
  profile() {
    return this.#ask({ type: "profile" });
  }

  /** Checks a policy's files and keeps them. @param {NamedFile[]} files @returns {Promise<Brought>} */
  bring(files) {
    return this.#ask({ type: "bring", files });
  }

  /** Keeps a policy no longer. @param {string} folder what it is opened by @returns {Promise<void>} */
  forget(folder) {
    return this.#ask({ type: "forget", folder });
  }

  /** @returns {Promise<Source>} */
  source() {
    return this.#ask({ type: "source" });
  }

  /** @returns {Promise<Uint8Array<ArrayBuffer>>} */
  checkpoint() {
    return this.#ask({ type: "checkpoint" });
  }

  /** @param {WithoutTicket<Question>} question @returns {Promise<any>} */
  #ask(question) {
    return this.ask(question);
  }
}
