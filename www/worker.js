// @ts-check
/** @import { WorkerEvent } from "./app/messages.js" */
import { readCommand } from "./app/messages.js";
import { sentence } from "./app/sentence.js";
import { TROUBLE } from "./app/strings/trouble.js";
import { WORKER } from "./app/strings/worker.js";
import { Broughts } from "./worker/broughts.js";
import { loadCore } from "./worker/core.js";
import { Inbox } from "./worker/inbox.js";
import { PolicyLibrary } from "./worker/policy-library.js";
import { Trainer } from "./worker/trainer.js";

// The Worker's whole life is one loop: commands first, then a slice of training, then what is to be
// shown. Nothing runs beside it, so the session is never asked two things at once.

const inbox = new Inbox(self);

/** @param {WorkerEvent} event @param {Transferable[]} [transfer] */
const post = (event, transfer = []) => self.postMessage(event, { transfer });

/** @param {Awaited<ReturnType<typeof loadCore>>} libraries */
async function work({ wasm, Tokenizer }) {
  const trainer = new Trainer(wasm, post, () => inbox.wake());
  const broughts = new Broughts(wasm, Tokenizer);
  const policies = new PolicyLibrary(Tokenizer, broughts);

  /** @param {unknown} message */
  async function obey(message) {
    const command = readCommand(message);
    switch (command.type) {
      case "open":
        try {
          await trainer.open(command, await policies.files(command.policy, command.title));
        } catch (error) {
          trainer.close();
          post({ type: "failure", cause: "open", text: WORKER.unusable(command.title, sentence(error)) });
        }
        break;
      case "parse":
        return answer(command.ticket, () => wasm.parsePreferences(command.text));
      case "draw":
        return answer(command.ticket, () => trainer.draw(command));
      case "format":
        return answer(command.ticket, () => wasm.formatPreferences(command.pairs));
      case "written":
        return answer(command.ticket, () => wasm.writtenMethod(command.method, command.loss));
      case "curve": {
        const { method, loss, values, margins } = command;
        return answer(command.ticket, () => wasm.lossCurve(method, loss, values, Float32Array.from(margins)));
      }
      case "bring":
        return answer(command.ticket, () => broughts.add(command.files));
      case "forget":
        policies.forget(command.folder);
        return answer(command.ticket, () => broughts.forget(command.folder));
      case "source":
        return answer(command.ticket, () => trainer.source());
      case "checkpoint":
        return answer(command.ticket, () => trainer.checkpoint());
      case "keep":
        return answer(command.ticket, () => trainer.keep(command.method));
      case "strong":
        return answer(command.ticket, () => trainer.strengthen(command));
      case "dissect":
        return answer(command.ticket, () => trainer.dissect());
      case "profile":
        return answer(command.ticket, () => trainer.profile());
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

  post({ type: "catalogue", catalogue: wasm.catalogue("answers") });
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
    if (trainer.active) await (rest > 0 ? inbox.wait(rest) : inbox.breathe());
    else if (trainer.measuring) await inbox.breathe();
    else if (!trainer.ready) await inbox.wait();
  }
}

loadCore().then(work, (error) => {
  post({
    type: "failure",
    cause: "load",
    text: WORKER.unloadedKept(sentence(error), TROUBLE.pairsKept),
  });
});
