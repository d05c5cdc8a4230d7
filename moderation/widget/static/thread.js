// A thread on the page: loads, sorts, and owns the views of its comments.

import { CommentView } from "./comment.js";
import { ENGLISH } from "./content.js";
import { arrange, el } from "./dom.js";
import { loadLocale } from "./locale.js";
import { Service } from "./service.js";
import { Watch } from "./watch.js";

const DEFAULTS = { max_length: 5000, votes: true, max_depth: 6 };
const SORTS = ["newest", "oldest", "top"];
const KEPT_EDITS = 200;

export class Thread {
  /** `config`: base, site, url, id (the site's own, or ""), title, lang, sort. */
  constructor(host, root, config) {
    this.host = host;
    this.root = root;
    this.config = config;
    this.key = config.id ? `id:${config.id}` : config.url;
    this.sort = SORTS.includes(config.sort) ? config.sort : SORTS[0];
    this.service = new Service(config.base, config.site);
    this.edits = this.service.keep.get("edits") || {};
    this.views = new Map();
    this.roots = [];
    this.watch = new Watch(this);
    this.votes = {};
    this.pages = 1;
    this.composers = 0;
    this.writes = 0;
    this.frame = el("div", { class: "frame", title: "" });
    this.stopped = new AbortController();
    this.again = () => this.start();
  }

  get closed() {
    return Boolean(this.info?.closed);
  }

  /** How a request names this thread. */
  identity() {
    const { url, id, title } = this.config;
    return { url, ...(title && { title: [...title].slice(0, 300).join("") }), ...(id && { id }) };
  }

  mineOf(commentId) {
    return this.edits[commentId];
  }

  async start() {
    const { base, lang } = this.config;
    removeEventListener("online", this.again);
    const locale = loadLocale(base, lang);
    const settings = this.service.read("/settings").catch(() => ({}));
    const page = this.page().then(
      (value) => ({ value }),
      (problem) => ({ problem }),
    );
    this.locale = await locale;
    if (this.stopped.signal.aborted) return;
    this.frame.lang = this.locale.tag;
    this.frame.dir = this.locale.direction;
    this.root.replaceChildren(this.frame);
    this.frame.replaceChildren(
      el("p", { class: "loading", role: "status", text: this.locale.say("loading") }),
    );
    this.settings = { ...DEFAULTS, ...(await settings) };
    const { value, problem } = await page;
    if (this.stopped.signal.aborted) return;
    if (problem) this._fail(problem);
    else await this._open(value);
  }

  stop() {
    this.stopped.abort();
    this.watch.stop();
  }

  page(cursor) {
    const { url, id } = this.config;
    return this.service.read("/threads", {
      ...(id ? { id, url } : { url }),
      sort: this.sort,
      ...(cursor && { cursor }),
    });
  }

  _fail(problem) {
    const offline = problem.kind === "offline";
    const refused = problem.kind === "refused";
    const message = refused
      ? this.locale.say("errorRefused", { detail: problem.message })
      : this.locale.say(offline ? "errorOffline" : "errorLoad");
    const retry = el("button", { type: "button", text: this.locale.say("retry") });
    retry.addEventListener("click", this.again);
    this.frame.replaceChildren(
      el(
        "div",
        { class: "unavailable", role: "alert" },
        el("p", { text: message }),
        refused ? null : retry,
      ),
    );
    if (problem.kind === "down") this._diagnose();
    if (offline) addEventListener("online", this.again, { signal: this.stopped.signal });
  }

  /** A browser does not say that an origin is not allowed; whoever sets up the page must know. */
  async _diagnose() {
    const { base, site } = this.config;
    try {
      await fetch(`${base}/healthz`, { mode: "no-cors", credentials: "omit", cache: "no-store" });
      console.warn(
        `Rejoinder: ${base} answers, but not for the site "${site}" on this page. ` +
          `Does the site exist, and is ${location.origin} one of its origins?`,
      );
    } catch {
      // Down for everybody: nothing to find out.
    }
  }

  async _open(page) {
    const { locale } = this;
    const say = (key) => locale.say(key);
    this.heading = el("h2", { tabindex: "-1" });
    const choice = el(
      "select",
      { id: "sort" },
      ...SORTS.map((sort) =>
        el("option", {
          value: sort,
          selected: sort === this.sort,
          text: say(`sort${sort[0].toUpperCase()}${sort.slice(1)}`),
        }),
      ),
    );
    choice.addEventListener("change", () => this._resort(choice.value));
    this.sorting = el(
      "div",
      { class: "sorting" },
      el("label", { for: "sort", text: say("sortLabel") }),
      choice,
    );
    this.write = el("div", { class: "write" });
    this.freshButton = el("button", { type: "button", class: "fresh", hidden: true });
    this.freshButton.addEventListener("click", () => this.watch.showFresh());
    this.list = el("ol", { class: "comments" });
    this.empty = el("p", { class: "empty", text: say("beFirst"), hidden: true });
    this.more = el("button", {
      type: "button",
      class: "further",
      text: say("loadMore"),
      hidden: true,
    });
    this.more.addEventListener("click", () => this._loadMore());
    this.status = el("p", { class: "sr", role: "status" });
    this.frame.replaceChildren(
      el("header", { class: "top" }, this.heading, this.sorting),
      this.write,
      this.freshButton,
      this.list,
      this.empty,
      this.more,
      this.status,
    );
    this.info = page.thread;
    this.roots = page.comments.map((data) => this.make(data));
    this.cursor = page.next_cursor;
    this.show();
    await this.loadMine();
    if (this.stopped.signal.aborted) return;
    this.host.dispatchEvent(
      new CustomEvent("rejoinder:loaded", {
        bubbles: true,
        composed: true,
        detail: { thread: this.info.id, url: this.info.url, count: this.info.count },
      }),
    );
    const { signal } = this.stopped;
    addEventListener("hashchange", () => this.follow(), { signal });
    this.watch.start(signal);
    await this.follow();
  }

