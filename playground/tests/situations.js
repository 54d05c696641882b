// The situations that `edge-cors explain` is tested with, as questions to the page.

import { readFileSync } from "node:fs";

const FOLDER = "cli/tests/explain";

/** Those of one file, each with its question and with what people read about it. */
export function situations(name) {
  const texts = new Map(
    readFileSync(`${FOLDER}/${name}.txt`, "utf8")
      .split(/^=== /m)
      .map((entry) => [entry.split("\n")[0], entry]),
  );
  const all = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, "utf8"));
  return all.map((situation) => ({
    ...situation,
    question: questionOf(situation.arguments),
    text: texts.get(situation.name),
  }));
}

/** What the arguments of the command line ask. */
function questionOf(given) {
  const question = { headers: [], reads: [], originServer: { headers: [] } };
  const pair = (text) => [text.slice(0, text.indexOf(":")).trim(), text.slice(text.indexOf(":") + 1).trim()];
  const options = {
    "--origin": (value) => (question.origin = value),
    "-X": (value) => (question.method = value),
    "-H": (value) => question.headers.push(pair(value)),
    "--via": (value) => (question.via = value),
    "--upstream-header": (value) => question.originServer.headers.push(pair(value)),
    "--upstream-status": (value) => (question.originServer.status = Number(value)),
    "--in-front": (value) => (question.inFront = Number(value)),
    "--read": (value) => question.reads.push(value),
    "--cached-for": (value) => (question.cachedFor = value),
    "--policy": (value) => (question.policy = value),
  };
  const switches = {
    "--credentials": "credentials",
    "--upload-listener": "uploadListener",
    "--local-network-granted": "localNetworkGranted",
  };
  const left = [...given];
  while (left.length > 0) {
    const argument = left.shift();
    if (argument in switches) question[switches[argument]] = true;
    else if (argument in options) options[argument](left.shift());
    else if (argument.startsWith("-")) throw new Error(`unknown argument ${argument}`);
    else question.url = argument;
  }
  return question;
}
