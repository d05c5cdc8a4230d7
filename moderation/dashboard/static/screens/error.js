/** What stands in the place of a screen that cannot be shown: why, and a way to try again. */

import { el } from "../../../web/elements.js";
import { errorMessage } from "../core/dialogs.js";
import { button } from "../core/dom.js";
import { t } from "../core/i18n.js";

/** @import { Problem } from "../../../web/requests.js" */
/** @import { Screen } from "./screen.js" */

/** @implements {Screen} */
export class ErrorScreen {
  #retry;

  /** @param {{ problem: Problem, again: () => unknown }} what */
  constructor({ problem, again }) {
    this.#retry = button(t("error.again"), again, { class: "primary" });
    const text = el("p", { role: "alert" }, errorMessage(problem));
    this.node = el(
      "div",
      { class: "page" },
      el("div", { class: "empty" }, el("h1", {}, t("error.title")), text, this.#retry),
    );
  }

  get title() {
    return t("error.title");
  }

  show() {
    this.#retry.focus();
  }
}
