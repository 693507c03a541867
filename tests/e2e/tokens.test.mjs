// A pair token by token, what else could stand there, what comes next in a typed text, and where the probability went.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closer, names, open, parts, reached, ready, start, train, violations } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site?.stop());

/** A table's cells, a list for each row. @param {import("playwright-core").Locator} table */
const cells = (table) => table.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
/** @param {string} text */
const percent = (text) => Number.parseFloat(text.replace("−", "-"));
test("both answers stand over each other, and a token tells what could stand in its place", async () => {
  const { page, context, wrong } = await open(site, { colorScheme: "dark" });
  await names(page);
  const { box } = parts(page);
  await box(0, "Prompt").fill("Mar");
  await box(0, "Chosen").fill("ia");
  await box(0, "Rejected").fill("ion");
  await closer(page, "Token by token");
  await page.waitForFunction(() => document.querySelectorAll(".token.rejected").length === 4 && document.querySelectorAll(".token.chosen").length === 3);
  const lefts = (/** @type {string} */ side) => page.locator(`.token.${side}`).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left));
  assert.deepEqual((await lefts("rejected")).slice(0, 3), await lefts("chosen"), "token stands over token");
  assert.equal(await page.locator(".token-columns .shared").count(), 1, "both begin with i");

  const second = page.getByRole("button", { name: /^Chosen ✓, token 2: a\b/ });
  await second.focus();
  await page.keyboard.press("Enter");
  const table = page.getByRole("table", { name: "What could stand there" });
  await table.waitFor();
  await page.getByText("After “i”.").waitFor();
  const rows = await cells(table);
  assert.ok(rows.length >= 11, "ten at least, and the rest");
  assert.ok(rows.some(([name]) => /^a ← the answer's$/.test(name)));
  for (const column of [1, 2]) {
    const sum = rows.reduce((total, row) => total + percent(row[column]), 0);
    assert.ok(Math.abs(sum - 100) < 0.2, `the column adds up to ${sum} %`);
  }
  assert.ok(rows.every(([, policy, reference]) => policy === reference), "before the first update both are the same");
  // log π in the strip is the same number.
  const shown = percent(rows.find(([name]) => name.startsWith("a"))?.[1] ?? "");
  const logProb = Number((await second.locator("span:not(.unseen)").first().textContent())?.replace("−", "-"));
  assert.ok(Math.abs(100 * Math.exp(logProb) - shown) < 0.6, `${logProb}, ${shown}`);
  assert.deepEqual(await violations(page), []);

  // While it trains the numbers stay fresh.
  await train(page, 30);
  await page.waitForFunction(() => {
    const rows = [...document.querySelectorAll(".inspector tbody tr")];
    return rows.some((row) => row.children[1].textContent !== row.children[2].textContent);
  });
  assert.match((await page.locator(".inspector").textContent()) ?? "", /Measured at step [1-9]/);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await table.waitFor({ state: "hidden" });
  assert.ok(await second.evaluate((button) => button === document.activeElement), "the focus goes back to the token");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the next-token explorer goes on token by token, back again, and says what it cannot read", async () => {
  const { page, context, wrong } = await open(site);
  await names(page);
  await closer(page, "Next token");
  const [prompt, answer] = [page.getByRole("textbox", { name: "Prompt", exact: true }).last(), page.getByRole("textbox", { name: "Beginning of the answer" })];
  const table = page.getByRole("table", { name: "Next tokens" });
  await table.waitFor();
  await prompt.fill("Isabel");
  await page.waitForFunction(() => /^l/.test(document.querySelector("#panel-next tbody tr")?.textContent ?? ""));
  await page.getByRole("button", { name: "Add “l”" }).click();
  assert.equal(await answer.inputValue(), "l");
  await page.getByRole("button", { name: "Add “a”" }).click();
  await page.waitForFunction(() => /^end of the answer/.test(document.querySelector("#panel-next tbody tr")?.textContent ?? ""));
  assert.equal(await answer.inputValue(), "la");
  const entropy = (await page.locator("#panel-next").textContent()) ?? "";
  assert.match(entropy, /Entropy: policy \d\.\d{3} nats, reference \d\.\d{3} nats\./);
  await page.getByRole("button", { name: "Step back" }).click();
  assert.equal(await answer.inputValue(), "l");
  await answer.fill("lë");
  await page.getByRole("alert").filter({ hasText: "cannot read “ë” in this answer" }).waitFor();
  assert.equal(await table.isVisible(), false);
  await page.getByRole("button", { name: "Clear the answer" }).click();
  await table.waitFor();
  await prompt.fill("Zoë");
  await page.getByRole("alert").filter({ hasText: "cannot read “ë” in this prompt" }).waitFor();
  await prompt.fill("");
  await table.waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("probability is followed from the answers that lost it to those that gained it", async () => {
  const { page, context, wrong } = await open(site, { viewport: { width: 360, height: 740 } });
  await names(page);
  const { box } = parts(page);
  await box(0, "Prompt").fill("Mari");
  await box(0, "Chosen").fill("a");
  await box(0, "Rejected").fill("on");
  await box(0, "Prompt").focus();
  await closer(page, "Where the probability went");
  const sums = page.getByRole("table", { name: "Probability of the answers that stand in pairs with this prompt" });
  await sums.waitFor();
  await page.getByText(/KL of the policy to the reference, over whole answers: at least 0\.000 nats, with \d\d\.\d+ % of the policy's probability reached/).waitFor();
  const atFirst = await cells(sums);
  assert.ok(percent(atFirst[0][1]) > 0 && atFirst.every(([, policy, reference]) => policy === reference));
  await train(page, 60);
  await page.waitForFunction(() => /Measured at step [1-9]\d+\./.test(document.querySelector("#panel-probability")?.textContent ?? ""));
  const [chosen, rejected] = await cells(sums);
  assert.match(chosen[0], /^Chosen ✓, \d/);
  assert.ok(percent(chosen[3]) > 0 && percent(rejected[3]) < 0, `${chosen}; ${rejected}`);
  const moves = await cells(page.getByRole("table", { name: "The answers that gained and lost most" }));
  assert.ok(moves.length > 4 && moves.every(([name]) => /^Mari|reached$/.test(name)), `${moves.map(([name]) => name)}`);
  assert.ok(percent(moves[0][3]) >= percent(moves[1][3]) && percent(moves[0][3]) > 0, "what gained most stands first");
  assert.ok(moves.some(([name]) => /not reached$/.test(name)), "the rest is one group");
  const sum = moves.reduce((total, row) => total + percent(row[3]), 0);
  assert.ok(Math.abs(sum) < 0.2, `all changes add up to ${sum}`);
  const kl = async () => Number(/at least ([\d.]+) nats/.exec((await page.locator("#panel-probability").textContent()) ?? "")?.[1]);
  const before = await kl();
  assert.ok(before > 0);
  await page.getByRole("button", { name: "Reach further" }).click();
  await page.waitForFunction((before) => Number(/at least ([\d.]+) nats/.exec(document.querySelector("#panel-probability")?.textContent ?? "")?.[1]) >= before, before);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
  assert.deepEqual(await violations(page), []);
  // Another policy has answers of its own.
  await page.getByRole("combobox", { name: "Policy" }).selectOption("Tiny assistant");
  await ready(page);
  await page.getByText(/All answers to “.*”, the prompt of the selected pair\. Measured at step 0\./).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});
