/** The frame around the screens: who is here, where one is, what else there is. */

import { el, fill } from "../../web/elements.js";
import { asProblem } from "../../web/requests.js";
import { readSite, site } from "./core/api.js";
import { link } from "./core/components.js";
import { announce, prepareDialogs } from "./core/dialogs.js";
import { button, icon } from "./core/dom.js";
import { loadCatalogue, t } from "./core/i18n.js";
import { Live } from "./core/live.js";
import { applyPreferences } from "./core/preferences.js";
import {
  isAdmin,
  leave,
  mySession,
  onSessionEnd,
  resume,
  session,
  stopSuggesting,
  suggestsPassword,
} from "./core/session.js";
import { listenForShortcuts, setShortcuts, showShortcuts } from "./core/shortcuts.js";
import { Waiting } from "./core/waiting.js";
import { AccountScreen } from "./screens/account.js";
import { AuthorScreen } from "./screens/author.js";
import { ErrorScreen } from "./screens/error.js";
import { HistoryScreen } from "./screens/history.js";
import { LostScreen } from "./screens/lost.js";
import { LoginScreen } from "./screens/login.js";
import { QueueScreen } from "./screens/queue.js";
import { SettingsScreen } from "./screens/settings.js";
import { ThreadsScreen } from "./screens/threads.js";
import { WebhooksScreen } from "./screens/webhooks.js";

/** @import { Problem } from "../../web/requests.js" */
/** @import { Go, Screen } from "./screens/screen.js" */

const ROOT = "/dashboard/";

/**
 * @typedef {object} Route
 * @property {RegExp} path below the root
 * @property {new (go: Go) => Screen} Screen
 * @property {string} [param] what the path's group is
 */

/** @type {Route[]} */
const ROUTES = [
  { path: /^$/, Screen: QueueScreen },
  { path: /^cases\/([0-9a-f-]+)$/, Screen: QueueScreen, param: "comment" },
  { path: /^threads$/, Screen: ThreadsScreen },
  { path: /^history$/, Screen: HistoryScreen },
  { path: /^authors\/([^/]+)$/, Screen: AuthorScreen, param: "author" },
  { path: /^settings$/, Screen: SettingsScreen },
  { path: /^settings\/webhooks$/, Screen: WebhooksScreen },
  { path: /^account$/, Screen: AccountScreen },
];

/** @type {Route} */
const LOST = { path: /^/, Screen: LostScreen };

class App {
  /** @type {Screen | null} */
  #screen = null;
  /** @type {Live | null} */
  #live = null;
  #waiting = new Waiting(() => this.#go(""));
  /** The address that is shown. */
  #address = "";
  #main = el("main", { id: "main", tabindex: "-1" });
  #header = el("header", { class: "top" });
  /** The log-in over the screen, while it is asked for.
   * @type {HTMLDialogElement | null} */
  #over = null;
  #suggestion = el("section", { class: "suggestion", hidden: true });
  #offline = el("div", { class: "offline", role: "status" });

