/** A thread on the page: loads, sorts, and owns the views of its comments. */

import { el } from "../../web/elements.js";
import { asProblem } from "../../web/requests.js";
import { loadLocale } from "./catalogues.js";
import { CommentView } from "./comment.js";
import { Composer } from "./composer.js";
import { ENGLISH } from "./content.js";
import { Contributions } from "./contributions.js";
import { button } from "./dom.js";
import { Draft } from "./draft.js";
import { explain } from "./explain.js";
import { Locale } from "./locale.js";
import { mistake } from "./mistake.js";
import { OwnComments } from "./own-comments.js";
import { Permalink } from "./permalink.js";
import { Service } from "./service.js";
import { SORTS, ThreadFrame } from "./thread-frame.js";
import { Watch } from "./watch.js";

/** @import { Comment, Mine, PublicSettings, RepliesPage, ThreadPage } from "../../web/api.js" */
/** @import { Problem } from "../../web/requests.js" */

/**
 * @typedef {object} Config
 * @property {string} base the service's origin
 * @property {string} site
 * @property {string} url
 * @property {string} id the site's own, or ""
 * @property {string} title
 * @property {string} lang
 * @property {string | null} sort
 */

/** @type {PublicSettings} */
const DEFAULTS = { max_length: 5000, votes: true, max_depth: 6 };
// What waits is shown with all else and not above it later, unless it takes longer than this.
const MINE_MS = 1000;

export class Thread {
  #host;
  #stopped = new AbortController();
  #retry = () => this.start();
  /** What stands in the place of the form, or above it; null before there is either.
   * @type {string | false | null} */
  #said = null;
  /** What moderators set for the reader.
   * @type {Problem | undefined} */
  measure;
  #shownCount = -1;
  /** Where the next page begins; null if there is none.
   * @type {string | null} */
  cursor = null;
  /** Where the last page that was read began.
   * @type {string | null} */
  tail = null;
  /** The last comment of that page. */
  edge = "";
  locale = new Locale("en", ENGLISH);
  /** @type {PublicSettings} */
  settings = DEFAULTS;
  /** @type {import("../../web/api.js").Thread} */
  info = { id: "", url: "", title: "", count: 0, closed: false, version: 0 };
  /** Of all comments, by id.
   * @type {Map<string, CommentView>} */
  views = new Map();
  /** Of the top-level comments, in their order.
   * @type {CommentView[]} */
  roots = [];
  /** The reader's own votes, by comment.
   * @type {Record<string, number>} */
  votes = {};
  /** How many forms were made: each has ids of its own. */
  composers = 0;
  contributions = new Contributions(this);
  permalink = new Permalink(this);
  watch = new Watch(this);

  /**
   * @param {HTMLElement} host
   * @param {ShadowRoot} root
   * @param {Config} config
   */
  constructor(host, root, config) {
    this.#host = host;
    this.root = root;
    this.config = config;
    this.key = config.id ? `id:${config.id}` : config.url;
    this.service = new Service(config.base, config.site);
    // What the reader chose last, unless the page wants something else since.
    const { tag, sort } = this.service.storage.get("sort") || {};
    const wanted = tag === config.sort ? sort : config.sort;
    this.sort = SORTS.includes(wanted) ? wanted : SORTS[0];
    this.own = new OwnComments(this.service.storage);
    this.frame = new ThreadFrame({
      sort: (order) => this.#resort(order),
      more: (pressed) => this.#loadMore(pressed),
      fresh: (pressed) => this.#whileBusy(pressed, () => this.watch.showFresh()),
      whole: () => {
        this.permalink.leave();
        this.frame.heading.focus();
      },
    });
  }

  /** Whether the reader may not write here: nobody may, or they may not. */
  get closed() {
    return this.info.closed || Boolean(this.measure?.body.barred);
  }

  /** How a request names this thread. */
  get identity() {
    const { url, id, title } = this.config;
    return { url, ...(title && { title: [...title].slice(0, 300).join("") }), ...(id && { id }) };
  }

  /** Aborted when the thread is stopped. */
  get signal() {
    return this.#stopped.signal;
  }

