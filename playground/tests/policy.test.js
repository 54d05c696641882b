// The content security policy forbids everything that the page does not need, and the page keeps to it. The other tests
// see to the latter: a violation is an error in the console, which none of them has.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { playground } from "./playground.js";

const { open } = playground();

test("the page has no script or style in it", () => {
  const text = readFileSync("dist/playground/index.html", "utf8");
  assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=|javascript:/i);
  for (const script of text.match(/<script[^>]*>[^<]*/g))
    assert.match(script, /^<script type="module" src="main\.js">$/);
});

test("the policy permits no inline code and nothing from elsewhere", () => {
  const [, policy] = readFileSync("dist/playground/index.html", "utf8").match(
    /Content-Security-Policy" content="([^"]*)"/,
  );
  // Style attributes: when one types over selected text, Chromium writes them itself before the editor has the text.
  const others = policy.split("; ").filter((directive) => directive !== "style-src-attr 'unsafe-inline'");
  const sources = others.flatMap((directive) => directive.split(" ").slice(1));
  assert.deepEqual([...new Set(sources)].sort(), ["'none'", "'self'", "'wasm-unsafe-eval'"]);
  assert.match(policy, /^default-src 'none';/);
});

test("the policy is in force", async () => {
  const page = await open();
  await page.load();
  const violated = await page.page.evaluate(async () => {
    const seen = new Promise((resolve) =>
      document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective)),
    );
    document.body.append(
      Object.assign(document.createElement("script"), { textContent: "document.title = 'changed'" }),
    );
    return seen;
  });
  assert.equal(violated, "script-src-elem");
  assert.notEqual(await page.page.title(), "changed");
  page.trouble.length = 0;
});

test("nothing in the files names another host to load from", () => {
  for (const file of readdirSync("dist/playground").filter((file) => /\.(html|css)$/.test(file))) {
    const text = readFileSync(`dist/playground/${file}`, "utf8");
    assert.doesNotMatch(text, /(src|href|url\()=?["'(]?https?:/i, file);
  }
});
