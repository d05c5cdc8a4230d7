/** What was done on the site, newest first, and undoing it. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { author, empty, link, status } from "../core/components.js";
import { showError } from "../core/dialogs.js";
import { button, keepingFocus } from "../core/dom.js";
import { ago, has, named, t } from "../core/i18n.js";
import { mySession } from "../core/session.js";
import { reasonText } from "../queue/decision-dialogs.js";
import { madeHere, onUndo, undo, undoBatches, undoLast } from "../queue/decisions.js";
import { highlighted } from "../queue/highlights.js";

/** @import { AuditEntry, AuditPage, Case, Moderator, SiteEvent } from "../../../web/api.js" */
/** @import { Screen } from "./screen.js" */

const PAGE = 50;
// A filter looks through at most this many pages for something to show.
const PAGES = 5;
const EXCERPT = 140;
const DECISIONS = ["approve", "reject", "escalate"];
const DECISIONS_AND_UNDOS = [...DECISIONS, "undo", "batch"];
const ABOUT_COMMENTS = [...DECISIONS, "undo", "submit", "edit", "rescore", "delete", "report"];

/** @param {AuditEntry} entry */
const isDecision = ({ verb }) => DECISIONS_AND_UNDOS.includes(verb);

/** @type {Record<string, (entry: AuditEntry) => boolean>} */
const FILTERS = {
  decisions: isDecision,
  mine: (entry) => entry.actor === mySession().moderator.id && isDecision(entry),
  everything: () => true,
};

/** @implements {Screen} */
export class HistoryScreen {
  /** @type {AuditEntry[]} */
  #entries = [];
  /** Moderators by their ids.
   * @type {Record<string, string>} */
  #names = {};
  /** Decisions that were undone.
   * @type {Set<string>} */
  #undone = new Set();
  /** @type {Map<string, Promise<Case>>} */
  #cases = new Map();
  /** Where the text of each entry that is not read yet belongs.
   * @type {WeakMap<Element, AuditEntry>} */
  #waiting = new WeakMap();
  #sight = new IntersectionObserver((seen) => this.#onSight(seen), { rootMargin: "200px" });
  /** @type {string | null} */
  #cursor = null;
  #gone = false;
  #turn = 0;
  #filter = "decisions";
  #rows = el("ol", { class: "entries" });
  #more;

  constructor() {
    this.#more = button(t("list.more"), () => this.#load(), { class: "quiet" });
    const filter = el(
      "select",
      { "aria-label": t("history.filter") },
      Object.keys(FILTERS).map((name) => el("option", { value: name }, t(`history.${name}`))),
    );
    filter.addEventListener("change", () => this.#choose(filter.value));
    this.node = el(
      "div",
      { class: "page" },
      el("div", { class: "page-head" }, el("h1", {}, t("history.title")), filter),
      el("p", { class: "lead" }, t("history.text")),
      this.#rows,
      this.#more,
    );
    onUndo(() => this.show());
  }

  get title() {
    return t("history.title");
  }

  shortcuts() {
    return [{ key: "u", label: t("keys.undo"), run: undoLast }];
  }

  leave() {
    this.#gone = true;
    this.#sight.disconnect();
    onUndo(() => {});
  }

  /** @param {SiteEvent[]} events */
  onEvents(events) {
    const others = events.some(
      ({ type, data }) => type === "case.decided" && !madeHere(data.decision),
    );
    if (others) this.show();
  }

  async show() {
    try {
      const { moderators } = await request("GET", "/moderators");
      this.#names = Object.fromEntries(
        moderators.map((/** @type {Moderator} */ { id, name, email }) => [id, name || email]),
      );
      this.#cases.clear();
      await this.#load({ anew: true });
    } catch (error) {
      showError(error);
    }
  }

  /** @param {string} filter */
  async #choose(filter) {
    this.#filter = filter;
    this.#draw();
    if (this.#cursor && this.#shown.length < PAGE) await this.#load();
  }

