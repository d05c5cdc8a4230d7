/** One case with all that speaks for and against it, and what can be done about it. */

import { button, el, fill, icon, keepingFocus, webAddress } from "../core/dom.js";
import { reasonInWords } from "./decisions.js";
import { attributesOf, highlighted, reasons, scores, terms, weights } from "./evidence.js";
import * as pieces from "../core/components.js";
import { prefer, prefers } from "../core/preferences.js";
import { who } from "../core/service.js";
import { ago, clock, exact, language, list, named, score, t } from "../core/i18n.js";

/** The address of a comment on its own page. */
export function pageOf(shown) {
  const address = webAddress(shown.thread.url);
  return address && `${address.split("#")[0]}#rejoinder-comment-${shown.comment.id}`;
}

export class CaseView {
  /** `acts` has approve, reject, escalate, undo(decision), back. */
  constructor(acts) {
    this.acts = acts;
    this.shown = null;
    this.limits = {};
    this.attribute = null;
    this.heading = el("h2", { class: "case-title", tabindex: "-1" });
    this.banners = el("div", { class: "banners", role: "status" });
    this.body = el("div", { class: "case-body" });
    this.actions = el("div", {
      class: "case-actions",
      role: "toolbar",
      "aria-label": t("case.actions"),
    });
    this.node = el(
      "article",
      { class: "case", "aria-label": t("case.title") },
      el("div", { class: "case-scroll" }, this.header(), this.banners, this.body),
      this.actions,
    );
  }

  header() {
    this.badges = el("div", { class: "badges" });
    this.facts = el("p", { class: "case-facts" });
    return el(
      "header",
      { class: "case-header" },
      button(t("action.back"), this.acts.back, { icon: "back", class: "quiet back" }),
      el("div", { class: "case-heading" }, this.heading, this.facts),
      this.badges,
    );
  }

  /** Show a case; `whole` says that its context is there too. */
  show(shown, { whole = false, limits = this.limits } = {}) {
    const other = shown.comment.id !== this.shown?.comment.id;
    this.shown = shown;
    this.limits = limits;
    if (other) {
      this.attribute = attributesOf(shown.comment)[0] ?? null;
      this.unveiled = false;
      this.notice(null);
      this.node.querySelector(".case-scroll").scrollTop = 0;
    }
    this.whole = whole;
    this.draw({ other });
  }

  /** Draw it as it is now; what one has opened, scrolled or focused in it stays, unless it is an `other`. */
  draw({ other = false } = {}) {
    const opened = [...this.body.querySelectorAll("details[open]")].map(
      ({ className }) => className,
    );
    const top = this.body.querySelector(".comment-text")?.scrollTop;
    keepingFocus(this.node, () => this.fill());
    if (other) return;
    for (const details of this.body.querySelectorAll("details"))
      details.open = opened.includes(details.className);
    this.body.querySelector(".comment-text").scrollTop = top ?? 0;
  }

  fill() {
    const { shown } = this;
    const { comment } = shown;
    fill(
      this.heading,
      pieces.link(
        `authors/${encodeURIComponent(shown.author.id)}`,
        {},
        pieces.author(shown.author),
      ),
    );
    fill(
      this.facts,
      ago(comment.created),
      " · ",
      el("bdi", {}, shown.thread.title || shown.thread.url),
      this.mine(),
    );
    fill(
      this.badges,
      pieces.status(comment.status),
      shown.lanes.length ? pieces.priority(shown.priority) : null,
      shown.lanes.map(pieces.lane),
      shown.escalated ? el("span", { class: "badge escalated" }, t("case.escalated")) : null,
    );
    fill(
      this.body,
      el(
        "div",
        { class: "case-main" },
        this.text(),
        this.why(),
        this.reports(),
        this.history(),
        this.worth(),
      ),
      el("div", { class: "case-side" }, this.around(), this.author()),
    );
    this.drawActions();
  }

  mine() {
    const { claim, lanes } = this.shown;
    if (!claim || claim.moderator !== who().moderator.id || !lanes.length) return null;
    return [" · ", el("span", { class: "mine" }, t("claim.mine", { time: clock(claim.until) }))];
  }

