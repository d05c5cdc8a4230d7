/** The frame around the screens: who is here, where one is, what else there is. */

import { AccountScreen } from "./screens/account.js";
import { AuthorScreen } from "./screens/author.js";
import * as dialogs from "./core/dialogs.js";
import { button, el, fill, icon } from "./core/dom.js";
import { HistoryScreen } from "./screens/history.js";
import * as keys from "./core/shortcuts.js";
import { Live } from "./core/live.js";
import { LoginScreen } from "./screens/login.js";
import { link } from "./core/components.js";
import * as preferences from "./core/preferences.js";
import { QueueScreen } from "./screens/queue.js";
import { isAdmin, onEnd, readSettings, resume, settings, who } from "./core/service.js";
import { SettingsScreen } from "./screens/settings.js";
import { TroubleScreen } from "./screens/error.js";
import { load, t } from "./core/i18n.js";

const ROOT = "/dashboard/";
const ROUTES = [
  [/^$/, QueueScreen, () => ({})],
  [/^cases\/([0-9a-f-]+)$/, QueueScreen, ([, comment]) => ({ comment })],
  [/^history$/, HistoryScreen, () => ({})],
  [/^authors\/([^/]+)$/, AuthorScreen, ([, author]) => ({ author: decodeURIComponent(author) })],
  [/^settings$/, SettingsScreen, () => ({})],
  [/^account$/, AccountScreen, () => ({})],
];

class App {
  constructor() {
    this.screen = null;
    this.live = null;
    this.main = el("main", { id: "main", tabindex: "-1" });
    this.header = el("header", { class: "top" });
    this.offline = el("div", { class: "offline", role: "status" });
    const skip = el("a", { class: "skip", href: "#main" }, t("nav.skip"));
    skip.addEventListener("click", (event) => {
      event.preventDefault();
      this.main.focus();
    });
    document.body.append(skip, this.header, this.offline, this.main);
    document.addEventListener("click", (event) => this.follow(event));
    window.addEventListener("popstate", () => this.moved());
    window.addEventListener("hashchange", () => this.show());
    window.addEventListener("beforeunload", (event) => {
      if (this.screen?.touched) event.preventDefault();
    });
    keys.listen(() => [
      ...(this.screen?.keys?.() ?? []),
      ...(who() ? [["?", t("keys.help"), () => keys.help()]] : []),
    ]);
    onEnd(() => this.ended());
  }

  /** Go to a path below the dashboard. */
  go = async (path, { replace = false } = {}) => {
    const address = ROOT + path;
    if (this.screen?.touched && !(await this.screen.mayLeave())) return null;
    if (address !== location.pathname + location.search) {
      history[replace ? "replaceState" : "pushState"](null, "", address);
    }
    return this.show();
  };

  /** The browser went back or forth: the screen follows, or the address returns to it. */
  async moved() {
    const to = location.pathname + location.search;
    if (!this.screen?.touched) return this.show();
    history.pushState(null, "", this.address);
    if (!(await this.screen.mayLeave())) return null;
    history.replaceState(null, "", to);
    return this.show();
  }

  follow(event) {
    const anchor = event.target.closest?.("a[data-inside]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!anchor || !plain || event.defaultPrevented) return;
    event.preventDefault();
    const address = new URL(anchor.href);
    this.go(address.pathname.slice(ROOT.length) + address.search);
  }

  async show() {
    const path = location.pathname.slice(ROOT.length);
    if (path === "login" || !who()) return this.logIn();
    if (!settings() && !(await this.read())) return null;
    if (!this.live && (await this.listen(path))) return null;
    const [route, Screen, read] = ROUTES.find(([pattern]) => pattern.test(path)) ?? ROUTES[0];
    const params = read(route.exec(path) ?? []);
    if (!(this.screen instanceof Screen)) this.enter(() => new Screen(this.go));
    this.address = location.pathname + location.search;
    this.drawHeader(path);
    document.title = t("title", { screen: this.screen.title, site: settings().name });
    await this.screen.show(params, new URLSearchParams(location.search));
    return null;
  }

  /** Take up the session, if there is one, and show what the address says. */
  async start() {
    try {
      await resume();
    } catch (problem) {
      return this.trouble(problem, () => this.start());
    }
    return this.show();
  }

  /** Read the site's settings, without which there is no screen; gives false if that failed. */
  async read() {
    try {
      await readSettings();
      return true;
    } catch (problem) {
      // A session that is over has asked to log in by now.
      if (problem.code === undefined || who()) this.trouble(problem, () => this.show());
      return false;
    }
  }

  /** Say what went wrong in the place of a screen, with a way to try again. */
  trouble(problem, again) {
    if (problem.code === undefined) throw problem;
    this.enter(() => new TroubleScreen({ problem, again }));
    document.title = this.screen.title;
    this.screen.show();
  }

  /** Hear of changes from now on; gives true if one is not at this path any more. */
  async listen(path) {
    this.live = new Live(
      (events) => this.screen?.heard?.(events),
      (connected) => fill(this.offline, connected ? null : t("live.lost")),
    );
    // What is read before the first answer may lack what happens meanwhile.
    await this.live.ready;
    return !who() || location.pathname.slice(ROOT.length) !== path;
  }

  /** Put a new screen in the place of the one that is shown, which leaves first. */
  enter(make) {
    this.screen?.leave?.();
    const screen = make();
    this.screen = screen;
    this.main.className = `main-${screen.constructor.name.toLowerCase().replace("screen", "")}`;
    fill(this.main, screen.node);
  }

  logIn(message = "") {
    this.live?.stop();
    this.live = null;
    fill(this.header);
    fill(this.offline);
    const token = location.hash.slice(1);
    const wanted = location.pathname.endsWith("/login")
      ? ""
      : location.pathname.slice(ROOT.length) + location.search;
    this.enter(
      () => new LoginScreen({ token, message, entered: () => this.go(wanted, { replace: true }) }),
    );
    document.title = t("login.title");
    this.screen.show();
  }

  ended() {
    if (!(this.screen instanceof LoginScreen)) this.logIn(t("login.ended"));
  }

  drawHeader(path) {
    const items = [
      ["", t("nav.queue"), path === "" || path.startsWith("cases/")],
      ["history", t("nav.history"), path === "history"],
      isAdmin() ? ["settings", t("nav.settings"), path === "settings"] : null,
    ].filter(Boolean);
    const { moderator } = who();
    fill(
      this.header,
      link("", { class: "brand" }, icon("approve"), el("span", {}, el("bdi", {}, settings().name))),
      el(
        "nav",
        { "aria-label": t("nav.title") },
        items.map(([to, label, current]) =>
          link(to, { class: "tab", "aria-current": current ? "page" : null }, label),
        ),
      ),
      el(
        "div",
        { class: "top-end" },
        button(t("keys.help"), () => keys.help(), {
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

preferences.apply();
try {
  await load(navigator.languages);
} catch (problem) {
  // Without the catalogue there are no other words.
  document.body.append(
    el(
      "p",
      { class: "empty", role: "alert" },
      "The dashboard could not be loaded. Please load the page again.",
    ),
  );
  throw problem;
}
dialogs.start();
keys.start();
await new App().start();
