// What comes of the request: the verdict, why, what to change, the picture and the console.

import { get, make, prose } from "./dom.js";
import { draw } from "./picture.js";

const TONES = { readable: "good", connected: "good", "same-origin": "good", blocked: "bad" };

/** Shows an outcome. `apply` is called with the changed configuration when somebody takes a suggestion. */
export function showOutcome(question, outcome, apply) {
  showVerdict(outcome.summary, TONES[outcome.verdict] ?? "neutral", outcome.verdict);
  get("causes").replaceChildren(...causes(outcome, apply));
  get("picture").replaceChildren(draw(question, outcome));
  get("readable").replaceChildren(...readable(outcome));
  for (const part of ["picture-part", "console-part"]) get(part).hidden = false;
}

/** Shows why there is no outcome. */
export function showNone(message) {
  showVerdict(message, "neutral", "none");
  for (const list of ["causes", "picture", "readable", "console"]) get(list).replaceChildren();
  for (const part of ["picture-part", "console-part"]) get(part).hidden = true;
}

/** Shows what the console of a browser says. */
export function showConsole(messages) {
  const lines = messages.map((message) => make("li", {}, make("code", {}, message)));
  get("console").replaceChildren(...(lines.length > 0 ? lines : [make("li", { class: "nothing" }, "Nothing.")]));
}

function showVerdict(text, tone, verdict) {
  const element = get("verdict");
  element.className = `verdict ${tone}`;
  element.dataset.verdict = verdict;
  // The same words again are no news for a screen reader.
  if (element.dataset.text !== text) element.replaceChildren(...prose(text));
  element.dataset.text = text;
}

function causes({ causes, solved, fixed, advice }, apply) {
  const shown = causes.map((cause, number) => card(cause, number === 0 ? "Why" : "Then", apply));
  if (causes.length > 1 && fixed) {
    shown.push(
      make(
        "li",
        { class: "all" },
        button("Apply all changes", () => apply(fixed)),
      ),
    );
  }
  if (causes.length > 0 && solved) {
    const changes = causes.length === 1 ? "this change" : "these changes";
    shown.push(make("li", { class: "tried" }, `With ${changes}, the request succeeds: this was tried.`));
  }
  return [...shown, ...advice.map((cause) => card(cause, "Note", apply))];
}

function card({ code, message, remedy }, label, apply) {
  const { kind, text, configuration, lines, place } = remedy;
  return make(
    "li",
    { class: `cause ${label.toLowerCase()}`, "data-code": code, "data-remedy": kind },
    make("p", {}, make("b", {}, `${label}: `), prose(message), " ", make("code", { class: "code" }, code)),
    text ? make("p", {}, kind === "nothing" ? null : make("b", {}, "Fix: "), prose(text)) : null,
    lines?.length > 0
      ? [
          make("p", {}, make("b", {}, "Fix: "), `in ${place}, write`),
          make("pre", { tabindex: "0", "aria-label": "What to write" }, make("code", {}, lines.join(",\n"))),
        ]
      : null,
    configuration ? button("Apply this change", () => apply(configuration)) : null,
  );
}

const button = (label, press) => make("button", { type: "button", class: "apply", click: press }, label);

function readable({ readableHeaders }) {
  if (readableHeaders.length === 0) return [];
  return [make("p", {}, "The page can read these headers: ", make("code", {}, readableHeaders.join(", ")), ".")];
}
