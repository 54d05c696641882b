// The templates of the page.

import { readFileSync, readdirSync } from "node:fs";

const FOLDER = "playground/templates";

/** All of them, each with the name of its file. */
export const templates = () =>
  readdirSync(FOLDER).map((file) => {
    const { configuration, request, ...rest } = JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8"));
    return { file, ...rest, configuration: `${configuration.join("\n")}\n`, question: request };
  });
