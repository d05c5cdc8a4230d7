import assert from "node:assert/strict";
import { test } from "node:test";
import { hiddenIn } from "../../moderation/dashboard/static/core/invisible.js";

/** @param {string} text */
const codes = (text) => {
  const hidden = hiddenIn(text);
  return Array.from(text)
    .filter((_, at) => hidden[at])
    .map((point) => point.codePointAt(0)?.toString(16));
};

test("what cannot be seen is found", () => {
  assert.deepEqual(codes("a\u2800b\u3164c\uffa0d\u2065e\u{1d159}"), [
    "2800",
    "3164",
    "ffa0",
    "2065",
    "1d159",
  ]);
  assert.deepEqual(codes("\u202eab\u2066c\u2069"), ["202e", "2066", "2069"]);
  assert.deepEqual(codes("a\ufe0f b\u180b c\u{e0101}"), ["fe0f", "180b", "e0101"]);
  assert.deepEqual(codes("a\u{e0041}\u{e0042}"), ["e0041", "e0042"]);
});

test("what chooses the form of a sign before it stays", () => {
  const text = "\u2764\ufe0f 1\ufe0f\u20e3 \u{1f468}\u200d\u{1f4bb} \u845b\u{e0101} \u2229\ufe00";
  assert.deepEqual(codes(text), []);
  assert.deepEqual(codes("\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}"), []);
  assert.deepEqual(codes("\u{1f3f4}a\u{e0067}"), ["e0067"]);
});
