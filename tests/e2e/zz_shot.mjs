import { start, open } from "./browser.mjs";
const site = await start();
try {
  const opened = await open(site, { viewport: { width: 1280, height: 1300 } });
  const page = opened.page ?? opened;
  await page.waitForFunction(() => !document.querySelector("#run").disabled);
  const method = process.argv[2], ms = Number(process.argv[3] ?? 6000);
  await page.selectOption("#engine-choice", "cpu");
  await page.selectOption("#method", method);
  await page.waitForTimeout(1500);
  if (process.argv[4]) await page.click("#curve summary");
  await page.click("#run");
  await page.waitForTimeout(ms);
  console.log(await page.textContent(".step"), await page.textContent("#formula-values"), await page.textContent("#notices"));
  console.log((await page.textContent("#rollout-rows")).slice(0, 600));
  await page.screenshot({ path: "/tmp/w/shot.png" });
  console.log((opened.wrong ?? []).slice(0, 5));
} finally { await site.stop(); }
