// Every kind of problem: it is underlined at its place, and its words are shown.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { before, test } from "node:test";

import { playground } from "./playground.js";

const FOLDER = "tests/problems";
const { open } = playground();
let page;
before(async () => {
  page = await open();
  await page.load();
});

/** The first row that has each kind, with the line about it, such as `error origin-path /allowOrigins/0 2:20`. */
function kinds() {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .sort();
  const rows = files.flatMap((file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")));
  const kinds = new Map();
  for (const { source, problems } of rows) {
    for (const line of problems) {
      const [severity, code, , place] = line.split(" ");
      const text = typeof source === "string" ? source : source.join("\n");
      if (!kinds.has(code)) kinds.set(code, { severity, place, text });
    }
  }
  return kinds;
}

/** The words of each kind in its first row: `message`, and `Fix: …`. */
function words() {
  const golden = readFileSync(`${FOLDER}/golden.txt`, "utf8");
  const entries = golden.split(/^(?=(?:error|warning)\[)/m).map((entry) => entry.trimEnd().split("\n  "));
  const words = new Map();
  for (const [head, ...lines] of entries) {
    const code = head.match(/\[(.*)\]/)[1];
    if (!words.has(code)) words.set(code, lines);
  }
  return words;
}

/** Where something is underlined or marked: `line:column`, both from 1. */
const underlined = () =>
  page.page.locator("#editor .cm-content").evaluate((content) =>
    [...content.querySelectorAll(".cm-lintRange, .cm-lintPoint")].map((mark) => {
      const line = mark.closest(".cm-line");
      const before = document.createRange();
      before.setStart(line, 0);
      before.setEndBefore(mark);
      return `${[...content.querySelectorAll(".cm-line")].indexOf(line) + 1}:${[...before.toString()].length + 1}`;
    }),
  );

const golden = words();
for (const [code, { severity, place, text }] of kinds()) {
  test(code, async () => {
    await page.write(text);
    const found = (await page.problems()).filter((problem) => problem.code === code);
    assert.notEqual(found.length, 0, "it is in the list");
    assert.equal(found[0].severity, severity);
    // What is between backticks is shown as code.
    for (const line of golden.get(code))
      assert.ok(found[0].text.includes(line.replaceAll("`", "")), `${found[0].text} has ${line}`);
    assert.ok((await underlined()).includes(place), `${place} is underlined: ${await underlined()}`);
  });
}
