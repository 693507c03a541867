// @ts-check
/** @import { Trainer, TrlMethod } from "./trl-method.js" */
import { plainLine, python } from "./python.js";
import { TRL } from "./trl-method.js";

/**
 * A run to go on with.
 * @typedef {object} Run
 * @property {string} policy its title
 * @property {string} method its title
 * @property {TrlMethod} trl
 * @property {Record<string, number>} values
 * @property {number} seed
 * @property {number} step where the policy stands
 * @property {number} context the most tokens that the policy sees
 */

/** Updates that a script makes of itself. */
const STEPS = 200;

export const REQUIREMENTS = `accelerate\ndatasets\nsafetensors\ntorch\ntransformers>=5\ntrl==${TRL}\n`;

/** @type {Record<Trainer, string>} */
const IMPORTS = {
  DPO: "from trl import DPOConfig, DPOTrainer",
  CPO: "from trl.experimental.cpo import CPOConfig, CPOTrainer",
  ORPO: "from trl.experimental.orpo import ORPOConfig, ORPOTrainer",
  KTO: "from trl import KTOConfig, KTOTrainer",
};

/** The file that each trainer reads. @type {Record<Trainer, string>} */
export const DATA = { DPO: "pairs.jsonl", CPO: "pairs.jsonl", ORPO: "pairs.jsonl", KTO: "answers.jsonl" };

const APART = "Prompt and answer are read apart, as the policy was taught: of one text, tokens could merge across the seam.";

/** How each trainer is told so. @type {Record<Trainer, string>} */
const READERS = {
  DPO: `class Apart(DPOTrainer):
    """${APART}"""

    def _prepare_dataset(self, dataset, processing_class, args, dataset_name):
        def read(pair):
            prompt, chosen, rejected = (ids(processing_class, pair[side]) for side in ("prompt", "chosen", "rejected"))
            end = [processing_class.eos_token_id]
            return {"prompt_ids": begin(processing_class) + prompt, "chosen_ids": chosen + end, "rejected_ids": rejected + end}

        return dataset.map(read)
`,
  CPO: answerReader("CPO"),
  ORPO: answerReader("ORPO"),
  KTO: `class Apart(KTOTrainer):
    """${APART}"""

    def _prepare_dataset(self, dataset, processing_class, args, dataset_name):
        rows = [
            {
                "prompt_ids": begin(processing_class) + ids(processing_class, answer["prompt"]),
                "completion_ids": ids(processing_class, answer["completion"]) + [processing_class.eos_token_id],
                "label": answer["label"],
            }
            for answer in dataset
        ]
        random.Random(args.seed).shuffle(rows)
        # What z0 is estimated from: each answer of a batch to the next one's prompt.
        size = args.per_device_train_batch_size
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            for row, other in zip(batch, batch[-1:] + batch[:-1]):
                row["KL_completion_ids"] = other["completion_ids"]
        return Dataset.from_list(rows)
`,
};

/** @param {"CPO" | "ORPO"} trainer */
function answerReader(trainer) {
  return `class Apart(${trainer}Trainer):
    """${APART}"""

    def build_tokenized_answer(self, prompt, answer):
        prompt, answer = ids(self.processing_class, prompt), ids(self.processing_class, answer)
        return {
            "prompt_input_ids": prompt, "prompt_attention_mask": [1] * len(prompt),
            "input_ids": answer, "attention_mask": [1] * len(answer),
        }
`;
}

/** The script that goes on with a run. @param {Run} run */
export function trlScript({ policy, method, trl, values, seed, step, context }) {
  const { trainer } = trl;
  const needsReference = trainer === "DPO" || trainer === "KTO";
  const options = Object.entries({
    ...trl.options,
    max_steps: "options.steps",
    // A pair is two of KTO's answers.
    per_device_train_batch_size: trainer === "KTO" ? 2 * values.batch_size : values.batch_size,
    learning_rate: values.learning_rate,
    lr_scheduler_type: "constant_with_warmup",
    warmup_steps: values.warmup_steps,
    max_grad_norm: values.max_grad_norm,
    weight_decay: values.weight_decay,
    max_length: context,
    seed,
  }).map(([name, value]) => `        ${name}=${name === "max_steps" ? value : python(value)},`);
  const from = step > 0 ? "reference" : "policy";
  return `"""Goes on with “${plainLine(policy)}” in TRL, by ${plainLine(method)}, with the numbers that were set on the page.

    pip install -r requirements.txt
    python3 train.py                  # goes on from policy/, which stood at step ${step}
${step > 0 ? "    python3 train.py --from reference # begins anew\n" : ""}${trl.remarks.map((remark) => `\n${plainLine(remark)}\n`).join("")}
The optimiser begins anew, the first update has a learning rate of 0 while it warms up, and pairs come in another order
than on the page, so curves agree in kind, not digit by digit.
"""

import argparse
${trainer === "KTO" ? "import random\n" : ""}from pathlib import Path

import torch
from datasets import ${trainer === "KTO" ? "Dataset, " : ""}load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
${IMPORTS[trainer]}

HERE = Path(__file__).resolve().parent


def ids(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"] if text else []


def begin(tokenizer):
    return [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]


${READERS[trainer]}

def load(folder):
    return AutoModelForCausalLM.from_pretrained(HERE / folder, dtype=torch.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="start", default="policy", choices=[${from === "policy" ? '"policy"' : '"policy", "reference"'}])
    parser.add_argument("--steps", type=int, default=${STEPS})
    options = parser.parse_args()

    tokenizer = AutoTokenizer.from_pretrained(HERE / "policy")
    dataset = load_dataset("json", data_files=str(HERE / "${DATA[trainer]}"), split="train")
    config = ${trainer}Config(
        output_dir=str(HERE / "trained"),
${options.join("\n")}
        gradient_checkpointing=False, bf16=False, logging_steps=1, save_strategy="no", report_to="none",
    )
    trainer = Apart(model=load(options.start), ${needsReference ? `ref_model=load("${from}"), ` : ""}args=config, train_dataset=dataset, processing_class=tokenizer)
    trainer.train()
    trainer.save_model()
    print(f"The policy stands in {config.output_dir}")


if __name__ == "__main__":
    main()
`;
}