  /** Bring headings, buttons and the list in line with what is known. */
  show() {
    const { locale, info } = this;
    this.heading.textContent = info.count
      ? locale.say("comments", { count: info.count })
      : locale.say("noComments");
    arrange(
      this.list,
      this.roots.map(({ element }) => element),
    );
    this.sorting.hidden = this.roots.length < 2 && !this.cursor;
    this.more.hidden = !this.cursor;
    this.empty.hidden = this.roots.length > 0 || this.closed;
    const fresh = this.watch.fresh.filter(({ id }) => !this.views.has(id));
    this.watch.fresh = fresh;
    this.freshButton.hidden = !fresh.length;
    this.freshButton.textContent = locale.say("newComments", { count: fresh.length });
    if (this.shownClosed !== this.closed) {
      this.shownClosed = this.closed;
      const closed = el("p", { class: "closed", text: locale.say("closed") });
      this.write.replaceChildren(this.closed ? closed : new Composer(this).form);
      for (const view of this.roots) view.tick();
    }
  }

  /** The view of a comment, new or known, at its place under `parent`. */
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

  /** Stop knowing a view and all under it; answers false, so that filters can drop it. */
  forget(view) {
    this.views.delete(view.id);
    view.replies.forEach((reply) => this.forget(reply));
    return false;
  }

  drop(view) {
    const siblings = view.parent ? view.parent.replies : this.roots;
    const index = siblings.indexOf(view);
    if (index >= 0) siblings.splice(index, 1);
    this.forget(view);
    if (view.parent) view.parent.showReplies();
    else this.show();
  }

  async _resort(sort) {
    this.sort = sort;
    try {
      const page = await this.page();
      if (this.sort !== sort) return;
      this.info = page.thread;
      this.watch.fresh = [];
      this.pages = 1;
      this.cursor = page.next_cursor;
      const own = this.roots.filter(({ waiting }) => waiting);
      const roots = page.comments.map((data) => this.make(data));
      this.roots.forEach((view) => roots.includes(view) || own.includes(view) || this.forget(view));
      this.roots = [...own.filter((view) => !roots.includes(view)), ...roots];
      this.show();
    } catch (problem) {
      this.announce(this.explain(problem), { visible: true });
    }
  }

  async _loadMore() {
    await this._busy(this.more, async () => {
      const page = await this.page(this.cursor);
      this.pages += 1;
      const added = page.comments
        .filter(({ id }) => !this.roots.some((view) => view.id === id))
        .map((data) => this.make(data));
      this.roots.push(...added);
      this.cursor = page.next_cursor;
      this.show();
      await this.loadMine();
      added[0]?.focus();
    });
  }

  async loadReplies(view) {
    await this._busy(view.more, async () => {
      const { cursor } = view;
      const page = await this.service.read(`/comments/${view.id}/replies`, { cursor });
      const before = new Set(view.replies);
      view.lastCursor = cursor;
      view.cursor = page.next_cursor;
      view.takeReplies(page.comments);
      await this.loadMine();
      view.replies.find((reply) => !before.has(reply))?.focus();
    });
  }

