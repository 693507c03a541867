// @ts-check
import { TROUBLE } from "./strings/trouble.js";

/** @typedef {{ type: "reply", ticket: number, value: unknown } | { type: "refused", ticket: number, text: string }} Answer */
/** @typedef {{ type: "failure", cause: "load", text: string }} Death */

/**
 * A page's end of the line to its Worker: commands go out, events and answers come back. A dead Worker can be
 * replaced.
 * @template {{ type: string }} C
 * @template {{ type: string }} E
 */
export class WorkerLine {
  /** @type {Worker | null} */
  #worker = null;
  #tickets = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #kept;

  /**
   * @param {() => Worker} create
   * @param {(event: E) => void} receive what is no answer; the end of the Worker is told as a failure
   * @param {string} kept what outlives the Worker
   */
  constructor(create, receive, kept) {
    this.create = create;
    this.receive = receive;
    this.#kept = kept;
  }

  start() {
    this.#worker?.terminate();
    this.#refuseAll(TROUBLE.restarted);
    this.#worker = this.create();
    this.#worker.addEventListener("message", ({ data }) => this.#hear(data));
    this.#worker.addEventListener("messageerror", () => this.#fail(TROUBLE.unreadMessage));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#fail(event.message || TROUBLE.unloaded);
    });
  }

  /** @param {C} command */
  send(command) {
    this.#worker?.postMessage(command);
  }

  /** Sends a command that is answered. @param {{ type: string } & Record<string, unknown>} question @returns {Promise<any>} */
  ask(question) {
    const ticket = ++this.#tickets;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ticket, { resolve, reject });
      this.send(/** @type {any} */ ({ ...question, ticket }));
    });
  }

  /** @param {E | Answer} event */
  #hear(event) {
    if (event.type !== "reply" && event.type !== "refused") return this.receive(/** @type {E} */ (event));
    const answer = /** @type {Answer} */ (event);
    const waiting = this.#waiting.get(answer.ticket);
    this.#waiting.delete(answer.ticket);
    if (answer.type === "reply") waiting?.resolve(answer.value);
    else waiting?.reject(new Error(answer.text));
  }

  /** @param {string} reason */
  #fail(reason) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#refuseAll(reason);
    /** @type {Death} */
    const death = {
      type: "failure",
      cause: "load",
      text: TROUBLE.stopped(reason, this.#kept),
    };
    this.receive(/** @type {any} */ (death));
  }

  /** @param {string} reason */
  #refuseAll(reason) {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}
