// What all dialogs of the page share.

import { get } from "./dom.js";

/** Lets a button open a dialog, and a button in the dialog close it. `opened` is called before it is shown. */
export function prepare(opener, id, opened) {
  const dialog = get(id);
  get(opener).addEventListener("click", () => {
    opened();
    dialog.showModal();
  });
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  return dialog;
}
