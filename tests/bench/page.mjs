// The page as a person meets it, in headless Chromium: a JSON line for each scenario with how long it takes to be
// ready, to show its first update and to make updates.
//
//   node tests/bench/page.mjs [SECONDS [SCENARIO…]]
//
// Without scenarios' titles: the one that the page opens with.
import { loadavg } from "node:os";
import { open, parts, reached, ready, start } from "../e2e/browser.mjs";

const [seconds = "10", ...titles] = process.argv.slice(2);

const site = await start();
try {
  for (const title of titles.length > 0 ? titles : [null]) {
    const began = performance.now();
    const { page, context } = await open(site);
    await ready(page);
    const msReady = performance.now() - began;
    if (title) {
      await page.getByRole("combobox", { name: "Scenario" }).selectOption(title);
      await page.waitForTimeout(1000);
      await ready(page);
    }
    await page.waitForTimeout(2000);
    const pressed = performance.now();
    await parts(page).run.click();
    const first = await reached(page, 1);
    const at = performance.now();
    await page.waitForTimeout(1000 * Number(seconds));
    const last = await reached(page, first);
    const rate = (1000 * (last - first)) / (performance.now() - at);
    console.log(
      JSON.stringify({
        lib: "alignment-playground",
        backend: await page.locator("#engine").textContent(),
        scenario: await page.getByRole("combobox", { name: "Scenario" }).locator("option:checked").textContent(),
        ms_ready: Math.round(msReady),
        ms_first_update: Math.round(at - pressed),
        steps_s: Number(rate.toFixed(1)),
        load1: Number(loadavg()[0].toFixed(2)),
        chromium: site.browser.version(),
      }),
    );
    await context.close();
  }
} finally {
  await site.stop();
}
