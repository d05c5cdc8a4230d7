/** Why a comment is rejected. */

import { byFrequency } from "./frequency.js";

/** @import { CaseComment } from "../../../web/api.js" */

/** The reasons to reject for, in the order of their number keys. */
export const REASONS = [
  "insult",
  "hate",
  "threat",
  "harassment",
  "profanity",
  "spam",
  "off-topic",
  "personal-data",
  "other",
];
/** What a rejection is probably for, by the attribute that raised it.
 * @type {Record<string, string>} */
const SUGGESTED = {
  toxicity: "insult",
  severe_toxicity: "hate",
  insult: "insult",
  identity_attack: "hate",
  threat: "threat",
  profanity: "profanity",
  spam: "spam",
};

/**
 * What a comment would probably be rejected for.
 *
 * @param {Pick<CaseComment, "verdict">} comment
 */
export function suggestedReason({ verdict }) {
  const raised = (verdict?.reasons ?? []).flatMap(({ attribute, score }) =>
    attribute !== null && attribute in SUGGESTED ? [{ attribute, score: score ?? 0 }] : [],
  );
  // Whatever else is raised says more than toxicity, which is any of it.
  const telling = raised.filter(({ attribute }) => attribute !== "toxicity");
  const [most] = (telling.length ? telling : raised).sort((a, b) => b.score - a.score);
  return most ? SUGGESTED[most.attribute] : "other";
}

/**
 * What several comments would probably be rejected for: what most of them would.
 *
 * @param {Pick<CaseComment, "verdict">[]} comments
 */
export function suggestedForAll(comments) {
  return byFrequency(comments.map(suggestedReason))[0] ?? "other";
}
