// axe-core finds nothing, in light and dark, at the width of a phone and of a desk, and nothing is wider than the
// window. The main states are kept as pictures in target/playground/screenshots.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { before, test } from "node:test";

import { playground } from "./playground.js";
import { templates } from "./templates.js";

const PICTURES = "target/playground/screenshots";
const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const { open } = playground();
before(() => mkdirSync(PICTURES, { recursive: true }));

const APP = '{\n  "allowOrigins": ["https://app.example.com"],\n  "allowMethods": ["PUT"]\n}\n';
const question = { origin: "https://app.example.com", url: "https://api.example.com/users/42", method: "DELETE" };

/** The states of the page, each with what brings it there. */
const STATES = {
  readable: (page) => page.show({ ...templates().find(({ file }) => file === "single-page-app.json") }),
  blocked: (page) => page.show({ configuration: APP, question }),
  problems: async (page) => {
    await page.show({ configuration: APP, question });
    await page.write(
      '{\n  "allowOrigins": ["https://app.example.com/"],\n  "allowMethod": ["PUT"],\n  "maxAge": "1 week"\n}\n',
    );
  },
  incomplete: (page) => page.show({ configuration: APP, question: { url: question.url } }),
  "in-front": (page) => page.show({ configuration: APP, question: { ...question, inFront: 401 }, browser: "firefox" }),
  completion: async (page) => {
    await page.show({ configuration: APP, question });
    await page.page.locator("#editor .cm-content").click();
    await page.page.keyboard.press("Control+Home");
    await page.page.keyboard.press("End");
    await page.page.keyboard.press("Enter");
    await page.page.keyboard.type('"allow');
    await page.page.locator("#editor .cm-tooltip-autocomplete").waitFor();
  },
  paste: async (page) => {
    await page.load();
    await page.page.locator("#open-paste").click();
    await page.page.locator("#pasted-file").setInputFiles("cli/tests/har/firefox.har");
    await page.page.locator("#use-pasted:enabled").waitFor();
  },
  templates: async (page) => {
    await page.load();
    await page.page.locator("#open-templates").click();
  },
  export: async (page) => {
    await page.load();
    await page.page.locator("#open-export").click();
  },
};

const WIDTHS = { desk: { width: 1440, height: 1000 }, phone: { width: 360, height: 780 } };

for (const colorScheme of ["light", "dark"]) {
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    test(`${colorScheme}, ${width}`, async (t) => {
      const page = await open({ colorScheme, viewport });
      for (const [state, bring] of Object.entries(STATES)) {
        await t.test(state, async () => {
          await bring(page);
          await page.page.screenshot({
            path: `${PICTURES}/${state}-${colorScheme}-${width}.png`,
            fullPage: !(await isModal(page)),
            caret: "initial",
          });
          assert.deepEqual(await violations(page), []);
          const overhang = await page.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overhang <= 0, `${overhang} pixels are outside of the window`);
        });
      }
    });
  }
}

const isModal = async ({ page }) => (await page.locator("dialog[open]").count()) > 0;

async function violations({ page }) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate("axe.run()");
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`)}`,
  );
}
