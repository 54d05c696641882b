// Responses: those of the edge, and those of the origin server with other headers.

/** The edge's own answer: "answer", a status, then names and values of headers. */
export function answer(packed) {
  const lines = packed.split("\n");
  const headers = new Headers();
  for (let at = 2; at + 1 < lines.length; at += 2) headers.set(lines[at], lines[at + 1]);
  return new Response(null, { status: Number(lines[1]), headers });
}

/**
 * A response with edits: "=name" is to have the value in the next line, "+name" is a list to which it is to be
 * added, "-name" is to be removed.
 */
export function edit(response, edits) {
  if (edits === "") return response;
  const edited = copy(response);
  const { headers } = edited;
  const lines = edits.split("\n");
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const name = lines[at].slice(1);
    const verb = lines[at][0];
    if (verb === "-") headers.delete(name);
    // One line: not every cache looks at all of them.
    else headers.set(name, verb === "+" ? `${headers.get(name)}, ${lines[at + 1]}` : lines[at + 1]);
  }
  return edited;
}

/** The same response, with headers that can be changed: those that `fetch` gives cannot. */
export function copy(response) {
  try {
    return new Response(response.body, response);
  } catch (error) {
    // Such as a body that somebody has read already.
    if (!(error instanceof RangeError)) throw error;
    // The runtime passes on a status above 599, but does not allow a new response with it.
    const what = `the origin server answered with status ${response.status}, which a Worker can only pass on unchanged`;
    return failure(502, what, error);
  }
}

/** Tells the client what went wrong, and the log why. No cache may keep it. */
export function failure(status, what, why) {
  console.error(`edge-cors: ${what}: ${why}`);
  return new Response(`edge-cors: ${what}\n`, { status, headers: { "cache-control": "no-store" } });
}
