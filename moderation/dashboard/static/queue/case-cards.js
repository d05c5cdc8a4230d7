/** What is known about a case, a card for each kind of it. */

import { el } from "../../../web/elements.js";
import { author, link, record, roleBadge, status } from "../core/components.js";
import { button, icon, webAddress } from "../core/dom.js";
import { ago, clock, exact, language, list, named, score, t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";
import { reasonText } from "./decision-dialogs.js";
import { highlighted, weightTable } from "./highlights.js";
import { termList, urgencyBadge, urgencyHint } from "./priority.js";
import { readingPart, wordsRead } from "./reading.js";
import { reasonList } from "./reasons.js";
import { scoreBars } from "./scores.js";
import { threadActions } from "./thread-actions.js";
import { foremost, isShaded } from "./weights.js";

/** @import { Case, CaseComment, Decision, Thresholds } from "../../../web/api.js" */
/** @import { Child } from "../../../web/elements.js" */
/** @import { Told } from "./reading.js" */

const NEIGHBOUR_EXCERPT = 120;
/** The id of the element with the text of the open case. */
export const TEXT = "case-text";

/**
 * The address of a comment on its own page; null if that is none to follow.
 *
 * @param {Case} shown
 */
export function pageOf({ thread, comment }) {
  const address = webAddress(thread.url);
  return address && `${address.split("#")[0]}#rejoinder-comment-${comment.id}`;
}

/**
 * @param {string} title
 * @param {...Child} content
 */
const card = (title, ...content) =>
  el("section", { class: "card" }, el("h3", {}, title), ...content);

/**
 * What somebody wrote beside a report or a decision.
 *
 * @param {string} text
 */
const note = (text) => el("p", { class: "note", dir: "auto" }, revealInvisible(text));

/**
 * What the comment answers, in a line above it.
 *
 * @param {Case} shown
 * @param {boolean} whole whether that is known yet
 */
export function replyLine({ comment, context }, whole) {
  if (!comment.parent) return null;
  const parent = context?.parent;
  if (!parent) return whole ? null : el("p", { class: "reply-line" }, t("around.reading"));
  return el(
    "p",
    { class: "reply-line" },
    t("around.reply"),
    " ",
    link(`cases/${parent.id}`, {}, author(parent.author ?? {})),
    ": ",
    el(
      "bdi",
      {},
      parent.status === "deleted"
        ? t(parent.expired ? "text.expired" : "text.deleted")
        : highlighted(parent, null, { most: NEIGHBOUR_EXCERPT, plain: true }),
    ),
  );
}

/**
 * The comment's text and what is known of it; `veil` turns the blur on and off.
 *
 * @param {Case} shown
 * @param {Record<string, Thresholds>} limits
 * @param {string | null} attribute what the text is shaded by
 * @param {Told} told
 * @param {() => HTMLElement} veil makes its button
 */
export function textCard({ comment }, limits, attribute, told, veil) {
  const { edited, model } = comment;
  const value = attribute === null ? undefined : comment.scores?.[attribute];
  const unshaded = attribute !== null && value !== undefined && !isShaded(value, limits[attribute]);
  const text = el(
    "blockquote",
    { class: "comment-text", id: TEXT, dir: "auto" },
    comment.status === "deleted"
      ? el("em", {}, t(comment.expired ? "text.expired" : "text.deleted"))
      : highlighted(comment, attribute, { limits, read: foremost(wordsRead(told), attribute) }),
  );
  return el(
    "section",
    { class: "card text-card", "aria-label": t("text.title") },
    text,
    el(
      "footer",
      { class: "text-footer" },
      el("span", {}, language(comment.language)),
      model ? el("span", {}, t("text.model", { model: list(model.split(",")) })) : null,
      edited
        ? el("span", {}, t("text.edited", { version: comment.version }), " ", ago(edited))
        : null,
      unshaded
        ? el("span", {}, t("text.unshaded", { attribute: named("attribute", attribute) }))
        : null,
      text.querySelector(".veiled") ? veil() : null,
    ),
  );
}

/**
 * The verdict's reasons, the scores, and the words behind one of them, to either reader.
 *
 * @param {Case} shown
 * @param {Record<string, Thresholds>} limits
 * @param {string | null} attribute
 * @param {Told} told
 * @param {(attribute: string) => void} choose
 */
export function reasonsCard({ comment }, limits, attribute, told, choose) {
  const { verdict, spans } = comment;
  return card(
    verdict ? t(`why.${verdict.action}`) : t("why.title"),
    reasonList(verdict, limits, comment.text),
    el("h4", {}, t("scores.title")),
    scoreBars(comment, limits, attribute, choose),
    comment.self_harm ? el("p", { class: "hint" }, t("danger.scores")) : null,
    readingPart(comment, told, attribute),
    attribute && spans?.length
      ? el(
          "details",
          { class: "more why-words" },
          el("summary", {}, t("weights.title", { attribute: named("attribute", attribute) })),
          weightTable(comment, attribute),
          el("p", { class: "hint" }, t("weights.hint")),
        )
      : null,
  );
}

/**
 * What to do where the author may be in danger, while that waits for somebody.
 *
 * @param {Case} shown
 */
export function dangerCard({ lanes }) {
  if (!lanes.includes("self-harm")) return null;
  const advice = ["urgent", "read", "approve", "reject", "told", "self"];
  return el(
    "section",
    { class: "card danger-card" },
    el("h3", {}, t("danger.title")),
    el(
      "ul",
      {},
      advice.map((name) => el("li", {}, t(`danger.${name}`))),
    ),
  );
}

/** @param {Case} shown */
export function reportsCard({ reports }) {
  if (!reports.length) return null;
  return card(
    t("reports.title", { count: reports.length }),
    el(
      "ul",
      { class: "reports" },
      reports.map((report) =>
        el(
          "li",
          {},
          el("p", {}, el("strong", {}, named("report", report.reason)), " ", ago(report.created)),
          report.note ? note(report.note) : null,
          el(
            "p",
            { class: "hint" },
            report.weight
              ? t("reports.weight", { weight: score(report.weight) })
              : t("reports.same-place"),
          ),
        ),
      ),
    ),
  );
}

/**
 * The decisions so far, the latest first; the last one that stands can be undone.
 *
 * @param {Case} shown
 * @param {(decision: Decision) => unknown} undo
 */
export function decisionsCard(shown, undo) {
  const decisions = [...shown.decisions].sort((a, b) => b.created.localeCompare(a.created));
  if (!decisions.length) return null;
  const undoable = decisions.find(({ action, undone_by }) => action !== "undo" && !undone_by);
  return card(
    t("history.earlier"),
    el(
      "ol",
      { class: "timeline" },
      decisions.map((decision) => {
        const { action, moderator, reason, created, undone_by } = decision;
        const what = t(`did.${action}`, { name: moderator.name });
        return el(
          "li",
          { class: undone_by ? "undone" : null },
          el("p", {}, el("strong", {}, what), " ", ago(created)),
          reason ? note(reasonText(reason)) : null,
          undone_by ? el("p", { class: "hint" }, t("history.undone")) : null,
          decision === undoable
            ? button(t("action.undo"), () => undo(decision), {
                icon: "undo",
                class: "quiet small",
              })
            : null,
        );
      }),
    ),
  );
}

/** @param {Case} shown */
export function priorityCard({ lanes, priority, queued }) {
  if (!lanes.length) return null;
  return el(
    "section",
    { class: "card" },
    el(
      "details",
      { class: "more" },
      el("summary", {}, t("priority.title"), " ", urgencyBadge(priority)),
      termList(priority),
      el("p", { class: "hint" }, urgencyHint()),
      queued
        ? el(
            "p",
            { class: "hint" },
            t("priority.queued"),
            " ",
            el("span", { title: exact(queued) }, clock(queued)),
            " (",
            ago(queued),
            ")",
          )
        : null,
    ),
  );
}

/** @param {Case} shown */
export function authorCard({ author: person }) {
  const since = person.record.first_seen;
  return card(
    t("author.title"),
    el(
      "p",
      { class: "author-line" },
      link(`authors/${encodeURIComponent(person.id)}`, {}, author(person)),
      " ",
      el("span", { class: "hint" }, t(`author.${person.kind}`)),
    ),
    person.website
      ? el("p", { class: "hint" }, el("bdi", {}, revealInvisible(person.website)))
      : null,
    record(person.record),
    since ? el("p", { class: "hint" }, t("author.since"), " ", ago(since)) : null,
  );
}

/**
 * What stands around the comment in its thread.
 *
 * @param {Case} shown
 * @param {boolean} whole whether it is there yet
 */
export function threadCard(shown, whole) {
  const { context, comment, thread } = shown;
  const page = pageOf(shown);
  const title = el("bdi", {}, revealInvisible(thread.title || thread.url));
  const parent = context?.parent ?? null;
  const siblings = (context?.siblings ?? []).filter(({ id }) => id !== comment.id);
  const before = siblings.filter(({ created }) => created < comment.created);
  const after = siblings.filter(({ created }) => created >= comment.created);
  const branch = [
    ...before.map((sibling) => neighbour(sibling)),
    thisComment(comment),
    ...after.map((sibling) => neighbour(sibling)),
  ];
  return el(
    "section",
    { class: "card around", "aria-busy": String(!whole) },
    el("h3", {}, t("around.title")),
    el(
      "p",
      { class: "thread-line" },
      page
        ? el("a", { href: page, target: "_blank", rel: "noopener noreferrer" }, title, icon("open"))
        : title,
      " ",
      el("span", { class: "hint" }, t("around.count", { count: thread.count })),
      thread.closed ? el("span", { class: "badge" }, t("around.closed")) : null,
    ),
    el(
      "ol",
      { class: "neighbours" },
      parent ? neighbour(parent, el("ol", { class: "neighbours" }, branch)) : branch,
    ),
    threadActions(shown),
  );
}

/** @param {CaseComment} comment */
const thisComment = (comment) =>
  el(
    "li",
    { class: "neighbour this", "aria-current": "true" },
    el(
      "p",
      { class: "neighbour-head" },
      author(comment.author),
      " ",
      roleBadge(comment.author),
      el("span", { class: "hint" }, t("around.this")),
    ),
    el(
      "p",
      { class: "neighbour-text", dir: "auto" },
      highlighted(comment, null, { most: NEIGHBOUR_EXCERPT, plain: true }),
    ),
  );

/**
 * @param {CaseComment} comment
 * @param {HTMLElement | null} [below] its replies
 */
const neighbour = (comment, below = null) =>
  el(
    "li",
    { class: "neighbour" },
    el(
      "p",
      { class: "neighbour-head" },
      author(comment.author ?? {}),
      " ",
      ago(comment.created),
      " ",
      roleBadge(comment.author),
      comment.status === "published" ? null : status(comment.status),
      link(`cases/${comment.id}`, { class: "neighbour-link" }, t("around.open")),
    ),
    el(
      "p",
      { class: "neighbour-text", dir: "auto" },
      comment.status === "deleted"
        ? t(comment.expired ? "text.expired" : "text.deleted")
        : highlighted(comment, null, { plain: true }),
    ),
    below,
  );
