import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { CONTROLS, readShared, unknownToCore, withoutUnknown, writePairs } from "../../www/app/share/fields.js";
import { isShared } from "../../www/app/share/is-shared.js";
import { MOST_BYTES, MOST_CHARACTERS, readLink, writeLink } from "../../www/app/share/link.js";

/** A link's fragment around any text. @param {string | Uint8Array} text */
const packed = (text, version = 1) => `#share=${version}.${deflateRawSync(text).toString("base64url")}`;

const FULL = {
  title: "Lesson 1",
  note: "Press Run.",
  policy: "names",
  scenario: "vowel-ending",
  pairs: [
    { prompt: "Ju", chosen: "lia", rejected: "lian" },
    { prompt: "Zoë", chosen: "🐇", rejected: "", weight: 0.5, enabled: /** @type {const} */ (false), only: /** @type {const} */ ("chosen") },
  ],
  method: "dpo",
  values: { beta: 0.5 },
  judge: "shorter",
  judgeKind: /** @type {const} */ ("person"),
  guides: "Hello. | Hi!",
  seed: 7,
  engine: /** @type {const} */ ("cpu"),
  sampler: { prompt: "Jo", temperature: 0.5, count: 4, seed: 9 },
  view: { tab: "charts", theme: "dark", projector: true },
  step: 200,
  hidden: /** @type {import("../../www/app/share/fields.js").Control[]} */ (["engine"]),
  locked: /** @type {import("../../www/app/share/fields.js").Control[]} */ (["policy", "pairs"]),
};

/** @param {import("../../www/app/share/fields.js").Shared} shared */
const link = (shared) => writeLink({ ...shared, ...(shared.pairs && { pairs: writePairs(shared.pairs) }) });

/** @param {string} fragment */
async function opened(fragment) {
  const { fields, problems } = await readLink(fragment);
  const read = fields ? readShared(fields) : { shared: {}, problems: [] };
  return { shared: read.shared, problems: [...problems, ...read.problems] };
}

test("what a link carries comes back as it was", async () => {
  const fragment = await link(FULL);
  assert.match(fragment, /^share=1\.[\w-]+$/);
  assert.ok(isShared(`#${fragment}`) && !isShared("#pairs") && !isShared(""));
  assert.deepEqual(await opened(`#${fragment}`), { shared: FULL, problems: [] });
});

test("forty-eight pairs fit into a link that mail and chat carry", async () => {
  const pairs = Array.from({ length: 48 }, (_, index) => ({ prompt: `How do I boil egg number ${index}?`, chosen: "Of course! Simmer it.", rejected: "Ugh, you again. Simmer it." }));
  assert.ok((await link({ pairs })).length < 2000);
});

test("each field is read by itself, and the rest is kept", async () => {
  /** @type {Record<string, unknown[]>} */
  const unfit = {
    title: [7, "x".repeat(121), null, {}],
    note: [[], "x".repeat(2001)],
    policy: ["", "../../etc", "constructor", "__proto__", 3, "a".repeat(61), "a<b"],
    scenario: ["toString", {}],
    pairs: ["none", { 0: [] }, 5],
    method: [null, "hasOwnProperty"],
    loss: [1, "x".repeat(10_001)],
    values: [[], { beta: "1" }, { beta: null }, { constructor: 1 }, 5],
    judge: [{}],
    judgeKind: ["jury", 1, "constructor"],
    guides: [1],
    seed: [-1, 1.5, 2 ** 32, "1", null],
    engine: ["tpu", 1],
    sampler: [{}, { prompt: "", temperature: 9, count: 1, seed: 1 }, { prompt: "", temperature: 1, count: 1e9, seed: 1 }, null],
    view: [{ tab: 3 }, { projector: "yes" }, { theme: "<b>" }, []],
    step: [0, -5, 1e9, "200", 2.5],
    hidden: ["policy", ["everything"], [{}], Array(50).fill("policy")],
    locked: [{}, ["constructor"]],
  };
  assert.deepEqual(Object.keys(unfit).sort(), Object.keys(FULL).concat("loss").sort());
  for (const [field, values] of Object.entries(unfit)) {
    for (const value of values) {
      const { [/** @type {"title"} */ (field)]: _, ...others } = FULL;
      const fields = { ...others, ...(others.pairs && { pairs: writePairs(others.pairs) }), [field]: value };
      const { shared, problems } = await opened(packed(JSON.stringify(fields)));
      assert.deepEqual(shared, others, `${field}: ${JSON.stringify(value)}`);
      assert.equal(problems.length, 1, `${field}: ${JSON.stringify(value)}: ${problems}`);
    }
  }
});

