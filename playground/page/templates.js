// Usual situations to start from: `playground/templates/`.

import { get, make } from "./dom.js";
import { prepare } from "./dialog.js";
import apps from "../templates/apps-and-extensions.json";
import local from "../templates/local-development.json";
import byOrigin from "../templates/policies-by-origin.json";
import previews from "../templates/preview-deployments.json";
import open from "../templates/public-api.json";
import single from "../templates/single-page-app.json";
import tenants from "../templates/tenants.json";

const TEMPLATES = [single, local, open, tenants, previews, apps, byOrigin];

/** What the page shows first. */
export const first = () => caseOf(single);

const caseOf = ({ configuration, request }) => ({ configuration: `${configuration.join("\n")}\n`, question: request });

/** Fills the dialog. `use` is called with the case that somebody chooses. */
export function prepareTemplates(use) {
  const dialog = prepare("open-templates", "templates", () => {});
  const choose = (template) => () => {
    dialog.close();
    use(caseOf(template));
  };
  get("template-list").replaceChildren(
    ...TEMPLATES.map((template) =>
      make(
        "li",
        {},
        make(
          "button",
          { type: "button", class: "choice", click: choose(template) },
          make("b", {}, template.name),
          make("span", {}, template.description),
        ),
      ),
    ),
  );
}
