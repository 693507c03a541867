// @ts-check
/** @import { OpenCommand, WorkerEvent } from "./app/messages.js" */
/** @import { PolicyFiles } from "./worker/trainer.js" */
import { readCommand } from "./app/messages.js";
import { coreFile } from "./worker/core-file.js";
import { TextCodec } from "./worker/text-codec.js";
import { Trainer } from "./worker/trainer.js";

// The Worker's whole life is one loop: commands first, then a slice of training, then what is to be
// shown. Nothing runs beside it, so the session is never asked two things at once.

/** @type {unknown[]} */
const inbox = [];
let wake = () => {};
self.addEventListener("message", ({ data }) => {
  inbox.push(data);
  wake();
});

/** @param {WorkerEvent} event @param {Transferable[]} [transfer] */
const post = (event, transfer = []) => self.postMessage(event, { transfer });

/** @type {(error: unknown) => string} */
const sentence = (error) => (error instanceof Error ? error.message : String(error));

// A timer would wait 4 ms each time; a message to ourselves queues behind what the page has sent.
const { port1, port2 } = new MessageChannel();
port1.start();
const breathe = () =>
  new Promise((resolve) => {
    port1.addEventListener("message", resolve, { once: true });
    port2.postMessage(null);
  });

async function load() {
  const [wasm, tokenizers] = await Promise.all([import("./pkg/playground.js"), import("./vendor/tokenizers.js")]);
  await wasm.default({ module_or_path: new URL(`./pkg/${coreFile()}`, import.meta.url) });
  return { wasm, Tokenizer: tokenizers.Tokenizer };
}

/** @param {Awaited<ReturnType<typeof load>>} libraries */
async function work({ wasm, Tokenizer }) {
  const trainer = new Trainer(wasm, post, () => wake());
  /** @type {Map<string, PolicyFiles>} */
  const policies = new Map();

  /** @param {OpenCommand} command */
  async function policyFiles({ policy, title }) {
    const known = policies.get(policy);
    if (known) return known;
    const [config, tokenizer, weights] = await Promise.all(
      ["config.json", "tokenizer.json", "model.safetensors"].map(async (name) => {
        const response = await fetch(new URL(name, policy)).catch(() => null);
        if (!response?.ok) throw new Error(`its file ${name} could not be fetched`);
        return response.arrayBuffer();
      }),
    );
    const text = new TextDecoder();
    const configText = text.decode(config);
    const { n_positions, max_position_embeddings, bos_token_id } = JSON.parse(configText);
    const files = {
      config: configText,
      weights: new Uint8Array(weights),
      codec: new TextCodec(new Tokenizer(JSON.parse(text.decode(tokenizer)), {})),
      limits: { title, context: n_positions ?? max_position_embeddings, begins: Number.isInteger(bos_token_id) },
    };
    policies.set(policy, files);
    return files;
  }

  /** @param {unknown} message */
  async function obey(message) {
    const command = readCommand(message);
    switch (command.type) {
      case "open":
        try {
          await trainer.open(command, await policyFiles(command));
        } catch (error) {
          trainer.close();
          post({ type: "failure", cause: "open", text: `The policy “${command.title}” cannot be used: ${sentence(error)}. Reload the page or choose another; the pairs are kept.` });
        }
        break;
      case "parse":
        return answer(command.ticket, () => wasm.parsePreferences(command.text));
      case "format":
        return answer(command.ticket, () => wasm.formatPreferences(command.pairs));
      case "custom":
        return answer(command.ticket, () => wasm.customMethod(command.loss));
      case "curve": {
        const { method, loss, values, margins } = command;
        return answer(command.ticket, () => wasm.lossCurve(method, loss, values, Float32Array.from(margins)));
      }
      case "checkpoint":
        return answer(command.ticket, () => trainer.checkpoint());
      case "compared":
        return answer(command.ticket, () => trainer.compared());
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

  post({ type: "catalogue", catalogue: wasm.catalogue() });
  for (;;) {
    let cause = /** @type {"other" | "training"} */ ("other");
    try {
      while (inbox.length > 0) await obey(inbox.shift());
      await trainer.takeOver();
      if (trainer.active) {
        cause = "training";
        await trainer.train();
      }
      await trainer.publish();
    } catch (error) {
      const recovered = await trainer.recover();
      post({ type: "failure", cause: recovered ? "other" : cause, text: recovered ?? sentence(error) });
      if (!recovered) await trainer.stop();
      continue;
    }
    if (trainer.active) await breathe();
    else if (inbox.length === 0 && !trainer.ready) await new Promise((resolve) => (wake = () => resolve(undefined)));
  }
}

load().then(work, (error) => {
  post({
    type: "failure",
    cause: "load",
    text: `The trainer could not be loaded (${sentence(error)}). Check the connection and try again; the pairs are kept.`,
  });
});
