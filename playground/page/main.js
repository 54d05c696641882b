// The playground: a configuration, a request, and what a browser does with them.

import { announce, copy, get, settled } from "./dom.js";
import { edit } from "./editor.js";
import * as engine from "./engine.js";
import { prepareExport } from "./export.js";
import { read, write } from "./fragment.js";
import { showConsole, showNone, showOutcome } from "./outcome.js";
import { preparePaste } from "./paste.js";
import { showProblems } from "./problems.js";
import * as request from "./request.js";
import { first, prepareTemplates } from "./templates.js";

/** How long nothing is typed before the page plays the request, and before it writes the URL, in milliseconds. */
const PAUSE = 60;
const PAUSE_OF_URL = 400;
/** Allows nobody: what people need comes as changes. */
const NOTHING = '{\n  "allowOrigins": []\n}\n';

for (const event of ["error", "unhandledrejection"]) {
  addEventListener(event, ({ message, reason }) =>
    showNone(`Something went wrong: ${message ?? reason}. Reload the page.`),
  );
}
await engine.load();
const editor = edit(get("editor"), "Configuration", { changed: () => changed(), pasted: (text) => taken(text) });
let consoles = null;

const browser = () => document.querySelector("input[name=browser]:checked").value;
const state = () => ({ configuration: editor.text(), question: request.question(), browser: browser() });
const showConsoleOfBrowser = () => consoles && showConsole(consoles[browser()]);

/** Checks the configuration and plays the request. */
function play() {
  const { configuration, question } = state();
  const { problems, policies } = engine.check(configuration);
  editor.underline(problems);
  showProblems(problems, editor);
  request.offerPolicies(policies);
  const outcome = engine.explain({ configuration, ...question });
  request.mark(outcome.error);
  consoles = outcome.error ? null : outcome.console;
  if (outcome.error) showNone(outcome.error.message);
  else showOutcome(question, outcome, apply);
  showConsoleOfBrowser();
  get("outcome").setAttribute("aria-busy", "false");
}

function apply(configuration) {
  editor.write(configuration);
  play();
  announce("The configuration is changed. Undo in the editor takes it back.");
  get("verdict").focus();
}

const playSoon = settled(PAUSE, play);
const remember = settled(PAUSE_OF_URL, () => history.replaceState(null, "", `#${write(state())}`));

function changed() {
  get("outcome").setAttribute("aria-busy", "true");
  playSoon();
  remember();
}

/** Shows a case, or a part of one. */
function show(shown) {
  if (shown.question) request.fill(shown.question);
  if (shown.configuration) editor.write(shown.configuration);
  if (shown.browser) get(`browser-${shown.browser}`).checked = true;
  changed();
}

/** The configuration of the template that was shown last. */
let example;
function showTemplate(template) {
  example = template.configuration;
  show(template);
}

/** Shows what was pasted. A request has nothing to do with a template that nobody has changed. */
function showPasted({ configuration, ...rest }) {
  show({ configuration: configuration ?? (editor.text() === example ? NOTHING : undefined), ...rest });
  get(get("origin").value === "" ? "origin" : "verdict").focus();
}

/** Shows the case in the URL, or the first template. */
function showUrl() {
  const { configuration, ...rest } = read(location.hash) ?? {};
  const template = first();
  if (!configuration) example = template.configuration;
  show({ ...template, ...rest, configuration: configuration ?? template.configuration });
}

request.prepare(engine.vias(), engine.methods(), changed);
prepareTemplates(showTemplate);
prepareExport(engine.formats(), () => editor.text());
const taken = preparePaste(showPasted);
for (const choice of document.querySelectorAll("input[name=browser]")) {
  choice.addEventListener("change", () => {
    showConsoleOfBrowser();
    remember();
  });
}
get("copy-link").addEventListener("click", (event) => {
  copy(`${location.href.split("#")[0]}#${write(state())}`, event.currentTarget);
});
addEventListener("hashchange", showUrl);
showUrl();
