/** What was done on the site, newest first, and taking it back. */

import { complain } from "../core/dialogs.js";
import {
  madeHere,
  onUndo,
  reasonInWords,
  undo,
  undoBatches,
  undoLast,
} from "../queue/decisions.js";
import { button, el, fill, keepingFocus } from "../core/dom.js";
import { highlighted } from "../queue/evidence.js";
import * as pieces from "../core/components.js";
import { ask, who } from "../core/service.js";
import { ago, has, named, t } from "../core/i18n.js";

const PAGE = 50;
// A filter looks through at most this many pages for something to show.
const PAGES = 5;
const EXCERPT = 140;
const DECISIONS = ["approve", "reject", "escalate"];
const ABOUT_COMMENTS = [...DECISIONS, "undo", "submit", "edit", "rescore", "delete", "report"];
const FILTERS = {
  decisions: (entry) => [...DECISIONS, "undo", "batch"].includes(entry.verb),
  mine: (entry) => entry.actor === who().moderator.id && FILTERS.decisions(entry),
  everything: () => true,
};

export class HistoryScreen {
  constructor() {
    this.entries = [];
    this.names = {};
    this.undone = new Set();
    this.cases = new Map();
    this.sight = new IntersectionObserver((seen) => this.seen(seen), { rootMargin: "200px" });
    this.filter = "decisions";
    this.rows = el("ol", { class: "entries" });
    this.more = button(t("list.more"), () => this.loadMore(), { class: "quiet" });
    const select = el(
      "select",
      { "aria-label": t("history.filter"), on: { change: () => this.choose(select.value) } },
      Object.keys(FILTERS).map((name) => el("option", { value: name }, t(`history.${name}`))),
    );
    this.node = el(
      "div",
      { class: "page" },
      el("div", { class: "page-head" }, el("h1", {}, t("history.title")), select),
      el("p", { class: "lead" }, t("history.text")),
      this.rows,
      this.more,
    );
    onUndo(() => this.show());
  }

  get title() {
    return t("history.title");
  }

  keys() {
    return [["u", t("keys.undo"), () => undoLast()]];
  }

  leave() {
    this.gone = true;
    this.sight.disconnect();
    onUndo(() => {});
  }

  heard(events) {
    if (events.some(({ type, data }) => type === "case.decided" && !madeHere(data.decision)))
      this.show();
  }

  async show() {
    try {
      const { moderators } = await ask("GET", "/moderators");
      this.names = Object.fromEntries(moderators.map(({ id, name, email }) => [id, name || email]));
      this.cases.clear();
      await this.load({ anew: true });
    } catch (problem) {
      complain(problem);
    }
  }

  async choose(filter) {
    this.filter = filter;
    this.draw();
    if (this.cursor && this.shown.length < PAGE) await this.loadMore();
  }

  get shown() {
    return this.entries.filter(FILTERS[this.filter]);
  }

  loadMore() {
    return this.load();
  }

  /** Read on, or `anew` from the latest on about as far as was read. */
  async load({ anew = false } = {}) {
    const turn = {};
    this.turn = turn;
    const enough = Math.max(this.shown.length + (anew ? 0 : PAGE / 2), PAGE / 2);
    let entries = anew ? [] : this.entries;
    let cursor = anew ? null : this.cursor;
    try {
      for (let page = 0; page < PAGES; page += 1) {
        const answer = await ask("GET", "/audit", { query: { limit: PAGE, cursor } });
        if (turn !== this.turn) return;
        entries = [...entries, ...answer.entries];
        cursor = answer.next_cursor;
        if (!cursor || entries.filter(FILTERS[this.filter]).length >= enough) break;
      }
      Object.assign(this, { entries, cursor });
      for (const { detail } of this.entries) if (detail.undoes) this.undone.add(detail.undoes);
    } catch (problem) {
      complain(problem);
    }
    if (!this.gone) this.draw();
  }

  draw() {
    const { shown } = this;
    keepingFocus(this.rows, () =>
      fill(
        this.rows,
        shown.map((entry) => this.row(entry)),
      ),
    );
    if (!shown.length)
      fill(this.rows, el("li", {}, pieces.empty(t("history.empty"), t("history.empty_text"))));
    this.more.hidden = !this.cursor;
  }

  row(entry) {
    const { verb, detail, subject } = entry;
    const about = ABOUT_COMMENTS.includes(verb);
    const isUndone = this.undone.has(detail.decision);
    const text = about ? el("p", { class: "entry-about", dir: "auto" }) : null;
    if (about) this.expect(text, entry);
    return el(
      "li",
      { class: `entry verb-${verb}${isUndone ? " undone" : ""}`, "data-key": entry.id },
      el(
        "div",
        { class: "entry-what" },
        el(
          "p",
          {},
          el("strong", {}, el("bdi", {}, this.actor(entry.actor))),
          " ",
          this.words(entry),
        ),
        text,
        this.detail(entry, isUndone),
      ),
      el(
        "div",
        { class: "entry-end" },
        ago(entry.at),
        about
          ? pieces.link(`cases/${subject}`, { class: "button small quiet" }, t("history.open"))
          : null,
        this.undo(entry, isUndone),
      ),
    );
  }

  /** The audit has no texts: what an entry is about is read when it comes into sight. */
  expect(text, entry) {
    text.about = entry;
    this.sight.observe(text);
  }

  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.sight.unobserve(target);
      this.tell(target, target.about);
    }
  }

  async tell(text, { subject, detail }) {
    if (!this.cases.has(subject)) this.cases.set(subject, ask("GET", `/queue/${subject}`));
    try {
      const { comment, decisions } = await this.cases.get(subject);
      const reason = decisions.find((decision) => decision.id === detail.decision)?.reason;
      fill(
        text,
        reason ? [el("strong", {}, reasonInWords(reason)), " · "] : null,
        pieces.author(comment.author),
        ": ",
        highlighted(comment, null, { most: EXCERPT, plain: true }),
      );
    } catch (problem) {
      if (problem.status === undefined) throw problem;
    }
  }

  actor(id) {
    if (this.names[id]) return this.names[id];
    if (id.startsWith("key:")) return t("actor.key", { key: id.slice(4) });
    return has(`actor.${id}`) ? t(`actor.${id}`) : t("actor.reader");
  }

  words({ verb, detail }) {
    if (verb === "batch")
      return t(`verb.batch.${detail.action}`, { count: Number(detail.comments) });
    return named("verb", verb);
  }

  detail({ detail }, isUndone) {
    const pair = detail.before && detail.after && detail.before !== detail.after;
    return el(
      "p",
      { class: "entry-detail" },
      pair
        ? [
            pieces.status(detail.before),
            el("span", { class: "arrow", "aria-label": t("history.to") }, "→"),
            pieces.status(detail.after),
          ]
        : null,
      detail.status ? pieces.status(detail.status) : null,
      detail.batch ? el("span", { class: "badge" }, t("history.in_batch")) : null,
      isUndone ? el("span", { class: "hint" }, t("history.undone")) : null,
    );
  }

  undo({ verb, detail, subject }, isUndone) {
    const options = { icon: "undo", class: "small" };
    const left = ({ detail: made }) =>
      made.batch === subject && made.decision && !this.undone.has(made.decision);
    if (verb === "batch" && !this.entries.some(left)) return null;
    if (verb === "batch")
      return button(t("history.undo_batch"), () => undoBatches([subject]), options);
    if (!DECISIONS.includes(verb) || isUndone) return null;
    return button(t("action.undo"), () => undo(detail.decision, [subject]), options);
  }
}