  async _busy(button, work) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (problem) {
      this.announce(this.explain(problem), { visible: true });
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  /** Own votes and own comments that nobody else sees. */
  async loadMine() {
    if (!this.service.author) return;
    const { url, id } = this.config;
    const { writes } = this;
    try {
      const mine = await this.service.readMine("/threads/mine", id ? { id, url } : { url });
      // Asked before something was written, so it may lack that.
      if (writes !== this.writes) return;
      this.votes = mine.votes;
      const own = new Set(mine.comments.map((comment) => comment.id));
      for (const view of [...this.views.values()]) {
        if (view.waiting && !own.has(view.id)) this.drop(view);
      }
      mine.comments.forEach((data) => this._place(data));
      this.views.forEach((view) => view.showVotes());
    } catch {
      // The public page stands without it; the next refresh asks again.
    }
  }

  /** Read an own comment again, and show it beside the form that changes it. */
  async reread(view) {
    view.body.hidden = false;
    const data = await this.service.readMine(`/comments/${view.id}`).catch(() => ({}));
    view.update(data);
  }

  /** Put an own comment where it belongs, as far as that place is on the page. */
  _place(data) {
    const known = this.views.get(data.id);
    const parent = this.views.get(data.parent);
    if (known) known.update(data);
    else if (parent) this._under(parent).takeReplies([data]);
    else this.roots.unshift(this.make(data));
    this.show();
    return this.views.get(data.id);
  }

  /** The view whose list a reply to `view` goes into: the site's depth is limited. */
  _under(view) {
    return view.level >= this.settings.max_depth ? view.parent || view : view;
  }

  /** A composer's comment was stored: remember its token, show it, say what became of it. */
  accept(comment, composer) {
    const { edit_token: token, edit_until: until, notice, ...data } = comment;
    const known = this.mineOf(comment.id);
    this.writes += 1;
    this._remember(comment.id, { token: token || known?.token, until: until || known?.until });
    const parent = composer.reply && this._under(composer.reply);
    const view = this._place({ ...data, notice: notice || "" });
    if (composer.edit || composer.reply) (composer.edit || composer.reply).closeSlot();
    if (parent?.folded) parent.setFolded(false);
    if (!composer.edit && comment.status === "published") {
      this.info = { ...this.info, count: this.info.count + 1 };
      if (composer.reply)
        composer.reply.update({ reply_count: (composer.reply.data.reply_count || 0) + 1 });
    }
    this.show();
    view.tick();
    view.showVotes();
    view.focus();
    const shown = comment.status === "published";
    this.announce(
      shown ? this.locale.say(composer.edit ? "saved" : "posted") : this.noticeFor(view.data),
    );
    const { id, status, thread } = comment;
    this.host.dispatchEvent(
      new CustomEvent("rejoinder:posted", {
        bubbles: true,
        composed: true,
        detail: {
          id,
          status,
          thread,
          parent: comment.parent || null,
          edited: Boolean(composer.edit),
        },
      }),
    );
  }

  _remember(id, edit) {
    const edits = this.service.keep.get("edits") || {};
    delete edits[id];
    if (edit) edits[id] = edit;
    this.edits = Object.fromEntries(Object.entries(edits).slice(-KEPT_EDITS));
    this.service.keep.set("edits", this.edits);
  }

  async erase(view) {
    const editToken = this.mineOf(view.id)?.token;
    const counted = view.visible;
    this.writes += 1;
    await this.service.write("DELETE", `/comments/${view.id}`, undefined, { editToken });
    this._remember(view.id, null);
    if (counted) this.info = { ...this.info, count: Math.max(this.info.count - 1, 0) };
    if (view.replies.length) view.update({ status: "deleted" });
    else this.drop(view);
    this.show();
  }

  async vote(view, value) {
    const before = view.vote;
    const { up = 0, down = 0 } = view.data.votes || {};
    const set = (own, votes) => {
      this.votes = { ...this.votes, [view.id]: own };
      view.update({ votes });
    };
    this.writes += 1;
    set(value, {
      up: up + (value === 1) - (before === 1),
      down: down + (value === -1) - (before === -1),
    });
    try {
      const counts = await this.service.write("POST", `/comments/${view.id}/votes`, { value });
      set(value, { up: counts.up, down: counts.down });
    } catch (problem) {
      set(before, { up, down });
      this.announce(this.explain(problem), { visible: true });
    }
  }

  /** Look for changes now; answers whether there were any. */
  refresh() {
    return this.watch.look();
  }

  /** Go to the comment that the address names, fetching what leads to it. */
  async follow() {
    const id = /^#rejoinder-comment-([\w-]+)$/.exec(location.hash)?.[1];
    if (!id) return;
    try {
      const chain = [];
      for (let next = id; next && !this.views.has(next);) {
        const comment = await this.service.read(`/comments/${next}`);
        if (comment.thread !== this.info.id) return;
        chain.unshift(comment);
        next = comment.parent;
      }
      chain.forEach((comment) => this._place(comment));
      this.views.get(id).focus();
    } catch (problem) {
      if (problem.status === 404) this.announce(this.locale.say("errorMissing"), { visible: true });
    }
  }

  /** Say something to screen readers, and if `visible` to everybody. */
  announce(message, { visible = false } = {}) {
    this.status.textContent = message;
    this.status.className = visible ? "toast" : "sr";
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.status.textContent = "";
      this.status.className = "sr";
    }, 10_000);
  }

  /** What the author of a hidden comment reads: the site's words, else ours in their language. */
  noticeFor({ status, notice }) {
    return notice && notice !== ENGLISH[status] ? notice : this.locale.say(status);
  }

  /** A failed request in the reader's words. */
  explain(problem) {
    const { locale } = this;
    if (problem.kind === "offline") return locale.say("errorOffline");
    if (problem.kind === "down") return locale.say("errorSend");
    if (problem.status === 429) return locale.say("errorRate", { count: problem.retryAfter || 30 });
    if (problem.code === "thread-closed") return locale.say("closed");
    if (problem.code === "changed") return locale.say("errorChanged");
    if (problem.code === "edit-window-over") return locale.say("errorWindow");
    return problem.message;
  }
}
