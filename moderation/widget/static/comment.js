/**
 * One comment on the page: made once, then only told what changed, so that focus and open forms
 * survive a refresh.
 */

import { el } from "../../web/elements.js";
import { Composer } from "./composer.js";
import { askDelete, askReport } from "./dialogs.js";
import { arrange, avatar, button } from "./dom.js";
import { helpFor, noticeFor } from "./explain.js";
import { FoldedText } from "./folded-text.js";
import { link, markup, readable } from "./markup.js";
import { VoteButtons } from "./vote-buttons.js";

/** @import { Comment } from "../../web/api.js" */
/** @import { Thread } from "./thread.js" */

export class CommentView {
  #thread;
  #title;
  #answers = el("a", { class: "meta", dir: "auto", hidden: true });
  #time = el("time");
  #when;
  #edited;
  #badge = el("span", { class: "badge", hidden: true });
  #new;
  #face = el("span");
  #text;
  #notice = el("p", { class: "notice", dir: "auto", hidden: true });
  /** What somebody in despair is told; empty for all others. */
  #help = el("div", { class: "notice", role: "status", dir: "auto" });
  #votes;
  #actions;
  #others;
  #menu;
  #fold;
  #slot = el("div", { class: "slot" });
  #article;
  #list = el("ol", { class: "replies", hidden: true });
  #more;
  #branch;
  /** @type {Composer | null} */
  #composer = null;
  /** @type {HTMLElement | null} */
  #opener = null;
  /** Whether the replies that come with the comment were taken in. */
  #started = false;
  folded = false;
  /** Whether it came while the reader was here. */
  isNew = false;
  /** @type {CommentView[]} */
  replies = [];
  /** Where the next page of replies begins; null if there is none.
   * @type {string | null} */
  cursor = null;
  /** Where the page before began.
   * @type {string | null} */
  lastCursor = null;

