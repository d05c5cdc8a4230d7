/** What stands in the place of a screen that cannot be shown: why, and a way to try again. */

import { inWords } from "../core/dialogs.js";
import { button, el } from "../core/dom.js";
import { t } from "../core/i18n.js";

export class TroubleScreen {
  constructor({ problem, again }) {
    this.retry = button(t("error.again"), again, { class: "primary" });
    const words = el("p", { role: "alert" }, inWords(problem));
    this.node = el("div", { class: "page" }, el("div", { class: "empty" }, words, this.retry));
  }

  get title() {
    return t("error.title");
  }

  show() {
    this.retry.focus();
  }
}
