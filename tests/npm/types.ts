// What the types of the package permit, and what they do not.

import { cors, type Configuration, type Policy } from "edge-cors";
import worker from "edge-cors/worker.js";
import { WorkerEntrypoint } from "cloudflare:workers";
import { Hono } from "hono";

// Permitted.

const app: Policy = {
  allowOrigins: ["https://app.example.com", { regex: "https://[a-z]+\\.example\\.com" }],
  allowMethods: ["PUT"],
  allowCredentials: true,
  maxAge: "10m",
  dangerouslyAllow: ["regex-origins"],
};
const configuration: Configuration = {
  $schema: "node_modules/edge-cors/edge-cors.schema.json",
  policies: { app, next: { allowOrigins: [], preflightStatus: 200 } },
  routes: [{ host: "*.example.com", path: { exact: "/v1" }, policy: ["app", "next"] }, { path: "/internal/", policy: null }],
  default: "app",
};
const policy = cors(configuration, { count: (name: string) => name, console });
cors(app);
cors(JSON.stringify(app));

interface Env {
  NAME: string;
}
export const object = policy({
  async fetch(request: Request, env: Env, ctx: ExecutionContext) {
    ctx.passThroughOnException();
    return new Response(`${env.NAME} ${request.url}`);
  },
  async scheduled(event: ScheduledController) {
    console.log(event.cron);
  },
}) satisfies ExportedHandler<Env>;
const scheduled: (event: ScheduledController) => Promise<void> = object.scheduled;

const fetcher: (request: Request) => Promise<Response> = policy((request: Request) => new Response(request.url));

class Entrypoint extends WorkerEntrypoint<Env> {
  override fetch(request: Request) {
    return new Response(this.env.NAME + request.url);
  }
  add(a: number, b: number) {
    return a + b;
  }
}
export class Wrapped extends policy(Entrypoint) {}
const sum: (wrapped: Wrapped) => number = (wrapped) => wrapped.add(1, 2);

const hono = new Hono<{ Bindings: Env }>();
hono.use(policy);
hono.use("/v1/*", policy);
export const honoWithPolicy = policy(hono);
export default { ...worker, scheduled, fetcher, sum };

// Not permitted.

// @ts-expect-error: there is no configuration.
cors();
// @ts-expect-error: an array is needed.
cors({ allowOrigins: "https://app.example.com" });
// @ts-expect-error: this is misspelt.
cors({ allowOrigins: [], allowMethod: ["PUT"] });
// @ts-expect-error: `allowOrigins` is required.
cors({ allowMethods: ["PUT"] });
// @ts-expect-error: it is a number or a string.
cors({ allowOrigins: [], maxAge: true });
// @ts-expect-error: there is no such mode.
cors({ allowOrigins: [], mode: "on" });
// @ts-expect-error: there is no such danger.
cors({ allowOrigins: [], dangerouslyAllow: ["everything"] });
// @ts-expect-error: a route has a policy.
cors({ policies: { app }, routes: [{ path: "/" }] });
// @ts-expect-error: a function is not an origin.
cors({ allowOrigins: [(origin: string) => origin.endsWith(".example.com")] });
// @ts-expect-error: a handler returns a response.
policy(() => "hello");
// @ts-expect-error: this has no method `fetch`.
policy({ scheduled() {} });
