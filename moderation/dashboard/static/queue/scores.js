/** A comment's scores as bars. */

import { el } from "../../../web/elements.js";
import { language, named, score, t } from "../core/i18n.js";
import { attributesOf, isShaded } from "./weights.js";

/** @import { CaseComment, Thresholds } from "../../../web/api.js" */

/**
 * An attribute and its score in words.
 *
 * @param {string} attribute
 * @param {number} value
 */
export const scoreText = (attribute, value) =>
  t("scores.value", { attribute: named("attribute", attribute), score: score(value) });

/**
 * Each attribute's score as a bar, with the marks from which it is flagged or held: those that say
 * something, and the others behind a word.
 *
 * @param {CaseComment} comment
 * @param {Record<string, Thresholds>} limits
 * @param {string | null} chosen the attribute that the text is shaded by
 * @param {(attribute: string) => void} choose
 */
export function scoreBars(comment, limits, chosen, choose) {
  const names = attributesOf(comment).sort((a, b) => comment.scores[b] - comment.scores[a]);
  if (!names.length) {
    const why = comment.scoring_failed ? "scores.failed" : "scores.unsupported";
    return el("p", { class: "hint" }, t(why, { language: language(comment.language) }));
  }
  /** @param {string[]} some */
  const bars = (some) =>
    el(
      "ul",
      { class: "scores" },
      some.map((name) => {
        const { flag = null, hold = null } = limits[name] ?? {};
        const button = scoreBar(name, comment.scores[name], { flag, hold });
        button.setAttribute("aria-pressed", String(name === chosen));
        button.addEventListener("click", () => choose(name));
        return el("li", {}, button);
      }),
    );
  /** @param {string} name */
  const tells = (name) => isShaded(comment.scores[name], limits[name]);
  const [telling, others] = [names.filter(tells), names.filter((name) => !tells(name))];
  return [
    telling.length ? bars(telling) : null,
    others.length
      ? el(
          "details",
          { class: "more all-scores" },
          el("summary", {}, t(telling.length ? "scores.others" : "scores.all")),
          bars(others),
        )
      : null,
  ];
}

/**
 * @param {string} name
 * @param {number} value
 * @param {Thresholds} limits
 */
function scoreBar(name, value, { flag, hold }) {
  let over = "none";
  if (hold !== null && value >= hold) over = "hold";
  else if (flag !== null && value >= flag) over = "flag";
  const bar = el("span", { class: "score-fill" });
  bar.style.inlineSize = `${100 * value}%`;
  const words = [
    scoreText(name, value),
    flag === null ? "" : t("scores.flag", { threshold: score(flag) }),
    hold === null ? "" : t("scores.hold", { threshold: score(hold) }),
  ];
  return el(
    "button",
    {
      type: "button",
      class: `score over-${over}`,
      "aria-label": words.filter(Boolean).join(", "),
      title: t("scores.show"),
    },
    el("span", { class: "score-name" }, named("attribute", name)),
    // Read out, what is seen apart must be apart.
    " ",
    el("span", { class: "score-bar" }, bar, mark(flag, "flag"), mark(hold, "hold")),
    el("span", { class: "score-value" }, score(value)),
  );
}

/**
 * @param {number | null} threshold
 * @param {"flag" | "hold"} kind
 */
function mark(threshold, kind) {
  if (threshold === null) return null;
  const node = el("span", {
    class: `score-mark ${kind}`,
    title: t(`scores.${kind}`, { threshold: score(threshold) }),
  });
  node.style.insetInlineStart = `${100 * threshold}%`;
  return node;
}
