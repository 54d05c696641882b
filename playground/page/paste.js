// The dialog in which people paste what they have: a message of a console, a command, a file.

import { get, make, settled } from "./dom.js";
import { prepare } from "./dialog.js";
import { recognise } from "./engine.js";
import { found } from "./recognised.js";

/** How long nothing is typed before it is looked at, in milliseconds. */
const PAUSE = 150;

/**
 * Prepares the dialog. `use` is called with what was found: a configuration, a question, or both.
 * Returns a function that opens the dialog with a text if there is something in it besides a configuration.
 */
export function preparePaste(use) {
  let take = null;
  const show = (recognised) => {
    const { shown, taken } = recognised ? found(recognised, (next) => (take = next)) : { shown: [], taken: null };
    get("recognised").replaceChildren(...shown);
    take = taken;
    get("use-pasted").disabled = take === null;
  };
  const known = (text) => (text.trim() === "" ? null : recognise(text));
  const open = (text, recognised = known(text)) => {
    get("pasted").value = text;
    show(recognised);
  };
  const dialog = prepare("open-paste", "paste", () => open(""));
  get("pasted").addEventListener("input", settled(PAUSE, () => show(known(get("pasted").value))));
  get("pasted-file").addEventListener("change", async ({ target }) => {
    if (target.files.length > 0) open(await target.files[0].text());
    target.value = "";
  });
  get("use-pasted").addEventListener("click", () => {
    dialog.close();
    use(take);
  });
  return (text) => {
    const recognised = recognise(text);
    if (!["console", "curl", "har", "import"].includes(recognised.kind)) return false;
    open(text, recognised);
    dialog.showModal();
    return true;
  };
}
