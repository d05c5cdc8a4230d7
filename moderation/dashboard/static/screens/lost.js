/** What stands at an address where there is no screen. */

import { el } from "../../../web/elements.js";
import { lost } from "../core/components.js";
import { t } from "../core/i18n.js";

/** @import { Screen } from "./screen.js" */

/** @implements {Screen} */
export class LostScreen {
  node = el("div", { class: "page" }, lost(t("lost.title"), t("lost.text")));

  get title() {
    return t("lost.title");
  }

  show() {}
}