  async start() {
    const { base, lang } = this.config;
    removeEventListener("online", this.#retry);
    const locale = loadLocale(base, lang);
    const settings = this.service.read("/settings").catch(() => ({}));
    /** @type {Promise<{ page?: ThreadPage, error?: unknown }>} */
    const reading = this.read().then(
      (page) => ({ page }),
      (error) => ({ error }),
    );
    const mine = this.contributions.read();
    this.locale = await locale;
    if (this.signal.aborted) return;
    this.root.replaceChildren(this.frame.element);
    this.frame.showLoading(this.locale);
    this.settings = { ...DEFAULTS, ...(await settings) };
    const { page, error } = await reading;
    await Promise.race([mine, new Promise((late) => setTimeout(late, MINE_MS))]);
    if (this.signal.aborted) return;
    if (page) await this.#open(page, mine);
    else this.#fail(asProblem(error));
  }

  stop() {
    this.#stopped.abort();
    this.watch.stop();
  }

  /**
   * Read a page of the thread: the first, the one at a `cursor`, or what is `around` a comment.
   *
   * @param {{ cursor?: string, limit?: string, around?: string }} [which]
   * @returns {Promise<ThreadPage>}
   */
  read(which) {
    return this.service.read("/threads", { ...this.query, sort: this.sort, ...which });
  }

  /** @returns {Record<string, string>} */
  get query() {
    const { url, id } = this.config;
    return id ? { id, url } : { url };
  }

  /** @param {Problem} problem */
  async #fail(problem) {
    const { locale } = this;
    const { kind, code } = problem;
    const offline = kind === "offline";
    let detail = "";
    if (kind === "refused") detail = explain(problem, locale);
    else if (!offline) detail = await mistake(this.config);
    if (this.signal.aborted) return;
    let text = locale.say(offline ? "error.offline" : "error.load");
    if (code === "foreign-url") {
      text = detail;
      const { site, url } = this.config;
      console.warn(`Rejoinder: ${new URL(url).origin} is no origin of the site "${site}".`);
    } else if (detail) text = locale.say("error.refused", { detail });
    const retry = detail ? null : button(locale.say("error.again"), this.#retry);
    this.frame.showFailure(text, retry);
    if (offline) addEventListener("online", this.#retry, { signal: this.signal });
  }

  /**
   * @param {ThreadPage} page
   * @param {Promise<Mine | null>} mine
   */
  async #open(page, mine) {
    this.frame.open(this.locale, this.sort);
    this.info = page.thread;
    this.roots = page.comments.map((data) => this.make(data));
    this.#reach(page);
    this.show();
    await this.contributions.load(mine);
    const { signal } = this;
    if (signal.aborted) return;
    const { id, url, count } = this.info;
    this.emit("rejoinder:loaded", { thread: id, url, count });
    this.watch.start(signal);
    await this.permalink.start(signal);
  }

  /**
   * Remember how much of the thread was read.
   *
   * @param {ThreadPage} page
   */
  #reach({ comments, next_cursor: next }) {
    this.tail = comments.length ? this.cursor : null;
    this.cursor = next;
    this.edge = comments[comments.length - 1]?.id ?? "";
  }

