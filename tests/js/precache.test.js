import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import vm from "node:vm";
import { isNeeded, precacheList, precacheScript } from "../../www/build/precache.mjs";

test("every file that a page asks for is listed with the hash of its bytes, sorted, and no other", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "site-"));
  context.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "pkg"));
  await mkdir(join(folder, "assets", "policies", "names"), { recursive: true });
  const files = ["index.html", "pkg/playground_bg.wasm", "assets/policies/names/config.json", "assets/policies/names/README.md", ".nojekyll", "service-worker.js", "precache.js"];
  for (const file of files) await writeFile(join(folder, file), file);
  const list = await precacheList(folder);
  assert.deepEqual(list.map(([path]) => path), ["assets/policies/names/config.json", "index.html", "pkg/playground_bg.wasm"]);
  for (const [path, hash] of list) assert.equal(hash, createHash("sha256").update(path).digest("hex"));
  await writeFile(join(folder, "index.html"), "changed");
  const later = await precacheList(folder);
  assert.deepEqual(later.filter(([, hash], place) => hash !== list[place][1]).map(([path]) => path), ["index.html"]);
});

test("the list is a script that says nothing else", () => {
  const list = /** @type {[string, string][]} */ ([["index.html", "ab"], ['a"</script>b.js', "cd"]]);
  const scope = { PRECACHE: {} };
  vm.runInNewContext(precacheScript(list), { self: scope });
  assert.deepEqual({ ...scope.PRECACHE }, Object.fromEntries(list));
});

test("licences, notes and hidden files are for readers of the source", () => {
  for (const path of ["vendor/uPlot.LICENSE", "assets/digits/README.md", ".nojekyll", "a/.hidden", "service-worker.js"]) assert.ok(!isNeeded(path), path);
  for (const path of ["index.html", "manifest.webmanifest", "assets/digits/digits.csv", "worker.js", "app/build.js"]) assert.ok(isNeeded(path), path);
});

test("the manifest names icons that are there, and addresses below its own folder", async () => {
  const folder = new URL("../../www/", import.meta.url);
  /** @type {{ start_url: string, scope: string, display: string, icons: Record<"src" | "sizes" | "type" | "purpose", string>[], shortcuts: { url: string }[] }} */
  const manifest = JSON.parse(await readFile(new URL("manifest.webmanifest", folder), "utf8"));
  assert.deepEqual([manifest.start_url, manifest.scope, manifest.display], ["./", "./", "standalone"]);
  const sizes = manifest.icons.filter(({ type }) => type === "image/png").map(({ sizes, purpose }) => `${sizes} ${purpose}`);
  assert.deepEqual(sizes, ["192x192 any", "512x512 any", "512x512 maskable"]);
  for (const { src, sizes, type } of manifest.icons) {
    const bytes = await readFile(new URL(src, folder));
    if (type === "image/png") assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes);
  }
  for (const address of [...manifest.icons.map(({ src }) => src), ...manifest.shortcuts.map(({ url }) => url)]) assert.ok(!/^\/|:/.test(address), address);
});