  /**
   * @param {Thread} thread
   * @param {Comment} data
   * @param {CommentView | null} [parent]
   */
  constructor(thread, data, parent = null) {
    this.#thread = thread;
    this.id = data.id;
    this.parent = parent;
    /** @type {number} how many comments are above it */
    this.level = parent ? parent.level + 1 : 0;
    /** @type {Comment} */
    this.data = { id: data.id, parent: data.parent, status: data.status };

    const { locale } = thread;
    const nameId = `name-${this.id}`;
    /**
     * @param {string} label
     * @param {() => unknown} run
     */
    const quiet = (label, run) =>
      button(locale.say(label), run, { class: "quiet", "aria-describedby": nameId });
    const heading = /** @type {"h3"} */ (`h${Math.min(3 + this.level, 6)}`);
    this.#title = el(heading, { class: "name", id: nameId, dir: "auto" });
    this.#when = el("a", { class: "when", href: `#rejoinder-comment-${this.id}` }, this.#time);
    this.#edited = el("span", { class: "meta edited", hidden: true }, locale.say("comment.edited"));
    this.#text = new FoldedText(locale, nameId);
    this.#votes = new VoteButtons(locale, nameId, (value) =>
      thread.contributions.vote(this, this.vote === value ? 0 : value),
    );
    this.#actions = {
      reply: quiet("action.reply", () => this.#openReply()),
      edit: quiet("action.edit", () => this.#openEdit()),
      delete: quiet("action.delete", () => askDelete(thread, this)),
      report: quiet("action.report", () => {
        if (!thread.own.reported.includes(this.id)) askReport(thread, this);
      }),
    };
    const { reply, edit, delete: remove, report } = this.#actions;
    this.#others = el("div", { class: "others" }, edit, remove, report);
    this.#menu = button("…", () => this.#toggleMenu(), {
      class: "quiet dots",
      "aria-label": locale.say("action.more"),
      "aria-describedby": nameId,
      "aria-expanded": "false",
    });
    this.#new = el("span", { class: "new", hidden: true }, locale.say("comment.new"));
    this.#answers.addEventListener("click", () => {
      const answered = thread.views.get(this.data.parent ?? "");
      if (answered) thread.permalink.show(answered);
    });
    this.#fold = quiet("replies.hide", () => this.setFolded(!this.folded));
    this.#fold.classList.add("fold");
    this.#fold.setAttribute("aria-expanded", "true");
    this.#article = el(
      "article",
      { id: `rejoinder-comment-${this.id}`, tabindex: "-1", "aria-labelledby": nameId },
      this.#face,
      el(
        "div",
        { class: "content" },
        el(
          "header",
          {},
          this.#title,
          this.#answers,
          this.#when,
          this.#edited,
          this.#new,
          this.#badge,
        ),
        this.#text.element,
        this.#text.button,
        this.#notice,
        this.#help,
        el(
          "div",
          { class: "actions" },
          this.#votes.element,
          reply,
          this.#others,
          this.#menu,
          this.#fold,
        ),
        this.#slot,
      ),
    );
    this.#more = button("", () => thread.loadReplies(this, this.#more), {
      class: "quiet further",
      hidden: true,
    });
    this.#branch = el("div", { class: "branch" }, this.#list, this.#more);
    this.element = el("li", { class: "comment" }, this.#article, this.#branch);
    this.update(data);
  }

  /** The top-level comment that it stands under, or itself. */
  get root() {
    /** @type {CommentView} */
    let view = this;
    while (view.parent) view = view.parent;
    return view;
  }

  get name() {
    return readable(this.data.author?.name) || this.#thread.locale.say("author.nameless");
  }

  /** Until when the reader may change it, as far as it is theirs: written here, or as who they are. */
  get edit() {
    const { own, service, settings } = this.#thread;
    const { author, created } = this.data;
    const known = own.get(this.id);
    if (known || !author?.id || author.id !== service.author?.id) return known;
    return { until: Date.parse(created ?? "") + (settings.edit_minutes ?? 0) * 60_000 };
  }

  get visible() {
    return this.data.status === "published";
  }

  /** Own and seen by nobody else: not in the public page, so no refresh may drop it. */
  get waiting() {
    return Boolean(this.data.html) && /^(held|rejected)$/.test(this.data.status);
  }

  /**
   * Show the comment as it is now.
   *
   * @param {Partial<Comment>} data what changed of its public JSON
   */
  update(data) {
    const before = this.data;
    this.data = { ...before, ...data };
    if (data.status && data.status !== "published" && !data.html) {
      this.data = { ...this.data, html: "", text: "", author: null };
    }
    const { visible, waiting } = this;
    const { locale } = this.#thread;
    const { author, help, html, status, edited } = this.data;
    const gone = !visible && !waiting;
    this.element.classList.toggle("gone", gone);
    this.element.classList.toggle("waiting", waiting);
    if (gone) {
      this.#title.textContent = locale.say("comment.gone");
      this.#face.replaceChildren(avatar(""));
      this.#text.body.replaceChildren();
      this.closeComposer();
    } else if (before.html !== html || before.author?.name !== author?.name) {
      const role = `role.${author?.role}`;
      this.#title.replaceChildren(
        this.#signature(),
        ...(locale.has(role) ? [" ", el("span", { class: "badge role" }, locale.say(role))] : []),
      );
      this.#face.replaceChildren(avatar(readable(author?.name)));
      this.#text.body.replaceChildren(markup(html || ""));
    }
    this.#when.hidden = gone;
    this.#edited.hidden = gone || !edited;
    const pinned = visible && this.#thread.info.pinned === this.id;
    this.#badge.hidden = !waiting && !pinned;
    this.#badge.classList.toggle("role", pinned);
    const badge = waiting ? `status.${status}` : "comment.pinned";
    this.#badge.textContent = waiting || pinned ? locale.say(badge) : "";
    this.#notice.hidden = !waiting;
    this.#notice.textContent = waiting ? noticeFor(this.data, locale) : "";
    if (help !== before.help) this.#help.replaceChildren(...helpFor(help, locale));
    this.#showAnswered();
    this.tick();
    this.showVotes();
    this.showReplies();
  }

  #signature() {
    const website = this.data.author?.website;
    if (!website) return el("span", {}, this.name);
    const anchor = el("a", {}, this.name);
    link(anchor, website);
    return anchor;
  }

  /** Name whom a reply answers when it does not stand under it. */
  #showAnswered() {
    const { parent, html } = this.data;
    const answered =
      parent && parent !== this.parent?.id ? this.#thread.views.get(parent) : undefined;
    this.#answers.hidden = !answered || !html;
    if (answered) {
      const { id, name } = answered;
      this.#answers.href = `#rejoinder-comment-${id}`;
      this.#answers.textContent = this.#thread.locale.say("comment.in_reply_to", { name });
    }
  }

  /** What depends on the time: how long ago, and whether the window for editing is open. */
  tick() {
    const { visible, waiting } = this;
    const { locale, own, closed } = this.#thread;
    const { created } = this.data;
    const actions = this.#actions;
    const { edit } = this;
    const date = new Date(created ?? 0);
    const ago = created ? locale.relative(date) : "";
    if (created && ago !== this.#time.textContent) {
      const time = locale.exact(date);
      this.#time.dateTime = created;
      this.#time.title = time;
      this.#time.textContent = ago;
      this.#when.setAttribute("aria-label", `${ago}. ${locale.say("comment.link", { time })}`);
    }
    const mine = Boolean(edit) && (visible || waiting);
    actions.reply.hidden = !visible || closed;
    actions.edit.hidden = !mine || !(new Date(edit?.until ?? 0).getTime() > Date.now());
    actions.delete.hidden = !mine;
    actions.report.hidden = Boolean(edit) || !visible;
    const reported = own.reported.includes(this.id);
    actions.report.textContent = locale.say(reported ? "comment.reported" : "action.report");
    actions.report.setAttribute("aria-disabled", String(reported));
    this.#showDraft("reply", this.id);
    if (mine) this.#showDraft("edit", `edit:${this.id}`);
    this.#menu.hidden = mine ? false : actions.report.hidden;
    for (const reply of this.replies) reply.tick();
  }

  /**
   * Let a button say that there is something begun behind it.
   *
   * @param {"reply" | "edit"} name
   * @param {string} about
   */
  #showDraft(name, about) {
    const { locale } = this.#thread;
    const action = locale.say(`action.${name}`);
    const begun = this.#thread.draft(about).text;
    this.#actions[name].textContent = begun ? locale.say("action.draft", { action }) : action;
  }

  #toggleMenu() {
    const open = this.#others.classList.toggle("open");
    this.#menu.setAttribute("aria-expanded", String(open));
  }

  /** Mark it as one that the reader has not seen yet. */
  markNew() {
    this.isNew = true;
    this.#new.hidden = false;
  }

  /** The reader's own vote. */
  get vote() {
    return this.#thread.votes[this.id] || 0;
  }

  showVotes() {
    const { settings } = this.#thread;
    const { up, down } = this.data.votes || { up: 0, down: 0 };
    const mine = Boolean(this.edit);
    const shown = this.visible && settings.votes && Boolean(!mine || up || down);
    this.#votes.show({ shown, mine, vote: this.vote, up, down });
  }

  /**
   * Take in replies (the first ones of the page, or a further page's); keeps those known.
   *
   * @param {Comment[]} replies
   * @param {{ cursor?: string | null, complete?: boolean, fresh?: boolean }} [page] whether no
   *   others are before `cursor`; whether those that are not known are new
   */
  takeReplies(replies, { cursor = null, complete = false, fresh = false } = {}) {
    const last = replies.length ? replies[replies.length - 1].id : "";
    const present = new Set(replies.map(({ id }) => id));
    if (complete) {
      this.replies = this.replies.filter((view) => {
        const covered = cursor === null || view.id <= last;
        if (present.has(view.id) || view.waiting || !covered) return true;
        this.#thread.forget(view);
        return false;
      });
    }
    for (const data of replies) {
      const known = this.replies.find(({ id }) => id === data.id);
      if (known) known.take(data);
      else {
        const view = this.#thread.make(data, this);
        this.replies.push(view);
        if (fresh) view.markNew();
      }
    }
    // Ids are in the order of time, and so are replies.
    this.replies.sort((a, b) => (a.id < b.id ? -1 : 1));
    this.showReplies();
  }

  /**
   * Show a comment and the replies that came with it.
   *
   * @param {Comment} data
   */
  take(data) {
    const more = (data.reply_count || 0) - (this.data.reply_count || 0);
    const first = !this.#started;
    const cursor = data.replies_cursor ?? null;
    this.update(data);
    if (!data.replies) return;
    this.#started = true;
    const fresh = !first && more > 0;
    if (fresh) this.#thread.watch.answered(this, more);
    this.takeReplies(data.replies, { cursor, complete: true, fresh });
    if (first) this.cursor = cursor;
    else if (fresh && !this.cursor) this.cursor = this.lastCursor || cursor;
    this.showReplies();
  }

  /**
   * Take in the way to a comment: of each list of replies it has only the next one.
   *
   * @param {Comment} data
   */
  lead(data) {
    this.update(data);
    for (const reply of data.replies ?? []) {
      const known = this.replies.find(({ id }) => id === reply.id);
      if (known) known.lead(reply);
      else this.takeReplies([reply]);
    }
  }

  showReplies() {
    const { replies, folded } = this;
    const { locale } = this.#thread;
    arrange(
      this.#list,
      replies.map(({ element }) => element),
    );
    const loaded = replies.filter(({ waiting }) => !waiting).length;
    const count = Math.max(this.data.reply_count || 0, loaded);
    this.#list.hidden = !replies.length;
    this.#more.hidden = !this.cursor;
    this.#more.textContent = locale.say("replies.more", { count: Math.max(count - loaded, 1) });
    this.#branch.classList.toggle("bare", !replies.length);
    this.#fold.hidden = !replies.length;
    this.#fold.textContent = folded
      ? locale.say("replies.show", { count: Math.max(count, replies.length) })
      : locale.say("replies.hide");
  }

  /** @param {boolean} folded */
  setFolded(folded) {
    this.folded = folded;
    this.#branch.hidden = folded;
    this.#fold.setAttribute("aria-expanded", String(!folded));
    this.showReplies();
  }

  #openReply() {
    this.#open({ reply: this }, this.#actions.reply);
  }

  #openEdit() {
    this.showText(false);
    this.#open({ edit: this }, this.#actions.edit);
  }

  /** @param {boolean} shown */
  showText(shown) {
    this.#text.body.hidden = !shown;
  }

  /**
   * @param {{ reply?: CommentView, edit?: CommentView }} what
   * @param {HTMLElement} opener
   */
  #open(what, opener) {
    if (this.#composer && this.#opener !== opener) this.closeComposer();
    if (what.reply) this.showText(true);
    if (!this.#composer) {
      this.#opener = opener;
      const close = () => {
        this.closeComposer();
        opener.focus();
      };
      this.#composer = new Composer(this.#thread, { ...what, close });
      this.#composer.open();
      this.#slot.append(this.#composer.form);
    }
    this.#composer.focus();
  }

  closeComposer() {
    this.#composer = null;
    this.showText(true);
    this.#slot.replaceChildren();
    this.tick();
  }

  /** The comment to go to when this one goes away. */
  neighbour() {
    const siblings = this.parent ? this.parent.replies : this.#thread.roots;
    const index = siblings.indexOf(this);
    return siblings[index + 1] || siblings[index - 1] || this.parent;
  }

  focus() {
    for (let view = this.parent; view; view = view.parent) if (view.folded) view.setFolded(false);
    this.#text.show(true);
    this.#article.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#article.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
  }
}