  constructor() {
    const skip = el("a", { class: "skip", href: "#main" }, t("nav.skip"));
    skip.addEventListener("click", (event) => {
      event.preventDefault();
      this.#main.focus();
    });
    this.#suggestion.setAttribute("aria-label", t("password.title"));
    document.body.append(skip, this.#header, this.#suggestion, this.#offline, this.#main);
    document.addEventListener("click", (event) => this.#follow(event));
    window.addEventListener("popstate", () => this.#moved());
    window.addEventListener("hashchange", () => this.#onHash());
    window.addEventListener("beforeunload", (event) => {
      if (this.#screen?.touched) event.preventDefault();
    });
    setShortcuts(() => [
      ...(this.#screen?.shortcuts?.() ?? []),
      ...(session() ? [{ key: "?", label: t("keys.help"), run: showShortcuts }] : []),
    ]);
    onSessionEnd(() => this.#logInAgain());
  }

  /** Take up the session, if there is one, and show what the address says. */
  async start() {
    try {
      await resume();
    } catch (error) {
      this.#fail(asProblem(error), () => this.start());
      return;
    }
    await this.#show();
  }

  /** @type {Go} */
  #go = async (path, { replace = false } = {}) => {
    const address = ROOT + path;
    if (!(await this.#mayLeave())) return;
    if (address !== location.pathname + location.search) {
      history[replace ? "replaceState" : "pushState"](null, "", address);
    }
    await this.#show();
  };

  /** Whether nothing that was entered would be lost, or may be. */
  async #mayLeave() {
    const screen = this.#screen;
    return !screen?.touched || (await screen.mayLeave?.()) !== false;
  }

  /** The browser went back or forth: the screen follows, or the address returns to it. */
  async #moved() {
    if (this.#over) {
      // A log-in link in the fragment is `#onHash`'s.
      if (!location.hash) history.pushState(null, "", this.#address);
      return;
    }
    const to = location.pathname + location.search;
    if (this.#screen?.touched) {
      history.pushState(null, "", this.#address);
      if (!(await this.#mayLeave())) return;
      history.replaceState(null, "", to);
    }
    await this.#show();
  }

  /**
   * A click on a link to a screen needs no new page.
   *
   * @param {MouseEvent} event
   */
  #follow(event) {
    /** @type {HTMLAnchorElement | null} */
    const anchor = event.target instanceof Element ? event.target.closest("a[data-inside]") : null;
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!anchor || !plain || event.defaultPrevented) return;
    event.preventDefault();
    const address = new URL(anchor.href);
    this.#go(address.pathname.slice(ROOT.length) + address.search);
  }

  async #show() {
    const path = location.pathname.slice(ROOT.length);
    if (path === "login" || !session()) {
      this.#logIn();
      return;
    }
    if (!site() && !(await this.#readSite())) return;
    if (!this.#live && (await this.#listen(path))) return;
    const route = ROUTES.find((each) => each.path.test(path)) ?? LOST;
    const value = route.path.exec(path)?.[1];
    const params = route.param && value ? { [route.param]: decodeURIComponent(value) } : {};
    const screen =
      this.#screen instanceof route.Screen
        ? this.#screen
        : this.#enter(() => new route.Screen(this.#go));
    this.#address = location.pathname + location.search;
    this.#drawHeader(path);
    this.#drawSuggestion(path);
    this.#waiting.title = t("title", { screen: screen.title, site: site()?.name ?? "" });
    await screen.show(params, new URLSearchParams(location.search));
  }

  /** Read the site's settings, without which there is no screen; gives false if that failed. */
  async #readSite() {
    try {
      await readSite();
      return true;
    } catch (error) {
      const problem = asProblem(error);
      // A session that is over has asked to log in by now.
      if (session()) this.#fail(problem, () => this.#show());
      return false;
    }
  }

  /**
   * Say what went wrong in the place of a screen, with a way to try again.
   *
   * @param {Problem} problem
   * @param {() => unknown} again
   */
  #fail(problem, again) {
    const screen = this.#enter(() => new ErrorScreen({ problem, again }));
    this.#waiting.title = screen.title;
    screen.show();
  }

  /**
   * Hear of changes from now on; gives true if one is not at this path any more.
   *
   * @param {string} path
   */
  async #listen(path) {
    this.#live = new Live(
      (events) => {
        this.#waiting.hear(events);
        this.#screen?.onEvents?.(events);
      },
      (connected) => fill(this.#offline, connected ? null : t("live.lost")),
    );
    // What is read before the first answer may lack what happens meanwhile.
    await this.#live.ready;
    this.#waiting.start();
    return !session() || location.pathname.slice(ROOT.length) !== path;
  }

  /**
   * Put a new screen in the place of the one that is shown, which leaves first.
   *
   * @template {Screen} Entered
   * @param {() => Entered} make
   */
  #enter(make) {
    this.#screen?.leave?.();
    const screen = make();
    this.#screen = screen;
    fill(this.#main, screen.node);
    return screen;
  }

  /** A log-in link was opened on this page, or something in it was followed. */
  #onHash() {
    if (this.#over) {
      this.#over.close();
      leave();
    }
    this.#show();
  }

  /**
   * The session is over: log in over the screen, which stays as it is.
   *
   * Gives whether the same person is back; another one, or another site, gets a new page.
   */
  async #logInAgain() {
    const { site: of, moderator } = mySession();
    this.#live?.stop();
    this.#live = null;
    this.#waiting.stop();
    fill(this.#offline);
    /** @type {HTMLDialogElement} */
    const over = el("dialog", { class: "dialog login-over", "aria-labelledby": "login-ended" });
    const heading = el("h2", { id: "login-ended", tabindex: "-1" }, t("login.ended"));
    let entered = false;
    const screen = new LoginScreen({
      token: "",
      message: "",
      quiet: true,
      onEntered: () => {
        entered = true;
        over.close();
      },
    });
    over.append(heading, el("p", { class: "hint", role: "alert" }, t("login.kept")), screen.node);
    screen.show();
    document.body.append(over);
    this.#over = over;
    await new Promise((resolve) => {
      // Escape would leave a page on which nothing works.
      over.addEventListener("cancel", (event) => event.preventDefault());
      over.addEventListener("close", resolve);
      over.showModal();
      heading.focus();
    });
    over.remove();
    this.#over = null;
    if (!entered) return false;
    if (mySession().site !== of || mySession().moderator.id !== moderator.id) {
      location.assign(ROOT);
      return false;
    }
    // Not waited for: it may ask for what waits for this.
    setTimeout(() => this.#takeUp());
    return true;
  }

  async #takeUp() {
    try {
      await readSite();
      await this.#listen("");
      this.#drawHeader(location.pathname.slice(ROOT.length));
    } catch (error) {
      asProblem(error);
    }
  }

  #logIn(message = "") {
    this.#live?.stop();
    this.#live = null;
    this.#waiting.stop();
    fill(this.#header);
    fill(this.#offline);
    this.#suggestion.hidden = true;
    const token = location.hash.slice(1);
    const wanted = location.pathname.endsWith("/login")
      ? ""
      : location.pathname.slice(ROOT.length) + location.search;
    const onEntered = () => this.#go(wanted, { replace: true });
    const screen = this.#enter(() => new LoginScreen({ token, message, onEntered }));
    this.#waiting.title = screen.title;
    screen.show();
  }

  /**
   * Suggest to set a password, to who came by a link and has none.
   *
   * @param {string} path
   */
  #drawSuggestion(path) {
    // The account's own page says it beside the field.
    this.#suggestion.hidden = !suggestsPassword() || path === "account";
    if (this.#suggestion.hidden || this.#suggestion.childElementCount) return;
    const later = () => {
      stopSuggesting();
      this.#suggestion.hidden = true;
      this.#main.focus();
    };
    fill(
      this.#suggestion,
      el("p", {}, t("password.suggest")),
      link("account", { class: "button primary" }, t("password.set")),
      button(t("password.later"), later, { class: "quiet" }),
    );
    announce(t("password.suggest"));
  }

  /** @param {string} path */
  #drawHeader(path) {
    const { moderator } = mySession();
    /**
     * @param {string} to
     * @param {string} label
     * @param {boolean} current
     */
    const tab = (to, label, current) =>
      link(to, { class: "tab", "aria-current": current ? "page" : null }, label);
    fill(
      this.#header,
      link("", { class: "brand" }, icon("approve"), el("span", {}, el("bdi", {}, site()?.name))),
      el(
        "nav",
        { "aria-label": t("nav.title") },
        tab("", t("nav.queue"), path === "" || path.startsWith("cases/")),
        tab("threads", t("nav.threads"), path === "threads"),
        tab("history", t("nav.history"), path === "history"),
        isAdmin() ? tab("settings", t("nav.settings"), path.startsWith("settings")) : null,
      ),
      el(
        "div",
        { class: "top-end" },
        button(t("keys.help"), showShortcuts, {
          icon: "keys",
          class: "quiet icon-only",
          title: t("keys.help"),
        }),
        link(
          "account",
          { class: "tab account-tab", "aria-current": path === "account" ? "page" : null },
          icon("person"),
          el("bdi", {}, moderator.name || moderator.email),
        ),
      ),
    );
  }
}

applyPreferences();
await loadCatalogue(navigator.languages);
prepareDialogs();
listenForShortcuts();
const app = new App();
document.querySelector(".late")?.remove();
await app.start();
