import assert from "node:assert/strict";
import { test } from "node:test";
import { urgency } from "../../moderation/dashboard/static/queue/priority.js";
import { kindOf } from "../../moderation/dashboard/static/queue/reasons.js";
import {
  suggestedForAll,
  suggestedReason,
} from "../../moderation/dashboard/static/queue/rejection-reasons.js";
import { reason } from "./reason.js";

/** @param {Record<string, number>} raised */
function suggested(raised) {
  const reasons = Object.entries(raised).map(([attribute, score]) => reason({ attribute, score }));
  const first = reason({ rule: "first_comment" });
  return suggestedReason({ verdict: { action: "hold", reasons: [...reasons, first] } });
}

test("the reason that tells most is suggested", () => {
  assert.equal(suggested({ toxicity: 0.89, threat: 0.93 }), "threat");
  assert.equal(suggested({ toxicity: 0.99, insult: 0.7, profanity: 0.8 }), "profanity");
  assert.equal(suggested({ toxicity: 0.9 }), "insult");
  assert.equal(suggested({ unheard_of: 0.9 }), "other");
  assert.equal(suggested({}), "other");
  assert.equal(suggestedReason({ verdict: null }), "other");
});

test("a score's reason names the threshold that it reached, if that still stands", () => {
  const limits = { insult: { flag: 0.2, hold: 0.6 } };
  const kind = (/** @type {Parameters<typeof reason>[0]} */ given) =>
    kindOf(reason({ attribute: "insult", ...given }), limits);
  assert.equal(kind({ threshold: 0.6 }), "over-hold");
  assert.equal(kind({ threshold: 0.2 }), "over-flag");
  assert.equal(kind({ threshold: 0.5 }), "");
  assert.equal(kind({ threshold: null }), "");
  assert.equal(kind({ threshold: 0.6, attribute: "spam" }), "");
  assert.equal(kind({ threshold: 0.6, rule: "links" }), "");
});

test("where the same score flags and holds, what reaches it is held", () => {
  for (const [flag, hold] of [
    [0.5, 0.5],
    [null, 0.5],
  ]) {
    const limits = { spam: { flag, hold } };
    assert.equal(kindOf(reason({ attribute: "spam", threshold: 0.5 }), limits), "over-hold");
  }
});

test("a priority is high or medium from its threshold on", () => {
  const words = [2, 1.99, 1, 0.99].map((total) => urgency({ total, terms: {} }));
  assert.deepEqual(words, ["high", "medium", "medium", "low"]);
});

test("for several comments is suggested what most of them would be rejected for", () => {
  /** @param {string[]} attributes */
  const suggestedFor = (attributes) =>
    suggestedForAll(
      attributes.map((attribute) => ({
        verdict: {
          action: "hold",
          reasons: [reason({ attribute, score: 0.9, threshold: 0.5 })],
        },
      })),
    );
  assert.equal(suggestedFor(["threat", "spam", "spam"]), "spam");
  assert.equal(suggestedFor(["insult"]), "insult");
  assert.equal(suggestedFor(["threat", "unheard_of", "threat"]), "threat");
  assert.equal(suggestedForAll([]), "other");
});
