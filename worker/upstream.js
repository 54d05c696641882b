// Where requests go: to the server behind the Worker's route, to a URL, or to another Worker.

import { copy, failure } from "./response.js";

/** Forwards a request and takes the response. */
export async function forward(request, { UPSTREAM }) {
  try {
    if (typeof UPSTREAM === "object") return final(await UPSTREAM.fetch(request));
    const url = new URL(request.url);
    const here = `edge-cors;host="${url.host}"`;
    if (hasPassed(request.headers, here)) return loop();
    if (UPSTREAM === undefined) return final(await pass(request, url.host, here));
    const upstream = parse(UPSTREAM);
    if (typeof upstream === "string") return failure(500, "the variable UPSTREAM is not a server's address", upstream);
    const outgoing = new Request(upstream.base + url.pathname + url.search, request);
    outgoing.headers.append("cdn-loop", here);
    tell(outgoing.headers, url);
    return mapped(final(await fetch(outgoing)), outgoing.url, upstream, url);
  } catch (error) {
    return failure(502, "the origin server cannot be reached", error);
  }
}

/** The host for which a server has answered last: there, requests do not come back. */
let reached;

/**
 * Forwards a request as it is. It is marked until a server has answered: a loop is there from the start, and copying
 * the request would be the dearest part of forwarding it. Cloudflare ends later loops itself.
 */
async function pass(request, host, here) {
  if (host === reached) return fetch(request);
  const marked = new Request(request);
  marked.headers.append("cdn-loop", here);
  const response = await fetch(marked);
  if (response.status !== LOOP) reached = host;
  return response;
}

/** Whether the request has been here before: https://www.rfc-editor.org/rfc/rfc8586 */
function hasPassed(headers, here) {
  const passed = headers.get("cdn-loop");
  return passed !== null && passed.split(",").some((cdn) => cdn.replaceAll(/\s/g, "") === here);
}

/** The status of the answer to a request that has come back: Loop Detected. */
const LOOP = 508;

function loop() {
  return failure(
    LOOP,
    "the request came back to the Worker that had forwarded it. Fix: set UPSTREAM in wrangler.toml to the " +
      "address of the origin server (with wrangler dev: --var UPSTREAM:http://localhost:3000)",
    "the header CDN-Loop names this Worker and this host",
  );
}

/** The UPSTREAM that was read last. It is the same for as long as the isolate lives. */
let parsed = { text: undefined, upstream: undefined };

/** The scheme and the host that UPSTREAM names, and the path before every request's; or what to write instead. */
function parse(text) {
  if (text !== parsed.text) parsed = { text, upstream: parseUpstream(text) };
  return parsed.upstream;
}

function parseUpstream(text) {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const meant = URL.parse(`https://${text.replace(/^.*:\/\//, "")}`);
    const example = meant === null ? "https://api.internal.example.com" : meant.origin + prefixOf(meant);
    return `write a URL with http or https, such as "${example}"`;
  }
  const base = url.origin + prefixOf(url);
  // What it may have beside these: a user name, a password, a query, a fragment.
  if (url.href !== url.origin + url.pathname) {
    return `write only the scheme, the host and the path: "${base}". Path and query come from the request`;
  }
  return { base, origin: url.origin, prefix: prefixOf(url) };
}

function prefixOf(url) {
  return url.pathname.replace(/\/+$/, "");
}

/** Tells the server whom the request came from and where it was sent to. What the client says of that is replaced. */
function tell(headers, url) {
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  headers.delete("forwarded");
  const client = headers.get("cf-connecting-ip");
  if (client === null) headers.delete("x-forwarded-for");
  else headers.set("x-forwarded-for", client);
}

/** An interim status is no answer: clients would wait for another one. */
function final(response) {
  if (response.status >= 200 || response.status === 101) return response;
  return failure(502, `the origin server answered with the interim status ${response.status}`, "nothing followed it");
}

/** A redirect of the server to itself, led back through the edge. */
function mapped(response, asked, upstream, edge) {
  const location = response.headers.get("location");
  if (location === null) return response;
  const target = URL.parse(location, asked);
  if (target?.origin !== upstream.origin) return response;
  const { pathname, search, hash } = target;
  // A path beside the prefix cannot be reached through the edge.
  if (!`${pathname}/`.startsWith(`${upstream.prefix}/`)) return response;
  const back = edge.origin + (pathname.slice(upstream.prefix.length) || "/") + search + hash;
  if (URL.parse(location, edge)?.href === back) return response;
  const answered = copy(response);
  answered.headers.set("location", back);
  return answered;
}
