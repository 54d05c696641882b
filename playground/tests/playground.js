// The playground in a real Chromium, as a person uses it: tests type, press and read.

import assert from "node:assert/strict";
import { after } from "node:test";
import { chromium } from "playwright-core";

import { write } from "../page/fragment.js";
import { complete } from "../page/question.js";
import { serve } from "./site.js";

/** What every browser of the tests is started with. Its sandbox needs rights that root in a container does not have. */
export const LAUNCH = { executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] };

/** What the tests of a file open pages with. The site and the browser start with the first page. */
export function playground() {
  const pages = [];
  let started;
  const start = async () => ({ site: await serve(), browser: await chromium.launch(LAUNCH) });
  const open = async (options) => {
    started ??= start();
    pages.push(await Playground.open(await started, options));
    return pages.at(-1);
  };
  after(async () => {
    for (const page of pages) await page.close();
    const { site, browser } = (await started) ?? {};
    await browser?.close();
    await site?.close();
  });
  return { open };
}

/** A link with a case, as the page writes it. */
export const link = ({ configuration, question = {}, browser = "chromium" }) =>
  `#${write({ configuration, question: complete(question), browser })}`;

export class Playground {
  /** Opens the page, with what a browser context can be given. */
  static async open({ browser, site }, options = {}) {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    const own = new Playground();
    own.context = context;
    own.url = site.url;
    own.page = await context.newPage();
    own.trouble = [];
    own.page.on("pageerror", (error) => own.trouble.push(`${error}`));
    own.page.on("console", (message) => message.type() === "error" && own.trouble.push(message.text()));
    own.page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== new URL(site.url).origin && protocol !== "blob:") own.trouble.push(`sent to ${request.url()}`);
    });
    return own;
  }

  /** Loads the page with a fragment, and waits for the outcome. */
  async load(fragment = "") {
    if (this.page.url() !== "about:blank") await this.page.goto("about:blank");
    await this.page.goto(this.url + fragment);
    await this.settle();
  }

  /** Shows a case, a configuration's text and a question, as a link that is followed in the page. */
  async show(shown) {
    if (this.page.url() === "about:blank") return this.load(link(shown));
    await this.page.evaluate(async (fragment) => {
      if (location.hash === fragment) return;
      const followed = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
      location.hash = fragment;
      await followed;
    }, link(shown));
    await this.settle();
  }

  /** Waits until the page has played what is in it. */
  settle = () => this.page.locator("#outcome[aria-busy=false]").waitFor();

  /** Replaces the text in the editor, as a person does. */
  async write(text) {
    await this.page.locator("#editor .cm-content").click();
    await this.page.keyboard.press("Control+a");
    if (text === "") await this.page.keyboard.press("Delete");
    else await this.page.keyboard.insertText(text);
    await this.settle();
  }

  /** The text in the editor. */
  async configuration() {
    return (
      await this.page.locator("#editor .cm-line").evaluateAll((lines) => lines.map((line) => line.textContent))
    ).join("\n");
  }

  verdict = () => this.page.locator("#verdict").getAttribute("data-verdict");
  summary = () => this.page.locator("#verdict").innerText();
  causes = () =>
    this.page.locator("#causes .cause:not(.note)").evaluateAll((all) => all.map(({ dataset }) => dataset.code));
  advice = () => this.page.locator("#causes .cause.note").evaluateAll((all) => all.map(({ dataset }) => dataset.code));

  /** The messages that the console of a browser shows. */
  async console(browser) {
    await this.page.locator(`#browser-${browser}`).check();
    return this.page.locator("#console > li:not(.nothing)").allInnerTexts();
  }

  /** The messages in the picture, with their titles and headers. */
  sequence = () =>
    this.page.locator("#picture .message").evaluateAll((rows) =>
      rows.map((row) => ({
        from: row.dataset.from,
        to: row.dataset.to,
        title: row.querySelector(".title code").textContent,
        headers: [...row.querySelectorAll(".headers > li")].map((line) => line.textContent),
      })),
    );

  /** The names of the headers that the page can read. */
  async readable() {
    const names = this.page.locator("#readable code");
    return (await names.count()) === 0 ? [] : (await names.innerText()).split(", ");
  }

  /** The problems in the list: code, message and fix. */
  problems = () =>
    this.page
      .locator("#problems > li")
      .evaluateAll((items) =>
        items.map((item) => ({ severity: item.className, code: item.dataset.code, text: item.innerText })),
      );

  /** Closes it. Nothing may have gone wrong: no exception, no violation of the policy, no request elsewhere. */
  async close() {
    await this.context.close();
    assert.deepEqual(this.trouble, []);
  }
}
