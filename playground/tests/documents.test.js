// The links of documents into the playground: each shows the words that its page is about, and leads to the way out.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { before, test } from "node:test";

import { playground } from "./playground.js";

const FOLDER = "docs/errors";
const { open } = playground();
let page;
before(async () => (page = await open()));

for (const file of readdirSync(FOLDER).filter((file) => file.endsWith(".md"))) {
  test(file, async () => {
    const text = readFileSync(`${FOLDER}/${file}`, "utf8");
    const links = [...text.matchAll(/\]\(https:[^)]*(#v=1[^)]*)\)/g)].map(([, fragment]) => fragment);
    assert.notEqual(links.length, 0);
    for (const link of links) {
      await page.load(link);
      assert.equal(await page.verdict(), "blocked");
      for (const browser of ["chromium", "firefox", "safari"]) {
        const [words] = text.match(new RegExp(`(?<=^\\| ${browser} \\| \`)[^\`]*`, "im"));
        const shown = await page.console(browser);
        assert.ok(
          shown.some((message) => message.includes(words)),
          `${words} is in ${shown}`,
        );
      }
      const change = page.page.getByRole("button", { name: /^Apply (this change|all changes)$/ });
      if ((await change.count()) === 0) continue;
      await change.last().click();
      await page.settle();
      assert.notEqual(await page.verdict(), "blocked");
    }
  });
}
