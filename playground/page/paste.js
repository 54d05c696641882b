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
  const look = () => {
    const text = get("pasted").value;
    const { shown, taken } =
      text.trim() === "" ? { shown: [], taken: null } : found(recognise(text), (next) => (take = next));
    get("recognised").replaceChildren(...shown);
    take = taken;
    get("use-pasted").disabled = take === null;
  };
  const open = (text) => {
    get("pasted").value = text;
    look();
  };
  const dialog = prepare("open-paste", "paste", () => open(""));
  get("pasted").addEventListener("input", settled(PAUSE, look));
  get("pasted-file").addEventListener("change", async ({ target }) => {
    if (target.files.length > 0) open(await target.files[0].text());
    target.value = "";
  });
  get("use-pasted").addEventListener("click", () => {
    dialog.close();
    use(take);
  });
  return (text) => {
    if (!["console", "curl", "har", "import"].includes(recognise(text).kind)) return false;
    open(text);
    dialog.showModal();
    return true;
  };
}
