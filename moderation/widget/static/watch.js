/** Looks for what others did: soon after a change, more and more seldom while nothing happens. */

/** @import { Comment } from "../../web/api.js" */
/** @import { CommentView } from "./comment.js" */
/** @import { Thread } from "./thread.js" */

const POLL_FIRST = 20_000;
const POLL_LAST = 180_000;
const PAGE = "100";
const MOST_PAGES = 5;
const MOST_ASKED = 20;

export class Watch {
  #thread;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The top-level comments as the service last gave them, from the first on.
   * @type {string[]} */
  #order = [];
  /** Those that have new replies.
   * @type {Set<CommentView>} */
  #answered = new Set();
  /** New top-level comments, which wait for a click.
   * @type {Comment[]} */
  fresh = [];
  /** How many new replies came, which stand where they belong. */
  answers = 0;

  /** @param {Thread} thread */
  constructor(thread) {
    this.#thread = thread;
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    addEventListener("online", () => this.#wake(), { signal });
    this.#poll(POLL_FIRST);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /**
   * A comment was answered by somebody.
   *
   * @param {CommentView} view
   * @param {number} count how often
   */
  answered(view, count) {
    this.answers += count;
    this.#answered.add(view);
  }

  /** Look for changes: what is on the page changes in place. Answers whether there were any. */
  async look() {
    const thread = this.#thread;
    const { sort, contributions } = thread;
    const { count } = contributions;
    const page = await thread.read();
    const { comments, thread: info } = page;
    let end = page.next_cursor;
    const waiting = [...thread.views.values()].some((view) => view.waiting);
    const changed = info.version !== thread.info.version;
    const before = this.fresh.length + this.answers;
    if (changed) {
      // As much as is on the page; where that is all of the thread, to its end.
      for (let read = 0; end && read < MOST_PAGES; read += 1) {
        const met = comments.some(({ id }) => id !== info.pinned && thread.views.has(id));
        if (thread.cursor && met && comments.length >= thread.roots.length) break;
        const next = await thread.read({ cursor: end, limit: PAGE });
        comments.push(...next.comments);
        end = next.next_cursor;
      }
      const gone = await this.#gone(comments, end);
      // Asked before something was written or put in another order, so it may lack that.
      if (count !== contributions.count || sort !== thread.sort) return true;
      thread.info = info;
      this.#merge(comments, gone);
      // What came after the end of what was read is asked for like any other page.
      if (sort !== "newest" && end) thread.cursor ??= thread.tail ?? end;
      await thread.permalink.refresh();
    }
    if (changed || waiting) await thread.contributions.load();
    thread.roots.forEach((view) => view.tick());
    thread.show();
    if (this.fresh.length + this.answers > before) thread.frame.announceFresh();
    return changed;
  }

  /**
   * The views whose comments are not in the thread any more.
   *
   * @param {Comment[]} comments the first of the thread
   * @param {string | null} end where the next ones begin
   */
  async #gone(comments, end) {
    const thread = this.#thread;
    const { sort } = thread;
    const ids = new Set(comments.map(({ id }) => id));
    const last = comments.length ? comments[comments.length - 1].id : "";
    const missing = thread.roots.filter((view) => !ids.has(view.id) && !view.waiting);
    if (!end) return missing;
    if (sort !== "top") {
      return missing.filter(({ id }) => (sort === "newest" ? id > last : id < last));
    }
    // It has gone, or others were liked better since: only the service knows.
    const asked = missing.slice(0, MOST_ASKED);
    const pages = await Promise.all(asked.map(({ id }) => thread.read({ around: id })));
    return asked.filter((_, index) => !pages[index].comments.length);
  }

  /**
   * @param {Comment[]} comments
   * @param {CommentView[]} gone
   */
  #merge(comments, gone) {
    const thread = this.#thread;
    gone.forEach((view) => thread.drop(view));
    this.#order = comments.map(({ id }) => id);
    // What comes after the last one on the page is not new: it was not asked for yet.
    let last = comments.length;
    if (thread.cursor) {
      last = this.#order.indexOf(thread.edge);
      if (last < 0) last = this.#order.findLastIndex((id) => thread.views.has(id));
    }
    this.fresh = comments.filter((data, index) => {
      const known = thread.views.get(data.id);
      if (known) known.take(data);
      return !known && index < last;
    });
    // Another one may be pinned by now.
    thread.order();
  }

  /** Show what is new: as it is by now, since some of it may be gone again. */
  async showFresh() {
    const thread = this.#thread;
    await this.look();
    const { roots } = thread;
    const views = this.fresh.map((data) => thread.make(data));
    for (const view of views) {
      view.markNew();
      const before = this.#order.slice(0, this.#order.indexOf(view.id)).reverse();
      const above = before.find((id) => roots.some((root) => root.id === id));
      roots.splice(roots.findIndex(({ id }) => id === above) + 1, 0, view);
    }
    const [answered] = [...this.#answered].filter(({ id }) => thread.views.has(id));
    this.fresh = [];
    this.answers = 0;
    this.#answered.clear();
    thread.order();
    thread.show();
    const next = views[0] ?? answered?.replies.find((reply) => reply.isNew) ?? answered;
    if (next) thread.permalink.show(next);
  }

  /** @param {number} delay */
  #poll(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      if (document.visibilityState !== "visible" || this.#thread.signal.aborted) return;
      const changed = await this.look().catch(() => false);
      this.#poll(changed ? POLL_FIRST : Math.min(delay * 1.5, POLL_LAST));
    }, delay);
  }

  #wake() {
    if (document.visibilityState === "visible") this.#poll(1000);
  }
}
