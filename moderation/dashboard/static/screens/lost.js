/** What stands at an address where there is no screen. */

import { el } from "../../../web/elements.js";
import { link } from "../core/components.js";
import { t } from "../core/i18n.js";

/** @import { Screen } from "./screen.js" */

/** @implements {Screen} */
export class LostScreen {
  node = el(
    "div",
    { class: "page" },
    el(
      "div",
      { class: "empty" },
      el("h1", {}, t("lost.title")),
      el("p", {}, t("lost.text")),
      link("", { class: "button primary" }, t("lost.back")),
    ),
  );

  get title() {
    return t("lost.title");
  }

  show() {}
}
