import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { dtypeOf, modelCard, policyFolder } from "../../www/app/export/hugging-face.js";
import { policyFiles, trlFiles } from "../../www/app/export/package.js";
import { plainLine, python } from "../../www/app/export/python.js";
import { trlMethod } from "../../www/app/export/trl-method.js";
import { trlScript } from "../../www/app/export/trl-script.js";

const ASSETS = new URL("../../www/assets/policies/names/", import.meta.url);
const NUMBERS = { learning_rate: 0.001, batch_size: 8, warmup_steps: 10, max_grad_norm: 1, weight_decay: 0 };
const HOSTILE = 'x"""\nimport os\n"""\\";os.system("rm -rf /")#\'\u2028<script>';

async function names() {
  const [config, tokenizer, weights] = await Promise.all(["config.json", "tokenizer.json", "model.safetensors"].map((file) => readFile(new URL(file, ASSETS))));
  return { config: config.toString(), tokenizer: tokenizer.toString(), weights: new Uint8Array(weights), maxTokens: 16 };
}

/** @param {Partial<import("../../www/app/export/package.js").Exported>} [others] @returns {Promise<import("../../www/app/export/package.js").Exported>} */
async function run(others) {
  const source = await names();
  return {
    policy: { title: "First names", license: ["mit", "apache-2.0"] },
    method: { name: "dpo", title: "DPO" },
    values: { ...NUMBERS, beta: 0.1 },
    numbers: [["beta", "0.1"]],
    scenario: "Ends in a vowel",
    seed: 3,
    step: 20,
    pairs: [{ id: 1, prompt: "Ju", chosen: "lia", rejected: "lian" }, { id: 2, prompt: "", chosen: "?", rejected: "!" }],
    scores: new Map([[1, { id: 1, chosen: -1, rejected: -2, referenceChosen: -3, referenceRejected: -4, margin: 0.4 }]]),
    source,
    reference: source,
    ...others,
  };
}

