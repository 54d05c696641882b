// The middleware: a policy inside one's own Worker or server.

import { exchange } from "../worker/exchange.js";
import { instantiate } from "../worker/instance.js";

/** The function `cors` with the engine in a WebAssembly module. `index.d.ts` describes it. */
export function corsWith(module) {
  return (configuration, { console: log = console, count } = {}) => {
    const active = { engine: compile(module, configuration, log) };
    const around = (request, next) => exchange(active, request, Date.now(), count, next);
    return (target, next) => (typeof next === "function" ? use(around, target, next) : wrap(around, target));
  };
}

/** An instance with this configuration. */
function compile(module, configuration, log) {
  const engine = instantiate(module, log);
  let problems;
  try {
    problems = engine.compile(text(configuration));
  } catch (error) {
    // A trap.
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    problems =
      "It needs more memory than an engine has. " +
      "Fix: make it smaller. One pattern such as https://*.example.com can replace many origins.";
  }
  if (problems !== "") throw new Error(`edge-cors: configuration rejected\n${problems}`);
  return engine;
}

/** The JSON text of a configuration. What JSON would omit is in it as a string, so that it is a problem. */
function text(configuration) {
  if (typeof configuration === "string") return configuration;
  if (typeof configuration !== "object" || configuration === null) {
    throw new TypeError(
      `edge-cors: cors() expects a configuration, found ${typeof configuration === "object" ? "null" : typeof configuration}. ` +
        'Fix: write cors({ allowOrigins: ["https://app.example.com"] }), or give it a string with JSON.',
    );
  }
  // With line breaks, so that problems have lines.
  return JSON.stringify(configuration, (_, value) => (isInJson(value) ? value : String(value)), 2);
}

function isInJson(value) {
  return !["bigint", "function", "symbol"].includes(typeof value) && !(value instanceof RegExp);
}

/** The middleware of Hono: `app.use(cors(configuration))`. */
async function use(around, context, next) {
  let isForwarded = false;
  const response = await around(context.req.raw, async () => {
    isForwarded = true;
    await next();
    return context.res;
  });
  if (!isForwarded) return response;
  if (response !== context.res) {
    // Otherwise Hono adds the headers of the previous response.
    context.res = undefined;
    context.res = response;
  }
}

/** A handler with the policy around it: a function, an object with a method `fetch`, or a class of such objects. */
function wrap(around, handler) {
  if (isFunction(handler?.prototype?.fetch)) {
    return class extends handler {
      fetch(request, ...rest) {
        return around(request, () => super.fetch(request, ...rest));
      }
    };
  }
  if (isFunction(handler)) {
    return function (request, ...rest) {
      return around(request, () => handler.call(this, request, ...rest));
    };
  }
  if (isFunction(handler?.fetch)) {
    const fetch = (request, ...rest) => around(request, () => handler.fetch(request, ...rest));
    return new Proxy(handler, { get: (_, name) => (name === "fetch" ? fetch : member(handler, name)) });
  }
  throw new TypeError(
    "edge-cors: cors(configuration) expects a handler: a function, or an object with a method fetch. " +
      "Fix: write cors(configuration)({ fetch(request, env, ctx) { … } }), or app.use(cors(configuration)) with Hono.",
  );
}

/** A member of an object. A method gets the object itself as `this`: only that has its private fields. */
function member(object, name) {
  const value = Reflect.get(object, name);
  return isFunction(value) ? value.bind(object) : value;
}

function isFunction(value) {
  return typeof value === "function";
}
