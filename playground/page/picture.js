// Draws a sequence: a lane for everybody who takes part, an arrow for every message, and notes for decisions. It is a
// list, so that it can be read without seeing it.

import { make } from "./dom.js";
import { lanesOf, sequenceOf } from "./sequence.js";

/** The outcome of a question, drawn. */
export function draw(question, outcome) {
  const lanes = lanesOf(outcome);
  const rows = sequenceOf(question, outcome).map((event) => (event.at ? note(event, lanes) : message(event, lanes)));
  const picture = make(
    "div",
    { class: "picture" },
    make(
      "div",
      { class: "lanes", "aria-hidden": "true" },
      lanes.map(({ name }) => make("span", {}, name)),
    ),
    make(
      "div",
      { class: "lifelines", "aria-hidden": "true" },
      lanes.map(() => make("i")),
    ),
    make("ol", { class: "sequence" }, rows),
  );
  picture.style.setProperty("--lanes", lanes.length);
  return picture;
}

function message({ from, to, kind, title, headers = [], preflight }, lanes) {
  const [start, end] = [from, to].map((id) => lanes.findIndex((lane) => lane.id === id));
  const leftwards = end < start;
  const row = make(
    "li",
    { class: `message ${kind} ${leftwards ? "leftwards" : "rightwards"}`, "data-from": from, "data-to": to },
    make("span", { class: "unseen" }, `${lanes[start].name} to ${lanes[end].name}: `),
    make(
      "p",
      { class: "title" },
      preflight && kind === "request" ? make("b", {}, "preflight ") : null,
      make("code", {}, title),
    ),
    make("span", { class: "arrow", "aria-hidden": "true" }),
    headers.length > 0
      ? make(
          "ul",
          { class: "headers" },
          headers.map((line) => make("li", {}, header(line))),
        )
      : null,
  );
  row.style.setProperty("--start", Math.min(start, end));
  row.style.setProperty("--end", Math.max(start, end));
  return row;
}

function header(line) {
  const colon = line.indexOf(":");
  return make("code", {}, make("span", { class: "name" }, line.slice(0, colon + 1)), line.slice(colon + 1));
}

function note({ at, text, reason, why }, lanes) {
  const lane = lanes.findIndex(({ id }) => id === at);
  const row = make(
    "li",
    { class: "note", "data-at": at },
    make(
      "p",
      {},
      make("span", { class: "unseen" }, `${lanes[lane].name}: `),
      text,
      reason ? [" ", make("code", { class: "code" }, reason)] : null,
    ),
    why ? make("p", { class: "why" }, why) : null,
  );
  row.style.setProperty("--start", lane);
  return row;
}
