/** One case as a line of the list: enough to choose by, and to select for many at once. */

import { el } from "../../../web/elements.js";
import { author, link, sign } from "../core/components.js";
import { ago, clock, named, t } from "../core/i18n.js";
import { byFrequency } from "./frequency.js";
import { highlighted } from "./highlights.js";
import { heldByOther } from "./lease.js";
import { urgency, urgencyBadge } from "./priority.js";
import { scoreText } from "./scores.js";
import { attributesOf } from "./weights.js";

/** @import { Case } from "../../../web/api.js" */

const EXCERPT = 150;

/**
 * Make the line.
 *
 * @param {Case} shown
 * @param {{
 *   open: boolean,
 *   checked: boolean,
 *   search: string,
 *   toggle: (id: string, checked: boolean, range: boolean) => void,
 * }} state the query of the list's address, and what selects
 */
export function caseRow(shown, { open, checked, search, toggle }) {
  const { comment, claim, reports } = shown;
  const reported = isReported(shown);
  const name = comment.author.name || t("author.nameless");
  const box = el("input", {
    type: "checkbox",
    checked,
    "aria-label": t("list.select", { name }),
  });
  box.addEventListener("click", ({ shiftKey }) => toggle(comment.id, box.checked, shiftKey));
  const style = [
    "row",
    `priority-edge-${urgency(shown.priority)}`,
    open ? "open" : "",
    checked ? "checked" : "",
  ];
  const excerpt = highlighted(comment, null, { most: EXCERPT, plain: true });
  return el(
    "li",
    { class: style.filter(Boolean).join(" "), "data-comment": comment.id },
    el("label", { class: "row-check" }, box),
    link(
      `cases/${comment.id}${search}`,
      { class: "row-link", "aria-current": open ? "true" : null },
      el("span", { class: "row-head" }, author(comment.author), ago(comment.created)),
      el("span", { class: "row-text", dir: "auto" }, excerpt),
      el(
        "span",
        { class: "row-foot" },
        urgencyBadge(shown.priority),
        el("span", { class: "row-why" }, why(shown)),
        reports.length && !reported
          ? sign("flag", t("list.reports", { count: reports.length }), "reported")
          : null,
        shown.escalated ? sign("escalate", t("case.escalated"), "raised") : null,
        claim && heldByOther(shown)
          ? sign("lock", t("claim.by", { name: claim.name, time: clock(claim.until) }), "claimed")
          : null,
        comment.status === "published"
          ? el("span", { class: "badge status-published" }, t("list.visible"))
          : null,
      ),
    ),
  );
}

/** @param {Case} shown */
const isReported = ({ lanes, reports }) => lanes.includes("reported") && reports.length > 0;

/**
 * How many reports there are and what they say, the most frequent reasons first.
 *
 * @param {Case} shown
 */
function reportsIn({ reports }) {
  const reasons = byFrequency(reports.map(({ reason }) => reason)).map((name) =>
    named("report", name),
  );
  return t("list.reported", { count: reports.length, reasons: reasons.slice(0, 2).join(", ") });
}

/**
 * What brought it here, in two or three words.
 *
 * @param {Case} shown
 */
function why(shown) {
  const { comment, lanes } = shown;
  if (isReported(shown)) return reportsIn(shown);
  const decisive = comment.verdict?.reasons[0];
  if (decisive?.attribute && decisive.rule === "score") {
    return scoreText(decisive.attribute, decisive.score ?? 0);
  }
  if (decisive && comment.verdict?.action !== "publish") return named("short", decisive.rule);
  if (lanes.length) return lanes.map((name) => named("lane", name)).join(" · ");
  const [strongest] = attributesOf(comment);
  return strongest ? named("attribute", strongest) : "";
}