test("TRL is told the method and its numbers by its own names", () => {
  const values = { ...NUMBERS, beta: 0.2, label_smoothing: 0.1, tau: 0.07, alpha: 0.3, ld_alpha: 0.4, sft_weight: 0.5, gamma: 0.6, lambda: 0.8, lambda_desirable: 1.5, lambda_undesirable: 2 };
  /** @type {Record<string, [string, Record<string, unknown>]>} */
  const expected = {
    dpo: ["DPO", { loss_type: ["sigmoid"], beta: 0.2 }],
    ipo: ["DPO", { loss_type: ["ipo"], beta: 0.2, label_smoothing: 0.1 }],
    robust: ["DPO", { loss_type: ["robust"], beta: 0.2, label_smoothing: 0.1 }],
    discopop: ["DPO", { loss_type: ["discopop"], beta: 0.2, label_smoothing: 0.1, discopop_tau: 0.07 }],
    js_divergence: ["DPO", { loss_type: ["sigmoid"], beta: 0.2, f_divergence_type: "js_divergence" }],
    alpha_divergence: ["DPO", { loss_type: ["sigmoid"], beta: 0.2, f_divergence_type: "alpha_divergence", f_alpha_divergence_coef: 0.3 }],
    ld_dpo: ["DPO", { loss_type: ["sigmoid"], beta: 0.2, ld_alpha: 0.4 }],
    wpo: ["DPO", { loss_type: ["sigmoid"], beta: 0.2, use_weighting: true }],
    sft: ["DPO", { loss_type: ["sft"] }],
    rpo: ["DPO", { loss_type: ["sigmoid", "sft"], loss_weights: [1, 0.5], beta: 0.2 }],
    simpo: ["CPO", { loss_type: "simpo", beta: 0.2, simpo_gamma: 0.6, cpo_alpha: 0 }],
    cpo: ["CPO", { loss_type: "sigmoid", beta: 0.2, cpo_alpha: 0.5 }],
    orpo: ["ORPO", { beta: 0.8 }],
    kto: ["KTO", { beta: 0.2, desirable_weight: 1.5, undesirable_weight: 2 }],
  };
  for (const [method, [trainer, options]] of Object.entries(expected)) {
    const trl = trlMethod(method, method, values);
    assert.deepEqual([trl.trainer, trl.options, trl.same], [trainer, options, true], method);
  }
  assert.match(trlMethod("dpo", "DPO", values).remarks.join(), /no label smoothing, so the page's 0\.1 is left out/);
  assert.deepEqual(trlMethod("dpo", "DPO", { ...values, label_smoothing: 0 }).remarks, []);
});

test("where TRL has no such method, the script and the read-me say so and train by DPO", async () => {
  for (const method of ["d2o", "ipo_md", "online_dpo", "custom", "dpop", "nonsense"]) {
    const { same, options, remarks } = trlMethod(method, `“${method}”`, { ...NUMBERS });
    assert.deepEqual([same, options], [false, { loss_type: ["sigmoid"], beta: 0.1 }]);
    assert.match(remarks.join(), new RegExp(`TRL has no trainer for “${method}”: this script trains by DPO instead`));
  }
  const files = trlFiles(await run({ method: { name: "d2o", title: "D²O" } }));
  for (const file of ["train.py", "README.md"]) assert.match(String(files[file]), /TRL has no trainer for D²O/);
});

test("the script has the run's numbers, and a reference where the run has moved from it", async () => {
  const files = trlFiles(await run());
  const script = String(files["train.py"]);
  for (const part of ["beta=0.1,", "per_device_train_batch_size=8,", "learning_rate=0.001,", "warmup_steps=10,", "max_grad_norm=1,", "seed=3,", "max_length=32,", 'ref_model=load("reference")', 'choices=["policy", "reference"]']) {
    assert.ok(script.includes(part), part);
  }
  assert.ok(files["reference/model.safetensors"] && files["policy/model.safetensors"]);
  const start = trlFiles(await run({ step: 0 }));
  assert.ok(!("reference/model.safetensors" in start));
  assert.match(String(start["train.py"]), /ref_model=load\("policy"\).*/);
  assert.ok(!String(start["train.py"]).includes("reference"));
});

test("weights that TRL does not know are told", async () => {
  const [pair, ...others] = (await run()).pairs;
  assert.match(String(trlFiles(await run({ pairs: [{ ...pair, weight: 2 }, ...others] }))["train.py"]), /TRL counts all pairs alike/);
  assert.doesNotMatch(String(trlFiles(await run())["train.py"]), /alike/);
});

/** Of these one is a pair, of each other an answer was judged by itself. @type {import("../../www/app/messages.js").Pair[]} */
const APART = [
  { id: 1, prompt: "Ju", chosen: "lia", rejected: "lian" },
  { id: 2, prompt: "A", chosen: "nna", rejected: "", only: "chosen" },
  { id: 3, prompt: "E", chosen: "", rejected: "rk\n“", only: "rejected" },
];
/** @param {unknown} content */
const rows = (content) => String(content).trimEnd().split("\n").map((line) => JSON.parse(line));

test("KTO is given answers, those that were judged by themselves too", async () => {
  const score = { chosen: -1, rejected: -2, referenceChosen: -3, referenceRejected: -4, margin: 0.4 };
  const scores = new Map([1, 2].map((id) => [id, { id, ...score }]));
  const files = trlFiles(await run({ method: { name: "kto", title: "KTO" }, values: { ...NUMBERS, beta: 0.1, lambda_desirable: 1, lambda_undesirable: 1 }, pairs: APART, scores }));
  assert.deepEqual(rows(files["answers.jsonl"]), [
    { prompt: "Ju", completion: "lia", label: true },
    { prompt: "Ju", completion: "lian", label: false },
    { prompt: "A", completion: "nna", label: true },
    { prompt: "E", completion: "rk\n“", label: false },
  ]);
  assert.ok(!("pairs.jsonl" in files));
  const script = String(files["train.py"]);
  assert.match(script, /"answers\.jsonl"/);
  assert.match(String(files["README.md"]), /`answers\.jsonl` \| 4 answers/);
  for (const file of [script, String(files["README.md"])]) assert.doesNotMatch(file, /left out/);
  assert.deepEqual(rows(files["log-probabilities.jsonl"])[1], { prompt: "A", chosen: "nna", "logps/chosen": -1, "logps/reference_chosen": -3 });
});

test("where TRL's trainer learns from pairs, what was judged by itself is left out, and that is told", async () => {
  const files = trlFiles(await run({ method: { name: "nca_pair", title: "NCA" }, pairs: APART }));
  assert.deepEqual(rows(files["pairs.jsonl"]), [{ prompt: "Ju", chosen: "lia", rejected: "lian" }]);
  for (const file of ["train.py", "README.md"]) assert.match(String(files[file]), /2 answers that were judged by themselves are left out/);
  const one = trlFiles(await run({ pairs: APART.slice(0, 2) }));
  assert.match(String(one["README.md"]), /an answer that was judged by itself is left out/);
});

test("what the page computed goes along under TRL's names, for the pairs that it could read", async () => {
  assert.deepEqual(rows(trlFiles(await run())["log-probabilities.jsonl"]), [{ prompt: "Ju", chosen: "lia", rejected: "lian", "logps/chosen": -1, "logps/rejected": -2, "logps/reference_chosen": -3, "logps/reference_rejected": -4 }]);
});

test("titles never leave the place that they stand in", async () => {
  const files = trlFiles(await run({ policy: { title: HOSTILE }, method: { name: "custom", title: HOSTILE }, scenario: HOSTILE, numbers: [[HOSTILE, HOSTILE]] }));
  const script = String(files["train.py"]);
  const clean = trlScript({ policy: "x", method: "x", trl: trlMethod("custom", "x", NUMBERS), values: NUMBERS, seed: 1, step: 20, context: 32 });
  const quotes = (/** @type {string} */ text) => text.split('"""').length;
  assert.equal(quotes(script), quotes(clean));
  assert.equal(script.split("\n").length, clean.split("\n").length);
  assert.ok(!plainLine(HOSTILE).includes('"') && !plainLine(HOSTILE).includes("\\") && !plainLine(HOSTILE).includes("\n"));
  assert.equal(python('a"b\\c\n\u2028é'), '"a\\"b\\\\c\\n\\u2028\\u00e9"');
  assert.deepEqual([python([1, 0.5, "x"]), python(true), python(null)], ['[1, 0.5, "x"]', "True", "None"]);
  const card = String(files["policy/README.md"]);
  assert.equal(card.split("\n").filter((line) => line === "---").length, 2);
  assert.ok(!/<script>|^import os/m.test(card.replaceAll("\\<script\\>", "")));
  assert.match(modelCard({ title: "a", lead: "b", tags: ['x"]\nlicense: stolen'], rows: [], use: [] }), /^tags: \["x\\"\]\\nlicense: stolen"\]$/m);
});

test("a policy's folder is what transformers reads", async () => {
  const files = policyFiles(await run());
  assert.deepEqual(Object.keys(files).sort(), ["README.md", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]);
  const config = JSON.parse(String(files["config.json"]));
  assert.deepEqual([config.model_type, config.dtype, config.torch_dtype, config.vocab_size], ["gpt2", "float16", "float16", 55]);
  assert.deepEqual(JSON.parse(String(files["generation_config.json"])), { bos_token_id: 0, eos_token_id: 0, pad_token_id: 0, do_sample: true, max_new_tokens: 16 });
  const tokenizer = JSON.parse(String(files["tokenizer_config.json"]));
  assert.deepEqual([tokenizer.tokenizer_class, tokenizer.bos_token, tokenizer.eos_token, tokenizer.unk_token, tokenizer.model_max_length], ["PreTrainedTokenizerFast", "<|endoftext|>", "<|endoftext|>", "<|unk|>", 32]);
  const card = String(files["README.md"]);
  assert.match(card, /^---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags: \[.*"dpo"\]\nlicense: \["mit", "apache-2.0"\]\n---\n\n# First names, after 20 updates\n/);
  assert.match(card, /\| beta \| 0\.1 \|/);
});

test("what the weights are made of is read from them, and tokens by id from any vocabulary", async () => {
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: {}, a: { dtype: "F32", shape: [0], data_offsets: [0, 0] } }));
  const weights = new Uint8Array(8 + header.length);
  new DataView(weights.buffer).setBigUint64(0, BigInt(header.length), true);
  weights.set(header, 8);
  assert.equal(dtypeOf(weights), "float32");
  const config = JSON.stringify({ model_type: "llama", max_position_embeddings: 24, eos_token_id: [2, 3] });
  for (const vocab of [{ a: 0, b: 1, c: 2 }, [["a", 0], ["b", 0], ["c", 0]]]) {
    const files = policyFolder({ config, tokenizer: JSON.stringify({ model: { vocab } }), weights, maxTokens: 8 }, "");
    assert.deepEqual(JSON.parse(String(files["tokenizer_config.json"])), { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "c", pad_token: "c", model_max_length: 24, clean_up_tokenization_spaces: false });
    assert.deepEqual(JSON.parse(String(files["generation_config.json"])), { eos_token_id: [2, 3], pad_token_id: 2, do_sample: true, max_new_tokens: 8 });
  }
});
