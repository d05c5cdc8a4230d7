/** How much each part of a text weighs for an attribute. */

/** @import { CaseComment, Influence, Span, Thresholds } from "../../../web/api.js" */

/**
 * A part of a text. `level` (0 to 4) is how heavy it is for the attribute that was asked for,
 * `worst` for any that may hurt; `listed` is a word of the site's list, `mention` a name; `read` is
 * by how much the second reader's score is higher for it. It begins at the code point `start`.
 *
 * @typedef {{
 *   text: string, start: number, weight: number, level: number, worst: number, listed: boolean,
 *   mention: boolean, read: number,
 * }} Segment
 */

// In log-odds, where each level begins: the same for every text, so that a colour always means the
// same. 0.5 moves even odds to 62 %, 3 moves them to 95 %.
const LEVELS = [0.5, 1, 2, 3];
// Of an attribute that neither flags nor holds: the majority.
const UNLIMITED = 0.5;
// "@Loud One" names somebody: that is no word of the author's choice.
const MENTION = /(?<![\p{L}\p{N}_])@[\p{L}\p{N}_]+/gu;
// Only what may really hurt is veiled: words that weigh for an attribute with at least this score.
const VEILED_SCORE = 0.3;
// So many of the second reader's words are read at a glance; what would be shown as 0.00 did nothing.
const MOST_READ = 5;
const LEAST_CHANGE = 0.005;

/**
 * The attributes of a case, the one that decided first.
 *
 * @param {Pick<CaseComment, "scores" | "verdict">} comment
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
 * Is a score high enough that its words may be shown as heavy? Below the score that flags, the
 * heaviest words of a harmless text would look guilty.
 *
 * @param {number | undefined} score
 * @param {Thresholds | undefined} limits
 */
export const isShaded = (score, limits) =>
  score !== undefined && score >= (limits?.flag ?? limits?.hold ?? UNLIMITED);

/**
 * The second reader's words that changed an attribute's score most, in the order of the text.
 *
 * @param {Influence[]} words
 * @param {string | null} attribute
 * @returns {Influence[]}
 */
export function foremost(words, attribute) {
  if (attribute === null) return [];
  /** @param {Influence} word */
  const size = (word) => Math.abs(word.changes[attribute] ?? 0);
  return words
    .filter((word) => size(word) >= LEAST_CHANGE)
    .sort((a, b) => size(b) - size(a))
    .slice(0, MOST_READ)
    .sort((a, b) => a.start - b.start);
}

/** @param {number} weight */
const levelOf = (weight) => LEVELS.filter((least) => weight >= least).length;

/**
 * Where a text names somebody, in code points.
 *
 * @param {string} text
 * @returns {[number, number][]}
 */
const mentionsIn = (text) =>
  [...text.matchAll(MENTION)].map((match) => {
    const start = Array.from(text.slice(0, match.index)).length;
    return [start, start + Array.from(match[0]).length];
  });

/**
 * Cut a text where its weight changes.
 *
 * Spans count code points, JavaScript's strings count UTF-16 units: an emoji is two of them.
 *
 * @param {string} text
 * @param {Span[]} spans
 * @param {string | null} attribute
 * @param {{
 *   listed?: [number, number][], scores?: Record<string, number>, read?: Influence[],
 *   by?: string | null,
 * }} [about] where listed words are, the comment's scores, and the second reader's words, of which
 *   the change of the attribute `by` is told
 * @returns {Generator<Segment>}
 */
export function* weigh(text, spans, attribute, about = {}) {
  const { listed = [], scores = {}, read = [], by = attribute } = about;
  const points = Array.from(text);
  /** @param {number} offset */
  const inside = (offset) => Math.min(Math.max(offset, 0), points.length);
  const mentions = mentionsIn(text);
  const cuts = new Set([0, points.length]);
  for (const { start, end } of [...spans, ...read]) cuts.add(inside(start)).add(inside(end));
  for (const [start, end] of [...listed, ...mentions]) cuts.add(inside(start)).add(inside(end));
  const hurting = Object.keys(scores).filter((name) => scores[name] >= VEILED_SCORE);
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
    /** @param {[number, number][]} ranges */
    const within = (ranges) => ranges.some(([from, to]) => from <= start && to >= end);
    const weight = attribute ? sum(attribute) : 0;
    const mention = within(mentions);
    const word = read.find((one) => one.start <= start && one.end >= end);
    yield {
      text: points.slice(start, end).join(""),
      start,
      weight,
      level: Math.min(levelOf(weight), mention ? 1 : LEVELS.length),
      worst: Math.max(0, ...hurting.map((name) => levelOf(sum(name)))),
      listed: within(listed),
      mention,
      read: by === null ? 0 : (word?.changes[by] ?? 0),
    };
  }
}