  drawActions() {
    if (!this.shown) return;
    const { comment } = this.shown;
    const act = (name, key, style) =>
      button(t(`action.${name}`), () => this.acts[name](), {
        icon: name,
        key,
        class: style,
        disabled: comment.status === "deleted",
        // Not disabled, which would take the focus away.
        "aria-disabled": this.busy ? "true" : null,
      });
    const page = pageOf(this.shown);
    fill(
      this.actions,
      act("approve", "a", "approve"),
      act("reject", "r", "danger"),
      act("escalate", "e", ""),
      page
        ? el(
            "a",
            {
              class: "button open-page",
              href: page,
              target: "_blank",
              rel: "noopener noreferrer",
              "aria-keyshortcuts": "o",
            },
            icon("open"),
            el("span", { class: "label" }, t("action.open")),
            el("kbd", { "aria-hidden": "true" }, "o"),
          )
        : null,
    );
  }

  /** Say something about the case above it, or nothing. */
  notice(text, { kind = "note", action = null } = {}) {
    if (text === null) return fill(this.banners);
    return fill(
      this.banners,
      el(
        "div",
        { class: `banner banner-${kind}` },
        el("p", {}, text),
        action ? button(action.label, action.run, { class: "quiet" }) : null,
      ),
    );
  }

  /** Let nothing be decided while a decision is on its way. */
  set working(busy) {
    this.busy = busy;
    this.node.setAttribute("aria-busy", String(busy));
    keepingFocus(this.node, () => this.drawActions());
  }

  text() {
    const { comment } = this.shown;
    const text = el("blockquote", { class: "comment-text", dir: "auto" });
    if (comment.status === "deleted") fill(text, el("em", {}, t("text.deleted")));
    else fill(text, highlighted(comment, this.attribute));
    const veiled = text.querySelector(".veiled");
    if (this.unveiled) text.classList.add("unveiled");
    return el(
      "section",
      { class: "card text-card", "aria-label": t("text.title") },
      text,
      el(
        "footer",
        { class: "text-footer" },
        el("span", {}, language(comment.language)),
        comment.model
          ? el("span", {}, t("text.model", { model: list(comment.model.split(",")) }))
          : null,
        comment.edited
          ? el("span", {}, t("text.edited", { version: comment.version }), " ", ago(comment.edited))
          : null,
        veiled ? this.veil() : null,
      ),
    );
  }

  veil() {
    const on = prefers("veil");
    return button(t(on ? "text.unveil" : "text.veil"), () => this.toggleVeil(), {
      icon: on ? "eye" : "veil",
      class: "quiet small",
      key: "b",
    });
  }

  /** Blur the worst words, or stop. */
  toggleVeil() {
    prefer("veil", !prefers("veil"));
    if (this.shown) this.draw();
  }

  why() {
    const { comment } = this.shown;
    const { verdict } = comment;
    const choose = (name) => {
      this.attribute = name;
      this.draw();
      this.body.querySelector(".score[aria-pressed=true]")?.focus();
    };
    return el(
      "section",
      { class: "card" },
      el("h3", {}, verdict ? t(`why.${verdict.action}`) : t("why.title")),
      reasons(verdict, this.limits),
      el("h4", {}, t("scores.title")),
      scores(comment, this.limits, this.attribute, choose),
      this.attribute && comment.spans?.length
        ? el(
            "details",
            { class: "more why-words" },
            el(
              "summary",
              {},
              t("weights.title", { attribute: named("attribute", this.attribute) }),
            ),
            weights(comment, this.attribute),
            el("p", { class: "hint" }, t("weights.hint")),
          )
        : null,
    );
  }

  reports() {
    const { reports } = this.shown;
    if (!reports.length) return null;
    return el(
      "section",
      { class: "card" },
      el("h3", {}, t("reports.title", { count: reports.length })),
      el(
        "ul",
        { class: "reports" },
        reports.map((report) =>
          el(
            "li",
            {},
            el("p", {}, el("strong", {}, named("report", report.reason)), " ", ago(report.created)),
            report.note ? el("p", { class: "note", dir: "auto" }, report.note) : null,
            el("p", { class: "hint" }, t("reports.weight", { weight: score(report.weight) })),
          ),
        ),
      ),
    );
  }

  author() {
    const { author } = this.shown;
    return el(
      "section",
      { class: "card" },
      el("h3", {}, t("author.title")),
      el(
        "p",
        { class: "author-line" },
        pieces.link(`authors/${encodeURIComponent(author.id)}`, {}, pieces.author(author)),
        " ",
        el("span", { class: "hint" }, t(`author.${author.kind}`)),
      ),
      author.website ? el("p", { class: "hint" }, el("bdi", {}, author.website)) : null,
      pieces.record(author.record),
      author.record.first_seen
        ? el("p", { class: "hint" }, t("author.since"), " ", ago(author.record.first_seen))
        : null,
    );
  }

