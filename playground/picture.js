// The picture at the top of README: node playground/picture.js docs/playground.png, once the playground is built.

import { chromium } from "playwright-core";

import { write } from "./page/fragment.js";
import { complete } from "./page/question.js";
import { LAUNCH } from "./tests/playground.js";
import { serve } from "./tests/site.js";

const CASE = {
  configuration: '{\n  "allowOrigins": ["https://app.example.com"],\n  "allowMethods": ["PUT"]\n}\n',
  question: complete({ origin: "https://app.example.com", url: "https://api.example.com/users/42", method: "DELETE" }),
  browser: "chromium",
};

const [path] = process.argv.slice(2);
const site = await serve();
const browser = await chromium.launch(LAUNCH);
const page = await browser.newPage({ viewport: { width: 1280, height: 1150 }, colorScheme: "light", reducedMotion: "reduce" });
await page.goto(`${site.url}#${write(CASE)}`);
await page.locator("#outcome[aria-busy=false]").waitFor();
await page.screenshot({ path });
await browser.close();
await site.close();
