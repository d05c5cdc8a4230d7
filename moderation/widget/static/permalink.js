/** The comment that the page's address names: alone with its conversation where it is far away. */

/** @import { CommentView } from "./comment.js" */
/** @import { Thread } from "./thread.js" */

export class Permalink {
  #thread;
  #id = "";
  /** The top-level comment of the one conversation that is shown; null if the whole thread is.
   * @type {CommentView | null} */
  root = null;

  /** @param {Thread} thread */
  constructor(thread) {
    this.#thread = thread;
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    addEventListener("hashchange", () => this.follow(), { signal });
    return this.follow();
  }

  /** Go to the comment that the address names, fetching what leads to it. */
  async follow() {
    const thread = this.#thread;
    const id = /^#rejoinder-comment-([\w-]+)$/.exec(location.hash)?.[1];
    if (!id) return;
    if (!thread.views.has(id) && /^[\da-f-]{36}$/.test(id)) {
      try {
        await this.#fetch(id);
      } catch {
        // Nobody answers: what is on the page stays, and the address can be asked for again.
        return;
      }
    }
    const view = thread.views.get(id);
    if (view) this.show(view);
    else thread.frame.announce(thread.locale.say("error.link"), { visible: true });
  }

  /**
   * Go to a comment, whether it stands in the conversation or in the whole thread.
   *
   * @param {CommentView} view
   */
  show(view) {
    if (view.root !== this.root) this.leave();
    view.focus();
  }

  /** @param {string} id */
  async #fetch(id) {
    const thread = this.#thread;
    const [top] = (await thread.read({ around: id })).comments;
    if (!top || thread.signal.aborted) return;
    const known = thread.views.get(top.id);
    if (known) known.lead(top);
    else {
      this.leave();
      this.root = thread.make(top);
      this.#id = id;
      thread.show();
    }
    await thread.contributions.load();
  }

  /** Show the whole thread again. */
  leave() {
    const { root } = this;
    if (!root) return;
    this.root = null;
    this.#thread.forget(root);
    this.#thread.show();
  }

  /** Take in what others did to the conversation. */
  async refresh() {
    const thread = this.#thread;
    const { root } = this;
    if (!root) return;
    const [top] = (await thread.read({ around: this.#id })).comments;
    if (root !== this.root) return;
    if (top) root.lead(top);
    else thread.views.get(this.#id)?.update({ status: "deleted" });
  }
}
