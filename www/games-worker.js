// @ts-check
/** @import { GameEvent } from "./games/messages.js" */
/** @import { Wasm } from "./worker/core.js" */
import { sentence } from "./app/sentence.js";
import { TROUBLE } from "./app/strings/trouble.js";
import { WORKER } from "./app/strings/worker.js";
import { readCommand } from "./games/messages.js";
import { loadWasm } from "./worker/core.js";
import { Inbox } from "./worker/inbox.js";
import { TableTrainer } from "./worker/table-trainer.js";

// As worker.js: commands first, then a slice of training, then what is to be shown, one after the other.

const inbox = new Inbox(self);

/** @param {GameEvent} event @param {Transferable[]} [transfer] */
const post = (event, transfer = []) => self.postMessage(event, { transfer });

/** @param {Wasm} wasm */
async function work(wasm) {
  const trainer = new TableTrainer(wasm, post);

  /** @param {unknown} message */
  async function obey(message) {
    const command = readCommand(message);
    if (command.type !== "open") return trainer.obey(command);
    try {
      await trainer.open(command);
    } catch (error) {
      trainer.close();
      post({ type: "failure", cause: "open", text: WORKER.unplayable(sentence(error)) });
    }
  }

  post({ type: "catalogue", catalogue: wasm.catalogue("answers"), scenarios: wasm.tableScenarios() });
  for (;;) {
    let cause = /** @type {"other" | "training"} */ ("other");
    let rest = 0;
    try {
      while (!inbox.empty) await obey(inbox.take());
      if (trainer.running) {
        cause = "training";
        rest = await trainer.train();
      }
      await trainer.publish();
    } catch (error) {
      post({ type: "failure", cause, text: sentence(error) });
      await trainer.stop().catch(() => {});
      continue;
    }
    if (!trainer.running) await inbox.wait();
    else if (rest > 0) await inbox.wait(rest);
    else await inbox.breathe();
  }
}

loadWasm().then(work, (error) => {
  post({
    type: "failure",
    cause: "load",
    text: WORKER.unloadedKept(sentence(error), TROUBLE.changesKept),
  });
});
