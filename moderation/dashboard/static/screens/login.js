/** The way in: a one-time link, or site, e-mail address and password. */

import { inWords } from "../core/dialogs.js";
import { button, el, field, fill, icon } from "../core/dom.js";
import { lastSite, logIn } from "../core/service.js";
import { t } from "../core/i18n.js";

export class LoginScreen {
  constructor({ token, message, entered }) {
    this.token = token;
    this.entered = entered;
    this.problem = el("p", { class: "form-problem", role: "alert" }, message);
    this.card = el("div", { class: "login-card" });
    this.node = el("div", { class: "login" }, this.card);
  }

  get title() {
    return t("login.title");
  }

  show() {
    if (!this.token) return this.drawForm();
    const enter = this.drawLink();
    // A link is good once: what only previews it must not use it up.
    if (!document.hidden && !document.prerendering) this.send({ token: this.token }, enter);
    return null;
  }

  head(text) {
    return [
      el("div", { class: "login-mark" }, icon("approve")),
      el("h1", {}, t("login.title")),
      el("p", { class: "hint" }, text),
    ];
  }

  drawLink() {
    const enter = button(t("login.enter"), () => this.send({ token: this.token }, enter), {
      class: "primary wide",
    });
    const otherwise = button(t("login.otherwise"), () => this.drawForm(), { class: "quiet wide" });
    fill(this.card, this.head(t("login.link_text")), this.problem, enter, otherwise);
    enter.focus();
    return enter;
  }

  drawForm() {
    const site = el("input", {
      name: "site",
      required: true,
      autocomplete: "organization",
      autocapitalize: "none",
      spellcheck: "false",
      value: lastSite(),
    });
    const email = el("input", {
      name: "email",
      type: "email",
      required: true,
      autocomplete: "username",
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
      {
        on: {
          submit: (event) => {
            event.preventDefault();
            const proof = {
              site: site.value.trim(),
              email: email.value.trim(),
              password: password.value,
            };
            this.send(proof, enter);
          },
        },
      },
      field(t("login.site"), site),
      field(t("login.email"), email),
      field(t("login.password"), password),
      this.problem,
      enter,
    );
    fill(this.card, this.head(t("login.text")), form, el("p", { class: "hint" }, t("login.help")));
    (site.value ? email : site).focus();
  }

  async send(proof, enter) {
    enter.disabled = true;
    fill(this.problem);
    try {
      await logIn(proof);
      this.entered();
    } catch (problem) {
      if (problem.code === undefined) throw problem;
      enter.disabled = false;
      const link = proof.token && problem.code === "bad-login";
      if (link) {
        // Gone from the address too, or going back would try it again.
        history.replaceState(null, "", location.pathname);
        this.token = "";
        this.drawForm();
      }
      fill(this.problem, link ? t("login.used") : inWords(problem));
    }
  }
}
