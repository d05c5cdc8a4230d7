import assert from "node:assert/strict";
import { test } from "node:test";
import { foremost, weigh } from "../../moderation/dashboard/static/queue/weights.js";

/**
 * @param {number} start
 * @param {number} end
 * @param {number} insult
 */
const word = (start, end, insult) => ({ start, end, changes: { insult, threat: 0 } });

test("five words that changed most are told, in the order of the text", () => {
  const words = [0.01, -0.5, 0.02, 0.3, -0.004, 0.04, 0.05].map((by, i) =>
    word(3 * i, 3 * i + 2, by),
  );
  assert.deepEqual(
    foremost(words, "insult").map(({ changes }) => changes.insult),
    [-0.5, 0.02, 0.3, 0.04, 0.05],
  );
  assert.deepEqual(foremost(words, "threat"), []);
  assert.deepEqual(foremost(words, "spam"), []);
  assert.deepEqual(foremost(words, null), []);
});

test("what a text is cut by is also where the second reader's words are", () => {
  const read = [word(2, 5, -0.4), word(9, 14, 0.2)];
  const spans = [{ start: 9, end: 14, contributions: { insult: 4 } }];
  const segments = [...weigh("😀 not an idiot", spans, "insult", { read })];
  assert.deepEqual(
    segments.map(({ text, start, level, read }) => [text, start, level, read]),
    [
      ["😀 ", 0, 0, 0],
      ["not", 2, 0, -0.4],
      [" an ", 5, 0, 0],
      ["idiot", 9, 4, 0.2],
    ],
  );
});

test("they are told although nothing is shaded, and of the attribute that is looked at", () => {
  const read = [word(0, 4, -0.4)];
  const told = (/** @type {string | null} */ by) =>
    [...weigh("word", [], null, { read, by })].map((segment) => segment.read);
  assert.deepEqual([told("insult"), told("threat"), told(null)], [[-0.4], [0], [0]]);
});
