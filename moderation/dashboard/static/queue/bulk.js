/** One decision on many comments: first shown, then done, as one batch. */

import { el } from "../core/dom.js";
import { complain, dialog } from "../core/dialogs.js";
import { askRejection, decideAll, preview } from "./decisions.js";
import { highlighted } from "./evidence.js";
import { named, t } from "../core/i18n.js";

const EXCERPT = 160;

/** Show what would happen, ask, do it; gives the results, or null if nothing was done. */
export async function bulk(comments, action) {
  const items = comments.map(({ id, version }) => ({ id, version }));
  try {
    const expected = await preview(items, action);
    const title = t(`bulk.title.${action}`, { count: items.length });
    const body = [table(expected, comments)];
    let reason = "";
    if (action === "reject") {
      reason = await askRejection("other", { title, body, wide: true });
    } else {
      const actions = [
        { label: t("dialog.cancel"), value: "cancel" },
        { label: t(`action.${action}`), value: action, style: "primary", icon: action },
      ];
      const answer = await dialog({ title, body, wide: true, actions });
      reason = answer === null ? null : "";
    }
    if (reason === null) return null;
    const good = items.filter((item) => expected.find((r) => r.comment === item.id)?.ok);
    const results = good.length ? await decideAll(good, action, reason) : [];
    const failed = results.filter((result) => !result.ok);
    if (failed.length) await report(failed, comments);
    return results;
  } catch (problem) {
    complain(problem);
    return null;
  }
}

function table(results, comments) {
  return el(
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
          ["bulk.comment", "bulk.now", "bulk.then"].map((key) =>
            el("th", { scope: "col" }, t(key)),
          ),
        ),
      ),
      el(
        "tbody",
        {},
        results.map((result) => row(result, comments)),
      ),
    ),
  );
}

function row(result, comments) {
  const comment = comments.find(({ id }) => id === result.comment);
  const text = el(
    "td",
    { class: "bulk-text", dir: "auto" },
    highlighted(comment, null, { most: EXCERPT, plain: true }),
  );
  if (!result.ok) {
    return el(
      "tr",
      { class: "bulk-wrong" },
      text,
      el("td", { colspan: "2" }, named("error", result.error.code)),
    );
  }
  return el(
    "tr",
    {},
    text,
    [result.status_before, result.status_after].map((status) =>
      el("td", {}, el("span", { class: `badge status-${status}` }, named("status", status))),
    ),
  );
}

async function report(failed, comments) {
  await dialog({
    title: t("bulk.failed", { count: failed.length }),
    body: [table(failed, comments)],
    actions: [{ label: t("dialog.close"), value: "close", style: "primary" }],
    wide: true,
  });
}
