/** What the reader does to a thread: comments, edits, votes and deletions, and what becomes of them. */

import { Problem, asProblem } from "../../web/requests.js";
import { explain, noticeFor } from "./explain.js";

/** @import { Mine, StoredComment, Votes } from "../../web/api.js" */
/** @import { CommentView } from "./comment.js" */
/** @import { Composer } from "./composer.js" */
/** @import { Thread } from "./thread.js" */

export class Contributions {
  #thread;
  /** How many there were: what was asked for before the last one may lack it. */
  count = 0;

  /** @param {Thread} thread */
  constructor(thread) {
    this.#thread = thread;
  }

  /** @returns {Promise<Mine | null>} */
  async read() {
    const { service, query } = this.#thread;
    if (!service.author) return null;
    // The public page stands without it; the next refresh asks again.
    return service.readMine("/threads/mine", query).catch(() => null);
  }

  /** Take in own votes and own comments that nobody else sees. */
  async load(reading = this.read()) {
    const thread = this.#thread;
    const { count } = this;
    const mine = await reading;
    // Asked before something was written, so it may lack that.
    if (!mine || count !== this.count) return;
    const voted = { ...thread.votes, ...mine.votes };
    thread.votes = mine.votes;
    thread.measure = mine.measure && new Problem(403, mine.measure);
    const own = new Set(mine.comments.map(({ id }) => id));
    for (const view of [...thread.views.values()]) {
      if (view.waiting && !own.has(view.id)) thread.drop(view);
    }
    mine.comments.forEach((data) => thread.place(data));
    thread.show();
    Object.keys(voted).forEach((id) => thread.views.get(id)?.showVotes());
  }

  /**
   * A composer's comment was stored: remember its token, show it, say what became of it.
   *
   * @param {StoredComment} stored
   * @param {Composer} composer
   */
  accept(stored, { reply, edit }) {
    const thread = this.#thread;
    const { locale, frame } = thread;
    const { edit_token: _, edit_until: __, help, ...data } = stored;
    const published = stored.status === "published";
    this.count += 1;
    thread.own.remember(stored);
    if (!reply && !edit) thread.permalink.leave();
    const parent = reply && thread.listOwner(reply);
    const view = thread.place({ ...data, notice: stored.notice || "" });
    (edit || reply)?.closeComposer();
    if (parent?.folded) parent.setFolded(false);
    if (!edit && published) {
      thread.changeCount(1);
      if (reply) reply.update({ reply_count: (reply.data.reply_count || 0) + 1 });
    }
    thread.show();
    view.tick();
    view.showVotes();
    view.focus();
    // Last, since only what changes on the page is heard.
    view.update({ help });
    const done = locale.say(edit ? "done.saved" : "done.posted");
    frame.announce(published ? done : noticeFor(view.data, locale));
    thread.emit("rejoinder:posted", {
      id: stored.id,
      status: stored.status,
      thread: stored.thread,
      parent: stored.parent || null,
      edited: Boolean(edit),
    });
  }

  /**
   * Read an own comment again, and show it beside the form that changes it.
   *
   * @param {CommentView} view
   */
  async reread(view) {
    view.showText(true);
    view.update(await this.#thread.service.readMine(`/comments/${view.id}`).catch(() => ({})));
  }

  /** @param {CommentView} view */
  async erase(view) {
    const thread = this.#thread;
    const editToken = thread.own.get(view.id)?.token;
    const counted = view.visible;
    this.count += 1;
    await thread.service.write("DELETE", `/comments/${view.id}`, undefined, { editToken });
    thread.own.forget(view.id);
    if (counted) thread.changeCount(-1);
    if (view.replies.length) view.update({ status: "deleted" });
    else thread.drop(view);
    thread.show();
  }

  /**
   * Vote, and show it at once; it is taken back if the service refuses.
   *
   * @param {CommentView} view
   * @param {number} value 1, -1, or 0 for none
   */
  async vote(view, value) {
    const thread = this.#thread;
    const before = view.vote;
    const votes = view.data.votes || { up: 0, down: 0 };
    /**
     * @param {number} own
     * @param {Votes} counts
     */
    const set = (own, counts) => {
      thread.votes = { ...thread.votes, [view.id]: own };
      view.update({ votes: counts });
    };
    /** @param {1 | -1} side */
    const change = (side) => Number(value === side) - Number(before === side);
    this.count += 1;
    set(value, { up: votes.up + change(1), down: votes.down + change(-1) });
    try {
      const counts = await thread.service.write("POST", `/comments/${view.id}/votes`, { value });
      set(value, { up: counts.up, down: counts.down });
    } catch (error) {
      set(before, votes);
      thread.frame.announce(explain(asProblem(error), thread.locale), { visible: true });
    }
  }
}
