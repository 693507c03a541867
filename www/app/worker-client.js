// @ts-check
/** @import { Command, Method, PairText, Parsed, Profile, WorkerEvent } from "./messages.js" */

/** @typedef {Extract<Command, { ticket: number }>} Question */
/** @template T @typedef {T extends unknown ? Omit<T, "ticket"> : never} WithoutTicket */

/** The page's end of the line to the Worker. A dead Worker can be replaced. */
export class WorkerClient {
  /** @type {Worker | null} */
  #worker = null;
  #tickets = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /**
   * @param {() => Worker} create
   * @param {(event: WorkerEvent) => void} receive
   */
  constructor(create, receive) {
    this.create = create;
    this.receive = receive;
  }

  start() {
    this.#worker?.terminate();
    this.#refuseAll("the trainer was restarted");
    this.#worker = this.create();
    this.#worker.addEventListener("message", ({ data }) => this.#hear(data));
    this.#worker.addEventListener("messageerror", () => this.#fail("a message could not be read"));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#fail(event.message || "its file could not be loaded");
    });
  }

  /** @param {Command} command */
  send(command) {
    this.#worker?.postMessage(command);
  }

  /** @param {string} text @returns {Promise<Parsed>} */
  parse(text) {
    return this.#ask({ type: "parse", text });
  }

  /** @param {PairText[]} pairs @returns {Promise<string>} */
  format(pairs) {
    return this.#ask({ type: "format", pairs });
  }

  /** What a loss of one's own amounts to. @param {string} loss @returns {Promise<Method>} */
  custom(loss) {
    return this.#ask({ type: "custom", loss });
  }

  /**
   * The loss at each margin, then its slopes; nothing for a method that is not about single pairs.
   * @param {{ method: string, loss: string, values: Record<string, number>, margins: number[] }} of
   * @returns {Promise<Float32Array | undefined>}
   */
  curve(of) {
    return this.#ask({ type: "curve", ...of });
  }

  /** What a person has preferred; ties are left out. @returns {Promise<PairText[]>} */
  compared() {
    return this.#ask({ type: "compared" });
  }

  /** @returns {Promise<Profile>} */
  profile() {
    return this.#ask({ type: "profile" });
  }

  /** @returns {Promise<Uint8Array<ArrayBuffer>>} */
  checkpoint() {
    return this.#ask({ type: "checkpoint" });
  }

  /** @param {WithoutTicket<Question>} question @returns {Promise<any>} */
  #ask(question) {
    const ticket = ++this.#tickets;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ticket, { resolve, reject });
      this.send(/** @type {Question} */ ({ ...question, ticket }));
    });
  }

  /** @param {WorkerEvent} event */
  #hear(event) {
    if (event.type !== "reply" && event.type !== "refused") return this.receive(event);
    const waiting = this.#waiting.get(event.ticket);
    this.#waiting.delete(event.ticket);
    if (event.type === "reply") waiting?.resolve(event.value);
    else waiting?.reject(new Error(event.text));
  }

  /** @param {string} reason */
  #fail(reason) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#refuseAll(reason);
    this.receive({
      type: "failure",
      cause: "load",
      text: `The trainer stopped working (${reason}). Start it again; the pairs are kept, training begins anew.`,
    });
  }

  /** @param {string} reason */
  #refuseAll(reason) {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}
