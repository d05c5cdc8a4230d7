import assert from "node:assert/strict";
import { test } from "node:test";
import { attributesOf, weigh } from "../../moderation/dashboard/static/queue/weights.js";

/**
 * @param {number} start
 * @param {number} end
 * @param {number} weight
 */
const span = (start, end, weight) => ({ start, end, contributions: { insult: weight } });

test("the attribute that decided comes first, then the others by their scores", () => {
  const scores = { toxicity: 0.9, insult: 0.7, spam: 0.1 };
  const reasons = [
    { rule: "first_comment", attribute: null },
    { rule: "score", attribute: "insult" },
  ];
  assert.deepEqual(attributesOf({ scores, verdict: { action: "hold", reasons } }), [
    "insult",
    "toxicity",
    "spam",
  ]);
  assert.deepEqual(attributesOf({ scores, verdict: null }), ["toxicity", "insult", "spam"]);
  const unscored = { scores: {}, verdict: { action: "hold", reasons } };
  assert.deepEqual(attributesOf(unscored), []);
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

test("levels are of the heaviest word, but never of less than half a log-odd", () => {
  const level = (/** @type {number} */ weight) =>
    [...weigh("word", [span(0, 4, weight)], "insult")][0].level;
  assert.equal(level(3), 4);
  assert.equal(level(0.25), 2);
  assert.equal(level(0.01), 0);
  assert.equal(level(-3), 0);
});

test("the worst words are those of an attribute that may hurt, whatever was asked for", () => {
  const spans = [{ start: 0, end: 4, contributions: { threat: 2, spam: 2 } }];
  const worst = (/** @type {Record<string, number>} */ scores) =>
    [...weigh("word", spans, null, { scores })][0].worst;
  assert.equal(worst({ threat: 0.3 }), 4);
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
