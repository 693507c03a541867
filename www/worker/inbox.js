// @ts-check

/** What the page has sent to this Worker, in order. */
export class Inbox {
  /** @type {unknown[]} */
  #messages = [];
  #wake = () => {};
  #own = new MessageChannel();

  constructor() {
    self.addEventListener("message", ({ data }) => {
      this.#messages.push(data);
      this.#wake();
    });
    this.#own.port1.start();
  }

  get empty() {
    return this.#messages.length === 0;
  }

  next() {
    return this.#messages.shift();
  }

  /** Ends the rest. */
  wake() {
    this.#wake();
  }

  /** Until something comes. */
  rest() {
    return new Promise((resolve) => (this.#wake = () => resolve(undefined)));
  }

  /**
   * Lets messages come in. A timer would wait 4 ms each time; a message to ourselves queues behind what the page has
   * sent.
   */
  breathe() {
    return new Promise((resolve) => {
      this.#own.port1.addEventListener("message", resolve, { once: true });
      this.#own.port2.postMessage(null);
    });
  }
}
