// What is shared has no secrets: the fragment of the URL, whatever is typed or pasted.

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

import { read } from "../page/fragment.js";
import { playground } from "./playground.js";

const { open } = playground();
const SECRET = "s3cr3t";
let page;
before(async () => (page = await open()));
beforeEach(() => page.load());

/** The fragment, once the page has written it: it does so less than a second after the last change. */
const fragment = () =>
  page.page.evaluate(async () => {
    for (let [last, since] = ["", performance.now()]; last === "" || performance.now() - since < 1000;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (location.hash !== last) [last, since] = [location.hash, performance.now()];
    }
    return location.hash;
  });

const noSecret = (text) => assert.ok(!decodeURIComponent(text).includes(SECRET), text);

const fields = {
  origin: `https://user:${SECRET}@app.example.com/?key=${SECRET}`,
  url: `https://user:${SECRET}@api.example.com/data?token=${SECRET}#${SECRET}`,
  headers: `authorization: Bearer ${SECRET}\nx-api-key: ${SECRET}\ncookie: id=${SECRET}`,
  serverHeaders: `set-cookie: id=${SECRET}\nlocation: https://a.example/?code=${SECRET}`,
  cachedFor: `https://user:${SECRET}@b.example.com`,
};
for (const [id, value] of Object.entries(fields)) {
  test(`in the field ${id}`, async () => {
    await page.page.locator("#surroundings").evaluate((details) => (details.open = true));
    await page.page.locator(`#${id}`).fill(value);
    noSecret(await fragment());
  });
}

test("a value that CORS looks at stays", async () => {
  await page.page.locator("#headers").fill("content-type: application/json\nauthorization: Bearer x");
  const { question } = read(await fragment());
  assert.deepEqual(question.headers, [
    ["content-type", "application/json"],
    ["authorization", ""],
  ]);
});

test("in the configuration", async () => {
  await page.write(`{ "allowOrigins": ["https://user:${SECRET}@app.example.com"] }`);
  noSecret(await fragment());
});

test("in the editor, in what is no configuration", async () => {
  await page.write(`curl -H 'authorization: ${SECRET}' https://api.example.com/`);
  noSecret(await fragment());
});

for (const [name, bring] of [
  [
    "a curl command",
    (field) =>
      field.fill(
        `curl 'https://api.example.com/a?key=${SECRET}' -u me:${SECRET} -H 'authorization: ${SECRET}' -b 'id=${SECRET}'`,
      ),
  ],
  ["a HAR file", () => page.page.locator("#pasted-file").setInputFiles("cli/tests/har/chromium.har")],
]) {
  test(`in ${name} that is pasted`, async () => {
    await page.page.getByRole("button", { name: "Paste what you have…" }).click();
    await bring(page.page.locator("#pasted"));
    await page.page.getByRole("button", { name: "Use it" }).click();
    const shared = await fragment();
    noSecret(shared);
    const { question } = read(shared);
    assert.deepEqual(
      question.headers.filter(([name, value]) => value !== "" && !/^(accept|content-|range)/i.test(name)),
      [],
    );
  });
}

test("in the link that is copied", async () => {
  await page.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.page.locator("#headers").fill(`authorization: ${SECRET}`);
  await page.page.getByRole("button", { name: "Copy link" }).click();
  await page.page.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.page.evaluate(() => navigator.clipboard.readText());
  noSecret(copied);
  assert.equal(new URL(copied).hash, await fragment());
});

test("a link brings back the case", async () => {
  await page.page.locator("#method").fill("DELETE");
  await page.page.locator("#credentials").uncheck();
  const [summary, console] = [page.summary, () => page.console("chromium")];
  const shared = await fragment();
  const before = [await summary(), await page.configuration(), await console()];
  await page.load(shared);
  assert.deepEqual([await summary(), await page.configuration(), await console()], before);
  assert.equal(await page.page.locator("#method").inputValue(), "DELETE");
});
