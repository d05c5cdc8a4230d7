/** What the second reader changed about a case's scores, and the words that mattered most to it. */

import { el } from "../../../web/elements.js";
import { request } from "../core/api.js";
import { list, named, score, t } from "../core/i18n.js";
import { revealInvisible } from "../core/invisible.js";
import { VEILED_FROM, readStyle } from "./highlights.js";
import { foremost, weigh } from "./weights.js";

/** @import { CaseComment, Influence, SecondReading } from "../../../web/api.js" */

// Of a run of words, in code points.
const EXCERPT = 60;

/**
 * What is known of a second reading: `null` while it is worked out, `"lost"` if it did not come.
 *
 * @typedef {SecondReading | "lost" | null} Told
 */

/**
 * Ask what the second reader made of a comment.
 *
 * @param {string} comment
 * @returns {Promise<Told>}
 */
export async function askReading(comment) {
  try {
    return await request("GET", `/queue/${comment}/reading`);
  } catch {
    // The case can be decided without it.
    return "lost";
  }
}

/**
 * The words of a second reading, none if there is nothing to tell.
 *
 * @param {Told} told
 */
export const wordsRead = (told) => (told === null || told === "lost" ? [] : told.words);

/**
 * What was changed and by which words, in sentences.
 *
 * @param {CaseComment} comment
 * @param {Told} told
 * @param {string | null} attribute
 */
export function readingPart(comment, told, attribute) {
  // A deleted comment has neither text nor scores nor model.
  if (attribute === null || comment.status === "deleted") return null;
  return el(
    "div",
    { class: "reading", "aria-busy": String(told === null) },
    el("h4", {}, t("reading.title")),
    told !== null && told !== "lost" && told.state === "read"
      ? changes(comment, told, attribute)
      : el("p", { class: "hint" }, nothing(comment, told)),
  );
}

/**
 * Why there is nothing to tell.
 *
 * @param {CaseComment} comment
 * @param {Told} told
 */
function nothing({ model }, told) {
  if (told === null) return t("reading.waiting");
  if (told === "lost") return t("reading.lost");
  /** @param {string} versions */
  const models = (versions) => list(versions.split(","));
  return t(`reading.${told.state}`, { model: models(model), now: models(told.in_use) });
}

/**
 * @param {CaseComment} comment
 * @param {SecondReading} told
 * @param {string} attribute
 */
function changes(comment, told, attribute) {
  const [from, to] = [told.fast[attribute], told.scores[attribute]].map(score);
  const way = told.scores[attribute] > told.fast[attribute] ? "raised" : "lowered";
  const words = foremost(told.words, attribute);
  const values = { attribute: named("attribute", attribute), from, to };
  return [
    el(
      "p",
      {},
      t(`reading.${from === to ? "left" : way}`, values),
      " ",
      t(words.length ? "reading.mattered" : "reading.whole"),
    ),
    words.length
      ? el(
          "ul",
          { class: "reading-words" },
          words.map((word) => item(comment, word, attribute)),
        )
      : null,
    partly(comment, told),
  ];
}

/**
 * @param {CaseComment} comment
 * @param {Influence} word
 * @param {string} attribute
 */
function item(comment, { start, end, changes: by }, attribute) {
  const points = Array.from(comment.text).slice(start, end);
  const shown = points.length > EXCERPT ? `${points.slice(0, EXCERPT).join("")}…` : points.join("");
  const veiled = isVeiled(comment, start, end);
  const change = by[attribute];
  return el(
    "li",
    {},
    el(
      "mark",
      {
        class: [readStyle(change), veiled ? "veiled" : ""].filter(Boolean).join(" "),
        tabindex: veiled ? "0" : null,
      },
      el("bdi", { class: "word" }, revealInvisible(shown)),
    ),
    " ",
    t(change > 0 ? "reading.raised_by" : "reading.lowered_by", { change: score(Math.abs(change)) }),
  );
}

/**
 * Is anything between two places veiled in the text? Then it is here, too.
 *
 * @param {CaseComment} comment
 * @param {number} start
 * @param {number} end
 */
const isVeiled = ({ text, spans, scores }, start, end) =>
  [...weigh(text, spans ?? [], null, { scores })].some(
    (segment) =>
      segment.worst >= VEILED_FROM &&
      segment.start < end &&
      segment.start + Array.from(segment.text).length > start,
  );

/**
 * Which part of a long text was read.
 *
 * @param {CaseComment} comment
 * @param {SecondReading} told
 */
function partly({ text }, { part }) {
  if (!part) return null;
  const points = Array.from(text);
  const [before, read, after] = [
    points.slice(0, part[0]),
    points.slice(...part),
    points.slice(part[1]),
  ].map((some) => some.join("").trim());
  if (!/[\p{L}\p{N}]/u.test(before + after)) return null;
  const words = read.split(/\s+/);
  const ends = [words.slice(0, 3), words.slice(-3)].map((some) =>
    Array.from(some.join(" ")).slice(0, EXCERPT).join(""),
  );
  return el("p", { class: "hint" }, t("reading.part", { first: ends[0], last: ends[1] }));
}