test("unknown fields and keys of prototypes are named and do nothing", async () => {
  const { shared, problems } = await opened(packed('{"seed":3,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"teleport":true}'));
  assert.deepEqual(shared, { seed: 3 });
  assert.equal(problems.length, 3);
  assert.match(problems.join(), /“__proto__”.*“constructor”.*“teleport”/);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  const inside = await opened(packed('{"values":{"__proto__":1,"beta":2},"view":{"__proto__":{"tab":"x"},"tab":"charts"}}'));
  assert.deepEqual(inside.shared, { view: { tab: "charts" } });
  assert.equal(/** @type {any} */ (Object.getPrototypeOf(inside.shared.view)), Object.prototype);
});

test("unfit pairs are counted, the others stay; beyond the most they are left out", async () => {
  const fit = ["a", "b", "c"];
  const pairs = [fit, ["a", "b"], ["a", "b", 3], "abc", null, {}, ["a", "b", "c", { weight: 11 }], ["a", "b", "c", {}, 1], ["a", "b", "c", { enabled: true }], ["a", "b", "c", { only: "both" }], ["a", "b", "c", { colour: 1 }], ["x".repeat(10_001), "", ""], ["a", "b", "d", { weight: 0.5 }]];
  const { shared, problems } = await opened(packed(JSON.stringify({ pairs })));
  assert.deepEqual(shared.pairs, [{ prompt: "a", chosen: "b", rejected: "c" }, { prompt: "a", chosen: "b", rejected: "d", weight: 0.5 }]);
  assert.deepEqual(problems, ["11 pairs are no pairs of texts"]);
  const many = await opened(packed(JSON.stringify({ pairs: Array(503).fill(fit) })));
  assert.equal(many.shared.pairs?.length, 500);
  assert.deepEqual(many.problems, ["3 pairs beyond the first 500"]);
});

test("what cannot be read at all is a sentence", async () => {
  const bomb = packed(new Uint8Array(64 * MOST_BYTES));
  assert.ok(bomb.length < MOST_CHARACTERS, "the bomb itself is small");
  const cut = `#${(await link(FULL)).slice(0, -20)}`;
  const deep = packed("[".repeat(200_000));
  for (const [fragment, why] of /** @type {[string, RegExp][]} */ ([
    [bomb, /longer than any link/],
    [`#share=1.${"A".repeat(MOST_CHARACTERS)}`, /longer than any link/],
    [cut, /damaged or was cut off/],
    [deep, /damaged/],
    [packed("[]"), /damaged/],
    [packed("null"), /damaged/],
    [packed('"text"'), /damaged/],
    [packed("{"), /damaged/],
    [packed(""), /damaged/],
    [packed(Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)), /damaged/],
    ["#share=", /damaged/],
    ["#share=1", /damaged/],
    ["#share=1.", /damaged/],
    ["#share=1.%3Cscript%3E", /damaged/],
    ["#share=-1.AAAA", /damaged/],
    ["#share=1.AAAA", /damaged/],
    ["#share=1.A", /damaged/],
  ])) {
    const started = performance.now();
    const { fields, problems } = await readLink(fragment);
    assert.equal(fields, null, fragment.slice(0, 60));
    assert.match(problems.join(), why);
    assert.ok(performance.now() - started < 1000);
  }
});

test("a link of another version is used as far as it can be read", async () => {
  const { shared, problems } = await opened(packed('{"seed":3,"colour":"red"}', 2));
  assert.deepEqual(shared, { seed: 3 });
  assert.match(problems.join(), /another version of this page \(2\).*“colour”/);
});

