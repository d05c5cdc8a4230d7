/** What speaks for and against a comment: its words by weight, its scores, the verdict's reasons. */

import { el } from "../core/dom.js";
import { has, language, named, number, score, signed, t } from "../core/i18n.js";

// In log-odds: below this nothing in a text weighs enough to be shown as heavy.
const LIGHT = 0.5;
const LEVELS = 4;
const VEILED_FROM = 3;
// Only what may really hurt is veiled: words that weigh for an attribute with at least this score.
const VEILED_SCORE = 0.3;
const MOST_WORDS = 10;

// Seen by nobody, and a usual way to hide a word: soft hyphen, zero width, direction marks.
const UNSEEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/u;

/** The attributes of a case, the one that decided first. */
export function attributesOf(comment) {
  const scores = comment.scores ?? {};
  const names = Object.keys(scores).sort((a, b) => scores[b] - scores[a]);
  const decisive = comment.verdict?.reasons.find((reason) => reason.attribute)?.attribute;
  return decisive && names.includes(decisive)
    ? [decisive, ...names.filter((name) => name !== decisive)]
    : names;
}

/**
 * Cut a text where its weight changes; yields `{text, weight, level, worst, listed}`.
 *
 * Spans count code points, JavaScript's strings count UTF-16 units: an emoji is two of them.
 */
function* weigh(text, spans, attribute, { listed = [], scores: found = {} } = {}) {
  const points = Array.from(text);
  const inside = (offset) => Math.min(Math.max(offset, 0), points.length);
  const cuts = new Set([0, points.length]);
  for (const { start, end } of spans) cuts.add(inside(start)).add(inside(end));
  for (const [start, end] of listed) cuts.add(inside(start)).add(inside(end));
  const hurting = Object.keys(found).filter((name) => found[name] >= VEILED_SCORE);
  const scales = Object.fromEntries(
    [...hurting, attribute].map((name) => [
      name,
      Math.max(LIGHT, ...spans.map((span) => span.contributions[name] ?? 0)),
    ]),
  );
  const level = (weight, name) =>
    weight > 0 ? Math.ceil((LEVELS * weight) / scales[name] - 0.4) : 0;
  const places = [...cuts].sort((a, b) => a - b);
  const coming = [...spans].sort((a, b) => b.start - a.start);
  let here = [];
  for (const [index, start] of places.slice(0, -1).entries()) {
    const end = places[index + 1];
    here = here.filter((span) => span.end > start);
    while (coming.length && coming.at(-1).start <= start) here.push(coming.pop());
    const sum = (name) => here.reduce((total, span) => total + (span.contributions[name] ?? 0), 0);
    const weight = attribute ? sum(attribute) : 0;
    yield {
      text: points.slice(start, end).join(""),
      weight,
      level: attribute ? level(weight, attribute) : 0,
      worst: Math.max(0, ...hurting.map((name) => level(sum(name), name))),
      listed: listed.some(([from, to]) => from <= start && to >= end),
    };
  }
}

/** The author's text with its heavy words shaded, listed words marked and the worst veiled. */
export function highlighted(comment, attribute, { most = Infinity, plain = false } = {}) {
  const reasons = comment.verdict?.reasons ?? [];
  const listed = reasons.filter((reason) => reason.rule === "words").flatMap((r) => r.spans);
  const nodes = [];
  let left = most;
  const options = { listed, scores: comment.scores };
  for (const segment of weigh(comment.text, comment.spans ?? [], attribute, options)) {
    const points = Array.from(segment.text);
    const text = points.length > left ? `${points.slice(0, left).join("")}…` : segment.text;
    nodes.push(...marked(text, segment, attribute, plain));
    left -= points.length;
    if (left < 0) break;
  }
  return nodes;
}

function marked(text, { weight, level, worst, listed }, attribute, plain) {
  const pieces = seen(text);
  const veiled = worst >= VEILED_FROM;
  if (plain ? !veiled : level === 0 && !listed && !veiled) return pieces;
  const title = [
    level
      ? t("text.weighs", { weight: signed(weight), attribute: named("attribute", attribute) })
      : "",
    listed ? t("text.listed") : "",
  ].filter(Boolean);
  const style = [
    plain ? "" : `level-${level}`,
    listed && !plain ? "listed" : "",
    veiled ? "veiled" : "",
  ];
  return [
    el(
      plain ? "span" : "mark",
      {
        class: style.filter(Boolean).join(" "),
        title: plain ? null : title.join("; ") || null,
        tabindex: veiled && !plain ? "0" : null,
      },
      pieces,
    ),
  ];
}

