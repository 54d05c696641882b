import type { EdgeCors, Policy, Route } from "./configuration.js";

/** The configuration: policies and routes, or a single policy. */
export type Configuration = EdgeCors;
export type { Policy, Route };

/**
 * Makes a middleware of a configuration: an object, or a string with JSON. The configuration is compiled
 * once, here and synchronously.
 *
 * @throws An `Error` with every problem of the configuration, one a line, if it has an error. A `TypeError`
 * if there is no configuration.
 *
 * @example
 * export default cors({ allowOrigins: ["https://app.example.com"] })({
 *   async fetch(request, env, ctx) {
 *     return Response.json({ hello: "world" });
 *   },
 * });
 *
 * @example
 * const app = new Hono();
 * app.use(cors({ allowOrigins: ["https://app.example.com"] }));
 */
export function cors(configuration: Configuration | string, options?: Options): Middleware;

export interface Options {
  /**
   * Where the log goes: the warnings of the configuration, and a line of JSON for each request that a policy
   * refuses something of, at most 100 a second. The global `console` if absent.
   */
  console?: Console;
  /** Gets the name of every counter that a request increments, such as `default.preflight.allowed`. */
  count?: (name: string) => void;
}

/** The part of the global `console` that is used. */
export interface Console {
  log(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** Puts the policy around a handler. */
export interface Middleware {
  /** The middleware of Hono, for `app.use`. */
  (context: { readonly req: { readonly raw: unknown }; res: unknown }, next: () => Promise<void>): Promise<void>;
  /** A class whose objects have a method `fetch`, such as a `WorkerEntrypoint`: a class that extends it. */
  <H extends abstract new (...args: any) => { fetch: Fetch }>(handler: H): H;
  /** A function that takes a request and returns a response: such a function, which returns a promise. */
  <H extends Fetch>(handler: H): Asynchronous<H>;
  /** An object with a method `fetch`: an object that has everything else from this one. */
  <H extends { fetch: Fetch }>(handler: H): Omit<H, "fetch"> & { fetch: Asynchronous<H["fetch"]> };
}

/** A function from a `Request`, and what the runtime gives with it, to a `Response`. */
export type Fetch = (request: any, ...rest: any) => ResponseLike | Promise<ResponseLike>;

/** What every type of a `Response` has. */
export interface ResponseLike {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

type Asynchronous<F extends Fetch> = (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>;
