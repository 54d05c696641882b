// What the page says comes of a request is what comes of it: a page in Chromium makes the same call through the filter
// in a real Envoy, to an origin server that answers the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

import { complete } from "../page/question.js";
import { LAUNCH, playground } from "./playground.js";
import { templates } from "./templates.js";
import { World, pageOf, telling } from "./world.js";

/** What the names in the situations of the browser tests stand for. Chromium leads all of them to the same server. */
const NAMES = {
  app: "http://app.localhost:8000",
  other: "http://other.localhost:8000",
  www: "http://www.app.localhost:8000",
  localhost: "http://localhost:8000",
  ip: "http://127.0.0.1:8000",
  secure: "https://app.localhost:8443",
  api: "http://api.localhost:9000/data",
  pagesPort: "8000",
};
const fill = (value) => JSON.parse(JSON.stringify(value).replace(/\{(\w+)\}/g, (whole, name) => NAMES[name] ?? whole));

/** The templates whose origin is one that a page in Chromium can have. */
const ofTemplates = () =>
  templates()
    .filter(({ question }) => /^https?:/.test(question.origin))
    .map(({ name, configuration, question }) => ({ name: `template: ${name}`, configuration, question }));

const ofSituations = () =>
  fill(JSON.parse(readFileSync("tests/browsers/scenarios/situations.json", "utf8"))).map((situation) => {
    const {
      name,
      page = NAMES.app,
      sandboxed = false,
      direct = false,
      configuration,
      calls,
      originServer,
      inFront = null,
    } = situation;
    const { verdict: _, url = NAMES.api, ...call } = calls[0];
    const called = call.via === "web-socket" ? url.replace("http", "ws") : url;
    const origin = sandboxed ? "null" : page;
    const question = { ...call, url: called, origin, originServer, inFront };
    return { name, configuration: JSON.stringify(configuration), question, page, sandboxed, direct };
  });

const cases = [...ofTemplates(), ...ofSituations()];
const configurations = [...new Set(cases.map(({ configuration }) => configuration))];
const { open } = playground();
let world, browser, page;
before(async () => {
  world = await World.start(configurations);
  browser = await chromium.launch({ ...LAUNCH, args: [...LAUNCH.args, world.rules] });
  page = await open();
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

for (const one of cases) test(one.name, () => check({ ...one, question: complete(one.question) }));

async function check({ configuration, question, direct, ...rest }) {
  await page.show({ configuration, question });
  const said = await page.sequence();
  const consoles = await page.console("chromium");
  const readable = await page.readable();

  const { status, headers } = question.originServer;
  const edge = direct ? null : configurations.indexOf(configuration);
  world.use({ url: question.url, edge, inFront: question.inFront, status, headers });
  const { got, messages } = await call({ question, ...rest });

  assert.equal(got.page, await page.verdict());
  assert.deepEqual(messages, consoles);
  const requests = said.filter(({ from, to }) => from === "browser" && to !== "page");
  const responses = said.filter(({ from, to }) => to === "browser" && from !== "page");
  assert.deepEqual(
    world.seen.map(({ title }) => title),
    requests.map(({ title }) => title),
  );
  for (const [index, { sent, status, received }] of world.seen.entries()) {
    assert.deepEqual(normal(sent), normal(requests[index].headers.filter(telling)));
    assert.equal(`${status}`, responses[index].title);
    if (received) assert.deepEqual(normal(received), normal(responses[index].headers.filter(telling)));
  }
  if (got.page === "readable") {
    const names = headers.map(([name]) => name);
    assert.deepEqual(
      names.filter((name) => got.headers.includes(name)),
      names.filter((name) => readable.includes(name)),
    );
  }
}

/** Makes the call in a page with its origin. */
async function call({ question, page: at = question.origin, sandboxed }) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    const tab = await context.newPage();
    await tab.goto(pageOf(at));
    let frame = tab.mainFrame();
    if (sandboxed) {
      await tab.setContent(`<iframe sandbox=allow-scripts src="${pageOf(at)}"></iframe>`);
      frame = await (await tab.waitForSelector("iframe")).contentFrame();
      await frame.waitForFunction("typeof callers === 'object'");
    }
    const messages = [];
    tab.on("console", (message) => messages.push(message.text()));
    const got = await frame.evaluate(`((call) => attempt(callers[call.via], call))(${JSON.stringify(question)})`);
    // What was written to the console before this is there once this is.
    const last = tab.waitForEvent("console", (message) => message.text() === "the last");
    await frame.evaluate("console.log('the last')");
    await last;
    // The page's own URL is more than the playground knows of it.
    const told = messages.map((text) => text.replace(pageOf(at), at));
    return { got, messages: told.filter((text) => text !== "the last" && !text.startsWith("Failed to load resource")) };
  } finally {
    await context.close();
  }
}

/** Header lines in an order of their own. The lines of a list are one, and so are its members. */
function normal(lines) {
  const values = new Map();
  for (const line of lines) {
    const [name, value] = [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()];
    values.set(name, [...(values.get(name) ?? []), ...(name === "vary" ? value.split(/, */) : [value])]);
  }
  return [...values].map(([name, members]) => `${name}: ${members.sort().join(", ")}`).sort();
}
