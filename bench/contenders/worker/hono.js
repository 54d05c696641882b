// The middleware that most Workers use for CORS, with the policy of ../policy.json.
import { Hono } from "hono";
import { cors } from "hono/cors";

const app = new Hono();
app.use(
  cors({
    origin: ["https://app.example.com"],
    allowMethods: ["PUT", "DELETE"],
    allowHeaders: ["content-type", "authorization"],
    exposeHeaders: ["x-request-id"],
    credentials: true,
    maxAge: 600,
  }),
);
app.all("*", (context) => fetch(context.req.raw));

export default app;
