// The dialog with the configuration as a file for each deployment.

import { copy, get, make } from "./dom.js";
import { prepare } from "./dialog.js";
import { exportAs } from "./engine.js";

/** Fills the dialog. `configuration` returns the text in the editor. */
export function prepareExport(formats, configuration) {
  let file = { text: "", file: "", note: "" };
  const show = () => {
    const format = get("formats").querySelector(":checked").value;
    file = exportAs(configuration(), format);
    get("export-note").textContent = file.note;
    get("export-text").textContent = file.text;
    get("export-file").textContent = file.file;
  };
  get("formats").append(
    ...formats.map(({ value, label }, index) =>
      make("label", {}, make("input", { type: "radio", name: "format", value, checked: index === 0, change: show }), label),
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
