/** One case with all that speaks for and against it, and what can be done about it. */

import { el, fill } from "../../../web/elements.js";
import { author, lane, link, roleBadge, status } from "../core/components.js";
import { button, icon, keepingFocus } from "../core/dom.js";
import { ago, clock, named, t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";
import { preference, setPreferences } from "../core/preferences.js";
import { mySession } from "../core/session.js";
import {
  TEXT,
  authorCard,
  dangerCard,
  decisionsCard,
  pageOf,
  priorityCard,
  reasonsCard,
  replyLine,
  reportsCard,
  textCard,
  threadCard,
} from "./case-cards.js";
import { heldByOther } from "./lease.js";
import { urgencyBadge } from "./priority.js";
import { canReply } from "./reply.js";
import { scoreText } from "./scores.js";
import { attributesOf } from "./weights.js";

/** @import { Case, Decision, Thresholds } from "../../../web/api.js" */
/** @import { Told } from "./reading.js" */

/**
 * @typedef {object} CaseActions
 * @property {() => unknown} approve
 * @property {() => unknown} reject
 * @property {() => unknown} escalate
 * @property {() => unknown} reply
 * @property {(decision: Decision) => unknown} undo
 * @property {() => unknown} back
 */

export class CaseView {
  #actions;
  /** @type {Record<string, Thresholds>} */
  #limits = {};
  /** What the text is shaded by.
   * @type {string | null} */
  #attribute = null;
  #whole = false;
  /** @type {Told} */
  #told = null;
  #badges = el("div", { class: "badges" });
  #facts = el("p", { class: "case-facts" });
  #person = el("p", { class: "case-facts case-person" });
  #banners = el("div", { class: "banners", role: "status" });
  #body = el("div", { class: "case-body" });
  #scroll;
  #toolbar;
  /** @type {Case | null} */
  shown = null;
  /** Whether a decision is on its way. */
  busy = false;
  heading = el("h2", { class: "case-title", tabindex: "-1", "aria-describedby": TEXT });

  /** @param {CaseActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#toolbar = el("div", {
      class: "case-actions",
      role: "toolbar",
      "aria-label": t("case.actions"),
    });
    const header = el(
      "header",
      { class: "case-header" },
      button(t("action.back"), actions.back, { icon: "back", class: "quiet back" }),
      el("div", { class: "case-heading" }, this.heading, this.#person, this.#facts),
      this.#badges,
    );
    this.#scroll = el("div", { class: "case-scroll" }, header, this.#banners, this.#body);
    this.node = el(
      "article",
      { class: "case", "aria-label": t("case.title") },
      this.#scroll,
      this.#toolbar,
    );
  }

  /**
   * Show a case.
   *
   * @param {Case} shown
   * @param {{ whole?: boolean, limits?: Record<string, Thresholds> }} [options] `whole` says that
   *   its context is there too
   */
  show(shown, { whole = false, limits = this.#limits } = {}) {
    const other = shown.comment.id !== this.shown?.comment.id;
    if (other || shown.comment.version !== this.shown?.comment.version) this.#told = null;
    this.shown = shown;
    this.#limits = limits;
    this.#whole = whole;
    if (other) {
      this.#attribute = attributesOf(shown.comment)[0] ?? null;
      this.notice(null);
      this.#scroll.scrollTop = 0;
    }
    this.#draw(shown, { other });
  }

  /**
   * Show what the second reader made of the case.
   *
   * @param {Told} told
   */
  tell(told) {
    this.#told = told;
    if (this.shown) this.#draw(this.shown);
  }

  /** Whether what the second reader made of the case is still to be told. */
  get untold() {
    return this.#told === null;
  }

  /**
   * Draw it as it is now; what one has opened, scrolled or focused in it stays, unless it is an
   * `other`.
   *
   * @param {Case} shown
   * @param {{ other?: boolean }} [options]
   */
  #draw(shown, { other = false } = {}) {
    const body = this.#body;
    const opened = [...body.querySelectorAll("details[open]")].map(({ className }) => className);
    const top = body.querySelector(".comment-text")?.scrollTop ?? 0;
    keepingFocus(this.node, () => this.#fill(shown));
    if (other) return;
    for (const details of body.querySelectorAll("details")) {
      details.open = opened.includes(details.className);
    }
    const text = body.querySelector(".comment-text");
    if (text) text.scrollTop = top;
  }

  /** @param {Case} shown */
  #fill(shown) {
    const { comment, lanes, thread } = shown;
    /** @param {string} name */
    const choose = (name) => {
      this.#attribute = name;
      this.#draw(shown);
      /** @type {HTMLElement | null} */
      const pressed = this.#body.querySelector(".score[aria-pressed=true]");
      pressed?.focus();
    };
    const person = shown.author;
    this.heading.setAttribute("aria-label", nameOf(shown));
    fill(this.#person, standing(shown));
    fill(this.heading, link(`authors/${encodeURIComponent(person.id)}`, {}, author(person)));
    fill(
      this.#facts,
      ago(comment.created),
      " · ",
      el("bdi", {}, revealInvisible(thread.title || thread.url)),
      ownClaim(shown),
    );
    fill(
      this.#badges,
      roleBadge(comment.author),
      status(comment.status),
      lanes.length ? urgencyBadge(shown.priority) : null,
      lanes.filter((name) => name !== "escalated").map(lane),
      shown.escalated ? el("span", { class: "badge escalated" }, t("case.escalated")) : null,
    );
    fill(
      this.#body,
      el(
        "div",
        { class: "case-main" },
        replyLine(shown, this.#whole),
        textCard(shown, this.#limits, this.#attribute, this.#told, () => this.#veilButton()),
        dangerCard(shown),
        reportsCard(shown),
        reasonsCard(shown, this.#limits, this.#attribute, this.#told, choose),
        decisionsCard(shown, this.#actions.undo),
        priorityCard(shown),
      ),
      el("div", { class: "case-side" }, threadCard(shown, this.#whole), authorCard(shown)),
    );
    this.#drawToolbar();
  }

  #drawToolbar() {
    if (!this.shown) return;
    const { comment } = this.shown;
    const held = heldByOther(this.shown);
    /**
     * @param {"approve" | "reject" | "escalate"} name
     * @param {string} key
     * @param {string} style
     */
    const action = (name, key, style) =>
      button(t(`action.${name}`), () => this.#actions[name](), {
        icon: name,
        key,
        class: style,
        disabled: comment.status === "deleted",
        // Not disabled, which would take the focus away.
        "aria-disabled": this.busy || held ? "true" : null,
      });
    const page = pageOf(this.shown);
    fill(
      this.#toolbar,
      action("approve", "a", "approve"),
      action("reject", "r", "danger"),
      action("escalate", "e", ""),
      canReply(comment)
        ? button(t("action.reply"), this.#actions.reply, {
            icon: "reply",
            key: "c",
            class: "answer",
          })
        : null,
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

  /**
   * Say something about the case above it, or nothing.
   *
   * @param {string | null} text
   * @param {{ kind?: string, actions?: { label: string, run: () => unknown }[] }} [options]
   */
  notice(text, { kind = "note", actions = [] } = {}) {
    if (text === null) {
      fill(this.#banners);
      return;
    }
    const help = actions.map(({ label, run }) => button(label, run, { class: "quiet" }));
    fill(this.#banners, el("div", { class: `banner banner-${kind}` }, el("p", {}, text), help));
  }

  /**
   * Let nothing be decided while a decision is on its way.
   *
   * @param {boolean} busy
   */
  setBusy(busy) {
    this.busy = busy;
    this.node.setAttribute("aria-busy", String(busy));
    keepingFocus(this.node, () => this.#drawToolbar());
  }

  #veilButton() {
    const on = preference("veil");
    return button(t(on ? "text.unveil" : "text.veil"), () => this.toggleVeil(), {
      icon: on ? "eye" : "veil",
      class: "quiet small",
      key: "b",
    });
  }

  /** Blur the worst words, or stop. */
  toggleVeil() {
    setPreferences({ veil: !preference("veil") });
    if (this.shown) this.#draw(this.shown);
  }
}

/**
 * Until when one has the case oneself.
 *
 * @param {Case} shown
 */
function ownClaim({ claim, lanes }) {
  if (!claim || claim.moderator !== mySession().moderator.id || !lanes.length) return null;
  return [" · ", el("span", { class: "mine" }, t("claim.mine", { time: clock(claim.until) }))];
}

/**
 * A case in a few words, for those who hear its heading.
 *
 * @param {Case} shown
 */
function nameOf({ author: person, comment }) {
  const [strongest] = attributesOf(comment);
  const parts = [
    t("case.by", { name: person.name || t("author.nameless") }),
    named("status", comment.status),
    strongest ? scoreText(strongest, comment.scores[strongest]) : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/**
 * How the author stands on this site, in a line.
 *
 * @param {Case} shown
 */
function standing({ author: { record } }) {
  return [
    t("author.count", { count: record.comments }),
    record.rejected ? ` · ${t("author.rejected", { count: record.rejected })}` : "",
    record.first_seen ? [" · ", t("author.since"), " ", ago(record.first_seen)] : null,
  ];
}
