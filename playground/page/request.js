// The form with the request: what the page calls and how, and what is behind the edge.

import { get, make } from "./dom.js";
import { SWITCHES, TEXTS, complete, headersOf, linesOf } from "./question.js";

/** Names that the page must read, separated by commas. */
const names = (text) => text.split(/[\s,]+/).filter(Boolean);

/** Fills the lists of the form. `changed` is called when anything in it is another. */
export function prepare(vias, methods, changed) {
  get("via").replaceChildren(...vias.map(({ name, about }) => make("option", { value: name }, about)));
  get("methods").replaceChildren(...methods.map((value) => make("option", { value })));
  get("request").addEventListener("input", changed);
  get("request").addEventListener("submit", (event) => event.preventDefault());
}

/** Offers the names of the policies in the configuration. */
export function offerPolicies(policies) {
  get("policies").replaceChildren(...policies.map((value) => make("option", { value })));
}

/** The question in the form. */
export function question() {
  const asked = { headers: headersOf(get("headers").value), reads: names(get("reads").value) };
  for (const key of TEXTS) asked[key] = get(key).value.trim();
  for (const key of SWITCHES) asked[key] = get(key).checked;
  asked.policy ||= null;
  asked.cachedFor ||= null;
  asked.inFront = number(get("inFront").value);
  const status = number(get("status").value) ?? undefined;
  asked.originServer = { headers: headersOf(get("serverHeaders").value), ...(status && { status }) };
  return complete(asked);
}

/** Puts a question into the form. */
export function fill(partial) {
  const asked = complete(partial);
  for (const key of TEXTS) get(key).value = asked[key] ?? "";
  for (const key of SWITCHES) get(key).checked = asked[key];
  get("headers").value = linesOf(asked.headers);
  get("reads").value = asked.reads.join(", ");
  get("inFront").value = asked.inFront ?? "";
  get("status").value = asked.originServer.status;
  get("serverHeaders").value = linesOf(asked.originServer.headers);
  get("surroundings").open = !isPlain(asked);
}

/** Marks the field that is wrong, and unmarks all others. */
export function mark(error) {
  for (const field of get("request").elements) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  const field = error && get("request").elements[error.field];
  get("field-error").textContent = field ? error.message : "";
  if (!field) return;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", "field-error");
  field.closest(".field").append(get("field-error"));
}

/** Whether a question has nothing that only the lower half of the form shows. */
function isPlain({ reads, policy, originServer, inFront, cachedFor, localNetworkGranted }) {
  const { status, headers } = originServer;
  return ![...reads, ...headers, policy, inFront, cachedFor, localNetworkGranted].some(Boolean) && status === 200;
}

const number = (text) => (/^\d+$/.test(text.trim()) ? Number(text) : null);
