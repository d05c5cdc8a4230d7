// One comment on the page: made once, then only told what changed, so that focus and open forms
// survive a refresh.

import { Composer } from "./composer.js";
import { askDelete, askReport } from "./dialogs.js";
import { arrange, avatar, el, icon, link, markup } from "./dom.js";

// A comment higher than this is cut short until all of it is asked for; see `.short`.
const LINES = 24;

export class CommentView {
  constructor(thread, data, parent = null) {
    this.thread = thread;
    this.id = data.id;
    this.parent = parent;
    this.level = parent ? parent.level + 1 : 0;
    this.replies = [];
    this.cursor = null;
    this.lastCursor = null;
    this.whole = false;
    this._build();
    this.update(data);
  }

  get name() {
    return this.data.author?.name || this.thread.locale.say("anonymous");
  }

  get visible() {
    return this.data.status === "published";
  }

  /** Own and seen by nobody else: not in the public page, so no refresh may drop it. */
  get waiting() {
    return Boolean(this.data.html) && /^(held|rejected)$/.test(this.data.status);
  }

  _build() {
    const { thread, id } = this;
    const say = (key) => thread.locale.say(key);
    const of = { "aria-describedby": `name-${id}` };
    const button = (name, onclick, label = say(name)) =>
      el("button", { type: "button", class: "quiet", text: label, onclick, ...of });
    const heading = `h${Math.min(3 + this.level, 6)}`;
    this.title = el(heading, { class: "name", id: `name-${id}`, dir: "auto" });
    this.time = el("time");
    this.when = el("a", { class: "when", href: `#rejoinder-comment-${id}` }, this.time);
    this.edited = el("span", { class: "meta edited", text: say("edited"), hidden: true });
    this.answers = el("span", { class: "meta", dir: "auto", hidden: true });
    this.badge = el("span", { class: "badge", hidden: true });
    this.face = el("span", { class: "face" });
    this.body = el("div", { class: "body", dir: "auto" });
    this.cut = el("div", { class: "short", onscroll: () => this._reached() }, this.body);
    this.rest = button("showMore", () => this._toggle());
    this.rest.classList.add("rest");
    // Told before anything is painted, and whenever the width or the text has changed.
    new ResizeObserver(() => this.showAll(this.whole)).observe(this.body);
    this.notice = el("p", { class: "notice", dir: "auto", hidden: true });
    this.votes = this._votes();
    this.actions = {
      reply: button("reply", () => this.openReply()),
      edit: button("edit", () => this.openEdit()),
      delete: button("delete", () => askDelete(thread, this)),
      report: button("report", () => askReport(thread, this.data)),
    };
    this.fold = button("hideReplies", () => this.setFolded(!this.folded));
    this.fold.classList.add("fold");
    this.fold.setAttribute("aria-expanded", "true");
    this.bar = el(
      "div",
      { class: "actions" },
      this.votes,
      ...Object.values(this.actions),
      this.fold,
    );
    this.slot = el("div", { class: "slot" });
    this.article = el(
      "article",
      { id: `rejoinder-comment-${id}`, tabindex: "-1", "aria-labelledby": `name-${id}` },
      this.face,
      el(
        "div",
        { class: "content" },
        el("header", {}, this.title, this.answers, this.when, this.edited, this.badge),
        this.cut,
        this.rest,
        this.notice,
        this.bar,
        this.slot,
      ),
    );
    this.list = el("ol", { class: "replies" });
    this.more = el("button", { type: "button", class: "quiet further", hidden: true });
    this.more.addEventListener("click", () => thread.loadReplies(this));
    this.branch = el("div", { class: "branch" }, this.list, this.more);
    this.element = el("li", { class: "comment" }, this.article, this.branch);
  }

  _votes() {
    const { thread } = this;
    const vote = (value, name) =>
      el(
        "button",
        {
          type: "button",
          class: `vote ${name}`,
          title: thread.locale.say(value > 0 ? "voteUp" : "voteDown"),
          "aria-label": thread.locale.say(value > 0 ? "voteUp" : "voteDown"),
          "aria-describedby": `name-${this.id}`,
          onclick: () => thread.vote(this, this.vote === value ? 0 : value),
        },
        icon(name),
      );
    this.up = vote(1, "up");
    this.down = vote(-1, "down");
    this.score = el("span", { class: "score", "aria-hidden": "true" });
    this.scoreText = el("span", { class: "sr" });
    return el("div", { class: "votes" }, this.up, this.score, this.scoreText, this.down);
  }

