// Every template: the page shows it, it has no problem, and its request succeeds.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { playground } from "./playground.js";
import { templates } from "./templates.js";

const { open } = playground();
let page;
before(async () => {
  page = await open();
  await page.load();
});

const choice = (name) => page.page.locator("#template-list button", { hasText: name });

for (const { name, description, configuration, question } of templates()) {
  test(name, async () => {
    await page.page.getByRole("button", { name: "Templates…" }).click();
    assert.equal(await choice(name).locator("span").innerText(), description);
    await choice(name).click();
    await page.settle();
    assert.equal(`${await page.configuration()}`, configuration);
    assert.deepEqual(await page.problems(), []);
    assert.equal(await page.page.locator("#origin").inputValue(), question.origin);
    assert.equal(await page.verdict(), "readable");
    assert.deepEqual(await page.causes(), []);
  });
}

test("every template is in the dialog, and the first is shown at the start", async () => {
  await page.load();
  const [first] = templates().filter(({ file }) => file === "single-page-app.json");
  assert.equal(await page.configuration(), first.configuration);
  await page.page.getByRole("button", { name: "Templates…" }).click();
  assert.equal(await page.page.locator("#template-list button").count(), templates().length);
  await page.page.keyboard.press("Escape");
});
