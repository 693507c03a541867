// @ts-check

/** The messages that a Worker has been sent and has not read yet. */
export class Inbox {
  /** @type {unknown[]} */
  #messages = [];
  #wake = () => {};
  #port = new MessageChannel();

  /** @param {EventTarget} scope the Worker's own */
  constructor(scope) {
    scope.addEventListener("message", (event) => {
      this.#messages.push(/** @type {MessageEvent} */ (event).data);
      this.#wake();
    });
    this.#port.port1.start();
  }

  get empty() {
    return this.#messages.length === 0;
  }

  take() {
    return this.#messages.shift();
  }

  wake() {
    this.#wake();
  }

  /** Until a message comes, or until so many milliseconds have passed. @param {number} [most] */
  async wait(most) {
    if (!this.empty) return;
    await new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
      if (most !== undefined) setTimeout(this.#wake, most);
    });
  }

  /** Lets waiting messages in. A timer would take 4 ms each time; a message to ourselves queues behind what was sent. */
  breathe() {
    const { port1, port2 } = this.#port;
    return new Promise((resolve) => {
      port1.addEventListener("message", resolve, { once: true });
      port2.postMessage(null);
    });
  }

  /** Nothing more is let in between. */
  close() {
    this.#port.port1.close();
  }
}
