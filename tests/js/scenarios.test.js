import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { readPair } from "../../www/app/pair-problems.js";
import { Assets, readPolicyHeader, readScenarioHeader } from "../../www/app/scenarios.js";
import { Tokenizer } from "../../www/vendor/tokenizers.js";
import { TextCodec } from "../../www/worker/text-codec.js";

const base = new URL("../../www/assets/", import.meta.url);
const assets = new Assets(base, async (url) => new Response(await readFile(url, "utf8")));

/** @typedef {{ prompt: string, chosen: string, rejected: string }} Texts */
/** @param {string} text @returns {Texts[]} */
const lines = (text) => text.trim().split("\n").map((line) => JSON.parse(line));

test("every shipped scenario can be trained on, and holds out what it does not train on", async () => {
  const { policies, scenarios } = await assets.index();
  assert.ok(policies.length >= 1 && scenarios.length >= 2);
  for (const scenario of scenarios) {
    const folder = `${assets.policyFolder(scenario.policy)}`;
    /** @type {(name: string) => Promise<any>} */
    const json = async (name) => JSON.parse(await readFile(new URL(name, folder), "utf8"));
    const codec = new TextCodec(new Tokenizer(await json("tokenizer.json"), {}));
    const { n_positions: context } = await json("config.json");
    const limits = { title: scenario.policy, context, begins: true };

    const { train, heldOut } = await assets.preferences(scenario);
    const [training, held] = [lines(train), lines(heldOut)];
    assert.ok(training.length >= 16 && training.length <= 64, `${scenario.name} has ${training.length} pairs`);
    assert.ok(held.length >= 8);
    for (const pair of [...training, ...held]) {
      const { problems } = readPair({ ...pair, id: 0 }, (text) => codec.encode(text), limits);
      assert.deepEqual(problems, [], JSON.stringify(pair));
    }
    const names = new Set(training.flatMap(({ prompt, chosen, rejected }) => [prompt + chosen, prompt + rejected]));
    for (const { prompt, chosen, rejected } of held) {
      assert.ok(!names.has(prompt + chosen) && !names.has(prompt + rejected), `${prompt + chosen} is trained on`);
    }
  }
});

test("the pairs about names are what their scenarios say", async () => {
  const { scenarios } = await assets.index();
  /** @type {Record<string, (chosen: string, rejected: string) => boolean>} */
  const rules = {
    "vowel-ending": (chosen, rejected) => /[aeiou]$/i.test(chosen) && /[^aeiou]$/i.test(rejected),
    shorter: (chosen, rejected) => chosen.length + 2 <= rejected.length,
  };
  for (const scenario of scenarios.filter(({ policy }) => policy === "names")) {
    const { train, heldOut } = await assets.preferences(scenario);
    for (const { prompt, chosen, rejected } of [...lines(train), ...lines(heldOut)]) {
      assert.ok(rules[scenario.name](prompt + chosen, prompt + rejected), `${scenario.name}: ${prompt} ${chosen} ${rejected}`);
    }
  }
});

test("policies and scenarios are told of in the page's words, and are known by their names whatever these are", () => {
  const tell = (/** @type {string} */ text) => `«${text}»`;
  const scenario = { name: "n", title: "t", policy: "p", description: "d", train: "t.jsonl", heldOut: "h.jsonl", prompt: "q", judge: "shorter" };
  assert.deepEqual(readScenarioHeader(scenario, "n.json", tell), { ...scenario, title: "«t»", description: "«d»" });
  const policy = { name: "p", title: "t", description: "d", maxTokens: 4, samplePrompt: "q", separator: " " };
  assert.deepEqual(readPolicyHeader(policy, "policy.json", tell), { ...policy, title: "«t»", description: "«d»" });
  assert.deepEqual(readPolicyHeader(policy, "policy.json"), policy, "in English it stays as it is");
});

test("missing and malformed files are named", async () => {
  /** @type {(answer: () => Promise<Response>) => Promise<unknown>} */
  const index = (answer) => new Assets(base, answer).index();
  await assert.rejects(index(async () => new Response("", { status: 404 })), /index\.json .*404/);
  await assert.rejects(index(async () => Promise.reject(new TypeError("offline"))), /index\.json could not be fetched/);
  await assert.rejects(index(async () => new Response("<html>")), /index\.json is no JSON/);
  await assert.rejects(index(async () => new Response('{"policies": ["../x"]}')), /lists no policies/);
});

test("a scenario cannot name files outside its folder", () => {
  const header = {
    name: "n", title: "t", policy: "p", description: "d", train: "../../secret", heldOut: "h.jsonl", prompt: "", judge: "shorter",
  };
  assert.throws(() => readScenarioHeader(header, "n.json"), /outside its folder/);
  assert.throws(() => readScenarioHeader({ ...header, train: 3 }, "n.json"), /no train, or it is no string/);
  assert.throws(() => readScenarioHeader(null, "n.json"), /n\.json/);
});
