// If the WebAssembly does not load, the page says so.

import assert from "node:assert/strict";
import { test } from "node:test";

import { playground } from "./playground.js";

const { open } = playground();

test("the WebAssembly does not load", async () => {
  const page = await open();
  await page.page.route("**/engine*", (route) => route.abort());
  await page.page.goto(page.url);
  await page.page.getByText("Something went wrong").waitFor();
  assert.match(await page.summary(), /Reload the page\.$/);
  page.trouble.length = 0;
});
