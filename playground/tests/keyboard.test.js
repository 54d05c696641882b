// From a message of the console to the right configuration with the keyboard alone.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { playground } from "./playground.js";

const { open } = playground();
let page, keyboard;
before(async () => {
  page = await open();
  keyboard = page.page.keyboard;
  await page.load();
});

/** What has the keyboard: the name that a screen reader says, or the role. */
const focused = () =>
  page.page.evaluate(() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText;
  });

/** Presses Tab until something has the keyboard. */
async function tabTo(name, key = "Tab") {
  const passed = [];
  while (passed.length < 60) {
    await keyboard.press(key);
    passed.push(await focused());
    if (passed.at(-1)?.trim() === name) return;
  }
  assert.fail(`${name} is not among ${passed.join(" | ")}`);
}

const MESSAGE =
  "Access to fetch at 'https://api.example.com/data' from origin 'https://myapp.com' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.";

test("paste, look, apply, export", async () => {
  await tabTo("Paste what you have…");
  await keyboard.press("Enter");
  await keyboard.insertText(MESSAGE);
  await page.page.locator("#use-pasted:enabled").waitFor();
  await tabTo("Use it");
  await keyboard.press("Enter");
  await page.settle();
  assert.equal(await page.verdict(), "blocked");
  await tabTo("Apply this change");
  await keyboard.press("Enter");
  await page.settle();
  assert.equal(await page.verdict(), "readable");
  assert.match(await page.configuration(), /"https:\/\/myapp\.com"/);
  await tabTo("Export…", "Shift+Tab");
  await keyboard.press("Enter");
  await page.page.locator("#export[open]").waitFor();
  await keyboard.press("Escape");
  assert.equal(await focused(), "Export…");
});

test("the editor completes, undoes, and lets the keyboard go", async () => {
  await tabTo("Configuration");
  await keyboard.press("Control+Home");
  await keyboard.press("ArrowRight");
  await keyboard.insertText("\n");
  await keyboard.type('"exposeH');
  await page.page.locator("#editor .cm-tooltip-autocomplete").waitFor();
  await page.page.waitForTimeout(100);
  await keyboard.press("Enter");
  assert.match(await page.configuration(), /"exposeHeaders"/);
  await keyboard.press("Control+z");
  await keyboard.press("Tab");
  assert.notEqual(await focused(), "Configuration");
});

test("the verdict is announced, and every problem leads to its place", async () => {
  const verdict = page.page.locator("#verdict");
  assert.equal(await verdict.getAttribute("role"), "status");
  await page.write('{ "allowOrigins": ["https://app.example.com/"] }');
  await tabTo("Line 1");
  await keyboard.press("Enter");
  assert.equal(await focused(), "Configuration");
});
