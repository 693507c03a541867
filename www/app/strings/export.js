// @ts-check
/** What stands in exported files, and what the page says about them. */

export const EXPORT = Object.freeze({
  packing: "Packing …",
  fileName: (/** @type {"policy" | "trl"} */ what, /** @type {string} */ title) => (what === "policy" ? title : `${title} continue in TRL`),
  weights: "TRL counts all pairs alike: what you gave them as weights is left out.",
  alone: (/** @type {number} */ count) => `TRL's trainer learns from pairs: ${count === 1 ? "an answer that was judged by itself is" : `${count} answers that were judged by themselves are`} left out.`,
  noSmoothing: (/** @type {number} */ value) => `TRL's sigmoid loss has no label smoothing, so the page's ${value} is left out; its loss "robust" is a relative that has it.`,
  kto: "TRL estimates KTO's z0 from each batch in its own way, and shuffles answers, not pairs.",
  orpo: "TRL's ORPO imitates the prompts as well as the chosen answers; the page imitates the answers alone.",
  noTrainer: (/** @type {string} */ title) => `TRL has no trainer for ${title}: this script trains by DPO instead, with the page's other numbers. Change loss_type to choose another.`,

  /** Of the zip. */
  readMe: (/** @type {{ policy: string, method: string, trl: { trainer: string, remarks: string[] }, step: number, examples: number, checked: number }} */ { policy, method, trl: { trainer, remarks }, step, examples, checked }) => `# ${policy}, by ${method}: to go on with in TRL

\`\`\`sh
pip install -r requirements.txt
python3 train.py
\`\`\`
${remarks.map((remark) => `\n${remark}\n`).join("")}
| | |
|---|---|
| \`train.py\` | trains with the method, the numbers and the seed that were set on the page |
${trainer === "KTO" ? `| \`answers.jsonl\` | ${examples} answers, each judged by itself, in TRL's unpaired form |` : `| \`pairs.jsonl\` | ${examples} preference pairs in TRL's explicit-prompt form |`}
| \`policy/\` | the policy as it stood at step ${step}, in Hugging Face's layout |
${step > 0 ? "| `reference/` | the policy before training, which the method compares with |\n" : ""}| \`log-probabilities.jsonl\` | what the page computed for ${checked} pairs, nats, end-of-text included: for comparing |

Prompt and answer are read apart and nothing stands between them; a begin token stands before the prompt where the
policy has one, an end token after the answer.
`,
  cardTitle: (/** @type {string} */ policy, /** @type {number} */ step) => (step > 0 ? `${policy}, after ${step} updates` : policy),
  cardLead: (/** @type {string} */ policy, /** @type {string} */ method, /** @type {number} */ step) =>
    step > 0
      ? `${policy} of the Alignment Playground, trained in a browser by ${step} updates of ${method}. Exported by the page that trained it.`
      : `${policy} of the Alignment Playground, before any preference update. Exported by the page.`,
  cardMethod: "Method",
  cardStep: "Updates",
  cardSeed: "Seed",
  cardScenario: "Preference pairs",
  cardPairs: (/** @type {string} */ scenario, /** @type {number} */ count) => `${scenario}: ${count}`,
  cardUse: Object.freeze([
    "```python",
    "from transformers import AutoModelForCausalLM, AutoTokenizer",
    "",
    'tokenizer = AutoTokenizer.from_pretrained("FOLDER")',
    'model = AutoModelForCausalLM.from_pretrained("FOLDER")',
    "```",
    "",
    "Prompt and answer are read apart and nothing stands between them; the begin token, if there is one, stands before the prompt.",
  ]),
});