  around() {
    const { context, comment, thread } = this.shown;
    const page = pageOf(this.shown);
    const title = thread.title || thread.url;
    const around = context ?? { parent: null, siblings: [] };
    const siblings = around.siblings.filter((sibling) => sibling.id !== comment.id);
    const before = siblings.filter((sibling) => sibling.created < comment.created);
    const after = siblings.filter((sibling) => sibling.created >= comment.created);
    const branch = [
      before.map((sibling) => this.neighbour(sibling)),
      el(
        "li",
        { class: "neighbour this", "aria-current": "true" },
        el(
          "p",
          { class: "neighbour-head" },
          pieces.author(comment.author),
          " ",
          el("span", { class: "hint" }, t("around.this")),
        ),
        el(
          "p",
          { class: "neighbour-text", dir: "auto" },
          highlighted(comment, null, { most: 120, plain: true }),
        ),
      ),
      after.map((sibling) => this.neighbour(sibling)),
    ];
    return el(
      "section",
      { class: "card around", "aria-busy": String(!this.whole) },
      el("h3", {}, t("around.title")),
      el(
        "p",
        { class: "thread-line" },
        page
          ? el(
              "a",
              { href: page, target: "_blank", rel: "noopener noreferrer" },
              el("bdi", {}, title),
              icon("open"),
            )
          : el("bdi", {}, title),
        " ",
        el("span", { class: "hint" }, t("around.count", { count: thread.count })),
        thread.closed ? el("span", { class: "badge" }, t("around.closed")) : null,
      ),
      el(
        "ol",
        { class: "neighbours" },
        around.parent
          ? this.neighbour(around.parent, el("ol", { class: "neighbours" }, branch))
          : branch,
      ),
    );
  }

  neighbour(comment, below = null) {
    return el(
      "li",
      { class: "neighbour" },
      el(
        "p",
        { class: "neighbour-head" },
        pieces.author(comment.author ?? {}),
        " ",
        ago(comment.created),
        " ",
        comment.status === "published" ? null : pieces.status(comment.status),
        pieces.link(`cases/${comment.id}`, { class: "neighbour-link" }, t("around.open")),
      ),
      el(
        "p",
        { class: "neighbour-text", dir: "auto" },
        comment.status === "deleted"
          ? t("text.deleted")
          : highlighted(comment, null, { plain: true }),
      ),
      below,
    );
  }

  history() {
    const decisions = [...this.shown.decisions].sort((a, b) => b.created.localeCompare(a.created));
    if (!decisions.length) return null;
    const undoable = decisions.find(
      (decision) => decision.action !== "undo" && !decision.undone_by,
    );
    return el(
      "section",
      { class: "card" },
      el("h3", {}, t("history.earlier")),
      el(
        "ol",
        { class: "timeline" },
        decisions.map((decision) =>
          el(
            "li",
            { class: decision.undone_by ? "undone" : null },
            el(
              "p",
              {},
              el("strong", {}, t(`did.${decision.action}`, { name: decision.moderator.name })),
              " ",
              ago(decision.created),
            ),
            decision.reason
              ? el("p", { class: "note", dir: "auto" }, reasonInWords(decision.reason))
              : null,
            decision.undone_by ? el("p", { class: "hint" }, t("history.undone")) : null,
            decision === undoable
              ? button(t("action.undo"), () => this.acts.undo(decision), {
                  icon: "undo",
                  class: "quiet small",
                })
              : null,
          ),
        ),
      ),
    );
  }

  worth() {
    const { shown } = this;
    if (!shown.lanes.length) return null;
    return el(
      "section",
      { class: "card" },
      el(
        "details",
        { class: "more" },
        el("summary", {}, t("priority.title"), " ", pieces.priority(shown.priority)),
        terms(shown.priority),
        el("p", { class: "hint" }, t("priority.hint")),
        shown.queued
          ? el(
              "p",
              { class: "hint" },
              t("priority.queued"),
              " ",
              el("span", { title: exact(shown.queued) }, clock(shown.queued)),
              " (",
              ago(shown.queued),
              ")",
            )
          : null,
      ),
    );
  }
}
