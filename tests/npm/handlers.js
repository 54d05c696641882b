// What `cors(configuration)` makes of handlers, in the runtime that runs this file.

import assert from "node:assert/strict";
import { cors } from "edge-cors";

const policy = cors({ allowOrigins: ["https://app.example.com"], allowMethods: ["PUT"] });
const origin = { origin: "https://app.example.com" };
const get = () => new Request("https://api.example.com/", { headers: origin });
const preflight = () =>
  new Request("https://api.example.com/", {
    method: "OPTIONS",
    headers: { ...origin, "access-control-request-method": "PUT" },
  });

async function check(fetch) {
  const granted = await fetch(preflight());
  assert.equal(granted.status, 204);
  assert.equal(granted.headers.get("access-control-allow-methods"), "PUT");
  const response = await fetch(get(), "env", "ctx");
  assert.equal(response.headers.get("access-control-allow-origin"), "https://app.example.com");
  assert.equal(response.headers.get("vary"), "Origin");
  assert.equal(await response.text(), "env ctx");
}

// A function: with its `this`, and all that the runtime gives.
const server = {
  fetch: policy(function (request, env, ctx) {
    assert.equal(this, server);
    return new Response(`${env} ${ctx}`);
  }),
};
await check((...given) => server.fetch(...given));

// An object: with everything else that it has, and that its class has.
class Handler {
  #text = (env, ctx) => `${env} ${ctx}`;
  name = "handler";
  async fetch(request, env, ctx) {
    return new Response(this.#text(env, ctx));
  }
  scheduled() {
    return this.name;
  }
  get secret() {
    return this.#text("of", "mine");
  }
  tell() {
    return this.#text("told", "too");
  }
}
const object = policy(new Handler());
await check((...given) => object.fetch(...given));
assert.equal(object.scheduled(), "handler");
assert.equal(object.secret, "of mine");
assert.equal(object.tell(), "told too");
assert.deepEqual(Object.keys(policy({ fetch() {}, port: 8080 })), ["fetch", "port"]);

// A class: what extends it.
const Class = policy(Handler);
await check((...given) => new Class().fetch(...given));
assert.equal(new Class().scheduled(), "handler");

// Headers that cannot be changed.
const redirect = await policy(() => Response.redirect("https://api.example.com/there", 302))(get());
assert.equal(redirect.headers.get("access-control-allow-origin"), "https://app.example.com");
assert.equal(redirect.headers.get("location"), "https://api.example.com/there");

// No response: the handler has taken the connection over.
assert.equal(await policy(() => undefined)(get()), undefined);

// A response whose body somebody has read.
const read = new Response("read");
await read.text();
await assert.rejects(policy(() => read)(get()), TypeError);

// What the handler throws.
const throwing = policy(() => {
  throw new RangeError("mine");
});
await assert.rejects(throwing(get()), { name: "RangeError", message: "mine" });

// Two policies beside each other.
const other = cors('{ "allowOrigins": ["https://other.example"] }', { console: { log() {}, warn() {}, error() {} } });
const closed = await other(() => new Response())(get());
assert.equal(closed.headers.get("access-control-allow-origin"), null);
await check(policy((request, env, ctx) => new Response(`${env} ${ctx}`)));

// What is no handler.
for (const handler of [undefined, null, "fetch", {}]) {
  assert.throws(() => policy(handler), /^TypeError: edge-cors: cors\(configuration\) expects a handler/);
}

// A configuration that nobody can use: every problem, with its line. None is served with half of it.
const mistakes = { allowOrigins: ["https://app.example.com/", undefined], allowMethod: ["PUT"] };
const expected = [
  "edge-cors: configuration rejected",
  'error[origin-path] at /allowOrigins/0 (3:5): "https://app.example.com/" is not a valid origin: it must end after the host and port. Fix: write "https://app.example.com".',
  "error[wrong-type] at /allowOrigins/1 (4:5): Expected an origin",
  'error[unknown-field] at /allowMethod (6:3): Unknown field "allowMethod". Fix: did you mean "allowMethods"?',
];
assert.throws(() => cors(mistakes), ({ message }) => {
  const lines = message.split("\n");
  assert.deepEqual(lines.map((line, at) => line.slice(0, expected[at]?.length)), expected);
  return true;
});
for (const [configuration, message] of [
  [undefined, /^TypeError: edge-cors: cors\(\) expects a configuration, found undefined\. Fix: write cors\(\{/],
  [null, /^TypeError: edge-cors: cors\(\) expects a configuration, found null\. Fix/],
  ["", /error\[empty-document\] at the document \(1:1\)/],
  ['{\n  "allowOrigins": [\n}', /error\[json-syntax\] at .* \(3:1\)/],
  [{ allowOrigins: () => true }, /error\[wrong-type\] at \/allowOrigins \(2:19\): Expected an array, found a string/],
  [{ allowOrigins: [/example/] }, /error\[[a-z-]+\] at \/allowOrigins\/0 \(3:5\): "\/example\/"/],
]) {
  assert.throws(() => cors(configuration), message);
}
console.log("all is well");
