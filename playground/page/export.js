// The dialog with the configuration as a file for each deployment.

import { copy, get, make, prose } from "./dom.js";
import { prepare } from "./dialog.js";
import { exportAs } from "./engine.js";

/** Fills the dialog. `configuration` returns the text in the editor. */
export function prepareExport(formats, configuration) {
  let file;
  const show = () => {
    const { error, ...exported } = exportAs(configuration(), get("formats").querySelector(":checked").value);
    file = error ? { text: "", file: "", note: error.message } : exported;
    get("export-note").replaceChildren(...prose(file.note));
    get("export-text").textContent = file.text;
    get("export-file").textContent = file.file;
    for (const id of ["copy-export", "download-export"]) get(id).disabled = error !== undefined;
  };
  get("formats").append(
    ...formats.map(({ name, about }, index) =>
      make(
        "label",
        {},
        make("input", { type: "radio", name: "format", value: name, checked: index === 0, change: show }),
        make("span", {}, prose(about)),
      ),
    ),
  );
  prepare("open-export", "export", show);
  get("copy-export").addEventListener("click", (event) => copy(file.text, event.currentTarget));
  get("download-export").addEventListener("click", () => download(file));
}

function download({ text, file }) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  make("a", { href, download: file }).click();
  URL.revokeObjectURL(href);
}