  /** Show the comment as `data` (its public JSON) says it is now. */
  update(data) {
    const before = this.data || {};
    this.data = { ...before, ...data };
    if (data.status && data.status !== "published" && !data.html) {
      this.data = { ...this.data, html: "", text: "", author: null };
    }
    const { thread, name, visible, waiting } = this;
    const { locale } = thread;
    const gone = !visible && !waiting;
    this.element.classList.toggle("gone", gone);
    this.element.classList.toggle("waiting", waiting);
    if (gone) {
      this.title.textContent = locale.say("gone");
      this.face.replaceChildren(avatar(""));
      this.body.replaceChildren();
      this.closeSlot();
    } else if (before.html !== this.data.html || before.author?.name !== this.data.author?.name) {
      const { website } = this.data.author || {};
      const label = el(website ? "a" : "span", { text: name });
      if (website) link(label, website);
      this.title.replaceChildren(label);
      this.face.replaceChildren(avatar(this.data.author?.name || ""));
      this.body.replaceChildren(markup(this.data.html || ""));
    }
    this.when.hidden = gone;
    this.edited.hidden = gone || !this.data.edited;
    this.badge.hidden = !waiting;
    this.badge.textContent = waiting
      ? locale.say(this.data.status === "held" ? "badgeHeld" : "badgeRejected")
      : "";
    this.notice.hidden = !waiting;
    this.notice.textContent = waiting ? thread.noticeFor(this.data) : "";
    this._answers();
    this.tick();
    this.showVotes();
    this.showReplies();
  }

  /** Name whom a reply answers when it does not stand under it. */
  _answers() {
    const { parent } = this.data;
    const answered = parent && parent !== this.parent?.id ? this.thread.views.get(parent) : null;
    this.answers.hidden = !answered || !this.data.html;
    if (answered) {
      this.answers.textContent = this.thread.locale.say("inReplyTo", { name: answered.name });
    }
  }

  /** What depends on the time: how long ago, and whether the window for editing is open. */
  tick() {
    const { thread, data, actions, visible, waiting } = this;
    const own = thread.mineOf(this.id);
    const open = !thread.closed;
    if (data.created) {
      const date = new Date(data.created);
      const exact = thread.locale.full.format(date);
      this.time.dateTime = data.created;
      this.time.title = exact;
      this.time.textContent = thread.locale.relative(date);
      const link = thread.locale.say("linkTo", { time: exact });
      this.when.setAttribute("aria-label", `${this.time.textContent}. ${link}`);
    }
    actions.reply.hidden = !visible || !open;
    actions.edit.hidden = !own || !(visible || waiting) || !(Date.parse(own.until) > Date.now());
    actions.delete.hidden = !own || !(visible || waiting);
    actions.report.hidden = Boolean(own) || !visible;
    for (const reply of this.replies) reply.tick();
  }

  get vote() {
    return this.thread.votes[this.id] || 0;
  }

  showVotes() {
    const { thread, data, vote } = this;
    const { up = 0, down = 0 } = data.votes || {};
    const own = Boolean(thread.mineOf(this.id));
    const shown = this.visible && thread.settings.votes && (!own || up || down);
    this.votes.hidden = !shown;
    this.up.hidden = this.down.hidden = own;
    this.up.setAttribute("aria-pressed", String(vote === 1));
    this.down.setAttribute("aria-pressed", String(vote === -1));
    this.score.textContent = thread.locale.numbers.format(up - down);
    this.scoreText.textContent = thread.locale.say("score", { up, down });
    this.score.title = this.scoreText.textContent;
  }

