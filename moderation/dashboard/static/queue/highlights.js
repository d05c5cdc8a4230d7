/** A comment's text with its heavy words shaded, and the words that weigh most as a table. */

import { el } from "../../../web/elements.js";
import { named, signed, t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";
import { isShaded, weigh } from "./weights.js";

/** @import { CaseComment, Influence, Thresholds } from "../../../web/api.js" */
/** @import { Segment } from "./weights.js" */

export const VEILED_FROM = 3;
const MOST_WORDS = 10;

/**
 * The author's text with its heavy words shaded, listed words and the second reader's words marked,
 * and the worst veiled.
 *
 * @param {CaseComment} comment
 * @param {string | null} attribute what the words are shaded by
 * @param {{
 *   most?: number, plain?: boolean, limits?: Record<string, Thresholds>, read?: Influence[],
 * }} [options] `most` code points; `plain`: veils only; `limits`: today's thresholds, below which
 *   nothing is shaded; `read`: the second reader's words
 */
export function highlighted(
  comment,
  attribute,
  { most = Infinity, plain = false, limits = {}, read = [] } = {},
) {
  const reasons = comment.verdict?.reasons ?? [];
  const listed = reasons.filter((reason) => reason.rule === "words").flatMap((r) => r.spans);
  /** @type {(string | HTMLElement)[]} */
  const nodes = [];
  let left = most;
  const about = { listed, scores: comment.scores, read, by: attribute };
  const shown = attribute && isShaded(comment.scores?.[attribute], limits[attribute]);
  const by = shown ? attribute : null;
  for (const segment of weigh(comment.text, comment.spans ?? [], by, about)) {
    const points = Array.from(segment.text);
    const text = points.length > left ? `${points.slice(0, left).join("")}…` : segment.text;
    nodes.push(...marked(text, segment, attribute, plain));
    left -= points.length;
    if (left < 0) break;
  }
  return nodes;
}

/**
 * @param {string} text
 * @param {Segment} segment
 * @param {string | null} attribute
 * @param {boolean} plain
 */
function marked(text, { weight, level, worst, listed, mention, read }, attribute, plain) {
  const nodes = revealInvisible(text);
  const veiled = worst >= VEILED_FROM;
  if (plain ? !veiled : level === 0 && !listed && !veiled && read === 0) return nodes;
  if (plain) return [el("span", { class: "veiled" }, nodes)];
  const title = [
    level && attribute
      ? t("text.weighs", { weight: signed(weight), attribute: named("attribute", attribute) })
      : "",
    level && mention ? t("text.mention") : "",
    listed ? t("text.listed") : "",
    read && attribute
      ? t("text.read", { change: signed(read), attribute: named("attribute", attribute) })
      : "",
  ];
  const style = [`level-${level}`, listed ? "listed" : "", veiled ? "veiled" : "", readStyle(read)];
  return [
    el(
      "mark",
      {
        class: style.filter(Boolean).join(" "),
        title: title.filter(Boolean).join("; ") || null,
        tabindex: veiled ? "0" : null,
      },
      nodes,
    ),
  ];
}

/**
 * How a word that the second reader raised or lowered a score by is marked.
 *
 * @param {number} change
 */
export const readStyle = (change) => (change > 0 ? "read-up" : change < 0 ? "read-down" : "");

/**
 * The words that moved an attribute's score most, heaviest first, as a table.
 *
 * @param {CaseComment} comment
 * @param {string} attribute
 */
export function weightTable(comment, attribute) {
  const heavy = [...weigh(comment.text, comment.spans ?? [], attribute)]
    .filter((segment) => segment.text.trim() && Math.abs(segment.weight) >= 0.01)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, MOST_WORDS);
  if (!heavy.length) return el("p", { class: "hint" }, t("weights.none"));
  const most = Math.abs(heavy[0].weight);
  const title = t("weights.title", { attribute: named("attribute", attribute) });
  return el(
    "table",
    { class: "weights" },
    el("caption", { class: "sr-only" }, title),
    el(
      "tbody",
      {},
      heavy.map(({ text, weight, mention }) => {
        const bar = el("span", { class: weight > 0 ? "weight up" : "weight down" });
        bar.style.inlineSize = `${(100 * Math.abs(weight)) / most}%`;
        return el(
          "tr",
          {},
          el(
            "th",
            { scope: "row" },
            el("bdi", { class: "word" }, revealInvisible(text.trim())),
            mention ? el("span", { class: "hint" }, ` ${t("text.mention")}`) : null,
          ),
          el("td", { class: "weight-bar", "aria-hidden": "true" }, bar),
          el("td", { class: "weight-number" }, signed(weight)),
        );
      }),
    ),
  );
}
