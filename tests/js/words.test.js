import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { GLOSSARY } from "../../www/app/strings/glossary.js";

const WWW = new URL("../../www/", import.meta.url);

/** The pages' and the views' own text. */
async function sources() {
  const views = (await readdir(new URL("app/views/", WWW))).map((file) => `app/views/${file}`);
  const files = ["index.html", "compare.html", "games.html", "diffusion.html", ...views];
  return Promise.all(files.map((file) => readFile(new URL(file, WWW), "utf8")));
}

test("every term that the page marks has its sentence", async () => {
  const marked = (await sources()).flatMap((text) => [...text.matchAll(/data-(?:term|explain)="([^"]+)"|\bterm\("([^"]+)"|\bterm: "([^"]+)"/g)].map(([, ...names]) => names.find(Boolean) ?? ""));
  assert.ok(marked.length > 8, `${marked}`);
  for (const name of marked) assert.ok(Object.hasOwn(GLOSSARY, name), name);
});

test("each explanation is one sentence of plain words", () => {
  for (const { title, sentence } of Object.values(GLOSSARY)) {
    assert.match(sentence, /^[A-Z].*\.$/, title);
    assert.ok(sentence.length < 180, `${title}: ${sentence.length} characters`);
    assert.ok(!/\. [A-Z]/.test(sentence), `${title} has more than one sentence`);
  }
});

test("what is named by data-icon is drawn", async () => {
  const icons = await readFile(new URL("app/icons.js", WWW), "utf8");
  const asked = (await sources()).flatMap((text) => [...text.matchAll(/data-icon="([^"]+)"|\bicon\("([^"]+)"/g)].map(([, one, other]) => one ?? other));
  assert.ok(asked.length > 8);
  for (const name of asked) assert.ok(new RegExp(`^  ${name}: "M`, "m").test(icons), name);
});
