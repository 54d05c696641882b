// What people have becomes a configuration or a request, and a configuration becomes a file for each deployment, which
// has the same configuration when it is pasted again.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { before, test } from "node:test";

import { playground } from "./playground.js";
import { templates } from "./templates.js";

const IMPORTS = "cli/tests/import";
const { open } = playground();
let page;
before(async () => {
  page = await open({ acceptDownloads: true });
  await page.load();
});

const button = (name) => page.page.getByRole("button", { name, exact: true });

/** Pastes a text into the dialog, and uses what is found. */
async function paste(text) {
  await button("Paste what you have…").click();
  await page.page.locator("#pasted").fill(text);
  await page.page.locator("#use-pasted:enabled").waitFor();
  const found = await page.page.locator("#recognised").innerText();
  await button("Use it").click();
  await page.settle();
  return found;
}

const value = (id) => page.page.locator(`#${id}`).inputValue();

/** What `edge-cors import` makes of each file: the configuration, behind its notes. */
function golden() {
  const entries = readFileSync(`${IMPORTS}/golden.txt`, "utf8")
    .split(/^==== /m)
    .slice(1);
  const configuration = (entry) => entry.match(/^\{$[\s\S]*^\}$|^\{.*\}$/m)?.[0];
  return new Map(entries.map((entry) => [entry.split(": ")[0], configuration(entry)]));
}

const expected = golden();
const SOURCES = [
  "envoy",
  "istio",
  "gateway-api",
  "envoy-gateway",
  "ingress-nginx",
  "higress",
  "nginx",
  "express",
  "flask",
  "django",
];
for (const source of SOURCES) {
  for (const name of readdirSync(`${IMPORTS}/${source}`)) {
    const configuration = expected.get(`${source}/${name}`);
    if (!configuration) continue;
    test(`import of ${source}/${name}`, async () => {
      await paste(readFileSync(`${IMPORTS}/${source}/${name}`, "utf8"));
      assert.deepEqual(JSON.parse(await page.configuration()), JSON.parse(configuration));
      assert.deepEqual(
        (await page.problems()).filter(({ severity }) => severity === "error"),
        [],
      );
    });
  }
}

for (const { name, configuration } of templates()) {
  test(`export and import of ${name}`, async () => {
    const { question } = templates()[0];
    await page.show({ configuration, question });
    await button("Export…").click();
    const formats = page.page.locator("#formats label");
    const texts = [];
    for (const format of await formats.all()) {
      await format.click();
      texts.push(await page.page.locator("#export-text").textContent());
      assert.notEqual(await page.page.locator("#export-note").innerText(), "");
    }
    assert.equal(texts.length, 5);
    await button("Close").click();
    for (const text of texts) {
      await page.show({ configuration: '{ "allowOrigins": [] }', question });
      await paste(text);
      assert.deepEqual(JSON.parse(await page.configuration()), JSON.parse(configuration), text);
    }
  });
}

test("an export is copied and downloaded", async () => {
  await page.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await button("Export…").click();
  const text = await page.page.locator("#export-text").textContent();
  await button("Copy").click();
  await button("Copied").waitFor();
  assert.equal(await page.page.evaluate(() => navigator.clipboard.readText()), text);
  const download = page.page.waitForEvent("download");
  await button("Download").click();
  const file = await download;
  assert.equal(file.suggestedFilename(), await page.page.locator("#export-file").innerText());
  assert.equal(readFileSync(await file.path(), "utf8"), text);
  await button("Close").click();
});

test("a message of each browser", async () => {
  const messages = {
    chromium:
      "Access to fetch at 'https://api.example.com/data' from origin 'https://myapp.com' has been blocked by CORS policy: Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response.",
    firefox:
      "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://api.example.com/data. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.",
    safari:
      "Origin https://myapp.com is not allowed by Access-Control-Allow-Origin. Status code: 200\nFetch API cannot load https://api.example.com/data due to access control checks.",
  };
  for (const [browser, message] of Object.entries(messages)) {
    await paste(message);
    assert.equal(await value("url"), "https://api.example.com/data", browser);
    if (browser !== "firefox") assert.equal(await value("origin"), "https://myapp.com", browser);
    assert.ok(await page.page.locator(`#browser-${browser}`).isChecked());
  }
});

test("a curl command", async () => {
  await paste(
    "curl 'https://api.example.com/users/42' -X 'PUT' -H 'Origin: https://app.example.com' -H 'Content-Type: application/json' --data-raw '{}'",
  );
  assert.equal(await value("origin"), "https://app.example.com");
  assert.equal(await value("url"), "https://api.example.com/users/42");
  assert.equal(await value("method"), "PUT");
  assert.match(await value("headers"), /^content-type: application\/json$/im);
});

test("the HAR files of three browsers", async () => {
  for (const browser of ["chromium", "firefox", "safari"]) {
    await button("Paste what you have…").click();
    await page.page.locator("#pasted-file").setInputFiles(`cli/tests/har/${browser}.har`);
    const calls = page.page.locator("#recognised .option");
    await calls.first().waitFor();
    assert.ok((await calls.count()) > 1, browser);
    await calls.nth(1).click();
    const title = await calls.nth(1).innerText();
    await button("Use it").click();
    await page.settle();
    assert.ok(title.includes(new URL(await value("url")).host), `${title} is the request that is shown`);
  }
});

test("a command that is pasted into the editor", async () => {
  await page.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.page.evaluate(() =>
    navigator.clipboard.writeText("curl https://api.example.com/other -H 'Origin: https://app.example.com'"),
  );
  const before = await page.configuration();
  await page.page.locator("#editor .cm-content").click();
  await page.page.keyboard.press("Control+v");
  await button("Use it").click();
  await page.settle();
  assert.equal(await value("url"), "https://api.example.com/other");
  assert.equal(await page.configuration(), before);
});

test("what is nothing is said to be nothing", async () => {
  await button("Paste what you have…").click();
  await page.page.locator("#pasted").fill("hello");
  await page.page.locator("#recognised p").waitFor();
  assert.ok(await button("Use it").isDisabled());
  await button("Cancel").click();
});
