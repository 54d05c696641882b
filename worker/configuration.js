// Where the configuration is read: a key of a KV namespace, or a variable.

import { load } from "./engine.js";

const VARIABLE = "CORS_CONFIG";
const NAMESPACE = "CORS_CONFIG_KV";
const KEY = "cors.json";

/** How long a key is not read again, in milliseconds. */
const REFRESH = 60_000;
/** When the configuration is to be read. */
let due = -Infinity;

/** Where the active configuration was found, if there is one. */
let active;
/** Whether the variable was read. It is the same for as long as the isolate lives. */
let isVariableRead = false;
/** What the key had last. The same text is compiled once. */
let last = { text: undefined, isValid: false };
/** What was logged about the key last. The same problem is logged once. */
let told;

/** Reads the configuration if it is time to. Returns a promise if the request has to wait for it. */
export function refresh(now, env, context) {
  if (now < due) return undefined;
  const isFirst = due === -Infinity;
  if (env[NAMESPACE] === undefined) {
    due = Infinity;
    readVariable(env);
    if (active === undefined) console.error(`edge-cors: ${whatIsActive()}`);
    return undefined;
  }
  // Not after the reading: the request that started it may be cancelled.
  if (!isFirst) due = now + REFRESH;
  const reading = readNamespace(env).then(() => {
    due = now + REFRESH;
  });
  if (isFirst) return reading;
  context.waitUntil(reading);
  return undefined;
}

/** Loads the key's configuration, or the variable's if the key has no valid one and nothing is active. */
async function readNamespace(env) {
  const problem = await readKey(env[NAMESPACE]);
  if (problem !== undefined && active === undefined) readVariable(env);
  if (problem !== undefined && problem !== told) console.error(`edge-cors: ${problem} ${whatIsActive()}`);
  told = problem;
}

/** Loads the key's configuration, or returns what is wrong. */
async function readKey(namespace) {
  let text;
  try {
    text = await namespace.get(KEY);
  } catch (error) {
    return `The KV namespace ${NAMESPACE} cannot be read (${error}).`;
  }
  if (text === null) {
    return (
      `The KV namespace ${NAMESPACE} has no key ${KEY}. Fix: npx wrangler kv key put ${KEY} --path ${KEY} ` +
      `--binding ${NAMESPACE} --remote; for wrangler dev, write --local instead of --remote.`
    );
  }
  if (text !== last.text) {
    told = undefined;
    last = { text, isValid: take(text, `the key ${KEY} in ${NAMESPACE}`) };
  }
  return last.isValid ? undefined : `The configuration in the key ${KEY} in ${NAMESPACE} was rejected.`;
}

/** Loads the variable's configuration: a JSON object, or a string with one. */
function readVariable(env) {
  if (isVariableRead) return;
  isVariableRead = true;
  const value = env[VARIABLE];
  if (value !== undefined) {
    // With line breaks, so that problems have lines.
    take(typeof value === "string" ? value : JSON.stringify(value, null, 2), `the variable ${VARIABLE}`);
  } else if (env[NAMESPACE] === undefined) {
    console.error(
      `edge-cors: There is neither a variable ${VARIABLE} nor a KV namespace ${NAMESPACE}. ` +
        "Fix: add one of the two to wrangler.toml.",
    );
  }
}

function take(text, place) {
  const isValid = load(text, place);
  if (isValid) active = place;
  return isValid;
}

function whatIsActive() {
  return active === undefined
    ? "No origin is allowed and preflights are refused until there is a valid configuration."
    : `The configuration from ${active} is active.`;
}
