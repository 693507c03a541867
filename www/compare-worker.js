// @ts-check
/** @import { CompareEvent } from "./compare/messages.js" */
import { sentence } from "./app/sentence.js";
import { WORKER } from "./app/strings/worker.js";
import { readCommand } from "./compare/messages.js";
import { Broughts } from "./worker/broughts.js";
import { loadCore } from "./worker/core.js";
import { Inbox } from "./worker/inbox.js";
import { Lockstep } from "./worker/lockstep.js";
import { PolicyLibrary } from "./worker/policy-library.js";

// One loop, as in worker.js: commands first, then a slice of training, then what is to be shown.

const inbox = new Inbox(self);

/** @param {CompareEvent} event @param {Transferable[]} [transfer] */
const post = (event, transfer = []) => self.postMessage(event, { transfer });

/** @param {Awaited<ReturnType<typeof loadCore>>} libraries */
async function work({ wasm, Tokenizer }) {
  const runs = new Lockstep(wasm, post);
  const policies = new PolicyLibrary(Tokenizer, new Broughts(wasm, Tokenizer));

  /** @param {unknown} message */
  async function obey(message) {
    const command = readCommand(message);
    switch (command.type) {
      case "open":
        try {
          await runs.open(command, await policies.files(command.policy, command.title));
        } catch (error) {
          runs.close();
          post({ type: "failure", cause: "open", text: WORKER.unopened(sentence(error)) });
        }
        break;
      case "parse":
        return answer(command.ticket, () => wasm.parsePreferences(command.text));
      case "written":
        return answer(command.ticket, () => wasm.writtenMethod(command.method, command.loss));
      default:
        await runs.obey(command);
    }
  }

  /** @param {number} ticket @param {() => unknown} action */
  function answer(ticket, action) {
    try {
      post({ type: "reply", ticket, value: action() });
    } catch (error) {
      post({ type: "refused", ticket, text: sentence(error) });
    }
  }

  post({ type: "catalogue", catalogue: wasm.catalogue("answers") });
  let more = false;
  for (;;) {
    try {
      while (!inbox.empty) await obey(inbox.take());
      if (runs.running && !more) await runs.train();
      more = await runs.publish();
    } catch (error) {
      runs.running = more = false;
      post({ type: "failure", cause: "other", text: sentence(error) });
    }
    if (runs.running || more) await inbox.breathe();
    else await inbox.wait();
  }
}

loadCore().then(work, (error) => {
  post({ type: "failure", cause: "load", text: WORKER.unloaded(sentence(error)) });
});
