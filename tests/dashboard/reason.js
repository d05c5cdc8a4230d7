/** @import { Reason } from "../../moderation/web/api.js" */

/**
 * A reason of a verdict, as the API gives it.
 *
 * @param {Partial<Reason>} given
 * @returns {Reason}
 */
export const reason = (given) => ({
  rule: "score",
  attribute: null,
  threshold: null,
  score: null,
  detail: null,
  spans: [],
  part: null,
  ...given,
});