  /**
   * Tell the page around.
   *
   * @param {string} name
   * @param {object} detail
   */
  emit(name, detail) {
    this.#host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  /** Bring headings, buttons and the list in line with what is known. */
  show() {
    const { closed, locale, permalink, roots, views, watch } = this;
    const { count } = this.info;
    watch.fresh = watch.fresh.filter(({ id }) => !views.has(id));
    this.frame.show(locale, {
      count,
      closed,
      more: Boolean(this.cursor),
      fresh: watch.fresh.length,
      answers: watch.answers,
      views: roots,
      part: permalink.root,
    });
    if (this.#shownCount !== count) {
      this.#shownCount = count;
      const { site, url } = this.config;
      this.emit("rejoinder:counted", { site, url, count });
    }
    this.frame.element.hidden = Boolean(this.info.hidden);
    const { measure } = this;
    const { slow_seconds: slow } = this.info;
    let said = closed && locale.say("thread.closed");
    if (slow && !closed) said = locale.say("thread.slow", { until: locale.soon(slow) });
    if (measure) said = explain(measure, locale);
    if (this.#said === said) return;
    this.#said = said;
    const notice = said && el("p", { class: "closed" }, said);
    this.frame.setForm(notice, !closed && new Composer(this).form);
    for (const view of roots) view.tick();
  }

  /**
   * What the reader has begun to write and not sent.
   *
   * @param {string} about the comment that it answers, `edit:` and the one that it changes, or ""
   */
  draft(about) {
    return new Draft(this.service.storage, `${this.key}:${about}`);
  }

  /** @param {number} change how many published comments there are more or less */
  changeCount(change) {
    this.info = { ...this.info, count: Math.max(this.info.count + change, 0) };
  }

  /**
   * The view of a comment, new or known, at its place under `parent`.
   *
   * @param {Comment} data
   * @param {CommentView | null} [parent]
   */
  make(data, parent = null) {
    const known = this.views.get(data.id);
    if (known && known.parent === parent) {
      known.take(data);
      return known;
    }
    if (known) this.drop(known);
    const view = new CommentView(this, data, parent);
    this.views.set(view.id, view);
    view.take(data);
    return view;
  }

  /**
   * Stop knowing a view and all under it.
   *
   * @param {CommentView} view
   */
  forget(view) {
    this.views.delete(view.id);
    view.replies.forEach((reply) => this.forget(reply));
  }

  /** @param {CommentView} view */
  drop(view) {
    if (view === this.permalink.root) this.permalink.leave();
    const siblings = view.parent ? view.parent.replies : this.roots;
    const index = siblings.indexOf(view);
    if (index >= 0) siblings.splice(index, 1);
    this.forget(view);
    if (view.parent) view.parent.showReplies();
    else this.show();
  }

  /**
   * Put an own comment where it belongs, as far as that place is on the page.
   *
   * @param {Comment} data
   * @returns {CommentView}
   */
  place(data) {
    const known = this.views.get(data.id);
    const parent = data.parent === null ? undefined : this.views.get(data.parent);
    if (known) known.update(data);
    else if (parent) this.listOwner(parent).takeReplies([data]);
    else this.roots.unshift(this.make(data));
    this.order();
    this.show();
    return /** @type {CommentView} */ (this.views.get(data.id));
  }

  /** Put the top-level comments in their order: ids are in the order of time. */
  order() {
    const { sort, info } = this;
    const last = sort === "oldest";
    const rank = (/** @type {CommentView} */ { id }) => Number(id !== info.pinned);
    this.roots.sort(
      (a, b) => rank(a) - rank(b) || (sort === "top" ? 0 : a.id < b.id === last ? -1 : 1),
    );
  }

  /**
   * The view whose list a reply to `view` goes into: the site's depth is limited.
   *
   * @param {CommentView} view
   */
  listOwner(view) {
    return view.level >= this.settings.max_depth ? view.parent || view : view;
  }

  /** @param {string} sort */
  async #resort(sort) {
    this.sort = sort;
    this.service.storage.set("sort", { tag: this.config.sort, sort });
    try {
      const page = await this.read();
      if (this.sort !== sort) return;
      this.info = page.thread;
      this.watch.fresh = [];
      this.cursor = null;
      this.permalink.leave();
      this.#reach(page);
      const before = this.roots;
      const own = before.filter(({ waiting }) => waiting);
      const roots = page.comments.map((data) => this.make(data));
      for (const view of before) {
        if (!roots.includes(view) && !own.includes(view)) this.forget(view);
      }
      this.roots = [...own.filter((view) => !roots.includes(view)), ...roots];
      this.order();
      this.show();
    } catch (error) {
      this.#complain(error);
    }
  }

  /** @param {HTMLElement} pressed */
  async #loadMore(pressed) {
    await this.#whileBusy(pressed, async () => {
      const there = new Set(this.roots.map(({ id }) => id));
      /** @type {Comment[]} */
      let added = [];
      // A page may have nothing that is not there yet, where the order changed meanwhile.
      while (this.cursor && !added.length) {
        const page = await this.read({ cursor: this.cursor });
        this.#reach(page);
        added = page.comments.filter(({ id }) => !there.has(id));
      }
      this.roots.push(...added.map((data) => this.make(data)));
      this.order();
      this.show();
      if (added.length) this.views.get(added[0].id)?.focus();
      await this.contributions.load();
    });
  }

  /**
   * @param {CommentView} view
   * @param {HTMLElement} pressed
   */
  async loadReplies(view, pressed) {
    await this.#whileBusy(pressed, async () => {
      const { cursor } = view;
      if (!cursor) return;
      /** @type {RepliesPage} */
      const page = await this.service.read(`/comments/${view.id}/replies`, { cursor });
      const before = new Set(view.replies);
      view.lastCursor = cursor;
      view.cursor = page.next_cursor;
      view.takeReplies(page.comments);
      view.replies.find((reply) => !before.has(reply))?.focus();
      await this.contributions.load();
    });
  }

  /**
   * @param {HTMLElement} pressed the button, which does nothing meanwhile
   * @param {() => Promise<void>} work
   */
  async #whileBusy(pressed, work) {
    if (pressed.getAttribute("aria-busy") === "true") return;
    pressed.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (error) {
      this.#complain(error);
    } finally {
      pressed.removeAttribute("aria-busy");
    }
  }

  /** @param {unknown} error */
  #complain(error) {
    this.frame.announce(explain(asProblem(error), this.locale), { visible: true });
  }

  /** Look for changes now; answers whether there were any. */
  refresh() {
    return this.watch.look();
  }
}
