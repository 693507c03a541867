import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { SHARED } from "../../www/app/strings/pages/shared.js";
import { fill, PAGES } from "../../www/build/pages.mjs";

const sources = () => Promise.all(Object.entries(PAGES).map(async ([file, own]) => ({ file, template: await readFile(new URL(`../../www/${file}`, import.meta.url), "utf8"), own })));

test("words take their places in a page, the shared ones in each", () => {
  const filled = fill(
    [
      { file: "a.html", template: '<p title="{{help}}">{{run}} {{run}}</p>', own: { help: "What it does" } },
      { file: "b.html", template: "<b>{{run}}</b>", own: {} },
    ],
    { run: "Run" },
  );
  assert.deepEqual(filled, [{ file: "a.html", text: '<p title="What it does">Run Run</p>' }, { file: "b.html", text: "<b>Run</b>" }]);
});

test("a word cannot end its attribute, open a tag, or leave a manifest's text", () => {
  const word = `<b> & "it's" \\ $1 {{other}}`;
  const [page, manifest] = fill([{ file: "a.html", template: "{{word}}", own: {} }, { file: "a.webmanifest", template: '{ "name": "{{word}}" }', own: {} }], { word });
  assert.equal(page.text, "&lt;b&gt; &amp; &quot;it's&quot; \\ $1 {{other}}");
  assert.deepEqual(JSON.parse(manifest.text), { name: word });
});

test("a key without a word, a word without a key, and a word that stands twice are each told", () => {
  const page = (/** @type {string} */ template, /** @type {Record<string, string>} */ own) => [{ file: "a.html", template, own }];
  assert.throws(() => fill(page("{{rnu}}", {}), {}), { message: "a.html names “rnu”, for which there is no word." });
  assert.throws(() => fill(page("{{ run }}", { run: "Run" }), {}), { message: "a.html names “ run ”, for which there is no word.\na.html does not name its word “run”." });
  assert.throws(() => fill(page("{{toString}}", {}), {}), { message: "a.html names “toString”, for which there is no word." });
  assert.throws(() => fill(page("", {}), { run: "Run" }), { message: "No page names the shared word “run”." });
  assert.throws(() => fill(page("{{run}}", { run: "Go" }), { run: "Run" }), { message: "a.html has a word “run” of its own beside the shared one." });
});

test("every page and the manifest come out with all their words", async () => {
  for (const { file, text } of fill(await sources(), SHARED)) {
    assert.ok(!/\{\{|\}\}|undefined/.test(text), file);
    if (file.endsWith(".html")) assert.match(text, /^<!doctype html>\n<html lang="en">[^]*<title>[^<]*Alignment Playground<\/title>/, file);
    else assert.equal(JSON.parse(text).name, "Alignment Playground");
  }
});
