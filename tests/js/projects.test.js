import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Persistence } from "../../www/app/persistence.js";
import { fromFile, toFile } from "../../www/app/projects/project-file.js";
import { OWN, Projects } from "../../www/app/projects/projects.js";
import { DEFAULT_SETTINGS } from "../../www/app/state.js";
import { memory, PREFIX } from "../../www/app/storage.js";

const PAIRS = [{ prompt: "a", chosen: "b", rejected: "c" }];

/** A storage that holds so many characters. @param {number} most */
function small(most) {
  const storage = memory();
  const size = () => Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "").reduce((sum, key) => sum + key.length + (storage.getItem(key)?.length ?? 0), 0);
  return {
    ...storage,
    get length() {
      return storage.length;
    },
    setItem(/** @type {string} */ key, /** @type {string} */ value) {
      const before = storage.getItem(key);
      storage.setItem(key, value);
      if (size() <= most) return;
      if (before === null) storage.removeItem(key);
      else storage.setItem(key, before);
      throw new DOMException("no room", "QuotaExceededError");
    },
  };
}

/** @param {import("../../www/app/storage.js").KeyedStorage} storage */
const all = (storage) => Object.fromEntries(Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "").sort().map((key) => [key, storage.getItem(key)]));

/** @param {Projects} projects @param {string} id */
const persistence = (projects, id) => new Persistence(projects.storage(id), (text) => assert.fail(text), projects.prefix(id));

test("what is typed in one project is in no other, and one's own work stays", () => {
  let now = 1000;
  const projects = new Projects(memory(), () => now++);
  persistence(projects, OWN).savePairs("kinder", PAIRS);
  const one = projects.create("Lesson 1", projects.contents(OWN));
  const two = projects.create("Lesson 2", {});
  assert.deepEqual(persistence(projects, one).pairs("kinder"), PAIRS);
  assert.equal(persistence(projects, two).pairs("kinder"), null);
  persistence(projects, two).savePairs("kinder", [{ ...PAIRS[0], chosen: "two" }]);
  persistence(projects, two).saveSettings({ ...DEFAULT_SETTINGS, seed: 2 });
  assert.deepEqual(persistence(projects, OWN).pairs("kinder"), PAIRS);
  assert.equal(persistence(projects, one).settings().seed, 1);
  assert.equal(persistence(projects, two).settings().seed, 2);
});

test("they are listed with name, date and size, the last changed first", () => {
  let now = 1000;
  const projects = new Projects(memory(), () => now);
  const one = projects.create("  One ", {});
  now = 2000;
  const two = projects.create("", {}, "share=1.abc");
  assert.deepEqual(projects.list().map(({ name, created, changed, link }) => [name, created, changed, link]), [["Untitled", 2000, 2000, "share=1.abc"], ["One", 1000, 1000, undefined]]);
  now = 3000;
  const before = projects.size(one);
  persistence(projects, one).savePairs("kinder", PAIRS);
  assert.deepEqual(projects.list().map(({ id, changed }) => [id, changed]), [[one, 3000], [two, 2000]]);
  assert.ok(projects.size(one) > before);
  now = 4000;
  persistence(projects, one).savePairs("kinder", PAIRS);
  assert.equal(projects.project(one)?.changed, 3000, "the same once more is no change");
  assert.equal(projects.ofLink("share=1.abc")?.id, two);
  assert.equal(projects.ofLink("share=1.ab"), null);
});

test("they are renamed, duplicated, deleted and brought back", () => {
  const storage = memory();
  const projects = new Projects(storage, () => 1000);
  const id = projects.create("One", { "pairs/kinder": JSON.stringify(PAIRS) }, "share=1.abc");
  projects.rename(id, "First");
  assert.deepEqual([projects.project(id)?.name, projects.project(id)?.link], ["First", "share=1.abc"]);
  const copy = projects.create("Copy", projects.contents(id));
  assert.notEqual(copy, id);
  assert.deepEqual(persistence(projects, copy).pairs("kinder"), PAIRS);
  const before = all(storage);
  const removed = projects.remove(id);
  assert.equal(removed.name, "First");
  assert.deepEqual(projects.list().map((project) => project.id), [copy]);
  assert.deepEqual(persistence(projects, copy).pairs("kinder"), PAIRS);
  projects.restore(removed);
  assert.deepEqual(all(storage), before);
});

test("the project that was open is open again, unless it is gone", () => {
  const storage = memory();
  const projects = new Projects(storage);
  assert.equal(projects.open, OWN);
  const id = projects.create("One", {});
  projects.open = id;
  assert.equal(new Projects(storage).open, id);
  projects.remove(id);
  assert.equal(projects.open, OWN);
  projects.open = OWN;
  assert.deepEqual(all(storage), {});
});

