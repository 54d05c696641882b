// The form of a link, which documents have too.

import assert from "node:assert/strict";
import { test } from "node:test";

import { read, write } from "../page/fragment.js";
import { complete } from "../page/question.js";

const WHOLE = {
  configuration: '{ "allowOrigins": ["https://app.example.com"] }',
  question: {
    origin: "https://app.example.com",
    url: "https://api.example.com/ä",
    method: "PUT",
    headers: [
      ["content-type", "application/json"],
      ["x-a", ""],
    ],
    credentials: true,
    uploadListener: true,
    via: "xhr",
    reads: ["x-request-id"],
    policy: "app",
    originServer: { status: 401, headers: [["vary", "Origin"]] },
    inFront: 503,
    cachedFor: "https://other.example.com",
    localNetworkGranted: true,
  },
  browser: "safari",
};

test("everything that is written is read again", () => {
  assert.deepEqual(read(write(WHOLE)), WHOLE);
  assert.deepEqual(read(`#${write(WHOLE)}`), WHOLE);
});

test("defaults are left out", () => {
  const question = complete({ origin: "https://a.example", url: "https://b.example/" });
  const text = write({ configuration: "{}", question, browser: "chromium" });
  assert.equal(text, "v=1&configuration=%7B%7D&origin=https%3A%2F%2Fa.example&url=https%3A%2F%2Fb.example%2F");
});

test("what is not a case is none, and what is damaged has the defaults", () => {
  for (const text of ["", "#", "#outcome", "v=2&origin=x"]) assert.equal(read(text), null);
  const { question, configuration, browser } = read(
    "v=1&inFront=x&status=9999&header&browser=lynx&credentials=1&new=1",
  );
  assert.deepEqual(
    { question, configuration, browser },
    { question: complete({}), configuration: null, browser: "chromium" },
  );
});
