// How long it takes from a keystroke to the verdict. It is measured, and printed; no limit is tested, because that of a
// busy machine says nothing about the page.

import assert from "node:assert/strict";
import { test } from "node:test";

import { playground } from "./playground.js";
import { templates } from "./templates.js";

const { open } = playground();

test("from a keystroke to the verdict", async (t) => {
  const page = await open();
  await page.load();
  const times = [];
  for (const template of templates()) {
    await page.show(template);
    await page.page.locator("#editor .cm-content").click();
    await page.page.keyboard.press("Control+End");
    for (let round = 0; round < 5; round += 1) {
      await page.page.evaluate(() => {
        const outcome = document.getElementById("outcome");
        addEventListener("keydown", ({ timeStamp }) => (window.pressed = timeStamp), { once: true, capture: true });
        window.took = new Promise((resolve) => {
          const observer = new MutationObserver(() => {
            if (outcome.getAttribute("aria-busy") !== "false") return;
            observer.disconnect();
            requestAnimationFrame(() => resolve(performance.now() - window.pressed));
          });
          observer.observe(outcome, { attributeFilter: ["aria-busy"] });
        });
      });
      await page.page.keyboard.press("Space");
      times.push(await page.page.evaluate("took"));
    }
  }
  times.sort((a, b) => a - b);
  const at = (share) => Math.round(times[Math.floor((times.length - 1) * share)]);
  t.diagnostic(`median ${at(0.5)} ms, slowest ${at(1)} ms of ${times.length} keystrokes`);
  assert.ok(times.length > 30);
});
