import assert from "node:assert/strict";
import { test } from "node:test";
import { attributesOf, isShaded, weigh } from "../../moderation/dashboard/static/queue/weights.js";
import { reason } from "./reason.js";

/** @import { Verdict } from "../../moderation/web/api.js" */

/**
 * @param {number} start
 * @param {number} end
 * @param {number} weight
 */
const span = (start, end, weight) => ({ start, end, contributions: { insult: weight } });

test("the attribute that decided comes first, then the others by their scores", () => {
  const scores = { toxicity: 0.9, insult: 0.7, spam: 0.1 };
  const reasons = [reason({ rule: "first_comment" }), reason({ attribute: "insult" })];
  /** @type {Verdict} */
  const verdict = { action: "hold", reasons };
  assert.deepEqual(attributesOf({ scores, verdict }), ["insult", "toxicity", "spam"]);
  assert.deepEqual(attributesOf({ scores, verdict: null }), ["toxicity", "insult", "spam"]);
  assert.deepEqual(attributesOf({ scores: {}, verdict }), []);
});

test("a text is cut where its weight changes, and what overlaps adds up", () => {
  const segments = [...weigh("you fool", [span(4, 8, 1), span(6, 8, 0.5)], "insult")];
  assert.deepEqual(
    segments.map(({ text, weight }) => [text, weight]),
    [
      ["you ", 0],
      ["fo", 1],
      ["ol", 1.5],
    ],
  );
  assert.equal(segments.map(({ text }) => text).join(""), "you fool");
});

test("offsets count code points, and those beyond the text end with it", () => {
  const segments = [...weigh("👍🏽 ok fool", [span(6, 99, 2)], "insult")];
  assert.deepEqual(
    segments.map(({ text }) => text),
    ["👍🏽 ok ", "fool"],
  );
});

test("a level means the same weight in every text", () => {
  const level = (/** @type {number} */ weight) =>
    [...weigh("word", [span(0, 4, weight)], "insult")][0].level;
  assert.deepEqual([3, 2, 1, 0.5, 0.49, -3].map(level), [4, 3, 2, 1, 0, 0]);
  const spans = [span(0, 4, 0.4), span(4, 8, 9)];
  assert.deepEqual(
    [...weigh("somewords", spans, "insult")].map(({ level }) => level),
    [0, 4, 0],
  );
});

test("nothing is shaded for an attribute below the score that flags", () => {
  assert.equal(isShaded(0.03, { flag: 0.09, hold: 0.22 }), false);
  assert.equal(isShaded(0.09, { flag: 0.09, hold: 0.22 }), true);
  assert.equal(isShaded(0.3, { flag: null, hold: 0.4 }), false);
  assert.equal(isShaded(0.4, { flag: null, hold: 0.4 }), true);
  assert.equal(isShaded(0.49, { flag: null, hold: null }), false);
  assert.equal(isShaded(0.5, undefined), true);
  assert.equal(isShaded(undefined, { flag: 0, hold: 0 }), false);
});

test("a name is never heavier than the lightest level", () => {
  for (const [text, start, end] of [
    ["@Loud yes", 0, 5],
    ["oh @Løud!", 3, 8],
    ["👍@Loud", 1, 6],
  ]) {
    const spans = [span(Number(start), Number(end), 4)];
    const named = [...weigh(String(text), spans, "insult")].filter(({ mention }) => mention);
    assert.deepEqual(
      named.map(({ level }) => level),
      [1],
    );
  }
  const address = [...weigh("me@fool", [span(2, 7, 4)], "insult")];
  assert.deepEqual(
    address.map(({ level, mention }) => [level, mention]),
    [
      [0, false],
      [4, false],
    ],
  );
});

test("the worst words are those of an attribute that may hurt, whatever was asked for", () => {
  const spans = [{ start: 0, end: 4, contributions: { threat: 2, spam: 2 } }];
  const worst = (/** @type {Record<string, number>} */ scores) =>
    [...weigh("word", spans, null, { scores })][0].worst;
  assert.equal(worst({ threat: 0.3 }), 3);
  assert.equal(worst({ threat: 0.29 }), 0);
});

test("words of the site's list are marked from end to end", () => {
  const segments = [...weigh("a bad word", [], null, { listed: [[2, 5]] })];
  assert.deepEqual(
    segments.map(({ text, listed }) => [text, listed]),
    [
      ["a ", false],
      ["bad", true],
      [" word", false],
    ],
  );
});
