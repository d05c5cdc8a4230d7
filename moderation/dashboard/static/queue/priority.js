/** How urgent a case is. */

import { el } from "../../../web/elements.js";
import { named, score, signed, t } from "../core/i18n.js";

/** @import { Priority } from "../../../web/api.js" */

// Of the sum of the terms, see docs/moderate.md.
const HIGH_FROM = 2;
const MEDIUM_FROM = 1;

/**
 * A priority in one word.
 *
 * @param {Priority} priority
 */
export function urgency({ total }) {
  if (total >= HIGH_FROM) return "high";
  return total >= MEDIUM_FROM ? "medium" : "low";
}

/**
 * A priority as a badge.
 *
 * @param {Priority} priority
 */
export function urgencyBadge(priority) {
  const name = urgency(priority);
  return el("span", { class: `badge priority-${name}` }, t(`priority.${name}`));
}

/**
 * The terms that a priority is the sum of.
 *
 * @param {Priority} priority
 */
export const termList = (priority) =>
  el(
    "dl",
    { class: "terms" },
    Object.entries(priority.terms).map(([name, value]) => [
      el("dt", {}, named("term", name)),
      el("dd", {}, signed(value)),
    ]),
    el("dt", { class: "sum" }, t("term.total")),
    el("dd", { class: "sum" }, score(priority.total)),
  );

/** From where on a priority is high or medium, in words. */
export const urgencyHint = () =>
  t("priority.hint", { high: score(HIGH_FROM), medium: score(MEDIUM_FROM) });
