/** One's own password, and what one likes. */

import { complain, inWords, toast } from "../core/dialogs.js";
import { button, el, field, fill } from "../core/dom.js";
import { prefer, prefers } from "../core/preferences.js";
import { logOut, setPassword, who } from "../core/service.js";
import { named, t } from "../core/i18n.js";

const THEMES = ["auto", "light", "dark"];
const SHORTEST = 10;

export class AccountScreen {
  constructor() {
    const { moderator, site } = who();
    this.node = el(
      "div",
      { class: "page" },
      el("h1", {}, t("account.title")),
      el(
        "p",
        { class: "lead" },
        t("account.who", {
          name: moderator.name,
          email: moderator.email,
          role: named("role", moderator.role),
          site,
        }),
      ),
      this.likes(),
      this.password(),
      el(
        "section",
        { class: "card" },
        el("h2", {}, t("account.leave")),
        el("p", { class: "hint" }, t("account.leave_text")),
        button(t("account.log_out"), () => this.logOut()),
      ),
    );
  }

  get title() {
    return t("account.title");
  }

  show() {}

  likes() {
    const theme = el(
      "select",
      { on: { change: () => prefer("theme", theme.value) } },
      THEMES.map((name) =>
        el("option", { value: name, selected: name === prefers("theme") }, t(`theme.${name}`)),
      ),
    );
    const tick = (name) => {
      const input = el("input", {
        type: "checkbox",
        checked: prefers(name),
        on: { change: () => prefer(name, input.checked) },
      });
      return el(
        "label",
        { class: "tick" },
        input,
        el(
          "span",
          {},
          el("strong", {}, t(`prefer.${name}`)),
          el("span", { class: "hint" }, t(`prefer.${name}_text`)),
        ),
      );
    };
    return el(
      "section",
      { class: "card" },
      el("h2", {}, t("prefer.title")),
      field(t("theme.title"), theme),
      tick("veil"),
      tick("shortcuts"),
    );
  }

  password() {
    const first = el("input", {
      type: "password",
      autocomplete: "new-password",
      required: true,
      minlength: String(SHORTEST),
    });
    const again = el("input", { type: "password", autocomplete: "new-password", required: true });
    const problem = el("p", { class: "form-problem", role: "alert" });
    const form = el(
      "form",
      {},
      // Lets a password manager know whose password it is.
      el("input", {
        type: "email",
        autocomplete: "username",
        value: who().moderator.email,
        hidden: true,
        "aria-hidden": "true",
      }),
      field(t("password.new"), first, t("password.hint", { count: SHORTEST })),
      field(t("password.again"), again),
      problem,
      button(t("password.save"), () => {}, { type: "submit", class: "primary" }),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      fill(problem);
      if (first.value !== again.value) return fill(problem, t("password.differ"));
      try {
        await setPassword(first.value);
        form.reset();
        toast(t("password.saved"));
      } catch (error) {
        if (error.code === undefined) throw error;
        fill(problem, inWords(error));
      }
      return null;
    });
    return el("section", { class: "card" }, el("h2", {}, t("password.title")), form);
  }

  async logOut() {
    try {
      await logOut();
      location.assign("/dashboard/login");
    } catch (problem) {
      complain(problem);
    }
  }
}
