/** The way in: a one-time link, or site, e-mail address and password. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { errorMessage } from "../core/dialogs.js";
import { button, field, icon } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { lastLogin, logIn } from "../core/session.js";

/** @import { Screen } from "./screen.js" */

/** @typedef {Parameters<typeof logIn>[0]} Proof */

/** @implements {Screen} */
export class LoginScreen {
  #token;
  #onEntered;
  #problem;
  #quiet;
  #card = el("div", { class: "login-card" });

  /**
   * @param {{ token: string, message: string, onEntered: () => unknown, quiet?: boolean }} options
   *   `quiet`: no field takes the focus, so that what somebody was typing does not land in it
   */
  constructor({ token, message, onEntered, quiet = false }) {
    this.#quiet = quiet;
    this.#token = token;
    this.#onEntered = onEntered;
    this.#problem = el("p", { class: "form-problem", role: "alert" }, message);
    this.node = el("div", { class: "login" }, this.#card);
  }

  get title() {
    return t("login.title");
  }

  show() {
    if (!this.#token) {
      this.#drawForm();
      return;
    }
    const enter = this.#drawLink();
    // A link is good once: what only previews it must not use it up.
    const prerendering = "prerendering" in document && document.prerendering;
    if (!document.hidden && !prerendering) this.#send({ token: this.#token }, enter);
  }

  #drawLink() {
    const enter = button(t("login.enter"), () => this.#send({ token: this.#token }, enter), {
      class: "primary wide",
    });
    const otherwise = button(t("login.otherwise"), () => this.#drawForm(), {
      class: "quiet wide",
    });
    fill(this.#card, head(t("login.link_text")), this.#problem, enter, otherwise);
    enter.focus();
    return enter;
  }

  #drawForm() {
    const last = lastLogin();
    const site = el("input", {
      name: "site",
      required: true,
      autocomplete: "organization",
      autocapitalize: "none",
      spellcheck: "false",
      value: last.site,
    });
    const email = el("input", {
      name: "email",
      type: "email",
      required: true,
      autocomplete: "username",
      value: last.email,
    });
    const password = el("input", {
      name: "password",
      type: "password",
      required: true,
      autocomplete: "current-password",
    });
    const enter = button(t("login.enter"), () => {}, { class: "primary wide", type: "submit" });
    const form = el(
      "form",
      {},
      field(t("login.site"), site),
      field(t("login.email"), email),
      field(t("login.password"), password),
      this.#problem,
      enter,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(
        { site: site.value.trim(), email: email.value.trim(), password: password.value },
        enter,
      );
    });
    const help = el("p", { class: "hint" }, t("login.help"));
    fill(this.#card, this.#quiet ? null : head(t("login.text")), form, help);
    if (this.#quiet) return;
    [site, email, password].find(({ value }) => !value)?.focus();
  }

  /**
   * @param {Proof} proof
   * @param {HTMLButtonElement} enter
   */
  async #send(proof, enter) {
    enter.disabled = true;
    fill(this.#problem);
    try {
      await logIn(proof);
      this.#onEntered();
    } catch (error) {
      const problem = asProblem(error);
      enter.disabled = false;
      const used = "token" in proof && problem.code === "bad-login";
      if (used) {
        // Gone from the address too, or going back would try it again.
        history.replaceState(null, "", location.pathname);
        this.#token = "";
        this.#drawForm();
      }
      fill(this.#problem, used ? t("login.used") : errorMessage(problem));
    }
  }
}

/** @param {string} text */
const head = (text) => [
  el("div", { class: "login-mark" }, icon("approve")),
  el("h1", {}, t("login.title")),
  el("p", { class: "hint" }, text),
];
