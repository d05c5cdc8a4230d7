/** What was done on the site, newest first, and undoing it. */

import { el, fill } from "../../../web/elements.js";
import { asProblem } from "../../../web/requests.js";
import { request } from "../core/api.js";
import { author, empty, link, status } from "../core/components.js";
import { showError } from "../core/dialogs.js";
import { button, keepingFocus } from "../core/dom.js";
import { ago, has, named, t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";
import { mySession } from "../core/session.js";
import { arrow, changeList, deed } from "./audit-words.js";
import { undoChange } from "../threads/changing.js";
import { reasonText } from "../queue/decision-dialogs.js";
import { madeHere, onUndo, undo, undoBatches, undoLast } from "../queue/decisions.js";
import { highlighted } from "../queue/highlights.js";

/** @import { AuditEntry, AuditPage, Case, Moderator, SiteEvent } from "../../../web/api.js" */
/** @import { Screen } from "./screen.js" */

const PAGE = 50;
// A page of the service looks through so many entries of a busy site; so many pages until a rest.
const PAGES = 20;
const EXCERPT = 140;
const DECISIONS = ["approve", "reject", "escalate"];
/** Changes of a thread, each of which can be undone. */
const THREAD_CHANGES = ["close", "open", "hide", "show", "pin", "unpin", "thread"];
/** Those whose words say all that they changed. */
const SAID_BY_VERB = ["close", "open", "hide", "show", "unpin"];
const ABOUT_THREADS = [...THREAD_CHANGES, "undo-thread"];
const DECISIONS_AND_UNDOS = [
  ...[...DECISIONS, "undo", "batch", "take-over"],
  ...["measure", "undo-measure"],
  ...ABOUT_THREADS,
];
const ABOUT_COMMENTS = [
  ...DECISIONS,
  "undo",
  "take-over",
  "submit",
  "edit",
  "rescore",
  "delete",
  "report",
];

const ABOUT_AUTHORS = ["measure", "undo-measure"];

/** What each filter asks the service for.
 * @type {Record<string, () => Record<string, string>>} */
const FILTERS = {
  decisions: () => ({ verb: DECISIONS_AND_UNDOS.join(",") }),
  mine: () => ({ verb: DECISIONS_AND_UNDOS.join(","), actor: mySession().moderator.id }),
  everything: () => ({}),
};

/**
 * Entries that are one doing: a batch, or its undoing.
 *
 * @typedef {{ key: string, batch: string | null, entries: AuditEntry[], first: AuditEntry }} Doing
 */

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
    await this.#load({ anew: true, few: true });
  }

  /**
   * Read on, or `anew` from the latest on about as far as was read: by what is shown as one, which
   * is read to its end.
   *
   * @param {{ anew?: boolean, few?: boolean }} [options] `few`: no further than a page
   */
  async #load({ anew = false, few = false } = {}) {
    this.#turn += 1;
    const turn = this.#turn;
    const had = anew && few ? 0 : doings(this.#entries).length;
    const enough = Math.max(had + (anew ? 0 : PAGE / 2), PAGE / 2);
    let entries = anew ? [] : this.#entries;
    let cursor = anew ? null : this.#cursor;
    const filter = FILTERS[this.#filter]();
    this.#rows.setAttribute("aria-busy", "true");
    this.#more.disabled = true;
    try {
      for (let page = 0; page < PAGES; page += 1) {
        const query = { limit: PAGE, cursor, ...filter };
        /** @type {AuditPage} */
        const answer = await request("GET", "/audit", { query });
        if (turn !== this.#turn || this.#gone) return;
        entries = [...entries, ...answer.entries];
        cursor = answer.next_cursor;
        const found = doings(entries);
        if (!cursor || (found.length >= enough && found.every(isWhole))) break;
      }
      this.#entries = entries;
      this.#cursor = cursor;
      for (const { detail } of entries) if (detail.undoes) this.#undone.add(detail.undoes);
    } catch (error) {
      showError(error);
    } finally {
      if (turn === this.#turn) {
        this.#more.disabled = false;
        this.#rows.setAttribute("aria-busy", "false");
      }
    }
    if (!this.#gone) this.#draw();
  }

  #draw() {
    const shown = doings(this.#entries);
    keepingFocus(this.#rows, () =>
      fill(
        this.#rows,
        shown.length
          ? shown.map((doing) => (doing.batch ? this.#folded(doing) : this.#row(doing.first)))
          : el("li", {}, empty(t("history.empty"), t("history.empty_text"))),
      ),
    );
    this.#more.hidden = !this.#cursor;
  }

  /**
   * A batch, or its undoing, as one row that opens.
   *
   * @param {Doing} doing
   */
  #folded({ key, batch, entries, first }) {
    const made = entries.filter(({ verb }) => verb !== "batch");
    const opening = entries.find(({ verb }) => verb === "batch");
    const count = made.length || Number(opening?.detail.comments ?? 0);
    const isUndo = first.verb === "undo";
    const words = isUndo
      ? t("verb.undo_batch", { count })
      : t(`verb.batch.${opening?.detail.action ?? first.verb}`, { count });
    const stands = made.some(({ detail }) => !this.#undone.has(detail.decision));
    return el(
      "li",
      { class: `entry verb-batch${isUndo || stands ? "" : " undone"}`, "data-key": key },
      el(
        "div",
        { class: "entry-what" },
        el("p", {}, el("strong", {}, el("bdi", {}, this.#actor(first.actor))), " ", words),
        isUndo || stands || !made.length
          ? null
          : el("p", { class: "entry-detail" }, el("span", { class: "hint" }, t("history.undone"))),
        made.length
          ? el(
              "details",
              { class: "more" },
              el("summary", {}, t("history.each")),
              el(
                "ol",
                { class: "entries" },
                made.map((entry) => this.#row(entry)),
              ),
            )
          : null,
      ),
      el(
        "div",
        { class: "entry-end" },
        ago(first.at),
        !isUndo && stands && batch
          ? button(t("history.undo_batch"), () => undoBatches([batch]), {
              icon: "undo",
              class: "small",
            })
          : null,
      ),
    );
  }

  /** @param {AuditEntry} entry */
  #row(entry) {
    const { id, actor, at, verb, detail, subject } = entry;
    const about = ABOUT_COMMENTS.includes(verb);
    const isUndone = this.#undone.has(detail.decision ?? id);
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
          deed(entry, (moderator) => this.#actor(moderator)),
        ),
        text,
        entryDetail(entry, isUndone),
        SAID_BY_VERB.includes(verb) ? null : changeList(entry),
      ),
      el(
        "div",
        { class: "entry-end" },
        ago(at),
        about ? link(`cases/${subject}`, { class: "button small quiet" }, t("history.open")) : null,
        ABOUT_AUTHORS.includes(verb)
          ? link(`authors/${subject}`, { class: "button small quiet" }, t("history.open_author"))
          : null,
        ABOUT_THREADS.includes(verb)
          ? link(
              `threads?thread=${encodeURIComponent(subject)}`,
              { class: "button small quiet" },
              t("history.open_thread"),
            )
          : null,
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
      const made = decisions.find(({ id }) => id === detail.decision);
      if (made?.undone_by && !this.#undone.has(made.id)) {
        // Undone by an entry that is not listed here.
        this.#undone.add(made.id);
        this.#draw();
        return;
      }
      const reason = made?.reason;
      fill(
        text,
        reason ? [el("strong", {}, revealInvisible(reasonText(reason))), " · "] : null,
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
  #undoButton({ id, verb, detail, subject }, isUndone) {
    // What an earlier release changed does not say what was there before.
    if (THREAD_CHANGES.includes(verb) && detail.changes && !isUndone) {
      return button(t("action.undo"), () => undoChange(subject, id, () => this.show()), {
        icon: "undo",
        class: "small",
      });
    }
    if (!DECISIONS.includes(verb) || isUndone) return null;
    return button(t("action.undo"), () => undo(detail.decision, [subject]), {
      icon: "undo",
      class: "small",
    });
  }
}

/**
 * Fold what was done as one: the entries of a batch stand where its latest stands.
 *
 * @param {AuditEntry[]} entries the latest first
 */
function doings(entries) {
  /** @type {Map<string, Doing>} */
  const found = new Map();
  for (const entry of entries) {
    const { id, verb, subject, detail } = entry;
    const batch = verb === "batch" ? subject : (detail.batch ?? null);
    const key = batch ? `${verb === "undo" ? "undo" : "batch"}:${batch}` : id;
    const doing = found.get(key);
    if (doing) doing.entries.push(entry);
    else found.set(key, { key, batch, entries: [entry], first: entry });
  }
  return [...found.values()];
}

/**
 * Is all of it here? A batch begins with an entry of its own; of an undoing, the rest may follow as
 * long as nothing else does.
 *
 * @param {Doing} doing
 * @param {number} index
 * @param {Doing[]} all
 */
const isWhole = ({ batch, first, entries }, index, all) =>
  batch === null ||
  (first.verb === "undo" ? index < all.length - 1 : entries.some(({ verb }) => verb === "batch"));

/**
 * What an entry changed.
 *
 * @param {AuditEntry} entry
 * @param {boolean} isUndone
 */
function entryDetail({ verb, detail }, isUndone) {
  const { before } = detail;
  const after = verb === "set-role" ? detail.role : detail.after;
  const kind = verb === "set-role" ? "role" : "status";
  const isWord = typeof before === "string" && typeof after === "string";
  /** @param {string} name */
  const badge = (name) =>
    kind === "role" ? el("span", { class: "badge" }, named("role", name)) : status(name);
  return el(
    "p",
    { class: "entry-detail" },
    isWord && before !== after ? [badge(before), arrow(), badge(after)] : null,
    detail.status ? status(detail.status) : null,
    isUndone ? el("span", { class: "hint" }, t("history.undone")) : null,
  );
}
