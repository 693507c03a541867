// @ts-check
/** @import { DiffusionEvent } from "./diffusion/messages.js" */
/** @import { Wasm } from "./worker/core.js" */
import { sentence } from "./app/sentence.js";
import { TROUBLE } from "./app/strings/trouble.js";
import { WORKER } from "./app/strings/worker.js";
import { readCommand } from "./diffusion/messages.js";
import { loadWasm } from "./worker/core.js";
import { DiffusionTrainer } from "./worker/diffusion-trainer.js";
import { Inbox } from "./worker/inbox.js";

// As worker.js: commands first, then a slice of training, then what is to be shown, one after the other.

const inbox = new Inbox(self);

/** @param {DiffusionEvent | import("./app/worker-line.js").Answer} event @param {Transferable[]} [transfer] */
const post = (event, transfer = []) => self.postMessage(event, { transfer });

/** @param {Wasm} wasm */
async function work(wasm) {
  const trainer = new DiffusionTrainer(wasm, post, () => inbox.wake(), new URL("./assets/", import.meta.url));

  /** @param {unknown} message */
  async function obey(message) {
    const command = readCommand(message);
    switch (command.type) {
      case "open":
        try {
          await trainer.open(command);
        } catch (error) {
          trainer.close();
          post({ type: "failure", cause: "open", text: WORKER.unusableHere(command.title, sentence(error)) });
        }
        break;
      case "propose":
        return answer(command.ticket, () => trainer.propose(command));
      case "candidates":
        return answer(command.ticket, () => trainer.candidates(command));
      case "checkpoint":
        return answer(command.ticket, () => trainer.checkpoint());
      default:
        return trainer.obey(command);
    }
  }

  /** @param {number} ticket @param {() => unknown} action */
  async function answer(ticket, action) {
    try {
      post({ type: "reply", ticket, value: await action() });
    } catch (error) {
      post({ type: "refused", ticket, text: sentence(error) });
    }
  }

  post({ type: "catalogue", catalogue: wasm.catalogue("denoiser") });
  for (;;) {
    let cause = /** @type {"other" | "training"} */ ("other");
    let rest = 0;
    try {
      while (!inbox.empty) await obey(inbox.take());
      await trainer.takeOver();
      if (trainer.active) {
        cause = "training";
        rest = await trainer.train();
      }
      await trainer.publish();
    } catch (error) {
      const recovered = await trainer.recover();
      post({ type: "failure", cause: recovered ? "other" : cause, text: recovered ?? sentence(error) });
      if (!recovered) await trainer.stop();
      continue;
    }
    if (trainer.behind || (trainer.active && rest === 0)) await inbox.breathe();
    else if (trainer.active) await inbox.wait(rest);
    else if (!trainer.ready) await inbox.wait();
  }
}

loadWasm().then(work, (error) => {
  post({
    type: "failure",
    cause: "load",
    text: WORKER.unloadedKept(sentence(error), TROUBLE.pairsKept),
  });
});