/** A text as nodes, with what cannot be seen made visible. */
export function seen(text) {
  if (!UNSEEN.test(text)) return [text];
  return Array.from(text).map((point) => {
    if (!UNSEEN.test(point)) return point;
    const code = `U+${point.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    return el(
      "span",
      { class: "unseen", title: t("text.unseen", { code }), "data-code": code },
      point,
    );
  });
}

/** The words that moved an attribute's score most, heaviest first, as a table. */
export function weights(comment, attribute) {
  const found = [...weigh(comment.text, comment.spans ?? [], attribute)]
    .filter((segment) => segment.text.trim() && Math.abs(segment.weight) >= 0.01)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, MOST_WORDS);
  if (!found.length) return el("p", { class: "hint" }, t("weights.none"));
  const most = Math.abs(found[0].weight);
  return el(
    "table",
    { class: "weights" },
    el(
      "caption",
      { class: "sr-only" },
      t("weights.title", { attribute: named("attribute", attribute) }),
    ),
    el(
      "tbody",
      {},
      found.map(({ text, weight }) => {
        const bar = el("span", { class: weight > 0 ? "weight up" : "weight down" });
        bar.style.inlineSize = `${(100 * Math.abs(weight)) / most}%`;
        return el(
          "tr",
          {},
          el("th", { scope: "row" }, el("bdi", { class: "word" }, seen(text.trim()))),
          el("td", { class: "weight-bar", "aria-hidden": "true" }, bar),
          el("td", { class: "weight-number" }, signed(weight)),
        );
      }),
    ),
  );
}

/** Each attribute's score as a bar, with the marks from which it is flagged or held. */
export function scores(comment, limits, chosen, choose) {
  const names = attributesOf(comment).sort((a, b) => comment.scores[b] - comment.scores[a]);
  if (!names.length) {
    const why = comment.scoring_failed ? "scores.failed" : "scores.unsupported";
    return el("p", { class: "hint" }, t(why, { language: language(comment.language) }));
  }
  return el(
    "ul",
    { class: "scores" },
    names.map((name) => {
      const value = comment.scores[name];
      const { flag = null, hold = null } = limits[name] ?? {};
      const over =
        hold !== null && value >= hold ? "hold" : flag !== null && value >= flag ? "flag" : "none";
      const bar = el("span", { class: "score-fill" });
      bar.style.inlineSize = `${100 * value}%`;
      const mark = (threshold, kind) => {
        if (threshold === null) return null;
        const node = el("span", {
          class: `score-mark ${kind}`,
          title: t(`scores.${kind}`, { threshold: score(threshold) }),
        });
        node.style.insetInlineStart = `${100 * threshold}%`;
        return node;
      };
      const words = [
        t("scores.value", { attribute: named("attribute", name), score: score(value) }),
        flag === null ? "" : t("scores.flag", { threshold: score(flag) }),
        hold === null ? "" : t("scores.hold", { threshold: score(hold) }),
      ];
      return el(
        "li",
        {},
        el(
          "button",
          {
            type: "button",
            class: `score over-${over}`,
            "aria-pressed": String(name === chosen),
            "aria-label": words.filter(Boolean).join(", "),
            title: t("scores.show"),
            on: { click: () => choose(name) },
          },
          el("span", { class: "score-name" }, named("attribute", name)),
          // Read out, what is seen apart must be apart.
          " ",
          el("span", { class: "score-bar" }, bar, mark(flag, "flag"), mark(hold, "hold")),
          el("span", { class: "score-value" }, score(value)),
        ),
      );
    }),
  );
}

/** Each reason of a verdict as a sentence. */
export function reasons(verdict, limits) {
  if (!verdict) return el("p", { class: "hint" }, t("reasons.none"));
  return el(
    "ul",
    { class: "reasons" },
    verdict.reasons.map((reason) => {
      const kind = kindOf(reason, limits);
      return el("li", { class: `reason rule-${reason.rule} ${kind}` }, inWords(reason, kind));
    }),
  );
}

/** Which of today's thresholds a score reached; "" if that one was changed since. */
function kindOf({ rule, attribute, threshold }, limits) {
  const { flag = null, hold = null } = (rule === "score" && limits[attribute]) || {};
  if (threshold === null) return "";
  return { [hold]: "over-hold", [flag]: "over-flag" }[threshold] ?? "";
}

/** One reason as a sentence. */
function inWords(reason, kind) {
  const values = {
    attribute: reason.attribute ? named("attribute", reason.attribute) : "",
    score: reason.score === null ? "" : score(reason.score),
    threshold: reason.threshold === null ? "" : score(reason.threshold),
    detail: reason.detail ?? "",
  };
  if (reason.rule === "links") {
    return t("rule.links", { count: reason.score, most: number(reason.threshold) });
  }
  if (reason.rule === "unsupported_language") {
    return t("rule.unsupported_language", { language: language(reason.detail) });
  }
  if (reason.rule === "words" && !reason.detail) return t("rule.words_disguised");
  if (reason.rule === "below_thresholds" && !reason.attribute) return t("rule.nothing");
  const key = `rule.${reason.rule}${kind ? `.${kind}` : ""}`;
  return has(key) ? t(key, values) : named("rule", reason.rule);
}

/** A priority in one word; the numbers are `priority.total`'s, see docs/moderate.md. */
export function urgency(priority) {
  if (priority.total >= 2.75) return "high";
  return priority.total >= 1.75 ? "medium" : "low";
}

/** The terms that a priority is the sum of. */
export function terms(priority) {
  return el(
    "dl",
    { class: "terms" },
    Object.entries(priority.terms).map(([name, value]) => [
      el("dt", {}, named("term", name)),
      el("dd", {}, signed(value)),
    ]),
    el("dt", { class: "sum" }, t("term.total")),
    el("dd", { class: "sum" }, score(priority.total)),
  );
}
