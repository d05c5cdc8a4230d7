/** The reasons of a verdict as sentences. */

import { el } from "../../../web/elements.js";
import { has, language, list, named, number, score, t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";

/** @import { Reason, Thresholds, Verdict } from "../../../web/api.js" */

/**
 * Each reason of a verdict as a sentence.
 *
 * @param {Verdict | null} verdict
 * @param {Record<string, Thresholds>} limits today's thresholds
 * @param {string} [text] what the reasons' spans are stretches of
 */
export function reasonList(verdict, limits, text = "") {
  if (!verdict) return el("p", { class: "hint" }, t("reasons.none"));
  return el(
    "ul",
    { class: "reasons" },
    verdict.reasons.map((reason) => {
      const kind = kindOf(reason, limits);
      // A sentence may have the author's name or website in it.
      const said = revealInvisible(placed(reason, kind, text));
      return el("li", { class: `reason rule-${reason.rule} ${kind}` }, said);
    }),
  );
}

/**
 * Which of today's thresholds a score reached; "" if that one was changed since.
 *
 * @param {Reason} reason
 * @param {Record<string, Thresholds>} limits
 */
export function kindOf({ rule, attribute, threshold }, limits) {
  if (rule !== "score" || attribute === null || threshold === null) return "";
  const limit = limits[attribute];
  // Where the two are the same, what reaches it is held.
  if (threshold === limit?.hold) return "over-hold";
  return threshold === limit?.flag ? "over-flag" : "";
}

/**
 * One reason as a sentence, and where it was found if not in the text.
 *
 * @param {Reason} reason
 * @param {string} kind
 * @param {string} text
 */
function placed(reason, kind, text) {
  const said = sentence(reason, kind, text);
  return reason.part ? t(`part.${reason.part}`, { said, text: reason.detail ?? "" }) : said;
}

/**
 * One reason as a sentence.
 *
 * @param {Reason} reason
 * @param {string} kind
 * @param {string} text
 */
function sentence(reason, kind, text) {
  const { rule } = reason;
  const detail = reason.detail ?? "";
  const most = reason.threshold ?? 0;
  if (rule === "links") {
    return t("rule.links", { count: reason.score ?? 0, most: number(most) });
  }
  if (rule === "unsupported_language") {
    return t("rule.unsupported_language", { language: language(detail) });
  }
  if (rule === "self_harm" && has(`rule.self_harm.${detail}`)) {
    const points = Array.from(text);
    const said = reason.spans.map(([start, end]) => `“${points.slice(start, end).join("")}”`);
    return t(`rule.self_harm.${detail}`, { said: list(said) });
  }
  if (rule === "words" && !detail) return t("rule.words_disguised");
  if (rule === "below_thresholds" && !reason.attribute) return t("rule.nothing");
  const key = `rule.${rule}${kind ? `.${kind}` : ""}`;
  if (!has(key)) return named("rule", rule);
  return t(key, {
    attribute: reason.attribute ? named("attribute", reason.attribute) : "",
    score: reason.score === null ? "" : score(reason.score),
    threshold: reason.threshold === null ? "" : score(reason.threshold),
    detail,
  });
}
