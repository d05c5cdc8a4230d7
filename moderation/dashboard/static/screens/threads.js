/** Every discussion of the site: found, closed, hidden, and set to a pace of its own. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { empty } from "../core/components.js";
import { showError } from "../core/dialogs.js";
import { button, icon, keepingFocus, webAddress } from "../core/dom.js";
import { ago, t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";
import { changeThread } from "../threads/changing.js";
import { askSettings } from "../threads/settings.js";
import { seconds } from "../threads/words.js";

/** @import { SiteEvent, ThreadList, ThreadSettings } from "../../../web/api.js" */
/** @import { Screen } from "./screen.js" */

const PAGE = 25;
// A search looks through so many of the service's answers, each of some 2,000 threads, until a rest.
const ANSWERS = 5;
const TYPING_MS = 300;
const QUIET_MS = 1000;

/** @implements {Screen} */
export class ThreadsScreen {
  /** @type {ThreadSettings[]} */
  #threads = [];
  /** @type {string | null} */
  #cursor = null;
  #turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #sort = choice("sort", ["active", "comments", "waiting"]);
  #state = choice("state", ["all", "open", "closed", "hidden"]);
  #search = el("input", {
    type: "search",
    dir: "auto",
    maxlength: "200",
    "aria-label": t("threads.search"),
    placeholder: t("threads.search"),
  });
  #rows = el("ol", { class: "entries threads" });
  #more;

  constructor() {
    this.#more = button(t("list.more"), () => this.#load(), { class: "quiet", hidden: true });
    for (const select of [this.#sort, this.#state]) {
      select.addEventListener("change", () => this.#load({ anew: true }));
    }
    this.#search.addEventListener("input", () =>
      this.#soon(TYPING_MS, () => this.#load({ anew: true })),
    );
    this.node = el(
      "div",
      { class: "page" },
      el("h1", {}, t("threads.title")),
      el("p", { class: "lead" }, t("threads.text")),
      el("search", { class: "thread-filters" }, this.#search, this.#state, this.#sort),
      this.#rows,
      this.#more,
    );
  }

  get title() {
    return t("threads.title");
  }

  leave() {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  /** @param {SiteEvent[]} events */
  onEvents(events) {
    const changed = events.some(({ type }) => /^(thread\.changed|comment\.|case\.)/.test(type));
    if (changed) this.#soon(QUIET_MS, () => this.#again());
  }

  /**
   * @param {Record<string, string>} _params
   * @param {URLSearchParams} query
   */
  async show(_params, query) {
    await this.#load({ anew: true });
    const thread = query.get("thread");
    if (thread) await this.#ask(thread);
  }

  /**
   * @param {number} delay
   * @param {() => unknown} run
   */
  #soon(delay, run) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, delay);
  }

  /** Read anew as far as was read. */
  #again = () => this.#load({ anew: true, most: Math.max(PAGE, this.#threads.length) });

  /** @param {{ anew?: boolean, most?: number }} [options] */
  async #load({ anew = false, most = PAGE } = {}) {
    this.#turn += 1;
    const turn = this.#turn;
    const found = anew ? [] : [...this.#threads];
    let cursor = anew ? null : this.#cursor;
    const enough = found.length + most;
    this.#rows.setAttribute("aria-busy", "true");
    try {
      for (let answers = 0; answers < ANSWERS; answers += 1) {
        const limit = Math.min(enough - found.length, 100);
        const state = this.#state.value === "all" ? null : this.#state.value;
        const query = { sort: this.#sort.value, state, search: this.#search.value, limit, cursor };
        /** @type {ThreadList} */
        const page = await request("GET", "/threads/list", { query });
        if (turn !== this.#turn) return;
        found.push(...page.threads);
        cursor = page.next_cursor;
        if (!cursor || found.length >= enough) break;
      }
      this.#threads = found;
      this.#cursor = cursor;
      this.#draw();
    } catch (error) {
      if (turn === this.#turn) showError(error);
    } finally {
      if (turn === this.#turn) this.#rows.setAttribute("aria-busy", "false");
    }
  }

  #draw() {
    const { length } = this.#threads;
    const asked = this.#search.value || this.#state.value !== "all";
    const nothing = asked || this.#sort.value === "waiting" ? "none" : "empty";
    keepingFocus(this.#rows, () =>
      fill(
        this.#rows,
        length
          ? this.#threads.map((thread) => this.#row(thread))
          : el("li", {}, empty(t(`threads.${nothing}`), t(`threads.${nothing}_text`))),
      ),
    );
    this.#more.hidden = !this.#cursor;
  }

  /** @param {ThreadSettings} thread */
  #row(thread) {
    const { id, url, title, count, waiting, last, closed, hidden } = thread;
    const name = title || url;
    const page = webAddress(url);
    const shown = el("bdi", {}, revealInvisible(name));
    /**
     * @param {string} word
     * @param {() => unknown} run
     */
    const action = (word, run) =>
      button(t(`threads.${word}`), run, {
        class: "small",
        "aria-label": t("threads.of", { what: t(`threads.${word}`), name }),
      });
    const close = closed ? "reopen" : "close";
    const hide = hidden ? "show" : "hide";
    return el(
      "li",
      { class: "entry thread", "data-key": id },
      el(
        "div",
        { class: "entry-what" },
        el(
          "p",
          { class: "thread-name" },
          page
            ? el(
                "a",
                { href: page, target: "_blank", rel: "noopener noreferrer" },
                shown,
                icon("open"),
              )
            : shown,
        ),
        title ? el("p", { class: "hint thread-url" }, el("bdi", { dir: "ltr" }, url)) : null,
        el(
          "p",
          { class: "entry-detail" },
          el("span", {}, t("threads.count", { count })),
          waiting
            ? el("span", { class: "badge status-held" }, t("threads.waiting", { count: waiting }))
            : null,
          badges(thread),
          last ? el("span", { class: "hint" }, t("threads.last"), " ", ago(last)) : null,
        ),
      ),
      el(
        "div",
        { class: "entry-end" },
        action(close, () => this.#change(thread, { closed: !closed }, close)),
        action(hide, () => this.#change(thread, { hidden: !hidden }, hide)),
        action("settings", () => this.#ask(id)),
      ),
    );
  }

  /**
   * @param {ThreadSettings} thread
   * @param {Record<string, unknown>} changes
   * @param {string} word
   */
  async #change({ id, title, url }, changes, word) {
    try {
      await changeThread(
        id,
        changes,
        t(`threads.${word}_done`, { name: title || url }),
        this.#again,
      );
    } catch (error) {
      showError(error);
    }
  }

  /** @param {string} id */
  async #ask(id) {
    try {
      await askSettings(id, this.#again);
    } catch (error) {
      asProblem(error);
      showError(error);
    }
  }
}

/**
 * A choice of what is listed, or in which order.
 *
 * @param {string} name
 * @param {string[]} values
 */
const choice = (name, values) =>
  el(
    "select",
    { "aria-label": t(`threads.${name}`) },
    values.map((value) => el("option", { value }, t(`threads.${name}.${value}`))),
  );

/**
 * What is other than usual about a thread.
 *
 * @param {ThreadSettings} thread
 */
function badges({ closed, expired, hidden, slow_seconds: slow, premoderate, pinned, authors }) {
  /** @type {[unknown, string, string][]} */
  const all = [
    [hidden, t("threads.is_hidden"), "status-rejected"],
    [closed, t("around.closed"), ""],
    [expired && !closed, t("threads.is_expired"), ""],
    [premoderate, premoderate ? t(`threads.premoderate.${premoderate}`) : "", ""],
    [slow, slow ? t("threads.is_slow", { time: seconds(slow) }) : "", ""],
    [pinned, t("threads.is_pinned"), ""],
    [authors.length, t("threads.has_authors"), ""],
  ];
  return all
    .filter(([holds]) => holds)
    .map(([, words, style]) => el("span", { class: `badge ${style}`.trim() }, words));
}
