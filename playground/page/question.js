// The question that the page plays: who calls what, and what is behind the edge. `explain` of the engine takes it.

/** The fields of a question whose values are texts, and those that are true or false. */
export const TEXTS = ["origin", "url", "method", "via", "policy", "cachedFor"];
export const SWITCHES = ["credentials", "uploadListener", "localNetworkGranted"];

/** A question with nothing in it. */
export const empty = () => ({
  origin: "",
  url: "",
  method: "GET",
  headers: [],
  credentials: false,
  uploadListener: false,
  via: "fetch",
  reads: [],
  policy: null,
  originServer: { status: 200, headers: [] },
  inFront: null,
  cachedFor: null,
  localNetworkGranted: false,
});

/** A question with what is given, and the defaults for the rest. */
export function complete(partial) {
  const { originServer, ...rest } = partial;
  const whole = empty();
  return { ...whole, ...rest, originServer: { ...whole.originServer, ...originServer } };
}

/** Header lines, `name: value`, as pairs. Lines with nothing in them are left out. */
export function headersOf(text) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line.trim(), ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

/** Pairs as header lines. */
export const linesOf = (headers) => headers.map(([name, value]) => `${name}: ${value}`.trimEnd()).join("\n");
