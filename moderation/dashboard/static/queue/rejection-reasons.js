/** Why a comment is rejected. */

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
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const comment of comments) {
    const reason = suggestedReason(comment);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most ? most[0] : "other";
}
