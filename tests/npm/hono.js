// A Hono app with the middleware, in front of the Worker's network.

import { env } from "cloudflare:workers";
import { cors } from "edge-cors";
import { Hono } from "hono";

const app = new Hono();
app.use(cors(env.CORS_CONFIG));
app.all("*", (c) => fetch(c.req.raw));

export default app;
