// A case in the fragment of the page's URL, so that it can be shared:
//
//   #v=1&configuration=…&origin=…&url=…&method=PUT&header=content-type%3A+application%2Fjson
//
// The form is application/x-www-form-urlencoded. A pair that is absent has the default.

import { SWITCHES, TEXTS, complete, empty, headersOf, linesOf } from "./question.js";
import { shareable } from "./shareable.js";

const VERSION = "1";

/** The fragment of a case, without `#`, and without what can be a secret. */
export function write(state) {
  const { configuration, question, browser } = shareable(state);
  const pairs = new URLSearchParams({ v: VERSION });
  const defaults = empty();
  if (configuration !== null) pairs.append("configuration", configuration);
  for (const key of TEXTS)
    if (question[key] !== defaults[key] && question[key] !== null) pairs.append(key, question[key]);
  for (const key of SWITCHES) if (question[key]) pairs.append(key, "true");
  for (const header of question.headers) pairs.append("header", linesOf([header]));
  for (const name of question.reads) pairs.append("read", name);
  const { status, headers } = question.originServer;
  if (status !== defaults.originServer.status) pairs.append("status", status);
  for (const header of headers) pairs.append("serverHeader", linesOf([header]));
  if (question.inFront !== null) pairs.append("inFront", question.inFront);
  if (browser !== "chromium") pairs.append("browser", browser);
  return pairs.toString();
}

/** The case in a fragment, with or without `#`. `null` if there is none. */
export function read(fragment) {
  const pairs = new URLSearchParams(fragment.replace(/^#/, ""));
  if (pairs.get("v") !== VERSION) return null;
  const partial = {};
  for (const key of TEXTS) if (pairs.has(key)) partial[key] = pairs.get(key);
  for (const key of SWITCHES) partial[key] = pairs.get(key) === "true";
  partial.headers = headersOf(pairs.getAll("header").join("\n"));
  partial.reads = pairs.getAll("read");
  partial.originServer = { headers: headersOf(pairs.getAll("serverHeader").join("\n")) };
  if (status(pairs.get("status")) !== null) partial.originServer.status = status(pairs.get("status"));
  partial.inFront = status(pairs.get("inFront"));
  const browser = pairs.get("browser");
  return {
    configuration: pairs.get("configuration"),
    question: complete(partial),
    browser: ["firefox", "safari"].includes(browser) ? browser : "chromium",
  };
}

const status = (text) => (/^[1-9]\d\d$/.test(text ?? "") ? Number(text) : null);
