// Runs cases on the middleware, in the runtime that runs this file: from the JSON file that the command line
// names to JSON on standard output.

import { readFileSync } from "node:fs";
import process from "node:process";
import { cors } from "edge-cors";

const outcomes = [];
for (const given of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  outcomes.push(await run(given));
}
console.log(JSON.stringify(outcomes));

async function run({ configuration, method, url, headers, originServer }) {
  let request;
  let fromOrigin;
  try {
    request = new Request(url, { method, headers });
    fromOrigin = new Response(null, originServer);
  } catch (error) {
    return { impossible: String(error) };
  }
  const log = [];
  const counters = [];
  let forwarded = false;
  const handler = () => {
    forwarded = true;
    return fromOrigin;
  };
  const options = { console: { log: (line) => log.push(line), warn() {}, error() {} }, count: (name) => counters.push(name) };
  const response = await cors(configuration, options)(handler)(request);
  return { status: response.status, headers: [...response.headers], forwarded, counters, log, url: request.url };
}