  get #shown() {
    return this.#entries.filter(FILTERS[this.#filter]);
  }

  /**
   * Read on, or `anew` from the latest on about as far as was read.
   *
   * @param {{ anew?: boolean }} [options]
   */
  async #load({ anew = false } = {}) {
    this.#turn += 1;
    const turn = this.#turn;
    const enough = Math.max(this.#shown.length + (anew ? 0 : PAGE / 2), PAGE / 2);
    let entries = anew ? [] : this.#entries;
    let cursor = anew ? null : this.#cursor;
    try {
      for (let page = 0; page < PAGES; page += 1) {
        /** @type {AuditPage} */
        const answer = await request("GET", "/audit", { query: { limit: PAGE, cursor } });
        if (turn !== this.#turn) return;
        entries = [...entries, ...answer.entries];
        cursor = answer.next_cursor;
        if (!cursor || entries.filter(FILTERS[this.#filter]).length >= enough) break;
      }
      this.#entries = entries;
      this.#cursor = cursor;
      for (const { detail } of entries) if (detail.undoes) this.#undone.add(detail.undoes);
    } catch (error) {
      showError(error);
    }
    if (!this.#gone) this.#draw();
  }

  #draw() {
    const shown = this.#shown;
    keepingFocus(this.#rows, () =>
      fill(
        this.#rows,
        shown.length
          ? shown.map((entry) => this.#row(entry))
          : el("li", {}, empty(t("history.empty"), t("history.empty_text"))),
      ),
    );
    this.#more.hidden = !this.#cursor;
  }

  /** @param {AuditEntry} entry */
  #row(entry) {
    const { id, actor, at, verb, detail, subject } = entry;
    const about = ABOUT_COMMENTS.includes(verb);
    const isUndone = this.#undone.has(detail.decision);
    const text = about ? el("p", { class: "entry-about", dir: "auto" }) : null;
    if (text) {
      this.#waiting.set(text, entry);
      this.#sight.observe(text);
    }
    return el(
      "li",
      { class: `entry verb-${verb}${isUndone ? " undone" : ""}`, "data-key": id },
      el(
        "div",
        { class: "entry-what" },
        el(
          "p",
          {},
          el("strong", {}, el("bdi", {}, this.#actor(actor))),
          " ",
          verb === "batch"
            ? t(`verb.batch.${detail.action}`, { count: Number(detail.comments) })
            : named("verb", verb),
        ),
        text,
        entryDetail(entry, isUndone),
      ),
      el(
        "div",
        { class: "entry-end" },
        ago(at),
        about ? link(`cases/${subject}`, { class: "button small quiet" }, t("history.open")) : null,
        this.#undoButton(entry, isUndone),
      ),
    );
  }

  /**
   * The audit has no texts: what an entry is about is read when it comes into sight.
   *
   * @param {IntersectionObserverEntry[]} seen
   */
  #onSight(seen) {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      this.#sight.unobserve(target);
      const entry = this.#waiting.get(target);
      if (entry) this.#fillIn(target, entry);
    }
  }

  /**
   * @param {Element} text
   * @param {AuditEntry} entry
   */
  async #fillIn(text, { subject, detail }) {
    /** @type {Promise<Case>} */
    const reading = this.#cases.get(subject) ?? request("GET", `/queue/${subject}`);
    this.#cases.set(subject, reading);
    try {
      const { comment, decisions } = await reading;
      const reason = decisions.find(({ id }) => id === detail.decision)?.reason;
      fill(
        text,
        reason ? [el("strong", {}, reasonText(reason)), " · "] : null,
        author(comment.author),
        ": ",
        highlighted(comment, null, { most: EXCERPT, plain: true }),
      );
    } catch (error) {
      // The entry stands without it.
      asProblem(error);
    }
  }

  /** @param {string} id */
  #actor(id) {
    if (this.#names[id]) return this.#names[id];
    if (id.startsWith("key:")) return t("actor.key", { key: id.slice(4) });
    return has(`actor.${id}`) ? t(`actor.${id}`) : t("actor.reader");
  }

  /**
   * @param {AuditEntry} entry
   * @param {boolean} isUndone
   */
  #undoButton({ verb, detail, subject }, isUndone) {
    /** @type {{ icon: "undo", class: string }} */
    const options = { icon: "undo", class: "small" };
    if (verb === "batch") {
      const left = this.#entries.some(
        ({ detail: made }) =>
          made.batch === subject && made.decision && !this.#undone.has(made.decision),
      );
      if (!left) return null;
      return button(t("history.undo_batch"), () => undoBatches([subject]), options);
    }
    if (!DECISIONS.includes(verb) || isUndone) return null;
    return button(t("action.undo"), () => undo(detail.decision, [subject]), options);
  }
}

/**
 * What an entry changed.
 *
 * @param {AuditEntry} entry
 * @param {boolean} isUndone
 */
function entryDetail({ detail }, isUndone) {
  const { before, after } = detail;
  const arrow = () => el("span", { class: "arrow", "aria-label": t("history.to") }, "→");
  return el(
    "p",
    { class: "entry-detail" },
    before && after && before !== after ? [status(before), arrow(), status(after)] : null,
    detail.status ? status(detail.status) : null,
    detail.batch ? el("span", { class: "badge" }, t("history.in_batch")) : null,
    isUndone ? el("span", { class: "hint" }, t("history.undone")) : null,
  );
}
