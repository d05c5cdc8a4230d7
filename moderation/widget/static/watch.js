/** Looks for what others did: soon after a change, more and more seldom while nothing happens. */

/** @import { Comment, ThreadPage } from "../../web/api.js" */
/** @import { Thread } from "./thread.js" */

const POLL_FIRST = 20_000;
const POLL_LAST = 180_000;
const REFRESHED_PAGES = 5;

export class Watch {
  #thread;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** New top-level comments, which wait for a click.
   * @type {Comment[]} */
  fresh = [];

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

  /** Look for changes: what is on the page changes in place. Answers whether there were any. */
  async look() {
    const thread = this.#thread;
    const { sort, contributions } = thread;
    const { count } = contributions;
    const pages = [await thread.read()];
    const { thread: info } = pages[0];
    const waiting = [...thread.views.values()].some((view) => view.waiting);
    const changed = info.version !== thread.info.version;
    if (changed) {
      const wanted = Math.min(thread.pages, REFRESHED_PAGES);
      while (pages.length < wanted) {
        const cursor = pages[pages.length - 1].next_cursor;
        if (!cursor) break;
        pages.push(await thread.read(cursor));
      }
      // Asked before something was written or put in another order, so it may lack that.
      if (count !== contributions.count || sort !== thread.sort) return true;
      thread.info = info;
      this.#merge(pages);
    }
    if (changed || waiting) await thread.loadMine();
    thread.roots.forEach((view) => view.tick());
    thread.show();
    if (changed && this.fresh.length) thread.frame.announceFresh();
    return changed;
  }

  /** @param {ThreadPage[]} pages */
  #merge(pages) {
    const thread = this.#thread;
    const { sort } = thread;
    const incoming = pages.flatMap(({ comments }) => comments);
    const ids = new Set(incoming.map(({ id }) => id));
    const end = pages[pages.length - 1].next_cursor;
    const last = incoming.length ? incoming[incoming.length - 1].id : "";
    /** @param {{ id: string }} view */
    const covered = ({ id }) =>
      !end || (sort === "newest" && id > last) || (sort === "oldest" && id < last);
    for (const view of [...thread.roots]) {
      if (!ids.has(view.id) && !view.waiting && covered(view)) thread.drop(view);
    }
    this.fresh = incoming.filter((data) => {
      const known = thread.views.get(data.id);
      if (known) known.take(data);
      return !known;
    });
  }

  showFresh() {
    const thread = this.#thread;
    const views = this.fresh.map((data) => thread.make(data));
    this.fresh = [];
    if (thread.sort === "newest") thread.roots.unshift(...views);
    else thread.roots.push(...views);
    thread.show();
    views[0]?.focus();
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
