/** One case as a line of the list: enough to choose by, and to select for many at once. */

import { el } from "../core/dom.js";
import { attributesOf, highlighted, urgency } from "./evidence.js";
import * as pieces from "../core/components.js";
import { ago, clock, named, score, t } from "../core/i18n.js";

const EXCERPT = 150;

/** Make the line; `toggle(id, checked, range)` selects. */
export function row(shown, { open, checked, me, search, toggle }) {
  const { comment } = shown;
  const name = comment.author.name || t("author.nameless");
  const box = el("input", {
    type: "checkbox",
    checked,
    "aria-label": t("list.select", { name }),
    on: { click: (event) => toggle(comment.id, event.target.checked, event.shiftKey) },
  });
  const claimed = shown.claim && shown.claim.moderator !== me;
  const style = [
    "row",
    `priority-edge-${urgency(shown.priority)}`,
    open ? "open" : "",
    checked ? "checked" : "",
  ];
  return el(
    "li",
    { class: style.filter(Boolean).join(" "), "data-comment": comment.id },
    el("label", { class: "row-check" }, box),
    pieces.link(
      `cases/${comment.id}${search}`,
      { class: "row-link", "aria-current": open ? "true" : null },
      el("span", { class: "row-head" }, pieces.author(comment.author), ago(comment.created)),
      el(
        "span",
        { class: "row-text", dir: "auto" },
        highlighted(comment, null, { most: EXCERPT, plain: true }),
      ),
      el(
        "span",
        { class: "row-foot" },
        pieces.priority(shown.priority),
        el("span", { class: "row-why" }, why(shown)),
        shown.reports.length
          ? pieces.sign("flag", t("list.reports", { count: shown.reports.length }), "reported")
          : null,
        shown.escalated ? pieces.sign("escalate", t("case.escalated"), "raised") : null,
        claimed
          ? pieces.sign(
              "lock",
              t("claim.by", { name: shown.claim.name, time: clock(shown.claim.until) }),
              "claimed",
            )
          : null,
        comment.status === "published"
          ? el("span", { class: "badge status-published" }, t("list.visible"))
          : null,
      ),
    ),
  );
}

/** What brought it here, in two or three words. */
function why(shown) {
  const { comment } = shown;
  const [decisive] = comment.verdict?.reasons ?? [];
  if (decisive?.attribute && decisive.rule === "score") {
    return `${named("attribute", decisive.attribute)} ${score(decisive.score)}`;
  }
  if (decisive && comment.verdict.action !== "publish") {
    return named("short", decisive.rule);
  }
  const [strongest] = attributesOf(comment);
  return shown.lanes.length
    ? shown.lanes.map((name) => named("lane", name)).join(" · ")
    : strongest
      ? named("attribute", strongest)
      : "";
}
