// The list of what is wrong with the configuration, below the editor.

import { get, make, prose } from "./dom.js";

/** Shows the problems of the text in the editor. */
export function showProblems(problems, editor) {
  get("problems").replaceChildren(...problems.map((problem) => entry(problem, editor)));
}

function entry(problem, editor) {
  const { severity, code, message, help } = problem;
  return make(
    "li",
    { class: severity, "data-code": code },
    make("p", {}, make("b", {}, `${severity}: `), prose(message)),
    help ? make("p", {}, make("b", {}, "Fix: "), prose(help)) : null,
    make(
      "p",
      { class: "place" },
      make(
        "button",
        { type: "button", class: "quiet", click: () => editor.show(problem) },
        `Line ${editor.line(problem.start)}`,
      ),
      make("code", { class: "code" }, code),
    ),
  );
}
