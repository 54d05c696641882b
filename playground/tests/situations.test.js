// Every situation that `explain` is tested with, on the page: the verdict, the words of all three consoles, the causes,
// and the change, which is made with one press.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { playground } from "./playground.js";
import { situations } from "./situations.js";

const { open } = playground();
let page;
before(async () => (page = await open()));

/** The messages of a console, each behind the words that all of them begin with. */
async function shown(browser, behind) {
  const messages = await page.console(browser);
  return messages.length === 0 ? undefined : messages.map((text) => text.split(behind).at(-1)).join("\n");
}

const apply = (label) => page.page.getByRole("button", { name: label, exact: true });

for (const file of ["scenarios", "standard", "causes"]) {
  for (const situation of situations(file)) {
    test(`${file}: ${situation.name}`, () => check(situation));
  }
}

async function check({ config, question, text, refused, ...expected }) {
  await page.show({ configuration: JSON.stringify(config), question });
  if (refused) {
    assert.equal(await page.verdict(), "none");
    const found = await page.problems();
    assert.deepEqual(
      found.filter(({ severity }) => severity === "error").map(({ code }) => code),
      refused,
    );
    return;
  }
  assert.equal(await page.verdict(), expected.verdict);
  assert.ok(text.includes(await page.summary()), "the summary is in the text of the command line");
  assert.equal(await shown("chromium", "CORS policy: "), expected.console);
  if (expected.firefox) assert.equal(await shown("firefox", "remote resource at "), expected.firefox);
  if (expected.safari) assert.equal(await shown("safari", "\0"), expected.safari);
  assert.deepEqual(await page.causes(), expected.causes ?? []);
  assert.deepEqual(await page.advice(), expected.advice ?? []);
  for (const words of await page.page.locator("#causes .cause > p:first-child").allInnerTexts()) {
    const [, message, code] = words.match(/^\w+: (.*) ([\w-]+)$/s);
    assert.ok(text.replaceAll("`", "").includes(`${message} [${code}]`), words);
  }
  const preflight = (await page.sequence()).some(({ to, title }) => to !== "page" && title.startsWith("OPTIONS "));
  if (expected.preflight !== undefined) assert.equal(preflight, expected.preflight);
  if (typeof expected.fix === "object") await change(config, expected);
  else if (expected.fix)
    assert.equal(await page.page.locator("#causes .cause").first().getAttribute("data-remedy"), expected.fix);
}

/** Makes the change that the page suggests, and all further ones. */
async function change(config, { fix, causes, solved = true }) {
  const fixed = structuredClone(config);
  for (const [object, fields] of Object.entries(fix)) Object.assign(at(fixed, object), fields);
  await apply("Apply this change").first().click();
  await page.settle();
  assert.deepEqual(JSON.parse(await page.configuration()), fixed);
  for (const code of causes.slice(1)) {
    assert.equal((await page.causes())[0], code);
    if ((await apply("Apply this change").count()) === 0) break;
    await apply("Apply this change").first().click();
    await page.settle();
  }
  assert.equal((await page.causes()).length === 0, solved);
}

/** What a JSON Pointer leads to. */
function at(value, pointer) {
  const names = pointer.split("/").slice(1);
  return names.reduce((value, name) => value[name.replaceAll("~1", "/").replaceAll("~0", "~")], value);
}
