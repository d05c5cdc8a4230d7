// Looks for what others did: soon after a change, more and more seldom while nothing happens.

const POLL_FIRST = 20_000;
const POLL_LAST = 180_000;
const REFRESHED_PAGES = 5;

export class Watch {
  constructor(thread) {
    this.thread = thread;
    // New top-level comments, which wait for a click.
    this.fresh = [];
  }

  start(signal) {
    document.addEventListener("visibilitychange", () => this._wake(), { signal });
    addEventListener("online", () => this._wake(), { signal });
    this._poll(POLL_FIRST);
  }

  stop() {
    clearTimeout(this.timer);
  }

  /** Look for changes: what is on the page changes in place. Answers whether there were any. */
  async look() {
    const { thread } = this;
    const { writes, sort } = thread;
    const pages = [await thread.page()];
    const { thread: info } = pages[0];
    const waiting = [...thread.views.values()].some((view) => view.waiting);
    const changed = info.version !== thread.info.version;
    if (changed) {
      const wanted = Math.min(thread.pages, REFRESHED_PAGES);
      while (pages.length < wanted && pages[pages.length - 1].next_cursor) {
        pages.push(await thread.page(pages[pages.length - 1].next_cursor));
      }
      // Asked before something was written or put in another order, so it may lack that.
      if (writes !== thread.writes || sort !== thread.sort) return true;
      thread.info = info;
      this._merge(pages);
    }
    if (changed || waiting) await thread.loadMine();
    thread.roots.forEach((view) => view.tick());
    thread.show();
    if (changed && this.fresh.length) thread.announce(thread.freshButton.textContent);
    return changed;
  }

  _merge(pages) {
    const { thread } = this;
    const { sort } = thread;
    const incoming = pages.flatMap(({ comments }) => comments);
    const ids = new Set(incoming.map(({ id }) => id));
    const end = pages[pages.length - 1].next_cursor;
    const last = incoming.length ? incoming[incoming.length - 1].id : "";
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
    const { thread } = this;
    const views = this.fresh.map((data) => thread.make(data));
    this.fresh = [];
    if (thread.sort === "newest") thread.roots.unshift(...views);
    else thread.roots.push(...views);
    thread.show();
    views[0]?.focus();
  }

  _poll(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      if (document.visibilityState !== "visible" || this.thread.stopped.signal.aborted) return;
      const changed = await this.look().catch(() => false);
      this._poll(changed ? POLL_FIRST : Math.min(delay * 1.5, POLL_LAST));
    }, delay);
  }

  _wake() {
    if (document.visibilityState === "visible") this._poll(1000);
  }
}