test("what this page does not have is left out and named, briefly", () => {
  const known = { policies: [{ name: "names" }], scenarios: [{ name: "vowel-ending" }] };
  const { shared, problems } = withoutUnknown({ policy: "gone", scenario: `old ${"x".repeat(50)}`, seed: 1 }, /** @type {any} */ (known));
  assert.deepEqual(shared, { seed: 1 });
  assert.match(problems[0], /no policy “gone”/);
  assert.match(problems[1], /no scenario “old x+…”/);
  assert.deepEqual(withoutUnknown({ policy: "names", scenario: "vowel-ending" }, /** @type {any} */ (known)).problems, []);
  const beta = { name: "beta", label: "beta", min: 0, max: 10 };
  const catalogue = /** @type {any} */ ({ methods: [{ name: "dpo", hyperparameters: [beta] }], sampling: [], training: [{ name: "batch_size", label: "Batch", min: 1, max: 64 }] });
  assert.deepEqual(unknownToCore({ method: "dpo", values: { beta: 1, batch_size: 8 } }, catalogue), []);
  const told = unknownToCore({ method: "dpo", values: { beta: -1, batch_size: 100, speed: 1 } }, catalogue);
  assert.match(told.join("; "), /“beta”: it is no number from 0 to 10; “Batch”: .* 1 to 64; the method has no number “speed”/);
  assert.match(unknownToCore({ method: "magic" }, catalogue).join(), /no method “magic”/);
  assert.deepEqual(unknownToCore({ method: "custom", values: { beta: 99 } }, catalogue), []);
});

/** Whatever a link gave, it is of the declared types and within the declared bounds. @param {any} shared */
function assertSound(shared) {
  const limits = { title: 120, note: 2000, loss: 10_000, judge: 10_000, guides: 10_000, policy: 60, scenario: 60, method: 60 };
  for (const [field, value] of Object.entries(shared)) {
    if (field in limits) assert.ok(typeof value === "string" && value.length <= limits[/** @type {"title"} */ (field)]);
    else if (field === "pairs") for (const { prompt, chosen, rejected, weight = 1 } of value) {
      assert.ok([prompt, chosen, rejected].every((text) => typeof text === "string") && weight >= 0 && weight <= 10);
    }
    else if (field === "values") assert.ok(Object.values(value).every(Number.isFinite));
    else if (field === "seed" || field === "step") assert.ok(Number.isInteger(value) && value >= 0);
    else if (field === "hidden" || field === "locked") assert.ok(value.every((/** @type {any} */ control) => CONTROLS.includes(control)));
    else assert.ok(["judgeKind", "engine", "sampler", "view"].includes(field), field);
  }
  assert.equal(Object.getPrototypeOf(shared), Object.prototype);
}

test("any change of a link's characters is read or refused, never thrown", async () => {
  const good = await link(FULL);
  const character = fc.constantFrom(..."ABCabc019-_.=#%<>\u0000é");
  const change = fc.record({ at: fc.nat(good.length), length: fc.nat(12), text: fc.string({ unit: character, maxLength: 12 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const fragment = changes.reduce((text, { at, length, text: put }) => text.slice(0, at) + put + text.slice(at + length), good);
      const { shared, problems } = await opened(fragment);
      assertSound(shared);
      assert.ok(problems.every((problem) => typeof problem === "string" && problem.length < 400));
    }),
    { numRuns: 400, seed: 1 },
  );
});

test("any JSON in any field is read or refused, never thrown", async () => {
  const field = fc.constantFrom(...Object.keys(FULL), "loss", "__proto__", "constructor", "toString", "");
  const fields = fc.array(fc.tuple(field, fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...Object.values(FULL)))), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fields, async (entries) => {
      const text = `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`;
      const { shared } = await opened(packed(text));
      assertSound(shared);
    }),
    { numRuns: 400, seed: 2 },
  );
});

test("any fit fields come back from a link as they were", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  const shared = fc.record(
    {
      title: text,
      note: text,
      pairs: fc.array(fc.record({ prompt: text, chosen: text, rejected: text }, { noNullPrototype: true }), { minLength: 1, maxLength: 5 }),
      seed: fc.nat(2 ** 32 - 1),
      step: fc.integer({ min: 1, max: 100_000 }),
      values: fc.dictionary(fc.constantFrom("beta", "learning_rate"), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((value) => value + 0), { noNullPrototype: true }),
      locked: fc.uniqueArray(fc.constantFrom(...CONTROLS)),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(shared, async (fields) => {
      assert.deepEqual(await opened(await link(/** @type {any} */ (fields))), { shared: { ...fields }, problems: [] });
    }),
    { numRuns: 200, seed: 3 },
  );
});
