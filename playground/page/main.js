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

/** Shows the case in the URL, or the first template. */
const showUrl = () => show({ ...first(), ...withoutNull(read(location.hash)) });
const withoutNull = (object) => Object.fromEntries(Object.entries(object ?? {}).filter(([, value]) => value !== null));

request.prepare(engine.vias(), engine.methods(), changed);
prepareTemplates(show);
prepareExport(engine.formats(), () => editor.text());
const taken = preparePaste(show);
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
