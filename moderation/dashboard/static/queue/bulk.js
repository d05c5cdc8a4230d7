/** One decision on many comments: first shown, then done, as one batch. */

import { el } from "../../../web/elements.js";
import { status } from "../core/components.js";
import { dialog, showError } from "../core/dialogs.js";
import { button } from "../core/dom.js";
import { named, t } from "../core/i18n.js";
import { askRejection } from "./decision-dialogs.js";
import { decideAll, preview } from "./decisions.js";
import { highlighted } from "./highlights.js";
import { suggestedForAll } from "./rejection-reasons.js";

/** @import { BatchResult, CaseComment } from "../../../web/api.js" */

const EXCERPT = 160;
const COLUMNS = ["bulk.comment", "bulk.now", "bulk.then"];

/**
 * How many are selected, and what can be done with them all.
 *
 * @param {number} count
 * @param {(action: "approve" | "reject") => void} decide
 */
export const bulkActions = (count, decide) => [
  el("p", { "aria-live": "polite" }, t("bulk.selected", { count })),
  button(t("action.approve"), () => decide("approve"), { class: "small approve", icon: "approve" }),
  button(t("action.reject"), () => decide("reject"), { class: "small danger", icon: "reject" }),
];

/**
 * Show what would happen, ask, do it; gives the results, or null if nothing was done.
 *
 * @param {CaseComment[]} comments
 * @param {"approve" | "reject"} action
 */
export async function decideInBulk(comments, action) {
  const items = comments.map(({ id, version }) => ({ id, version }));
  try {
    const expected = await preview(items, action);
    const reason = await ask(action, table(expected, comments), comments);
    if (reason === null) return null;
    const good = items.filter((item) => expected.find((r) => r.comment === item.id)?.ok);
    const results = good.length ? await decideAll(good, action, reason) : [];
    const failed = results.filter((result) => !result.ok);
    if (failed.length) await report(failed, comments);
    return results;
  } catch (error) {
    showError(error);
    return null;
  }
}

/**
 * Ask whether to do it; gives the reason, or null.
 *
 * @param {"approve" | "reject"} action
 * @param {HTMLElement} expected
 * @param {CaseComment[]} comments
 */
async function ask(action, expected, comments) {
  const title = t(`bulk.title.${action}`, { count: comments.length });
  const body = [expected];
  if (action === "reject")
    return askRejection(suggestedForAll(comments), { title, body, wide: true });
  const answer = await dialog({
    title,
    body,
    wide: true,
    actions: [
      { label: t("dialog.cancel"), value: "cancel" },
      { label: t(`action.${action}`), value: action, style: "primary", icon: action },
    ],
  });
  return answer === null ? null : "";
}

/**
 * @param {BatchResult[]} results
 * @param {CaseComment[]} comments
 */
const table = (results, comments) =>
  el(
    "div",
    { class: "bulk-table", tabindex: "0", role: "region", "aria-label": t("bulk.preview") },
    el(
      "table",
      {},
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          COLUMNS.map((key) => el("th", { scope: "col" }, t(key))),
        ),
      ),
      el(
        "tbody",
        {},
        results.map((result) => row(result, comments)),
      ),
    ),
  );

/**
 * @param {BatchResult} result
 * @param {CaseComment[]} comments
 */
function row(result, comments) {
  const comment = comments.find(({ id }) => id === result.comment);
  const excerpt = comment && highlighted(comment, null, { most: EXCERPT, plain: true });
  const text = el("td", { class: "bulk-text", dir: "auto" }, excerpt);
  if (!result.ok) {
    const why = named("error", result.error.code);
    return el("tr", { class: "bulk-wrong" }, text, el("td", { colspan: "2" }, why));
  }
  return el(
    "tr",
    {},
    text,
    el("td", {}, status(result.status_before)),
    el("td", {}, status(result.status_after)),
  );
}

/**
 * @param {BatchResult[]} failed
 * @param {CaseComment[]} comments
 */
async function report(failed, comments) {
  await dialog({
    title: t("bulk.failed", { count: failed.length }),
    body: [table(failed, comments)],
    actions: [{ label: t("dialog.close"), value: "close", style: "primary" }],
    wide: true,
  });
}