test("a full storage is told in a sentence, and nothing is lost or half written", () => {
  const storage = small(600);
  const projects = new Projects(storage, () => 1000);
  const id = projects.create("One", { "pairs/kinder": JSON.stringify(PAIRS) });
  const before = all(storage);
  const large = { settings: "1", "pairs/kinder": JSON.stringify("x".repeat(1000)) };
  assert.throws(() => projects.create("Two", large), /“Two” was not saved: this browser's storage is full\. Delete a project/);
  assert.deepEqual(all(storage), before);
  const removed = projects.remove(id);
  const filler = "y".repeat(500);
  storage.setItem("filler", filler);
  assert.throws(() => projects.restore(removed), /“One” was not saved: .* full/);
  assert.deepEqual(all(storage), { filler });
  storage.removeItem("filler");
  projects.restore(removed);
  assert.deepEqual(all(storage), before);
  /** @type {string[]} */
  const said = [];
  new Persistence(projects.storage(id), (text) => said.push(text), projects.prefix(id)).savePairs("kinder", Array(20).fill(PAIRS[0]));
  assert.match(said.join(), /storage is full: the last edits are on the page/);
  assert.deepEqual(all(storage), before);
});

test("a refused storage is told in a sentence", () => {
  const refuse = () => {
    throw new DOMException("no", "SecurityError");
  };
  assert.throws(() => new Projects({ ...memory(), setItem: refuse }).create("One", {}), /keeps nothing for this page\. Export it to a file/);
});

test("what stands in the storage by another hand is no project", () => {
  const storage = memory();
  for (const [key, value] of [["project/a/project", "{"], ["project/b/project", "7"], ["project/c/project", '{"name": 3}'], ["project/d/other", "{}"]]) storage.setItem(PREFIX + key, value);
  assert.deepEqual(new Projects(storage).list(), []);
});

test("one's own work is copied without what belongs to the page", () => {
  const storage = memory();
  for (const key of ["settings", "pairs/kinder", "judgements/kinder", "compare", "display", "pairs/kinder/unreadable"]) storage.setItem(PREFIX + key, "{}");
  const projects = new Projects(storage);
  projects.create("One", {});
  assert.deepEqual(Object.keys(projects.contents(OWN)).sort(), ["judgements/kinder", "pairs/kinder", "settings"]);
});

test("a project comes back from its file as it was", () => {
  const contents = { settings: JSON.stringify({ ...DEFAULT_SETTINGS, seed: 5 }), "pairs/kinder": JSON.stringify(PAIRS), "judgements/kinder": "[]", "pairs/broken": "{" };
  const text = toFile("Lesson <1>", contents, new Date(0));
  assert.match(text, /"saved": "1970-01-01T00:00:00.000Z"/);
  const { "pairs/broken": _, ...whole } = contents;
  assert.deepEqual(fromFile("x.json", text), { name: "Lesson <1>", contents: whole, leftOut: [] });
});

test("what a file should not hold is left out and named", () => {
  const file = { format: "alignment-playground/project", version: 1, name: 7, contents: { settings: { seed: "x" }, "pairs/kinder": [{ prompt: 1 }], "pairs/agreement": PAIRS, "project/x/project": {}, "../open": 1, __proto__x: 1 } };
  const { name, contents, leftOut } = fromFile("x.json", JSON.stringify(file));
  assert.equal(name, "Untitled");
  assert.deepEqual(Object.keys(contents), ["pairs/agreement"]);
  assert.deepEqual(leftOut, ["its settings", "the pairs of “kinder”", "“project/x/project”", "“../open”", "“__proto__x”"]);
  for (const text of ["", "{", "null", "[]", '"x"', '{"format":"alignment-playground/project","version":1}', '{"format":"other","version":1,"contents":{}}']) {
    assert.throws(() => fromFile("x.json", text), /x\.json is no project of this page/);
  }
  assert.throws(() => fromFile("x.json", '{"format":"alignment-playground/project","version":2,"contents":{}}'), /newer version/);
  assert.throws(() => fromFile("x.json", " ".repeat(17 * 2 ** 20)), /larger than 16 MB/);
});

test("any file is read or refused by a sentence", () => {
  const contents = fc.dictionary(fc.constantFrom("settings", "pairs/kinder", "judgements/a", "__proto__", "x"), fc.jsonValue({ maxDepth: 3 }));
  const file = fc.record({ format: fc.constantFrom("alignment-playground/project", 1), version: fc.constantFrom(1, 2, "1"), name: fc.jsonValue(), contents: fc.oneof(contents, fc.jsonValue()) });
  fc.assert(
    fc.property(fc.oneof(file.map((value) => JSON.stringify(value)), fc.string()), (text) => {
      try {
        const { contents } = fromFile("x.json", text);
        assert.ok(Object.keys(contents).every((key) => /^(settings|pairs\/|judgements\/)/.test(key)));
      } catch (error) {
        assert.match(String(error), /^Error: x\.json /);
      }
    }),
    { numRuns: 300, seed: 4 },
  );
});
