/** How much each part of a text weighs for an attribute. */

/** @import { CaseComment, Span } from "../../../web/api.js" */

/**
 * A part of a text. `level` (0 to 4) is how heavy it is for the attribute that was asked for,
 * `worst` for any that may hurt; `listed` is a word of the site's list.
 *
 * @typedef {{ text: string, weight: number, level: number, worst: number, listed: boolean }} Segment
 */

// In log-odds: below this nothing in a text weighs enough to be shown as heavy.
const LIGHT = 0.5;
const LEVELS = 4;
// Only what may really hurt is veiled: words that weigh for an attribute with at least this score.
const VEILED_SCORE = 0.3;

/**
 * The attributes of a case, the one that decided first.
 *
 * @param {CaseComment} comment
 */
export function attributesOf(comment) {
  const scores = comment.scores ?? {};
  const names = Object.keys(scores).sort((a, b) => scores[b] - scores[a]);
  const decisive = comment.verdict?.reasons.find((reason) => reason.attribute)?.attribute;
  return decisive && names.includes(decisive)
    ? [decisive, ...names.filter((name) => name !== decisive)]
    : names;
}

/**
 * Cut a text where its weight changes.
 *
 * Spans count code points, JavaScript's strings count UTF-16 units: an emoji is two of them.
 *
 * @param {string} text
 * @param {Span[]} spans
 * @param {string | null} attribute
 * @param {{ listed?: [number, number][], scores?: Record<string, number> }} [about] where listed
 *   words are, and the comment's scores
 * @returns {Generator<Segment>}
 */
export function* weigh(text, spans, attribute, { listed = [], scores = {} } = {}) {
  const points = Array.from(text);
  /** @param {number} offset */
  const inside = (offset) => Math.min(Math.max(offset, 0), points.length);
  const cuts = new Set([0, points.length]);
  for (const { start, end } of spans) cuts.add(inside(start)).add(inside(end));
  for (const [start, end] of listed) cuts.add(inside(start)).add(inside(end));
  const hurting = Object.keys(scores).filter((name) => scores[name] >= VEILED_SCORE);
  /** @param {string} name */
  const heaviest = (name) => Math.max(LIGHT, ...spans.map((span) => span.contributions[name] ?? 0));
  const scales = new Map(
    [...hurting, ...(attribute ? [attribute] : [])].map((name) => [name, heaviest(name)]),
  );
  /**
   * @param {number} weight
   * @param {string} name
   */
  const level = (weight, name) =>
    Math.max(0, Math.ceil((LEVELS * weight) / (scales.get(name) ?? LIGHT) - 0.4));
  const places = [...cuts].sort((a, b) => a - b);
  const coming = [...spans].sort((a, b) => b.start - a.start);
  /** @type {Span[]} */
  let here = [];
  for (const [index, start] of places.slice(0, -1).entries()) {
    const end = places[index + 1];
    here = here.filter((span) => span.end > start);
    for (let next = coming.at(-1); next && next.start <= start; next = coming.at(-1)) {
      here.push(next);
      coming.pop();
    }
    /** @param {string} name */
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
