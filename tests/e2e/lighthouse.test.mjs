// What Lighthouse says of each page's accessibility.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import lighthouse from "lighthouse";
import { start } from "./browser.mjs";

const PORT = 9333;

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start([`--remote-debugging-port=${PORT}`])));
after(() => site?.stop());

for (const file of ["", "compare.html", "games.html", "diffusion.html"]) {
  test(`Lighthouse finds nothing inaccessible on ${file || "index.html"}`, { timeout: 120_000 }, async () => {
    const found = await lighthouse(site.url + file, { port: PORT, onlyCategories: ["accessibility"], logLevel: "error" });
    const { categories, audits } = found?.lhr ?? assert.fail("Lighthouse said nothing");
    const failed = Object.values(audits).filter(({ score }) => score !== null && score < 1);
    const reasons = failed.map(({ id, title, details }) => `${id}: ${title} ${JSON.stringify(details)}`.slice(0, 600));
    assert.equal(categories.accessibility.score, 1, reasons.join("\n"));
  });
}
