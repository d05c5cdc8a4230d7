/** One's own password and preferences. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { errorMessage, showError, toast } from "../core/dialogs.js";
import { button, card, field } from "../core/dom.js";
import { named, t } from "../core/i18n.js";
import { preference, setPreferences } from "../core/preferences.js";
import { showSecret } from "../core/secret.js";
import { logOut, mySession, setPassword } from "../core/session.js";
import { mailCard } from "./account/mail.js";
import { askToNotify, canNotify } from "../core/waiting.js";

/** @import { Screen } from "./screen.js" */

const THEMES = ["auto", "light", "dark"];
const SHORTEST = 10;

/** @implements {Screen} */
export class AccountScreen {
  constructor() {
    const { moderator, site } = mySession();
    const { name, email } = moderator;
    const role = named("role", moderator.role);
    this.node = el(
      "div",
      { class: "page" },
      el("h1", {}, t("account.title")),
      el("p", { class: "lead" }, t("account.who", { name, email, role, site })),
      preferencesCard(),
      mailCard(),
      feedCard(),
      passwordCard(email, mySession().old_password_needed),
      card(
        t("account.leave"),
        el("p", { class: "hint" }, t("account.leave_text")),
        button(t("account.log_out"), leave),
      ),
    );
  }

  get title() {
    return t("account.title");
  }

  show() {}
}

function preferencesCard() {
  const theme = el(
    "select",
    {},
    THEMES.map((name) =>
      el("option", { value: name, selected: name === preference("theme") }, t(`theme.${name}`)),
    ),
  );
  theme.addEventListener("change", () => setPreferences({ theme: theme.value }));
  /** @param {"veil" | "shortcuts" | "notices"} name */
  const tick = (name) => {
    const input = el("input", { type: "checkbox", checked: preference(name) });
    input.addEventListener("change", async () => {
      if (name === "notices" && input.checked && !(await askToNotify())) {
        input.checked = false;
        toast(t("prefer.notices_refused"), { kind: "error" });
      }
      setPreferences({ [name]: input.checked });
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
  return card(
    t("prefer.title"),
    field(t("theme.title"), theme),
    tick("veil"),
    tick("shortcuts"),
    canNotify() ? tick("notices") : null,
  );
}

function feedCard() {
  const make = async () => {
    try {
      const { url } = await request("POST", "/queue/feed");
      await showSecret({
        title: t("feed.made"),
        text: t("feed.made_text"),
        label: t("feed.address"),
        secret: url,
      });
    } catch (error) {
      showError(error);
    }
  };
  const end = async () => {
    try {
      await request("DELETE", "/queue/feed");
      toast(t("feed.ended"));
    } catch (error) {
      showError(error);
    }
  };
  return card(
    t("feed.title"),
    el("p", { class: "hint" }, t("feed.text")),
    el(
      "div",
      { class: "webhook-actions" },
      button(t("feed.make"), make),
      button(t("feed.end"), end, { class: "quiet" }),
    ),
  );
}

/**
 * @param {string} email
 * @param {boolean} needed whether the old password must be known
 */
function passwordCard(email, needed) {
  const old = el("input", { type: "password", autocomplete: "current-password" });
  const oldField = field(t("password.old"), old);
  /** @param {boolean} shown */
  const ask = (shown) => {
    oldField.hidden = !shown;
    old.required = shown;
  };
  ask(needed);
  const none = el("p", { class: "hint", hidden: mySession().has_password }, t("password.none"));
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
      value: email,
      hidden: true,
      "aria-hidden": "true",
    }),
    oldField,
    field(t("password.new"), first, t("password.hint", { count: SHORTEST })),
    field(t("password.again"), again),
    problem,
    button(t("password.save"), () => {}, { type: "submit", class: "primary" }),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fill(problem);
    if (first.value !== again.value) {
      fill(problem, t("password.differ"));
      return;
    }
    try {
      await setPassword(first.value, old.value);
      form.reset();
      none.hidden = true;
      ask(mySession().old_password_needed);
      toast(t("password.saved"));
    } catch (error) {
      const found = asProblem(error);
      fill(problem, errorMessage(found));
      // A link that let one in without the password does so for a while only.
      if (found.code === "old-password") {
        ask(true);
        old.focus();
      }
    }
  });
  return card(t("password.title"), none, form);
}

async function leave() {
  try {
    await logOut();
    location.assign("/dashboard/login");
  } catch (error) {
    showError(error);
  }
}
