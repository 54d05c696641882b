// Who sends what to whom, and who decides what: the outcome as a list, in order.
//
// A message has `from` and `to`, a decision has `at`.

import { codeOf } from "./call.js";
import { linesOf } from "./question.js";

/** Those between whom messages go, from left to right. Somebody is in front of the edge only if they answer. */
export function lanesOf({ steps }) {
  const front = steps.find(({ answeredBy }) => answeredBy === "in-front" || answeredBy === "cache");
  const between = front ? [{ id: "front", name: front.answeredBy === "cache" ? "Cache" : "In front" }] : [];
  return [
    { id: "page", name: "Page" },
    { id: "browser", name: "Browser" },
    ...between,
    { id: "edge", name: "Edge" },
    { id: "server", name: "Origin server" },
  ];
}

/** Everything that happens. */
export function sequenceOf(question, outcome) {
  const events = [{ from: "page", to: "browser", kind: "call", title: codeOf(question) }];
  if (outcome.preflight.length > 0) {
    events.push({ at: "browser", text: `A preflight first, because ${outcome.preflight.join(" and ")}.` });
  }
  for (const step of outcome.steps) events.push(...stepOf(step, question));
  const arrives = !["blocked", "opaque"].includes(outcome.verdict);
  events.push({ from: "browser", to: "page", kind: arrives ? "result" : "stopped", title: outcome.summary });
  return events;
}

function stepOf({ request, response, answeredBy, who, policy, reason, why }, question) {
  const { pathname, search } = new URL(request.url);
  const title = `${request.method} ${pathname}${search}`;
  const preflight = request.method === "OPTIONS";
  const meets = { "in-front": "front", cache: "front" }[answeredBy] ?? "edge";
  const events = [{ from: "browser", to: meets, kind: "request", title, headers: request.headers, preflight }];
  if (answeredBy === "origin-server") {
    const { status, headers } = question.originServer;
    events.push({ from: "edge", to: "server", kind: "request", title, headers: [] });
    events.push({
      from: "server",
      to: "edge",
      kind: "response",
      title: `${status}`,
      headers: headers.map((pair) => linesOf([pair])),
    });
  }
  const by = policy ? `${who}, policy ${JSON.stringify(policy)}` : who;
  events.push({ at: meets, text: `${by[0].toUpperCase()}${by.slice(1)}`, reason, why });
  events.push({
    from: meets,
    to: "browser",
    kind: "response",
    title: `${response.status}`,
    headers: response.headers,
    preflight,
  });
  return events;
}