  /** Take in replies (the first ones of the page, or a further page's); keeps those known. */
  takeReplies(replies, { cursor, complete = false } = {}) {
    const last = replies.length ? replies[replies.length - 1].id : "";
    const seen = new Set(replies.map(({ id }) => id));
    if (complete) {
      this.replies = this.replies.filter((view) => {
        const covered = cursor === null || view.id <= last;
        return seen.has(view.id) || view.waiting || !covered || this.thread.forget(view);
      });
    }
    for (const data of replies) {
      const known = this.replies.find(({ id }) => id === data.id);
      if (known) known.take(data);
      else this.replies.push(this.thread.make(data, this));
    }
    // Ids are in the order of time, and so are replies.
    this.replies.sort((a, b) => (a.id < b.id ? -1 : 1));
    this.showReplies();
  }

  /** Show a comment and the replies that came with it. */
  take(data) {
    const grown = (data.reply_count || 0) > (this.data.reply_count || 0);
    const first = !this.started;
    this.update(data);
    if (!data.replies) return;
    this.started = true;
    this.takeReplies(data.replies, { cursor: data.replies_cursor ?? null, complete: true });
    if (first) this.cursor = data.replies_cursor ?? null;
    else if (grown && !this.cursor) this.cursor = this.lastCursor || data.replies_cursor || null;
    this.showReplies();
  }

  showReplies() {
    arrange(
      this.list,
      this.replies.map(({ element }) => element),
    );
    const { locale } = this.thread;
    const loaded = this.replies.filter(({ waiting }) => !waiting).length;
    const count = Math.max(this.data.reply_count || 0, loaded);
    const left = Math.max(count - loaded, 1);
    this.more.hidden = !this.cursor;
    this.branch.classList.toggle("bare", !this.replies.length);
    this.more.textContent = locale.say("moreReplies", { count: left });
    this.fold.hidden = !this.replies.length;
    this.fold.textContent = this.folded
      ? locale.say("showReplies", { count: Math.max(count, this.replies.length) })
      : locale.say("hideReplies");
  }

  setFolded(folded) {
    this.folded = folded;
    this.branch.hidden = folded;
    this.fold.setAttribute("aria-expanded", String(!folded));
    this.showReplies();
  }

  /** Show all of the text, or cut it short if it is very long. */
  showAll(whole) {
    const { cut, rest, body } = this;
    const long = body.offsetHeight > LINES * parseFloat(getComputedStyle(body).lineHeight);
    this.whole = whole;
    cut.classList.toggle("short", long && !whole);
    rest.hidden = !long;
    rest.setAttribute("aria-expanded", String(whole));
    rest.textContent = this.thread.locale.say(whole ? "showLess" : "showMore");
  }

  _toggle() {
    const { rest } = this;
    const place = () => rest.getBoundingClientRect().top;
    const before = place();
    this.showAll(!this.whole);
    if (this.whole) return;
    // What is below stays where it was, or at least in sight.
    scrollBy({ top: place() - before, behavior: "instant" });
    rest.scrollIntoView({ block: "nearest" });
  }

  /** The browser went to a link or to found words behind the cut: show them, and stay there. */
  _reached() {
    const { scrollTop: top } = this.cut;
    this.showAll(true);
    scrollBy({ top, behavior: "instant" });
  }

  openReply() {
    this._open({ reply: this }, this.actions.reply);
  }

  openEdit() {
    this.body.hidden = true;
    this._open({ edit: this }, this.actions.edit);
  }

  _open(what, opener) {
    if (this.composer && this.opener !== opener) this.closeSlot();
    if (opener !== this.actions.edit) this.body.hidden = false;
    if (!this.composer) {
      this.opener = opener;
      const close = () => {
        this.closeSlot();
        opener.focus();
      };
      this.composer = new Composer(this.thread, { ...what, close });
      this.composer.form.classList.add("open");
      this.slot.append(this.composer.form);
    }
    this.composer.text.focus();
  }

  closeSlot() {
    this.composer = null;
    this.body.hidden = false;
    this.slot.replaceChildren();
  }

  /** The comment to go to when this one goes away. */
  neighbour() {
    const siblings = this.parent ? this.parent.replies : this.thread.roots;
    const index = siblings.indexOf(this);
    return siblings[index + 1] || siblings[index - 1] || this.parent;
  }

  focus() {
    for (let view = this.parent; view; view = view.parent) if (view.folded) view.setFolded(false);
    this.showAll(true);
    this.article.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.article.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
  }
}
