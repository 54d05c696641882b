// What was found in a pasted text, for people to see before they use it.

import { make, prose } from "./dom.js";

/**
 * Elements that show what was found, and the case that it is, or `null`. If there are several, `choose` is called with
 * another one when somebody picks it.
 */
export function found(recognised, choose) {
  const { kind } = recognised;
  const of = { console: ofConsole, curl: ofCurl, har: ofHar, import: ofImport, configuration: ofConfiguration };
  const show = of[kind] ?? ofNothing;
  return show(recognised, choose);
}

const BROWSERS = { chromium: "Chromium", firefox: "Firefox", safari: "Safari" };

function ofConsole({ messages, question }) {
  const shown = messages.flatMap(({ browser, code, meaning, open, next }) => [
    make("p", {}, make("b", {}, `${BROWSERS[browser]}: `), prose(meaning), " ", make("code", { class: "code" }, code)),
    open ? make("p", {}, make("b", {}, "What it does not tell: "), prose(open)) : null,
    make(
      "p",
      { class: "minor" },
      make("b", {}, next.includes("edge-cors ") ? "On the command line: " : "Next: "),
      prose(next),
    ),
  ]);
  const rest =
    "Then set the method, the headers and the credentials as your page does, where the message does not tell them.";
  const asked = make("p", {}, make("b", {}, "Here: "), "use ", request(question), ". ", rest);
  return { shown: [...shown.filter(Boolean), asked], taken: { question, browser: messages[0].browser } };
}

function ofCurl({ question, notes }) {
  return {
    shown: [make("p", {}, request(question)), ...notes.map((note) => make("p", { class: "minor" }, prose(note)))],
    taken: { question },
  };
}

function ofHar({ calls, configuration }, choose) {
  const taken = { question: calls[0]?.question };
  const option = ({ title, verdict, question }, index) => {
    const change = () => choose(Object.assign(taken, { question }));
    return make(
      "label",
      { class: "option" },
      make("input", { type: "radio", name: "call", checked: index === 0, change }),
      make("span", {}, title, make("span", { class: `minor ${verdict}` }, verdict)),
    );
  };
  const shown = [make("fieldset", { class: "calls" }, make("legend", {}, "Which request?"), calls.map(option))];
  if (configuration) {
    const change = ({ target }) =>
      choose(Object.assign(taken, { configuration: target.checked ? configuration : undefined }));
    const label = "Also take the smallest configuration with which all of them succeed";
    shown.push(make("label", { class: "option" }, make("input", { type: "checkbox", change }), label));
  }
  return { shown, taken: calls.length > 0 ? taken : null };
}

function ofImport({ source, configuration, losses }) {
  const shown = [
    make("p", {}, `The settings of ${source} as a configuration:`),
    make("pre", { tabindex: "0", "aria-label": "Configuration" }, make("code", {}, configuration)),
  ];
  const loss = ({ severity, message, help, line }) =>
    make(
      "li",
      { class: severity },
      make("p", {}, make("b", {}, `Line ${line}: `), prose(message)),
      help ? make("p", {}, prose(help)) : null,
    );
  if (losses.length > 0) shown.push(make("ul", { class: "losses" }, losses.map(loss)));
  return { shown, taken: { configuration } };
}

function ofConfiguration({ configuration }) {
  return { shown: [make("p", {}, "This is a configuration of edge-cors.")], taken: { configuration } };
}

const ofNothing = ({ message }) => ({ shown: [make("p", {}, prose(message))], taken: null });

function request({ method = "GET", url = "", origin }) {
  return make("span", {}, make("code", {}, `${method} ${url}`), origin ? [" from ", make("code", {}, origin)] : null);
}
